package quiz

import (
	"regexp"
	"strconv"
	"strings"
)

// An interval is a run of whole numbers, both ends in it.
type interval struct{ low, high int }

var (
	boundPattern   = regexp.MustCompile(`(\d+) ?(?:번|개|초|%)? ?(?:보다 )?(이상|이하|미만|초과|부터|에서|까지|크거나 같|작거나 같|크|작|큰|작은)`)
	betweenPattern = regexp.MustCompile(`^(\d+) ?(?:번)? ?(?:~|-|–|—|∼|〜|\.\.\.?|부터|에서|이상) ?(\d+) ?(?:번)? ?(?:까지|사이|번대|이하|)? ?(?:의 ?)?(?:코드|응답|사이)?$`)
	hundreds       = regexp.MustCompile(`^([1-9])(?:xx|XX|00 ?번대|00 ?대|\*\*)(?: ?(?:번대|대|코드|계열|응답|상태 ?코드))*$`)
	compared       = regexp.MustCompile(`^(\d+) ?(<=|<|≤|=<) ?(?:[a-zA-Z가-힣 ]+)(<=|<|≤|=<) ?(\d+)$`)
)

// besideBounds are the letters of words that may stand between two bounds.
var besideBounds = regexp.MustCompile(`^[\s,~의는은이가고그리및와과인코드응답상태범위값번사보다거나크작같HTPhtp]*$`)

// isRange tells an answer that names a run of numbers.
func isRange(answer string) bool {
	_, ok := parseIntervals(answer)
	return ok
}

// parseIntervals reads one run of numbers, or several with commas or 와 between.
func parseIntervals(s string) ([]interval, bool) {
	s = strings.ReplaceAll(unquote(strings.TrimSpace(s)), ",0", "0")
	s = strings.NewReplacer("≦", "≤", "&lt;", "<").Replace(s)
	if one, ok := parseInterval(s); ok {
		return []interval{one}, true
	}
	items := splitItems(s)
	if len(items) == 1 {
		items = nonEmpty(strings.FieldsFunc(s, func(r rune) bool { return r == '~' || r == '-' }))
	}
	if len(items) < 2 {
		return nil, false
	}
	var all []interval
	for _, item := range items {
		one, ok := parseInterval(item)
		if !ok {
			return nil, false
		}
		all = append(all, one)
	}
	return all, true
}

func parseInterval(s string) (interval, bool) {
	if m := hundreds.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		return interval{n * 100, n*100 + 99}, true
	}
	if m := compared.FindStringSubmatch(s); m != nil {
		low, _ := strconv.Atoi(m[1])
		high, err := strconv.Atoi(m[4])
		if m[2] == "<" {
			low++
		}
		if m[3] == "<" {
			high--
		}
		return interval{low, high}, err == nil && low <= high
	}
	if m := betweenPattern.FindStringSubmatch(s); m != nil && !strings.Contains(s, "미만") {
		low, _ := strconv.Atoi(m[1])
		high, err := strconv.Atoi(m[2])
		return interval{low, high}, err == nil && low < high
	}
	bounds := boundPattern.FindAllStringSubmatch(s, -1)
	if !besideBounds.MatchString(boundPattern.ReplaceAllString(s, "")) || len(bounds) != 2 || len(numberPattern.FindAllString(s, -1)) != 2 {
		return interval{}, false
	}
	var found interval
	var hasLow, hasHigh bool
	for _, b := range bounds {
		n, err := strconv.Atoi(b[1])
		if err != nil {
			return interval{}, false
		}
		switch b[2] {
		case "이상", "부터", "에서", "크거나 같":
			found.low, hasLow = n, true
		case "초과", "크", "큰":
			found.low, hasLow = n+1, true
		case "이하", "까지", "작거나 같":
			found.high, hasHigh = n, true
		case "미만", "작", "작은":
			found.high, hasHigh = n-1, true
		}
	}
	return found, hasLow && hasHigh && found.low <= found.high
}

// joined puts runs that touch together.
func joined(all []interval) []interval {
	var out []interval
	for _, one := range all {
		if n := len(out); n > 0 && out[n-1].high+1 == one.low {
			out[n-1].high = one.high
			continue
		}
		out = append(out, one)
	}
	return out
}

func (q Question) gradeRange(text string) Grading {
	if chosen, negated := afterDenial(text); negated {
		if chosen == "" {
			return wrong("정답을 부정했습니다")
		}
		text = chosen
	}
	best := wrong("범위가 다릅니다")
	for _, form := range answerForms(text) {
		got, ok := parseIntervals(form)
		if !ok {
			continue
		}
		got = joined(got)
		for _, candidate := range q.candidates() {
			want, ok := parseIntervals(clean(candidate, RangeForm))
			if !ok || len(got) != 1 {
				continue
			}
			whole := joined(want)[0]
			switch {
			case got[0] == whole:
				return right("같은 범위입니다")
			case len(want) > 1 && hundreds.MatchString(form) && (got[0] == want[0] || got[0] == want[1]):
				best = better(best, almost("범위의 일부입니다"))
			}
		}
	}
	return best
}
