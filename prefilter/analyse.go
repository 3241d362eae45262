package prefilter

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of the literals that are kept: more of them would cost more to look
// for than the search they save.
const (
	literalsMax = 128
	runesMax    = 64 // of a class of characters
	needMax     = 32 // words that are longer than those of a list at hand
	// windowRunesMax bounds the end of a text in which alone a match is looked for.
	windowRunesMax = 32
)

// anchors cuts an expression into parts one after the other, without the marks
// that tie it to the beginning and the end of the text.
func anchors(tree *syntax.Regexp) (parts []*syntax.Regexp, begins, ends bool) {
	for tree.Op == syntax.OpCapture {
		tree = tree.Sub[0]
	}
	parts = []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	if len(parts) == 1 && parts[0].Op == syntax.OpAlternate {
		begins, ends = true, true
		for _, s := range parts[0].Sub { // the marks inside stand for nothing, which is true of them
			_, b, e := anchors(s)
			begins, ends = begins && b, ends && e
		}
		return parts, begins, ends
	}
	if len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		parts, begins = parts[1:], true
	}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		parts, ends = parts[:n-1], true
	}
	return parts, begins, ends
}

// lengthMax is how many runes a match of parts can have, -1 when there is no
// bound or it depends on what stands around it.
func lengthMax(parts []*syntax.Regexp) int {
	sum := 0
	for _, p := range parts {
		n := longest(p)
		if n < 0 || sum+n > windowRunesMax {
			return -1
		}
		sum += n
	}
	return sum
}

func longest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return 0
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpConcat, syntax.OpQuest:
		return lengthMax(re.Sub)
	case syntax.OpRepeat:
		if n := lengthMax(re.Sub); n >= 0 && re.Max >= 0 && n*re.Max <= windowRunesMax {
			return n * re.Max
		}
	case syntax.OpAlternate:
		most := 0
		for _, s := range re.Sub {
			n := longest(s)
			if n < 0 {
				return -1
			}
			most = max(most, n)
		}
		return most
	}
	return -1
}

// exactOf is all the texts that parts match, nil when they are too many or
// depend on what stands around them.
func exactOf(parts []*syntax.Regexp) []string {
	out := []string{""}
	for _, p := range parts {
		if out = product(out, exact(p)); out == nil {
			return nil
		}
	}
	return out
}

func exact(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}
	case syntax.OpLiteral:
		if slices.Contains(re.Rune, utf8.RuneError) {
			return nil // it stands for any broken byte, too
		}
		if re.Flags&syntax.FoldCase != 0 {
			return anyCase(re.Rune)
		}
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return exactClass(re.Rune)
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpConcat:
		return exactOf(re.Sub)
	case syntax.OpQuest:
		if sub := exact(re.Sub[0]); sub != nil {
			return bounded(append([]string{""}, sub...))
		}
	case syntax.OpAlternate:
		var out []string
		for _, s := range re.Sub {
			sub := exact(s)
			if sub == nil {
				return nil
			}
			out = append(out, sub...)
		}
		return bounded(out)
	}
	return nil
}

// anyCase is a word in every mixture of capital and small letters.
func anyCase(word []rune) []string {
	out := []string{""}
	for _, r := range word {
		forms := []string{string(r)}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			forms = append(forms, string(f))
		}
		if out = product(out, forms); out == nil {
			return nil
		}
	}
	return out
}

// exactClass lists the characters of a class, given as pairs of its first and last ones.
func exactClass(pairs []rune) []string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			if len(out) == runesMax || r == utf8.RuneError {
				return nil
			}
			out = append(out, string(r))
		}
	}
	return out
}

func bounded(set []string) []string {
	slices.Sort(set)
	if set = slices.Compact(set); len(set) > literalsMax {
		return nil
	}
	return set
}

// product is every text of a followed by every one of b, nil when one of them
// is unknown or there are too many.
func product(a, b []string) []string {
	if a == nil || b == nil || len(a)*len(b) > literalsMax {
		return nil
	}
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return bounded(out)
}

// edgeOf is a set of texts one of which what parts match begins with, or ends
// with; whole says that it is one of them.
func edgeOf(parts []*syntax.Regexp, first bool) (set []string, whole bool) {
	set = []string{""}
	for i := range parts {
		p := parts[i]
		if !first {
			p = parts[len(parts)-1-i]
		}
		next, all := edge(p, first)
		joined := product(set, next)
		if !first {
			joined = product(next, set)
		}
		if joined == nil {
			return set, false
		}
		if set = joined; !all {
			return set, false
		}
	}
	return set, true
}

func edge(re *syntax.Regexp, first bool) (set []string, whole bool) {
	if set := exact(re); set != nil {
		return set, true
	}
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpCapture:
		return edge(re.Sub[0], first)
	case syntax.OpConcat:
		return edgeOf(re.Sub, first)
	case syntax.OpPlus:
		set, _ = edge(re.Sub[0], first)
		return set, false
	case syntax.OpRepeat:
		if re.Min > 0 {
			set, _ = edge(re.Sub[0], first)
			return set, false
		}
	case syntax.OpAlternate:
		whole = true
		for _, s := range re.Sub {
			sub, all := edge(s, first)
			set, whole = append(set, sub...), whole && all
		}
		if set = bounded(set); set != nil {
			return set, whole
		}
	}
	return []string{""}, false
}

// needsOf are lists of literals of each of which what parts match holds one,
// the shortest list first.
func needsOf(parts []*syntax.Regexp) [][]string {
	var out [][]string
	run := []string{""}
	close := func() {
		if set := contained(run); len(set) > 0 {
			out = append(out, set)
		}
		run = []string{""}
	}
	for _, p := range parts {
		if zeroWidth(p) {
			continue
		}
		set := exact(p)
		if set == nil {
			close()
			out = append(out, needs(p)...)
			continue
		}
		joined := product(run, set)
		if joined == nil || len(contained(joined)) > needMax && len(contained(run)) > 0 {
			close() // fewer and shorter words are found sooner
			joined = set
		}
		run = joined
	}
	close()
	slices.SortStableFunc(out, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	return out
}

func zeroWidth(re *syntax.Regexp) bool {
	return re.Op >= syntax.OpBeginLine && re.Op <= syntax.OpNoWordBoundary
}

func needs(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return needsOf(re.Sub)
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needsOf(re.Sub)
		}
	case syntax.OpConcat:
		return needsOf(re.Sub)
	case syntax.OpAlternate:
		var union []string
		for _, s := range re.Sub {
			all := needsOf([]*syntax.Regexp{s})
			if len(all) == 0 {
				return nil
			}
			union = append(union, all[0]...)
		}
		if union = contained(bounded(union)); len(union) > 0 {
			return [][]string{union}
		}
	}
	return nil
}

// contained is the set without texts that hold another one of it, which would
// be found already; nil when one is empty.
func contained(set []string) []string { return shortest(set, strings.Contains) }

// shortest keeps of set what covers nothing shorter.
func shortest(set []string, covers func(long, short string) bool) []string {
	set = slices.Clone(set)
	slices.SortStableFunc(set, func(a, b string) int { return cmp.Compare(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) })
	var out []string
	for _, w := range set {
		if w == "" {
			return nil
		}
		if !slices.ContainsFunc(out, func(s string) bool { return covers(w, s) }) {
			out = append(out, w)
		}
	}
	return out
}
