package kind

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"gieok/cards"
	"gieok/lab"
	"gieok/parser"
	"gieok/prefilter"
)

// A bench is what the proofs of one pass share. It is safe for several goroutines.
type bench struct {
	lab  *lab.Lab
	book *book

	once     sync.Once
	snippets []*completed // as graph.Snippets

	aboutOnce sync.Once
	about     map[*place][]*lab.Experiment // by the first place that each is about
	cited     map[string][]*parser.Fact    // the places of each experiment, by name
	aboutErr  error

	wrongOnce sync.Once
	sentences map[string][]int // by line

	mu         sync.Mutex
	kept       []*completed            // those with variants, the oldest first
	wrong      map[string][]lab.Proof  // by line
	wrongLines map[string][]int        // of a snippet, from its first, by its text and what stands around it
	commands   map[string]*commandOnce // by the note's line
}

// completed is a snippet made whole.
type completed struct {
	snippet  *parser.Snippet
	manifest lab.Manifest
	ok       bool   // it is a manifest
	kind     string // of the first object
	key      string // <kind>/<name>, told apart where two snippets share it
	concept  string
	also     []cards.Source // where the notes show the same manifest again

	running  sync.Mutex // held while the variants are run
	variants atomic.Pointer[[]variant]
}

func newBench(l *lab.Lab, b *book) *bench {
	return &bench{lab: l, book: b, wrongLines: map[string][]int{}, wrong: map[string][]lab.Proof{}, commands: map[string]*commandOnce{}}
}

// complete makes all snippets whole, once: keys depend on all of them.
func (n *bench) complete() []*completed {
	n.once.Do(func() {
		texts, same := map[string]*completed{}, map[string]*completed{}
		shared := map[string]bool{}
		n.snippets = make([]*completed, len(n.book.graph.Snippets))
		for i := range n.snippets {
			s := &n.book.graph.Snippets[i]
			c := &completed{snippet: s}
			m, err := n.lab.Complete(s)
			if err == nil && strings.TrimSpace(m.Text) != "" {
				c.manifest, c.ok = m, true
				var name string
				c.kind, name = headOf(m.Text)
				c.key = cards.Key(c.kind) + "/" + cards.Key(name)
				c.concept = n.book.words.ID(c.kind)
				if c.concept == "" {
					c.concept = cards.Key(c.kind)
				}
				if other := texts[c.key]; other == nil {
					texts[c.key] = c
				} else if other.manifest.Text != m.Text {
					shared[c.key] = true
				}
				if first := same[m.Text]; first != nil {
					c.ok = false // one manifest is asked once, with both places
					first.also = append(first.also, source(s.Span))
				} else {
					same[m.Text] = c
				}
			}
			n.snippets[i] = c
		}
		for i := range n.snippets {
			if c := n.snippets[i]; c.ok && shared[c.key] {
				c.key = strings.TrimSuffix(string(cards.ID(c.key+"#").Apart(c.manifest.Text)), "#")
			}
		}
	})
	return n.snippets
}

// headOf is kind and name of the first object of a manifest.
func headOf(text string) (kind, name string) {
	inMetadata := false
	for _, line := range strings.Split(text, "\n") {
		trimmed, _, _ := strings.Cut(strings.TrimSpace(line), " #")
		k, v, _ := strings.Cut(trimmed, ":")
		v = strings.Trim(strings.TrimSpace(v), `"'`)
		indent := startColumn(line)
		switch {
		case indent == 0 && k == "kind" && kind == "":
			kind = v
		case indent == 0:
			inMetadata = k == "metadata"
		case inMetadata && k == "name" && name == "":
			name = v
		}
	}
	return kind, name
}

// wrongAt reports whether the server refuses a snippet of the notes at a line.
func (n *bench) wrongAt(ctx context.Context, file string, line int) (bool, error) {
	i := n.book.index.snippetAt(n.book.graph, file, line)
	if i < 0 {
		return false, nil
	}
	s := &n.book.graph.Snippets[i]
	key := strings.Join(append([]string{s.Text, s.Topic, s.Title, s.Language}, s.Path...), "\x00")
	n.mu.Lock()
	wrong, known := n.wrongLines[key]
	n.mu.Unlock()
	if !known {
		found, _, err := n.lab.Check(ctx, &parser.Graph{Snippets: n.book.graph.Snippets[i : i+1]})
		if err != nil {
			return false, fmt.Errorf("snippet at line %d: %w", s.Span.Line, err)
		}
		for _, f := range found {
			if f.Severity == lab.SeverityError {
				wrong = append(wrong, f.Line-s.Span.Line)
			}
		}
		n.mu.Lock()
		n.wrongLines[key] = wrong
		n.mu.Unlock()
	}
	return slices.Contains(wrong, line-s.Span.Line), nil
}

// corrections are the proofs that contradict the line of f.
func (n *bench) corrections(ctx context.Context, f *parser.Fact) ([]lab.Proof, error) {
	sentences := n.book.graph.Sentences
	n.wrongOnce.Do(func() {
		n.sentences = map[string][]int{}
		for i := range sentences {
			for line := sentences[i].Span.Line; line <= sentences[i].Span.EndLine; line++ {
				key := lineKey(sentences[i].Span.File, line)
				n.sentences[key] = append(n.sentences[key], i)
			}
		}
	})
	key := lineKey(f.Span.File, f.Span.Line)
	n.mu.Lock()
	out, known := n.wrong[key]
	n.mu.Unlock()
	if known {
		return out, nil
	}
	for _, i := range n.sentences[key] {
		p, ok, err := n.lab.Contradicts(ctx, n.book.graph, &sentences[i])
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, p)
		}
	}
	n.mu.Lock()
	n.wrong[key] = out
	n.mu.Unlock()
	return out, nil
}

func lineKey(file string, line int) string { return file + ":" + strconv.Itoa(line) }

// shown is the first experiment that speaks of words and says what fits, run;
// ok is false when there is none or the run shows otherwise.
func (n *bench) shown(ctx context.Context, words string, concepts []string, fits func(says string) bool) (p lab.Proof, ok bool, err error) {
	return n.lab.Experiment(ctx, concepts, words, func(e *lab.Experiment) bool { return fits(e.Says) })
}

// command runs a command of the notes, once for all cards about it.
func (n *bench) command(ctx context.Context, f *parser.Fact) (lab.CommandRun, bool, error) {
	n.mu.Lock()
	once := n.commands[f.Object]
	if once == nil {
		once = &commandOnce{}
		n.commands[f.Object] = once
	}
	n.mu.Unlock()
	once.once.Do(func() {
		c := parser.Command{Text: f.Object, About: f.About, Topic: f.Topic, Path: f.Path, Span: f.Span}
		once.run, once.ok, once.err = n.lab.Command(ctx, c)
	})
	return once.run, once.ok, once.err
}

type commandOnce struct {
	once sync.Once
	run  lab.CommandRun
	ok   bool
	err  error
}

// notButThis is how an experiment corrects: "컨테이너가 아니라 Pod의 라벨".
var notButThis = prefilter.MustCompile(`([^\s“‘,]+?)[이가] 아니라 ((?:그 안의 )?\S+)`)

// contradicts reports whether says corrects what f says: f speaks of what is
// not so, and not of what is. The topic itself is spoken of everywhere.
func (b *book) contradicts(f *parser.Fact, says string) bool {
	m := notButThis.FindStringSubmatch(says)
	if m == nil || f.Negative || b.words.ID(m[1]) == b.words.ID(f.Topic) && b.words.ID(m[1]) != "" {
		return false
	}
	claim := f.About + " " + f.Object
	return cards.Visible(m[1], claim) && !cards.Visible(strings.TrimSuffix(m[2], "의"), claim)
}

// proveFact drops a card whose line of YAML the server refuses or an experiment
// corrects, and gives
// evidence to one whose answer an experiment shows. No run shows what a thing
// is called, so that a description with the thing as its answer stays stated.
func (b *book) proveFact(f *parser.Fact) proof {
	return func(ctx context.Context, n *bench, c cards.Card) (cards.Card, bool, error) {
		wrong, err := n.wrongAt(ctx, c.Source.File, c.Source.Line)
		if err != nil || wrong {
			return c, false, err
		}
		if corrections, err := n.corrections(ctx, f); err != nil || len(corrections) > 0 {
			return c, false, err
		}
		_, otherwise, err := n.shown(ctx, f.Words+" "+f.About, []string{f.Subject, b.words.ID(f.Topic)}, func(says string) bool {
			return b.contradicts(f, says)
		})
		if err != nil || otherwise {
			return c, false, err
		}
		if b.namesSubject(f) || f.Relation == parser.Example || c.Kind == cards.TrueFalse {
			return c, true, nil
		}
		p, ok, err := n.shown(ctx, f.Words+" "+f.About, []string{f.Subject, b.words.ID(f.Topic)}, func(says string) bool {
			// What is the default says nothing of what a value does.
			return (f.Relation == parser.PropertyDefault) == strings.Contains(says, "기본값") &&
				(cards.Visible(f.Object, says) || cards.Visible(c.Answer, says))
		})
		if err != nil {
			return c, false, err
		}
		if ok {
			run := p.Run
			c.Evidence.Status, c.Evidence.Run = cards.Executed, &run
			c.Explanation = explain(&c) + "\n실행해 보니: " + p.Says
		}
		return c, true, nil
	}
}
