package cards

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRenames(t *testing.T) {
	src := "# 사람이 읽는 말\n\na/r/k#basic -> b/r/k#basic\r\n b/r/k#basic  ->  c/r/k#basic \nx/r/k#cloze -> y/r/k#cloze\n"
	got, err := ReadRenames("n.ids.txt", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	want := Renames{"b/r/k#basic": "a/r/k#basic", "c/r/k#basic": "a/r/k#basic", "y/r/k#cloze": "x/r/k#cloze"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	again, err := ReadRenames("n.ids.txt", got.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, again); d != "" {
		t.Errorf("written and read again:\n%s", d)
	}
}

func TestRenamesNameTheLine(t *testing.T) {
	for src, want := range map[string]string{
		"# a\nfoo\n":                             "n:2:1: “처음ID -> 지금ID” 꼴이어야 합니다",
		"a/b/c#k -> a b/c/d#k\n":                 "n:1:1: “처음ID -> 지금ID” 꼴이어야 합니다",
		"a/b/c#k -> a/b/c#k\n":                   "n:1:1: 두 ID가 같습니다",
		"a/b/c#k -> x/b/c#k\nd/b/c#k->x/b/c#k":   "n:2:1: “처음ID -> 지금ID” 꼴이어야 합니다",
		"a/b/c#k -> x/b/c#k\nd/b/c#k -> x/b/c#k": "n:2:1: x/b/c#k의 처음 ID가 둘입니다",
	} {
		if _, err := ReadRenames("n", []byte(src)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", src, err)
		}
	}
	if _, err := ReadRenames("n", []byte("a/b/c#k -> d/b/c#k\nd/b/c#k -> a/b/c#k\n")); err != nil {
		t.Errorf("a circle: %v", err) // it ends, and each has the ID of the other
	}
}

func TestDiff(t *testing.T) {
	card := func(id, stem, answer string) Card { return Card{ID: ID(id), Stem: stem, Answer: answer} }
	old := []Card{
		card("pod/definition/pod#basic", "쿠버네티스의 가장 작은 배포 단위는 무엇인가?", "파드"),
		card("node/definition/node#basic", "컨테이너가 도는 컴퓨터는 무엇인가?", "노드"),
		card("labeling/purpose/select#basic", "라벨링 시스템에서 파드를 고르는 데 쓰는 것은 무엇인가?", "셀렉터"),
		card("gone/definition/x#basic", "이제 노트에 없는 것은 무엇인가?", "엑스"),
		card("same/definition/x#cloze", "그대로인 ____이다", "것"),
	}
	now := []Card{
		card("same/definition/x#cloze", "그대로인 ____이다", "것"),
		card("labels/purpose/select#basic", "라벨에서 파드를 고르는 데 쓰는 것은 무엇인가?", "셀렉터"),
		card("pod/definition/pod#basic", "쿠버네티스가 배포하는 가장 작은 단위는 무엇인가?", "파드"),
		card("node/definition/node#basic", "컨테이너가 도는 컴퓨터는 무엇인가?", "워커 노드"),
		card("fresh/definition/y#basic", "새로 적은 것은 무엇인가?", "와이"),
	}
	var got []string
	for _, c := range Diff(old, now) {
		line := c.What
		if c.Old != nil {
			line += " " + string(c.Old.ID)
		}
		if c.New != nil {
			line += " " + string(c.New.ID)
		}
		got = append(got, line+" "+strings.Join(c.Fields, ","))
	}
	want := []string{
		"renamed labeling/purpose/select#basic labels/purpose/select#basic stem",
		"changed pod/definition/pod#basic pod/definition/pod#basic stem",
		"changed node/definition/node#basic node/definition/node#basic answer",
		"added fresh/definition/y#basic ",
		"removed gone/definition/x#basic ",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if rest := Diff(now, now); len(rest) > 0 {
		t.Errorf("a deck differs from itself: %v", rest)
	}
}
