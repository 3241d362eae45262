package lab

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var yamlLine = regexp.MustCompile(`line (\d+)(?:, column (\d+))?: (.*)`)

// findSyntax reports text that is no YAML, at the line that the parser names.
func findSyntax(a *attempt) []Finding {
	words := a.refusal.Error()
	if a.root != nil {
		return nil
	}
	line, col := 1, 0
	if m := yamlLine.FindStringSubmatch(words); m != nil {
		line, _ = strconv.Atoi(m[1])
		col, _ = strconv.Atoi(m[2])
		words = m[3] // its line is not the note's
	}
	if line, col = a.nearAuthor(line, col); line == 0 {
		return nil
	}
	return []Finding{a.finding(a.at(line, col), "YAML로 읽을 수 없습니다. YAML: "+oneLine(words), a.syntaxFix(line))}
}

// nearAuthor moves a place to the nearest line above that the author wrote.
func (a *attempt) nearAuthor(line, col int) (int, int) {
	for ; line > 0; line-- {
		t := a.line(line)
		if a.at(line, 1).Line > 0 && strings.TrimSpace(t) != "" {
			if col == 0 || col > runes(t)+1 {
				col = 1 + indentOf(t)
			}
			return line, col
		}
		col = 0
	}
	return 0, 0
}

// line is a line of the document, from 1.
func (a *attempt) line(n int) string {
	lines := strings.Split(a.text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// noColonSpace is a key whose colon no blank follows.
var noColonSpace = regexp.MustCompile(`^\s*(?:- +)*[A-Za-z]\w*:[^\s/]`)

// keyAndColon is a key with its colon.
var keyAndColon = regexp.MustCompile(`^(\s*(?:- +)*[A-Za-z]\w*:)`)

// syntaxFix guesses at the usual slips, around the line that the parser names.
func (a *attempt) syntaxFix(line int) string {
	for n := max(1, line-1); n <= line+1; n++ {
		t := a.line(n)
		if strings.HasPrefix(strings.TrimLeft(t, " "), "\t") {
			return "들여쓰기에 탭을 쓸 수 없습니다. 빈칸으로 바꾸세요."
		}
	}
	for n := max(1, line-1); n <= line+1; n++ {
		t := a.line(n)
		if noColonSpace.MatchString(t) {
			fixed := keyAndColon.ReplaceAllString(t, "$1 ")
			var node yaml.Node
			if yaml.Unmarshal([]byte(strings.Replace(a.text, t, fixed, 1)), &node) == nil {
				return "콜론(:) 뒤에 빈칸을 하나 넣으세요."
			}
		}
	}
	return "앞뒤 줄과 들여쓰기를 맞추고, 콜론 뒤의 빈칸과 따옴표의 짝을 확인하세요."
}
