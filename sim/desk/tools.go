package desk

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A tool is where a program of the desk reads and writes.
type tool struct {
	stdin       io.Reader
	out, errOut io.Writer
	files       *Folder
}

// tools are the programs of the desk beside kubectl, those that study notes
// put behind a pipe. Each returns its exit status.
func tools() map[string]func(t tool, args []string) int {
	return map[string]func(tool, []string) int{
		"cat": cat, "base64": base64Tool, "grep": grep, "wc": wc, "sed": sed, "head": head, "tail": tail,
		"sort": sortTool, "cut": cut, "tr": tr, "tee": tee, "ls": ls, "rm": rm, "awk": awk,
	}
}

// input is the text of the named files, or of stdin without names.
func (t tool) input(name string, files []string) (string, bool) {
	if len(files) == 0 {
		b, err := io.ReadAll(io.LimitReader(t.stdin, outputBytesMax))
		return string(b), err == nil
	}
	var out strings.Builder
	ok := true
	for _, f := range files {
		text, found := t.files.Read(f)
		if !found {
			fmt.Fprintf(t.errOut, "%s: %s: No such file or directory\n", name, f)
			ok = false
		}
		out.WriteString(text)
	}
	return out.String(), ok
}

func cat(t tool, args []string) int {
	text, ok := t.input("cat", args)
	_, _ = io.WriteString(t.out, text)
	if !ok {
		return 1
	}
	return 0
}

// base64Width is where coreutils' base64 breaks its lines, in bytes.
const base64Width = 76

func base64Tool(t tool, args []string) int {
	decode, width := false, base64Width
	var files []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-d" || a == "--decode" || a == "-D":
			decode = true
		case a == "-w0" || a == "--wrap=0":
			width = 0
		case a == "-w" && i+1 < len(args) && args[i+1] == "0":
			width = 0
			i++
		case strings.HasPrefix(a, "-"):
			fmt.Fprintf(t.errOut, "base64: %s is not part of this desk\n", a)
			return 1
		default:
			files = append(files, a)
		}
	}
	text, ok := t.input("base64", files)
	if !ok {
		return 1
	}
	if decode {
		b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\n", "", "\r", "").Replace(text))
		_, _ = t.out.Write(b)
		if err != nil {
			fmt.Fprintln(t.errOut, "base64: invalid input")
			return 1
		}
		return 0
	}
	enc := base64.StdEncoding.EncodeToString([]byte(text))
	for width > 0 && len(enc) > width {
		_, _ = io.WriteString(t.out, enc[:width]+"\n")
		enc = enc[width:]
	}
	if width > 0 {
		enc += "\n"
	}
	_, _ = io.WriteString(t.out, enc)
	return 0
}

func grep(t tool, args []string) int {
	invert, ignore, count := false, false, false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && len(args[0]) > 1 {
		for _, c := range args[0][1:] {
			switch c {
			case 'v':
				invert = true
			case 'i':
				ignore = true
			case 'c':
				count = true
			case 'E':
			default:
				fmt.Fprintf(t.errOut, "grep: -%c is not part of this desk\n", c)
				return 2
			}
		}
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(t.errOut, "usage: grep [-civE] pattern [file]...")
		return 2
	}
	pattern := args[0]
	if ignore {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		fmt.Fprintf(t.errOut, "grep: %v\n", err)
		return 2
	}
	text, ok := t.input("grep", args[1:])
	if !ok {
		return 2
	}
	n := 0
	s := bufio.NewScanner(strings.NewReader(text))
	s.Buffer(nil, outputBytesMax)
	for s.Scan() {
		if re.MatchString(s.Text()) != invert {
			n++
			if !count {
				fmt.Fprintln(t.out, s.Text())
			}
		}
	}
	if count {
		fmt.Fprintln(t.out, n)
	}
	if n == 0 {
		return 1
	}
	return 0
}

func wc(t tool, args []string) int {
	if len(args) == 0 || args[0] != "-l" {
		fmt.Fprintln(t.errOut, "wc: only wc -l is part of this desk")
		return 1
	}
	text, ok := t.input("wc", args[1:])
	if !ok {
		return 1
	}
	fmt.Fprintln(t.out, strings.Count(text, "\n"))
	return 0
}
