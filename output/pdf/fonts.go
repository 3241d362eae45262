package pdf

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode"
)

// The fonts are those of the npm packages @expo-google-fonts/nanum-gothic and
// nanum-gothic-coding, byte for byte, gzipped. "Nanum" is a reserved name of
// their licence (fonts/LICENSE_FONT), so no changed font is ever written to
// disk; what a document embeds is a subset made in memory.
//
//go:embed fonts
var fontFiles embed.FS

// A style is how a run of text looks.
type style uint8

const (
	plain style = iota
	strong
	mono
)

// chains says, for each style, which faces are asked for a rune, best first:
// Nanum Gothic lacks some marks that the coding face has.
var chains = [...][]int{
	plain:  {faceRegular, faceCoding},
	strong: {faceBold, faceRegular, faceCoding},
	mono:   {faceCoding, faceRegular},
}

const (
	faceRegular = iota
	faceBold
	faceCoding
	faceCount
)

var faceNames = [faceCount]string{
	faceRegular: "NanumGothic_400Regular",
	faceBold:    "NanumGothic_700Bold",
	faceCoding:  "NanumGothicCoding_400Regular",
}

const (
	fontBytesMax = 8 << 20
	runeMax      = 0xFFFF // gofpdf ends the document at a rune above
	emUnits      = 1000   // glyph widths are told in thousandths of the size
)

// A face is one TrueType font and what its tables say about runes up to U+FFFF.
type face struct {
	data   []byte
	glyphs []uint16 // by rune; 0 is no glyph
	widths []uint16 // by glyph, in thousandths of the size
	inked  []bool   // by glyph: it has an outline
}

// sharedFaces are the fonts, read once; nothing changes them.
var sharedFaces = sync.OnceValues(loadFaces)

// Preload reads the fonts beside whatever comes before the first Write.
func Preload() { go func() { _, _ = sharedFaces() }() }

func loadFaces() ([faceCount]*face, error) {
	var faces [faceCount]*face
	for i, name := range faceNames {
		packed, err := fontFiles.ReadFile("fonts/" + name + ".ttf.gz")
		if err != nil {
			return faces, err
		}
		data, err := gunzip(packed)
		if err != nil {
			return faces, fmt.Errorf("font %s: %w", name, err)
		}
		if faces[i], err = parseFace(data); err != nil {
			return faces, fmt.Errorf("font %s: %w", name, err)
		}
	}
	return faces, nil
}

// gunzip makes room at once: the last four bytes of gzip are the size (RFC 1952).
func gunzip(packed []byte) ([]byte, error) {
	unzip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(packed[len(packed)-4:])
	if size > fontBytesMax {
		return nil, errFont
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(unzip, data); err != nil {
		return nil, err
	}
	_, err = unzip.Read(make([]byte, 1)) // reads on to the checksum
	if err != io.EOF {
		return nil, cmp.Or(err, errFont)
	}
	return data, nil
}

// has says whether r prints: a rune that the font maps to an empty outline
// would be a silent gap, so only spaces may be empty.
func (f *face) has(r rune) bool {
	if r <= 0 || r > runeMax {
		return false
	}
	glyph := f.glyphs[r]
	return glyph != 0 && (f.inked[glyph] || unicode.IsSpace(r))
}

func (f *face) width(r rune) int { return int(f.widths[f.glyphs[r]]) }

var errFont = errors.New("not a TrueType font with a Unicode cmap of format 4")

// parseFace reads the tables head, hhea, maxp, hmtx, loca and cmap (Apple's and
// Microsoft's TrueType specification). The fonts are embedded, so a bad offset
// can only be a damaged build; it ends as an error.
func parseFace(data []byte) (f *face, err error) {
	defer func() {
		if recover() != nil { // an index outside the font
			f, err = nil, errFont
		}
	}()
	data = data[:len(data):len(data)] // a table must not reach behind the end
	if binary.BigEndian.Uint32(data) != 0x00010000 {
		return nil, errFont
	}
	tables := map[string][]byte{}
	for i := range int(u16(data, 4)) {
		entry := data[12+16*i:]
		from, size := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		tables[string(entry[:4])] = data[from : from+size]
	}
	f = &face{data: data}
	count := int(u16(tables["maxp"], 4))
	f.widths = advanceWidths(tables, count)
	f.inked = make([]bool, count)
	for glyph := range count {
		f.inked[glyph] = glyphOffset(tables, glyph+1) > glyphOffset(tables, glyph)
	}
	f.glyphs = runeGlyphs(tables["cmap"])
	if f.glyphs == nil {
		return nil, errFont
	}
	return f, nil
}

func u16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }

func advanceWidths(tables map[string][]byte, count int) []uint16 {
	unitsPerEm := int(u16(tables["head"], 18))
	measured := int(u16(tables["hhea"], 34))
	widths := make([]uint16, count)
	for glyph := range widths {
		// Glyphs after the last measured one share its width.
		advance := int(u16(tables["hmtx"], 4*min(glyph, measured-1)))
		widths[glyph] = uint16((advance*emUnits + unitsPerEm/2) / unitsPerEm)
	}
	return widths
}

func glyphOffset(tables map[string][]byte, glyph int) uint32 {
	if u16(tables["head"], 50) == 0 {
		return 2 * uint32(u16(tables["loca"], 2*glyph))
	}
	return binary.BigEndian.Uint32(tables["loca"][4*glyph:])
}

// runeGlyphs reads the subtable that gofpdf reads, too: the first of format 4.
func runeGlyphs(cmap []byte) []uint16 {
	for i := range int(u16(cmap, 2)) {
		entry := cmap[4+8*i:]
		platform, encoding := u16(entry, 0), u16(entry, 2)
		table := cmap[binary.BigEndian.Uint32(entry[4:]):]
		if u16(table, 0) != 4 || platform != 0 && (platform != 3 || encoding != 1) {
			continue
		}
		return segments(table)
	}
	return nil
}

func segments(table []byte) []uint16 {
	glyphs := make([]uint16, runeMax+1)
	twice := int(u16(table, 6)) // two bytes a segment
	ends, starts := table[14:], table[16+twice:]
	deltas, offsets := table[16+2*twice:], table[16+3*twice:]
	for s := 0; s < twice; s += 2 {
		for r := int(u16(starts, s)); r <= int(u16(ends, s)) && r < runeMax; r++ {
			offset := int(u16(offsets, s))
			if offset == 0 {
				glyphs[r] = uint16(r) + u16(deltas, s)
				continue
			}
			if glyph := u16(offsets, s+offset+2*(r-int(u16(starts, s)))); glyph != 0 {
				glyphs[r] = glyph + u16(deltas, s)
			}
		}
	}
	return glyphs
}
