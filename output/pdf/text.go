package pdf

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"gieok/korean"
)

const mmPerPoint = 25.4 / 72

// textRunesMax bounds one field of a card; more never fits onto a card.
const textRunesMax = 8000

// codeBase lifts the ASCII runes of inline code (between backquotes) into the
// private use area, so that a line can be broken and measured as one string
// and each rune still knows its face. Such runes of a note never get here.
const codeBase = 0xE000

// A setter turns text into what the fonts can print, and measures it.
type setter struct {
	faces   [faceCount]*face
	warn    func(string)
	missing map[rune]bool // told already
	where   string        // the card that is set, for warnings

	known [len(chains)][runeMax + 1]int8 // by style and rune: face + 1, noFace, or 0, not looked up yet
}

const noFace = -1

// faceOf is the face that prints r in style st, and r itself for runes of inline code.
func (s *setter) faceOf(st style, r rune) (int, rune) {
	if r > codeBase && r < codeBase+unicode.MaxASCII {
		st, r = mono, r-codeBase
	}
	if r < 0 || r > runeMax {
		return -1, r
	}
	known := &s.known[st][r]
	if *known == 0 {
		*known = noFace
		for _, i := range chains[st] {
			if s.faces[i].has(r) {
				*known = int8(i) + 1
				break
			}
		}
	}
	if *known == noFace {
		return -1, r
	}
	return int(*known) - 1, r
}

func (s *setter) prints(r rune) bool {
	i, _ := s.faceOf(plain, r)
	return i >= 0 && !unicode.Is(unicode.Co, r)
}

// width is in mm, for a size in points.
func (s *setter) width(text string, st style, size float64) float64 {
	units := 0
	for _, r := range text {
		if i, r := s.faceOf(st, r); i >= 0 {
			units += s.faces[i].width(r)
		}
	}
	return float64(units) * size * mmPerPoint / emUnits
}

// substitutes are for marks that no face has and that have a Korean habit or a
// plain twin.
var substitutes = map[rune]string{
	'✓': "○", '✔': "○", '✅': "○", '☑': "○", '⭕': "○",
	'✗': "×", '✘': "×", '❌': "×", '❎': "×", '✕': "×", '✖': "×",
	'⚠': "(!)", '❗': "!", '❓': "?", '⭐': "★",
	'•': "·", '‣': "·", '◦': "·", '∙': "·", '⋅': "·",
	'➜': "→", '➡': "→", '⟶': "→", '⇒': "→", '⬅': "←", '⬇': "↓", '⬆': "↑", '↳': "→",
	'–': "-", '‒': "-", '‑': "-", '−': "-", '—': "-", '―': "-",
	'≤': "<=", '≥': ">=", '≠': "!=", '✏': "",
}

// noGlyph stands for a rune that can't be printed.
const noGlyph = '□'

// clean makes text printable: NFC, no controls, only runes that a face has.
// What has no glyph becomes □ and is told once.
func (s *setter) clean(text string) string {
	text = korean.NFC(korean.Visible(korean.Printable(text)))
	var b strings.Builder
	count := 0
	for _, r := range text {
		if count++; count > textRunesMax {
			s.tell("글이 너무 길어 %d자까지만 인쇄함", textRunesMax)
			b.WriteRune('…')
			break
		}
		switch {
		case r == '\n':
			b.WriteByte('\n')
		case r == 0x3000:
			b.WriteString("  ")
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case s.prints(r):
			b.WriteRune(r)
		default:
			b.WriteString(s.substitute(r))
		}
	}
	return b.String()
}

func (s *setter) substitute(r rune) string {
	if text, ok := substitutes[r]; ok {
		return text
	}
	if r >= 0x1F3FB && r <= 0x1F3FF { // skin colours belong to the emoji before them
		return ""
	}
	folded := norm.NFKC.String(string(r))
	if folded != string(r) && !strings.ContainsFunc(folded, func(r rune) bool { return !s.prints(r) }) {
		return folded
	}
	if marks := norm.NFD.String(string(r)); marks != string(r) { // é without its accent is better than a box
		if base := []rune(marks)[0]; s.prints(base) {
			return string(base)
		}
	}
	if !s.missing[r] {
		s.missing[r] = true
		s.tell("글꼴에 없는 글자(U+%04X)를 %c로 인쇄함", r, noGlyph)
	}
	return string(noGlyph)
}

func (s *setter) tell(format string, args ...any) {
	if s.warn != nil {
		s.warn(s.where + fmt.Sprintf(format, args...))
	}
}

// prose is clean for running text: text between backquotes is set as code.
func (s *setter) prose(text string) string {
	parts := strings.Split(s.clean(strings.TrimSpace(text)), "`")
	if len(parts) < 3 {
		return strings.Join(parts, "`")
	}
	var b strings.Builder
	for i, part := range parts {
		switch {
		case i%2 == 0:
			b.WriteString(part)
		case i == len(parts)-1: // the last backquote is not closed
			b.WriteString("`" + part)
		default:
			b.WriteString(strings.Map(lift, part))
		}
	}
	return b.String()
}

func lift(r rune) rune {
	if r > ' ' && r < unicode.MaxASCII {
		return codeBase + r
	}
	return r
}

// lines breaks text for a width in mm.
func (s *setter) lines(text string, st style, size, width float64) []string {
	if !strings.Contains(text, "\n") && text != "" && s.width(text, st, size) <= width {
		return []string{text}
	}
	lines := korean.WrapFunc(text, width, func(part string) float64 { return s.width(part, st, size) })
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// ellipsis cuts text so that it ends with … and fits into width.
func (s *setter) ellipsis(text string, st style, size, width float64) string {
	runes := []rune(strings.TrimRight(text, " .,·…"))
	for len(runes) > 0 && s.width(string(runes)+"…", st, size) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}
