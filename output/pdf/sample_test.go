package pdf

import (
	"fmt"
	"strings"

	"gieok/cards"
)

const longManifest = `apiVersion: apps/v1                # 그룹과 버전
kind: Deployment                   # 리소스 종류
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 3                      # 원하는 파드 수
  selector:
    matchLabels: {app: web}        # 아래 템플릿의 레이블과 같아야 함
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports:
        - containerPort: 80        # 안내일 뿐, 막거나 열지 않음
        command: ["sh", "-c", "echo '# 주석 아님' && sleep 3600"]
        readinessProbe:
          httpGet: {path: /healthz, port: 80}
          periodSeconds: 5
        env:
        - name: GREETING
          value: "안녕"
        volumeMounts:
        - name: conf
          mountPath: /etc/conf
      volumes:
      - name: conf
        configMap:
          name: web-conf
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: 80`

// sampleCards is one card of each make that a sheet has to cope with.
func sampleCards() []cards.Card {
	source := cards.Source{File: "내 노트/파드 메모.md", Line: 42, Col: 3, EndLine: 44}
	executed := cards.Evidence{Status: cards.Executed, Note: "파드가 죽으면 레플리카셋이 새 파드를 만든다"}
	stated := cards.Evidence{Status: cards.Stated, Note: "- 파드: 가장 작은 배포 단위"}
	wrong := cards.Evidence{Status: cards.Contradicted, Note: "restartPolicy를 안 쓰면 기본값은 Never다"}
	return []cards.Card{
		{ID: "pod/definition/unit#basic", Kind: cards.Basic, Topic: "파드", Stem: "쿠버네티스에서 배포할 수 있는 가장 작은 단위는?", Answer: "파드", Accepted: []string{"Pod", "pod", "po", "포드"}, Source: source, Evidence: stated},
		{ID: "pod/default/restartpolicy#choice", Kind: cards.Choice, Topic: "파드 › 재시작", Stem: "`restartPolicy`를 쓰지 않은 파드의 컨테이너가 종료 코드 1로 끝나면 1분 뒤 어떻게 되어 있을까?", Answer: "다시 시작되어 있다", Choices: []string{"파드가 Failed로 남는다", "다시 시작되어 있다", "파드가 지워진다", "다른 노드에서 새 파드가 만들어진다"}, Explanation: "`restartPolicy`의 기본값은 `Always`이므로 kubelet이 같은 파드 안에서 컨테이너를 다시 시작합니다. 노트에는 `Never`라고 적혀 있지만 실행해 보면 RESTARTS가 늘어납니다.", Source: source, Sources: []cards.Source{source, source}, Evidence: wrong},
		{ID: "deployment/yaml/web#yaml-predict", Kind: cards.YAMLPredict, Topic: "디플로이먼트", Stem: "이 매니페스트를 적용하고 1분 뒤 `kubectl get deploy web`의 READY는?", Code: longManifest, CodeLang: "yaml", Answer: "3/3", Choices: []string{"3/3", "0/3", "1/3", "매니페스트가 거부된다"}, Explanation: "세 파드가 모두 준비 상태가 됩니다.", Source: source, Evidence: executed},
		{ID: "kubectl/command/scale#command", Kind: cards.Command, Topic: "명령", Stem: "디플로이먼트 `web`의 파드를 5개로 늘리는 명령을 쓰세요.", Answer: "kubectl scale deployment web --replicas=5", Accepted: []string{"k scale deploy/web --replicas=5"}, Source: source, Evidence: executed},
		{ID: "pod/yaml/fix#yaml-fix", Kind: cards.YAMLFix, Topic: "YAML", Stem: "이 매니페스트는 거부됩니다. 고치세요.", Code: "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\nspec:\n  containers:\n  - name: web\n    image: nginx", CodeLang: "yaml", Answer: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: nginx", Explanation: "YAML은 들여쓰기에 탭을 쓸 수 없습니다.", Source: source, Evidence: executed},
		{ID: "odd/definition/x#basic", Kind: cards.Basic, Topic: "이상한 글자 😀 와 아주 긴 제목이 붙은 문단의 이름이 카드 폭보다 훨씬 길게 이어지는 경우를 위한 제목", Stem: "이모지 😀✅, 한자 漢字 葛餠 鬱, 분해된 한글 \u1112\u1161\u11ab\u1100\u1173\u11af, 탭\t뒤, 줄바꿈 없는\u00a0공백, ①②③ — “따옴표” … ㎖ ﬁ é → ✗", Answer: "𝔘𝔫𝔦 ☃ 안녕\u200b하세요\x1b[31m 빨강", Source: source, Evidence: stated},
		{ID: "long/definition/y#basic", Kind: cards.Basic, Topic: "긴 글", Stem: strings.Repeat("스테이트풀셋은 파드마다 고유한 이름과 저장소를 유지한다. ", 12) + "무엇인가?", Answer: strings.Repeat("파드 이름에 순번이 붙고, 순서대로 만들어지며, 다시 만들어져도 같은 볼륨을 붙인다. ", 12), Explanation: strings.Repeat("헤드리스 서비스가 각 파드의 DNS 이름을 만든다. ", 10), Source: source, Evidence: cards.Evidence{Status: cards.Stated, Note: strings.Repeat("노트에는 아주 긴 설명이 이어진다. ", 20)}},
		{ID: "pod/order/start#order", Kind: cards.Order, Topic: "순서", Stem: "파드가 만들어지는 차례대로 늘어놓으세요.", Choices: []string{"kubelet이 컨테이너를 시작한다", "스케줄러가 노드를 고른다", "API 서버가 파드를 저장한다"}, Answer: "API 서버가 파드를 저장한다\n스케줄러가 노드를 고른다\nkubelet이 컨테이너를 시작한다", Source: source, Evidence: executed},
		{ID: "svc/truefalse/z#truefalse", Kind: cards.TrueFalse, Topic: "서비스", Stem: "ClusterIP 서비스는 클러스터 밖에서 바로 접근할 수 있다.", Choices: []string{"참", "거짓"}, Answer: "거짓", Explanation: "ClusterIP는 클러스터 안에서만 통합니다.", Source: source, Evidence: executed},
		{ID: "svc/cloze/w#cloze", Kind: cards.Cloze, Topic: "서비스", Stem: "서비스는 ____로 파드를 골라 트래픽을 보낸다.", Answer: "레이블 셀렉터", Source: source, Evidence: stated},
		{ID: "net/code/wide#yaml-predict", Kind: cards.YAMLPredict, Topic: "넓은 코드", Stem: "출력에서 STATUS는?", Code: "$ kubectl get pods -o wide\nNAME                   READY   STATUS             RESTARTS      AGE     IP            NODE      NOMINATED NODE   READINESS GATES\nweb-5d4f7c9c5b-abcde   0/1     CrashLoopBackOff   3 (20s ago)   1m30s   10.244.0.12   worker1   <none>           <none>\nconf: " + strings.Repeat("x", 260), CodeLang: "sh", Answer: "CrashLoopBackOff", Source: source, Evidence: executed},
	}
}

// bigDeck repeats shapes of cards with different words, n cards in all.
func bigDeck(n int) cards.Deck {
	base := sampleCards()
	d := cards.Deck{Title: "쿠버네티스 복습 카드"}
	for i := range n {
		c := base[i%len(base)]
		c.ID = cards.ID(fmt.Sprintf("%s-%d", c.ID, i))
		c.Stem = fmt.Sprintf("%d. %s %c%c", i, c.Stem, '가'+rune(i*37%11172), '가'+rune(i*91%11172))
		d.Cards = append(d.Cards, c)
	}
	return d
}
