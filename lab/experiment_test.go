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
	"gieok/korean"
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

// The answer to an experiment's question must come out of its run: a number as
// such or as so many lines at the end, and each other word printed, or standing
// in the manifests and commands, or in what the run was found to say. What is
// called false must speak of the same.
func TestExperimentsAnswerWhatTheyAsk(t *testing.T) {
	all, err := newLab(t).Experiments()
	if err != nil {
		t.Fatal(err)
	}
	asked, refuted := 0, 0
	for _, e := range all {
		run := strings.ToLower(string(transcript.Write(transcript.Transcript{Files: e.Proof.Files, Steps: e.Proof.Steps})))
		if e.False != "" {
			refuted++
			common := 0
			for word := range strings.FieldsSeq(e.False) {
				if strings.Contains(e.Says, wordStem(strings.Trim(word, ".,"))) {
					common++
				}
			}
			if common < 2 {
				t.Errorf("%s: what it denies is about something else than what it says: %s", e.Name, e.False)
			}
		}
		if e.Ask == "" {
			continue
		}
		asked++
		last := strings.TrimSpace(e.Proof.Steps[len(e.Proof.Steps)-1].Stdout)
		for part := range strings.SplitSeq(e.Answer, ", ") {
			if m := counted.FindStringSubmatch(part); m != nil {
				if strings.Count(last, "\n")+1 != atoi(m[1]) && !regexp.MustCompile(`\b`+m[1]+`\b`).MatchString(last) {
					t.Errorf("%s: the run ends in no %q, the answer to: %s", e.Name, part, e.Ask)
				}
				continue
			}
			for word := range strings.FieldsSeq(part) {
				if !strings.Contains(run, strings.ToLower(word)) && !strings.Contains(e.Says, wordStem(word)) {
					t.Errorf("%s: neither the run nor what it says has %q, of the answer to: %s", e.Name, word, e.Ask)
				}
			}
		}
	}
	if asked < 80 || refuted < 80 {
		t.Errorf("%d experiments ask something and %d refute something, want 80 each", asked, refuted)
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// wordStem is what of a word its particles and endings leave, roughly.
func wordStem(word string) string {
	stem, _ := korean.StripJosa(word)
	if r := []rune(stem); korean.HasHangul(stem) && len(r) > 2 {
		return string(r[:2])
	}
	return stem
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

func anyExperiment(*lab.Experiment) bool { return true }

// A fact is looked up by its concept and its words.
func TestExperimentByWords(t *testing.T) {
	l := newLab(t)
	p, ok, err := l.Experiment(t.Context(), []string{"job"}, "backoffLimit은 재시도 횟수이다", anyExperiment)
	if err != nil || !ok {
		t.Fatalf("no proof: %v", err)
	}
	if !strings.HasPrefix(p.Name, "job-backoff") {
		t.Errorf("proved by %s", p.Name)
	}
	if _, ok, _ := l.Experiment(t.Context(), []string{"job"}, "아무 상관 없는 말", anyExperiment); ok {
		t.Error("a proof of nothing")
	}
}
