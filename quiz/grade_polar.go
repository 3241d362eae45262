package quiz

import (
	"regexp"
	"slices"
	"strings"

	"gieok/korean"
)

// yesWords and noWords answer a question by themselves.
var (
	yesWords = strings.Fields(`참 예 네 넵 넹 응 ㅇ ㅇㅇ o O yes y true t 예스 트루 그렇다 그렇습니다 그래요 맞다 맞습니다 맞아요 맞음 맞아 맞는다 옳다 옳습니다 옳음 정답 가능 가능하다 사실 사실이다 사실입니다 맞는말 맞는말이다 ㅇㅋ ○ ⭕ 동그라미 오`)
	noWords  = strings.Fields(`거짓 노 폴스 아니요 아니오 아뇨 아니 아니다 아닙니다 아님 아녜요 아니에요 ㄴ ㄴㄴ x X no n false f 틀리다 틀렸다 틀림 틀립니다 틀렸습니다 틀려요 틀렸어요 틀린다 그르다 그름 그렇지않다 그렇지않습니다 불가 불가능 불가능하다 불가하다 안된다 안됨 안돼 안돼요 안됩니다 못한다 못함 없다 없음 없습니다 없어요 거짓말 × ✕ ❌ 엑스 가위표 오답`)
)

// truthWord tells whether s says true or false and nothing else.
func truthWord(s string) bool {
	_, ok := plainTruth(s)
	return ok
}

// plainTruth reads a single word of agreement or denial.
func plainTruth(s string) (value, ok bool) {
	for _, form := range answerForms(strings.Trim(s, " .!,")) {
		key := squeeze(form)
		if slices.Contains(yesWords, key) || slices.Contains(yesWords, strings.ToLower(key)) {
			return true, true
		}
		if slices.Contains(noWords, key) || slices.Contains(noWords, strings.ToLower(key)) {
			return false, true
		}
	}
	return false, false
}

// The denials of Korean, each of which turns a sentence around. They are
// counted in the text without spaces.
var denials = regexp.MustCompile(`지는?(않|못|아니)|(이|가|은|는|건|것도)?아니(?:다|라|에|어|요|오|야|고|며|란|지|$)|아닙|아님|아닌|아녜|없|불가|거짓|틀리|틀린|틀렸|틀림|틀려|그르|그름|못(?:한|함|해|합|하|쓴|들|간)|안(?:된|됨|돼|되|됩|한|함|해|합|하)|불(?:안정|필요|허)|금지|차단|막`)

// crosses deny as a mark behind a noun: 보장 X.
var crosses = regexp.MustCompile(`[ \p{Hangul}](x|×|✕|❌)$`)

// denyingAdverb is 안 before a verb; 안 before a noun means inside.
var denyingAdverb = regexp.MustCompile(`(^| )안 (\p{Hangul}+(?:다|요|음|함|됨))`)

// insideWords hold a syllable of denials and are none.
var insideWords = strings.NewReplacer("동안", " ", "안정", "정", "방안", "방", "보안", "보", "제안", "제", "안에", " ", "안쪽", " ", "안의", " ")

// polarity tells whether a sentence affirms, by counting its denials.
func polarity(s string) bool {
	lower := strings.ToLower(s)
	count := len(crosses.FindAllString(lower, -1))
	for _, m := range denyingAdverb.FindAllStringSubmatch(lower, -1) {
		if !denials.MatchString("안" + m[2]) {
			count++
		}
	}
	text := squeeze(insideWords.Replace(lower))
	return (count+len(denials.FindAllString(text, -1)))%2 == 0
}

var leading = regexp.MustCompile(`^([^\s,.!(:]+)([\s,.!:;(-]+)(.+)$`)

var markJoined = regexp.MustCompile(`(\p{Hangul})([xXoO×])$`)

// gradePolar judges an answer to a question of yes or no, or of true or false.
func (q Question) gradePolar(form Form, text string) Grading {
	want := q.wantedPolarity()
	for _, candidate := range q.candidates() {
		if plainFold(text) == plainFold(clean(candidate, form)) {
			return right("표기만 다릅니다")
		}
	}
	if bothTruths(text) {
		return wrong("참과 거짓을 다 적었습니다")
	}
	if value, ok := plainTruth(text); ok {
		return q.verdictOf(value == want)
	}
	if m := leading.FindStringSubmatch(text); m != nil {
		// 참이 아니다 is one judgement, 거짓, 아니다 are two.
		separate := strings.TrimSpace(m[2]) != "" || !negating.MatchString(m[3])
		if value, ok := plainTruth(m[1]); ok && separate {
			return q.leadingVerdict(value, want, strings.TrimRight(m[3], ")"))
		}
	}
	text = markJoined.ReplaceAllString(text, "$1 $2")
	value, sure := q.sentencePolarity(text)
	if !sure {
		return wrong("판단을 알 수 없습니다")
	}
	return q.verdictOf(value == want)
}

// negating begins a word that turns the one before it around.
var negating = regexp.MustCompile(`^(아니|아님|아닙|아닌|않|없|수 없|안 )`)

func (q Question) leadingVerdict(value, want bool, rest string) Grading {
	if value != want {
		return wrong("판단이 반대입니다")
	}
	if said, sure := q.sentencePolarity(rest); sure && said != want {
		return wrong("앞뒤 판단이 서로 다릅니다")
	}
	return right("판단이 같습니다")
}

func (q Question) verdictOf(same bool) Grading {
	if same {
		return right("판단이 같습니다")
	}
	return wrong("판단이 반대입니다")
}

// wantedPolarity is what the answer of the card says.
func (q Question) wantedPolarity() bool {
	if value, ok := plainTruth(q.Answer); ok {
		return value
	}
	return polarity(q.Answer)
}

// bothTruths tells an answer that names 참 and 거짓 both.
func bothTruths(text string) bool {
	yes, no := false, false
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,/()", r) }) {
		switch stem, _ := korean.StripJosa(word); stem {
		case "참", "O", "o", "true", "예", "네":
			yes = true
		case "거짓", "X", "x", "false":
			no = true
		}
	}
	return yes && no
}

// Words that affirm or deny without naming the stem's predicate: truthful ones
// beside any words of the stem, bare ones only alone.
var (
	truthful    = regexp.MustCompile(`^(참|거짓|맞|틀리|틀린|틀렸|옳|그르|사실|가능|불가|그렇|그런|아니|수$|할$|것)`)
	bare        = regexp.MustCompile(`^(있|없|된|됨|돼|되|됩|합|안$|안된|안돼|못|한다|함|해)`)
	markPattern = regexp.MustCompile(`^[xXoO×✕❌○⭕]$`)
	quoted      = regexp.MustCompile(`[“"]([^”"]+)[”"]`)
)

// sentencePolarity tells whether a sentence affirms the stem. It is sure only
// when the sentence says nothing that the stem does not say, and speaks of the
// stem's predicate or of possibility and truth.
func (q Question) sentencePolarity(text string) (value, sure bool) {
	statement := q.Stem
	if m := quoted.FindStringSubmatch(q.Stem); m != nil {
		statement = m[1]
	}
	stem := q.content(statement)
	said := q.content(text)
	value = polarity(text)
	for _, n := range said {
		opposite := notion{n.name, !n.denied}
		if n.name == "안" && slices.Contains(stem, opposite) && !slices.Contains(stem, n) {
			// The other place: what holds only there does not hold here.
			return !value, strings.Contains(text, "만") && !q.foreign(said, stem)
		}
	}
	var others []notion
	general, plain := false, false
	for _, word := range strings.Fields(text) {
		switch {
		case markPattern.MatchString(word):
			plain = true
		case truthful.MatchString(word):
			general = true
		case bare.MatchString(word):
			plain = true
		default:
			others = append(others, q.content(word)...)
		}
	}
	if q.foreign(others, stem) || len(stem) == 0 {
		return value, false
	}
	predicate := stem[len(stem)-1]
	if slices.ContainsFunc(others, func(n notion) bool { return n.name == predicate.name }) {
		return value == polarity(statement), true
	}
	return value, general || plain && len(others) == 0
}

// foreign tells whether something is said of which the stem does not speak.
func (q Question) foreign(said, stem []notion) bool {
	return slices.ContainsFunc(said, func(n notion) bool {
		return n.name != "가능" && !slices.ContainsFunc(stem, func(s notion) bool { return related(s.name, n.name) })
	})
}
