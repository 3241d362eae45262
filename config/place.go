package config

import "strings"

// keyPlace is where the file writes key: line and column from 1, columns in
// runes. The TOML package names an unknown key but not its place, so the lines
// are read once more for table headers and keys alone. A key that is not
// written by itself (inside an inline table, say) has the place of the nearest
// table or key around it; 0, 0 if there is none.
func keyPlace(src []byte, key []string) (line, col int) {
	var table []string
	best := 0
	inText := "" // the delimiter of a multi-line string that is open
	for i, text := range strings.Split(string(src), "\n") {
		if inText != "" {
			if strings.Contains(text, inText) {
				inText = ""
			}
			continue
		}
		trimmed := strings.TrimLeft(text, " \t")
		at := 1 + len(text) - len(trimmed) // blanks are one byte each
		var name []string
		switch {
		case trimmed == "" || trimmed[0] == '#':
			continue
		case trimmed[0] == '[':
			brackets := len(trimmed) - len(strings.TrimLeft(trimmed, "["))
			inner := trimmed[brackets:]
			table, _ = splitKey(inner)
			name = table
			at += brackets + len(inner) - len(strings.TrimLeft(inner, " \t"))
		default:
			parts, rest := splitKey(trimmed)
			if !strings.HasPrefix(rest, "=") {
				continue // the middle of an array
			}
			name = append(append([]string(nil), table...), parts...)
			inText = opened(rest)
		}
		if n := commonPrefix(name, key); n == len(name) && n > best {
			best, line, col = n, i+1, at
		} else if n == len(key) && best < n {
			best, line, col = n, i+1, at
		}
	}
	return line, col
}

// opened is the delimiter of a multi-line string that rest opens and does not close.
func opened(rest string) string {
	for _, d := range []string{`"""`, "'''"} {
		if strings.Count(rest, d)%2 == 1 {
			return d
		}
	}
	return ""
}

func commonPrefix(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// splitKey reads a dotted TOML key, bare or quoted, and what follows it.
func splitKey(s string) (parts []string, rest string) {
	for {
		s = strings.TrimLeft(s, " \t")
		end := 0
		switch {
		case s == "":
			return parts, ""
		case s[0] == '"' || s[0] == '\'':
			n := strings.IndexByte(s[1:], s[0])
			if n < 0 {
				return parts, s
			}
			parts = append(parts, s[1:1+n])
			end = n + 2
		default:
			end = strings.IndexAny(s, " \t.=]")
			if end < 0 {
				end = len(s)
			}
			if end == 0 {
				return parts, s
			}
			parts = append(parts, s[:end])
		}
		s = strings.TrimLeft(s[end:], " \t")
		if !strings.HasPrefix(s, ".") {
			return parts, s
		}
		s = s[1:]
	}
}
