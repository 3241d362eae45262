package parser

import (
	"regexp"
	"strings"
)

var (
	similarBut  = regexp.MustCompile(`^(.+?)(?:와|과|랑|하고)\s*(?:유사|비슷|흡사|동일|같)(?:하지만|하나|지만|한데|하되)\s*,?\s*(.+)$`)
	similarTo   = regexp.MustCompile(`^(.+?)(?:와|과|랑)\s*(?:거의 )?(?:유사|비슷|흡사)(?:함|하다|합니다|한 .*)?[.]?$`)
	unlike      = regexp.MustCompile(`^(.+?)(?:와|과)는?\s*(?:달리|다르게)\s*,?\s*(.+)$`)
	insteadOf   = regexp.MustCompile(`^(.+?)(?:이|가) 아니(?:라|고)\s+(.+)$`)
	twoSided    = regexp.MustCompile(`^(.+?)(?:은|는)\s+(.+?(?:라면|지만|하나|는 반면|반면|되나|이고|하고|하며))\s*,?\s+([^,]{1,30}?)(?:은|는)\s+(.+)$`)
	sameAs      = regexp.MustCompile(`^(.+?)(?:와|과)\s*(?:동일|같|마찬가지).*$`)
	correspond  = regexp.MustCompile(`^(.+?)에\s*(?:대응|해당|상응)(?:함|한다|합니다|하는 .*)?[.]?$`)
	wordsDotted = regexp.MustCompile(`^[^,.]+$`)
)

// readContrast reads what a thing is like and unlike.
func readContrast(r *reader, st statement) bool {
	text := st.rest
	if m := similarBut.FindStringSubmatch(text); m != nil && r.mayName(st) {
		r.names(st, "contrast", Definition, st.subject, text)
		return false
	}
	if m := unlike.FindStringSubmatch(text); m != nil && r.mayName(st) {
		r.names(st, "contrast", Contrast, st.subject, text)
		return false
	}
	if m := similarTo.FindStringSubmatch(plainWords(text)); m != nil && st.subject.id != "" && wordsDotted.MatchString(m[1]) {
		object := strings.TrimSpace(m[1])
		r.add(st, "contrast", Fact{Subject: st.subject.id, Relation: Contrast, Object: object, Aliases: withoutFirst(object), Term: true, About: "비슷한 것"})
		return false
	}
	if m := twoSided.FindStringSubmatch(st.text); m != nil {
		return r.sides(st, m)
	}
	return false
}

// sides reads "A는 …지만, B는 …": the answer is the second thing, beside the first.
func (r *reader) sides(st statement, m []string) bool {
	for _, side := range [][2]string{{m[3], m[4]}, {m[1], m[2]}} {
		name := strings.TrimSpace(plainWords(side[0]))
		fields := strings.Fields(name)
		if len(fields) > 4 || casePhrase.MatchString(name+" ") {
			continue
		}
		if codes := r.gloss.find(name); len(codes) > 0 {
			f := codes[0]
			name = name[f.from:f.to]
		}
		s, ok := r.named(name, st.block)
		if !ok {
			continue
		}
		if _, known := r.gloss.lookup(s.name); known || latinName.MatchString(s.name) || r.known[s.id] {
			r.names(st, "contrast", Contrast, s, side[1])
		}
	}
	return false
}

// withoutFirst is a long noun phrase without its first word.
func withoutFirst(s string) []string {
	f := strings.Fields(s)
	if len(f) < 3 {
		return nil
	}
	return []string{strings.Join(f[1:], " ")}
}
