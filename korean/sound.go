package korean

import (
	"strings"
	"unicode"
)

// An ending is what particles ask of the sound of a word: its last syllable is
// open, closed by ㄹ, or closed by another consonant.
type ending int

const (
	open ending = iota
	closedL
	closed
	unknown // nothing that can be read aloud
)

// spoken maps names whose Korean reading does not follow from their spelling to
// that reading. Lower case; a key matches a whole word or its last part. The
// glossary of the caller comes first.
var spoken = map[string]string{
	"rbac": "알백", "mac": "맥", "ack": "액", "get": "겟", "put": "풋", "set": "셋", "head": "헤드",
	"utf-8": "유티에프에이트", "k8s": "케이에이츠", "k3s": "케이스리에스", "nat": "나트", "asap": "에이샙",
	"dir": "디렉터리", "template": "템플릿", "private": "프라이빗", "pod": "파드", "hub": "허브", "github": "깃허브",
	"sub": "서브", "pub": "퍼브", "stub": "스텁", "club": "클럽", "bit": "비트", "edit": "에디트", "credit": "크레디트", "exit": "엑시트", "node": "노드",
	"check": "체크", "epoch": "에폭", "tech": "테크", "type": "타입", "prototype": "프로토타입", "soap": "소프",
	"ship": "십", "some": "섬", "docker": "도커", "etcd": "엣시디", "apache": "아파치", "cache": "캐시",
	"recipe": "레시피", "cafe": "카페", "sudo": "수도", "simple": "심플", "hook": "훅", "book": "북",
	"notebook": "노트북", "look": "룩", "cookbook": "쿡북", "out": "아웃", "soft": "소프트", "and": "앤드",
	"up": "업", "hexagon": "헥사곤", "one": "원", "two": "투", "bug": "버그", "epic": "에픽",
	"big": "빅", "config": "컨피그", "sha": "샤", "vim": "빔", "nginx": "엔진엑스", "yaml": "야믈", "json": "제이슨",
	"yml": "와이엠엘", "await": "어웨이트", "wait": "웨이트", "trait": "트레이트", "beat": "비트", "heartbeat": "하트비트", "heat": "히트",
	"threat": "스렛", "sweat": "스웨트", "great": "그레이트", "eat": "이트", "repeat": "리피트", "seat": "시트", "beneath": "비니스",
	"circuit": "서킷", "suit": "수트", "build": "빌드", "biscuit": "비스킷", "layout": "레이아웃", "about": "어바웃",
	"week": "위크", "seek": "시크", "break": "브레이크", "leak": "리크", "peak": "피크", "speak": "스피크",
	"ok": "오케이", "os": "오에스", "kubectl": "큐브컨트롤", "gzip": "지집", "sign": "사인", "design": "디자인",
	"align": "얼라인", "column": "칼럼", "bomb": "밤", "thumb": "섬", "tomb": "툼", "tongue": "텅",
	"page": "페이지", "apple": "애플", "through": "스루", "high": "하이", "dough": "도", "bye": "바이",
	"swag": "스왜그", "egg": "에그", "sandbox": "샌드박스", "wow": "와우", "cd": "시디", "id": "아이디",
}

// letterSound is how a letter read by its own name ends.
func letterSound(r rune) ending {
	switch unicode.ToLower(r) {
	case 'l':
		return closedL
	case 'm', 'n':
		return closed
	}
	return open
}

// units are what may follow a number, by how the unit is read.
var units = map[string]string{
	"%": "퍼센트", "Ki": "키비", "Mi": "메비", "Gi": "기비", "Ti": "테비", "Pi": "페비", "Ei": "엑스비",
	"KiB": "키비바이트", "MiB": "메비바이트", "GiB": "기비바이트", "TiB": "테비바이트",
	"KB": "킬로바이트", "kB": "킬로바이트", "MB": "메가바이트", "GB": "기가바이트", "TB": "테라바이트", "PB": "페타바이트",
	"B": "바이트", "b": "비트", "k": "케이", "K": "케이", "M": "엠", "G": "지", "T": "티", "P": "피", "E": "이",
	"m": "엠", "u": "마이크로", "n": "나노", "ms": "밀리초", "us": "마이크로초", "ns": "나노초", "s": "초", "h": "시간", "d": "일",
	"sec": "초", "min": "분", "Hz": "헤르츠", "kHz": "킬로헤르츠", "MHz": "메가헤르츠", "GHz": "기가헤르츠",
	"px": "픽셀", "pt": "포인트", "kg": "킬로그램", "g": "그램", "mg": "밀리그램", "km": "킬로미터", "cm": "센티미터", "mm": "밀리미터",
	"bps": "비피에스", "Kbps": "킬로비피에스", "Mbps": "메가비피에스", "Gbps": "기가비피에스",
	"℃": "도", "°C": "도", "°": "도", "x": "배", "vCPU": "브이시피유", "W": "와트", "V": "볼트", "‰": "퍼밀",
}

// symbols are marks that stand alone, by their name.
var symbols = map[string]string{
	"*": "별표", "%": "퍼센트", "+": "플러스", "-": "하이픈", "--": "하이픈", "=": "등호", "==": "등호", "&": "앤드", "&&": "앤드", "#": "샵",
	"@": "골뱅이", "$": "달러", "/": "슬래시", "\\": "역슬래시", "_": "밑줄", "~": "물결표", "|": "파이프",
	"||": "파이프", "^": "캐럿", "!": "느낌표", "?": "물음표", ":": "콜론", ";": "세미콜론", ".": "점", "..": "점", ",": "쉼표",
	"<": "부등호", ">": "부등호", "->": "화살표", "→": "화살표", "←": "화살표", "{}": "중괄호", "[]": "대괄호", "()": "괄호", "'": "작은따옴표", "\"": "큰따옴표", "---": "하이픈", "...": "점",
}

// readingSound is the ending of a text in Hangul.
func readingSound(reading string) ending {
	var last rune
	for _, r := range reading {
		if IsHangul(r) {
			last = r
		}
	}
	return hangulSound(last)
}

// hangulSound is the ending of one Hangul letter; a lone consonant is read by
// its name (기역, 리을, 이응), a lone vowel as it sounds.
func hangulSound(r rune) ending {
	if _, _, tail, ok := Split(r); ok {
		switch tail {
		case 0:
			return open
		case 'ㄹ':
			return closedL
		}
		return closed
	}
	switch {
	case r == 'ㄹ':
		return closedL
	case r >= 'ㄱ' && r <= 'ㅎ':
		return closed
	case r >= 'ㅏ' && r <= 'ㅣ':
		return open
	}
	return unknown
}

// digitSounds are the endings of 영 일 이 삼 사 오 육 칠 팔 구.
var digitSounds = [10]ending{closed, closedL, open, closed, open, open, closed, closedL, closedL, open}

// numberSound is the ending of a run of digits read in Korean: a last digit
// other than 0 says itself, zeros say their place (십, 백, 천, 만, 억, 조).
func numberSound(digits string) ending {
	significant := strings.TrimRight(digits, "0")
	zeros := len(digits) - len(significant)
	switch {
	case significant == "":
		return closed // 영
	case zeros == 0:
		return digitSounds[significant[len(significant)-1]-'0']
	case zeros >= 12 && zeros < 16:
		return open // 조
	}
	return closed
}

// versionSound is the ending of the number in v1, which is read in English up to three.
func versionSound(digits string) ending {
	switch digits {
	case "1":
		return closed // 원
	case "3":
		return open // 스리
	}
	return numberSound(digits)
}

// latinSound is the ending of a Latin word as it is written in Hangul
// (the loanword rules of the National Institute of Korean Language, and what
// is usual where usage differs).
func latinSound(word string) ending {
	lower := strings.ToLower(word)
	if reading, ok := spoken[lower]; ok {
		return readingSound(reading)
	}
	last := rune(lower[len(lower)-1])
	if spelledOut(word) {
		return letterSound(last)
	}
	return endingOf(lower)
}

// spelledOutMax is the length from which a word in capitals is read as a word
// when it has vowels (ENTRYPOINT); shorter ones are read letter by letter.
const spelledOutMax = 4

func spelledOut(word string) bool {
	if len(word) == 1 {
		return true
	}
	if !strings.ContainsAny(strings.ToLower(word), "aeiouy") {
		return true
	}
	upper := strings.ToUpper(word) == word
	if strings.HasSuffix(word, "s") && strings.ToUpper(word[:len(word)-1]) == word[:len(word)-1] && len(word) > 2 {
		return false // a plural: PVCs ends in 스
	}
	return upper && len(word) <= spelledOutMax
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// endingOf reads the last letters of a lower-case word that is read as a word.
func endingOf(w string) ending {
	n := len(w)
	last := w[n-1]
	if last == 'e' && n > 2 {
		return endingOfE(w)
	}
	before := byte(0)
	if n > 1 {
		before = w[n-2]
	}
	switch last {
	case 'l':
		return closedL
	case 'm', 'n':
		return closed
	case 'g':
		if before == 'n' {
			return closed
		}
	case 'b':
		if strings.IndexByte("aeio", before) >= 0 {
			return closed // 잡, 웹, 립
		}
		if before == 'm' {
			return closed
		}
	case 'p':
		if isVowel(before) && !strings.HasSuffix(w, "oop") && !strings.HasSuffix(w, "oap") {
			return closed // 맵, 그룹, 슬립
		}
	case 't':
		if shortBefore(w) || strings.HasSuffix(w, "out") {
			return closed // 셋, 시크릿
		}
	case 'k':
		if before == 'c' || strings.HasSuffix(w, "ook") || shortBefore(w) {
			return closed // 블록, 훅
		}
	case 'c':
		if isVowel(before) {
			return closed // 스펙
		}
	}
	return open
}

// shortBefore tells whether exactly one vowel stands before the last letter.
func shortBefore(w string) bool {
	n := len(w)
	return n >= 2 && isVowel(w[n-2]) && (n < 3 || !isVowel(w[n-3]) || strings.HasSuffix(w[:n-1], "io"))
}

// endingOfE reads a word that ends in a mute e: 네임, 파일, 파이프.
func endingOfE(w string) ending {
	switch w[len(w)-2] {
	case 'l':
		return closedL
	case 'm', 'n':
		return closed
	}
	return open
}
