package serve

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// mark is the first line of a kubeconfig that may be replaced.
const mark = "# gieok serve: this file may be replaced and removed by gieok.\n"

// kubeconfigBytesMax bounds what is read of a file that stands in the way.
const kubeconfigBytesMax = 1 << 20

func (a access) kubeconfig() []byte {
	return fmt.Appendf(nil, `%sapiVersion: v1
kind: Config
current-context: gieok
clusters:
- name: gieok
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: gieok
  user:
    token: %s
contexts:
- name: gieok
  context:
    cluster: gieok
    user: gieok
    namespace: default
`, mark, a.url(), base64.StdEncoding.EncodeToString(a.pem), a.token)
}

// Reasons why a file is not written.
var (
	ErrForeign = errors.New("the file was not written by gieok serve")
	ErrHome    = errors.New("the kubeconfig of the home folder is never touched")
)

// WriteKubeconfig writes a kubeconfig that only its owner can read. It replaces
// a file of its own and no other; home names the home folder, "" if there is
// none, whose .kube it does not touch.
func WriteKubeconfig(name string, config []byte, home string) error {
	if err := outsideKube(name, home); err != nil {
		return err
	}
	err := writeNew(name, config)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if own, err := isOwn(name); err != nil {
		return err
	} else if !own {
		return fmt.Errorf("%s: %w", name, ErrForeign)
	}
	// Beside it and renamed, so that no reader meets half of it and no link is
	// followed.
	dir, err := os.MkdirTemp(filepath.Dir(name), ".gieok-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	temp := filepath.Join(dir, "config")
	if err := writeNew(temp, config); err != nil {
		return err
	}
	return os.Rename(temp, name)
}

// RemoveKubeconfig removes a kubeconfig if it is still as it was written.
func RemoveKubeconfig(name string, config []byte) error {
	b, err := readRegular(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(b, config) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(name)
}

func writeNew(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

func isOwn(name string) (bool, error) {
	b, err := readRegular(name)
	return bytes.HasPrefix(b, []byte(mark)), err
}

// readRegular reads a file, nothing of one that is none or a link.
func readRegular(name string) ([]byte, error) {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, kubeconfigBytesMax))
}

// outsideKube refuses names in the .kube of the home folder, by whatever path.
func outsideKube(name, home string) error {
	if home == "" {
		return nil
	}
	kube := resolved(filepath.Join(home, ".kube"))
	abs, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	in, err := filepath.Rel(kube, filepath.Join(resolved(filepath.Dir(abs)), filepath.Base(abs)))
	if err == nil && in != ".." && !strings.HasPrefix(in, ".."+string(filepath.Separator)) {
		return fmt.Errorf("%s: %w", name, ErrHome)
	}
	return nil
}

// resolved is a path without links, as far as it exists.
func resolved(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(resolved(dir), filepath.Base(path))
	}
	return path
}
