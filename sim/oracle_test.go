package sim

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gieok/sim/transcript"
)

// knownDifferences are the cases of testdata/differences.md, each with its
// reason there.
func knownDifferences(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(b), -1) {
		names = append(names, m[1])
	}
	return names
}

// TestOracle replays what a real Kubernetes 1.37.2 control plane answered:
// cases of all kinds, more of each controller's statuses, conditions and
// events, and more of the kinds and of kubectl's verbs.
func TestOracle(t *testing.T) {
	var files []string
	for _, pattern := range []string{"testdata/oracle/*.txtar", "testdata/controllers/*.txtar", "testdata/kinds/*.txtar"} {
		some, err := filepath.Glob(pattern)
		if err != nil || len(some) == 0 {
			t.Fatalf("%s: no cases: %v", pattern, err)
		}
		files = append(files, some...)
	}
	if testing.Short() {
		// The full recordings take tens of seconds; -short runs a tenth.
		var some []string
		for i := 0; i < len(files); i += 10 {
			some = append(some, files[i])
		}
		files = some
	}
	base, err := New(Options{Node: Instant})
	if err != nil {
		t.Fatal(err)
	}
	known := knownDifferences(t)
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(name), ".txtar")
		c, err := transcript.ReadCase(id, src)
		if err != nil {
			t.Fatal(err)
		}
		diffs, err := base.RunCase(t.Context(), c)
		differs := err != nil || len(diffs) > 0
		switch {
		case differs && slices.Contains(known, id):
		case slices.Contains(known, id):
			t.Errorf("%s passes, but testdata/differences.md lists it", id)
		case err != nil:
			t.Errorf("%s: %v", id, err)
		case differs:
			t.Errorf("%s differs:\n%s", id, diffs[0])
		}
	}
}
