package lab

import (
	"context"

	"gieok/parser"
)

// A rule looks at one document of a snippet and at what the server said.
type rule struct {
	name    string
	refusal bool // it explains a refusal; the first that does is the last asked
	find    func(a *attempt) []Finding
}

// rules are asked in this order.
func rules() []rule {
	return []rule{
		{"stand-in", false, findStandIns},
		{"duplicate-key", false, findDuplicates},
		{"syntax", true, findSyntax},
		{"custom", true, findCustom},
		{"kind", true, findKind},
		{"unknown-field", true, findUnknownFields},
		{"type", true, findTypes},
		{"invalid", true, findInvalid},
		{"outside", true, findOutside},
		{"rejected", true, findRejected},
	}
}

// A note is one note with what the rules before found in it.
type note struct {
	lab   *Lab
	graph *parser.Graph
	found []Finding
}

// A noteRule looks at what a note says.
type noteRule struct {
	name string
	find func(ctx context.Context, n *note) ([]Finding, error)
}

// noteRules are asked in this order, after those of the snippets and commands.
func noteRules() []noteRule {
	return []noteRule{
		{"experiment", findContradictions},
		{"value", findWrongValues},
		{"default", findWrongDefaults},
		{"outdated", findOutdated},
		{"unit", findUnits},
		{"link", findLinks},
		{"term", findTerms},
	}
}
