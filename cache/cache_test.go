package cache

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, dir string, limit int64) *Cache {
	t.Helper()
	c, err := Open(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, c *Cache, key, value string) {
	t.Helper()
	if err := c.Put(key, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

// state is key=value, or key- for a miss, of each key.
func state(c *Cache, keys ...string) string {
	var all []string
	for _, key := range keys {
		if b, ok := c.Get(key); ok {
			all = append(all, key+"="+string(b))
		} else {
			all = append(all, key+"-")
		}
	}
	return strings.Join(all, " ")
}

func TestPutGet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	c := open(t, dir, 1<<20)
	put(t, c, "one", "1")
	put(t, c, "../two/\x00", "")
	put(t, c, "one", "1 anew")
	if got := state(c, "one", "../two/\x00", "three"); got != "one=1 anew ../two/\x00= three-" {
		t.Errorf("%q", got)
	}
	if got := state(open(t, dir, 1<<20), "one"); got != "one=1 anew" {
		t.Errorf("opened again: %q", got)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 2 {
		t.Errorf("%d files for two entries", len(files))
	}
}

func TestOldestGoesFirst(t *testing.T) {
	dir := t.TempDir()
	limit := 3 * (headerBytes + 1)
	c := open(t, dir, limit)
	for _, key := range []string{"a", "b", "c"} {
		put(t, c, key, key)
	}
	put(t, c, "a", "A") // stored anew, so b is the oldest now
	put(t, c, "d", "d")
	if got := state(c, "a", "b", "c", "d"); got != "a=A b- c=c d=d" {
		t.Errorf("%q", got)
	}
	c = open(t, dir, limit) // the order outlives the process
	put(t, c, "e", "e")
	if got := state(c, "a", "c", "d", "e"); got != "a=A c- d=d e=e" {
		t.Errorf("after opening again: %q", got)
	}
	if got := folderBytes(t, dir); got > limit {
		t.Errorf("%d bytes, limit %d", got, limit)
	}
}

func folderBytes(t *testing.T, dir string) int64 {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, file := range files {
		if info, err := file.Info(); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

func TestLimits(t *testing.T) {
	if _, err := Open(t.TempDir(), 0); !errors.Is(err, ErrLimit) {
		t.Errorf("limit 0: %v", err)
	}
	dir := t.TempDir()
	c := open(t, dir, headerBytes+4)
	if err := c.Put("k", []byte("12345")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	put(t, c, "k", "1234")
	if got := state(c, "k"); got != "k=1234" {
		t.Errorf("%q", got)
	}
	c = open(t, dir, math.MaxInt64)
	if got := state(c, "k"); got != "k=1234" {
		t.Errorf("without limit: %q", got)
	}
}

func TestDamageIsAMiss(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, 1<<20)
	put(t, c, "key", "some bytes")
	path := filepath.Join(dir, fileName("key"))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string][]byte{"empty": {}, "longer": append(bytes.Clone(good), 'x')}
	for i := range good {
		flipped := bytes.Clone(good)
		flipped[i] ^= 1
		damage[fmt.Sprintf("bit flipped at %d", i)] = flipped
		damage[fmt.Sprintf("cut at %d", i)] = good[:i]
	}
	for name, data := range damage {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if b, ok := c.Get("key"); ok {
			t.Errorf("%s: got %q", name, b)
		}
	}
	// A good file under the name of another key.
	if err := os.WriteFile(filepath.Join(dir, fileName("other")), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := state(c, "other"); got != "other-" {
		t.Errorf("renamed: %q", got)
	}
	put(t, c, "key", "anew")
	if got := state(c, "key"); got != "key=anew" {
		t.Errorf("mended: %q", got)
	}
}

func TestForeignFilesStay(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), make([]byte, 500), 0o600); err != nil {
		t.Fatal(err)
	}
	stale, fresh := filepath.Join(dir, tempPrefix+"1"), filepath.Join(dir, tempPrefix+"2")
	for _, path := range []string{stale, fresh} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(fresh)
	if err != nil {
		t.Fatal(err)
	}
	old := info.ModTime().Add(-2 * staleTemp)
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	c := open(t, dir, 2*headerBytes)
	put(t, c, "a", "")
	put(t, c, "b", "")
	put(t, c, "c", "")
	for path, want := range map[string]bool{filepath.Join(dir, "notes.txt"): true, fresh: true, stale: false} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
}

func TestGoroutines(t *testing.T) {
	dir := t.TempDir()
	limit := 20 * (headerBytes + 100)
	a, b := open(t, dir, limit), open(t, dir, limit)
	var wait sync.WaitGroup
	for _, c := range []*Cache{a, b} {
		for g := range 4 {
			wait.Go(func() { churn(t, c, g) })
		}
	}
	wait.Wait()
	put(t, a, "last", "")
	if got := folderBytes(t, dir); got > limit+rescanPuts*(headerBytes+100) {
		t.Errorf("%d bytes, limit %d", got, limit)
	}
}

// churn puts and gets; a hit must have the bytes of its key.
func churn(t *testing.T, c *Cache, g int) {
	for i := range 60 {
		key := fmt.Sprintf("key %d", (i*7+g)%40)
		value := bytes.Repeat([]byte(key), 10)[:50]
		if err := c.Put(key, value); err != nil {
			t.Error(err)
			return
		}
		other := fmt.Sprintf("key %d", (i*11+g)%40)
		if b, ok := c.Get(other); ok && !bytes.Equal(b, bytes.Repeat([]byte(other), 10)[:50]) {
			t.Errorf("%s has %q", other, b)
		}
	}
}

const childDir = "GIEOK_CACHE_TEST_DIR"

// TestTwoProcesses runs churn here and in a second process on one folder.
func TestTwoProcesses(t *testing.T) {
	limit := 20 * (headerBytes + 100)
	if dir := os.Getenv(childDir); dir != "" {
		churn(t, open(t, dir, limit), 1)
		put(t, open(t, dir, limit), "from the child", "hello")
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestTwoProcesses$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	done := make(chan error, 1)
	go func() {
		out, err := child.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		done <- err
	}()
	c := open(t, dir, limit)
	churn(t, c, 0)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	put(t, c, "from the parent", "hi")
	got := state(c, "from the child", "from the parent")
	if got != "from the child=hello from the parent=hi" {
		t.Errorf("%q", got)
	}
}

func BenchmarkGet(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c, err := Open(b.TempDir(), 1<<30)
			if err != nil {
				b.Fatal(err)
			}
			if err := c.Put("key", make([]byte, size)); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, ok := c.Get("key"); !ok {
					b.Fatal("miss")
				}
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	for _, entries := range []int{10, 1000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			c, err := Open(b.TempDir(), int64(entries)*(headerBytes+1000))
			if err != nil {
				b.Fatal(err)
			}
			value := make([]byte, 1000)
			i := 0
			for b.Loop() {
				if err := c.Put(fmt.Sprint(i), value); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
