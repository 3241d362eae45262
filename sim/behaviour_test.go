package sim

import (
	"os"
	"path/filepath"
	"testing"
)

// TestBehaviours plays the cases of the node side, each on a fork of one
// cluster.
func TestBehaviours(t *testing.T) {
	base := settled(t, Real)
	files, err := filepath.Glob("testdata/behaviours/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all, err := ReadBehaviours(file, src)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, b := range all {
			if ids[b.ID] {
				t.Errorf("%s: %s twice", file, b.ID)
			}
			ids[b.ID] = true
			problems, err := base.RunBehaviour(t.Context(), b)
			if err != nil {
				t.Errorf("%s: %s: %v", file, b.ID, err)
			}
			for _, p := range problems {
				t.Errorf("%s: %s: %s: %s", file, b.ID, b.Title, p)
			}
		}
	}
}
