package quiz

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gieok/korean"
)

var (
	itemMarks  = regexp.MustCompile(`[,、;\n·&+/]| 및 | 그리고 | 또 | and `)
	orderMarks = regexp.MustCompile(`→|->|=>|⇒|>|➔|➜|,|\n|;| 다음에? | 그다음 | 그 다음 | 이후 | 후에? | 그리고 `)
	numbering  = regexp.MustCompile(`^(\d+[.)]|[①-⑳]|[-*•]|첫째|둘째|셋째|넷째|먼저|그 ?다음에?|다음에?|이어서|마지막으로|끝으로)\s*`)
	spanned    = regexp.MustCompile(`^(.*?)(\d+) ?(?:~|부터|에서|\.\.|∼|〜) ?(.*?)(\d+)(까지)?$`)
	braced     = regexp.MustCompile(`^(.*)\{(\d+)(?:\.\.|~|-)(\d+)\}$`)
)

// listItemsMax bounds a span such as web-0~web-9.
const listItemsMax = 64

// splitItems takes an enumeration apart, at marks and at 와, 과 and their like.
func splitItems(s string) []string {
	var items []string
	for _, chunk := range itemMarks.Split(s, -1) {
		var words []string
		for _, word := range strings.Fields(chunk) {
			stem, particle := korean.StripJosa(word)
			words = append(words, word)
			switch particle {
			case "와", "과", "랑", "이랑", "하고", "이나":
				words[len(words)-1] = stem
				items = append(items, strings.Join(words, " "))
				words = nil
			}
		}
		items = append(items, strings.Join(words, " "))
	}
	for i, item := range items {
		items[i] = numbering.ReplaceAllString(strings.TrimSpace(item), "")
	}
	return nonEmpty(items)
}

// expand writes a span of numbered names out: web-0~web-2, web-{0..2}.
func expand(items []string) []string {
	var out []string
	for _, item := range items {
		prefix, from, to, ok := span(item)
		if !ok {
			out = append(out, item)
			continue
		}
		for n := from; n <= to; n++ {
			out = append(out, prefix+strconv.Itoa(n))
		}
	}
	return out
}

var bracedList = regexp.MustCompile(`([^\s{},]*)\{(\d+(?: ?, ?\d+)+)\}`)

// writtenOut writes web-{0,1,2} as three names.
func writtenOut(text string) string {
	return bracedList.ReplaceAllStringFunc(text, func(braces string) string {
		m := bracedList.FindStringSubmatch(braces)
		var names []string
		for _, number := range strings.Split(m[2], ",") {
			names = append(names, m[1]+strings.TrimSpace(number))
		}
		return strings.Join(names, ", ")
	})
}

func span(item string) (prefix string, from, to int, ok bool) {
	m := braced.FindStringSubmatch(item)
	if m == nil {
		if m = spanned.FindStringSubmatch(item); m == nil || m[3] != "" && m[3] != m[1] {
			return "", 0, 0, false
		}
		m = []string{m[0], m[1], m[2], m[4]}
	}
	from, _ = strconv.Atoi(m[2])
	to, err := strconv.Atoi(m[3])
	return m[1], from, to, err == nil && from < to && to-from < listItemsMax
}

// itemsOf are the things of a candidate answer.
func itemsOf(candidate string) []string {
	items := splitItems(candidate)
	if len(items) == 1 && !korean.HasHangul(candidate) {
		return strings.Fields(candidate)
	}
	return items
}

func (q Question) gradeList(text string) Grading {
	text = listEnding(text)
	if chosen, negated := afterDenial(text); negated {
		if chosen == "" {
			return wrong("정답을 부정했습니다")
		}
		text = chosen
	}
	best := wrong("다른 답입니다")
	for _, candidate := range q.candidates() {
		want := itemsOf(clean(candidate, ListForm))
		for _, got := range q.readings(text, len(want)) {
			best = better(best, q.compareSets(want, got))
		}
	}
	return best
}

// readings are the ways to take a typed enumeration apart.
func (q Question) readings(text string, n int) [][]string {
	items := expand(splitItems(writtenOut(text)))
	all := [][]string{items}
	if words := strings.Fields(text); len(items) == 1 && len(words) > 1 {
		all = append(all, words)
	}
	if len(items) > 1 && len(items) == n {
		// web-0, 1, 2: the name once, then numbers alone
		prefix := strings.TrimRight(items[0], "0123456789")
		short := slices.Clone(items)
		for i, item := range short[1:] {
			if _, err := strconv.Atoi(item); err == nil {
				short[i+1] = prefix + item
			}
		}
		all = append(all, short)
	}
	return all
}

var listClosing = regexp.MustCompile(`(이다|입니다|예요|이에요|이 있다|가 있다|을 적는다|를 적는다|을 쓴다|를 쓴다| 두 가지| 둘| 두 개| 세 개|, ?등)$`)

func listEnding(text string) string { return strings.TrimSpace(listClosing.ReplaceAllString(text, "")) }

func (q Question) compareSets(want, got []string) Grading {
	used := make([]bool, len(want))
	hits, slips := 0, 0
	for _, item := range got {
		at, verdict := -1, Wrong
		for i, w := range want {
			if v := q.compareItem(w, item); !used[i] && v < verdict {
				at, verdict = i, v
			}
		}
		if at < 0 {
			if repeated(want, item, q) {
				continue
			}
			return wrong("다른 것이 섞여 있습니다: " + item)
		}
		used[at] = true
		hits++
		if verdict == Almost {
			slips++
		}
	}
	switch {
	case hits == len(want) && slips == 0:
		return right("순서와 잇는 말만 다릅니다")
	case hits == len(want):
		return almost("철자가 다릅니다")
	case hits > 0:
		return almost("일부만 적었습니다")
	}
	return wrong("다른 답입니다")
}

func repeated(want []string, item string, q Question) bool {
	return slices.ContainsFunc(want, func(w string) bool { return q.compareItem(w, item) == Right })
}

// compareItem compares one thing of an enumeration, by the rules of terms; names
// with numbers must agree in them.
func (q Question) compareItem(want, got string) Verdict {
	item := q
	item.Answer, item.Accepted = want, nil
	g := item.gradeTermOf([]string{want}, got)
	if g.Verdict == Almost && strings.ContainsAny(want, "0123456789") && !slices.Equal(digitsIn.FindAllString(want, -1), digitsIn.FindAllString(got, -1)) {
		return Wrong
	}
	return g.Verdict
}

func (q Question) gradeOrder(text string) Grading {
	got, reversed := sequence(text)
	if reversed {
		slices.Reverse(got)
	}
	best := wrong("순서가 다릅니다")
	for _, candidate := range q.candidates() {
		want, _ := sequence(clean(candidate, OrderForm))
		best = better(best, q.compareOrder(want, got))
	}
	return best
}

func sequence(text string) (items []string, reversed bool) {
	if strings.Contains(text, "←") || strings.Contains(text, "<-") {
		text, reversed = strings.NewReplacer("←", "→", "<-", "→").Replace(text), true
	}
	for _, item := range orderMarks.Split(text, -1) {
		items = append(items, numbering.ReplaceAllString(strings.TrimSpace(item), ""))
	}
	items = nonEmpty(items)
	if len(items) == 1 && korean.HasHangul(text) && strings.Contains(text, "-") {
		items = nonEmpty(strings.Split(text, "-"))
	}
	if len(items) == 1 {
		items = strings.Fields(numberedInside.ReplaceAllString(text, " "))
	}
	for i, item := range items {
		item = strings.TrimSpace(strings.TrimSuffix(item, " 먼저"))
		items[i] = item
		if stem, particle := korean.StripJosa(item); particle != "" {
			items[i] = stem
		}
	}
	return items, reversed
}

var numberedInside = regexp.MustCompile(`(^| )\d+[.)] ?| ?- `)

func (q Question) compareOrder(want, got []string) Grading {
	slips := 0
	if len(got) < len(want) {
		at := 0
		for _, item := range got {
			for at < len(want) && q.compareItem(want[at], item) == Wrong {
				at++
			}
			if at == len(want) {
				return wrong("순서가 다릅니다")
			}
			at++
		}
		if len(got) < 2 {
			return wrong("하나만 적었습니다")
		}
		return almost("일부만 적었습니다")
	}
	if len(got) != len(want) {
		return wrong("순서가 다릅니다")
	}
	for i, w := range want {
		switch q.compareItem(w, got[i]) {
		case Wrong:
			return wrong("순서가 다릅니다")
		case Almost:
			slips++
		}
	}
	if slips > 0 {
		return almost("순서는 맞지만 철자가 다릅니다")
	}
	return right("순서가 같습니다")
}

// gradeHost compares DNS names, whose case does not count (RFC 4343).
func (q Question) gradeHost(text string) Grading {
	best := wrong("다른 이름입니다")
	for _, form := range answerForms(text) {
		for _, candidate := range q.candidates() {
			best = better(best, compareHost(strings.ToLower(clean(candidate, HostForm)), strings.ToLower(form), q.Stem))
		}
	}
	return best
}

var (
	schemePattern = regexp.MustCompile(`^[a-z]+://`)
	portPattern   = regexp.MustCompile(`(:\d+)?(/\S*)?$`)
)

func compareHost(want, got, stem string) Grading {
	want, got = strings.TrimSuffix(want, "."), strings.TrimSuffix(strings.TrimSpace(got), ".")
	if squeeze(got) == want {
		return right("같은 이름입니다")
	}
	bare := portPattern.ReplaceAllString(schemePattern.ReplaceAllString(got, ""), "")
	if bare == want {
		return almost("이름 말고 다른 것까지 적었습니다")
	}
	if strings.HasPrefix(want, bare+".") && strings.Contains(bare, ".") {
		return almost("줄인 이름입니다")
	}
	wantParts, gotParts := strings.Split(want, "."), strings.Split(bare, ".")
	if len(wantParts) != len(gotParts) {
		return wrong("다른 이름입니다")
	}
	slips := 0
	for i, part := range wantParts {
		if part == gotParts[i] {
			continue
		}
		// A part that the stem names is a value: a slip there is another name.
		if strings.Contains(stem, part) || korean.Distance(part, gotParts[i]) > 1 {
			return wrong("다른 이름입니다")
		}
		slips++
	}
	if slips == 1 {
		return almost("철자가 하나 다릅니다")
	}
	return wrong("다른 이름입니다")
}
