package main

import "strings"

// An environment is the variables, NAME=value, that the program was started
// with. They are read once: while kubectl runs, on whatever goroutine, the
// process has none, and an answer log must not land elsewhere for that.
type environment []string

// get is the value of a variable, "" without one. Of two settings the last
// counts, as for a child process.
func (e environment) get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if key, value, ok := strings.Cut(e[i], "="); ok && key == name {
			return value
		}
	}
	return ""
}
