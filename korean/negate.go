package korean

import "strings"

// Negate turns a statement, clipped or whole, into the plain sentence that says
// the opposite: 공유함 → 공유하지 않는다, 없다 → 있다, 가능하다 → 불가능하다. ok is
// false when that can't be done safely, as with what is past or polite questions.
func Negate(s string) (negated string, ok bool) { return Reader{}.Negate(s) }

// Negate is the function Negate with the readings of r for the copula.
func (r Reader) Negate(s string) (negated string, ok bool) {
	body, rest := splitEnd(s)
	if strings.Trim(rest, " .") != "" {
		return "", false
	}
	p, ok := analyze(body)
	if !ok {
		return "", false
	}
	if p.class == finished {
		if p, ok = unfinish(body); !ok {
			return "", false
		}
	}
	return r.negate(p)
}

// opposites are stems of which one says what the other denies.
var opposites = []struct{ is, isNot string }{
	{"있", "없"}, {" 가능하", " 불가능하"},
}

func (r Reader) negate(p predicate) (string, bool) {
	switch p.class {
	case existence, verb, adjective:
	case copula:
		if strings.HasSuffix(p.head, "것") || strings.HasSuffix(p.head, "때문") || !IsSyllable(lastRune(p.head)) {
			return "", false
		}
		return r.With(p.head, "이/가") + " 아니다", true
	default:
		return "", false
	}
	for _, o := range opposites {
		if before, ok := strings.CutSuffix(p.head, o.is); ok {
			return r.plain(predicate{before + o.isNot, p.class}), true
		}
		if before, ok := strings.CutSuffix(p.head, o.isNot); ok && p.class != verb {
			return r.plain(predicate{before + o.is, p.class}), true
		}
	}
	for _, not := range []string{"지 않", "지 못하", "지 아니하"} {
		if before, ok := strings.CutSuffix(p.head, not); ok {
			switch {
			case strings.HasSuffix(before, "있"), strings.HasSuffix(before, "없"):
				return r.plain(predicate{before, existence}), true
			case endsInQuality(before):
				return r.plain(predicate{before, adjective}), true
			}
			return r.plain(predicate{before, verb}), true
		}
	}
	if strings.HasSuffix(p.head, "아니") || strings.HasSuffix(p.head, "야 하") || strings.HasSuffix(p.head, "면 되") || strings.HasSuffix(p.head, "게 하") {
		return "", false // what is not so then is more than one thing
	}
	return r.plain(predicate{p.head + "지 않", p.class}), true
}
