package kind

import (
	"fmt"
	"slices"
	"strings"

	"gieok/cards"
)

// A maker plans the cards of one kind.
type maker struct {
	kind cards.Kind
	plan func(*book) []draft
}

// makers is every question kind, in the order in which the cards of one line
// of a note stand in a deck.
func makers() []maker {
	return []maker{
		{cards.Reverse, planReverse},
		{cards.Basic, planBasic},
		{cards.Basic, planAsked(cards.Basic)},
		{cards.Cloze, planCloze},
		{cards.Choice, planChoice},
		{cards.TrueFalse, planTrueFalse},
		{cards.Order, planOrder},
		{cards.Command, planCommand},
		{cards.Command, planAsked(cards.Command)},
		{cards.YAMLPredict, planYAMLPredict},
		{cards.YAMLPredict, planAsked(cards.YAMLPredict)},
		{cards.YAMLFix, planYAMLFix},
		{cards.YAMLBlank, planYAMLBlank},
		{cards.YAMLWrite, planYAMLWrite},
		{cards.Diagnose, planDiagnose},
	}
}

// Names are the kinds that can be asked for, in the order of makers.
func Names() []string {
	var names []string
	for _, m := range makers() {
		names = append(names, string(m.kind))
	}
	return slices.Compact(names)
}

// checkKinds refuses kinds that nothing makes.
func checkKinds(names []string) error {
	known := Names()
	for _, n := range names {
		if !slices.Contains(known, n) {
			return fmt.Errorf("모르는 종류 %q: %s 가운데서 고르세요", n, strings.Join(known, ", "))
		}
	}
	return nil
}
