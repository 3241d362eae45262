package korean_test

import (
	"slices"
	"strings"
	"testing"

	"gieok/korean"
)

func TestJosaByRule(t *testing.T) {
	for _, row := range []struct{ word, pair, want string }{
		{"StatefulSet", "을/를", "을"}, {"DaemonSet", "은/는", "은"}, {"Deployment", "이/가", "가"},
		{"kubelet", "이/가", "이"}, {"etcd", "은/는", "는"}, {"Namespace", "와/과", "와"},
		{"replicas", "를/을", "를"}, {"`kubectl describe`", "으로/로", "로"}, {"500m", "으로/로", "으로"},
		{"1Gi", "이다/다", "다"}, {"8080", "이라고/라고", "이라고"}, {"base64", "은/는", "는"},
		{"[라벨](https://example.com)", "으로/로", "로"}, {"CPU", "은/는", "는"}, {"OOM", "이/가", "이"},
		{"PVCs", "은/는", "는"}, {"clusterIP", "을/를", "를"}, {"1,000", "이/가", "이"}, {"1000000000000", "이/가", "가"},
		{"0.5", "은/는", "는"}, {"sleep", "을/를", "을"}, {"rollout", "이/가", "이"}, {"webhook", "이/가", "이"},
		{"task", "이/가", "가"}, {"check", "이/가", "가"}, {"tag", "을/를", "를"}, {"string", "으로/로", "으로"},
		{"volume", "은/는", "은"}, {"module", "으로/로", "로"}, {"ENTRYPOINT", "은/는", "는"}, {"파드(", "은/는", "는"},
	} {
		if got := korean.Josa(row.word, row.pair); got != row.want {
			t.Errorf("%s %s: got %s, want %s", row.word, row.pair, got, row.want)
		}
	}
	reader := korean.Reader{Readings: map[string]string{"ing": "아이엔지"}}
	if got := reader.With("ing", "은/는"); got != "ing는" {
		t.Errorf("a reading of the glossary is not heeded: %s", got)
	}
}

func TestPlain(t *testing.T) {
	for _, row := range [][2]string{
		{"파드가 생성됨", "파드가 생성된다"}, {"로그 확인 가능", "로그를 확인할 수 있다"}, {"자동 생성", "자동 생성한다"}, {"ConfigMap 수정", "ConfigMap을 수정한다"}, {"외부 네트워크 접근 가능", "외부 네트워크에 접근할 수 있다"}, {"오류 발생", "오류가 발생한다"}, {"삭제한 후 생성", "삭제한 후 생성한다"}, {"**바꿀 수 없음**", "**바꿀 수 없다**"}, {"[링크](#어디)", "[링크](#어디)"}, {"비교: 교체", "비교: 교체한다"}, {"접근 불가", "접근할 수 없다"},
		{"접근이 가능", "접근이 가능하다"}, {"볼륨으로 사용", "볼륨으로 사용한다"}, {"노드에 배치함", "노드에 배치한다"},
		{"쓸 수 없음", "쓸 수 없다"}, {"그림자가 있음", "그림자가 있다"}, {"하나의 파드임", "하나의 파드다"}, {"작은 잡임", "작은 잡이다"},
		{"IP를 받음", "IP를 받는다"}, {"복제본을 만듦", "복제본을 만든다"}, {"권한 필요", "권한이 필요하다"}, {"권한이 필요함", "권한이 필요하다"},
		{"필요하지 않음", "필요하지 않다"}, {"보장하지 않음", "보장하지 않는다"}, {"값이 같음", "값이 같다"}, {"앞의 것과 다름", "앞의 것과 다르다"},
		{"서로 나눔", "서로 나눈다"}, {"새 주소를 가짐", "새 주소를 가진다"}, {"이미 끝났음", "이미 끝났다"}, {"작은 상자", "작은 상자다"},
		{"리눅스의 이름", "리눅스의 이름이다"}, {"모든 것을 관리한다.", "모든 것을 관리한다."}, {"무엇인가?", "무엇인가?"},
		{"파드를 다시 시작(기본값)", "파드를 다시 시작한다(기본값)"}, {"다루기 쉬움", "다루기 쉽다"}, {"고정되지 않은 볼륨", "고정되지 않은 볼륨이다"},
		{"느리기 때문", "느리기 때문이다"}, {"값을 바꿈", "값을 바꾼다"}, {"기본은 Always", "기본은 Always다"}, {"먼저 지워야 함", "먼저 지워야 한다"},
		{"상태를 나타냄", "상태를 나타낸다"}, {"볼 수 있게 보임", "볼 수 있게 보인다"}, {"컨테이너로부터", "컨테이너로부터"}, {"예:", "예:"},
	} {
		if got := korean.Plain(row[0]); got != row[1] {
			t.Errorf("%s: got %s, want %s", row[0], got, row[1])
		}
	}
}

func TestModifier(t *testing.T) {
	for _, row := range [][2]string{
		{"노드에서 관리됨", "노드에서 관리되는"}, {"파드를 만든다", "파드를 만드는"}, {"필요함", "필요한"}, {"키가 같음", "키가 같은"},
		{"쓸 수 있음", "쓸 수 있는"}, {"순서를 보장하지 않는다.", "순서를 보장하지 않는"}, {"설정 변경", "설정을 변경하는"},
		{"다루기 쉽다", "다루기 쉬운"}, {"최소 단위이다", "최소 단위인"}, {"이미 삭제했음", "이미 삭제한"}, {"IP를 받는다", "IP를 받는"},
	} {
		if got, ok := korean.Modifier(row[0]); !ok || got != row[1] {
			t.Errorf("%s: got %q %v, want %s", row[0], got, ok, row[1])
		}
	}
	for _, s := range []string{"", "왜 필요한가?", "예:", "되겠음", "사용(선택)"} {
		if got, ok := korean.Modifier(s); ok {
			t.Errorf("%q has no safe modifier, got %q", s, got)
		}
	}
}

func TestStripJosa(t *testing.T) {
	for _, row := range [][3]string{
		{"파드는", "파드", "는"}, {"파드에서는", "파드", "에서는"}, {"볼륨으로", "볼륨", "으로"}, {"라벨로", "라벨", "로"},
		{"Pod을", "Pod", "을"}, {"80으로", "80", "으로"}, {"노드의", "노드", "의"}, {"키와", "키", "와"}, {"이미지는", "이미지", "는"},
		{"잡이라고", "잡", "이라고"}, {"서비스부터", "서비스", "부터"}, {"컨테이너들", "컨테이너", "들"}, {"메모리는", "메모리", "는"},
		{"정의", "정의", ""}, {"추가", "추가", ""}, {"경로", "경로", ""}, {"하는", "하는", ""}, {"관리되는", "관리되는", ""}, {"결과", "결과", ""},
		{"차이", "차이", ""}, {"별도", "별도", ""}, {"많은", "많은", ""}, {"가", "가", ""}, {"파드", "파드", ""}, {"정의를", "정의", "를"}, {"결과는", "결과", "는"},
		{"마이크로", "마이크로", ""}, {"게이트웨이", "게이트웨이", ""}, {"게이트웨이가", "게이트웨이", "가"},
	} {
		stem, particle := korean.StripJosa(row[0])
		if stem != row[1] || particle != row[2] {
			t.Errorf("%s: got %s+%s, want %s+%s", row[0], stem, particle, row[1], row[2])
		}
	}
}

func TestKeyboard(t *testing.T) {
	for _, row := range [][2]string{{"vkem", "파드"}, {"epahstpt", "데몬셋"}, {"rkqtdl", "값이"}, {"RkclEjr", "까치떡"}, {"dhkTek", "왔다"}} {
		if got := korean.FromKeys(row[0]); got != row[1] {
			t.Errorf("%s: got %s, want %s", row[0], got, row[1])
		}
	}
	for _, row := range [][2]string{{"ㅔㅐㅇ", "pod"}, {"파드", "vkem"}, {"읽다", "dlfrek"}, {"ㅜㅐㅇㄷ-1", "node-1"}} {
		if got := korean.ToKeys(row[0]); got != row[1] {
			t.Errorf("%s: got %s, want %s", row[0], got, row[1])
		}
	}
}

func TestDistance(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{{"파드", "파트", 1}, {"데몬셋", "데먼셋", 1}, {"값", "갑", 1}, {"pod", "pdo", 1}, {"", "가", 2}, {"같다", "같다", 0}, {"노드", "파드", 2}} {
		if got := korean.JamoDistance(row.a, row.b); got != row.want {
			t.Errorf("%s, %s: got %d, want %d", row.a, row.b, got, row.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for _, row := range [][2]string{
		{"가\x1b[31m나\x1b[0m다", "가나다"}, {"\x1b]0;제목\x07본문", "본문"}, {"\x1b]8;;x\x1b\\링크", "링크"}, {"가\r\n나\t다", "가\n나    다"},
		{"\u202e거꾸로\u202c", "거꾸로"}, {"\u009b2J남음", "남음"}, {"\x1b]닫히지 않음\n다음 줄", "\n다음 줄"}, {"\x1bc초기화", "초기화"},
		{"끝\x1b", "끝"}, {"\x1b[\x1b[31m겹침", "겹침"}, {"\x00\x08\x7f", ""},
	} {
		if got := korean.Printable(row[0]); got != row[1] {
			t.Errorf("%q: got %q, want %q", row[0], got, row[1])
		}
	}
}

func TestNormal(t *testing.T) {
	if got := korean.NFKC("ｐｏｄ　ㅔㅐㅇ"); got != "pod ㅔㅐㅇ" {
		t.Errorf("NFKC: %q", got)
	}
	if got := korean.NFC("\u1111\u1161\u1103\u1173"); got != "파드" {
		t.Errorf("NFC: %q", got)
	}
	if got := korean.Visible("파\u200b드\ufeff"); got != "파드" {
		t.Errorf("Visible: %q", got)
	}
}

func TestWidth(t *testing.T) {
	for _, row := range []struct {
		s    string
		want int
	}{{"파드", 4}, {"Pod는", 5}, {"e\u0301", 1}, {"\u1111\u1161\u1103\u1173", 4}, {"한\u200b글", 4}, {"“→”", 3}, {"漢字", 4}} {
		if got := korean.Width(row.s); got != row.want {
			t.Errorf("%q: got %d cells, want %d", row.s, got, row.want)
		}
	}
	for _, row := range []struct {
		s     string
		cells int
		want  string
	}{{"파드는", 5, "파드"}, {"파드", 4, "파드"}, {"e\u0301a", 1, "e\u0301"}, {"가", 1, ""}} {
		if got := korean.Cut(row.s, row.cells); got != row.want {
			t.Errorf("%q to %d: got %q, want %q", row.s, row.cells, got, row.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, row := range []struct {
		s     string
		cells int
		want  []string
	}{
		{"파드는 작은 단위다", 10, []string{"파드는", "작은", "단위다"}},
		{"파드는 작은 단위다", 12, []string{"파드는 작은", "단위다"}},
		{"가나다라마바사", 6, []string{"가나다", "라마바", "사"}},
		{"가나다라마.", 10, []string{"가나다라", "마."}},
		{"livenessProbe", 6, []string{"livene", "ssProb", "e"}},
		{"한 줄\n두 줄", 20, []string{"한 줄", "두 줄"}},
		{"가나(다라)", 5, []string{"가나", "(다", "라)"}},
		{"", 5, []string{""}},
	} {
		if got := korean.Wrap(row.s, row.cells); !slices.Equal(got, row.want) {
			t.Errorf("%q to %d: got %q, want %q", row.s, row.cells, got, row.want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("파드는 작은 단위다. (그렇다)", 7)
	f.Add("a b  c\n\n가나다라마바사아", 4)
	f.Fuzz(func(t *testing.T, s string, cells int) {
		cells = 1 + (cells%80+80)%80
		s = strings.ToValidUTF8(s, "?")
		lines := korean.Wrap(s, cells)
		unspaced := func(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }
		if got, want := unspaced(strings.Join(lines, "")), unspaced(s); got != want {
			t.Fatalf("runes were lost: %q became %q", want, got)
		}
		for _, line := range lines {
			trimmed := strings.TrimRight(line, " ")
			if korean.Width(trimmed) > cells && korean.Cut(trimmed, cells) != "" && korean.Width(trimmed) > max(cells, 2) {
				t.Fatalf("line %q is wider than %d", line, cells)
			}
		}
	})
}

func FuzzKeyboard(f *testing.F) {
	f.Add("파드와 값을 읽었다 ㅔㅐㅇ")
	f.Add("닭이 뷁ㅢ")
	f.Fuzz(func(t *testing.T, s string) {
		// Only syllables: lone jamo next to each other join, as they do at a keyboard.
		syllables := strings.Map(func(r rune) rune {
			if korean.IsSyllable(r) || r == ' ' {
				return r
			}
			return -1
		}, s)
		if got := korean.FromKeys(korean.ToKeys(syllables)); got != syllables {
			t.Fatalf("%q was typed and read back as %q", syllables, got)
		}
		if got := korean.Compose(korean.Jamo(syllables)); got != syllables {
			t.Fatalf("%q was taken apart and became %q", syllables, got)
		}
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("가\x1b[31m나\x1b]0;t\x07")
	f.Fuzz(func(t *testing.T, s string) {
		got := korean.Printable(s)
		for _, r := range got {
			if r != '\n' && (r < 0x20 || r >= 0x7F && r <= 0x9F) {
				t.Fatalf("control %U survived in %q", r, got)
			}
		}
		if again := korean.Printable(got); again != got {
			t.Fatalf("not stable: %q, then %q", got, again)
		}
	})
}

func FuzzJosa(f *testing.F) {
	for _, word := range []string{"파드(Pod)", "`-l`", "25%", "", "((", "v1", "1,000"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		got := korean.Josa(word, "은/는")
		if got != "은" && got != "는" {
			t.Fatalf("%q: %q is no form of the pair", word, got)
		}
		if turned := korean.Josa(word, "는/은"); turned != got {
			t.Fatalf("%q: the order of the pair changes the form", word)
		}
		korean.Plain(word)
		korean.Modifier(word)
		stem, particle := korean.StripJosa(word)
		if stem+particle != word {
			t.Fatalf("%q came apart as %q and %q", word, stem, particle)
		}
	})
}
