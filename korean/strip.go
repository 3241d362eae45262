package korean

import (
	"strings"
	"unicode/utf8"
)

// particleList holds the particles that StripJosa knows, longest first among
// those that end alike.
var particleList = []string{
	"에서부터", "으로부터", "로부터", "이라고는", "에게서",
	"으로서", "으로써", "으로는", "으로도", "으로만", "이라는", "이라고", "에서는", "에서도", "에서만", "에서의", "까지는", "까지도", "까지만", "부터는", "에게는",
	"이라면", "이란", "라는", "라고", "라면", "로서", "로써", "로는", "로도", "로만", "으로", "에서", "에게", "에는", "에도", "에만", "까지", "부터", "처럼", "보다", "마다", "조차", "마저", "밖에", "이나", "이며", "이랑", "하고", "한테", "께서", "이든", "이라", "와의", "과의", "만의", "만을", "만이", "만은", "들은", "들이", "들을", "들의", "들에",
	"은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "도", "만", "로", "나", "랑", "란", "들", "며",
}

// notParticle are words that end as a particle does and have none. A longer
// word ends in one of them as well: 메모리 사용 용도, 서비스 정의.
var notParticle = []string{
	"별도", "정도", "속도", "온도", "용도", "의도", "시도", "제도", "밀도", "빈도", "난이도", "지도", "태도", "한도", "각도", "강도", "농도", "인도", "유도", "주도", "복잡도", "가용도", "우선도", "그래도", "아직도", "적어도",
	"경로", "회로", "도로", "별로", "서로", "바로", "새로", "그대로", "스스로", "제로", "따로", "대로", "세로", "가로", "통로", "함부로", "실제로", "때때로", "주로", "홀로", "진로", "선로", "헬로", "솔로", "히어로", "매크로", "마이크로",
	"결과", "효과", "성과", "통과", "초과", "부과", "경과", "학과", "사과", "교과", "전과",
	"추가", "평가", "증가", "국가", "인가", "허가", "부가", "작가", "대가", "단가", "원가", "평가", "참가", "재가", "고가", "저가", "무엇인가", "불가",
	"차이", "길이", "높이", "깊이", "없이", "같이", "많이", "넓이", "나이", "사이", "아이", "굳이", "특이", "용이", "전이", "변이", "상이", "추이", "종이", "놀이", "붙이", "보이", "딜레이", "디스플레이", "디플로이", "플레이", "게이트웨이", "릴레이", "오버레이", "어레이", "웨이", "레이", "베이", "데이", "스프레이", "디케이", "케이", "에이", "제이", "브이", "에이피아이", "유아이", "엠아이", "덮이", "깊숙이", "일일이", "먹이", "벌이", "풀이",
	"정의", "주의", "회의", "동의", "합의", "임의", "논의", "유의", "거의", "명의", "예의", "고의", "협의", "문의", "강의", "심의", "상의",
	"많은", "같은", "작은", "좋은", "높은", "낮은", "짧은", "적은", "맞은", "받은", "않은", "남은", "넓은", "깊은", "늦은",
	"하나", "누구나", "언제나", "어디나", "그러나", "혹은", "또는", "얼마나", "너무나",
	"필요하고", "그리고", "불만", "다만", "하지만", "그렇지만", "지만", "미만", "가만", "천만", "백만", "오만", "삼만", "이만", "십만", "수만", "자만", "비만", "기만",
	"만들", "흔들", "거들", "번들", "핸들", "샌들", "캔들", "시들",
	"마을", "가을", "노을", "고을",
	"무엇보다", "도와",
	"이란", "혼란", "교란", "계란", "논란",
	"하고", "되고", "있고", "없고", "창고", "참고", "보고", "광고", "권고", "경고", "재고", "최고",
	"라고", "위에", "밖에", "뒤에", "이후에", "때문에", "외에", "동시에", "위하여",
	"바나나", "안테나", "코로나",
}

// verbBefore are the syllables before 는, 은, 을, 며, 나, 고 that belong to a verb or adjective.
const verbBefore = "하되있없않같지기시키리치보오가나두주내쓰크르맞받많작좋높낮짧적못으니려"

// StripJosa takes the particle off the end of a token. It gives the whole token
// and no particle when the token merely ends like one (정의, 추가, 경로, 하는),
// and it heeds the sound: 은 only stands after a consonant, 는 after a vowel.
func StripJosa(token string) (stem, particle string) {
	for _, candidate := range particleList {
		rest, ok := strings.CutSuffix(token, candidate)
		if !ok || strings.TrimSpace(rest) == "" {
			continue
		}
		if particleFits(token, rest, candidate) {
			return rest, candidate
		}
	}
	return token, ""
}

func particleFits(token, stem, particle string) bool {
	last := lastRune(stem)
	if !IsHangul(last) {
		// After Latin, digits and marks a Hangul ending is a particle; both
		// forms are heard.
		return true
	}
	for _, word := range notParticle {
		if strings.HasSuffix(token, word) && len(word) >= len(particle) && !strings.HasSuffix(particle, word) {
			return false
		}
	}
	switch particle {
	case "은", "는", "을", "며", "나", "하고":
		if strings.ContainsRune(verbBefore, last) && (particle != "은" && particle != "을" || utf8.RuneCountInString(stem) == 1) && !nounBefore(stem) {
			return false
		}
	case "들":
		if utf8.RuneCountInString(stem) < 2 {
			return false
		}
	}
	return soundFits(hangulSound(last), particle)
}

// nounBefore tells whether a syllable of verbBefore ends a noun here: loanwords
// and Sino-Korean nouns of two and more syllables before 는 are many (메모리는,
// 이미지는, 관리는), verb stems in those syllables are the listed ones.
func nounBefore(stem string) bool {
	if utf8.RuneCountInString(stem) < 2 {
		return strings.Contains("키시리", stem)
	}
	last := lastRune(stem)
	if strings.ContainsRune("하되있없않같맞받많작좋높낮짧적못", last) {
		return false
	}
	for _, verb := range []string{"해지", "어지", "아지", "려지", "켜지", "시키", "가리키", "일으키", "내리", "걸리", "돌리", "올리", "알리", "열리", "거치", "미치", "고치", "마치", "합치", "나가", "들어가", "돌아가", "나오", "들어오", "가져오", "나타나", "일어나", "늘어나", "끝나", "보내", "나타내", "해주", "어주", "아주", "다루", "바꾸", "나누", "모으", "따르", "고르", "오르", "흐르", "빠르", "다르", "살펴보", "내려받", "생기", "남기", "넘기", "옮기", "해보", "쓰", "나뉘", "바뀌"} {
		if strings.HasSuffix(stem, verb) {
			return false
		}
	}
	return true
}

// soundFits tells whether a particle can follow such an ending.
func soundFits(sound ending, particle string) bool {
	switch particle {
	case "은", "이", "을", "과", "이란", "이라는", "이라고", "이라면", "이라", "이나", "이며", "이랑", "이든", "이라고는", "과의":
		return sound != open
	case "는", "가", "를", "와", "란", "라는", "라고", "라면", "나", "며", "랑", "와의":
		return sound == open
	case "으로", "으로서", "으로써", "으로는", "으로도", "으로만", "으로부터":
		return sound == closed
	case "로", "로서", "로써", "로는", "로도", "로만", "로부터":
		return sound != closed
	}
	return true
}
