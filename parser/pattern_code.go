package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

var (
	codeLead   = prefilter.MustCompile("^`([^`]+)`\\s*(.*)$")
	codeEnd    = prefilter.MustCompile("^(.+?)\\s*`([^`]+)`\\s*[.]?$")
	thisCase   = prefilter.MustCompile(`^(?:이|의) ?경우,?\s*(.+)$`)
	byParticle = prefilter.MustCompile(`^(?:옵션|명령어?|커맨드|플래그|필드|프로퍼티|속성)?\s*(?:을|를)?\s*(?:으로|로|을 통해|를 통해|을 사용하여|를 사용하여|을 이용하여|를 이용하여|을 실행하면|를 실행하면|을 쓰면|를 쓰면|을 사용하면|를 사용하면)\s+(.+)$`)
	isParticle = prefilter.MustCompile(`^(?:은|는|:|：|-|—|→)\s*(.+)$`)
	assigned   = prefilter.MustCompile(`[\w./-]+=\{?[\p{L}\w./-]+\}?`)
	liesAt     = prefilter.MustCompile("^([^`,]{2,30}?)(?:은|는)\\s+(?:기본적으로\\s+|보통\\s+)?`([~/][^`]+)`에\\s*(?:있|위치|저장|놓|남)")
	ledOption  = prefilter.MustCompile("^[^`]{0,30}?옵션\\s*(?:\\(\\d+\\))?\\s*:?\\s*`(--?[A-Za-z][\\w-]*)`\\s+(.+)$")
	midOption  = prefilter.MustCompile("^(.+?)\\s*`(--?[A-Za-z][\\w-]*)`\\s*(?:옵션|플래그)?(?:을|를|으로|로)\\s+(.+)$")
)

// readCode reads code with its description, in either order.
func readCode(r *reader, st statement) bool {
	text := st.text
	if at := exampleInside.FindStringIndex(text); at != nil && strings.Count(text[:at[0]], "`")%2 == 0 {
		r.exampleTail(st, text[:at[0]], text[at[1]:])
		text = text[:at[0]]
	}
	if m := liesAt.FindStringSubmatch(text); m != nil && st.subject.id != "" {
		r.add(st, "code", Fact{Subject: st.subject.id, Relation: PropertyValue, Object: m[2], Term: true, About: m[1] + "의 위치"})
		return true
	}
	if m := codeLead.FindStringSubmatch(text); m != nil {
		return r.codeFirst(st, m[1], strings.TrimSpace(m[2]))
	}
	if m := codeEnd.FindStringSubmatch(text); m != nil {
		return r.codeLast(st, strings.TrimSpace(m[1]), m[2])
	}
	if m := ledOption.FindStringSubmatch(text); m != nil {
		return r.codeFact(st, m[1], m[2])
	}
	if m := midOption.FindStringSubmatch(text); m != nil {
		about := strings.TrimSpace(plainWords(m[1]) + " " + plainWords(m[3]))
		r.codeFact(st, m[2], about)
	}
	return false
}

func (r *reader) codeFirst(st statement, code, rest string) bool {
	if rest == "" {
		return r.codeAlone(st, code)
	}
	if m := thisCase.FindStringSubmatch(rest); m != nil {
		return r.codeResult(st, code, m[1])
	}
	about := rest
	if m := byParticle.FindStringSubmatch(rest); m != nil {
		about = m[1]
	} else if m := isParticle.FindStringSubmatch(rest); m != nil {
		about = m[1]
	} else if particleStart.MatchString(rest) {
		return false // code is a word of an ordinary sentence
	}
	return r.codeFact(st, code, about)
}

// particleStart is a particle that ties code into the sentence around it.
var particleStart = prefilter.MustCompile(`^(?:을|를|이|가|와|과|의|에|에서|에는|도|만|처럼|까지|부터|같은|등|외|하위에|아래에|하위의|아래의|와는|과는|라는|이라는)(?:\s|$)`)

// codeAlone gives a command that stands alone below a sentence saying what it does.
func (r *reader) codeAlone(st statement, code string) bool {
	command := asCommand(code)
	n := len(st.block.ancestors)
	if command == "" || n == 0 {
		return true
	}
	about := plainWords(st.block.ancestors[n-1].Text)
	if i := strings.Index(about, " = "); i > 0 {
		about = about[:i]
	}
	if isLabel(cleanTitle(about)) {
		about = strings.TrimSpace(st.subject.name + " " + cleanTitle(about))
	}
	if l := leftColon.FindStringSubmatch(about); l != nil {
		about = l[1]
	}
	if utf8.RuneCountInString(about) <= aboutRunesMax {
		r.add(st, "code", Fact{Subject: st.subject.id, Relation: CommandFor, Object: command, Term: true, About: about})
	}
	return true
}

// codeResult reads "`명령` 이 경우, 결과".
func (r *reader) codeResult(st statement, code, result string) bool {
	result = strings.TrimSpace(result)
	if m := assigned.FindString(plainWords(result)); m != "" {
		about := strings.Replace(plainWords(result), m, "____", 1)
		r.add(st, "code", Fact{Subject: st.subject.id, Relation: Consequence, Object: m, Term: true, Condition: code, About: about})
		return true
	}
	r.add(st, "code", Fact{Subject: st.subject.id, Relation: Consequence, Object: result, Condition: code, Negative: negative(result)})
	return true
}

func (r *reader) codeLast(st statement, about, code string) bool {
	if strings.Contains(about, "`") || particleTail.MatchString(about) {
		return false
	}
	if m := leftColon.FindStringSubmatch(about + " "); m != nil && isLabel(m[1]) {
		about = strings.TrimSpace(st.subject.name + " " + m[1])
	}
	about = trimKind(about)
	return r.codeFact(st, code, about)
}

// particleTail: what stands before belongs to code that is no answer.
var particleTail = prefilter.MustCompile(`(?:에|에서|와|과|또는|및|,)$`)

// trimKind cuts "…하는 커맨드" to "…하는 커맨드" without a trailing copula or colon.
func trimKind(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), ":：= ")
	return strings.TrimSpace(existsTail.ReplaceAllString(s, ""))
}

var existsTail = prefilter.MustCompile(`(?:이|가|도)?\s*(?:존재함|존재한다|있음|있다|있습니다)$`)

// codeFact adds the fact that code is what about describes.
func (r *reader) codeFact(st statement, code, about string) bool {
	about = strings.TrimSpace(parenTail.ReplaceAllString(plainWords(about), ""))
	if utf8.RuneCountInString(about) < 3 || utf8.RuneCountInString(about) > aboutRunesMax || strings.HasPrefix(code, "/") {
		return false
	}
	if st.subject.name != "" && (utf8.RuneCountInString(about) < contextRunes || wordCount(about) <= 3) && !strings.Contains(fold(about), fold(st.subject.name)) && !nominalHead.MatchString(about) && fold(st.subject.name) != fold(code) {
		if verbEnd.MatchString(about) || casePhrase.MatchString(about) || strings.Contains(about, "로 ") {
			about = st.subject.name + "에서 " + about
		} else {
			about = st.subject.name + "의 " + about
		}
	}
	switch {
	case optionName.MatchString(code) || strings.HasPrefix(code, "--"):
		r.add(st, "code", Fact{Subject: r.commandOf(st), Relation: OptionFor, Object: code, Term: true, About: about})
	case asCommand(code) != "":
		r.add(st, "code", Fact{Subject: st.subject.id, Relation: CommandFor, Object: asCommand(code), Term: true, About: about})
	case identifier.MatchString(code):
		s, _, _ := r.identified(code, st.block)
		r.names(st, "code", Definition, s, about)
	case literalCode.MatchString(code) && nominalHead.MatchString(about):
		r.names(st, "code", Definition, subject{id: conceptID(code), name: code, kind: "value", block: st.block}, about)
	default:
		return false
	}
	return true
}

// literalCode is an address or another value that stands for itself.
var literalCode = prefilter.MustCompile(`^[\w][\w.:*-]*$`)

// commandOf is the subject of an option: the command in its line or above, else what the section speaks of.
func (r *reader) commandOf(st statement) string {
	for _, m := range codeSpans.FindAllStringSubmatch(st.text, -1) {
		if c := asCommand(m[1]); c != "" {
			f := strings.Fields(c)
			return conceptID(strings.Join(f[:min(2, len(f))], " "))
		}
	}
	return st.subject.id
}

// exampleTail reads "설명 ex. `명령`".
func (r *reader) exampleTail(st statement, before, tail string) {
	command := wholeCommand(tail)
	if command == "" {
		return
	}
	about := before
	if m := codeLead.FindStringSubmatch(before); m != nil {
		about = m[2]
	} else if m := ledOption.FindStringSubmatch(before); m != nil {
		about = m[2]
	}
	about = optionNoun.ReplaceAllString(plainWords(about), "")
	if n := utf8.RuneCountInString(about); n >= aboutRunesMin && n <= aboutRunesMax {
		r.add(st, "code", Fact{Subject: st.subject.id, Relation: CommandFor, Object: command, Term: true, About: about})
	}
}

// optionNoun is what a description of an option ends in; the command is no option.
var optionNoun = prefilter.MustCompile(`\s*(?:하기 위한|하는|기 위한)?\s*옵션$`)

// describeCode is what a sentence says beside the code at from..to.
func describeCode(text string, from, to int) string {
	about := strings.TrimSpace(plainWords(text[:from]))
	if about == "" {
		about = strings.TrimSpace(plainWords(text[to:]))
	}
	return shorten(strings.Trim(about, " :(-"), aboutRunesMax)
}
