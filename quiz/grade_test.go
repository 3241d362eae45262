package quiz_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"gieok/quiz"
)

type gradedRow struct {
	ID, Question, Answer string
	Aliases              []string
	Typed, Verdict, Why  string
}

func (r gradedRow) question(terms quiz.Terms) quiz.Question {
	return quiz.Question{Stem: r.Question, Answer: r.Answer, Accepted: r.Aliases, Terms: terms}
}

func readGraded(t testing.TB) []gradedRow {
	t.Helper()
	src, err := os.ReadFile("testdata/graded.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var rows []gradedRow
	for lines := bufio.NewScanner(bytes.NewReader(src)); lines.Scan(); {
		var row gradedRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func readTerms(t testing.TB) quiz.Terms {
	t.Helper()
	src, err := os.ReadFile("testdata/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	terms, err := quiz.ReadTerms(src)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

// Of the rows that a person judged none that is wrong may pass, and at least
// 97 of 100 must get exactly the person's verdict.
func TestGradedRows(t *testing.T) {
	terms := readTerms(t)
	rows := readGraded(t)
	same := 0
	for _, row := range rows {
		got := quiz.Grade(row.question(terms), row.Typed)
		if got.Verdict.String() == row.Verdict {
			same++
			continue
		}
		t.Logf("%s %q typed %q: got %s (%s), want %s (%s)", row.ID, row.Answer, row.Typed, got.Verdict, got.Why, row.Verdict, row.Why)
		if row.Verdict == "wrong" && got.Verdict == quiz.Right {
			t.Errorf("%s: a wrong answer passed", row.ID)
		}
	}
	if same*100 < len(rows)*97 {
		t.Errorf("%d of %d rows agree", same, len(rows))
	}
}

type ownCase struct {
	question quiz.Question
	typed    string
	want     string
}

// readOwn reads testdata/grade_own.txt; its head says how it is written.
func readOwn(t testing.TB) []ownCase {
	t.Helper()
	src, err := os.ReadFile("testdata/grade_own.txt")
	if err != nil {
		t.Fatal(err)
	}
	terms := readTerms(t)
	known := map[string]gradedRow{}
	for _, row := range readGraded(t) {
		known[row.Answer] = row
	}
	verdicts := map[string]string{"r": "right", "a": "almost", "w": "wrong"}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t", "¦", "|")
	var cases []ownCase
	var question quiz.Question
	for number, line := range strings.Split(string(src), "\n") {
		mark, rest, _ := strings.Cut(line, " ")
		switch {
		case mark == "#" || line == "":
		case mark == "?" && strings.Contains(rest, " | "):
			parts := strings.Split(rest, " | ")
			question = quiz.Question{Stem: parts[0], Answer: unescape.Replace(parts[1]), Accepted: parts[2:], Terms: terms}
		case mark == "?":
			row, ok := known[unescape.Replace(rest)]
			if !ok {
				t.Fatalf("line %d: no such question: %s", number+1, rest)
			}
			question = row.question(terms)
		case verdicts[mark] != "":
			cases = append(cases, ownCase{question, unescape.Replace(rest), verdicts[mark]})
		default:
			t.Fatalf("line %d: %q", number+1, line)
		}
	}
	return cases
}

func TestOwnCases(t *testing.T) {
	for _, c := range readOwn(t) {
		if got := quiz.Grade(c.question, c.typed); got.Verdict.String() != c.want {
			t.Errorf("%q typed %q: got %s (%s), want %s", c.question.Answer, c.typed, got.Verdict, got.Why, c.want)
		}
	}
}

func questions(t testing.TB) []quiz.Question {
	terms := readTerms(t)
	var all []quiz.Question
	seen := map[string]bool{}
	for _, row := range readGraded(t) {
		if !seen[row.Question] {
			seen[row.Question] = true
			all = append(all, row.question(terms))
		}
	}
	return all
}

// The answers of one question must not pass for another, unless both accept them.
func TestAnswersOfOtherQuestions(t *testing.T) {
	all := questions(t)
	accepts := func(q quiz.Question, answer string) bool {
		for _, own := range append([]string{q.Answer}, q.Accepted...) {
			if strings.EqualFold(own, answer) {
				return true
			}
		}
		return false
	}
	for i, q := range all {
		for j, other := range all {
			for _, typed := range append([]string{other.Answer}, other.Accepted...) {
				got := quiz.Grade(q, typed)
				if i == j && got.Verdict != quiz.Right {
					t.Errorf("%q: its own answer %q is %s (%s)", q.Stem, typed, got.Verdict, got.Why)
				}
				if i != j && !accepts(q, typed) && got.Verdict == quiz.Right && !sharedJudgement(q, other) {
					t.Errorf("%q: %q, the answer to another question, passes (%s)", q.Stem, typed, got.Why)
				}
			}
		}
	}
}

// sharedJudgement tells two questions of yes and no, which share their answers.
func sharedJudgement(a, b quiz.Question) bool {
	judged := func(q quiz.Question) bool {
		return strings.Contains(q.Stem, "참인가") || strings.HasSuffix(q.Stem, "있는가?") || strings.HasSuffix(q.Stem, "보장하는가?")
	}
	return judged(a) && judged(b)
}

// What turns a right answer into another one must never pass.
func TestTurnedAnswers(t *testing.T) {
	for _, q := range questions(t) {
		for _, answer := range append([]string{q.Answer}, q.Accepted...) {
			for _, typed := range turned(answer, sharedJudgement(q, q)) {
				if got := quiz.Grade(q, typed); got.Verdict == quiz.Right {
					t.Errorf("%q: %q passes for %q (%s)", q.Stem, typed, answer, got.Why)
				}
			}
		}
	}
}

// turned gives answers that deny the given one, change a digit of it, or add
// another thing to it.
func turned(answer string, judged bool) []string {
	if strings.Contains(answer, "\n") || strings.Contains(answer, "{") {
		return []string{strings.Replace(answer, "bar", "baz", 1), strings.Replace(answer, "foo", "fo", 1)}
	}
	all := []string{answer + "가 아니다", answer + " 아님", answer + "이 아니라 다른 것"}
	if !judged { // behind 참 and 거짓 an explanation may follow
		all = append(all, answer+", 노트북")
	}
	for i, r := range answer {
		if r >= '0' && r <= '9' {
			all = append(all, answer[:i]+string('0'+(r-'0'+1)%10)+answer[i+1:])
			if r != '0' { // 00.25 is 0.25
				all = append(all, answer[:i]+string(r)+answer[i:])
			}
		}
	}
	return all
}

func FuzzGrade(f *testing.F) {
	for i, row := range readGraded(f) {
		f.Add(row.Typed, row.Answer, uint8(i))
	}
	all := questions(f)
	f.Fuzz(func(t *testing.T, typed, answer string, pick uint8) {
		q := all[int(pick)%len(all)]
		got := quiz.Grade(q, typed)
		if spaced := quiz.Grade(q, "  "+typed+" "); !strings.Contains(q.Answer, "\n") && spaced.Verdict != got.Verdict {
			t.Fatalf("%q typed %q: spaces around it change %v to %v", q.Answer, typed, got, spaced)
		}
		if strings.TrimSpace(answer) == "" || len(answer) > 500 {
			return
		}
		own := quiz.Question{Stem: "무엇인가?", Answer: answer, Terms: q.Terms}
		if got := quiz.Grade(own, answer); got.Verdict != quiz.Right && got.Why != "답이 비어 있습니다" {
			t.Fatalf("the answer %q itself is %s (%s)", answer, got.Verdict, got.Why)
		}
	})
}

func BenchmarkGrade(b *testing.B) {
	cases := readOwn(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range cases {
			quiz.Grade(c.question, c.typed)
		}
	}
}
