package container

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// elementMark stands between the elements of an array of bash in the value of
// its variable. An element cannot hold it.
const elementMark = "\x1f"

func elements(v variable) []string {
	switch {
	case !v.array && v.value == "":
		return nil
	case !v.array:
		return []string{v.value}
	case v.value == elementMark:
		return nil
	}
	return strings.Split(strings.TrimSuffix(v.value, elementMark), elementMark)
}

// setArray assigns all elements of an array.
func (m *machine) setArray(name string, list []string) bool {
	for _, e := range list {
		if strings.Contains(e, elementMark) {
			m.p.unknown("a control character in an array")
			return false
		}
	}
	if !m.set(name, strings.Join(list, elementMark)+elementMark) {
		return false
	}
	v := m.t.vars[name]
	v.array = true
	m.t.vars[name] = v
	return true
}

// assignArray carries out name=(…), name+=(…) and name[i]=….
func (x *expander) assignArray(a *syntax.Assign) bool {
	if !x.t.bash {
		x.unknown("arrays in a shell that has none")
		return false
	}
	name := a.Name.Value
	list := elements(x.t.vars[name])
	if a.Array != nil {
		var words []*syntax.Word
		for _, e := range a.Array.Elems {
			if e.Index != nil || e.Value == nil {
				x.unknown("an array with keys")
				return false
			}
			words = append(words, e.Value)
		}
		fresh := x.fields(words)
		if a.Append {
			fresh = append(list, fresh...)
		}
		return !x.failed() && x.setArray(name, fresh)
	}
	i := x.arithmetic(a.Index)
	value := x.one(a.Value)
	if x.failed() {
		return false
	}
	if i < 0 || i > int64(len(list)) {
		x.unknown("an array with gaps")
		return false
	}
	if i == int64(len(list)) {
		list = append(list, "")
	}
	if a.Append {
		value = list[i] + value
	}
	list[i] = value
	return x.setArray(name, list)
}

// indexed expands ${a[i]}, ${a[@]} and ${#a[@]}.
func (x *expander) indexed(e *syntax.ParamExp, quoted bool) []segment {
	list := elements(x.t.vars[e.Param.Value])
	word, _ := e.Index.(*syntax.Word)
	all := ""
	if word != nil {
		all = word.Lit()
	}
	if all == "@" || all == "*" {
		switch {
		case e.Length:
			return []segment{{text: strconv.Itoa(len(list)), quoted: quoted, split: !quoted}}
		case e.Slice != nil:
			from, n := x.arithmetic(e.Slice.Offset), int64(len(list))
			if from < 0 {
				from += n
			}
			from = min(max(from, 0), n)
			to := n
			if e.Slice.Length != nil {
				to = min(max(from+x.arithmetic(e.Slice.Length), from), n)
			}
			return spread(list[from:to], all == "*", quoted)
		case e.Exp != nil || e.Repl != nil:
			one := *e
			one.Index = nil
			for i, v := range list {
				text := ""
				for _, s := range x.shaped(&one, v, true, true) {
					text += s.text
				}
				list[i] = text
			}
		case e.Excl:
			for i := range list {
				list[i] = strconv.Itoa(i)
			}
		}
		return spread(list, all == "*", quoted)
	}
	i := x.arithmetic(e.Index)
	if i < 0 {
		i += int64(len(list))
	}
	value, set := "", i >= 0 && i < int64(len(list))
	if set {
		value = list[i]
	}
	return x.shaped(e, value, set, quoted)
}

// spread makes the fields of "$@" and its like.
func spread(list []string, joined, quoted bool) []segment {
	var out []segment
	for i, v := range list {
		s := segment{text: v, quoted: quoted, split: !quoted, cut: i > 0}
		if joined && quoted && i > 0 {
			s.cut, s.text = false, " "+v
		}
		out = append(out, s)
	}
	return out
}

// sliced is ${x:from} and ${x:from:length}.
func (x *expander) sliced(s *syntax.Slice, value string) string {
	r := []rune(value)
	from, n := x.arithmetic(s.Offset), int64(len(r))
	if from < 0 {
		from = max(from+n, 0)
	}
	from = min(from, n)
	end := n
	if s.Length != nil {
		if length := x.arithmetic(s.Length); length < 0 {
			end = max(n+length, from)
		} else {
			end = min(from+length, n)
		}
	}
	return string(r[from:end])
}

// replaced is ${x/pattern/text} and ${x//pattern/text}.
func (x *expander) replaced(r *syntax.Replace, value string) string {
	pattern, text := x.pattern(r.Orig), ""
	if r.With != nil {
		text = x.one(r.With)
	}
	if pattern == "" || len(value)*len(pattern) > 1<<20 {
		return value
	}
	x.p.charge(len(value) * len(pattern))
	anchor := byte(0)
	if pattern[0] == '#' || pattern[0] == '%' {
		anchor, pattern = pattern[0], pattern[1:]
	}
	var b strings.Builder
	for i := 0; i < len(value); {
		hit := 0
		for j := len(value); j > i; j-- { // the longest match
			if (anchor != '%' || j == len(value)) && (anchor != '#' || i == 0) && match(pattern, value[i:j]) {
				hit = j
				break
			}
		}
		if hit == 0 {
			b.WriteByte(value[i])
			i++
			continue
		}
		b.WriteString(text)
		i = hit
		if !r.All {
			b.WriteString(value[i:])
			break
		}
		if b.Len() > variableBytesMax {
			x.unknown("a variable over 64 KiB")
			return ""
		}
	}
	return b.String()
}
