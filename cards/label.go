package cards

import "fmt"

// Kinds lists the frozen kinds in the order in which decks and help name them.
func Kinds() []Kind {
	return []Kind{Basic, Reverse, Cloze, Choice, TrueFalse, Order, Command, YAMLPredict, YAMLFix, YAMLBlank, YAMLWrite, Diagnose}
}

// Label is what k is called before a learner, "" for a kind that there isn't.
func (k Kind) Label() string {
	switch k {
	case Basic:
		return "짧은 답"
	case Reverse:
		return "거꾸로 묻기"
	case Cloze:
		return "빈칸"
	case Choice:
		return "고르기"
	case TrueFalse:
		return "참·거짓"
	case Order:
		return "순서"
	case Command:
		return "명령"
	case YAMLPredict:
		return "결과 예측"
	case YAMLFix:
		return "매니페스트 고치기"
	case YAMLBlank:
		return "매니페스트 빈칸"
	case YAMLWrite:
		return "매니페스트 쓰기"
	case Diagnose:
		return "원인 찾기"
	}
	return ""
}

// Label is what s is called before a learner. A status that there isn't claims
// no more than the note.
func (s Status) Label() string {
	switch s {
	case Executed:
		return "실행으로 확인"
	case Contradicted:
		return "노트와 다름"
	}
	return "노트 그대로"
}

// String is the line of truth that every quiz, deck and check ends with.
func (t Truth) String() string {
	return fmt.Sprintf("%s %d · %s %d · %s %d",
		Executed.Label(), t.Executed, Stated.Label(), t.Stated, Contradicted.Label(), t.Contradicted)
}
