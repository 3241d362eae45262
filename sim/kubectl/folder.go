package kubectl

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A hostFolder is the private folder of the host in which kubectl finds the
// files of the desk: kubectl opens files by itself and cannot be told of
// others. It exists while one command runs.
type hostFolder struct {
	dir   string
	args  []string
	stdin *os.File
	saved *os.File
}

// fileFlags are the flags that name files.
func fileFlag(name string) bool {
	switch name {
	case "-f", "--filename", "-k", "--kustomize", "--from-env-file", "--from-file", "--patch-file", "--cert", "--key":
		return true
	}
	return false
}

// newHostFolder writes the desk's files, if args name any, and returns the
// arguments with their places. os.Stdin is the given text until remove.
func newHostFolder(args []string, stdin string, folder Folder) (*hostFolder, error) {
	h := &hostFolder{args: append([]string(nil), args...), saved: os.Stdin}
	needsFiles, needsStdin := false, false
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			break
		}
		name, value, joined := cutFlag(args[i])
		if !fileFlag(name) {
			continue
		}
		at := i
		if !joined {
			if i+1 >= len(args) {
				break
			}
			i++
			value, at = args[i], i
		}
		if value == "-" {
			needsStdin = true
			continue
		}
		needsFiles = true
		if h.dir == "" {
			dir, err := os.MkdirTemp("", "gieok-desk-")
			if err != nil {
				return nil, err
			}
			h.dir = dir
		}
		value = h.place(name, value)
		if joined {
			value = name + joint(args[at], name) + value
		}
		h.args[at] = value
	}
	if needsFiles {
		if err := h.write(folder); err != nil {
			h.remove()
			return nil, err
		}
	}
	if needsStdin {
		return h, h.setStdin(stdin)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		h.remove()
		return nil, err
	}
	h.stdin, os.Stdin = null, null
	return h, nil
}

// cutFlag splits "--filename=x", "-f=x" and "-fx"; joined is false for a flag
// whose value is the next argument.
func cutFlag(arg string) (name, value string, joined bool) {
	if strings.HasPrefix(arg, "--") {
		name, value, joined = strings.Cut(arg, "=")
		return name, value, joined
	}
	for _, short := range []string{"-f", "-k"} {
		if rest, ok := strings.CutPrefix(arg, short); ok && rest != "" {
			return short, strings.TrimPrefix(rest, "="), true
		}
	}
	return arg, "", false
}

// joint is what stands between the flag and its value.
func joint(arg, name string) string {
	if strings.HasPrefix(strings.TrimPrefix(arg, name), "=") {
		return "="
	}
	return ""
}

// place is where a value's path lies on the host; "key=path" keeps its key.
func (h *hostFolder) place(flag, value string) string {
	key := ""
	if flag == "--from-file" {
		if k, v, ok := strings.Cut(value, "="); ok {
			key, value = k+"=", v
		}
	}
	var out []string
	for _, v := range strings.Split(value, ",") {
		// Rooted first, so that ".." cannot climb out.
		p := filepath.Join(h.dir, filepath.FromSlash(path.Join("/", v)))
		if strings.HasSuffix(v, "/") {
			p += "/"
		}
		out = append(out, p)
	}
	return key + strings.Join(out, ",")
}

func (h *hostFolder) write(folder Folder) error {
	if folder == nil {
		return nil
	}
	for _, name := range folder.Names() {
		text, _ := folder.Read(name)
		p := filepath.Join(h.dir, filepath.FromSlash(path.Join("/", name)))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (h *hostFolder) setStdin(text string) error {
	f, err := os.CreateTemp("", "gieok-stdin-")
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	if _, err := f.Seek(0, 0); err != nil {
		return err
	}
	h.stdin, os.Stdin = f, f
	return nil
}

// restore gives messages the paths that the learner typed.
func (h *hostFolder) restore(text string) string {
	if h.dir == "" {
		return text
	}
	text = strings.ReplaceAll(text, h.dir+"/", "")
	return strings.ReplaceAll(text, h.dir, ".")
}

func (h *hostFolder) remove() {
	os.Stdin = h.saved
	if h.stdin != nil {
		_ = h.stdin.Close()
		if h.stdin.Name() != os.DevNull {
			_ = os.Remove(h.stdin.Name())
		}
	}
	if h.dir != "" {
		_ = os.RemoveAll(h.dir) // nothing there is of use to anybody
	}
}
