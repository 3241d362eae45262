package lab

import (
	"fmt"
	"regexp"
)

var (
	unknownKind = regexp.MustCompile(`no matches for kind|no kind "`)
	fieldWords  = regexp.MustCompile(`(?:^|\s)((?:spec|metadata|status)[\w.\[\]]*): (?:Invalid|Required|Unsupported|Forbidden|Too)`)
)

// findCustom reports what a definition of the note refuses of its own kind.
func findCustom(a *attempt) []Finding {
	if a.root == nil || a.words == "" || len(a.lab.schemas.kinds[a.gvk.Kind]) > 0 || a.gvk.Kind == "" || unknownKind.MatchString(a.words) {
		return nil
	}
	pos := a.start()
	if m := fieldWords.FindStringSubmatch(a.words); m != nil {
		if key, _ := keyAt(a.root, readPath(m[1])); key != nil && a.at(key.Line, key.Column).Line > 0 {
			pos = a.at(key.Line, key.Column)
		}
	}
	return []Finding{a.finding(pos, fmt.Sprintf("노트의 CRD가 정한 모양이 아닙니다. API 서버: %s", oneLine(a.words)), "CRD의 schema에 맞게 적으세요.")}
}
