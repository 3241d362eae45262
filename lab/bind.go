package lab

import (
	"regexp"
	"strings"
)

// placeholder is what a note writes where a value of one's own goes.
var placeholder = regexp.MustCompile(`\{\{?[^{}\s]+(?: [^{}\s]+)*\}?\}|<[^<>\s]+(?: [^<>\s]+)*>|\$\{?[A-Za-z_]\w*\}?|\[[^\[\]\s]*\p{Hangul}[^\[\]]*\]`)

// wholeWord are words that stand for a value without any marks: POD_NAME,
// pod_name, 파드이름, <…> cut short.
var wholeWord = regexp.MustCompile(`^(?:[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*|[a-z]+(?:_[a-z]+)+|[\p{Hangul}_\- ]+(?:\d)?)$`)

// A meaning is a word within placeholders and the value it gets. Objects that
// fixtures make carry these names.
type meaning struct{ word, value string }

// meanings are asked in order, so that "서비스 계정" comes before "서비스".
func meanings() []meaning {
	return []meaning{
		{"data_source", "--from-literal=key=value"}, {"데이터소스", "--from-literal=key=value"}, {"data-source", "--from-literal=key=value"},
		{"serviceaccount", "robot"}, {"service-account", "robot"}, {"서비스어카운트", "robot"}, {"서비스 계정", "robot"}, {"서비스_계정", "robot"},
		{"configmap", "settings"}, {"config-map", "settings"}, {"컨피그맵", "settings"}, {"secret", "credentials"}, {"시크릿", "credentials"},
		{"namespace", "dev"}, {"네임스페이스", "dev"}, {"image", "nginx:1.27"}, {"이미지", "nginx:1.27"},
		{"port", "80"}, {"포트", "80"}, {"replica", "3"}, {"개수", "3"}, {"갯수", "3"}, {"숫자", "3"}, {"count", "3"}, {"수", "3"},
		{"revision", "1"}, {"리비전", "1"}, {"버전", "1"}, {"file", "manifest.yaml"}, {"파일", "manifest.yaml"}, {"yaml", "manifest.yaml"},
		{"key", "env"}, {"키", "env"}, {"value", "prod"}, {"값", "prod"}, {"label", "app=web"}, {"라벨", "app=web"}, {"레이블", "app=web"},
		{"node", "worker-1"}, {"노드", "worker-1"}, {"container", "web"}, {"컨테이너", "web"},
		{"문자열", "hello"}, {"string", "hello"}, {"command", "date"}, {"명령", "date"},
	}
}

// boundName is what an object is called where nothing says more.
const boundName = "web"

// placeholderValue gives a placeholder a value, by its words and by the key or
// flag it belongs to.
func placeholderValue(word, context string) string {
	word, context = strings.ToLower(word), strings.ToLower(context)
	for _, w := range []string{word, context} {
		for _, m := range meanings() {
			if w != "" && strings.Contains(w, m.word) {
				return m.value
			}
		}
	}
	return boundName
}

// bind replaces the placeholders of a command; ok is false when something
// cannot have a value.
func bind(line string) (string, bool) {
	if strings.Contains(line, "...") || strings.Contains(line, "…") || strings.Contains(line, "생략") {
		return "", false
	}
	previous := ""
	line = placeholder.ReplaceAllStringFunc(line, func(p string) string {
		if strings.HasPrefix(p, "[") {
			return "" // an option that may be left out
		}
		return placeholderValue(strings.Trim(p, "{}<>$"), "")
	})
	words := strings.Fields(line)
	for i, w := range words {
		key, val, isPair := strings.Cut(w, "=")
		switch {
		case i > 1 && !strings.HasPrefix(w, "-") && wholeWord.MatchString(w):
			words[i] = placeholderValue(w, previous)
		case i > 1 && !strings.HasPrefix(w, "-") && strings.Count(w, "/") == 1 && wholeWord.MatchString(w[strings.IndexByte(w, '/')+1:]):
			kind, name, _ := strings.Cut(w, "/")
			words[i] = kind + "/" + placeholderValue(name, "")
		case isPair && wholeWord.MatchString(val) && val != "":
			words[i] = boundKey(key) + "=" + placeholderValue(val, key)
		}
		previous = strings.TrimLeft(w, "-")
	}
	line = strings.Join(words, " ")
	for _, r := range line {
		if r >= '가' && r <= '힣' {
			return "", false
		}
	}
	return line, true
}

// boundKey is the key of KEY=VALUE; flags stay.
func boundKey(key string) string {
	if !strings.HasPrefix(key, "-") && wholeWord.MatchString(key) {
		return placeholderValue(key, "")
	}
	return key
}
