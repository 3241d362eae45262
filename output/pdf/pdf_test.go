package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gieok/cards"
)

func newSetter(t testing.TB) *setter {
	t.Helper()
	faces, err := loadFaces()
	if err != nil {
		t.Fatal(err)
	}
	return &setter{faces: faces, missing: map[rune]bool{}}
}

func write(t testing.TB, d cards.Deck, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameDeckSameBytes(t *testing.T) {
	d := cards.Deck{Title: "카드", Cards: sampleCards()}
	first := write(t, d, Options{})
	if !bytes.Equal(first, write(t, d, Options{})) {
		t.Error("two runs differ")
	}
	if bytes.Equal(first, write(t, d, Options{Date: time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)})) {
		t.Error("the date is not in the document")
	}
	if bytes.Contains(first, []byte(time.Now().Format("(D:2006"))) {
		t.Error("the document tells today's date")
	}
}

func TestPages(t *testing.T) {
	page := regexp.MustCompile(`/Type /Page\n`)
	for _, row := range []struct{ cards, pages int }{{1, 2}, {8, 2}, {9, 4}, {16, 4}, {17, 6}} {
		var d cards.Deck
		for range row.cards {
			d.Cards = append(d.Cards, sampleCards()[0])
		}
		if got := len(page.FindAll(write(t, d, Options{}), -1)); got != row.pages {
			t.Errorf("%d cards: %d pages, want %d", row.cards, got, row.pages)
		}
	}
}

// Turned over on the long edge, left and right change places: the middle of
// each answer must lie on the middle of its question, mirrored.
func TestAnswersLieBehindQuestions(t *testing.T) {
	s := newSetter(t)
	var all []leaf
	for i := range perSheet {
		number := []mark{{shape: shapeText, text: string(rune('1' + i)), x: cardWidth / 2, y: cardHeight / 2}}
		all = append(all, leaf{front: number, back: number})
	}
	sheet := pages(s, all, "", "")
	for i := range perSheet {
		find := func(page []mark) mark {
			return page[slices.IndexFunc(page, func(m mark) bool { return m.text == string(rune('1'+i)) })]
		}
		front, back := find(sheet[0]), find(sheet[1])
		if front.y != back.y || front.x != sheetWidth-back.x {
			t.Errorf("card %d: front at %.1f,%.1f, back at %.1f,%.1f", i+1, front.x, front.y, back.x, back.y)
		}
	}
}

func TestNothingLeavesItsCard(t *testing.T) {
	s := newSetter(t)
	all := sampleCards()
	for _, stretch := range []int{2, 7, 40} {
		for _, c := range sampleCards() {
			c.Stem = strings.Repeat(c.Stem+" ", stretch)
			c.Code = strings.Repeat(c.Code+"\n", stretch)
			c.Answer = strings.Repeat(c.Answer, stretch)
			c.Topic = strings.Repeat(c.Topic, stretch)
			c.Source.File = strings.Repeat("길", 20*stretch) + ".md"
			c.Explanation = strings.Repeat(c.Explanation, stretch)
			all = append(all, c)
		}
	}
	for i, c := range all {
		if !checkInside(t, s.leaves(c, i+1)) {
			t.Errorf("card %d", i+1)
		}
	}
}

// checkInside fails for marks outside of the card's inner box.
func checkInside(t *testing.T, leaves []leaf) bool {
	t.Helper()
	const tolerance = 0.01 // mm
	ok := true
	for _, l := range leaves {
		for _, m := range slices.Concat(l.front, l.back) {
			top, bottom := m.y, m.y+m.h
			if m.shape == shapeText {
				top, bottom = m.y-baseline*m.h, m.y+(1-baseline)*m.h
			}
			if m.x < padX-tolerance || m.x+m.w > cardWidth-padX+tolerance || top < padY-tolerance || bottom > cardHeight-padY+tolerance {
				t.Errorf("%+v leaves its card", m)
				ok = false
			}
		}
	}
	return ok
}

func TestEveryRunePrints(t *testing.T) {
	s := newSetter(t)
	for i, c := range sampleCards() {
		for _, l := range s.leaves(c, i+1) {
			for _, m := range slices.Concat(l.front, l.back) {
				for _, r := range m.text {
					if face, _ := s.faceOf(m.style, r); face < 0 {
						t.Errorf("card %d: %U in %q has no glyph", i+1, r, m.text)
					}
				}
			}
		}
	}
}

func TestClean(t *testing.T) {
	s := newSetter(t)
	var told []string
	s.warn = func(text string) { told = append(told, text) }
	for _, row := range []struct{ in, want string }{
		{"\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"},
		{"가\u00a0나\u3000다\u200b", "가 나  다"},
		{"a\tb\r\nc", "a    b\nc"},
		{"\x1b[31m빨강\x1b[0m", "빨강"},
		{"✓ ✗ ①", "○ × ①"},
		{"ﬁ é", "fi e"},
		{"\ue041", "□"},
		{"😀😀", "□□"},
		{"\xff", "□"},
	} {
		if got := s.clean(row.in); got != row.want {
			t.Errorf("clean(%q) = %q, want %q", row.in, got, row.want)
		}
	}
	want := []string{"글꼴에 없는 글자(U+E041)를 □로 인쇄함", "글꼴에 없는 글자(U+1F600)를 □로 인쇄함", "글꼴에 없는 글자(U+FFFD)를 □로 인쇄함"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestPullComments(t *testing.T) {
	lines := strings.Split(`kind: Pod            # 종류
metadata:            # 정보
  name: "a # b"      # 이름
# 줄 전체
script: |
  echo 1        # 그대로
after: 1             # 끝`, "\n")
	together := strings.Join(pullComments(lines, "yaml", true), "\n")
	want := `kind: Pod        # 종류
metadata:        # 정보
  name: "a # b"  # 이름
# 줄 전체
script: |
  echo 1        # 그대로
after: 1         # 끝`
	if together != want {
		t.Errorf("one column:\n%s", together)
	}
	each := strings.Join(pullComments(lines, "yaml", false), "\n")
	want = `kind: Pod  # 종류
metadata:  # 정보
  name: "a # b"  # 이름
# 줄 전체
script: |
  echo 1        # 그대로
after: 1  # 끝`
	if each != want {
		t.Errorf("each:\n%s", each)
	}
	here := []string{"cat <<E", "a      # b", "E"}
	if !slices.Equal(pullComments(here, "sh", false), here) {
		t.Error("a here-document was changed")
	}
}

// However long code is divided, no line gets lost, changed or moved.
func TestCodeContinues(t *testing.T) {
	s := newSetter(t)
	c := sampleCards()[2]
	c.Code = strings.Join(pullComments(strings.Split(c.Code, "\n"), "yaml", false), "\n")
	leaves := s.leaves(c, 1)
	if len(leaves) < 2 || len(leaves) > leavesMax {
		t.Fatalf("%d leaves", len(leaves))
	}
	var got []string
	for _, l := range leaves {
		lines, y := 0, -1.0
		for _, m := range l.front {
			if m.style != mono {
				continue
			}
			if m.y == y { // the comment of the same line
				got[len(got)-1] += "  " + m.text
				continue
			}
			got, y = append(got, m.text), m.y
			lines++
		}
		if lines < 8 {
			t.Errorf("a leaf with %d lines is not balanced", lines)
		}
	}
	if strings.Join(got, "\n") != c.Code {
		t.Errorf("the leaves show\n%s", strings.Join(got, "\n"))
	}
}

// text is what a side shows in one style, a line of paper a line, left to right.
func text(side side, st style) string {
	var b strings.Builder
	y := -1.0
	for _, m := range side {
		if m.shape != shapeText || m.style != st {
			continue
		}
		if b.Len() > 0 && m.y != y {
			b.WriteByte('\n')
		} else if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(m.text)
		y = m.y
	}
	return b.String()
}

// A comment that is too long for its line moves above it; the code stays whole.
func TestLongCommentMovesUp(t *testing.T) {
	s := newSetter(t)
	comment := strings.TrimSpace(strings.Repeat("이 값은 아주 중요하다 ", 8))
	c := cards.Card{Stem: "무엇일까?", CodeLang: "yaml", Code: "spec:\n  replicas: 2 # " + comment + "\n  paused: true"}
	lines := strings.Split(text(s.leaves(c, 1)[0].front, mono), "\n")
	last := len(lines) - 1
	if last < 3 || lines[0] != "spec:" || lines[last-1] != "  replicas: 2" || lines[last] != "  paused: true" {
		t.Fatalf("%q", lines)
	}
	var words []string
	for _, line := range lines[1 : last-1] {
		rest, ok := strings.CutPrefix(line, "  # ")
		if !ok {
			t.Errorf("%q is no comment", line)
		}
		words = append(words, rest)
	}
	if got := strings.Join(words, " "); got != comment {
		t.Errorf("comment %q", got)
	}
}

// Short choices share a line when the code would need a second card otherwise.
func TestShortChoicesShareLines(t *testing.T) {
	s := newSetter(t)
	c := cards.Card{
		Kind: cards.Choice, Stem: "몇 개일까?", Code: strings.TrimSpace(strings.Repeat("key: value\n", 14)), CodeLang: "yaml",
		Choices: []string{"하나", "둘", "셋", "넷"}, Answer: "셋",
	}
	leaves := s.leaves(c, 1)
	if len(leaves) != 1 {
		t.Fatalf("%d leaves", len(leaves))
	}
	if got := text(leaves[0].front, plain); !strings.HasSuffix(got, "하나 둘 셋 넷") {
		t.Errorf("%q", got)
	}
	c.Choices[1] = strings.Repeat("아주 긴 보기 ", 12)
	if got := text(s.leaves(c, 1)[0].front, plain); strings.HasSuffix(got, "셋 넷") {
		t.Errorf("long choices share a line: %q", got)
	}
	if got := text(leaves[0].back, strong); !strings.HasPrefix(got, "3") {
		t.Errorf("the answer has not the number of its choice: %q", got)
	}
}

func TestNoteWords(t *testing.T) {
	s := newSetter(t)
	for _, row := range []struct{ note, code, want string }{
		{"- 파드는   작다", "", "노트: “파드는 작다”"},
		{"* 하나\n  + 둘\n\n```yaml\nkind: Pod   # 종류\n```\n넷", "", "노트: “하나\n둘\nkind: Pod # 종류 …”"},
		{"kind: Pod", "kind: Pod\n", ""},
		{"```\n```", "", ""},
		{"", "", ""},
		{"--force 옵션", "", "노트: “--force 옵션”"},
	} {
		c := cards.Card{Code: row.code, Evidence: cards.Evidence{Note: row.note}}
		if got := s.noteWords(c); got != row.want {
			t.Errorf("%q: %q, want %q", row.note, got, row.want)
		}
	}
}

func FuzzCard(f *testing.F) {
	for _, c := range sampleCards() {
		f.Add(c.Stem, c.Code, c.CodeLang, c.Answer, strings.Join(c.Choices, "|"))
	}
	faces, err := loadFaces()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, stem, code, lang, answer, choices string) {
		s := &setter{faces: faces, missing: map[rune]bool{}}
		c := cards.Card{Kind: cards.YAMLPredict, Stem: stem, Code: code, CodeLang: lang, Answer: answer, Explanation: stem, Topic: answer, Evidence: cards.Evidence{Note: code}}
		if choices != "" {
			c.Choices = strings.Split(choices, "|")
			c.Choices = c.Choices[:min(len(c.Choices), 8)]
		}
		checkInside(t, s.leaves(c, 1))
	})
}

func TestWhatIsCutIsTold(t *testing.T) {
	c := sampleCards()[0]
	c.Answer = strings.Repeat("아주 긴 답이 이어진다 ", 200)
	var told []string
	write(t, cards.Deck{Cards: []cards.Card{c}}, Options{Warn: func(text string) { told = append(told, text) }})
	if want := "카드 1 (pod/definition/unit#basic): 답이 카드에 다 들어가지 않아 …로 줄임"; !slices.Contains(told, want) {
		t.Errorf("told %q", told)
	}
}

func TestRefused(t *testing.T) {
	one := cards.Deck{Cards: sampleCards()[:1]}
	for _, row := range []struct {
		deck cards.Deck
		o    Options
		want string
	}{
		{cards.Deck{}, Options{}, "인쇄할 카드가 없음"},
		{one, Options{Layout: "poster"}, `모르는 배치: "poster"`},
		{cards.Deck{Cards: make([]cards.Card, cardsMax+1)}, Options{}, "카드가 너무 많음: 한 번에 10000장까지 인쇄할 수 있음"},
	} {
		var b bytes.Buffer
		if err := Write(&b, row.deck, row.o); err == nil || err.Error() != row.want || b.Len() > 0 {
			t.Errorf("error %v, %d bytes, want %q", err, b.Len(), row.want)
		}
	}
}

// The licence reserves the name Nanum for unchanged fonts. The sums are of the
// TrueType files in @expo-google-fonts/nanum-gothic 0.4.0 and
// nanum-gothic-coding 0.4.1.
func TestFontsAreUnchanged(t *testing.T) {
	want := [faceCount]string{
		faceRegular: "cf050025dcce823de644153981ff8b171d5b78d7d0ddd6e3c9f39e814fad3564",
		faceBold:    "c2b3913902193593a9f86fef6ebef3d016490bddb0e52e91d732a477578bbc57",
		faceCoding:  "e6df02d6a15be7f198d5aa2fc1bd4fae91968d809a1c4fa5694c10f164222348",
	}
	for i, face := range newSetter(t).faces {
		if got := fmt.Sprintf("%x", sha256.Sum256(face.data)); got != want[i] {
			t.Errorf("%s has sum %s", faceNames[i], got)
		}
	}
	licence, err := fontFiles.ReadFile("fonts/LICENSE_FONT")
	if err != nil || !bytes.Contains(licence, []byte("SIL OPEN FONT LICENSE")) {
		t.Errorf("no licence beside the fonts: %v", err)
	}
}

func TestDamagedFont(t *testing.T) {
	data := newSetter(t).faces[faceRegular].data
	for _, size := range []int{0, 3, 100, 5000, len(data) / 2} {
		if _, err := parseFace(data[:size]); err == nil {
			t.Errorf("%d bytes of a font were taken for one", size)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	d := bigDeck(300)
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, d, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
