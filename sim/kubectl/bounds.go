package kubectl

import (
	"fmt"
	"strings"
)

// documentsMax bounds the documents of one file, or of the input. Each costs
// kubectl a request or two.
const documentsMax = 1000

// overlong says which of the files that args name holds more than that, "" if
// none does.
func overlong(args []string, stdin string, folder Folder) string {
	check := func(name, text string) string {
		if strings.Count("\n"+strings.TrimPrefix(text, "---"), "\n---") < documentsMax {
			return ""
		}
		return fmt.Sprintf("%s: more than %d documents, which is the limit of this simulator; divide the file", name, documentsMax)
	}
	for _, a := range fileArgs(args) {
		if a.flag != "-f" && a.flag != "--filename" {
			continue
		}
		for _, name := range strings.Split(a.value, ",") {
			if name == "-" {
				if refusal := check("standard input", stdin); refusal != "" {
					return refusal
				}
				continue
			}
			if refusal := eachUnder(folder, name, check); refusal != "" {
				return refusal
			}
		}
	}
	return ""
}

// eachUnder calls check for a file, or for those of a folder, until it says
// something.
func eachUnder(folder Folder, name string, check func(name, text string) string) string {
	if folder == nil {
		return ""
	}
	root := deskPath(name)
	for _, n := range folder.Names() {
		p := deskPath(n)
		if p != root && !strings.HasPrefix(p, root+"/") {
			continue
		}
		text, _ := folder.Read(n)
		if refusal := check(n, text); refusal != "" {
			return refusal
		}
	}
	return ""
}
