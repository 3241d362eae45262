package quiz

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"gieok/korean"
)

// A quantity is a number with its unit: value in the base unit of its family.
type quantity struct {
	value  *big.Rat // in the base unit
	number *big.Rat // as written, without the unit
	unit   string   // canonical: "", "m", "Mi", "초", "번", …
	family string   // "": plain or Kubernetes quantity; else time, percent, count
}

// A unitInfo says what one unit of a family is worth.
type unitInfo struct {
	canonical string
	family    string
	worth     *big.Rat
}

func ratio(a, b int64) *big.Rat { return big.NewRat(a, b) }

func power(base, exponent int64) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(base), big.NewInt(exponent), nil))
}

// quantityUnits are the units, case kept: m is a thousandth and M a million
// (Kubernetes documentation, "Resource Management for Pods and Containers").
var quantityUnits = func() map[string]unitInfo {
	units := map[string]unitInfo{"": {"", "", ratio(1, 1)}}
	put := func(family, canonical string, worth *big.Rat, names ...string) {
		for _, name := range append(names, canonical) {
			units[name] = unitInfo{canonical, family, worth}
		}
	}
	put("", "m", ratio(1, 1000), "밀리", "밀리코어", "millicore", "millicores", "millicpu", "mCPU", "mcpu")
	put("", "코어", ratio(1, 1), "core", "cores", "CPU", "cpu", "vCPU", "씨피유", "시피유")
	put("", "바이트", ratio(1, 1), "B", "byte", "bytes", "Byte", "Bytes")
	for i, names := range [][]string{
		{"k", "K", "KB", "kB", "킬로", "킬로바이트"}, {"M", "MB", "메가", "메가바이트"}, {"G", "GB", "기가", "기가바이트"}, {"T", "TB", "테라", "테라바이트"},
	} {
		put("", names[0], power(1000, int64(i+1)), names[1:]...)
	}
	for i, names := range [][]string{
		{"Ki", "KiB", "키비", "키비바이트"}, {"Mi", "MiB", "메비", "메비바이트"}, {"Gi", "GiB", "기비", "기비바이트"}, {"Ti", "TiB", "테비", "테비바이트"},
	} {
		put("", names[0], power(1024, int64(i+1)), names[1:]...)
	}
	put("time", "초", ratio(1, 1), "s", "sec", "second", "seconds")
	put("time", "밀리초", ratio(1, 1000), "ms")
	put("time", "분", ratio(60, 1), "min", "minute", "minutes")
	put("time", "시간", ratio(3600, 1), "h", "hour", "hours")
	put("time", "일", ratio(86400, 1), "day", "days")
	put("percent", "%", ratio(1, 1), "퍼센트", "프로", "percent")
	put("count", "번", ratio(1, 1), "회", "차례", "times")
	put("count", "개", ratio(1, 1), "대", "가지", "곳", "명", "종류", "단계")
	return units
}()

// sinoDigits and sinoPlaces read numbers written in Sino-Korean, nativeNumbers
// those of counting.
var (
	sinoDigits    = map[rune]int64{'영': 0, '공': 0, '일': 1, '이': 2, '삼': 3, '사': 4, '오': 5, '육': 6, '칠': 7, '팔': 8, '구': 9}
	sinoPlaces    = map[rune]int64{'십': 10, '백': 100, '천': 1000}
	sinoMyriads   = map[rune]int64{'만': 10000, '억': 100000000}
	nativeNumbers = map[string]int64{"하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "넷": 4, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "열한": 11, "열두": 12, "스무": 20, "스물": 20}
)

// koreanNumber reads a number written in Hangul.
func koreanNumber(s string) (*big.Rat, bool) {
	if n, ok := nativeNumbers[s]; ok {
		return ratio(n, 1), true
	}
	var total, section, digit int64
	seen := false
	for _, r := range s {
		if d, ok := sinoDigits[r]; ok {
			digit, seen = d, true
			continue
		}
		if place, ok := sinoPlaces[r]; ok {
			section += max(digit, 1) * place
		} else if myriad, ok := sinoMyriads[r]; ok {
			total += max(section+digit, 1) * myriad
			section = 0
		} else {
			return nil, false
		}
		digit, seen = 0, true
	}
	return ratio(total+section+digit, 1), seen
}

var (
	quantityPattern = regexp.MustCompile(`^([+-]?[0-9][0-9,]*(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,2})?|\.[0-9]+)(?: ?/ ?([0-9]+))? ?([^\d\s]*)$`)
	partPattern     = regexp.MustCompile(`^([0-9]+) ?분의 ?([0-9]+|일|이|삼) ?(\S*)$`)
	thousands       = regexp.MustCompile(`^[+-]?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?$`)
	numberPattern   = regexp.MustCompile(`[0-9][0-9,]*(\.[0-9]+)?`)
)

// parseQuantity reads a number with an optional unit, in digits or in Korean.
func parseQuantity(s string) (quantity, bool) {
	s = unquote(strings.TrimSpace(s))
	if m := partPattern.FindStringSubmatch(s); m != nil {
		numerator, ok := koreanNumber(m[2])
		if !ok {
			numerator, ok = new(big.Rat).SetString(m[2])
		}
		divisor, _ := new(big.Rat).SetString(m[1])
		if !ok || divisor == nil || divisor.Sign() == 0 {
			return quantity{}, false
		}
		return withUnit(numerator.Quo(numerator, divisor), m[3])
	}
	if m := quantityPattern.FindStringSubmatch(s); m != nil {
		digits := m[1]
		if strings.Contains(digits, ",") {
			if !thousands.MatchString(digits) {
				return quantity{}, false
			}
			digits = strings.ReplaceAll(digits, ",", "")
		}
		number, ok := new(big.Rat).SetString(digits)
		if !ok {
			return quantity{}, false
		}
		if m[2] != "" {
			divisor, _ := new(big.Rat).SetString(m[2])
			if divisor.Sign() == 0 {
				return quantity{}, false
			}
			number.Quo(number, divisor)
		}
		return withUnit(number, m[3])
	}
	return hangulQuantity(s)
}

// hangulQuantity reads 세 번, 천, 백이십팔 메비바이트.
func hangulQuantity(s string) (quantity, bool) {
	runes := []rune(strings.ReplaceAll(s, " ", ""))
	const hangulNumberMax = 24 // runes
	if len(runes) == 0 || len(runes) > hangulNumberMax || !korean.HasHangul(string(runes[:1])) {
		return quantity{}, false
	}
	for n := len(runes); n > 0; n-- {
		number, ok := koreanNumber(string(runes[:n]))
		if !ok {
			continue
		}
		if q, ok := withUnit(number, string(runes[n:])); ok {
			return q, true
		}
	}
	return quantity{}, false
}

func withUnit(number *big.Rat, unit string) (quantity, bool) {
	info, ok := quantityUnits[unit]
	if !ok {
		return quantity{}, false
	}
	value := new(big.Rat).Mul(number, info.worth)
	return quantity{value: value, number: number, unit: info.canonical, family: info.family}, true
}

// writableStem asks for what stands in a manifest; writable is what may.
var (
	writableStem = regexp.MustCompile(`적으려면|적을 값|적는 값|[^본]값은 무엇|값을 무엇|써야|적어야|지정하려면|설정하려면`)
	writable     = regexp.MustCompile(`^([0-9]+(\.[0-9]*)?|\.[0-9]+)(m|k|M|G|T|Ki|Mi|Gi|Ti|%|s|h)?$|^[0-9.]+e[+-]?[0-9]+$`)
	alternative  = regexp.MustCompile(`또는|혹은|아니면|이나 | or |거나`)
	numberWords  = regexp.MustCompile(`^(약|대략|총|최대|최소|모두|전부|딱|정확히|포트|번 ?포트|포트 ?번호)$`)
)

func (q Question) gradeNumber(text string) Grading {
	if chosen, negated := afterDenial(text); negated {
		if chosen == "" {
			return wrong("정답을 부정했습니다")
		}
		text = chosen
	}
	for _, form := range answerForms(text) {
		got, ok := parseQuantity(q.bareNumber(q.withoutBlankTail(form)))
		if !ok {
			continue
		}
		g := q.compareQuantity(got)
		if g.Verdict == Right && writableStem.MatchString(q.Stem) && !writable.MatchString(unquote(form)) {
			return almost("값은 맞지만 매니페스트에 그대로 적을 수 없습니다")
		}
		return g
	}
	return q.gradeWorking(text)
}

// bareNumber drops words around a number that say nothing, and a name of the stem.
func (q Question) bareNumber(text string) string {
	words := strings.Fields(text)
	kept := words[:0:0]
	for _, word := range words {
		inStem := !strings.ContainsAny(word, "0123456789") && len([]rune(word)) > 1 && q.isFiller(word)
		if _, unit := quantityUnits[word]; !unit && (numberWords.MatchString(word) && stemHas(q.Stem, word) || inStem) {
			continue
		}
		kept = append(kept, word)
	}
	joined := strings.Join(kept, " ")
	for _, suffix := range []string{"번 포트", "번포트", "포트"} {
		if number, ok := strings.CutSuffix(joined, suffix); ok && strings.Contains(q.Stem, "포트") {
			return strings.TrimSpace(number)
		}
	}
	return joined
}

var blank = regexp.MustCompile(`_{2,}`)

// withoutBlankTail drops from the end of an answer what the stem says right
// behind its blank: 1개 이상 for "____개 이상의 컨테이너".
func (q Question) withoutBlankTail(text string) string {
	at := blank.FindStringIndex(q.Stem)
	if at == nil {
		return text
	}
	after := []rune(q.Stem[at[1]:])
	for n := len(after); n > 0; n-- {
		if tail := strings.TrimRight(string(after[:n]), " "); tail != "" && strings.HasSuffix(text, tail) && text != tail {
			return strings.TrimSpace(strings.TrimSuffix(text, tail))
		}
	}
	return text
}

// stemHas lets bounds such as 최소 pass only where the stem asks for them.
func stemHas(stem, word string) bool {
	switch word {
	case "최대", "최소":
		return strings.Contains(stem, word)
	}
	return true
}

func (q Question) compareQuantity(got quantity) Grading {
	var wants []quantity
	for _, candidate := range q.candidates() {
		if want, ok := parseQuantity(clean(candidate, NumberForm)); ok {
			wants = append(wants, want)
		}
	}
	asked := q.unitAsked(wants)
	best := wrong("수가 다릅니다")
	counted, same := false, false
	for _, want := range wants {
		best = better(best, compareTo(want, got, asked, q.Stem))
		counted = counted || want.family == "count"
		same = same || want.unit == got.unit
	}
	if best.Verdict == Right && counted && !same {
		return almost("세는 말이 다릅니다")
	}
	return best
}

// unitAsked gives the unit that the stem fixes: an answer that is right with
// and without it shows that only the number counts.
func (q Question) unitAsked(wants []quantity) string {
	for _, want := range wants {
		for _, other := range wants {
			if want.unit != "" && other.unit == "" && want.number.Cmp(other.number) == 0 && want.value.Cmp(other.value) != 0 {
				return want.unit
			}
		}
	}
	return ""
}

func compareTo(want, got quantity, asked, stem string) Grading {
	if asked != "" {
		if got.number.Cmp(want.number) == 0 && (got.unit == asked || got.unit == "") && (want.unit == asked || want.unit == "") {
			return right("같은 수입니다")
		}
		return wrong("수나 단위가 다릅니다")
	}
	switch {
	case want.family == got.family && want.family == "count":
		if want.value.Cmp(got.value) == 0 {
			if want.unit != got.unit {
				return almost("세는 말이 다릅니다")
			}
			return right("같은 수입니다")
		}
	case want.family == got.family:
		if want.value.Cmp(got.value) == 0 {
			return right("같은 값입니다")
		}
	case got.unit == "" && want.number.Cmp(got.number) == 0:
		if want.family == "percent" && !strings.Contains(stem, "%") && !strings.Contains(stem, "퍼센트") {
			return wrong("단위가 없으면 다른 값입니다")
		}
		if want.family == "time" && strings.Contains(stem, "Seconds") || want.family == "percent" || want.family == "count" || strings.Contains(stem, "몇 "+want.unit) || strings.Contains(stem, "몇"+want.unit) {
			return right("같은 수입니다")
		}
		return almost("단위가 빠졌습니다")
	case want.unit == "" && got.family == "count" && want.number.Cmp(got.number) == 0:
		return right("같은 수입니다")
	case want.unit == "" && want.number.Cmp(got.number) == 0 && strings.Contains(stem, got.unit):
		return right("같은 수입니다")
	}
	return wrong("수나 단위가 다릅니다")
}

// gradeWorking reads an answer with several numbers: one that ends in the right
// number shows that it is known, yet other numbers stand beside it.
func (q Question) gradeWorking(text string) Grading {
	if len(numberPattern.FindAllString(text, -1)) < 2 || alternative.MatchString(text) || strings.Contains(text, "이상") || strings.Contains(text, "이하") || strings.Contains(text, "미만") || strings.Contains(text, "초과") {
		return wrong("수가 다릅니다")
	}
	places := numberPattern.FindAllStringIndex(text, -1)
	if strings.Contains(text, ",") && !strings.Contains(text, "=") && !strings.Contains(text, "→") {
		return wrong("수가 여럿입니다")
	}
	last := strings.TrimSpace(text[places[len(places)-1][0]:])
	for _, form := range answerForms(last) {
		for _, tail := range slices.Concat([]string{form}, withoutTail(form)) {
			if got, ok := parseQuantity(tail); ok && q.compareQuantity(got).Verdict == Right {
				return almost("맞는 수로 끝나지만 다른 수가 섞여 있습니다")
			}
		}
	}
	return wrong("수가 다릅니다")
}

// withoutTail drops what follows the first word: 80으로 바뀐다.
func withoutTail(form string) []string {
	words := strings.Fields(form)
	if len(words) == 0 {
		return nil
	}
	stem, _ := korean.StripJosa(words[0])
	return []string{words[0], stem}
}
