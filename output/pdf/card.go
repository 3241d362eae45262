package pdf

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"gieok/cards"
)

// A side is one face of one card: marks from the card's top left corner.
type side []mark

// A leaf is one piece of card stock. A card whose code is too long for one
// leaf continues on further ones.
type leaf struct{ front, back side }

const (
	cardWidth, cardHeight = 95.0, 67.5 // mm
	padX, padY            = 5.0, 4.0
	headHeight            = 5.6 // mm, topic, kind and number
	footHeight            = 4.6 // mm, evidence and place
	leavesMax             = 4   // of one card
	noteLinesMax          = 3   // of the note's words; the place tells where the rest is
	shortAnswerRunes      = 18
	acceptedShown         = 3
	mutedTone             = 95
)

// leaves sets one card; number counts from 1 in the deck.
func (s *setter) leaves(c cards.Card, number int) []leaf {
	s.where = fmt.Sprintf("카드 %d (%s): ", number, s.clean(string(c.ID)))
	inner, height := cardWidth-2*padX, cardHeight-2*padY-headHeight
	fronts := s.fronts(c, inner, height)
	backs, cut := s.spread(s.answer(c), inner, height-footHeight)
	s.tellCut(cut)
	n := max(len(fronts), len(backs))
	if n > len(fronts) {
		fronts = append(fronts, s.onlyBack(c, inner, height))
	}
	out := make([]leaf, n)
	for i := range out {
		front, back := fronts[min(i, len(fronts)-1)], backs[min(i, len(backs)-1)]
		part := ""
		if n > 1 {
			part = fmt.Sprintf(" (%d/%d)", i+1, n)
		}
		tag := strconv.Itoa(number) + part
		if label := c.Kind.Label(); label != "" {
			tag = label + " · " + tag
		}
		center := len(front) == 1 && front[0].code == nil
		out[i].front = append(s.head(c.Topic, tag), s.place(front, padX, padY+headHeight, inner, height, center)...)
		out[i].back = append(s.head("답", strconv.Itoa(number)+part), s.place(back, padX, padY+headHeight, inner, height-footHeight, false)...)
		out[i].back = append(out[i].back, s.foot(c)...)
	}
	return out
}

// fronts sets the question. Choices stand one a line; short ones share lines
// when code would be hard to read otherwise, or another card would be needed.
func (s *setter) fronts(c cards.Card, width, height float64) [][]setBlock {
	blocks := s.question(c)
	fronts, cut := s.spread(blocks, width, height)
	if len(cut) > 0 || len(fronts) > 1 || smallestCode(fronts) < comfortSize {
		if grid := s.inRows(blocks, len(c.Choices), width); grid != nil {
			rows, rowsCut := s.spread(grid, width, height)
			better := len(rows) < len(fronts) || len(rows) == len(fronts) && smallestCode(rows) > smallestCode(fronts)
			if len(rowsCut) == 0 && (len(cut) > 0 || better) {
				return rows
			}
		}
	}
	s.tellCut(cut)
	return fronts
}

// inRows puts the last n blocks, choices, into one block of rows; nil if they are too wide.
func (s *setter) inRows(blocks []block, n int, width float64) []block {
	if n < 2 {
		return nil
	}
	from := len(blocks) - n
	grid := blocks[from]
	for _, b := range blocks[from:] {
		if b.code != nil || strings.Contains(b.text, "\n") {
			return nil
		}
		grid.cells = append(grid.cells, b.text)
	}
	if s.cellColumns(grid.cells, grid.size, width) == 1 {
		return nil
	}
	grid.text, grid.bullet, grid.rank = "", "", 0
	return append(slices.Clone(blocks[:from]), grid)
}

func smallestCode(leaves [][]setBlock) float64 {
	size := comfortSize
	for _, set := range leaves {
		for _, b := range set {
			if b.code != nil {
				size = min(size, b.at)
			}
		}
	}
	return size
}

// onlyBack is the front of a leaf that is needed for a long answer alone.
func (s *setter) onlyBack(c cards.Card, width, height float64) []setBlock {
	set, _ := s.fit([]block{
		{text: s.prose(c.Stem), style: strong, size: 9, least: 7, tone: mutedTone, rank: 1},
		{text: "답이 길어 이 카드의 뒷면에 이어집니다.", size: 9, least: 7, gap: 2, tone: mutedTone},
	}, width, height)
	return set
}

// spread sets blocks on as few leaves as do without cutting or breaking lines
// of code, at most leavesMax. Only the longest code is divided; what stands
// before it is repeated, what stands after it comes last.
func (s *setter) spread(blocks []block, width, height float64) (parts [][]setBlock, cut []string) {
	set, cut := s.fit(blocks, width, height)
	long := longestCode(blocks)
	if len(cut) == 0 || long < 0 {
		return [][]setBlock{set}, cut
	}
	for n := 2; n <= leavesMax && len(cut) > 0; n++ {
		room := make([]int, n)
		for i := range room {
			room[i] = s.codeRoom(partOf(blocks, long, s.codeBlock(blocks[long].code[:1], ""), i, n), long, width, height)
		}
		var pieces []block
		for _, lines := range divide(blocks[long].code, room) {
			pieces = append(pieces, s.codeBlock(lines, blocks[long].lang))
		}
		parts, cut = s.spreadOver(blocks, long, pieces, width, height)
	}
	return parts, cut
}

// spreadOver sets one leaf for each piece of the code, all code at one size.
func (s *setter) spreadOver(blocks []block, long int, pieces []block, width, height float64) (parts [][]setBlock, cut []string) {
	size := blocks[long].size
	for range 2 { // first to find the size, then to use it on all
		parts, cut = nil, nil
		for i, piece := range pieces {
			part := partOf(blocks, long, piece, i, len(pieces))
			part[long].size = max(size, part[long].least)
			set, partCut := s.fit(part, width, height)
			parts = append(parts, set)
			cut = append(cut, partCut...)
		}
		for _, set := range parts {
			size = min(size, set[long].at)
		}
	}
	return parts, cut
}

// codeRoom is how many lines of code, of block number at, a leaf holds beside its other blocks.
func (s *setter) codeRoom(part []block, at int, width, height float64) int {
	set := make([]setBlock, 0, len(part))
	for _, b := range part {
		set = append(set, s.set(b, 1, width))
	}
	one := part[at].least * mmPerPoint * codeLeading
	return max(1, 1+int((height-total(set))/one))
}

// partOf is what stands on piece i of n. Blocks before number long keep their numbers.
func partOf(blocks []block, long int, piece block, i, n int) []block {
	var part []block
	for j, b := range blocks {
		switch {
		case j < long && i > 0:
			b.size = b.least // read on the first leaf already
			b.tone = mutedTone
		case j == long:
			b.code, b.variants = piece.code, piece.variants
		case j > long && i < n-1:
			continue
		}
		part = append(part, b)
	}
	return part
}

func longestCode(blocks []block) int {
	long, lines := -1, 1
	for i, b := range blocks {
		if len(b.code) > lines {
			long, lines = i, len(b.code)
		}
	}
	return long
}

func (s *setter) tellCut(names []string) {
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		s.tell("%s 카드에 다 들어가지 않아 …로 줄임", name)
	}
}

// question is the front: stem, code, choices.
func (s *setter) question(c cards.Card) []block {
	alone := c.Code == "" && len(c.Choices) == 0
	stem := block{name: "질문이", text: s.prose(c.Stem), style: strong, size: 11, least: 7, rank: 1}
	if alone {
		stem.size = 14
	}
	blocks := []block{stem}
	if strings.TrimSpace(c.Code) != "" {
		b := s.codeBlock(s.code(c.Code, c.CodeLang), c.CodeLang)
		b.name, b.size, b.least, b.gap, b.rank = "코드가", 9, 6, 2, 2
		blocks = append(blocks, b)
	}
	for i, choice := range c.Choices {
		b := s.textOrCode(choice, false, c.CodeLang)
		b.name, b.bullet, b.gap, b.rank = "보기가", strconv.Itoa(i+1), 1.3, 3
		b.size, b.least = 10, 6.5
		if i == 0 {
			b.gap = 2.4
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// textOrCode is a block for text that keeps its lines where they carry meaning.
func (s *setter) textOrCode(text string, isCode bool, lang string) block {
	text = strings.TrimSpace(text)
	if isCode || strings.Contains(text, "\n") && looksLikeCode(text) {
		return s.codeBlock(s.code(text, lang), lang)
	}
	return block{text: s.prose(text), style: plain}
}

// looksLikeCode: lines with indentation, columns or keys lose their sense when
// they are filled like prose.
func looksLikeCode(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		body := strings.TrimLeft(line, " \t")
		if body != line || strings.Contains(body, "  ") || strings.HasSuffix(body, ":") ||
			strings.HasPrefix(body, "apiVersion") || strings.HasPrefix(body, "kubectl ") {
			return true
		}
	}
	return false
}

func answersInCode(k cards.Kind) bool {
	switch k {
	case cards.Command, cards.YAMLFix, cards.YAMLBlank, cards.YAMLWrite:
		return true
	}
	return false
}

// answer is the back above the foot: answer, other right answers, reason, and
// the note's own words.
func (s *setter) answer(c cards.Card) []block {
	isCode := answersInCode(c.Kind) && len(c.Choices) == 0
	lang := c.CodeLang
	if c.Kind == cards.Command {
		lang = "sh"
	}
	answer := s.textOrCode(c.Answer, isCode, lang)
	answer.name, answer.rank = "답이", 1
	switch {
	case answer.code != nil && len(answer.code) == 1:
		answer.size, answer.least, answer.flows = 12, 6, true
	case answer.code != nil:
		answer.size, answer.least = 9.5, 6
	case len([]rune(answer.text)) <= shortAnswerRunes:
		answer.style, answer.size, answer.least = strong, 19, 9
	default:
		answer.style, answer.size, answer.least = strong, 13, 7.5
	}
	if i := slices.Index(c.Choices, c.Answer); i >= 0 && c.Kind != cards.Order {
		answer.bullet = strconv.Itoa(i + 1)
	}
	blocks := []block{answer}
	if items := orderedItems(c); items != nil {
		blocks = s.order(c, items)
	}
	if other := s.accepted(c); other != "" {
		blocks = append(blocks, block{name: "다른 답이", text: other, size: 8.5, least: 6.5, gap: 1.6, tone: mutedTone, rank: 4})
	}
	if reason := s.prose(c.Explanation); reason != "" {
		blocks = append(blocks, block{name: "풀이가", text: reason, size: 9.5, least: 6.5, gap: 2.2, rank: 3})
	}
	if words := s.noteWords(c); words != "" {
		blocks = append(blocks, block{name: "노트의 말이", text: words, size: 7.5, least: 6, gap: 2.2, tone: mutedTone, rank: 5, low: true})
	}
	return blocks
}

// orderedItems are the items of an order card in their right order, nil if the
// answer is not made of the shown items.
func orderedItems(c cards.Card) []string {
	if c.Kind != cards.Order {
		return nil
	}
	for _, separator := range []string{"\n", " → ", " -> ", " > ", ", "} {
		items := strings.Split(c.Answer, separator)
		if len(items) == len(c.Choices) && !slices.ContainsFunc(items, func(item string) bool {
			return !slices.Contains(c.Choices, item)
		}) {
			return items
		}
	}
	return nil
}

// order lists items with the numbers they have on the front.
func (s *setter) order(c cards.Card, items []string) []block {
	var blocks []block
	for _, item := range items {
		number := strconv.Itoa(slices.Index(c.Choices, item) + 1)
		blocks = append(blocks, block{
			name: "답이", text: s.prose(item), bullet: number,
			style: strong, size: 12, least: 7, gap: 1.3, rank: 1,
		})
	}
	return blocks
}

// accepted are the first other right answers; where one chooses there are none to type.
func (s *setter) accepted(c cards.Card) string {
	if len(c.Choices) > 0 {
		return ""
	}
	var others []string
	for _, text := range c.Accepted {
		text = s.prose(text)
		if text != "" && text != s.prose(c.Answer) && !slices.Contains(others, text) && !strings.Contains(text, "\n") {
			others = append(others, text)
		}
	}
	if len(others) == 0 {
		return ""
	}
	more := ""
	if len(others) > acceptedShown {
		more = fmt.Sprintf(" 외 %d가지", len(others)-acceptedShown)
		others = others[:acceptedShown]
	}
	return "다른 답: " + strings.Join(others, ", ") + more
}

// noteWords are the first lines of the note's words without the marks of
// Markdown around them; nothing when the front shows the same words as its code.
func (s *setter) noteWords(c cards.Card) string {
	note := strings.TrimSpace(c.Evidence.Note)
	if note == strings.TrimSpace(c.Code) {
		return ""
	}
	var lines []string
	for line := range strings.SplitSeq(note, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
			continue
		}
		if marker, rest, ok := strings.Cut(line, " "); ok && strings.Trim(marker, "-*+#>") == "" {
			line = rest
		}
		if len(lines) == noteLinesMax {
			lines[noteLinesMax-1] += " …"
			break
		}
		lines = append(lines, line)
	}
	if lines == nil {
		return ""
	}
	return "노트: “" + s.prose(strings.Join(lines, "\n")) + "”"
}

// head is the top line of a side, with a hair line below it.
func (s *setter) head(left, right string) []mark {
	const size = 7.5
	y := padY + size*mmPerPoint*baseline
	right = s.clean(right)
	wRight := s.width(right, plain, size)
	room := cardWidth - 2*padX - wRight - 4
	left = strings.ReplaceAll(s.prose(left), "\n", " ")
	if s.width(left, plain, size) > room {
		left = s.ellipsis(left, plain, size, room) // the topic only helps to sort cards
	}
	em := size * mmPerPoint
	return []mark{
		{shape: shapeText, x: padX, y: y, w: s.width(left, plain, size), h: em, text: left, size: size, tone: mutedTone},
		{shape: shapeText, x: cardWidth - padX - wRight, y: y, w: wRight, h: em, text: right, size: size, tone: mutedTone},
		{shape: shapeLine, x: padX, y: padY + em + 0.7, w: cardWidth - 2*padX, tone: 200},
	}
}

// foot says what the answer rests on and where the note says it. A
// contradicted note stands out: its label is white on black.
func (s *setter) foot(c cards.Card) []mark {
	const size = 7.5
	em := size * mmPerPoint
	label := c.Evidence.Status.Label()
	box := mark{shape: shapeFrame, x: padX, y: cardHeight - padY - em*1.45, w: s.width(label, strong, size) + 2.4, h: em * 1.45, tone: mutedTone}
	ink := 0
	switch c.Evidence.Status {
	case cards.Contradicted:
		box.shape, box.tone, ink = shapeFill, 0, 255
	case cards.Executed:
		box.tone = 0
	}
	y := box.y + (box.h-em)/2 + baseline*em
	marks := []mark{box, {shape: shapeText, x: padX + 1.2, y: y, w: box.w - 2.4, h: em, text: label, style: strong, size: size, tone: ink}}
	where := s.placeOf(c)
	room := cardWidth - 2*padX - box.w - 3
	if s.width(where, plain, size) > room {
		where = s.ellipsis(where, plain, size, room)
	}
	w := s.width(where, plain, size)
	return append(marks, mark{shape: shapeText, x: cardWidth - padX - w, y: y, w: w, h: em, text: where, size: size, tone: mutedTone})
}

func (s *setter) placeOf(c cards.Card) string {
	if c.Source.File == "" {
		return ""
	}
	where := fmt.Sprintf("%s:%d", s.clean(path.Base(strings.ReplaceAll(c.Source.File, `\`, "/"))), c.Source.Line)
	if more := len(c.Sources) - 1; more > 0 {
		where += fmt.Sprintf(" 외 %d곳", more)
	}
	return where
}
