-- The answer log. Rows are only ever added; a schedule is what they amount to.
CREATE TABLE answer_log (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT, -- order in which answers reached this file, never used twice
    id                TEXT    NOT NULL UNIQUE,           -- names the row in every copy of the log: 32 hexadecimal digits
    undoes            TEXT    UNIQUE REFERENCES answer_log (id), -- a compensating row: that answer does not count
    at_ms             INTEGER NOT NULL,                  -- UTC, milliseconds since 1970
    offset_s          INTEGER NOT NULL,                  -- seconds east of UTC where the learner was
    learner_day       TEXT    NOT NULL,                  -- 2006-01-02, turning at the learner's rollover hour
    elapsed_days      INTEGER,                           -- learner-days since the card's last answer; NULL for its first
    card_id           TEXT    NOT NULL,
    card_kind         TEXT    NOT NULL,
    sitting           TEXT    NOT NULL CHECK (sitting IN ('quiz', 'review', 'cram')), -- cram does not move the schedule
    rating            INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),  -- Again, Hard, Good, Easy
    milliseconds      INTEGER NOT NULL CHECK (milliseconds >= 0),       -- from question to answer
    answer            TEXT    NOT NULL,                  -- what the learner typed or chose
    stability_before  REAL,                              -- days; NULL for a card without an answer before
    difficulty_before REAL,
    stability_after   REAL,
    difficulty_after  REAL,
    weights           TEXT    NOT NULL,                  -- hash of the FSRS weights
    build             TEXT    NOT NULL                   -- which gieok asked
) STRICT;

CREATE INDEX answer_log_card ON answer_log (card_id, seq);

-- The last wording of every card that was ever answered, so that it can be
-- asked when its note is away. Not history: replaced by each answer.
CREATE TABLE card_snapshot (
    card_id TEXT PRIMARY KEY,
    json    TEXT NOT NULL
) STRICT;
