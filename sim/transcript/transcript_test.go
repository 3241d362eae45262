package transcript

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNormaliseRules has one row a rule of the recordings.
func TestNormaliseRules(t *testing.T) {
	for _, c := range []struct{ name, cmd, input, text, want string }{
		{"line ends", "kubectl get x", "", "a\r\nb\r\n", "a\nb"},
		{"pem", "kubectl get x", "", "x\n-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\ny", "x\n<pem>\ny"},
		{"uid", "kubectl get x", "", "uid: 0f8fad5b-d9cb-469f-a165-70867728950e", "uid: <uid>"},
		{"time", "kubectl get x", "", `t: "2026-11-23T14:10:03Z"`, `t: "<time>"`},
		{"long time", "kubectl describe x", "", "Mon, 23 Nov 2026 14:10:03 +0000", "<time>"},
		{"klog", "kubectl run x", "", "W1123 14:10:03.123456    1234 helpers.go:12] old", "W<klog> helpers.go] old"},
		{"server", "kubectl cluster-info", "", "at https://127.0.0.1:6443", "at https://<server>"},
		{"diff's folders", "kubectl diff", "", "--- /tmp/LIVE-123/a", "--- /tmp/LIVE/a"},
		{"address", "kubectl get x", "", "ip: 10.244.0.5", "ip: <ip>"},
		{"address of the input", "kubectl get x", "clusterIP: 10.96.0.77", "ip: 10.96.0.77", "ip: 10.96.0.77"},
		{"version", "kubectl get x", "", `resourceVersion: "12"`, `resourceVersion: "<rv>"`},
		{"node port", "kubectl get x", "", "80:31234/TCP", "80:<nodeport>/TCP"},
		{"node port of the input", "kubectl get x", "nodePort: 31234", "80:31234/TCP", "80:31234/TCP"},
		{"hash and suffix", "kubectl get x", "", "web-69c6f74b8b-4ckbf", "web-<hash>-<rand>"},
		{"ages", "kubectl get pods", "", "NAME   AGE\na      5m3s\nb      <unknown>", "NAME  AGE\na  <age>\nb  <age>"},
		{"no ages outside a table", "kubectl get x", "", "wait 5m3s", "wait 5m3s"},
		{"random rows are sorted", "kubectl get pods", "", "web-zzzzz  1\nweb-bbbbb  0", "web-<rand>  0\nweb-<rand>  1"},
		{"rows that are asked to be sorted are not", "kubectl get pods --sort-by=.x", "", "web-zzzzz  1\nweb-bbbbb  0", "web-<rand>  1\nweb-<rand>  0"},
		{"labels", "kubectl label pod a --list", "", "b=1\na=2", "a=2\nb=1"},
	} {
		if got := Normalise(c.text, c.cmd, c.input); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func cases(t *testing.T) []*Case {
	t.Helper()
	files, err := filepath.Glob("../testdata/oracle/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	var out []*Case
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ReadCase(filepath.Base(f), b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// TestNormaliseIsIdempotent holds it over every recorded text: recordings are
// normalised already, and must stay as they are.
func TestNormaliseIsIdempotent(t *testing.T) {
	for _, c := range cases(t) {
		var input strings.Builder
		for _, f := range c.Files {
			input.WriteString(f.Text)
		}
		for _, s := range c.Steps {
			input.WriteString(s.Command + "\n")
		}
		for _, s := range c.Steps {
			for _, text := range []string{s.Stdout, s.Stderr} {
				once := Normalise(text, s.Command, input.String())
				if twice := Normalise(once, s.Command, input.String()); twice != once {
					t.Errorf("%s: %s: %s", c.Name, s.Command, cmp.Diff(once, twice))
				}
			}
		}
	}
}

func TestRecordingsRoundTrip(t *testing.T) {
	for _, c := range cases(t) {
		again, err := ReadCase(c.Name, Write(c.Transcript))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.Steps, again.Steps); d != "" {
			t.Errorf("%s: %s", c.Name, d)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"no script", "# t\n-- a --\nx\n", "no script"},
		{"a file after the script", "# t\n-- script --\n> a\n-- b --\nx\n", "must come last"},
		{"output first", "# t\n-- script --\nhello\n> a\n", "before the first command"},
		{"an unknown head", "# t\n# colour: red\n-- script --\n> a\n", "unknown line"},
		{"an unstable word", "# t\n# unstable: command x\n-- script --\n> a\n", "want `command N`"},
		{"too many commands", "# t\n-- script --\n" + strings.Repeat("> a\n", stepsMax+1), "more than"},
		{"too large", strings.Repeat("x", caseBytesMax+1), "larger than"},
	} {
		_, err := ReadCase(c.name, []byte(c.src))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzRoundTrip: whatever a command prints is read back as it was written.
func FuzzRoundTrip(f *testing.F) {
	f.Add("kubectl get pods", "NAME\na\n", "Warning: x\n\ny ", 1)
	f.Add("echo", "> a\n! b\n!\nexit 3\n-- c --\n\\d", "exit 2", 0)
	f.Fuzz(func(t *testing.T, command, out, errOut string, exit int) {
		if command == "" || strings.ContainsAny(command, "\r\n") || exit < 0 || strings.Contains(out+errOut, "\r") {
			t.Skip()
		}
		want := Step{Command: command, Stdout: strings.TrimSuffix(out, "\n"), Stderr: strings.TrimSuffix(errOut, "\n"), Exit: exit}
		c, err := ReadCase("x", Write(Transcript{Title: "t", Steps: []Step{{Command: command, Stdout: out, Stderr: errOut, Exit: exit}}}))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]Step{want}, c.Steps); d != "" {
			t.Error(d)
		}
	})
}
