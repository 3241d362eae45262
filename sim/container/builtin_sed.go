package container

import (
	"regexp"
	"strconv"
	"strings"
)

// Bounds of sed and of the patterns of sed and grep.
const (
	sedCommandsMax = 50
	patternMax     = 1000
)

// A sedCommand is one command of a sed script with the lines it is for.
type sedCommand struct {
	from, to sedAddress
	invert   bool
	verb     byte
	text     string // of a, i, c; replacement of s
	re       *regexp.Regexp
	global   bool
	print    bool
	nth      int
	within   bool // a range that has begun
}

// A sedAddress is a line number, the last line, or a pattern; the zero value is
// none.
type sedAddress struct {
	line int
	last bool
	re   *regexp.Regexp
}

func (a sedAddress) set() bool { return a.line > 0 || a.last || a.re != nil }

func (a sedAddress) hits(n, total int, text string) bool {
	switch {
	case a.re != nil:
		return a.re.MatchString(text)
	case a.last:
		return n == total
	}
	return a.line == n
}

// sed knows s, p, d, q, a, i, c, y-less scripts with addresses and ranges, and
// -n, -e, -E, -r, -i.
func sed(c *call) outcome {
	var scripts, names []string
	quiet, extended, inPlace, given := false, false, false, false
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		switch a := args[0]; {
		case a == "-e" && len(args) > 1:
			args = args[1:]
			scripts, given = append(scripts, args[0]), true
		case len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "nErsi") == "":
			quiet = quiet || strings.Contains(a, "n")
			extended = extended || strings.ContainsAny(a, "Er")
			inPlace = inPlace || strings.Contains(a, "i")
		case len(a) > 1 && a[0] == '-':
			return c.unsupported(a)
		case !given:
			scripts, given = append(scripts, a), true
		default:
			names = append(names, a)
		}
	}
	commands, ok := parseSed(strings.Join(scripts, "\n"), extended)
	if !ok || inPlace && len(names) == 0 {
		return c.unsupported("with the script " + strings.Join(scripts, "; "))
	}
	var all []string
	status, again := c.texts(names, func(name, text string) {
		if !inPlace {
			all = append(all, lines(text)...)
			return
		}
		if err := c.write(c.t.abs(name), joined(c.edit(commands, lines(text), quiet)), false); err != nil {
			c.file("", name, err)
		}
	})
	if again {
		return outcome{again: true}
	}
	if !inPlace {
		c.out(joined(c.edit(commands, all, quiet)))
	}
	return done(status)
}

// edit runs a script over lines.
func (c *call) edit(commands []sedCommand, in []string, quiet bool) (out []string) {
	size := 0
	add := func(s string) {
		if size += len(s) + 1; size > fileBytesMax {
			c.p.unknown("over 1 MiB out of sed")
			return
		}
		out = append(out, s)
	}
	for i, line := range in {
		var after []string
		deleted, quit := false, false
		for j := range commands {
			s := &commands[j]
			if c.p.over() {
				return nil
			}
			c.p.charge(64 + len(line))
			if s.applies(i+1, len(in), line) == s.invert {
				continue
			}
			switch s.verb {
			case 's':
				var changed bool
				if line, changed = s.substitute(line); changed && s.print {
					add(line)
				}
				if len(line) > variableBytesMax {
					c.p.unknown("a line of over 64 KiB in sed")
				}
			case 'p':
				add(line)
			case 'd':
				deleted = true
			case 'q':
				quit = true
			case 'a':
				after = append(after, s.text)
			case 'i':
				add(s.text)
			case 'c':
				add(s.text)
				deleted = true
			case '=':
				add(strconv.Itoa(i + 1))
			}
			if deleted || quit {
				break
			}
		}
		if !deleted && !quiet {
			add(line)
		}
		for _, s := range after {
			add(s)
		}
		if quit {
			break
		}
	}
	return out
}

func (s *sedCommand) applies(n, total int, text string) bool {
	switch {
	case !s.from.set():
		return true
	case !s.to.set():
		return s.from.hits(n, total, text)
	case s.within:
		s.within = !s.to.hits(n, total, text) && (s.to.line == 0 || n < s.to.line)
		return true
	case s.from.hits(n, total, text):
		s.within = s.to.line == 0 && !(s.to.last && n == total) || s.to.line > n
		return true
	}
	return false
}

// substitute does s/re/text/ on a line.
func (s *sedCommand) substitute(line string) (string, bool) {
	var b strings.Builder
	at, count, changed := 0, 0, false
	for _, m := range s.re.FindAllStringSubmatchIndex(line, -1) {
		count++
		if count < s.nth {
			continue
		}
		b.WriteString(line[at:m[0]])
		for i := 0; i < len(s.text); i++ {
			ch := s.text[i]
			group := -1
			switch {
			case ch == '&':
				group = 0
			case ch == '\\' && i+1 < len(s.text):
				i++
				switch next := s.text[i]; {
				case next >= '0' && next <= '9':
					group = int(next - '0')
				case next == 'n':
					b.WriteByte('\n')
				case next == 't':
					b.WriteByte('\t')
				default:
					b.WriteByte(next)
				}
			default:
				b.WriteByte(ch)
			}
			if group >= 0 && 2*group+1 < len(m) && m[2*group] >= 0 {
				b.WriteString(line[m[2*group]:m[2*group+1]])
			}
			if b.Len() > 2*variableBytesMax {
				return b.String(), true
			}
		}
		at, changed = m[1], true
		if !s.global {
			break
		}
	}
	b.WriteString(line[at:])
	return b.String(), changed
}

// parseSed reads a script; ok is false for what is not simulated.
func parseSed(script string, extended bool) (out []sedCommand, ok bool) {
	for rest := strings.TrimLeft(script, " \t\n;"); rest != ""; rest = strings.TrimLeft(rest, " \t\n;") {
		if len(out) >= sedCommandsMax {
			return nil, false
		}
		var s sedCommand
		if s.from, rest, ok = parseSedAddress(rest, extended); !ok {
			return nil, false
		}
		if strings.HasPrefix(rest, ",") {
			if s.to, rest, ok = parseSedAddress(rest[1:], extended); !ok || !s.to.set() {
				return nil, false
			}
		}
		rest = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(rest, "!") {
			s.invert, rest = true, strings.TrimLeft(rest[1:], " ")
		}
		if rest == "" {
			return nil, false
		}
		s.verb, rest = rest[0], rest[1:]
		switch s.verb {
		case 's':
			if rest, ok = s.parseSubstitution(rest, extended); !ok {
				return nil, false
			}
		case 'a', 'i', 'c':
			text, more, _ := strings.Cut(rest, "\n")
			text = strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(text, " "), "\\"), " ")
			if text == "" {
				return nil, false
			}
			s.text, rest = text, more
		case 'p', 'd', 'q', '=':
			if rest != "" && strings.IndexByte(" \n;", rest[0]) < 0 {
				return nil, false
			}
		default:
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

func parseSedAddress(s string, extended bool) (a sedAddress, rest string, ok bool) {
	switch {
	case s == "":
		return a, s, true
	case s[0] == '$':
		return sedAddress{last: true}, s[1:], true
	case s[0] >= '1' && s[0] <= '9':
		i := 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		n, err := strconv.Atoi(s[:i])
		return sedAddress{line: n}, s[i:], err == nil
	case s[0] == '/':
		pattern, rest, found := cutDelimited(s[1:], '/')
		re, good := basicPattern(pattern, extended, false)
		return sedAddress{re: re}, rest, found && good
	}
	return a, s, true
}

func (s *sedCommand) parseSubstitution(rest string, extended bool) (string, bool) {
	if rest == "" || rest[0] == '\\' || rest[0] == '\n' {
		return "", false
	}
	delimiter := rest[0]
	pattern, rest, ok := cutDelimited(rest[1:], delimiter)
	if !ok {
		return "", false
	}
	if s.text, rest, ok = cutDelimited(rest, delimiter); !ok {
		return "", false
	}
	fold := false
	for rest != "" && strings.IndexByte(" \n;", rest[0]) < 0 {
		switch f := rest[0]; {
		case f == 'g':
			s.global = true
		case f == 'p':
			s.print = true
		case f == 'i' || f == 'I':
			fold = true
		case f >= '1' && f <= '9':
			s.nth = int(f - '0')
		default:
			return "", false
		}
		rest = rest[1:]
	}
	s.re, ok = basicPattern(pattern, extended, fold)
	return rest, ok
}

// cutDelimited cuts s at the first delimiter without a backslash before it.
func cutDelimited(s string, delimiter byte) (before, after string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == delimiter:
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == delimiter:
			i++
			b.WriteByte(delimiter)
		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i++
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// basicPattern compiles a regular expression of POSIX, basic or extended.
func basicPattern(pattern string, extended, fold bool) (*regexp.Regexp, bool) {
	if len(pattern) > patternMax || pattern == "" {
		return nil, false
	}
	var b strings.Builder
	if fold {
		b.WriteString("(?i)")
	}
	for i := 0; i < len(pattern); i++ {
		ch := pattern[i]
		switch {
		case ch == '[':
			j := i + 1
			for j < len(pattern) && (j == i+1 || j == i+2 && pattern[i+1] == '^' || pattern[j] != ']') {
				if pattern[j] == '[' && j+1 < len(pattern) && pattern[j+1] == ':' {
					if k := strings.Index(pattern[j:], ":]"); k > 0 {
						j += k + 1
					}
				}
				j++
			}
			if j >= len(pattern) {
				return nil, false
			}
			b.WriteString(strings.ReplaceAll(pattern[i:j+1], `\`, `\\`))
			i = j
		case ch == '\\' && i+1 < len(pattern):
			i++
			switch next := pattern[i]; {
			case !extended && strings.IndexByte("+?|(){}", next) >= 0:
				b.WriteByte(next)
			case strings.IndexByte(`.*[]^$\/+?|(){}-&"' `, next) >= 0:
				b.WriteString(regexp.QuoteMeta(string(next)))
			case strings.IndexByte("wWsSbB", next) >= 0:
				b.WriteString(`\` + string(next))
			case next == 't' || next == 'n':
				b.WriteString(`\` + string(next))
			default:
				return nil, false // references back and the like
			}
		case !extended && strings.IndexByte("+?|(){}", ch) >= 0:
			b.WriteString(`\` + string(ch))
		case !extended && ch == '*' && (i == 0 || pattern[i-1] == '^'):
			b.WriteString(`\*`)
		default:
			b.WriteByte(ch)
		}
	}
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, false
	}
	re.Longest()
	return re, true
}
