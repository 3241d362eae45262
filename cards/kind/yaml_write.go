package kind

import (
	"context"
	"fmt"
	"strings"

	"gieok/cards"
	"gieok/parser"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is asked to be written.
const (
	wishesMin = 3  // less is no task
	wishesMax = 14 // more is copying
)

// planYAMLWrite asks to write a manifest of the notes from a list of what it
// must have. A manifest with a field that the list has no words for is not
// asked: the list must say all, so that one right answer is as good as another.
func planYAMLWrite(b *book) []draft {
	return planVariants(b, cards.YAMLWrite, 1, write)
}

func write(ctx context.Context, n *bench, c *completed, all []variant, _ int) (cards.Card, bool, error) {
	wishes, ok := wishesOf(c.manifest.Text)
	if !ok || !runs(all[0].outcome) {
		return cards.Card{}, false, nil
	}
	run, err := n.lab.Look(ctx, all[0].outcome)
	if err != nil {
		return cards.Card{}, false, err
	}
	card := n.yamlCard(c, cards.YAMLWrite, parser.Example, "")
	card.Stem = "다음 조건에 맞는 " + n.book.kindName(c.kind) + " 매니페스트를 작성하라."
	card.Code, card.CodeLang = "- "+strings.Join(wishes, "\n- "), "text"
	card.Answer = c.manifest.Text
	card.Task = &cards.Task{Reference: c.manifest.Text}
	card.Evidence.Run = &run
	card.Explanation = "실행해 보니: " + strings.TrimSuffix(all[0].outcome.Summary, ".") + "."
	card.Difficulty = 3
	return card, true, nil
}

// A wish is a field with the words that ask for it.
type wish struct {
	path  string // field path, * for a key of the author's own, [] for an item, POD for what a Pod and its template share
	words string // format for the value; "" says nothing, since the stem does
}

// wishWords is every field that a task can ask for, as a learner would be asked.
var wishWords = []wish{
	{"apiVersion", ""}, {"kind", ""},
	{"metadata.name", "이름: %s"},
	{"metadata.namespace", "네임스페이스: %s"},
	{"metadata.labels.*", "라벨: %s"},
	{"metadata.annotations.*", "애너테이션: %s"},
	{"data.*", "data: %s"}, {"stringData.*", "stringData: %s"}, {"immutable", "immutable: %s"},
	{"type", "시크릿 타입: %s"},
	{"spec.type", "서비스 타입: %s"}, {"spec.clusterIP", "clusterIP: %s"}, {"spec.externalName", "외부 이름: %s"},
	{"spec.selector.*", "고를 Pod의 라벨: %s"},
	{"spec.ports[].name", "포트의 이름: %s"}, {"spec.ports[].protocol", "프로토콜: %s"},
	{"spec.ports[].port", "서비스 포트: %s"}, {"spec.ports[].targetPort", "컨테이너로 보낼 포트: %s"}, {"spec.ports[].nodePort", "노드 포트: %s"},
	{"spec.replicas", "레플리카 수: %s"}, {"spec.serviceName", "헤드리스 서비스 이름: %s"},
	{"spec.selector.matchLabels.*", "셀렉터의 라벨: %s"},
	{"spec.strategy.type", "업데이트 전략: %s"},
	{"spec.strategy.rollingUpdate.maxSurge", "초과해서 만들 수 있는 Pod: %s"},
	{"spec.strategy.rollingUpdate.maxUnavailable", "사용할 수 없어도 되는 Pod: %s"},
	{"spec.completions", "성공해야 하는 Pod 수: %s"}, {"spec.parallelism", "동시에 실행할 Pod 수: %s"},
	{"spec.backoffLimit", "재시도 한도: %s"}, {"spec.activeDeadlineSeconds", "제한 시간(초): %s"},
	{"spec.ttlSecondsAfterFinished", "끝난 뒤 지울 때까지(초): %s"},
	{"spec.schedule", "일정: %s"}, {"spec.concurrencyPolicy", "동시성 정책: %s"}, {"spec.suspend", "중단 여부: %s"},
	{"spec.successfulJobsHistoryLimit", "남길 성공한 잡의 수: %s"}, {"spec.failedJobsHistoryLimit", "남길 실패한 잡의 수: %s"},
	{"POD.metadata.labels.*", "Pod의 라벨: %s"},
	{"POD.spec.restartPolicy", "재시작 정책: %s"}, {"POD.spec.nodeSelector.*", "노드의 라벨: %s"},
	{"POD.spec.serviceAccountName", "서비스 어카운트: %s"}, {"POD.spec.terminationGracePeriodSeconds", "종료 유예 시간(초): %s"},
	{"POD.spec.containers[].name", "컨테이너 이름: %s"}, {"POD.spec.containers[].image", "이미지: %s"},
	{"POD.spec.containers[].imagePullPolicy", "이미지 가져오기 정책: %s"},
	{"POD.spec.containers[].command", "command: %s"}, {"POD.spec.containers[].args", "args: %s"},
	{"POD.spec.containers[].ports[].containerPort", "컨테이너 포트: %s"}, {"POD.spec.containers[].ports[].name", "포트의 이름: %s"},
	{"POD.spec.containers[].ports[].protocol", "프로토콜: %s"},
	{"POD.spec.containers[].env[].name", "환경 변수: %s"}, {"POD.spec.containers[].env[].value", "그 값: %s"},
	{"POD.spec.containers[].env[].valueFrom.configMapKeyRef.name", "값을 가져올 컨피그맵: %s"},
	{"POD.spec.containers[].env[].valueFrom.configMapKeyRef.key", "컨피그맵의 키: %s"},
	{"POD.spec.containers[].env[].valueFrom.secretKeyRef.name", "값을 가져올 시크릿: %s"},
	{"POD.spec.containers[].env[].valueFrom.secretKeyRef.key", "시크릿의 키: %s"},
	{"POD.spec.containers[].env[].valueFrom.fieldRef.fieldPath", "값을 가져올 필드: %s"},
	{"POD.spec.containers[].envFrom[].configMapRef.name", "모두 가져올 컨피그맵: %s"},
	{"POD.spec.containers[].envFrom[].secretRef.name", "모두 가져올 시크릿: %s"},
	{"POD.spec.containers[].resources.requests.cpu", "CPU 요청: %s"}, {"POD.spec.containers[].resources.requests.memory", "메모리 요청: %s"},
	{"POD.spec.containers[].resources.limits.cpu", "CPU 한도: %s"}, {"POD.spec.containers[].resources.limits.memory", "메모리 한도: %s"},
	{"POD.spec.containers[].volumeMounts[].name", "연결할 볼륨: %s"}, {"POD.spec.containers[].volumeMounts[].mountPath", "마운트 경로: %s"},
	{"POD.spec.containers[].volumeMounts[].readOnly", "읽기 전용: %s"},
	{"POD.spec.volumes[].name", "볼륨의 이름: %s"}, {"POD.spec.volumes[].emptyDir", "볼륨의 종류: emptyDir"},
	{"POD.spec.volumes[].configMap.name", "볼륨에 담을 컨피그맵: %s"}, {"POD.spec.volumes[].secret.secretName", "볼륨에 담을 시크릿: %s"},
	{"POD.spec.volumes[].persistentVolumeClaim.claimName", "볼륨에 쓸 PVC: %s"},
}

// wordsFor is the format for a field path, with * and [] in it; ok is false for
// a field that the table does not have.
func wordsFor(path string) (string, bool) {
	path = strings.Replace(path, "spec.jobTemplate.spec.", "spec.", 1)
	for _, row := range wishWords {
		if strings.Replace(row.path, "POD.", "", 1) == path || strings.Replace(row.path, "POD.", "spec.template.", 1) == path {
			return row.words, true
		}
	}
	return "", false
}

// wishesOf is what a manifest has, in words, in its own order.
func wishesOf(manifest string) ([]string, bool) {
	var doc yaml.Node
	d := yaml.NewDecoder(strings.NewReader(manifest))
	if d.Decode(&doc) != nil || len(doc.Content) == 0 {
		return nil, false
	}
	var second yaml.Node
	if d.Decode(&second) == nil {
		return nil, false // one object is one task
	}
	var out []string
	ok := tell(doc.Content[0], "", &out, 0)
	return out, ok && len(out) >= wishesMin && len(out) <= wishesMax
}

// wishDepthMax bounds how deep a manifest is told.
const wishDepthMax = 24

// tell adds the words for all that is under n.
func tell(n *yaml.Node, path string, out *[]string, depth int) bool {
	if depth > wishDepthMax {
		return false
	}
	if words, ok := wordsFor(path); ok && path != "" {
		if words != "" {
			*out = append(*out, said(words, n))
		}
		return true
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if words, ok := wordsFor(path + ".*"); ok && value.Kind == yaml.ScalarNode {
				*out = append(*out, fmt.Sprintf(words, key.Value+"="+shortText(value.Value)))
				continue
			}
			if !tell(value, strings.TrimPrefix(path+"."+key.Value, "."), out, depth+1) {
				return false
			}
		}
		return len(n.Content) > 0
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if !tell(item, path+"[]", out, depth+1) {
				return false
			}
		}
		return len(n.Content) > 0
	}
	return false
}

func said(words string, n *yaml.Node) string {
	if !strings.Contains(words, "%s") {
		return words
	}
	if n.Kind == yaml.ScalarNode {
		return fmt.Sprintf(words, shortText(n.Value))
	}
	var parts []string
	for _, item := range n.Content {
		parts = append(parts, fmt.Sprintf("%q", item.Value))
	}
	return fmt.Sprintf(words, strings.Join(parts, ", "))
}

// shortText is a value on one line.
func shortText(s string) string {
	if strings.ContainsAny(s, "\n") {
		return fmt.Sprintf("%q", strings.TrimSpace(s))
	}
	return s
}
