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
	needs        [][]string // one of each list must be in the text
	decides      bool       // the prefilter alone says whether a text matches
}

// MustCompile is regexp.MustCompile.
func MustCompile(expr string) *Regexp {
	r := &Regexp{Regexp: regexp.MustCompile(expr)}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return r // regexp.MustCompile took it
	}
	parts, begins, ends := anchors(tree)
	if begins {
		set, _ := edgeOf(parts, true)
		r.heads = newEdges(set, true)
	}
	if ends {
		set, _ := edgeOf(parts, false)
		r.tails = newEdges(set, false)
	}
	r.needs = needsOf(parts)
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
	for _, list := range r.needs {
		if !holdsAny(s, list) {
			return false
		}
	}
	return true
}

func holdsAny(s string, list []string) bool {
	for _, w := range list {
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
	return r.MayMatch(s) && (r.decides || r.Regexp.MatchString(s))
}

// FindString is the leftmost match in s, "" without one.
func (r *Regexp) FindString(s string) string {
	if !r.MayMatch(s) {
		return ""
	}
	return r.Regexp.FindString(s)
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
	return r.Regexp.FindStringSubmatch(s)
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
	return r.Regexp.ReplaceAllString(s, repl)
}

// Split is s cut at its matches into at most n parts, all for n < 0.
func (r *Regexp) Split(s string, n int) []string {
	if n != 0 && s != "" && !r.MayMatch(s) {
		return []string{s}
	}
	return r.Regexp.Split(s, n)
}
