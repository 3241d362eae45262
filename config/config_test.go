package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	src := `# 내 설정
[notes]
paths = ["~/notes", "more", "/srv/k8s/", "~"]

[review]
retention = 0.85
rollover_hour = 5
max_interval_days = 365
new_per_day = 0

[quiz]
count = 7
`
	got, err := Parse("/home/kim/.config/gieok/config.toml", []byte(src), "/home/kim")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Notes:  Notes{Paths: []string{"/home/kim/notes", "/home/kim/.config/gieok/more", "/srv/k8s", "/home/kim"}},
		Review: Review{Retention: 0.85, RolloverHour: 5, MaxIntervalDays: 365, NewPerDay: 0},
		Quiz:   Quiz{Count: 7},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"unknown key", "[review]\nretention = 0.9\n  retension = 0.8\n",
			`c.toml:3:3: 모르는 설정 키 "review.retension" (혹시 "review.retention"?)`},
		{"unknown table", "[quiz]\ncount = 3\n\n[ colours ]\nred = 1\n",
			`c.toml:4:3: 모르는 설정 키 "colours"`},
		{"key in the wrong table", "[quiz]\nretention = 0.9\n",
			`c.toml:2:1: 모르는 설정 키 "quiz.retention" (혹시 "review.retention"?)`},
		{"key without its table", "count = 3\n",
			`c.toml:1:1: 모르는 설정 키 "count" (혹시 "quiz.count"?)`},
		{"the first of several", "[quiz]\nzeta = 1\nalpha = 2\n",
			`c.toml:2:1: 모르는 설정 키 "quiz.zeta"`},
		{"dotted key", "quiz.counts = 3\n",
			`c.toml:1:1: 모르는 설정 키 "quiz.counts" (혹시 "quiz.count"?)`},
		{"quoted Korean key", "[quiz]\n\"개수\" = 3\n",
			`c.toml:2:1: 모르는 설정 키 "quiz.개수"`},
		{"text that looks like a key", "[notes]\npaths = [\n\"\"\"a\ncolor = 1\n\"\"\"]\n[quiz]\ncolor = 1\n",
			`c.toml:7:1: 모르는 설정 키 "quiz.color"`},
		{"retention too high", "[review]\nretention = 0.99\n",
			`c.toml:2:1: review.retention은 0.70에서 0.97 사이여야 합니다: 0.99`},
		{"retention too low", "[review]\nretention = 0.69\n",
			`c.toml:2:1: review.retention은 0.70에서 0.97 사이여야 합니다: 0.69`},
		{"retention not a number", "[review]\nretention = nan\n",
			`c.toml:2:1: review.retention은 0.70에서 0.97 사이여야 합니다: NaN`},
		{"rollover hour", "[review]\nrollover_hour = 24\n",
			`c.toml:2:1: review.rollover_hour는 0에서 23 사이여야 합니다: 24`},
		{"interval", "[review]\nmax_interval_days = 0\n",
			`c.toml:2:1: review.max_interval_days는 1에서 36500 사이여야 합니다: 0`},
		{"new cards", "[review]\nnew_per_day = -1\n",
			`c.toml:2:1: review.new_per_day는 0에서 1000 사이여야 합니다: -1`},
		{"count", "[quiz]\n\tcount = 0\n",
			`c.toml:2:2: quiz.count는 1에서 1000 사이여야 합니다: 0`},
		{"empty path", "[notes]\npaths = [\"\"]\n",
			`c.toml:2:1: notes.paths에 빈 경로가 있습니다`},
		{"text for a number", "[quiz]\n# 개수\ncount = \"세 개\"\n", `c.toml:3:1: quiz.count에는 정수를 적어야 합니다`},
		{"a broken number", "[review]\nrollover_hour = 4.5\n", `c.toml:2:1: review.rollover_hour에는 정수를 적어야 합니다`},
		{"one path without a list", "[notes]\npaths = \"~/notes\"\n", `c.toml:2:1: notes.paths에는 따옴표로 묶은 경로의 목록을 적어야 합니다`},
		{"a number as a path", "[notes]\npaths = [\"a\", 1]\n", `c.toml:2:1: notes.paths에는 따옴표로 묶은 경로의 목록을 적어야 합니다`},
		{"a value for a table", "review = 3\n", `c.toml:1:1: review에는 [review] 표를 적어야 합니다`},
		{"not UTF-8", "[notes]\n# \xb0\xa1\n", `c.toml: 설정 파일이 UTF-8이 아닙니다`},
		{"too big", strings.Repeat("#\n", 1<<20), `c.toml: 설정 파일이 1 MiB보다 큽니다`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("c.toml", []byte(c.src), "/home/kim")
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
		})
	}
}

// What TOML itself refuses carries the TOML package's words at the right place.
func TestParseRefusesBrokenTOML(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"broken", "[quiz]\ncount 3\n", "c.toml:2:"},
		{"twice", "[quiz]\ncount = 3\ncount = 4\n", "c.toml:3:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("c.toml", []byte(c.src), "/home/kim")
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("error %v, want it to start with %s", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "toml: ") {
				t.Errorf("error is not one clean line: %q", err)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	got, err := Load(filepath.Join(dir, "none.toml"), "/home/kim")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Error("without a file:", diff)
	}
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("\xef\xbb\xbf[quiz]\r\ncount = 5\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err = Load(path, "/home/kim"); err != nil || got.Quiz.Count != 5 {
		t.Errorf("count %d, error %v; want 5", got.Quiz.Count, err)
	}
	if _, err = Load(dir, "/home/kim"); err == nil || !strings.HasPrefix(err.Error(), dir+": 설정 파일을 읽을 수 없습니다: ") {
		t.Errorf("a folder in the file's place: %v", err)
	}
}

func TestPaths(t *testing.T) {
	env := map[string]string{"XDG_CONFIG_HOME": "/etc/kim", "XDG_DATA_HOME": "relative"}
	got := Paths(func(k string) string { return env[k] }, "/home/kim")
	want := Dirs{
		Config: "/etc/kim/gieok/config.toml",
		Data:   "/home/kim/.local/share/gieok",
		Cache:  "/home/kim/.cache/gieok",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.Log() != "/home/kim/.local/share/gieok/review.db" || got.Flags() != "/home/kim/.local/share/gieok/flags.jsonl" {
		t.Errorf("log %s, flags %s", got.Log(), got.Flags())
	}
}
