package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gieok": main})
}

// TestScripts drives the program as a person does: exit status, stdout, stderr.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			for _, dir := range []string{"CONFIG", "DATA", "CACHE"} {
				e.Setenv("XDG_"+dir+"_HOME", e.WorkDir+"/.xdg/"+strings.ToLower(dir))
			}
			e.Setenv("HOME", e.WorkDir+"/.home")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"write-bytes": writeBytes,
			"no-control":  noControl,
		},
	})
}

// writeBytes writes a file of bytes that a txtar file cannot hold:
// write-bytes FILE nul|euckr|bom|crlf|escape|big.
func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: write-bytes FILE KIND")
	}
	content := map[string][]byte{
		"nul":    []byte("# 제목\n\x00- 파드: 최소 단위\n"),
		"euckr":  {'#', ' ', 0xc6, 0xc4, 0xb5, 0xe5, '\n', '-', ' ', 0xb3, 0xeb, 0xb5, 0xe5, ':', ' ', 0xbc, 0xad, 0xb9, 0xf6, '\n'},
		"bom":    []byte("\xef\xbb\xbf# Pod\n- 쿠버네티스의 가장 작은 배포 단위\n"),
		"crlf":   []byte("# Pod\r\n- 쿠버네티스의 가장 작은 배포 단위\r\n"),
		"escape": []byte("# Pod\n- 쿠버네티스의 가장 작은 \x1b[31m배포\x1b[0m 단위\x07\n- `livenessProbe` 살아 있는지 \x1b]0;title\x07검사하는 필드\n"),
		"big":    bytes.Repeat([]byte("- 파드: 가장 작은 단위\n"), 1<<20),
	}[args[1]]
	if content == nil {
		ts.Fatalf("write-bytes: unknown kind %s", args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o644))
}

// noControl fails if stdout or stderr of the last command holds a control
// character other than a line end.
func noControl(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range []string{"stdout", "stderr"} {
		for _, r := range ts.ReadFile(name) {
			if r < 0x20 && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 {
				ts.Fatalf("%s holds the control character %U", name, r)
			}
		}
	}
}
