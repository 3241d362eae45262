package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"

	"gieok/korean"
	"gieok/parser"

	"github.com/spf13/cobra"
)

// newPlumbingCmd is for scripts: parts of the program that read and write JSON
// lines. Their forms stay as they are.
func newPlumbingCmd(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plumbing",
		Short: "스크립트에서 쓰는 명령입니다",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newJosaCmd(app))
	return cmd
}

func newJosaCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "josa",
		Short: "낱말 뒤에 오는 조사를 고릅니다",
		Long: `표준 입력에서 한 줄에 하나씩 {"word": "파드", "josa": "은/는"}을 읽고
{"got": "는"}을 씁니다. 다른 키는 읽지 않습니다.`,
		Example: `  echo '{"word": "80", "josa": "을/를"}' | gieok plumbing josa`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return app.josa() },
	}
}

// josaLineMax bounds one line of input, in bytes.
const josaLineMax = 1 << 20

func (app *App) josa() error {
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	reader := korean.Reader{Readings: parser.Readings(glossary)}
	lines := bufio.NewScanner(app.in)
	lines.Buffer(nil, josaLineMax)
	out := bufio.NewWriter(app.out)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var ask struct{ Word, Josa *string }
		if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
			return errors.Join(out.Flush(), fmt.Errorf("%d행: JSON 객체가 아닙니다: %w", n, err))
		}
		if ask.Word == nil || ask.Josa == nil {
			return errors.Join(out.Flush(), fmt.Errorf("%d행: word와 josa가 있어야 합니다", n))
		}
		if err := writeJSON(out, struct {
			Got string `json:"got"`
		}{reader.Josa(*ask.Word, *ask.Josa)}); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return errors.Join(out.Flush(), fmt.Errorf("표준 입력: %w", err))
	}
	return out.Flush()
}
