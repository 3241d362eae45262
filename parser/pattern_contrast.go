package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/korean"
	"gieok/prefilter"
)

var (
	similarBut  = prefilter.MustCompile(`^(.+?)(?:와|과|랑|하고)\s*(?:유사|비슷|흡사|동일|같)(?:하지만|하나|지만|한데|하되)\s*,?\s*(.+)$`)
	similarTo   = prefilter.MustCompile(`^(.+?)(?:와|과|랑)\s*(?:거의 )?(?:유사|비슷|흡사)(?:함|하다|합니다|한 .*)?[.]?$`)
	unlike      = prefilter.MustCompile(`^(.+?)(?:와|과)는?\s*(?:달리|다르게)\s*,?\s*(.+)$`)
	twoSided    = prefilter.MustCompile(`^(.+?)(?:은|는)\s+(.+?(?:라면|지만|하나|는 반면|반면|되나))\s*,?\s+([^,]{1,30}?)(?:은|는)\s+(.+)$`)
	twoClauses  = prefilter.MustCompile(`^([^,]{1,30}?)(?:은|는)\s+([^,]+?[가-힣](?:고|며)),\s+([^,]{1,30}?)(?:은|는)\s+(.+)$`)
	wordsDotted = prefilter.MustCompile(`^[^,.]+$`)
)

// readContrast reads what a thing is like and unlike.
func readContrast(r *reader, st statement) bool {
	text := st.rest
	if m := similarBut.FindStringSubmatch(text); m != nil && r.mayName(st) {
		r.names(st, "contrast", Definition, st.subject, text)
		return true
	}
	if m := unlike.FindStringSubmatch(st.text); m != nil && st.topic == "" {
		if s, _, rest, ok := r.split(m[2], st.subject); ok {
			r.names(st, "contrast", Contrast, s, plainWords(m[1])+korean.Josa(plainWords(m[1]), "과/와")+" 달리 "+rest)
			return true
		}
	}
	if m := unlike.FindStringSubmatch(text); m != nil && r.mayName(st) {
		r.names(st, "contrast", Contrast, st.subject, text)
		return true
	}
	if m := similarTo.FindStringSubmatch(plainWords(text)); m != nil && st.subject.id != "" && wordsDotted.MatchString(m[1]) {
		object := strings.TrimSpace(m[1])
		r.add(st, "contrast", Fact{Subject: st.subject.id, Relation: Contrast, Object: object, Aliases: withoutFirst(object), Term: true, About: "비슷한 것"})
		return true
	}
	for _, shape := range []*prefilter.Regexp{twoSided, twoClauses} {
		if m := shape.FindStringSubmatch(st.text); m != nil {
			return r.sides(st, m)
		}
	}
	return false
}

// sides reads "A는 …지만, B는 …": each side's name is an answer.
func (r *reader) sides(st statement, m []string) bool {
	var both []subject
	for _, name := range []string{m[3], m[1]} {
		name = kindTail.ReplaceAllString(strings.TrimSpace(plainWords(name)), "")
		s, ok := r.exactly(name, nil)
		if !ok || !r.sureTerm(s) && (wordCount(name) > 3 || adnominal.MatchString(name+" ") || demonstrative.MatchString(name)) {
			return false
		}
		both = append(both, s)
	}
	r.names(st, "contrast", Contrast, both[0], m[4])
	r.names(st, "contrast", Contrast, both[1], finite(m[2]))
	return false
}

var (
	kindTail = prefilter.MustCompile(`\s+(?:타입(?:의)?(?: 서비스)?|리소스|오브젝트|객체|컨테이너 서비스)$`)
)

// finite ends a clause that goes on in 고 or 며 as a sentence: 가리키고 → 가리킨다.
func finite(s string) string {
	stem := s
	for _, tail := range []string{"하지만", "되나", "하나", "이라면", "라면", "는 반면", "반면"} {
		if cut, ok := strings.CutSuffix(s, tail); ok {
			return strings.TrimSpace(cut)
		}
	}
	for _, tail := range []string{"지만", "고", "며"} {
		if cut, ok := strings.CutSuffix(s, tail); ok {
			stem = cut
			break
		}
	}
	last, size := utf8.DecodeLastRuneInString(stem)
	switch {
	case stem == s || !korean.IsSyllable(last):
		return s
	case strings.ContainsRune("있없이같높낮많적좋짧길넓좁크작빠느르", last):
		return stem + "다"
	case (last-'가')%28 != 0:
		return stem + "는다"
	}
	return stem[:len(stem)-size] + string(last+4) + "다" // ㄴ is the fourth tail
}

// withoutFirst is a long noun phrase without its first word.
func withoutFirst(s string) []string {
	f := strings.Fields(s)
	if len(f) < 3 {
		return nil
	}
	return []string{strings.Join(f[1:], " ")}
}
