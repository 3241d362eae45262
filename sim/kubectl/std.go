package kubectl

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
)

// stdFiles are the two files that a process's kubectl prints to, made once and
// used again by one command after the other, with process held. They have no
// name, so that nothing is left of them.
type stdFiles struct{ out, errOut *os.File }

func (s *stdFiles) open() error {
	for _, f := range []**os.File{&s.out, &s.errOut} {
		if *f == nil {
			made, err := os.CreateTemp("", "gieok-out-")
			if err != nil {
				return err
			}
			_ = os.Remove(made.Name()) // where a file in use keeps its name, it keeps this one
			*f = made
		}
		if err := rewind(*f); err != nil {
			return err
		}
	}
	return nil
}

func rewind(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// A stdCapture takes what kubectl prints, on its own streams and, where its
// code ignores those, on the process's. They are files, so that what goes to
// both keeps its order.
type stdCapture struct {
	out, errOut           *limited
	savedOut, savedErrOut *os.File
}

func captureStd(files *stdFiles) (*stdCapture, error) {
	if err := files.open(); err != nil {
		return nil, err
	}
	s := &stdCapture{out: &limited{f: files.out, room: outputBytesMax}, errOut: &limited{f: files.errOut, room: outputBytesMax},
		savedOut: os.Stdout, savedErrOut: os.Stderr}
	os.Stdout, os.Stderr = files.out, files.errOut
	return s, nil
}

// read returns what was printed.
func (s *stdCapture) read() (out, errOut string, err error) {
	out, err1 := s.out.text()
	errOut, err2 := s.errOut.text()
	return out, errOut, errors.Join(err1, err2)
}

// restore gives the process its streams back.
func (s *stdCapture) restore() { os.Stdout, os.Stderr = s.savedOut, s.savedErrOut }

// A limited file drops what goes over its room, in bytes.
type limited struct {
	mu    sync.Mutex
	f     *os.File
	room  int
	ended int // lines that were written
}

func (l *limited) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended += bytes.Count(p, []byte{'\n'})
	n := min(len(p), l.room)
	l.room -= n
	if _, err := l.f.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (l *limited) lines() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

func (l *limited) text() (string, error) {
	if _, err := l.f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(l.f, outputBytesMax))
	return string(b), err
}
