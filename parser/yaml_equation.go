package parser

import (
	"math/big"
	"strings"

	"gieok/prefilter"
)

// commentEquation reads "# cf. 1000m = 1core" beside a value: the rate, and the
// value of the line in the other unit.
func (r *reader) commentEquation(b *Block, s Snippet, l yamlLine, comment string) {
	parts := equalParts.Split(comment, -1)
	if len(parts) < 2 {
		return
	}
	left, right := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
	a, c := quantity.FindStringSubmatch(left), quantity.FindStringSubmatch(right)
	id := r.fieldID(l)
	if a == nil || c == nil {
		r.commentNames(b, s, l, parts)
		return
	}
	r.placedFact(b, s, l, Fact{Subject: id, Relation: PropertyValue, Object: right, Aliases: []string{c[1]}, Term: true, About: left})
	r.placedFact(b, s, l, Fact{Subject: id, Relation: PropertyValue, Object: left, Aliases: []string{a[1]}, Term: true, About: right})
	v := quantity.FindStringSubmatch(l.value)
	if v == nil || v[2] != a[2] || v[1] == a[1] {
		return
	}
	if worked, ok := proportion(v[1], a[1], c[1]); ok {
		r.placedFact(b, s, l, Fact{Subject: id, Relation: PropertyValue, Object: worked + c[2], Aliases: []string{worked, worked + " " + c[2]}, Term: true, About: l.value})
	}
}

// proportion is value × to ÷ from as a short decimal.
func proportion(value, from, to string) (string, bool) {
	number := func(s string) (*big.Rat, bool) { return new(big.Rat).SetString(strings.ReplaceAll(s, ",", "")) }
	v, ok1 := number(value)
	f, ok2 := number(from)
	t, ok3 := number(to)
	if !ok1 || !ok2 || !ok3 || f.Sign() == 0 || len(value)+len(from)+len(to) > 40 {
		return "", false
	}
	v.Mul(v, t).Quo(v, f)
	text := strings.TrimRight(strings.TrimRight(v.FloatString(6), "0"), ".")
	back, _ := new(big.Rat).SetString(text)
	return text, back != nil && back.Cmp(v) == 0
}

var powerOf = prefilter.MustCompile(`^([\p{L}]+)\s*\(([^()]+)\)$`)

// commentNames reads "Mi = MiB = 메비바이트(2^20 바이트) / 메가바이트(10^6 바이트)".
func (r *reader) commentNames(b *Block, s Snippet, l yamlLine, parts []string) {
	var names []string
	for _, p := range parts {
		for i, alternative := range slashSplit.Split(p, -1) {
			m := powerOf.FindStringSubmatch(strings.TrimSpace(alternative))
			name := strings.TrimSpace(alternative)
			if m != nil {
				name = m[1]
				id := conceptID(name)
				if t, ok := r.gloss.lookup(name); ok {
					id = t.ID
				}
				r.placedFact(b, s, l, Fact{Subject: id, Relation: PropertyValue, Object: m[2], Term: true, About: name})
			}
			if i == 0 {
				names = append(names, name)
			}
		}
	}
	last := names[len(names)-1]
	id := conceptID(last)
	if t, ok := r.gloss.lookup(last); ok {
		id = t.ID
	}
	r.placedFact(b, s, l, Fact{Subject: id, Relation: Alias, Object: last, Aliases: names[1 : len(names)-1], Term: true, About: names[0]})
}
