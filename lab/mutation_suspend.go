package lab

import (
	"fmt"
	"strings"
)

// mutateSuspend suspends what makes Jobs or Pods.
func mutateSuspend(t *target) []Mutation {
	if t.gvk.Kind != "Job" && t.gvk.Kind != "CronJob" || len(t.named("suspend")) > 0 {
		return nil
	}
	for _, s := range t.named("template", "jobTemplate") {
		if len(s.path) == 2 && !t.dashed(s) {
			pad := strings.Repeat(" ", s.key.Column-1)
			s.path = []hop{{key: "spec"}, {key: "suspend"}}
			return []Mutation{t.made(s, t.insert(s.key.Line, pad+"suspend: true"), fmt.Sprintf("%s: true를 더했다", s.where()))}
		}
	}
	return nil
}
