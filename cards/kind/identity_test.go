package kind

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gieok/cards"
)

// A note whose sections and items were moved and whose sentences were reworded
// asks the same under the same IDs. What may differ is a question that the order
// of keys in a manifest decides, and one that rests on a coin.
func TestIDsSurvive(t *testing.T) {
	ids := map[string]map[cards.ID]bool{}
	for _, name := range []string{"old", "new"} {
		src, err := os.ReadFile("testdata/identity-" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = map[cards.ID]bool{}
		for _, c := range cardsOf(t, string(src), Options{}) {
			ids[name][c.ID] = true
		}
	}
	if len(ids["old"]) < 30 {
		t.Fatalf("only %d cards", len(ids["old"]))
	}
	var lost []string
	for id := range ids["old"] {
		if !ids["new"][id] {
			lost = append(lost, string(id))
		}
	}
	slices.Sort(lost)
	for _, id := range lost {
		if !strings.HasSuffix(id, "#truefalse") && !strings.Contains(id, "+outdent+") {
			t.Errorf("lost: %s", id)
		}
	}
	if len(lost) > 2 {
		t.Errorf("%d of %d IDs are lost: %v", len(lost), len(ids["old"]), lost)
	}
}

// A card whose thing is called otherwise keeps the first ID that the renames
// give it, unless the notes give that ID to another card.
func TestRenamesGiveTheFirstID(t *testing.T) {
	const note = "# 원고 상자\n- `kubectl get pods` 원고 상자에 든 파드의 목록을 본다\n"
	const now, first = cards.ID("원고-상자/command-for/kubectl-get#command"), cards.ID("초안-상자/command-for/kubectl-get#command")
	has := func(all []cards.Card, id cards.ID) bool {
		return slices.ContainsFunc(all, func(c cards.Card) bool { return c.ID == id })
	}
	if all := cardsOf(t, note, Options{}); !has(all, now) || has(all, first) {
		t.Fatal("the note gives another ID")
	}
	if all := cardsOf(t, note, Options{Renames: cards.Renames{now: first}}); has(all, now) || !has(all, first) {
		t.Error("the card has not its first ID")
	}
	both := note + "# 초안 상자\n- `kubectl get pods` 초안 상자에 든 파드의 목록을 본다\n"
	if all := cardsOf(t, both, Options{Renames: cards.Renames{now: first}}); !has(all, now) || !has(all, first) {
		t.Error("two cards with one ID")
	}
}
