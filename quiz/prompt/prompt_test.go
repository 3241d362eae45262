package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"gieok/korean"
)

// all takes every command.
var all = Commands{Hint: true, Flag: true, Undo: true}

// keyboard is a Prompt as on a terminal of the given width, with keys typed
// ahead all at once, and what it wrote.
func keyboard(keys string, columns int) (*Prompt, *bytes.Buffer) {
	var out bytes.Buffer
	return New(Options{In: strings.NewReader(keys), Out: &out, Keys: true,
		Size: func() (int, int) { return columns, 24 }}), &out
}

func pipe(lines string) (*Prompt, *bytes.Buffer) {
	var out bytes.Buffer
	return New(Options{In: strings.NewReader(lines), Out: &out, Echo: true}), &out
}

func TestLineEditing(t *testing.T) {
	const (
		left, right, home, end, del = "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F", "\x1b[3~"
		homeO, endO, home1, end4    = "\x1bOH", "\x1bOF", "\x1b[1~", "\x1b[4~"
	)
	for _, c := range []struct{ name, keys, want string }{
		{"plain", "kubectl get pods", "kubectl get pods"},
		{"Korean", "레플리카셋", "레플리카셋"},
		{"backspace takes a syllable", "파드드\x7f", "파드"},
		{"Ctrl-H", "파드드\x08", "파드"},
		{"delete in the middle", "파드드" + left + del, "파드"},
		{"delete at the end does nothing", "파드" + del + "!", "파드!"},
		{"home", "드" + home + "파", "파드"},
		{"home as SS3", "드" + homeO + "파", "파드"},
		{"home as 1~", "드" + home1 + "파", "파드"},
		{"end", "파" + home + end + "드", "파드"},
		{"end as SS3", "파" + homeO + endO + "드", "파드"},
		{"end as 4~", "파" + home1 + end4 + "드", "파드"},
		{"arrows with modifiers", "ac\x1b[1;5Db", "abc"},
		{"left and right past the ends", "b" + left + left + "a" + right + right + right + "c", "abc"},
		{"up and down do nothing", "a\x1b[A\x1b[Bb", "ab"},
		{"Ctrl-A, Ctrl-E, Ctrl-K", "abc\x01\x0bd\x05e", "de"},
		{"Ctrl-U", "abc\x1b[D\x15", "c"},
		{"Ctrl-W", "get  파드들 \x17po", "get  po"},
		{"Ctrl-D deletes in a line", "abc\x01\x04", "bc"},
		{"decomposed syllables compose", "\u1112\u1161\u11ab", "한"},
		{"Alt keys and unknown sequences", "a\x1bxb\x1b[15~c\x1b[200d", "abc"},
		{"a paste with line feeds is one line", "\x1b[200~kubectl get pods \n  -A\n\x1b[201~", "kubectl get pods    -A"},
		{"controls in a paste go", "\x1b[200~a\x07\x1b]0;x\x07b\x1b[201~", "a]0;xb"},
		{"broken UTF-8", "a\xff\xfeb", "ab"},
		{"C1 control", "a\u009bb", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, out := keyboard(c.keys+"\r", 80)
			reply, err := p.Line(context.Background(), "> ", "", all)
			if err != nil || reply != (Reply{Text: c.want}) {
				t.Errorf("%+v, %v; want %q\nscreen %q", reply, err, c.want, out)
			}
		})
	}
}

func TestLineCommands(t *testing.T) {
	for _, c := range []struct {
		typed string
		take  Commands
		want  Reply
	}{
		{"?", all, Reply{Command: Hint}},
		{"？", all, Reply{Command: Hint}},
		{"!", all, Reply{Command: Flag}},
		{" ! 답이 틀렸어요 ", all, Reply{Command: Flag, Text: "답이 틀렸어요"}},
		{":u", all, Reply{Command: Undo}},
		{":ㅕ", all, Reply{Command: Undo}},
		{":q", Commands{}, Reply{Command: Quit}},
		{":ㅂ", all, Reply{Command: Quit}},
		{"?", Commands{}, Reply{Text: "?"}},
		{"!", Commands{Hint: true}, Reply{Text: "!"}},
		{"!important", all, Reply{Text: "!important"}},
		{"q", all, Reply{Text: "q"}},
		{"", all, Reply{}},
	} {
		p, _ := keyboard(c.typed+"\r", 80)
		if got, err := p.Line(context.Background(), "> ", "", c.take); err != nil || got != c.want {
			t.Errorf("keys %q: %+v, %v; want %+v", c.typed, got, err, c.want)
		}
		p, _ = pipe(c.typed + "\n")
		if got, err := p.Line(context.Background(), "> ", "", c.take); err != nil || got != c.want {
			t.Errorf("pipe %q: %+v, %v; want %+v", c.typed, got, err, c.want)
		}
	}
}

func TestChooseByKeys(t *testing.T) {
	items := []string{"Always", "Never", "OnFailure"}
	for _, c := range []struct {
		name, keys string
		take       Commands
		want       Reply
	}{
		{"enter", "\r", all, Reply{Text: "Always"}},
		{"down", "\x1b[B\r", all, Reply{Index: 1, Text: "Never"}},
		{"down past the end, up", "\x1b[B\x1b[B\x1b[B\x1b[B\x1b[A\r", all, Reply{Index: 1, Text: "Never"}},
		{"number", "3", all, Reply{Index: 2, Text: "OnFailure"}},
		{"a number too high", "42", all, Reply{Index: 1, Text: "Never"}},
		{"end and home", "\x1b[F\x1b[H\r", all, Reply{Text: "Always"}},
		{"end", "\x1b[4~\r", all, Reply{Index: 2, Text: "OnFailure"}},
		{"delete does not end it", "\x1b[3~2", all, Reply{Index: 1, Text: "Never"}},
		{"backspace and letters do nothing", "\x7fxh/\r", all, Reply{Text: "Always"}},
		{"hint", "?", all, Reply{Command: Hint}},
		{"flag", "\x1b[B!", all, Reply{Command: Flag}},
		{"undo", "u", all, Reply{Command: Undo}},
		{"undo, keyboard in Korean", "ㅕ", all, Reply{Command: Undo}},
		{"undo not taken", "u2", Commands{}, Reply{Index: 1, Text: "Never"}},
		{"quit", "q", Commands{}, Reply{Command: Quit}},
		{"Ctrl-C", "\x03", all, Reply{Command: Quit}},
		{"Ctrl-D", "\x04", all, Reply{Command: Quit}},
		{"end of input", "\x1b[B", all, Reply{Command: Quit}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, out := keyboard(c.keys, 80)
			got, err := p.Choose(context.Background(), "고르세요 ", "1-3", items, c.take)
			if err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v\nscreen %q", got, err, c.want, out)
			}
			if strings.Contains(out.String(), "\a") {
				t.Error("the bell rang")
			}
		})
	}
}

// Everything is typed before the first question is up; nothing may be lost
// between lists, lines and confirmations.
func TestTypedAheadIsNotLost(t *testing.T) {
	const rounds = 20
	p, out := keyboard(strings.Repeat("2\x1b[B\rReplicaSet\r\r:q\r", rounds), 80)
	ctx := context.Background()
	for i := range rounds {
		a, err1 := p.Choose(ctx, "", "", []string{"하나", "둘", "셋"}, all)
		b, err2 := p.Choose(ctx, "", "", []string{"하나", "둘", "셋"}, all)
		c, err3 := p.Line(ctx, "> ", "", all)
		yes, _, err4 := p.Confirm(ctx, "셀까요?", all)
		d, err5 := p.Line(ctx, "> ", "", all)
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
			t.Fatal(err)
		}
		if a.Text != "둘" || b.Text != "둘" || c.Text != "ReplicaSet" || !yes || d.Command != Quit {
			t.Fatalf("round %d: %+v %+v %+v %v %+v\n%q", i, a, b, c, yes, d, out)
		}
	}
}

func TestChooseThroughAPipe(t *testing.T) {
	items := []string{"Always", "Never", "80"}
	for _, c := range []struct {
		lines string
		want  Reply
	}{
		{"2\n", Reply{Index: 1, Text: "Never"}},
		{" 2) \r\n", Reply{Index: 1, Text: "Never"}},
		{"２\n", Reply{Index: 1, Text: "Never"}},
		{"never\n", Reply{Index: 1, Text: "Never"}},
		{"80\n", Reply{Index: 2, Text: "80"}},
		{"4\n\n0\n1\n", Reply{Index: 0, Text: "Always"}},
		{"3", Reply{Index: 2, Text: "80"}},
		{"!\n", Reply{Command: Flag}},
		{":q\n", Reply{Command: Quit}},
	} {
		p, out := pipe(c.lines)
		if got, err := p.Choose(context.Background(), "번호", "", items, all); err != nil || got != c.want {
			t.Errorf("%q: %+v, %v; want %+v", c.lines, got, err, c.want)
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("escape sequences in a pipe: %q", out)
		}
	}
	p, _ := pipe("")
	if got, err := p.Choose(context.Background(), "번호", "", items, all); err != nil || got.Command != Quit {
		t.Errorf("end of input: %+v, %v; want Quit", got, err)
	}
}

func TestConfirm(t *testing.T) {
	for typed, want := range map[string]bool{
		"": true, "y": true, "Y": true, "ㅛ": true, "네": true, "ㅇㅇ": true,
		"n": false, "ㅜ": false, "아니요": false, "ㄴ": false, "글쎄\nn": false, "뭐\ny": true,
	} {
		p, _ := pipe(typed + "\n")
		if yes, reply, err := p.Confirm(context.Background(), "셀까요?", all); err != nil || yes != want || reply.Command != NoCommand {
			t.Errorf("%q: %v, %+v, %v; want %v", typed, yes, reply, err, want)
		}
	}
	p, _ := pipe("")
	if _, reply, err := p.Confirm(context.Background(), "셀까요?", all); err != nil || reply.Command != Quit {
		t.Errorf("end of input: %+v, %v; want Quit", reply, err)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  Reply
	}{
		{"kind: Pod\n?\n\n.\nrest\n", Reply{Text: "kind: Pod\n?\n"}},
		{"kind: Pod\nmetadata: {}", Reply{Text: "kind: Pod\nmetadata: {}"}},
		{"?\n", Reply{Command: Hint}},
		{"kind: Pod\n:q\n", Reply{Command: Quit}},
		{"", Reply{Command: Quit, Text: endOfInput}},
	} {
		p, _ := pipe(c.typed)
		if got, err := p.Text(context.Background(), "| ", all); err != nil || got != c.want {
			t.Errorf("%q: %+v, %v; want %+v", c.typed, got, err, c.want)
		}
	}
}

// screen plays back what was written, as a terminal of one line would.
func lastLine(written string) (text string, cursor int) {
	var line []rune // one entry a cell; 0 is the right half of a wide rune
	at := 0
	sequence := regexp.MustCompile(`^\x1b\[(\??\d*)([A-Za-z])`)
	for s := written; s != ""; {
		if m := sequence.FindStringSubmatch(s); m != nil {
			switch n := len(m[1]); m[2] {
			case "K":
				line = line[:min(at, len(line))]
			case "C":
				steps := 0
				for i := range n {
					steps = steps*10 + int(m[1][i]-'0')
				}
				at += steps
			}
			s = s[len(m[0]):]
			continue
		}
		r := []rune(s)[0]
		s = s[len(string(r)):]
		if r == '\r' {
			at = 0
			continue
		}
		for range korean.RuneWidth(r) {
			for len(line) <= at {
				line = append(line, ' ')
			}
			line[at] = r
			r = 0
			at++
		}
	}
	return strings.ReplaceAll(string(line), "\x00", ""), at
}

// A Korean line longer than the screen scrolls in cells and never wraps, and
// the cursor stands where the next syllable is composed.
func TestLongKoreanLineStaysOnItsLine(t *testing.T) {
	for _, columns := range []int{24, 41, 80} {
		var keys string
		for i := range 60 {
			keys += string(rune('가' + i*28))
			p, out := keyboard(keys, columns)
			reply, err := p.Line(context.Background(), "답> ", "", all)
			if err != nil || reply.Command != Quit { // the keys end without Enter
				t.Fatal(reply, err)
			}
			written, _, _ := strings.Cut(out.String(), "\r\n")
			text, cursor := lastLine(written)
			if w := korean.Width(text); w >= columns || cursor != w {
				t.Fatalf("%d columns, %d syllables: %d cells, cursor at %d: %q", columns, i+1, w, cursor, text)
			}
			if !strings.HasPrefix(text, "답> ") || !strings.HasSuffix(text, keys[len(keys)-3:]) {
				t.Fatalf("%d columns: %q", columns, text)
			}
		}
	}
}

// A long question stands above the line, so that there is room to type.
func TestLongLabelLeavesRoom(t *testing.T) {
	p, out := keyboard("파드\r", 40)
	reply, err := p.Line(context.Background(), "무엇이 이상한가요? 그냥 Enter를 눌러도 돼요> ", "", all)
	if err != nil || reply.Text != "파드" {
		t.Fatal(reply, err)
	}
	above, line, _ := strings.Cut(out.String(), "\x1b[?2004h")
	if strings.Join(strings.Fields(above), " ") != "무엇이 이상한가요? 그냥 Enter를 눌러도 돼요" || !strings.HasPrefix(line, "\r> ") {
		t.Errorf("above %q, line %q", above, line)
	}
}

// An item wider than the screen is written out above the list and cut in it.
func TestChooseCutsWideItems(t *testing.T) {
	long := strings.Repeat("컨테이너가 비정상 종료하면 ", 6) + "다시 시작한다"
	p, out := keyboard("2", 40)
	got, err := p.Choose(context.Background(), "고르세요", "", []string{"짧다", long}, all)
	if err != nil || got.Index != 1 || got.Text != long {
		t.Fatalf("%+v, %v", got, err)
	}
	plain := regexp.MustCompile(`\x1b\[[?0-9;]*[A-Za-z]`).ReplaceAllString(out.String(), "")
	for _, line := range strings.FieldsFunc(plain, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if korean.Width(line) >= 40 {
			t.Errorf("%d cells: %q", korean.Width(line), line)
		}
	}
	list, _, _ := strings.Cut(plain, "고르세요")
	if words := strings.Join(strings.Fields(list), ""); !strings.Contains(words, strings.Join(strings.Fields(long), "")) {
		t.Errorf("the whole item is nowhere: %q", list)
	}
}

// Notes are not trusted: whatever they hold, only our own escape sequences get out.
func TestNothingHostileReachesTheTerminal(t *testing.T) {
	evil := "a\x1b]0;title\x07b\x1b[2Jc\u009b31md\r\ne\u202ef"
	for _, color := range []bool{false, true} {
		var out bytes.Buffer
		p := New(Options{In: strings.NewReader("1\r" + "x\r"), Out: &out, Keys: true, Color: color})
		ctx := context.Background()
		p.Println(Span{Bad, evil})
		p.Paragraph(Good, "  ", evil)
		p.Status(evil)
		if _, err := p.Choose(ctx, evil, evil, []string{evil, "{{ .Evil }}"}, all); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Line(ctx, evil, evil, all); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"\x1b]", "\x1b[2J\x1b", "title", "\u009b", "\u202e", "\x07", "\x1b[2Jc"} {
			if strings.Contains(out.String(), bad) {
				t.Errorf("color %v: %q reached the terminal: %q", color, bad, out.String())
			}
		}
		if !color && regexp.MustCompile(`\x1b\[[0-9;]*m`).MatchString(out.String()) {
			t.Errorf("colour without leave: %q", out.String())
		}
	}
}

// A question that waits ends when its context does, and what is typed later
// belongs to the next question.
func TestContextEndsAQuestion(t *testing.T) {
	for _, keys := range []bool{false, true} {
		r, w := io.Pipe()
		p := New(Options{In: r, Out: io.Discard, Keys: keys})
		for _, ask := range []func(context.Context) (Reply, error){
			func(ctx context.Context) (Reply, error) { return p.Line(ctx, "> ", "", all) },
			func(ctx context.Context) (Reply, error) { return p.Choose(ctx, "", "", []string{"a", "b"}, all) },
		} {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			reply, err := ask(ctx)
			cancel()
			if err != nil || reply.Command != Quit {
				t.Errorf("keys %v: %+v, %v; want Quit", keys, reply, err)
			}
		}
		go io.WriteString(w, "파드\r\n")
		reply, err := p.Line(context.Background(), "> ", "", all)
		if err != nil || reply.Text != "파드" {
			t.Errorf("keys %v: %+v, %v; want 파드", keys, reply, err)
		}
	}
}

func TestWriteErrorsComeBack(t *testing.T) {
	want := errors.New("full")
	for _, keys := range []bool{false, true} {
		p := New(Options{In: strings.NewReader("1\r1\r1\r"), Out: failing{want}, Keys: keys})
		if _, err := p.Line(context.Background(), "> ", "", all); !errors.Is(err, want) {
			t.Errorf("Line, keys %v: %v", keys, err)
		}
		if _, err := p.Choose(context.Background(), "", "", []string{"a"}, all); !errors.Is(err, want) {
			t.Errorf("Choose, keys %v: %v", keys, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
