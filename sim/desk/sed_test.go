package desk

import (
	"context"
	"testing"

	"gieok/sim/kubectl"
)

type noKubectl struct{}

func (noKubectl) Run(context.Context, []string, string, kubectl.Folder) (kubectl.Result, error) {
	return kubectl.Result{}, nil
}

// TestSed compares with what GNU sed prints.
func TestSed(t *testing.T) {
	const text = "kind: Job\nspec:\n  image: nginx:1.27\n  cpu: \"64\" a+b a+b\n"
	for script, want := range map[string]string{
		`sed 's/^spec:/spec:\n  backoffLimit: 2/' f | sed -n 2,3p`: "spec:\n  backoffLimit: 2\n",
		`sed -n 's/"64"/"100m"/p' f`:                               "  cpu: \"100m\" a+b a+b\n",
		`sed -n 's/a+b/X/gp' f`:                                    "  cpu: \"64\" X X\n",
		`sed -n 's/a+b/X/2p' f`:                                    "  cpu: \"64\" a+b X\n",
		`sed -nE 's/(n[a-z]+):([0-9.]+)/\2 of \1 [&]/p' f`:         "  image: 1.27 of nginx [nginx:1.27]\n",
		`sed -n 's/\(ngi[a-z]*\):.*/$\1/p' f`:                      "  image: $nginx\n",
		`sed '/^ /d;s#Job#CronJob#' f`:                             "kind: CronJob\nspec:\n",
		`sed -e 1,2d -e '$d' f`:                                    "  image: nginx:1.27\n",
		`sed -n '/spec/,/cpu/p' f | wc -l`:                         "3\n",
		`sed -n '3,/x/p' f | wc -l`:                                "2\n",
		`sed -i 's/1.27/1.28/' f; sed -n /image/p f`:               "  image: nginx:1.28\n",
		`printf 'a/b' | sed 's/\//-/'`:                             "a-b",
		`printf 'NAME\n' | sed 's/name/x/I'`:                       "x\n",
		`printf 'one two three\n' | head -n1 | cut -d' ' -f1,3`:    "one three\n",
		`printf 'c\nb\na\nb\n' | sort -u | head -2`:                "a\nb\n",
		`printf '10\n9\n' | sort -n | tail -1`:                     "10\n",
		`printf 'a 1\nb 2\n' | awk '{print $2}'`:                   "1\n2\n",
		`printf 'a 1\nb 2\n' | awk 'NR>1 {print $1, $NF}'`:         "b 2\n",
		`printf 'a:1\n' | awk -F: '{print $2}'`:                    "1\n",
		`printf 'Abc\n' | tr 'a-z' 'A-Z'`:                          "ABC\n",
		`printf '"a"\n' | tr -d '"'`:                               "a\n",
		`printf 'x\n' | tee g h; cat g h; ls`:                      "x\nx\nx\nf\ng\nh\n",
		`rm f; ls`:                                                 "",
	} {
		d := New(noKubectl{})
		d.Put("f", text)
		res, err := d.Run(t.Context(), script)
		if err != nil || res.Stdout != want || res.Stderr != "" || res.Exit != 0 {
			t.Errorf("%s\n%q, %q, %d, %v, want %q", script, res.Stdout, res.Stderr, res.Exit, err, want)
		}
	}
	for _, script := range []string{`sed y/a/b/ f`, `sed s/a f`, `sed 's/\(/x/' f`, `sed 0p f`, `sed -z p f`, `sed p none`, `awk '{system("x")}' f`, `rm none`} {
		d := New(noKubectl{})
		d.Put("f", text)
		if res, err := d.Run(t.Context(), script); err != nil || res.Exit == 0 || res.Stderr == "" {
			t.Errorf("%s: %+v, %v, want a failure", script, res, err)
		}
	}
}
