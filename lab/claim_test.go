package lab

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"gieok/parser"
)

// Sentences of testdata/claims.txt: those of an experiment are false, and found
// to be so by it; the others are true, and left alone.
func TestClaims(t *testing.T) {
	l := ownLab(t)
	f, err := os.Open("testdata/claims.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wrong, right := 0, 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, text, ok := strings.Cut(line, ": ")
		if !ok {
			t.Fatalf("no experiment in %q", line)
		}
		g, err := parser.Parse("note.md", []byte("# 쿠버네티스\n\n- "+text+"\n"), parser.Options{Glossary: l.words, Prose: true})
		if err != nil {
			t.Fatal(err)
		}
		got := "right"
		for i := range g.Sentences {
			p, found, err := l.Contradicts(t.Context(), g, &g.Sentences[i])
			if err != nil {
				t.Fatal(err)
			}
			if found {
				got = p.Name
			}
		}
		if got != name {
			t.Errorf("%s: found %s, want %s", text, got, name)
		}
		if name == "right" {
			right++
		} else {
			wrong++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if wrong < 80 || right < 80 {
		t.Errorf("%d false sentences and %d true ones: too few to judge by", wrong, right)
	}
}

// What one experiment shows, no other calls false.
func TestExperimentsAgree(t *testing.T) {
	all, err := ownLab(t).Experiments()
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		said := speak(&parser.Sentence{Text: all[i].Says})
		for j := range all {
			for k := range all[j].claims {
				if all[j].claims[k].in(&said) {
					t.Errorf("%s says what %s calls false: %s", all[i].Name, all[j].Name, all[i].Says)
				}
			}
		}
	}
}

// A claim is found in any order, spelling and spacing of its words, in one
// clause, and not where it is denied, doubted, asked or said of something else.
func TestClaimInSentences(t *testing.T) {
	v := newVocabulary(
		map[string][]string{"service": {"서비스", "Service"}, "account": {"서비스 어카운트"}, "node": {"노드", "Node"}, "port": {"노드포트"}},
		map[string][]string{"default": {"기본", "default"}},
	)
	c, err := readClaim("{service}, @default, 타입|type, !LoadBalancer, NodePort", v)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"서비스의 기본 타입은 NodePort이다.":               true,
		"**기본** `type`: Service는 NodePort":      true,
		"서비스어카운트의 기본 타입은 NodePort이다.":           false,
		"서비스의 기본 타입은 NodePorts2이다.":             false,
		"서비스의 기본 타입은 NodePort가 아니다.":            false,
		"흔한 오해: 서비스의 기본 타입은 NodePort이다.":        false,
		"서비스의 기본 타입은 NodePort인가?":               false,
		"서비스의 기본 타입은 ClusterIP이고 NodePort도 있다.": false,
		"NodePort와 달리 서비스의 기본 타입은 NodePort이다.":  false,
		"서비스의 기본 타입은 NodePort, LoadBalancer이다.": true, // the clause before the comma says it
		"적지 않으면 서비스의 기본 타입은 NodePort가 된다.":      true,
		"NodePort는 서비스의 기본 타입에 든다.":             false,
	} {
		said := speak(&parser.Sentence{Text: text})
		if got := c.in(&said); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
	for _, bad := range []string{"a", "a, !b", "{nobody}, a", "@none, a", "a, , b", "a, b, c, d, e, f, g, h, i"} {
		if _, err := readClaim(bad, v); err == nil {
			t.Errorf("%q is read as a claim", bad)
		}
	}
}
