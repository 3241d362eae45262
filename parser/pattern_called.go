package parser

import (
	"strings"

	"gieok/prefilter"
)

// calledAs is "A를 X(이)라고 부른다".
var calledAs = prefilter.MustCompile(`^(.+?)(?:을|를)\s+(?:보통\s+|흔히\s+)?['"“‘]?([^\s'"”’]+(?: [^\s'"”’]+)?)['"”’]?(?:이라고|라고|이라|라)\s+(?:부른다|부름|부릅니다|한다|함|합니다|하며|불린다|말한다|일컫는다|부르며|불러)[.]?$`)

func readCalled(r *reader, st statement) bool {
	m := calledAs.FindStringSubmatch(st.text)
	if m == nil {
		return false
	}
	s, ok := r.named(m[2], st.block)
	if !ok {
		return false
	}
	about := strings.TrimSpace(m[1])
	if demonstrative.MatchString(about) {
		return false // "이를 X라고 한다": the description is the sentence before
	}
	r.names(st, "called", Definition, s, parenAny.ReplaceAllString(about, ""))
	return true
}

var demonstrative = prefilter.MustCompile(`^(?:이것|그것|이|그|해당|위|이러한|이런)(?:\s|$)`)
