package parser

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestParts holds the graph of a note that is read in parts to that of the same
// note read in one go.
func TestParts(t *testing.T) {
	o := Options{Glossary: glossaryOf(t)}
	doc, err := ParseDocument("note.md", longNote(t, 600<<10))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(partsOf(doc.Blocks)); n < 3 {
		t.Fatalf("only %d parts", n)
	}
	whole := &reader{doc: doc, gloss: newGlossary(o.Glossary), graph: &Graph{Notices: doc.Notices}, concepts: map[string]int{}}
	whole.join(whole.readParts([][]*Block{doc.Blocks}))
	whole.finish()
	if diff := cmp.Diff(whole.graph, New(o).ReadGraph(doc), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if len(whole.graph.Facts) < 5000 {
		t.Errorf("only %d facts: does the note say anything?", len(whole.graph.Facts))
	}
}
