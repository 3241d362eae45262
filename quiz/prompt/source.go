package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read.
const (
	chunkBytes   = 4096
	lineBytesMax = 1 << 20
	escBytesMax  = 64 // of one escape sequence
)

// A source is the one reader of the input: whatever it read and nobody asked
// for yet stays for the next question. It reads only when asked, so an editor
// that runs between two questions has the terminal to itself.
type source struct {
	r       io.Reader
	buf     []byte
	err     error // after buf
	reading bool
	chunks  chan chunk
}

type chunk struct {
	b   []byte
	err error
}

func newSource(r io.Reader) *source { return &source{r: r, chunks: make(chan chunk, 1)} }

// fill waits for more bytes. When ctx ends first, the read that is under way
// keeps its bytes for the next call.
func (s *source) fill(ctx context.Context) error {
	if s.err != nil {
		return s.err
	}
	if !s.reading {
		s.reading = true
		go func() {
			b := make([]byte, chunkBytes)
			n, err := s.r.Read(b)
			s.chunks <- chunk{b[:n], err}
		}()
	}
	select {
	case c := <-s.chunks:
		s.reading = false
		s.buf = append(s.buf, c.b...)
		s.err = c.err
		if len(c.b) > 0 {
			return nil
		}
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errLongLine = errors.New("입력한 줄이 1 MiB보다 깁니다")

// line is the next line without its end. The last one may lack a line feed.
func (s *source) line(ctx context.Context) (string, error) {
	for {
		if i := bytes.IndexByte(s.buf, '\n'); i >= 0 {
			text := strings.TrimSuffix(string(s.buf[:i]), "\r")
			s.buf = s.buf[i+1:]
			return strings.ToValidUTF8(text, "\uFFFD"), nil
		}
		if len(s.buf) > lineBytesMax {
			return "", errLongLine
		}
		if err := s.fill(ctx); err != nil {
			if errors.Is(err, io.EOF) && len(s.buf) > 0 {
				text := strings.TrimSuffix(string(s.buf), "\r")
				s.buf = nil
				return strings.ToValidUTF8(text, "\uFFFD"), nil
			}
			return "", err
		}
	}
}

// A key is one press: a rune to insert, pasted text, or a code.
type key struct {
	code keyCode
	text string // for keyText
}

type keyCode int

const (
	keyNone keyCode = iota // something that means nothing here
	keyText
	keyEnter
	keyUp
	keyDown
	keyLeft
	keyRight
	keyHome
	keyEnd
	keyDelete
	keyBackspace
	keyInterrupt // Ctrl-C
	keyEOF       // Ctrl-D
	keyKillEnd   // Ctrl-K
	keyKillStart // Ctrl-U
	keyKillWord  // Ctrl-W
	keyRedraw    // Ctrl-L
)

// key is the next key press.
func (s *source) key(ctx context.Context) (key, error) {
	for {
		if k, n := decode(s.buf); n > 0 {
			s.buf = s.buf[n:]
			return k, nil
		}
		if err := s.fill(ctx); err != nil {
			s.buf = nil
			return key{}, err
		}
	}
}

var controls = map[byte]keyCode{
	'\r': keyEnter, '\n': keyEnter, 0x7F: keyBackspace, 0x08: keyBackspace,
	0x01: keyHome, 0x02: keyLeft, 0x03: keyInterrupt, 0x04: keyEOF, 0x05: keyEnd, 0x06: keyRight,
	0x0B: keyKillEnd, 0x0C: keyRedraw, 0x0E: keyDown, 0x10: keyUp, 0x15: keyKillStart, 0x17: keyKillWord,
}

// decode reads one key from the beginning of b and says how many bytes it is;
// 0 asks for more.
func decode(b []byte) (key, int) {
	switch {
	case len(b) == 0:
		return key{}, 0
	case b[0] == 0x1B:
		return decodeEscape(b)
	case b[0] < 0x20 || b[0] == 0x7F:
		return key{code: controls[b[0]]}, 1
	case !utf8.FullRune(b):
		return key{}, 0
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError || r >= 0x80 && r < 0xA0 {
		return key{}, n
	}
	return key{code: keyText, text: string(r)}, n
}

const pasteStart, pasteEnd = "\x1b[200~", "\x1b[201~"

var csiKeys = map[string]keyCode{
	"A": keyUp, "B": keyDown, "C": keyRight, "D": keyLeft, "H": keyHome, "F": keyEnd,
	"1~": keyHome, "7~": keyHome, "4~": keyEnd, "8~": keyEnd, "3~": keyDelete,
}

// decodeEscape reads a key that begins with ESC. Terminals send a sequence in
// one piece, so an ESC with nothing after it is the Esc key.
func decodeEscape(b []byte) (key, int) {
	switch {
	case len(b) == 1:
		return key{}, 1
	case b[1] == 'O':
		if len(b) == 2 {
			return key{}, 0
		}
		return key{code: csiKeys[string(b[2:3])]}, 3
	case b[1] != '[':
		_, n := utf8.DecodeRune(b[1:]) // Alt with a key
		return key{}, 1 + n
	}
	end := 2
	for end < len(b) && (b[end] < 0x40 || b[end] > 0x7E) {
		if end++; end > escBytesMax {
			return key{}, end
		}
	}
	if end == len(b) {
		return key{}, 0
	}
	if string(b[:end+1]) == pasteStart {
		return decodePaste(b, end+1)
	}
	params, _, _ := strings.Cut(string(b[2:end]), ";") // without modifiers
	if final := string(b[end : end+1]); final != "~" {
		return key{code: csiKeys[final]}, end + 1
	}
	return key{code: csiKeys[params+"~"]}, end + 1
}

// decodePaste reads pasted text: its line ends become spaces, so that a paste
// never answers by itself, and other controls go.
func decodePaste(b []byte, start int) (key, int) {
	length := bytes.Index(b[start:], []byte(pasteEnd))
	end := start + length + len(pasteEnd)
	if length < 0 {
		if len(b) < lineBytesMax {
			return key{}, 0
		}
		length, end = len(b)-start, len(b)
	}
	text := strings.TrimRight(strings.ToValidUTF8(string(b[start:start+length]), ""), "\r\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < 0x20 || r >= 0x7F && r < 0xA0:
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	return key{code: keyText, text: text}, end
}
