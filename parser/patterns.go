package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// A pattern reads one shape of statement. It adds facts and returns true when
// the statement is wholly read, so that no later pattern looks at it.
type pattern struct {
	name string
	read func(r *reader, st statement) bool
}

// patterns are tried in this order: what turns a statement's direction around
// comes first, what only leaves a term blank comes last.
var patterns = []pattern{
	{"naming", readNaming},           // pattern_naming.go
	{"parenthesis", readParentheses}, // pattern_parenthesis.go
	{"question", readQuestion},       // pattern_question.go
	{"example", readExample},         // pattern_example.go
	{"equals", readEquals},           // pattern_equals.go
	{"arrow", readArrow},             // pattern_arrow.go
	{"default", readDefault},         // pattern_default.go
	{"colon", readColon},             // pattern_colon.go
	{"code", readCode},               // pattern_code.go
	{"called", readCalled},           // pattern_called.go
	{"apposition", readApposition},   // pattern_apposition.go
	{"named", readNamed},             // pattern_named.go
	{"contrast", readContrast},       // pattern_contrast.go
	{"definition", readDefinition},   // pattern_definition.go
	{"purpose", readPurpose},         // pattern_purpose.go
	{"enumeration", readEnumeration}, // pattern_enumeration.go
	{"condition", readCondition},     // pattern_condition.go
	{"number", readNumber},           // pattern_number.go
	{"means", readMeans},             // pattern_means.go
	{"place", readPlace},             // pattern_place.go
	{"same", readSame},               // pattern_same.go
	{"limitation", readLimitation},   // pattern_limitation.go
	{"property", readProperty},       // pattern_property.go
	{"term", readTerm},               // pattern_term.go
}

// Words that several patterns look for.
var (
	authorTalk     = prefilter.MustCompile(`메모함|메모하|정리(?:해|하|함|한 글)|(?:공부|학습)(?:함|했|한 내용)|출처|참고 ?(?:자료|링크|:)|^(?:[^\s]+ ){0,2}(?:번거로움|번거롭다|귀찮음|귀찮다|재밌다|재밌음|어렵다|어려움|헷갈림|헷갈린다)[.]?$|^(?:TODO|할 ?일)`)
	callout        = prefilter.MustCompile(`^(?:\[!\w+\]\s*|[💡⚠️📌❗🔥✅👉ℹ️※★☆■□▶►•●○➡️]+\s*|(?:주의|참고|Note|NOTE|팁|TIP)\s*[:：]\s*)`)
	addressOnly    = prefilter.MustCompile(`^(?:[^\s:]{1,10}\s*[:：]\s*)?<?https?://\S+$`)
	hangulAnywhere = prefilter.MustCompile(`\p{Hangul}`)
	negation       = prefilter.MustCompile(`(?:지 ?않|지 ?못|못하|못함|못한|없음|없다|없는|불가|아님|아니다|안 ?됨|안 ?된|안 ?됩)`)
)

// negative reports a sentence that ends in a negation; one further ahead denies
// only a part of it.
func negative(s string) bool {
	s = strings.TrimSpace(s)
	from := len(s)
	for range negationRunes {
		_, size := utf8.DecodeLastRuneInString(s[:from])
		from -= size
	}
	return negation.MatchString(s[from:])
}

// negationRunes is how far from the end a negation still denies the sentence.
const negationRunes = 9
