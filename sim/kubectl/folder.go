package kubectl

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A hostFolder is the private folder of the host in which kubectl finds the
// files of the desk: kubectl opens files by itself and cannot be told of
// others. It is the root of what kubectl sees and exists while one command
// runs.
type hostFolder struct {
	dir       string
	args      []string
	typed     []typedPath
	kustomize bool // paths in messages are absolute
	stdin     *os.File
	saved     *os.File
}

// A typedPath is how the learner wrote a path that kubectl knows by its place.
type typedPath struct{ place, typed string }

// fileFlag says which flags name files.
func fileFlag(name string) bool {
	switch name {
	case "-f", "--filename", "-k", "--kustomize", "--from-env-file", "--from-file", "--patch-file", "--cert", "--key", "--custom":
		return true
	}
	return false
}

// A fileArg is an argument that names files: value is that part of args[at].
type fileArg struct {
	flag   string
	at     int
	before string // what stands before the value in args[at]
	value  string
}

// fileArgs finds the arguments that name files.
func fileArgs(args []string) []fileArg {
	var found []fileArg
	fromTemplate := false
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			break
		}
		name, value, joined := cutFlag(args[i])
		if name == "-f" && verbOf(args) == "logs" {
			continue // follow
		}
		isOutput := name == "-o" || name == "--output"
		if !fileFlag(name) && !isOutput && name != "--template" {
			continue
		}
		a := fileArg{flag: name, at: i, value: value}
		if joined {
			a.before = strings.TrimSuffix(args[i], value)
		} else {
			if i+1 >= len(args) {
				break
			}
			i++
			a.at, a.value = i, args[i]
		}
		if isOutput {
			format, file, hasFile := strings.Cut(a.value, "=")
			if !formatFromFile(format) {
				continue
			}
			if !hasFile {
				fromTemplate = true
				continue
			}
			a.before, a.value = a.before+format+"=", file
		}
		found = append(found, a)
	}
	return slices.DeleteFunc(append(found, kustomizeArg(args)...), func(a fileArg) bool { return a.flag == "--template" && !fromTemplate })
}

// formatFromFile says which output formats are read from a file.
func formatFromFile(format string) bool {
	switch format {
	case "custom-columns-file", "jsonpath-file", "go-template-file", "templatefile":
		return true
	}
	return false
}

// kustomizeArg is the folder that `kubectl kustomize` names.
func kustomizeArg(args []string) []fileArg {
	if verbOf(args) != "kustomize" {
		return nil
	}
	at := slices.Index(args, "kustomize") + 1
	if at < len(args) && !strings.HasPrefix(args[at], "-") {
		return []fileArg{{flag: "-k", at: at, value: args[at]}}
	}
	return nil
}

// newHostFolder writes the desk's files, if args name any, and returns the
// arguments with their places. os.Stdin is the given text until remove.
func newHostFolder(args []string, stdin string, folder Folder) (*hostFolder, error) {
	h := &hostFolder{args: slices.Clone(args), saved: os.Stdin}
	named := fileArgs(args)
	if verbOf(args) == "kustomize" && len(kustomizeArg(args)) == 0 {
		h.args = append(h.args, ".")
		named = append(named, fileArg{flag: "-k", at: len(args), value: "."})
	}
	needsStdin := TakesInput(args)
	for _, a := range named {
		if a.value == "-" {
			needsStdin = true
			continue
		}
		if h.dir == "" {
			if err := h.make(folder); err != nil {
				h.remove()
				return nil, err
			}
		}
		h.kustomize = h.kustomize || a.flag == "-k" || a.flag == "--kustomize"
		h.args[a.at] = a.before + h.place(a.flag, a.value)
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

func (h *hostFolder) make(folder Folder) error {
	dir, err := os.MkdirTemp("", "gieok-desk-")
	if err != nil {
		return err
	}
	h.dir = dir
	// Kustomize names folders by where links lead.
	if h.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	return h.write(folder)
}

// cutFlag splits "--filename=x", "-f=x" and "-fx"; joined is false for a flag
// whose value is the next argument.
func cutFlag(arg string) (name, value string, joined bool) {
	if strings.HasPrefix(arg, "--") {
		name, value, joined = strings.Cut(arg, "=")
		return name, value, joined
	}
	for _, short := range []string{"-f", "-k", "-o"} {
		if rest, ok := strings.CutPrefix(arg, short); ok && rest != "" {
			return short, strings.TrimPrefix(rest, "="), true
		}
	}
	return arg, "", false
}

// deskPath is a path of the desk from its root, with nothing left that climbs.
func deskPath(name string) string {
	if !path.IsAbs(name) {
		name = path.Join(Dir, name)
	}
	return path.Clean(name)
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
		p := filepath.Join(h.dir, filepath.FromSlash(deskPath(v)))
		if strings.HasSuffix(v, "/") {
			p += "/"
		}
		if v != "." {
			h.typed = append(h.typed, typedPath{p, v})
		}
		out = append(out, p)
	}
	return key + strings.Join(out, ",")
}

func (h *hostFolder) write(folder Folder) error {
	if err := os.MkdirAll(filepath.Join(h.dir, Dir), 0o700); err != nil || folder == nil {
		return err
	}
	for _, name := range folder.Names() {
		text, _ := folder.Read(name)
		p := filepath.Join(h.dir, filepath.FromSlash(deskPath(name)))
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
	for _, t := range h.typed {
		text = strings.ReplaceAll(text, `"`+t.place+`"`, `"`+t.typed+`"`)
		text = strings.ReplaceAll(text, `failure on '`+t.place+`'`, `failure on '`+t.typed+`'`)
		if !h.kustomize {
			text = replaceWhole(text, t.place, t.typed)
		}
	}
	if h.kustomize {
		return strings.ReplaceAll(text, h.dir, "")
	}
	text = strings.ReplaceAll(text, h.dir+Dir+"/", "")
	text = strings.ReplaceAll(text, h.dir+Dir, ".")
	return strings.ReplaceAll(text, h.dir, "")
}

// replaceWhole replaces old where no longer path begins with it.
func replaceWhole(text, old, with string) string {
	var out strings.Builder
	for {
		i := strings.Index(text, old)
		if i < 0 {
			return out.String() + text
		}
		end := i + len(old)
		out.WriteString(text[:i])
		if end < len(text) && (text[end] == '/' || text[end] == '-' || text[end] == '_' || alphanumeric(text[end]) ||
			text[end] == '.' && end+1 < len(text) && alphanumeric(text[end+1])) {
			out.WriteString(old)
		} else {
			out.WriteString(with)
		}
		text = text[end:]
	}
}

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
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
