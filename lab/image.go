package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gieok/parser"

	"go.yaml.in/yaml/v3"
)

// What runs in the place of an image that the simulator does not know: a
// server stays up as most images do, a shell has the usual commands.
const (
	serverInstead = "nginx"
	shellInstead  = "busybox"
)

// An image is a reference to an image within a manifest.
type image struct {
	ref       string
	init      bool // of an init container that must end
	commanded bool // the manifest names what to run
	line, col int  // of the reference in the manifest, from 1; columns in runes
}

// imagesOf are the images that a manifest's Pods run; none if it can't be read.
func imagesOf(manifest string) []image {
	var out []image
	for _, doc := range documents(manifest) {
		spec := podSpec(doc.root)
		if spec == nil {
			continue
		}
		for _, list := range []string{"initContainers", "containers"} {
			containers := value(spec, list)
			if containers == nil {
				continue
			}
			for _, c := range containers.Content {
				n := value(c, "image")
				if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
					continue
				}
				out = append(out, image{
					ref: n.Value, commanded: value(c, "command") != nil || value(c, "args") != nil,
					init: list == "initContainers" && text(c, "restartPolicy") != "Always",
					line: doc.first + n.Line, col: n.Column,
				})
			}
		}
	}
	return out
}

// standIn is what runs in the place of an image, if something must.
func (l *Lab) standIn(im image) (instead string, needed bool, err error) {
	known, err := l.known(im.ref)
	if err != nil || known {
		return "", false, err
	}
	if im.init || im.commanded {
		return shellInstead, true, nil
	}
	return serverInstead, true, nil
}

// known asks a cluster of its own whether it knows what a Pod of this image
// does.
func (l *Lab) known(ref string) (bool, error) {
	l.mu.Lock()
	known, ok := l.images[ref]
	l.mu.Unlock()
	if ok {
		return known, nil
	}
	c := l.fork()
	known = true
	// What the server refuses needs no stand-in: the refusal is the outcome.
	if err := c.Apply("apiVersion: v1\nkind: Pod\nmetadata: {name: probe}\nspec: {containers: [{name: probe, image: " + strconv.Quote(ref) + "}]}\n"); err == nil {
		const pullTime = 5 * time.Second
		if err := c.Advance(context.Background(), pullTime); err != nil {
			return false, fmt.Errorf("lab: image %s: %w", ref, err)
		}
		known = len(c.Unknown()) == 0
	}
	l.mu.Lock()
	l.images[ref] = known
	l.mu.Unlock()
	return known, nil
}

// replaceImages is manifest with a stand-in for each image that is not known.
func (l *Lab) replaceImages(manifest string) (string, []StandIn, error) {
	var out []StandIn
	lines := strings.Split(manifest, "\n")
	for _, im := range imagesOf(manifest) {
		instead, needed, err := l.standIn(im)
		if err != nil {
			return "", nil, err
		}
		if !needed || im.line > len(lines) {
			continue
		}
		r := []rune(lines[im.line-1])
		at := min(im.col-1, len(r))
		lines[im.line-1] = string(r[:at]) + strings.Replace(string(r[at:]), im.ref, instead, 1)
		out = append(out, StandIn{Image: im.ref, Instead: instead})
	}
	return strings.Join(lines, "\n"), out, nil
}

// A parsed is one document of a manifest.
type parsed struct {
	root  *yaml.Node
	text  string
	first int // index in the manifest of the document's first line
}

// documents reads the documents of a manifest; those that are no YAML are left
// out, as are empty ones.
func documents(manifest string) []parsed {
	var out []parsed
	for _, d := range cutDocuments(manifest) {
		var n yaml.Node
		if yaml.Unmarshal([]byte(d.text), &n) != nil || len(n.Content) == 0 {
			continue
		}
		d.root = resolved(&n)
		if !isNull(d.root) {
			out = append(out, d)
		}
	}
	return out
}

// A Document is one document of a manifest.
type Document struct {
	Text string
	Pos  parser.Pos // of its first line in the note; where that is one of ours, of the snippet
}

// Documents are the documents of a manifest, be they YAML or not.
func (m Manifest) Documents() []Document {
	var out []Document
	for _, d := range cutDocuments(m.Text) {
		a := attempt{manifest: m, parsed: d}
		out = append(out, Document{Text: d.text, Pos: a.start()})
	}
	return out
}

// cutDocuments splits a manifest at its marks, which belong to no document.
func cutDocuments(manifest string) []parsed {
	var out []parsed
	lines := strings.Split(manifest, "\n")
	start := 0
	for i := 0; i <= len(lines); i++ {
		if i < len(lines) && !document.MatchString(lines[i]) {
			continue
		}
		out = append(out, parsed{text: strings.Join(lines[start:i], "\n") + "\n", first: start})
		start = i + 1
	}
	return out
}
