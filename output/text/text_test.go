package text

import (
	"errors"
	"strings"
	"testing"

	"gieok/cards"
)

func TestWrite(t *testing.T) {
	deck := cards.Deck{Title: "복습", Cards: []cards.Card{
		{
			Kind: cards.Choice, Topic: "파드", Stem: "이 매니페스트를 적용하고 1분 뒤 파드의 STATUS는 무엇일까? 이미지 이름이 틀렸다는 것을 눈여겨보고 답하세요.",
			Code: "kind: Pod\nspec:\n  containers: []\n", Choices: []string{"Running", "ImagePullBackOff"}, Answer: "ImagePullBackOff",
			Explanation: "이미지를 받지 못합니다.\x1b[2J", Source: cards.Source{File: "a.md", Line: 3, Col: 5},
			Evidence: cards.Evidence{Status: cards.Contradicted, Note: "실행됨\n  아마도"},
		},
		{Kind: cards.Basic, Stem: "가장 작은 단위는?", Answer: "파드", Accepted: []string{"파드", "pod", "pod"}},
	}}
	want := `복습

1. [고르기] 파드
    이 매니페스트를 적용하고 1분 뒤 파드의 STATUS는 무엇일까? 이미지 이름이
    틀렸다는 것을 눈여겨보고 답하세요.
        kind: Pod
        spec:
          containers: []
    1) Running
    2) ImagePullBackOff
    답: ImagePullBackOff
    풀이: 이미지를 받지 못합니다.
    근거: 노트와 다름 (a.md:3:5)
    노트:
        실행됨
          아마도

2. [짧은 답]
    가장 작은 단위는?
    답: 파드
    다른 답: pod
    근거: 노트 그대로

실행으로 확인 0 · 노트 그대로 1 · 노트와 다름 1
`
	var b strings.Builder
	if err := Write(&b, deck); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

type full struct{}

var errFull = errors.New("disk is full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteError(t *testing.T) {
	if err := Write(full{}, cards.Deck{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
