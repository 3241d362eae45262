package lab

import "fmt"

// misspeltMin is the shortest key that is misspelt, in letters.
const misspeltMin = 5

// mutateMisspell swaps two letters in the middle of a key.
func mutateMisspell(t *target) []Mutation {
	var out []Mutation
	seen := map[string]bool{}
	for _, s := range t.spots() {
		if len(s.name()) < misspeltMin || seen[s.name()] {
			continue
		}
		seen[s.name()] = true
		if wrong := swapped(s.name()); wrong != s.name() {
			out = append(out, t.made(s, t.withKey(s, wrong), fmt.Sprintf("%s의 철자를 %s로 틀렸다", s.where(), wrong)))
		}
	}
	return out
}

// swapped exchanges the first two neighbours from the middle on that differ.
func swapped(s string) string {
	b := []byte(s)
	for i := len(b) / 2; i+1 < len(b); i++ {
		if b[i] != b[i+1] {
			b[i], b[i+1] = b[i+1], b[i]
			return string(b)
		}
	}
	return s
}
