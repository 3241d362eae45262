package main

import (
	"fmt"
	"io"

	"gieok/korean"
	"gieok/output/graph"
	"gieok/parser"

	"github.com/spf13/cobra"
)

func newGraphCmd(app *App) *cobra.Command {
	format, notices := "json", false
	cmd := &cobra.Command{
		Use:     "graph [NOTE…]",
		Short:   "노트에서 읽은 개념 그래프를 보입니다",
		Long:    "개념, 사실, YAML, 명령, 순서와 그 자리를 보입니다. --notices는 알아듣지 못한 곳을 알립니다.",
		Example: "  gieok graph notes.md --format svg > notes.svg\n  gieok graph notes.md --notices",
		RunE:    func(_ *cobra.Command, args []string) error { return app.drawGraph(args, format, notices) },
	}
	cmd.Flags().StringVar(&format, "format", format, "json, mermaid, dot, svg")
	cmd.Flags().BoolVar(&notices, "notices", false, "알아듣지 못한 곳만 보입니다")
	return cmd
}

func (app *App) drawGraph(args []string, format string, notices bool) error {
	draw, ok := map[string]func(io.Writer, *parser.Graph) error{
		"json": graph.JSON, "mermaid": graph.Mermaid, "dot": graph.DOT, "svg": graph.SVG,
	}[format]
	if !ok {
		return fmt.Errorf("--format %s: json, mermaid, dot, svg 가운데 하나여야 합니다", format)
	}
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	g, err := app.graph(args, glossary)
	if err != nil {
		return err
	}
	if !notices {
		return draw(app.out, g)
	}
	for _, n := range g.Notices {
		fmt.Fprintf(app.out, "%s: 알림: %s\n", korean.Printable(n.Span.Pos.String()), korean.Printable(n.Text))
	}
	return nil
}
