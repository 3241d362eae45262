package lab_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gieok/content"
	"gieok/lab"
	"gieok/sim/transcript"
)

var update = flag.Bool("update", false, "write what was answered into experiments and cases")

const experimentsDir = "../content/experiments"

// Every experiment must run as its file says, or it proves nothing.
func TestExperimentsHold(t *testing.T) {
	l := newLab(t)
	all, err := l.Experiments()
	if err != nil {
		t.Fatal(err)
	}
	const least = 120
	if len(all) < least {
		t.Fatalf("%d experiments, want %d", len(all), least)
	}
	terms := map[string]bool{}
	for _, term := range glossary(t) {
		terms[term.ID] = true
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			p, ok, err := l.Prove(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				record(t, e, p)
				return
			}
			if !ok {
				t.Errorf("the cluster answers otherwise:\n%s", transcript.Write(p.Run))
			}
			if !terms[e.Concept] {
				t.Errorf("concept %q is not in the glossary", e.Concept)
			}
			if !e.Match.MatchString(e.Says) {
				t.Errorf("match %q does not even match what the experiment says", e.Match)
			}
		})
	}
}

// said are the names and values that a statement speaks of.
var said = regexp.MustCompile(`[A-Za-z][A-Za-z0-9/_.-]{2,}|[0-9]+`)

// general are words that no manifest and no command prints: what a thing is
// called, by any who speak of it.
var general = []string{"Pod", "DNS", "CNAME", "CMD", "ENTRYPOINT", "Downward", "base64", "kube-scheduler"}

// What an experiment says, its run must show: a name or a value of the
// statement that stands nowhere in the run would be a claim of the file's own.
func TestExperimentsShowWhatTheySay(t *testing.T) {
	all, err := newLab(t).Experiments()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		run := strings.ToLower(string(transcript.Write(transcript.Transcript{Files: e.Proof.Files, Steps: e.Proof.Steps})))
		for _, word := range said.FindAllString(e.Says, -1) {
			word = strings.Trim(word, ".")
			if !slices.Contains(general, word) && !strings.Contains(run, strings.ToLower(word)) {
				t.Errorf("%s: the run shows no %q, of which it says: %s", e.Name, word, e.Says)
			}
		}
	}
}

var counted = regexp.MustCompile(`^([0-9]+)(개|번|분마다)$`)

// The answer to an experiment's question must come out of its run: each word
// of it, and a number as such or as so many lines at the end.
func TestExperimentsAnswerWhatTheyAsk(t *testing.T) {
	all, err := newLab(t).Experiments()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, e := range all {
		if e.Ask == "" {
			continue
		}
		asked++
		var printed strings.Builder
		for _, s := range e.Proof.Steps {
			printed.WriteString(s.Stdout + s.Stderr + "\n")
		}
		last := strings.TrimSpace(e.Proof.Steps[len(e.Proof.Steps)-1].Stdout)
		for word := range strings.SplitSeq(e.Answer, ", ") {
			shown := strings.Contains(printed.String(), word)
			if m := counted.FindStringSubmatch(word); m != nil {
				shown = strconv.Itoa(strings.Count(last, "\n")+1) == m[1] || regexp.MustCompile(`\b`+m[1]+`\b`).MatchString(last)
			}
			if !shown {
				t.Errorf("%s: the run prints no %q, the answer to: %s", e.Name, word, e.Ask)
			}
		}
	}
	if asked < 20 {
		t.Errorf("%d experiments ask something, want 20", asked)
	}
}

// record writes the answers of a run into an experiment, after its head.
func record(t *testing.T, e lab.Experiment, p lab.Proof) {
	t.Helper()
	src, err := content.FS.ReadFile("experiments/" + e.Name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(src), "\n-- ")
	run := p.Run
	run.Title = ""
	for i := range run.Steps {
		s := &run.Steps[i]
		s.Stdout = transcript.Normalise(s.Stdout, s.Command, "")
	}
	out := head + "\n" + string(transcript.Write(run))
	if err := os.WriteFile(filepath.Join(experimentsDir, e.Name+".txtar"), []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A fact is looked up by its concept and its words.
func TestExperimentByWords(t *testing.T) {
	l := newLab(t)
	p, ok, err := l.Experiment(t.Context(), "job", "backoffLimit은 재시도 횟수이다")
	if err != nil || !ok {
		t.Fatalf("no proof: %v", err)
	}
	if !strings.HasPrefix(p.Name, "job-backoff") {
		t.Errorf("proved by %s", p.Name)
	}
	if _, ok, _ := l.Experiment(t.Context(), "job", "아무 상관 없는 말"); ok {
		t.Error("a proof of nothing")
	}
}
