// Package prefilter is regular expressions that first look whether a text can
// match them at all: what it must begin with, end with or hold. Most texts fail
// that, at a small part of what the search itself costs. A prefilter is worked
// out from the expression alone, so that whoever writes one need not know of it.
//
// The idea is that of RE2's Prefilter and of Russ Cox, "Regular Expression
// Matching with a Trigram Index".
package prefilter

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// A Regexp is a regexp.Regexp with its prefilter. Its methods give what those of
// regexp.Regexp give.
type Regexp struct {
	*regexp.Regexp
	heads, tails edges
	first, last  *class // of the text, where heads and tails are not known
	needs        []need // each must be in the text
	decides      bool   // the prefilter alone says whether a text matches
	window       int    // runes at the end of the text in which a match lies; -1: anywhere
}

// MustCompile is regexp.MustCompile.
func MustCompile(expr string) *Regexp {
	r := &Regexp{Regexp: regexp.MustCompile(expr), window: -1}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return r // regexp.MustCompile took it
	}
	parts, begins, ends := anchors(tree)
	if begins {
		set, _ := edgeOf(parts, true)
		if r.heads = newEdges(set, true); r.heads == nil {
			r.first = edgeClass(parts, true)
		}
	}
	if ends {
		set, _ := edgeOf(parts, false)
		if r.tails = newEdges(set, false); r.tails == nil {
			r.last = edgeClass(parts, false)
		}
		if !begins {
			r.window = lengthMax(parts)
		}
	}
	for _, list := range needsOf(parts) {
		r.needs = append(r.needs, newNeed(list))
	}
	if set := exactOf(parts); set != nil {
		switch {
		case begins && ends:
		case ends:
			r.decides, r.needs = r.tails != nil, nil
		case begins:
			r.decides, r.needs = r.heads != nil, nil
		default:
			r.decides = len(r.needs) == 1
		}
	}
	return r
}

// MayMatch is false for a text that does not match for sure.
func (r *Regexp) MayMatch(s string) bool {
	if r.tails != nil && !r.tails.end(s) || r.heads != nil && !r.heads.begin(s) {
		return false
	}
	if r.last != nil {
		if c, _ := utf8.DecodeLastRuneInString(s); s == "" || !r.last.has(c) {
			return false
		}
	}
	if r.first != nil {
		if c, _ := utf8.DecodeRuneInString(s); s == "" || !r.first.has(c) {
			return false
		}
	}
	for i := range r.needs {
		if !r.needs[i].in(s) {
			return false
		}
	}
	return true
}

// A need is literals one of which must be in the text: a few words, a rune of a
// class, or one of many words, which are looked for together.
type need struct {
	few  []string
	of   *class
	many edges
	at   *class // the first runes of many
}

// fewMax is how many words are looked for one after the other.
const fewMax = 3

func newNeed(list []string) need {
	if len(list) <= fewMax {
		return need{few: list}
	}
	n := need{many: newEdges(list, true)}
	var pairs []rune
	single := true
	for r, words := range n.many {
		pairs = append(pairs, r, r)
		single = single && len(words) == 1 && len(words[0]) == utf8.RuneLen(r)
	}
	n.at = newClass(pairs)
	if single {
		return need{of: n.at}
	}
	return n
}

func (n *need) in(s string) bool {
	switch {
	case n.of != nil:
		return n.of.within(s)
	case n.many != nil:
		for i, r := range s {
			if !n.at.has(r) {
				continue
			}
			for _, w := range n.many[r] {
				if strings.HasPrefix(s[i:], w) {
					return true
				}
			}
		}
		return false
	}
	for _, w := range n.few {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// edges are literals by the rune at the edge of the text.
type edges map[rune][]string

func newEdges(set []string, first bool) edges {
	set = shortest(set, func(long, short string) bool {
		if first {
			return strings.HasPrefix(long, short)
		}
		return strings.HasSuffix(long, short)
	})
	if len(set) == 0 {
		return nil
	}
	e := edges{}
	for _, w := range set {
		r, _ := utf8.DecodeRuneInString(w)
		if !first {
			r, _ = utf8.DecodeLastRuneInString(w)
		}
		e[r] = append(e[r], w)
	}
	return e
}

func (e edges) end(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	for _, w := range e[r] {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

func (e edges) begin(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	for _, w := range e[r] {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// MatchString reports whether s holds a match.
func (r *Regexp) MatchString(s string) bool {
	return r.MayMatch(s) && (r.decides || r.Regexp.MatchString(s[r.from(s):]))
}

// from is the byte from which on a match of s lies.
func (r *Regexp) from(s string) int {
	if r.window < 0 {
		return 0
	}
	at := len(s)
	for range r.window {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return at
}

// FindString is the leftmost match in s, "" without one.
func (r *Regexp) FindString(s string) string {
	if !r.MayMatch(s) {
		return ""
	}
	return r.Regexp.FindString(s[r.from(s):])
}

// FindStringIndex is where the leftmost match in s is, nil without one.
func (r *Regexp) FindStringIndex(s string) []int {
	if !r.MayMatch(s) {
		return nil
	}
	return r.Regexp.FindStringIndex(s)
}

// FindStringSubmatch is the leftmost match in s and its groups, nil without one.
func (r *Regexp) FindStringSubmatch(s string) []string {
	if !r.MayMatch(s) {
		return nil
	}
	return r.Regexp.FindStringSubmatch(s[r.from(s):])
}

// FindStringSubmatchIndex is where the leftmost match and its groups are, nil without one.
func (r *Regexp) FindStringSubmatchIndex(s string) []int {
	if !r.MayMatch(s) {
		return nil
	}
	return r.Regexp.FindStringSubmatchIndex(s)
}

// FindAllString is the first n matches in s, all for n < 0.
func (r *Regexp) FindAllString(s string, n int) []string {
	if !r.MayMatch(s) {
		return nil
	}
	return r.Regexp.FindAllString(s, n)
}

// FindAllStringIndex is where the first n matches in s are, all for n < 0.
func (r *Regexp) FindAllStringIndex(s string, n int) [][]int {
	if !r.MayMatch(s) {
		return nil
	}
	return r.Regexp.FindAllStringIndex(s, n)
}

// FindAllStringSubmatch is the first n matches in s with their groups, all for n < 0.
func (r *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	if !r.MayMatch(s) {
		return nil
	}
	return r.Regexp.FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex is where the first n matches and their groups are, all for n < 0.
func (r *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	if !r.MayMatch(s) {
		return nil
	}
	return r.Regexp.FindAllStringSubmatchIndex(s, n)
}

// ReplaceAllString is s with its matches replaced by repl, in which $1 is a group.
func (r *Regexp) ReplaceAllString(s, repl string) string {
	if !r.MayMatch(s) {
		return s
	}
	if from := r.from(s); from > 0 {
		return s[:from] + r.Regexp.ReplaceAllString(s[from:], repl)
	}
	return r.Regexp.ReplaceAllString(s, repl)
}

// Split is s cut at its matches into at most n parts, all for n < 0.
func (r *Regexp) Split(s string, n int) []string {
	if n != 0 && s != "" && !r.MayMatch(s) {
		return []string{s}
	}
	return r.Regexp.Split(s, n)
}
