package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gieok/sim"
)

// notesVolume is what the example asks its cluster for.
const notesVolume = `apiVersion: v1
kind: PersistentVolume
metadata: {name: notes}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadOnlyMany]
  hostPath: {path: /srv/notes}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: notes}
spec:
  accessModes: [ReadOnlyMany]
  storageClassName: ""
  resources: {requests: {storage: 1Gi}}
`

// deployed runs the example of deploy with a program in the place of gieok,
// which no image of the simulator has.
func deployed(t *testing.T, program string) *sim.Cluster {
	t.Helper()
	src, err := os.ReadFile("../../deploy/check-job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifest := strings.NewReplacer("image: gieok:latest", "image: busybox:1.36", "- gieok check ", "- "+program+" ").Replace(string(src))
	if manifest == string(src) || strings.Contains(manifest, "image: gieok") {
		t.Fatal("the example has another image or command")
	}
	c, err := sim.New(sim.Options{Node: sim.Real})
	if err != nil {
		t.Fatal(err)
	}
	c.Desk().Put("job.yaml", manifest)
	c.Desk().Put("volume.yaml", notesVolume)
	if got := typed(t, c, "kubectl apply -f volume.yaml -f job.yaml"); !strings.Contains(got, "job.batch/gieok-check created") {
		t.Fatal(got)
	}
	if err := c.Advance(t.Context(), 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	if unknown := c.Unknown(); len(unknown) > 0 {
		t.Fatalf("the simulator does not know: %v", unknown)
	}
	return c
}

func typed(t *testing.T, c *sim.Cluster, line string) string {
	t.Helper()
	step, err := c.Exec(t.Context(), line)
	if err != nil || step.Exit != 0 {
		t.Fatalf("%s: exit %d: %s%s %v", line, step.Exit, step.Stdout, step.Stderr, err)
	}
	return step.Stdout
}

const jobState = `kubectl get job gieok-check -o jsonpath='{.status.succeeded} {.status.failed} {.status.conditions[*].type}'`

// The example of deploy runs: each Pod asks for a shard of its own, and
// together they have every note once.
func TestDeployRuns(t *testing.T) {
	c := deployed(t, "echo gieok check")
	if got := typed(t, c, jobState); got != "8  SuccessCriteriaMet Complete" {
		t.Errorf("the Job: %q", got)
	}
	lines := strings.Split(strings.TrimSpace(typed(t, c, "kubectl logs -l job-name=gieok-check --tail=-1")), "\n")
	slices.Sort(lines)
	var shards []shard
	for i, line := range lines {
		if want := fmt.Sprintf("gieok check --shard %d/8 --json /notes", i); line != want {
			t.Errorf("Pod %d runs %q, want %q", i, line, want)
			continue
		}
		s, err := readShard(strings.Fields(line)[3])
		if err != nil {
			t.Fatal(err)
		}
		shards = append(shards, s)
	}
	if len(shards) != 8 {
		t.Fatalf("%d shards: %q", len(shards), lines)
	}
	const notes = 4000
	sizes := make([]int, len(shards))
	for i := range notes {
		file := fmt.Sprintf("/notes/%d월/쿠버네티스 %d.md", i%12+1, i)
		owners := 0
		for k, s := range shards {
			if s.has(file) {
				owners++
				sizes[k]++
			}
		}
		if owners != 1 {
			t.Fatalf("%s belongs to %d shards", file, owners)
		}
	}
	for k, n := range sizes {
		if n < notes/len(shards)/2 || n > notes/len(shards)*2 {
			t.Errorf("shard %d has %d of %d notes", k, n, notes)
		}
	}
}

// Mistakes in notes are a result and not a failure; a command that can't run is
// one, and is not tried for ever.
func TestDeployTellsFailureFromFindings(t *testing.T) {
	if got := typed(t, deployed(t, "sh -c 'exit 1'"), jobState); got != "8  SuccessCriteriaMet Complete" {
		t.Errorf("with mistakes found the Job: %q", got)
	}
	if got := typed(t, deployed(t, "sh -c 'exit 2'"), jobState); !strings.Contains(got, "Failed") || strings.Contains(got, "Complete") {
		t.Errorf("with a wrong command the Job: %q", got)
	}
}
