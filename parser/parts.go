package parser

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// partBytes is how long a part of a note is at least that is read by itself.
// Long notes are read by all cores; where they are cut depends on the note alone.
const partBytes = 128 << 10

// partsOf cuts blocks before headings: nothing that is read below a heading
// depends on what stands above it but for the names of the note.
func partsOf(blocks []*Block) [][]*Block {
	if len(blocks) == 0 {
		return nil
	}
	var out [][]*Block
	first := 0
	for i, b := range blocks {
		if b.Kind == HeadingBlock && b.start-blocks[first].start >= partBytes {
			out = append(out, blocks[first:i])
			first = i
		}
	}
	return append(out, blocks[first:])
}

// readParts reads each part by a reader of its own.
func (r *reader) readParts(parts [][]*Block) []*reader {
	readers := make([]*reader, len(parts))
	inParallel(len(parts), func(i int) {
		readers[i] = &reader{
			doc: r.doc, gloss: r.gloss, graph: &Graph{}, concepts: map[string]int{}, seen: map[factKey]bool{},
			known: map[string]bool{}, step: map[*Block]bool{}, byName: map[nameKey]nameValue{}, given: map[*Block]given{},
		}
		readers[i].learnNames(parts[i])
	})
	r.known = map[string]bool{}
	for _, p := range readers {
		for id := range p.known {
			r.known[id] = true
		}
	}
	inParallel(len(parts), func(i int) {
		readers[i].known = r.known
		readers[i].blocks(parts[i])
	})
	return readers
}

// inParallel calls f for 0 to n-1 on all cores.
func inParallel(n int, f func(i int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// join makes one graph of those of the parts, in their order, as if one reader
// had read them all.
func (r *reader) join(parts []*reader) {
	facts := 0
	for _, p := range parts {
		facts += len(p.graph.Facts)
	}
	r.graph.Facts = slices.Grow(r.graph.Facts, facts)
	for _, p := range parts {
		g := p.graph
		for _, c := range g.Concepts {
			i, ok := r.concepts[c.ID]
			if !ok {
				r.concepts[c.ID] = len(r.graph.Concepts)
				r.graph.Concepts = append(r.graph.Concepts, c)
				continue
			}
			have := &r.graph.Concepts[i]
			have.Aliases = mergeStrings(have.Aliases, c.Aliases)
			if have.Span.Line == 0 {
				have.Span = c.Span
			}
		}
		r.graph.Facts = append(r.graph.Facts, g.Facts...)
		r.graph.Snippets = append(r.graph.Snippets, g.Snippets...)
		r.graph.Commands = append(r.graph.Commands, g.Commands...)
		r.graph.Steps = append(r.graph.Steps, g.Steps...)
		r.graph.Notices = append(r.graph.Notices, g.Notices...)
		p.graph = nil
	}
	if facts > factsMax {
		last := r.graph.Facts[factsMax-1].Span
		r.graph.Facts = r.graph.Facts[:factsMax:factsMax]
		r.graph.Notices = append(r.graph.Notices, Notice{last, fmt.Sprintf("사실이 %d개보다 많아 이 뒤의 사실은 버렸습니다.", factsMax)})
	}
}
