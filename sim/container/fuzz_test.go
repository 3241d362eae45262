package container

import (
	"testing"
	"time"
)

// Whatever the script, a process runs within its bounds, and a copy taken on
// the way ends as the original does.
func FuzzScript(f *testing.F) {
	for _, s := range scripts {
		f.Add(s, uint16(7000))
	}
	f.Add("for i in 1 2; do read x <<E\n$i\nE\necho ${x%1} $((i<<1)); done; exec 2>&1; [ a = b ] || cd /nope", uint16(0))
	f.Fuzz(func(t *testing.T, script string, cut uint16) {
		p, disk := launch(t, "busybox", "sh", "-c", script)
		p.Run(start().Add(time.Duration(cut)*time.Millisecond), disk)
		c, d := p.Clone(), World{Disk: disk.Disk.Clone()}
		end := start().Add(2 * time.Minute)
		p.Run(end, disk)
		c.Run(end, d)
		if dump(p) != dump(c) {
			t.Fatalf("the copy went another way:\n%s\n%s", dump(p), dump(c))
		}
	})
}
