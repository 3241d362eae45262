package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// Shapes of the lines of a code block.
var (
	yamlItemLine = prefilter.MustCompile(`^\s*- `)
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

// A yamlKey is the key that a line of YAML begins with.
type yamlKey struct {
	blanks int    // bytes before all else
	dashes int    // bytes of the marks of a list
	name   string // without quotes
	quoted bool
	value  string // all behind the colon
}

// keyOf reads the key of a line; ok is false without one.
func keyOf(line string) (k yamlKey, ok bool) {
	rest := strings.TrimLeft(line, blankBytes)
	k.blanks = len(line) - len(rest)
	for strings.HasPrefix(rest, "- ") {
		rest = strings.TrimLeft(rest[1:], " ")
	}
	k.dashes = len(line) - k.blanks - len(rest)
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		rest, k.quoted = rest[1:], true
	}
	n := 0
	for n < len(rest) && (isASCIILetter(rest[n]) || n > 0 && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.' || rest[n] == '/' || rest[n] == '-')) {
		n++
	}
	if n == 0 {
		return k, false
	}
	k.name, rest = rest[:n], rest[n:]
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		rest, k.quoted = rest[1:], true
	}
	k.value, ok = strings.CutPrefix(strings.TrimLeft(rest, blankBytes), ":")
	return k, ok
}

const blankBytes = " \t\n\f\r"

// isASCIILetter takes the underscore for a letter, as keys do.
func isASCIILetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' }

// isKeyLine reports a line that begins with a key; a colon within a word makes none.
func isKeyLine(line string) bool {
	k, ok := keyOf(line)
	return ok && k.apart()
}

// apart reports whether a blank or nothing follows the colon.
func (k yamlKey) apart() bool {
	return k.value == "" || strings.IndexByte(blankBytes, k.value[0]) >= 0
}

// isRootLine reports a line that says which kind of object a manifest is.
func isRootLine(line string) bool {
	k, ok := keyOf(line)
	return ok && k.isRoot()
}

func (k yamlKey) isRoot() bool {
	return k.dashes == 0 && !k.quoted && (k.name == "apiVersion" || k.name == "kind") && strings.Trim(k.value, blankBytes) != ""
}

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
		key, ok := keyOf(line)
		switch {
		case ok && key.apart():
			keys++
			if kubernetesKeys[key.name] {
				known++
			}
			if key.isRoot() {
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
		if isRootLine(line) {
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
