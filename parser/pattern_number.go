package parser

import (
	"strings"

	"gieok/prefilter"
)

// counted is a number with its counter, and what bounds it.
var counted = prefilter.MustCompile(`(?:(총|최대|최소|약|기본|매)\s*)?(\d[\d,]*(?:\.\d+)?)(\s?)(개월|개|회|번|분|초|시간|일|년|명|대|배|장|단계|가지|비트|바이트|MiB|MB|GB|KB|ms|%|퍼센트|포트|버전|자|글자|줄|계층|bit|byte|bytes)(?:\s*(이상|이하|미만|초과|이내|까지|씩))?`)

var (
	numberRange = prefilter.MustCompile(`(\d+)(?:부터|에서)\s*(\d+)(?:까지|\s*사이)`)
	startNumber = prefilter.MustCompile(`(?:^|\s)(\d+)(?:부터)\s`)
)

// readNumber leaves the number of a sentence blank.
func readNumber(r *reader, st statement) bool {
	if st.title || st.example || st.subject.id == "" && st.topic == "" {
		return false
	}
	text := plainWords(st.text)
	if numberInCode(st.text) {
		return false
	}
	if m := numberRange.FindStringSubmatch(text); m != nil {
		r.add(st, "number", Fact{
			Subject: st.subject.id, Relation: PropertyValue, Object: m[1] + "부터 " + m[2] + "까지", Term: true,
			Aliases: []string{m[1] + "-" + m[2], m[1] + "~" + m[2]},
		})
		return false
	}
	if m := startNumber.FindStringSubmatch(text); m != nil {
		r.add(st, "number", Fact{Subject: st.subject.id, Relation: PropertyValue, Object: m[1], Term: true})
		return false
	}
	all := counted.FindAllStringSubmatchIndex(text, 3)
	for _, m := range all {
		if m[4] > 0 && isNumberChar(text[m[4]-1]) || strings.HasPrefix(text[m[9]:], "대 ") || strings.HasPrefix(text[m[9]:], "대의") {
			continue // part of a range, a time or "300번대"
		}
		number, unit := text[m[4]:m[5]], text[m[8]:m[9]]
		rel := PropertyValue
		if strings.Contains(text[:m[0]], "면 ") || strings.Contains(text[:m[0]], "경우") {
			rel = Consequence
		}
		r.add(st, "number", Fact{
			Subject: st.subject.id, Relation: rel, Object: number + unit, Term: true,
			Aliases: []string{number, number + " " + unit},
		})
		break // one blank a sentence: another number would be a second fact
	}
	return false
}

func isNumberChar(b byte) bool {
	return b >= '0' && b <= '9' || b == '.' || b == '-' || b == ':' || b == '~' || b == '^' || b == '/'
}

// numberInCode reports a sentence whose numbers stand in code, where they are examples.
func numberInCode(text string) bool {
	for _, m := range codeSpans.FindAllString(text, -1) {
		if strings.ContainsAny(m, "0123456789") {
			return true
		}
	}
	return false
}
