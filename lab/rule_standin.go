package lab

import (
	"fmt"
	"slices"

	"gieok/korean"
)

// findStandIns says which images run as something else.
func findStandIns(a *attempt) []Finding {
	var out []Finding
	for _, im := range imagesOf(a.text) {
		i := slices.IndexFunc(a.manifest.StandIns, func(s StandIn) bool { return s.Image == im.ref })
		if i < 0 {
			continue
		}
		f := a.finding(a.at(im.line, im.col), fmt.Sprintf("적힌 그대로 실행하지 않음: 시뮬레이터가 모르는 이미지 %s 대신 %s 실행합니다.",
			im.ref, korean.With(a.manifest.StandIns[i].Instead, "을/를")), "")
		f.Severity = SeverityNotice
		out = append(out, f)
	}
	return out
}
