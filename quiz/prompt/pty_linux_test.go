package prompt

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openPTY makes a pseudo-terminal of 60 by 20 cells.
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { slave.Close() })
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 20, Col: 60}); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// A screen collects what a terminal shows.
type screen struct {
	t       *testing.T
	master  *os.File
	chunks  chan []byte
	written []byte // since the last until
	all     []byte
}

// until reads until what was written after the last call holds text.
func (s *screen) until(text string) {
	s.t.Helper()
	late := time.After(20 * time.Second)
	for {
		if i := bytes.Index(s.written, []byte(text)); i >= 0 {
			s.written = s.written[i+len(text):]
			return
		}
		select {
		case b, ok := <-s.chunks:
			if !ok {
				s.t.Fatalf("the program ended before %q: %q", text, s.written)
			}
			s.written, s.all = append(s.written, b...), append(s.all, b...)
		case <-late:
			s.t.Fatalf("no %q in %q", text, s.written)
		}
	}
}

func (s *screen) press(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// ptyEnv makes this test binary the program on the pseudo-terminal.
const ptyEnv = "GIEOK_TEST_ON_PTY"

// ptyProgram asks as a quiz does and says what it was answered.
func ptyProgram(t *testing.T) {
	p := New(Detect(os.Stdin, os.Stdout, os.Getenv))
	ctx := context.Background()
	fmt.Println("width", p.Width(), "keys", p.Interactive())
	for {
		reply, err := p.Choose(ctx, "고르기 ", "", []string{"하나", "둘", "셋"}, all)
		fmt.Printf("chosen %v %q %v\n", reply.Command, reply.Text, err)
		if reply.Command == Quit {
			os.Exit(0)
		}
		reply, err = p.Line(ctx, "답> ", "", all)
		fmt.Printf("typed %v %q %v\n", reply.Command, reply.Text, err)
	}
}

func TestOnAPseudoTerminal(t *testing.T) {
	if os.Getenv(ptyEnv) != "" {
		ptyProgram(t)
	}
	for _, noColor := range []string{"", "1"} { // with colours and without
		master, slave := openPTY(t)
		before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestOnAPseudoTerminal$")
		cmd.Env = append(os.Environ(), ptyEnv+"=1", "TERM=xterm-256color", "NO_COLOR="+noColor)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill() })
		s := &screen{t: t, master: master, chunks: make(chan []byte, 1024)}
		go func() {
			defer close(s.chunks)
			for {
				b := make([]byte, 4096)
				n, err := master.Read(b)
				if err != nil {
					return
				}
				s.chunks <- b[:n]
			}
		}()
		s.until("width 59 keys true")
		s.until("3) 셋")
		s.press("\x1b[B\r")
		s.until(`chosen 0 "둘" <nil>`)
		s.until("답> ")
		s.press("파드드\x7f 개수\x1b[H\x1b[3~포\x1b[F!\r")
		s.until(`typed 0 "포드 개수!" <nil>`)
		s.until("3) 셋")
		s.press("3RS\r") // the line is typed before it is asked for
		s.until(`chosen 0 "셋" <nil>`)
		s.until(`typed 0 "RS" <nil>`)
		s.until("3) 셋")
		s.press("?")
		s.until(`chosen 1 "" <nil>`)
		s.until("답> ")
		s.press("\x03") // Ctrl-C is a key here, no signal
		s.until(`typed 4 "" <nil>`)
		s.until("3) 셋")
		s.press("\x04")
		s.until(`chosen 4 "" <nil>`)
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if colored := regexp.MustCompile(`\x1b\[[0-9;]*m`).Match(s.all); colored == (noColor != "") {
			t.Errorf("NO_COLOR=%q, colours: %v", noColor, colored)
		}
		after, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if *before != *after {
			t.Errorf("the terminal was not put back: %+v, was %+v", *after, *before)
		}
	}
}

// The variables that turn colours and keys off.
func TestDetect(t *testing.T) {
	_, slave := openPTY(t)
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, c := range []struct {
		name              string
		in, out           *os.File
		env               string
		keys, color, echo bool
	}{
		{"terminal", slave, slave, "TERM=xterm", true, true, false},
		{"NO_COLOR", slave, slave, "NO_COLOR=1", true, false, false},
		{"dumb", slave, slave, "TERM=dumb", false, false, false},
		{"piped in", file, slave, "TERM=xterm", false, true, true},
		{"piped out", slave, file, "TERM=xterm", false, false, false},
		{"piped both ways", file, file, "", false, false, true},
	} {
		name, value, _ := strings.Cut(c.env, "=")
		o := Detect(c.in, c.out, func(k string) string {
			if k == name {
				return value
			}
			return ""
		})
		if o.Keys != c.keys || o.Color != c.color || o.Echo != c.echo {
			t.Errorf("%s: keys %v, color %v, echo %v; want %+v", c.name, o.Keys, o.Color, o.Echo, c)
		}
	}
}
