package lab

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

	"gieok/parser"
	"gieok/sim"

	"k8s.io/apimachinery/pkg/runtime"
)

// Options of a Lab. The zero value has no fixtures and no experiments.
type Options struct {
	Content  fs.FS // with the folders fixtures and experiments
	Seed     uint64
	Glossary []parser.Term // nil: no claims of experiments, and no terms, are looked for
}

// A Lab runs manifests and commands, each on a fork of one settled cluster.
// It is safe for concurrent use.
type Lab struct {
	content fs.FS
	schemas *schemas
	names   map[string][]string // Korean names of kinds
	terms   map[string][]string // ways to write a concept, by its id
	words   []parser.Term

	firstOnce sync.Once
	first     map[runtime.Object]*values // of the objects that a fresh cluster has

	mu          sync.Mutex // guards what follows
	base        *sim.Cluster
	outcomes    recent[Outcome]         // by manifest
	images      map[string]bool         // reference -> the simulator knows the image
	worlds      map[string]*sim.Cluster // by their manifests
	experiments []Experiment
	loaded      bool               // experiments have been read
	proofs      map[string]*proved // by experiment
	defaults    map[string][]defaulted
}

// outcomesMax bounds the outcomes that are remembered, each with the cluster
// that it was read from: a manifest is asked about in several ways, one soon
// after the other.
const outcomesMax = 256

// New returns a lab with a cluster that has settled.
func New(ctx context.Context, o Options) (*Lab, error) {
	base, err := sim.New(sim.Options{Node: sim.Real, Seed: o.Seed})
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	if err := base.Settle(ctx); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	return &Lab{
		content: o.Content, schemas: newSchemas(), names: kindNames(o.Glossary), base: base,
		terms: termWords(o.Glossary), words: o.Glossary, proofs: map[string]*proved{},
		outcomes: newRecent[Outcome](outcomesMax), images: map[string]bool{}, worlds: map[string]*sim.Cluster{},
	}, nil
}

// fork is a fresh cluster.
func (l *Lab) fork() *sim.Cluster {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.base.Fork()
}

// Warm makes what the first kubectl command of a process would wait for, such
// as the types of its field manager. What comes of it is of no interest.
func (l *Lab) Warm(ctx context.Context) {
	_, _ = l.fork().Exec(ctx, "kubectl create configmap warm --from-literal=a=b")
}
