package parser

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/unicode/norm"
)

// Bounds of what is read as a note.
const (
	noteBytesMax  = 16 << 20 // bytes of one note
	sniffBytes    = 64 << 10 // bytes in which a NUL or broken UTF-8 means "not a note"
	nestingMax    = 64       // containers (list items, quotes) in one another
	indentColsMax = 400      // leading columns of a line; deeper ones are not read as lists
)

// An InputKind says why a file is refused.
type InputKind string

// The reasons.
const (
	TooLarge   InputKind = "too-large"
	Binary     InputKind = "binary"
	EUCKR      InputKind = "euc-kr"
	BrokenUTF8 InputKind = "broken-utf8"
)

// An InputError says that a file is no note. Its text is Korean, for the learner.
type InputError struct {
	File string
	Kind InputKind
	Text string
}

func (e *InputError) Error() string { return e.File + ": " + e.Text }

// Check says whether src can be read as a note at all; a refusal is an *InputError.
// NUL bytes and broken UTF-8 count in the first 64 KiB only.
func Check(file string, src []byte) error {
	if len(src) > noteBytesMax {
		return &InputError{file, TooLarge, fmt.Sprintf("노트가 너무 큽니다(최대 %d MiB).", noteBytesMax>>20)}
	}
	head := src
	if len(head) > sniffBytes {
		head = wholeRunes(head[:sniffBytes])
	}
	if utf8.Valid(head) && bytes.IndexByte(head, 0) < 0 {
		return nil
	}
	if bytes.IndexByte(head, 0) < 0 && looksEUCKR(head) {
		return &InputError{file, EUCKR, "EUC-KR(CP949)로 저장된 파일입니다. UTF-8로 바꾸어 저장해 주세요."}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return &InputError{file, Binary, "글이 아닌 파일입니다(NUL 바이트가 있습니다)."}
	}
	return &InputError{file, BrokenUTF8, "UTF-8로 읽을 수 없는 파일입니다."}
}

// wholeRunes cuts b back to where its last, possibly halved, rune begins.
func wholeRunes(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			return b
		}
	}
	return b
}

// looksEUCKR reports whether b decodes as CP949 into text that holds Hangul and
// no replacement character. A halved pair at the end of b is forgiven.
func looksEUCKR(b []byte) bool {
	s, err := korean.EUCKR.NewDecoder().Bytes(b)
	if err != nil {
		return false
	}
	text := strings.TrimSuffix(string(s), "\uFFFD")
	hangul := 0
	for _, r := range text {
		if r == utf8.RuneError {
			return false
		}
		if r >= '가' && r <= '힣' {
			hangul++
		}
	}
	return hangul > 0
}

// clean is a note made ready to be parsed, line by line the same as the file:
// no BOM, no \r, NFC, no broken UTF-8, front matter and lines nested too deep blanked.
type clean struct {
	text    []byte
	places  *places
	notices []Notice
}

func cleanNote(file string, src []byte) clean {
	c := clean{places: &places{file: file}}
	raw := string(src)
	if cut, ok := strings.CutPrefix(raw, "\uFEFF"); ok {
		raw, c.places.bom = cut, true
		c.notice(1, "파일 머리의 BOM을 빼고 읽었습니다.")
	}
	lines := strings.Split(raw, "\n")
	crlf, nfd, broken := 0, 0, 0
	var out bytes.Buffer
	for i, line := range lines {
		original := line
		if strings.HasSuffix(line, "\r") {
			line = line[:len(line)-1]
			crlf = firstOf(crlf, i+1)
		}
		if !isClean(line) {
			if !utf8.ValidString(line) {
				broken = firstOf(broken, i+1)
				line = strings.ToValidUTF8(line, "\uFFFD")
			}
			line = strings.Map(dropControls, line)
			if composed := norm.NFC.String(line); composed != line {
				nfd = firstOf(nfd, i+1)
				line = composed
			}
		}
		c.places.add(out.Len(), original, line)
		out.WriteString(line)
		if i < len(lines)-1 {
			out.WriteByte('\n')
		}
	}
	c.text = out.Bytes()
	c.noticeIf(crlf, "줄 끝의 CR을 빼고 읽었습니다.")
	c.noticeIf(nfd, "풀어쓴 한글(NFD)을 모아서 읽었습니다.")
	c.noticeIf(broken, "읽을 수 없는 바이트를 바꾸어 읽었습니다.")
	c.blankFrontMatter()
	c.blankDeep()
	c.blankLinks()
	return c
}

// isClean reports a line of ASCII letters and marks and Hangul syllables alone, as
// nearly all are: nothing of it changes.
func isClean(line string) bool {
	for _, r := range line {
		if (r < 0x20 || r >= 0x7F) && r != '\t' && !isHangulSyllable(r) {
			return false
		}
	}
	return true
}

// dropControls turns control characters into spaces, so that they reach no
// terminal and columns stay as they were. A lone \r is one of them.
func dropControls(r rune) rune {
	if r != '\t' && (r < 0x20 || r == 0x7F || (r >= 0x80 && r < 0xA0)) {
		return ' '
	}
	return r
}

func firstOf(old, line int) int {
	if old > 0 {
		return old
	}
	return line
}

func (c *clean) notice(line int, text string) {
	c.notices = append(c.notices, Notice{
		Span: Span{Pos: Pos{File: c.places.file, Line: line, Col: 1}, EndLine: line},
		Text: text,
	})
}

func (c *clean) noticeIf(line int, text string) {
	if line > 0 {
		c.notice(line, text)
	}
}

// blankFrontMatter takes the lines between two --- at the head away from the parser.
func (c *clean) blankFrontMatter() {
	if !bytes.HasPrefix(c.text, []byte("---\n")) {
		return
	}
	rest := c.text[4:]
	if i := bytes.IndexByte(rest, '\n'); i < 0 || !bytes.Contains(rest[:i], []byte(":")) {
		return // a rule at the head, not front matter
	}
	end := bytes.Index(rest, []byte("\n---"))
	if end < 0 {
		return
	}
	end += 4 + len("\n---")
	for i := range c.text[:end] {
		if c.text[i] != '\n' {
			c.text[i] = ' '
		}
	}
}

// blankDeep empties lines that open more containers than nestingMax: 2,000
// nested levels take the Markdown parser 11 seconds.
func (c *clean) blankDeep() {
	for i, start := range c.places.starts {
		end := c.places.end(i, len(c.text))
		line := c.text[start:end]
		if !tooDeep(line) {
			continue
		}
		for j := range line {
			line[j] = ' '
		}
		c.notice(i+1, fmt.Sprintf("%d단계보다 깊이 겹친 줄이라 읽지 않았습니다.", nestingMax))
	}
}

// linksMax bounds the links of one paragraph: the Markdown parser's work grows
// with the square of unfinished ones.
const linksMax = 1000

// blankLinks takes the brackets of a paragraph with too many links away.
func (c *clean) blankLinks() {
	first, count := 0, 0
	for i, start := range c.places.starts {
		line := c.text[start:c.places.end(i, len(c.text))]
		if len(bytes.TrimSpace(line)) == 0 {
			first, count = i+1, 0
			continue
		}
		if count += bytes.Count(line, []byte("](")); count <= linksMax {
			continue
		}
		for j := c.places.starts[first]; j < start+len(line); j++ {
			if c.text[j] == '[' || c.text[j] == ']' {
				c.text[j] = ' '
			}
		}
		c.notice(first+1, fmt.Sprintf("한 문단에 링크가 %d개보다 많아 링크로 읽지 않았습니다.", linksMax))
		first, count = i+1, 0
	}
}

// tooDeep counts the list and quote marks that line begins with, and its indent.
func tooDeep(line []byte) bool {
	depth, cols, i := 0, 0, 0
	for i < len(line) {
		switch b := line[i]; {
		case b == ' ':
			cols++
			i++
		case b == '\t':
			cols += 4
			i++
		case b == '>':
			depth++
			i++
		case (b == '-' || b == '*' || b == '+') && i+1 < len(line) && isBlank(line[i+1]):
			depth++
			i += 2
		case b >= '0' && b <= '9':
			j := i
			for j < len(line) && line[j] >= '0' && line[j] <= '9' && j-i < 10 {
				j++
			}
			if j+1 >= len(line) || (line[j] != '.' && line[j] != ')') || !isBlank(line[j+1]) {
				return depth > nestingMax || cols > indentColsMax
			}
			depth++
			i = j + 2
		default:
			return depth > nestingMax || cols > indentColsMax
		}
	}
	return depth > nestingMax
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }
