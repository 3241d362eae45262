// Package cache keeps bytes by key on disk. Whatever is damaged, missing or
// foreign is a miss, never an error and never wrong bytes.
package cache

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// An entry file is magic, order (8 bytes, big endian), checksum (sha256 of
// order, key length, key and bytes), bytes. Its name is the sha256 of the key.
const (
	magic       = "gieokc1\n"
	headerBytes = int64(len(magic) + 8 + sha256.Size)
	tempPrefix  = ".new-"

	// rescanPuts bounds how long a Cache may not see what another process
	// stored: the folder is read again after this many Puts.
	rescanPuts = 64
	// staleTemp is how much older than a fresh file a temporary file must be
	// to be the rest of a killed process.
	staleTemp = time.Hour
)

// Errors of Open and Put.
var (
	ErrLimit    = errors.New("cache: limit must be above zero")
	ErrTooLarge = errors.New("cache: entry is larger than the whole cache may be")
)

// A Cache is a folder of entries. Its methods may be called from several
// goroutines, and several processes may use one folder: entries appear whole
// (temporary file, then rename), and a file that another process removed first
// is a miss.
type Cache struct {
	dir      string
	maxBytes int64

	mu      sync.Mutex
	entries map[string]entry // by file name; what the last scan and our own Puts saw
	total   int64
	last    uint64 // the highest order seen
	puts    int    // since the last scan
	scanned bool
}

type entry struct {
	order uint64
	size  int64
}

// Open uses dir, which is made if missing, readable for its owner only. The
// files of all entries together stay within maxBytes, apart from what other
// processes store during 64 Puts of this one.
func Open(dir string, maxBytes int64) (*Cache, error) {
	if maxBytes <= 0 {
		return nil, ErrLimit
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Cache{dir: dir, maxBytes: maxBytes}, nil
}

// Get gives the bytes of key. A damaged entry is removed and is a miss.
func (c *Cache) Get(key string) ([]byte, bool) {
	path := filepath.Join(c.dir, fileName(key))
	file, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	// One byte more than may be: a longer file can't be ours.
	data, err := io.ReadAll(io.LimitReader(file, limitAndOne(c.maxBytes)))
	if err != nil {
		return nil, false
	}
	if int64(len(data)) <= c.maxBytes && int64(len(data)) >= headerBytes && string(data[:len(magic)]) == magic {
		order := data[len(magic) : len(magic)+8]
		sum := data[len(magic)+8 : headerBytes]
		body := data[headerBytes:]
		if bytes.Equal(sum, checksum(order, key, body)) {
			return body, true
		}
	}
	_ = os.Remove(path) // a miss either way
	return nil, false
}

func limitAndOne(n int64) int64 {
	if n == math.MaxInt64 {
		return n
	}
	return n + 1
}

// Put stores b under key in place of what was there, and removes the entries
// that were stored first while all together are larger than the limit.
func (c *Cache) Put(key string, b []byte) error {
	size := headerBytes + int64(len(b))
	if size > c.maxBytes {
		return ErrTooLarge
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.scanned || c.puts >= rescanPuts {
		if err := c.scan(); err != nil {
			return err
		}
	}
	c.puts++
	c.last++
	name := fileName(key)
	written, err := c.write(name, key, c.last, b)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	c.total += size - c.entries[name].size
	c.entries[name] = entry{c.last, size}
	if c.puts == 1 { // right after a scan
		c.sweep(written)
	}
	return c.evict(name)
}

// write makes the file of an entry and tells when the file system says it was written.
func (c *Cache) write(name, key string, order uint64, b []byte) (written time.Time, err error) {
	file, err := os.CreateTemp(c.dir, tempPrefix)
	if err != nil {
		return written, err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	head := make([]byte, 0, headerBytes)
	head = append(head, magic...)
	head = binary.BigEndian.AppendUint64(head, order)
	head = append(head, checksum(head[len(magic):], key, b)...)
	if _, err = file.Write(head); err != nil {
		return written, err
	}
	if _, err = file.Write(b); err != nil {
		return written, err
	}
	info, err := file.Stat()
	if err != nil {
		return written, err
	}
	if err = file.Close(); err != nil {
		return written, err
	}
	return info.ModTime(), os.Rename(file.Name(), filepath.Join(c.dir, name))
}

// scan reads which entries lie in the folder. What is no entry is left alone.
func (c *Cache) scan() error {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	c.entries, c.total, c.puts, c.scanned = map[string]entry{}, 0, 0, true
	for _, file := range files {
		if !isEntryName(file.Name()) || !file.Type().IsRegular() {
			continue
		}
		e, err := readEntry(filepath.Join(c.dir, file.Name()))
		if err != nil {
			continue // gone meanwhile, or not readable for us
		}
		c.entries[file.Name()] = e
		c.total += e.size
		c.last = max(c.last, e.order)
	}
	return nil
}

// readEntry tells order and size of an entry file. A damaged one has order 0:
// it is the first to go. So has one with an order that can only be damage, as
// it would leave no higher one.
func readEntry(path string) (entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return entry{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return entry{}, err
	}
	e := entry{size: info.Size()}
	head := make([]byte, len(magic)+8)
	if _, err := io.ReadFull(file, head); err == nil && string(head[:len(magic)]) == magic {
		if order := binary.BigEndian.Uint64(head[len(magic):]); order < math.MaxUint64/2 {
			e.order = order
		}
	}
	return e, nil
}

// evict removes the entries with the lowest order until the rest is within the
// limit. The entry just stored stays.
func (c *Cache) evict(keep string) error {
	if c.total <= c.maxBytes {
		return nil
	}
	names := make([]string, 0, len(c.entries))
	for name := range c.entries {
		if name != keep {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.entries[a].order, c.entries[b].order), strings.Compare(a, b))
	})
	for _, name := range names {
		if c.total <= c.maxBytes {
			break
		}
		if err := os.Remove(filepath.Join(c.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cache: %w", err)
		}
		c.total -= c.entries[name].size
		delete(c.entries, name)
	}
	return nil
}

// sweep removes temporary files that a killed process left; now is when the
// file system wrote the newest file.
func (c *Cache) sweep(now time.Time) {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, file := range files {
		if !strings.HasPrefix(file.Name(), tempPrefix) {
			continue
		}
		if info, err := file.Info(); err == nil && now.Sub(info.ModTime()) > staleTemp {
			_ = os.Remove(filepath.Join(c.dir, file.Name()))
		}
	}
}

func fileName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func isEntryName(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 2*sha256.Size
}

// checksum holds the key, too: a file that was renamed answers for no other key.
func checksum(order []byte, key string, b []byte) []byte {
	h := sha256.New()
	h.Write(order)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(key))))
	io.WriteString(h, key)
	h.Write(b)
	return h.Sum(nil)
}
