package kind

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gieok/cards"
	"gieok/content"
	"gieok/lab"
	"gieok/parser"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the want of testdata/*.txtar")

func glossaryOf(t testing.TB) []parser.Term {
	t.Helper()
	data, err := content.FS.ReadFile("glossary/terms.json")
	if err != nil {
		t.Fatal(err)
	}
	var terms []parser.Term
	if err := json.Unmarshal(data, &terms); err != nil {
		t.Fatal(err)
	}
	return terms
}

// sharedLab is one lab for all tests: every run is on a fork.
var sharedLab = sync.OnceValues(func() (*lab.Lab, error) {
	return lab.New(context.Background(), lab.Options{Content: content.FS})
})

func cardsOf(t testing.TB, note string, o Options) []cards.Card {
	t.Helper()
	l, err := sharedLab()
	if err != nil {
		t.Fatal(err)
	}
	o.Glossary = glossaryOf(t)
	g, err := parser.Parse("note.md", []byte(note), parser.Options{Glossary: o.Glossary, Prose: true})
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := All(context.Background(), g, l, o)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func noteOf(t testing.TB, a *txtar.Archive) string {
	t.Helper()
	for _, f := range a.Files {
		if f.Name == "note.md" {
			return string(f.Data)
		}
	}
	t.Fatal("no note.md")
	return ""
}

// TestKinds compares the cards of own notes with what stands in testdata.
func TestKinds(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			kinds, ok := strings.CutPrefix(strings.TrimSpace(string(a.Comment)), "# kinds: ")
			if !ok {
				t.Fatal("the first line names no kinds")
			}
			var b strings.Builder
			for _, c := range cardsOf(t, noteOf(t, a), Options{Kinds: strings.Fields(kinds)}) {
				fmt.Fprintf(&b, "%d:%d %s %s\n  %s\n  = %s\n", c.Source.Line, c.Source.Col, c.ID, c.Evidence.Status, c.Stem, strings.ReplaceAll(strings.TrimSpace(c.Answer), "\n", "\n    "))
				for _, wrong := range c.Choices {
					if wrong != c.Answer && c.Kind != cards.TrueFalse {
						fmt.Fprintf(&b, "  - %s\n", wrong)
					}
				}
			}
			want := a.Files[len(a.Files)-1]
			if want.Name != "want" {
				t.Fatal("the last file is not want")
			}
			if *update {
				a.Files[len(a.Files)-1].Data = []byte(b.String())
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if b.String() != string(want.Data) {
				t.Errorf("cards differ; got\n%s", b.String())
			}
		})
	}
}

// ownNote is the notes of all cases, in the order given.
func ownNote(t testing.TB, reversed bool) string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if reversed {
		slices.Reverse(files)
	}
	var b strings.Builder
	for _, name := range files {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(noteOf(t, a) + "\n")
	}
	return b.String()
}

func encoded(t testing.TB, list []cards.Card) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, c := range list {
		if err := enc.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// TestProperties holds what is true of the cards of any note.
func TestProperties(t *testing.T) {
	note := ownNote(t, false)
	all := cardsOf(t, note, Options{})
	words := newBook(&parser.Graph{}, glossaryOf(t), 0).words
	ids := map[cards.ID]bool{}
	for _, c := range all {
		if ids[c.ID] {
			t.Errorf("%s: twice", c.ID)
		}
		ids[c.ID] = true
		for _, p := range cards.Lint(c, words) {
			if !p.Warning && p.Rule != "no-concept" { // the notes name concepts of their own
				t.Errorf("%s: breaks %s (%s)", c.ID, p.Rule, p.Text)
			}
		}
		if n := len(slices.DeleteFunc(slices.Clone(c.Choices), func(s string) bool { return s != c.Answer })); len(c.Choices) > 0 && c.Kind != cards.Order && n != 1 {
			t.Errorf("%s: %d right choices", c.ID, n)
		}
		for _, a := range c.Accepted {
			if slices.ContainsFunc(c.Choices, func(s string) bool { return s != c.Answer && cards.Normal(s) == cards.Normal(a) }) {
				t.Errorf("%s: %q is accepted and a wrong choice", c.ID, a)
			}
		}
		if b := encoded(t, []cards.Card{c}); bytes.Contains(b, []byte(`"accepted":null`)) || bytes.Contains(b, []byte(`"choices":null`)) || bytes.Contains(b, []byte(`"sources":null`)) {
			t.Errorf("%s: an array is null", c.ID)
		}
	}
	if !bytes.Equal(encoded(t, all), encoded(t, cardsOf(t, note, Options{}))) {
		t.Error("the same seed gives other bytes")
	}
	other := map[cards.ID]bool{}
	for _, c := range cardsOf(t, ownNote(t, true), Options{Seed: 7}) {
		other[c.ID] = true
	}
	for id := range ids {
		if !other[id] {
			t.Errorf("%s: gone when the note is in another order", id)
		}
	}
}

// TestRewording holds that an ID survives better words and moved lines.
func TestRewording(t *testing.T) {
	ids := func(note string) (out []cards.ID) {
		for _, c := range cardsOf(t, note, Options{Kinds: []string{"reverse", "basic"}}) {
			out = append(out, c.ID)
		}
		slices.Sort(out)
		return out
	}
	before := ids("# 쿠버네티스\n## ConfigMap\n- 설정값을 따로 모아 두는 리소스\n## Service\n- 서비스 타입\n    * ClusterIP\n        + 디폴트\n")
	after := ids("머리말 한 줄.\n\n# 쿠버네티스\n\n## Service\n- 서비스 타입\n    * ClusterIP\n        + 기본값\n\n## ConfigMap\n- 파드가 읽을 설정을 한곳에 담아 두는 리소스\n")
	if len(before) == 0 || !slices.Equal(before, after) {
		t.Errorf("IDs before %q, after %q", before, after)
	}
}

// TestSelect holds that a sitting is a matter of its seed, and of nothing else.
func TestSelect(t *testing.T) {
	l, err := sharedLab()
	if err != nil {
		t.Fatal(err)
	}
	terms := glossaryOf(t)
	g, err := parser.Parse("note.md", []byte(ownNote(t, false)), parser.Options{Glossary: terms})
	if err != nil {
		t.Fatal(err)
	}
	sitting := func(seed uint64, skip func(cards.ID) bool) (ids []cards.ID) {
		p, err := New(g, Options{Glossary: terms, N: 8, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for c, err := range p.Select(seed, skip).Cards(context.Background(), l) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, c.ID)
		}
		return ids
	}
	first := sitting(1, nil)
	if len(first) != 8 || !slices.Equal(first, sitting(1, nil)) || slices.Equal(first, sitting(2, nil)) {
		t.Errorf("sittings of one seed differ, or those of two do not: %q", first)
	}
	if got := sitting(1, func(id cards.ID) bool { return id == first[0] }); slices.Contains(got, first[0]) {
		t.Errorf("%s: asked although it is to be left out", first[0])
	}
	if _, err := New(g, Options{Kinds: []string{"riddle"}}); err == nil || !strings.Contains(err.Error(), "riddle") {
		t.Errorf("an unknown kind gives %v", err)
	}
}

// TestStops holds that a reader who stops early leaves nothing running.
func TestStops(t *testing.T) {
	l, err := sharedLab()
	if err != nil {
		t.Fatal(err)
	}
	terms := glossaryOf(t)
	g, err := parser.Parse("note.md", []byte(ownNote(t, false)), parser.Options{Glossary: terms})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(g, Options{Glossary: terms})
	if err != nil {
		t.Fatal(err)
	}
	for range p.Cards(context.Background(), l) {
		break
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range p.Cards(ctx, l) {
		if err == nil {
			continue // cards of words alone come before anything waits
		}
		return
	}
	t.Error("a cancelled pass ends without an error")
}

// TestTwice holds that a manifest that two notes show is one card with both places.
func TestTwice(t *testing.T) {
	manifest := "```yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: twin\nspec:\n  containers:\n  - name: twin\n    image: nginx\n```\n"
	all := cardsOf(t, "# 하나\n"+manifest+"\n# 둘\n"+manifest, Options{Kinds: []string{"yaml-predict"}})
	if len(all) == 0 {
		t.Fatal("no cards")
	}
	for _, c := range all {
		if len(c.Sources) != 2 || strings.Contains(string(c.ID), "~") {
			t.Errorf("%s: sources %v", c.ID, c.Sources)
		}
	}
}

// TestTasks judges, by running them, the answer of every card that is judged so:
// the answer passes, an empty one and the untouched manifest don't.
func TestTasks(t *testing.T) {
	l, err := sharedLab()
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, c := range cardsOf(t, ownNote(t, false), Options{}) {
		if c.Task == nil {
			continue
		}
		judged++
		task := lab.Task{Manifests: c.Task.Manifests, Setup: c.Task.Setup, Reference: c.Task.Reference}
		for answer, want := range map[string]bool{c.Answer: true, "": false, c.Code: c.Code == c.Answer} {
			j, err := l.Judge(context.Background(), task, c.Whole(answer))
			if err != nil {
				t.Errorf("%s: %v", c.ID, err)
			} else if j.Right != want {
				t.Errorf("%s: right is %t, want %t, for\n%s\n%s", c.ID, j.Right, want, answer, strings.Join(j.Differences, "\n"))
			}
		}
	}
	if judged < 5 {
		t.Errorf("only %d cards are judged by a run", judged)
	}
}

// TestSelectSpreads holds that twenty questions go over topics and kinds,
// whatever the seed.
func TestSelectSpreads(t *testing.T) {
	terms := glossaryOf(t)
	files, err := content.FS.ReadDir("notes")
	if err != nil {
		t.Fatal(err)
	}
	var note strings.Builder
	for _, f := range files {
		text, err := content.FS.ReadFile("notes/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		note.Write(text)
	}
	g, err := parser.Parse("note.md", []byte(note.String()), parser.Options{Glossary: terms})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := New(g, Options{Glossary: terms})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(8) {
		topics, kinds := map[string]bool{}, map[cards.Kind]bool{}
		for _, d := range plan.Select(seed, nil).drafts[:20] {
			topics[d.card.Topic], kinds[d.card.Kind] = true, true
		}
		if len(topics) < 7 || len(kinds) < 6 {
			t.Errorf("seed %d: 20 questions on %d topics in %d kinds", seed, len(topics), len(kinds))
		}
	}
}
