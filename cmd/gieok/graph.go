package main

import (
	"fmt"

	"gieok/korean"
	"gieok/output/graph"

	"github.com/spf13/cobra"
)

func newGraphCmd(app *App) *cobra.Command {
	format, notices := "json", false
	cmd := &cobra.Command{
		Use:     "graph [NOTE…]",
		Short:   "노트에서 읽은 개념 그래프를 보입니다",
		Long:    "개념, 사실, YAML, 명령, 순서와 그 자리를 보입니다. --notices는 알아듣지 못한 곳을 알립니다.",
		Example: "  gieok graph notes.md --format mermaid\n  gieok graph notes.md --notices",
		RunE:    func(_ *cobra.Command, args []string) error { return app.drawGraph(args, format, notices) },
	}
	cmd.Flags().StringVar(&format, "format", format, "json이나 mermaid")
	cmd.Flags().BoolVar(&notices, "notices", false, "알아듣지 못한 곳만 보입니다")
	return cmd
}

func (app *App) drawGraph(args []string, format string, notices bool) error {
	if format != "json" && format != "mermaid" {
		return fmt.Errorf("--format %s: json이나 mermaid여야 합니다", format)
	}
	glossary, err := loadGlossary()
	if err != nil {
		return err
	}
	g, err := app.graph(args, glossary)
	if err != nil {
		return err
	}
	switch {
	case notices:
		for _, n := range g.Notices {
			fmt.Fprintf(app.out, "%s: 알림: %s\n", korean.Printable(n.Span.Pos.String()), korean.Printable(n.Text))
		}
		return nil
	case format == "mermaid":
		return graph.Mermaid(app.out, g)
	}
	return graph.JSON(app.out, g)
}
