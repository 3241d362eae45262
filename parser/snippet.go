package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// Shapes of the lines of a code block.
var (
	yamlKeyLine  = prefilter.MustCompile(`^\s*(?:- +)*["']?[A-Za-z_][\w./-]*["']?\s*:(?:\s|$)`)
	yamlItemLine = prefilter.MustCompile(`^\s*- `)
	yamlRootLine = prefilter.MustCompile(`^\s*(?:apiVersion|kind)\s*:\s*\S`)
	elision      = prefilter.MustCompile(`^\s*(?:#\s*)?\(?\s*(?:\.{2,}|…+|중략|생략)\s*\)?\s*$`)
	describeLine = prefilter.MustCompile(`^[A-Z][\w -]*:(?:\s{2,}|$)`)
)

// kubernetesKeys are keys by which a fragment without kind is known as part of a manifest.
var kubernetesKeys = map[string]bool{
	"apiVersion": true, "kind": true, "metadata": true, "spec": true, "containers": true, "initContainers": true,
	"env": true, "envFrom": true, "volumes": true, "volumeMounts": true, "ports": true, "selector": true, "template": true,
	"strategy": true, "updateStrategy": true, "resources": true, "livenessProbe": true, "readinessProbe": true,
	"startupProbe": true, "tolerations": true, "affinity": true, "nodeSelector": true, "data": true, "stringData": true,
	"securityContext": true, "rules": true, "volumeClaimTemplates": true, "jobTemplate": true, "args": true, "command": true,
}

var yamlKey = prefilter.MustCompile(`^\s*(?:- +)*["']?([A-Za-z_][\w./-]*)["']?\s*:`)

// isYAML tells YAML by its lines; the tag of the fence is a hint at most.
func isYAML(b *Block) bool {
	keys, others, known, describes, roots := 0, 0, 0, 0, 0
	scalarIndent := -1 // lines deeper than this belong to a | or > text
	for _, line := range b.Code {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") || elision.MatchString(line) || trimmed == "---" {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if scalarIndent >= 0 && indent > scalarIndent {
			continue
		}
		scalarIndent = -1
		switch {
		case yamlKeyLine.MatchString(line):
			keys++
			if m := yamlKey.FindStringSubmatch(line); kubernetesKeys[m[1]] {
				known++
			}
			if yamlRootLine.MatchString(line) {
				roots++
			}
			if describeLine.MatchString(line) {
				describes++
			}
			bare := strings.TrimSpace(stripComment(line))
			if strings.HasSuffix(bare, "|") || strings.HasSuffix(bare, ">") || strings.HasSuffix(bare, "|-") || strings.HasSuffix(bare, ">-") {
				scalarIndent = indent
			}
		case yamlItemLine.MatchString(line):
		default:
			others++
		}
	}
	tagged := b.Language == "yaml" || b.Language == "yml"
	switch {
	case keys == 0 || describes*2 > keys:
		return false
	case roots >= 2:
		return others <= keys
	case tagged:
		return others*2 <= keys
	}
	return known > 0 && others*4 <= keys && !strings.HasPrefix(strings.TrimSpace(b.Code[0]), "{")
}

// stripComment cuts a YAML comment off: a # at the start or after a blank,
// outside quotes.
func stripComment(line string) string {
	if i := commentAt(line); i >= 0 {
		return line[:i]
	}
	return line
}

// commentAt is the byte offset of the # that begins a comment, or -1.
func commentAt(line string) int {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" [{,:", line[i-1]) >= 0):
			quote = c
		case c == '#' && (i == 0 || isBlank(line[i-1])):
			return i
		}
	}
	return -1
}

// snippet makes a Snippet of a code block that holds YAML. The indent that all
// lines share is cut; places move along.
func (r *reader) snippet(b *Block) Snippet {
	code, at := b.Code, b.codeAt
	for len(code) > 0 && strings.TrimSpace(code[len(code)-1]) == "" {
		code, at = code[:len(code)-1], at[:len(at)-1]
	}
	common := sharedIndent(code)
	s := Snippet{
		Topic: b.topic(), Path: b.path(), Language: b.Language,
		Title: strings.ReplaceAll(r.above, "`", ""),
	}
	hasKind, cut := 0, false
	var lines []string
	for i, line := range code {
		n := min(common, len(line))
		lines = append(lines, line[n:])
		s.Lines = append(s.Lines, r.doc.places.at(r.doc.text, at[i]+n))
		if yamlRootLine.MatchString(line) {
			hasKind++
		}
		cut = cut || (elision.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "#"))
	}
	s.Text = strings.Join(lines, "\n") + "\n"
	s.Partial = hasKind < 2 || cut
	s.Span = Span{Pos: s.Lines[0], EndLine: s.Lines[len(s.Lines)-1].Line}
	return s
}

// sharedIndent counts the spaces that begin every line that is not blank.
func sharedIndent(lines []string) int {
	common := -1
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if common < 0 || indent < common {
			common = indent
		}
	}
	return max(0, common)
}

// Locate is the place in the note of a line (from 1) and column (from 1, in
// runes) of s.Text. Lines past the end stand on the last one.
func (s *Snippet) Locate(line, col int) Pos {
	if len(s.Lines) == 0 {
		return s.Span.Pos
	}
	i := max(0, min(line-1, len(s.Lines)-1))
	p := s.Lines[i]
	lines := strings.Split(s.Text, "\n")
	p.Col += max(0, min(col-1, utf8.RuneCountInString(lines[i])))
	return p
}
