package quiz

import (
	"regexp"
	"strings"
)

var (
	hostPattern   = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+){2,}\.?$`)
	latinPattern  = regexp.MustCompile(`^[\x21-\x7e]+( [\x21-\x7e]+)*$`)
	clauseEnding  = regexp.MustCompile(`(다|음|함|됨|임|기|위해|때문|때|까닭|것|후|전|경우)$`)
	askingPattern = regexp.MustCompile(`무엇|어떤|어느|어떻게|어디|언제|누가|누구|왜|몇|얼마|무슨|까닭|이유|적으라|적어라|쓰라|말하라|늘어놓`)
	countPattern  = regexp.MustCompile(`(두|세|네|다섯|여섯|2|3|4|5) ?(가지|항목|개|곳|필드|값|단계|종류|방법|것|명령|요소)|모두|각각|나열|함께 적`)
	truthStem     = regexp.MustCompile(`참인가|거짓인가|참/거짓|참 또는 거짓|O/X|OX|맞으면|옳으면`)
)

// commandNames begin a command line.
var commandNames = []string{"kubectl", "k", "docker", "echo", "printf", "kubeadm", "helm", "curl", "wget", "minikube", "kind", "crictl", "systemctl", "base64", "git", "go", "cat", "ls", "ssh", "sudo", "nslookup", "dig", "openssl", "make", "npm", "apt", "journalctl"}

// form is the given form, or the one that the answer and the stem show.
func (q Question) form() Form {
	if q.Form != Infer {
		return q.Form
	}
	answer := strings.TrimSpace(q.Answer)
	words := strings.Fields(answer)
	switch {
	case truthWord(answer) && (truthStem.MatchString(q.Stem) || answer == "참" || answer == "거짓"):
		return TruthForm
	case strings.Contains(answer, "\n") && strings.Contains(answer, ":"), strings.Contains(q.Stem, "YAML") && strings.Contains(answer, ": "):
		return YAMLForm
	case strings.HasPrefix(answer, "-") && len(words) == 1 && len(answer) > 1 && !isDigit(answer[1]):
		return OptionForm
	case len(words) > 1 && isCommandName(words[0]) && latinPattern.MatchString(answer):
		return CommandForm
	case strings.Contains(answer, "→") || strings.Contains(answer, "->"), strings.Contains(q.Stem, "순서대로") && len(splitItems(answer)) > 1:
		return OrderForm
	case isRange(answer):
		return RangeForm
	}
	if _, ok := parseQuantity(answer); ok {
		return NumberForm
	}
	if _, known := q.Terms.find(answer); known {
		return TermForm
	}
	switch {
	case hostPattern.MatchString(answer) && strings.ContainsAny(q.Stem, "이름소") && !strings.Contains(q.Stem, "필드"):
		return HostForm
	case len(splitItems(answer)) > 1 && (countPattern.MatchString(q.Stem) || len(words) <= 3 && !clauseEnding.MatchString(answer)):
		return ListForm
	case !askingPattern.MatchString(q.Stem) && clauseEnding.MatchString(answer) && strings.HasSuffix(strings.TrimRight(q.Stem, "? "), "가"):
		return PolarForm
	case clauseEnding.MatchString(answer) && strings.ContainsAny(answer, "가나다라마바사아자차카타파하기음함됨임") && !latinPattern.MatchString(answer) && isSentence(answer, words):
		return SentenceForm
	case len(words) > 2 && !latinPattern.MatchString(answer):
		return SentenceForm
	}
	return TermForm
}

// isSentence tells an answer with a predicate from a noun that ends like one.
func isSentence(answer string, words []string) bool {
	if strings.HasSuffix(answer, "다") && len([]rune(answer)) > 2 {
		return true
	}
	return len(words) > 1
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isCommandName(word string) bool {
	for _, name := range commandNames {
		if word == name {
			return true
		}
	}
	return false
}
