package desk

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// textLines are the lines of a text without their ends.
func textLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// countOption reads -N, -nN, -n N and -n +N; sign is '+' for the last.
func countOption(args []string) (n int, sign byte, rest []string, ok bool) {
	n = 10
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") || args[0] == "-" {
		return n, 0, args, true
	}
	value := strings.TrimPrefix(strings.TrimPrefix(args[0], "-"), "n")
	args = args[1:]
	if value == "" && len(args) > 0 {
		value, args = args[0], args[1:]
	}
	if strings.HasPrefix(value, "+") {
		sign, value = '+', value[1:]
	}
	n, err := strconv.Atoi(value)
	return n, sign, args, err == nil && n >= 0
}

func head(t tool, args []string) int { return part(t, "head", args) }
func tail(t tool, args []string) int { return part(t, "tail", args) }

// part prints the first or the last lines.
func part(t tool, name string, args []string) int {
	n, sign, files, ok := countOption(args)
	if !ok {
		fmt.Fprintf(t.errOut, "%s: only -n NUMBER is part of this desk\n", name)
		return 1
	}
	text, ok := t.input(name, files)
	all := strings.SplitAfter(text, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	switch {
	case name == "head":
		all = all[:min(n, len(all))]
	case sign == '+':
		all = all[min(max(n-1, 0), len(all)):]
	default:
		all = all[max(len(all)-n, 0):]
	}
	_, _ = io.WriteString(t.out, strings.Join(all, ""))
	return status(ok)
}

func sortTool(t tool, args []string) int {
	numeric, reverse, unique := false, false, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if strings.Trim(args[0][1:], "nru") != "" {
			fmt.Fprintf(t.errOut, "sort: %s is not part of this desk\n", args[0])
			return 2
		}
		numeric = numeric || strings.Contains(args[0], "n")
		reverse = reverse || strings.Contains(args[0], "r")
		unique = unique || strings.Contains(args[0], "u")
		args = args[1:]
	}
	text, ok := t.input("sort", args)
	all := textLines(text)
	slices.SortFunc(all, func(a, b string) int {
		order := 0
		if numeric {
			order = cmp.Compare(leadingNumber(a), leadingNumber(b))
		}
		if order == 0 {
			order = strings.Compare(a, b)
		}
		if reverse {
			order = -order
		}
		return order
	})
	if unique {
		all = slices.Compact(all)
	}
	for _, line := range all {
		fmt.Fprintln(t.out, line)
	}
	return status(ok)
}

// leadingNumber is the number at the start of a line, 0 if there is none.
func leadingNumber(s string) float64 {
	s = strings.TrimLeft(s, " \t")
	end := len(s) - len(strings.TrimLeft(s, "-.0123456789"))
	n, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0
	}
	return n
}

// cut knows -d and -f with a list of fields.
func cut(t tool, args []string) int {
	delimiter, fields := "\t", ""
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		flag, value := args[0][:2], args[0][2:]
		args = args[1:]
		if value == "" && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		switch flag {
		case "-d":
			delimiter = value
		case "-f":
			fields = value
		default:
			fmt.Fprintf(t.errOut, "cut: %s is not part of this desk\n", flag)
			return 1
		}
	}
	wanted, ok := fieldList(fields)
	if !ok || len(delimiter) != 1 {
		fmt.Fprintln(t.errOut, "usage: cut -d DELIMITER -f LIST [file]...")
		return 1
	}
	text, ok := t.input("cut", args)
	for _, line := range textLines(text) {
		all := strings.Split(line, delimiter)
		if len(all) == 1 {
			fmt.Fprintln(t.out, line)
			continue
		}
		var out []string
		for i, f := range all {
			if wanted(i + 1) {
				out = append(out, f)
			}
		}
		fmt.Fprintln(t.out, strings.Join(out, delimiter))
	}
	return status(ok)
}

// fieldList reads "1,3-5,7-".
func fieldList(list string) (func(int) bool, bool) {
	type span struct{ from, to int }
	var all []span
	for item := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(item, "-")
		from, err := strconv.Atoi(cmp.Or(first, "1"))
		to := from
		if isRange {
			to = outputBytesMax // no line has more fields
			if last != "" {
				var wrong error
				if to, wrong = strconv.Atoi(last); wrong != nil {
					return nil, false
				}
			}
		}
		if item == "" || err != nil || from < 1 {
			return nil, false
		}
		all = append(all, span{from, to})
	}
	return func(n int) bool {
		return slices.ContainsFunc(all, func(s span) bool { return s.from <= n && n <= s.to })
	}, true
}

// tr knows two sets with ranges, and -d with one.
func tr(t tool, args []string) int {
	remove := len(args) == 2 && args[0] == "-d"
	if len(args) != 2 {
		fmt.Fprintln(t.errOut, "usage: tr SET1 SET2, tr -d SET")
		return 1
	}
	text, ok := t.input("tr", nil)
	from, to := characters(args[0]), characters(args[1])
	if len(from) == 0 || len(to) == 0 {
		fmt.Fprintln(t.errOut, "tr: a set is empty")
		return 1
	}
	text = strings.Map(func(r rune) rune {
		if remove {
			if slices.Contains(to, r) {
				return -1
			}
			return r
		}
		if i := slices.Index(from, r); i >= 0 {
			return to[min(i, len(to)-1)]
		}
		return r
	}, text)
	_, _ = io.WriteString(t.out, text)
	return status(ok)
}

// characters are those of a set of tr.
func characters(set string) []rune {
	in := []rune(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`, "[:lower:]", "a-z", "[:upper:]", "A-Z").Replace(set))
	var out []rune
	for i := 0; i < len(in); i++ {
		if i+2 < len(in) && in[i+1] == '-' && in[i] < in[i+2] && in[i+2]-in[i] < 256 {
			for r := in[i]; r <= in[i+2]; r++ {
				out = append(out, r)
			}
			i += 2
			continue
		}
		out = append(out, in[i])
	}
	return out
}

func tee(t tool, args []string) int {
	text, ok := t.input("tee", nil)
	for _, name := range args {
		if _, known := t.files.Read(name); !known && t.files.full() {
			fmt.Fprintf(t.errOut, "tee: %s: too many files\n", name)
			return 1
		}
		t.files.Write(name, text)
	}
	_, _ = io.WriteString(t.out, text)
	return status(ok)
}

func ls(t tool, args []string) int {
	if len(args) > 0 {
		fmt.Fprintln(t.errOut, "ls: only ls without arguments is part of this desk")
		return 2
	}
	for _, name := range t.files.Names() {
		fmt.Fprintln(t.out, name)
	}
	return 0
}

func rm(t tool, args []string) int {
	ok := true
	for _, name := range args {
		if name == "-f" {
			continue
		}
		if !t.files.Delete(name) && !slices.Contains(args, "-f") {
			fmt.Fprintf(t.errOut, "rm: cannot remove '%s': No such file or directory\n", name)
			ok = false
		}
	}
	return status(ok)
}

// awk prints fields, which is what it is used for behind kubectl.
func awk(t tool, args []string) int {
	separator := ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-F") {
		separator = args[0][2:]
		args = args[1:]
		if separator == "" && len(args) > 0 {
			separator, args = args[0], args[1:]
		}
	}
	program := regexp.MustCompile(`^\s*(?:(NR\s*(?:>|>=|==)\s*\d+)|/([^/]*)/)?\s*\{\s*print\s*((?:\$(?:\d+|NF)\s*,?\s*)*)\}\s*$`)
	if len(args) == 0 {
		fmt.Fprintln(t.errOut, "usage: awk [-F SEPARATOR] '{print $1}' [file]...")
		return 2
	}
	m := program.FindStringSubmatch(args[0])
	if m == nil {
		fmt.Fprintln(t.errOut, "awk: only '{print $1, $2}' with NR>1 or /pattern/ before it is part of this desk")
		return 2
	}
	pattern, err := regexp.Compile(m[2])
	if err != nil {
		fmt.Fprintf(t.errOut, "awk: %v\n", err)
		return 2
	}
	text, ok := t.input("awk", args[1:])
	for i, line := range textLines(text) {
		if awkLine(m[1], i+1) && pattern.MatchString(line) {
			fmt.Fprintln(t.out, awkPrint(m[3], separator, line))
		}
	}
	return status(ok)
}

// awkLine reports whether a condition such as "NR>1" holds for line n.
func awkLine(condition string, n int) bool {
	if condition == "" {
		return true
	}
	operator := strings.Trim(strings.TrimPrefix(condition, "NR"), " 0123456789")
	limit, err := strconv.Atoi(strings.Trim(condition, "NR>= "))
	if err != nil {
		return false
	}
	switch operator {
	case ">":
		return n > limit
	case ">=":
		return n >= limit
	}
	return n == limit
}

// awkPrint are the fields that a list names; those without a comma between
// them touch.
func awkPrint(list, separator, line string) string {
	fields := strings.Fields(line)
	if separator != "" && separator != " " {
		fields = strings.Split(line, separator)
	}
	if strings.TrimSpace(list) == "" {
		return line
	}
	var groups []string
	for group := range strings.SplitSeq(strings.TrimRight(list, " ,"), ",") {
		out := ""
		for _, name := range strings.Fields(strings.ReplaceAll(group, "$", " ")) {
			n, err := strconv.Atoi(name)
			if err != nil {
				n = len(fields) // NF
			}
			switch {
			case n == 0 && err == nil:
				out += line
			case n >= 1 && n <= len(fields):
				out += fields[n-1]
			}
		}
		groups = append(groups, out)
	}
	return strings.Join(groups, " ")
}
