package cards

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Renames give a card the ID that it had before its note was changed, so that
// what was learned goes on with it. They are keyed by the ID that the notes give
// now.
type Renames map[ID]ID

// renamesMax bounds the lines of a file of renames.
const renamesMax = 100_000

const renamesHead = `# 노트를 고쳐 ID가 달라진 카드입니다. 왼쪽이 처음 ID, 오른쪽이 지금 ID입니다.
# 오른쪽 카드는 왼쪽 ID로 남은 학습 기록을 이어받습니다. 줄을 지우면 새 카드가 됩니다.
`

// ReadRenames reads lines of "OLD -> NEW"; # begins a comment. A chain leads to
// its first ID. Errors name name, line and column.
func ReadRenames(name string, src []byte) (Renames, error) {
	old := Renames{}
	lines := bufio.NewScanner(bytes.NewReader(src))
	n := 0
	for lines.Scan() {
		if n++; n > renamesMax {
			return nil, fmt.Errorf("%s:%d:1: 줄이 %d개를 넘습니다", name, n, renamesMax)
		}
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "# ") || line == "#" {
			continue
		}
		from, to, ok := strings.Cut(line, " -> ")
		from, to = strings.TrimSpace(from), strings.TrimSpace(to)
		switch {
		case !ok || !isID(from) || !isID(to):
			return nil, fmt.Errorf("%s:%d:1: “처음ID -> 지금ID” 꼴이어야 합니다", name, n)
		case from == to:
			return nil, fmt.Errorf("%s:%d:1: 두 ID가 같습니다", name, n)
		case old[ID(to)] != "":
			return nil, fmt.Errorf("%s:%d:1: %s의 처음 ID가 둘입니다", name, n, to)
		}
		old[ID(to)] = ID(from)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d:1: %w", name, n+1, err)
	}
	out := Renames{}
	for to := range old {
		first := old[to]
		for range old { // no chain is longer than the list
			next, ok := old[first]
			if !ok || next == to {
				break
			}
			first = next
		}
		out[to] = first
	}
	return out, nil
}

// isID tells whether s has the shape of an ID.
func isID(s string) bool {
	path, kind, ok := strings.Cut(s, "#")
	return ok && kind != "" && strings.Count(path, "/") >= 2 && !strings.ContainsAny(s, " \t")
}

// Bytes is the file of renames, in the order of the first IDs.
func (r Renames) Bytes() []byte {
	b := bytes.NewBufferString(renamesHead)
	for _, to := range slices.SortedFunc(maps.Keys(r), func(a, b ID) int { return cmp.Or(cmp.Compare(r[a], r[b]), cmp.Compare(a, b)) }) {
		fmt.Fprintf(b, "%s -> %s\n", r[to], to)
	}
	return b.Bytes()
}
