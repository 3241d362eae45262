package parser

import (
	"strings"

	"gieok/korean"
	"gieok/prefilter"
)

// modifiers that say the same of two things in one sentence.
var sameModifier = prefilter.MustCompile(`(동일한?|고유한|같은|별도의|독립적인|서로 다른|각자의)\s+([\p{Hangul}A-Za-z]+?)(?:에|을|를|이|가|은|는|으로|로|와|과)(?:\s|$)`)

// readSame reads "동일 A에 …, 동일 B를 …": the two things that are so.
func readSame(r *reader, st statement) bool {
	text := plainWords(st.text)
	all := sameModifier.FindAllStringSubmatch(text, -1)
	if st.subject.id == "" || len(all) < 2 {
		return false
	}
	word := all[len(all)-1][1]
	var things, full []string
	for _, m := range all {
		if m[1] == word {
			things = addOnce(things, m[2])
			full = addOnce(full, m[1]+" "+m[2])
		}
	}
	if len(things) < 2 || len(things) > 3 {
		return false
	}
	r.add(st, "same", Fact{
		Subject: st.subject.id, Relation: HasProperty, Object: strings.Join(things, ", "), Term: true,
		Aliases: []string{strings.Join(full, ", "), joinAnd(things)}, About: word + " 것 " + countWord(len(things)),
	})
	return false
}

// joinAnd writes "A와 B" with the particle that the sound of A wants.
func joinAnd(things []string) string {
	out := things[0]
	for _, t := range things[1:] {
		out = korean.With(out, "과/와") + " " + t
	}
	return out
}

func countWord(n int) string {
	if n == 2 {
		return "두 가지"
	}
	return "세 가지"
}
