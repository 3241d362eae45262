package lab_test

import (
	"strings"
	"testing"

	"gieok/lab"
	"gieok/parser"
)

// Each command of a note is bound and run; answers to it are judged.
func TestCommands(t *testing.T) {
	for _, c := range []struct {
		text, line   string
		right, wrong []string
	}{
		{
			text: "kubectl label pod {파드_이름} {KEY}={VALUE}", line: "kubectl label pod web env=prod",
			right: []string{"kubectl label pods web env=prod", "k label po/web env=prod", "$ kubectl label pod web env=prod --overwrite"},
			wrong: []string{"kubectl label pod web env=dev", "kubectl label pod --all env=prod", "kubectl annotate pod web env=prod", "kubectl label pod cache env=prod", "label pod web env=prod"},
		},
		{
			text: "kubectl run {파드_이름} --image {이미지_이름}", line: "kubectl run web --image nginx:1.27",
			right: []string{"kubectl run web --image=nginx:1.27", "kubectl run web --image=nginx:1.27 --restart=Always"},
			wrong: []string{"kubectl run web --image=nginx", "kubectl run other --image=nginx:1.27", "kubectl create deployment web --image=nginx:1.27"},
		},
		{
			text: "kubectl get replicaset", line: "kubectl get replicaset",
			right: []string{"kubectl get rs", "kubectl get replicasets.apps"},
			wrong: []string{"kubectl get pods", "kubectl get rs -A", "kubectl get rs web", "kubectl get rs -o wide", "kubectl delete rs web"},
		},
		{
			text: "kubectl scale deployment <이름> --replicas=<개수>", line: "kubectl scale deployment web --replicas=3",
			right: []string{"kubectl scale deploy web --replicas 3", `kubectl patch deployment web -p '{"spec":{"replicas":3}}'`},
			wrong: []string{"kubectl scale deployment web --replicas=4", "kubectl scale deployment web api --replicas=3", "kubectl get deployment web"},
		},
		{
			text: "kubectl delete pod my-pod", line: "kubectl delete pod my-pod",
			right: []string{"kubectl delete pods/my-pod", "kubectl delete po my-pod --now"},
			wrong: []string{"kubectl delete pods --all", "kubectl get pod my-pod", "kubectl delete pod cache"},
		},
		{
			text: "kubectl rollout restart deployment/DEPLOYMENT_NAME", line: "kubectl rollout restart deployment/web",
			right: []string{"kubectl rollout restart deploy web"},
			wrong: []string{"kubectl get deploy web", "kubectl rollout undo deploy web", "kubectl rollout restart deploy"},
		},
		{
			text: "kubectl apply -f pod.yaml", line: "kubectl apply -f pod.yaml",
			right: []string{"kubectl create -f pod.yaml"},
			wrong: []string{"kubectl apply -f other.yaml", "kubectl delete -f pod.yaml", "cat pod.yaml"},
		},
		{
			text: "kubectl cordon node1", line: "kubectl cordon worker-1",
			right: []string{"kubectl cordon node/worker-1"},
			wrong: []string{"kubectl cordon worker-2", "kubectl uncordon worker-1"},
		},
	} {
		t.Run(c.text, func(t *testing.T) {
			l := newLab(t)
			r, ok, err := l.Command(t.Context(), parser.Command{Text: c.text})
			if err != nil || !ok {
				t.Fatalf("not run: %v", err)
			}
			if r.Line != c.line || r.Exit != 0 {
				t.Errorf("bound to %q, exit %d: %s", r.Line, r.Exit, r.Stderr)
			}
			for _, a := range append(c.right, r.Line) {
				if j := judged(t, r.Task, a); !j.Right {
					t.Errorf("%q is wrong: %s", a, strings.Join(j.Differences, "; "))
				}
			}
			for _, a := range append(c.wrong, "", "kubectl get nodes", "echo ok") {
				if j := judged(t, r.Task, a); j.Right || len(j.Differences) == 0 {
					t.Errorf("%q is right", a)
				}
			}
		})
	}
}

func judged(t *testing.T, task lab.Task, answer string) lab.Judgement {
	t.Helper()
	j, err := newLab(t).Judge(t.Context(), task, answer)
	if err != nil {
		t.Fatalf("%q: %v", answer, err)
	}
	return j
}

// What needs a terminal, a network or a value that nothing gives is not run.
func TestNotRun(t *testing.T) {
	for _, text := range []string{
		"kubectl exec -it web -- sh", "kubectl edit deployment web", "kubectl port-forward web 8080:80", "kubectl get pods -w",
		"kubectl logs -f web", "docker ps", "kubectl get", "kubectl apply -f https://example.com/a.yaml", "kubectl get pods ...", "kubectl config view", "kubectl top pod",
	} {
		if r, ok, err := newLab(t).Command(t.Context(), parser.Command{Text: text}); ok || err != nil {
			t.Errorf("%q ran as %q: %v", text, r.Line, err)
		}
	}
}

// A manifest is an answer, too, and assertions hold beside the reference.
func TestJudgeManifest(t *testing.T) {
	task := lab.Task{
		Reference:  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  color: blue\n",
		Assertions: []lab.Assertion{{Command: "kubectl get configmap settings -o jsonpath='{.data.color}'", Text: "blue"}},
	}
	if j := judged(t, task, "kubectl create configmap settings --from-literal=color=blue"); !j.Right {
		t.Error(j.Differences)
	}
	if j := judged(t, task, strings.Replace(task.Reference, "blue", "red", 1)); j.Right {
		t.Error("another value is right")
	}
	if j := judged(t, task, strings.Replace(task.Reference, "data:", "labels:", 1)); j.Right {
		t.Error("a refused manifest is right")
	}
	task = lab.Task{Assertions: []lab.Assertion{{Command: "kubectl get pods -o name", Pattern: "pod/web", Absent: true}}}
	if j := judged(t, task, "kubectl run web --image=nginx"); j.Right {
		t.Error("what must be absent is there")
	}
	if j := judged(t, task, "kubectl run api --image=nginx"); !j.Right {
		t.Error(j.Differences)
	}
}
