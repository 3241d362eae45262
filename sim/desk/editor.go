package desk

import (
	"context"
	"fmt"
	"strings"

	"gieok/sim/kubectl"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/shell"
)

// editorOf is the program that kubectl would start as its editor: a command
// line, "" for none.
func editorOf(env expand.Environ) string {
	for _, name := range []string{"KUBE_EDITOR", "EDITOR"} {
		if v := env.Get(name); v.Exported && v.String() != "" {
			return v.String()
		}
	}
	return ""
}

// editable is the desk's folder with an editor: a program of the desk, as in
// KUBE_EDITOR="sed -i s/1.26/1.27/", or else whoever sits at the terminal.
type editable struct {
	*Folder
	program string
	byHand  func(ctx context.Context, text string) (string, error)
}

// editFile is where a program finds the text.
const editFile = "/tmp/kubectl-edit.yaml"

// Edit lets the editor change a text.
func (e *editable) Edit(ctx context.Context, text string) (string, error) {
	if e.program == "" {
		if e.byHand == nil {
			return "", kubectl.ErrNoEditor
		}
		return e.byHand(ctx, text)
	}
	words, err := shell.Fields(e.program, func(string) string { return "" })
	if err != nil || len(words) == 0 {
		return "", fmt.Errorf("unable to launch the editor %q", e.program)
	}
	f := tools()[words[0]]
	if f == nil {
		return "", fmt.Errorf("unable to launch the editor %q: %s is not part of this desk, but sed -i is", words[0], words[0])
	}
	files := newFolder()
	files.Write(editFile, text)
	var errOut strings.Builder
	if f(tool{stdin: strings.NewReader(""), out: &bounded{max: outputBytesMax}, errOut: &errOut, files: files}, append(words[1:], editFile)) != 0 {
		return "", fmt.Errorf("there was a problem with the editor %q: %s", words[0], strings.TrimSpace(errOut.String()))
	}
	text, _ = files.Read(editFile)
	return text, nil
}
