package node

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func onePod(policy, rest string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  restartPolicy: " + policy + "\n  containers:\n  - name: app\n    image: busybox:1.36\n" + rest
}

// Expected states are those of semantics.md §2 to §5, which were observed on a
// real kubelet; times leave room for its jitter as there.
func TestLives(t *testing.T) {
	type look struct {
		after time.Duration
		want  string // states joined by |: any of them
	}
	for _, tt := range []struct {
		name, manifest string
		looks          []look
	}{
		{"always fails", onePod("Always", "    command: [sh, -c, exit 1]\n"), []look{
			{6 * time.Second, "Running app=Error:1,1|Running app=CrashLoopBackOff,1"},
			{19 * time.Second, "Running app=Error:1,2|Running app=CrashLoopBackOff,2"},
			{35 * time.Second, "Running app=Error:1,3|Running app=CrashLoopBackOff,3"},
			{70 * time.Second, "Running app=Error:1,4|Running app=CrashLoopBackOff,4"},
			{420 * time.Second, "Running app=CrashLoopBackOff,6"},
		}},
		{"always succeeds", onePod("Always", "    command: [sh, -c, echo done]\n"), []look{{25 * time.Second, "Running app=Completed:0,2|Running app=CrashLoopBackOff,2"}}},
		{"on failure, fails", onePod("OnFailure", "    command: [sh, -c, exit 1]\n"), []look{{25 * time.Second, "Running app=Error:1,2|Running app=CrashLoopBackOff,2"}}},
		{"on failure, succeeds", onePod("OnFailure", "    command: [\"true\"]\n"), []look{{30 * time.Second, "Succeeded app=Completed:0,0"}}},
		{"never, fails", onePod("Never", "    command: [sh, -c, exit 3]\n"), []look{{6 * time.Second, "Failed app=Error:3,0"}}},
		{"long first run", onePod("Always", "    command: [sh, -c, sleep 20; exit 1]\n"), []look{{30 * time.Second, "Running app=Ready,1"}}},
		{"runs over 10 min", onePod("Always", "    command: [sh, -c, sleep 700; exit 1]\n"), []look{
			{710 * time.Second, "Running app=Ready,1"}, {700 * time.Second, "Running app=Ready,2"}}},
		{"creating", onePod("Always", "    command: [sleep, \"9\"]\n"), []look{{time.Second, "Pending app=ContainerCreating,0"}, {4 * time.Second, "Running app=Ready,0"}}},
		{"missing program", onePod("Always", "    command: [/no/such]\n"), []look{
			{1700 * time.Millisecond, "Pending app=RunContainerError,0|Running app=RunContainerError,0"}, {18 * time.Second, "Running app=RunContainerError,2|Running app=CrashLoopBackOff,2"}}},
		{"unknown program", onePod("Always", "    command: [sh, -c, rpm -q x]\n"), []look{{6 * time.Second, "Unknown/NotSimulated"}}},
		{"missing ConfigMap in env", onePod("Never", "    command: [env]\n    envFrom:\n    - configMapRef: {name: cm}\n"), []look{{10 * time.Second, "Pending app=CreateContainerConfigError,0"}}},
		{"missing ConfigMap volume", onePod("Never", "    command: [env]\n    volumeMounts:\n    - {name: v, mountPath: /c}\n  volumes:\n  - {name: v, configMap: {name: cm}}\n"),
			[]look{{30 * time.Second, "Pending app=ContainerCreating,0"}}},
		{"not root", onePod("Never", "    command: [env]\n    securityContext: {runAsNonRoot: true}\n"), []look{{10 * time.Second, "Pending app=CreateContainerConfigError,0"}}},
		{"deadline", onePod("Always", "    command: [sleep, \"3600\"]\n  activeDeadlineSeconds: 10\n  terminationGracePeriodSeconds: 2\n"), []look{
			{11 * time.Second, "Failed/DeadlineExceeded app=Running,0|Failed/DeadlineExceeded app=Ready,0"}, {10 * time.Second, "Failed/DeadlineExceeded app=Error:137,0"}}},
		{"bad name", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: app, image: 'Nginx:UPPER/x'}\n", []look{{20 * time.Second, "Pending app=InvalidImageName,0"}}},
		{"no such image", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: app, image: 'registry.invalid/none:1'}\n", []look{
			{60 * time.Second, "Pending app=ImagePullBackOff,0|Pending app=ErrImagePull,0"}}},
		{"one done, one runs", onePod("Never", "    command: [\"true\"]\n  - name: b\n    image: nginx:1.27\n"), []look{{8 * time.Second, "Running app=Completed:0,0 b=Ready,0"}}},
		{"init order", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  initContainers:\n  - {name: i, image: busybox, command: [sleep, '20']}\n  - {name: j, image: busybox, command: [sleep, '20']}\n  containers:\n  - {name: app, image: nginx}\n", []look{
			{10 * time.Second, "Pending i=Ready,0 j=PodInitializing,0 app=PodInitializing,0"},
			{20 * time.Second, "Pending i=Completed:0,0 j=Ready,0 app=PodInitializing,0"},
			{25 * time.Second, "Running i=Completed:0,0 j=Completed:0,0 app=Ready,0"}}},
		{"init fails", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  restartPolicy: Never\n  initContainers:\n  - {name: i, image: busybox, command: ['false']}\n  containers:\n  - {name: app, image: nginx}\n", []look{
			{10 * time.Second, "Failed i=Error:1,0 app=PodInitializing,0"}}},
		{"sidecar of a Pod that ends", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  restartPolicy: Never\n  initContainers:\n  - {name: s, image: busybox, restartPolicy: Always, command: [sh, -c, \"trap 'exit 0' TERM; while true; do sleep 1; done\"]}\n  containers:\n  - {name: app, image: busybox, command: [sleep, '10']}\n", []look{
			{8 * time.Second, "Running s=Ready,0 app=Ready,0"}, {20 * time.Second, "Succeeded s=Completed:0,0 app=Completed:0,0"}}},
		{"liveness 404", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: app, image: 'nginx:1.27', livenessProbe: {httpGet: {path: /nope, port: 80}}}\n", []look{
			{15 * time.Second, "Running app=Ready,0"}, {30 * time.Second, "Running app=Ready,1|Running app=Completed:0,1"}}},
		{"readiness later", onePod("Always", "    command: [sh, -c, sleep 20; touch /tmp/r; sleep 3600]\n    readinessProbe: {exec: {command: [cat, /tmp/r]}, periodSeconds: 5}\n"), []look{
			{15 * time.Second, "Running app=Running,0"}, {20 * time.Second, "Running app=Ready,0"}}},
		{"startup budget", onePod("Always", "    command: [sleep, '3600']\n    startupProbe: {exec: {command: ['false']}, periodSeconds: 5, failureThreshold: 3}\n  terminationGracePeriodSeconds: 2\n"), []look{
			{25 * time.Second, "Running app=Running,1"}}},
		{"postStart fails", onePod("Always", "    command: [sleep, '3600']\n    lifecycle: {postStart: {exec: {command: ['false']}}}\n  terminationGracePeriodSeconds: 2\n"), []look{
			{3 * time.Second, "Pending app=ContainerCreating,0"}, {2 * time.Second, "Running app=PostStartHookError,0"}, {55 * time.Second, "Running app=PostStartHookError,3|Running app=CrashLoopBackOff,3|Running app=Error:137,3|Running app=Error:137,2|Running app=CrashLoopBackOff,2"}}},
		{"rules", onePod("Never", "    command: [sh, -c, exit 42]\n    restartPolicy: Never\n    restartPolicyRules:\n    - {action: Restart, exitCodes: {operator: In, values: [42]}}\n"), []look{{25 * time.Second, "Running app=Error:42,2|Running app=CrashLoopBackOff,2"}}},
		{"too large", onePod("Never", "    command: [\"true\"]\n    resources: {requests: {cpu: \"3\"}}\n"), []look{{2 * time.Second, "Failed/OutOfcpu"}}},
		{"another node", onePod("Never", "    command: [\"true\"]\n  nodeSelector: {disk: ssd}\n"), []look{{2 * time.Second, "Failed/NodeAffinity"}}},
		{"emptyDir over its limit", onePod("Always", "    command: [sh, -c, dd if=/dev/zero of=/d/f bs=1M count=20; sleep 3600]\n    volumeMounts: [{name: d, mountPath: /d}]\n  volumes: [{name: d, emptyDir: {sizeLimit: 10Mi}}]\n"), []look{{30 * time.Second, "Failed/Evicted app=Error:137,0"}}},
		{"hostPath that is not there", onePod("Always", "    command: [sleep, \"9\"]\n    volumeMounts: [{name: d, mountPath: /d}]\n  volumes: [{name: d, hostPath: {path: /no/such, type: Directory}}]\n"), []look{{20 * time.Second, "Pending app=ContainerCreating,0"}}},
		{"the node's own directory", onePod("Always", "    command: [sleep, \"9\"]\n    volumeMounts: [{name: d, mountPath: /d}]\n  volumes: [{name: d, hostPath: {path: /etc}}]\n"), []look{{5 * time.Second, "Running app=Ready,0"}}},
		{"what the node's own directory holds", onePod("Always", "    command: [cat, /d/fstab]\n    volumeMounts: [{name: d, mountPath: /d}]\n  volumes: [{name: d, hostPath: {path: /etc}}]\n"), []look{{20 * time.Second, "Unknown/NotSimulated"}}},
		{"a server's configuration", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: app, image: nginx, volumeMounts: [{name: d, mountPath: /etc/nginx/conf.d}]}\n  volumes: [{name: d, emptyDir: {}}]\n", []look{{9 * time.Second, "Running app=Ready,0"}}}, // it runs and listens nowhere
		{"two servers, one port", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: nginx}\n  - {name: b, image: nginx}\n", []look{{25 * time.Second, "Running a=Ready,0 b=Error:1,1|Running a=Ready,0 b=Error:1,2|Running a=Ready,0 b=Ready,2|Running a=Ready,0 b=Ready,1|Running a=Ready,0 b=CrashLoopBackOff,2"}}},
		{"never pulled", onePod("Always", "    imagePullPolicy: Never\n"), []look{{9 * time.Second, "Pending app=ErrImageNeverPull,0"}}},
		{"out of memory", onePod("Never", "    command: [tail, /dev/zero]\n    resources: {limits: {memory: 32Mi}}\n"), []look{{10 * time.Second, "Failed app=OOMKilled:137,0"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Real)
			w.create(tt.manifest)
			for _, l := range tt.looks {
				w.advance(l.after)
				got := w.show("p")
				ok := false
				for want := range strings.SplitSeq(l.want, "|") {
					ok = ok || got == want
				}
				if !ok {
					t.Errorf("%s later: %s, want %s\n%s", l.after, got, l.want, w.events("p"))
				}
			}
		})
	}
}

func (w *world) delete(name string, grace int64) {
	w.t.Helper()
	w.do(func() error {
		return registry.Delete[*corev1.Pod](w.r, "default", name, registry.DeleteOptions{GracePeriodSeconds: &grace})
	})
}

func TestDeletion(t *testing.T) {
	for _, tt := range []struct {
		name, manifest string
		grace          int64
		there, gone    time.Duration // still there after, gone after
	}{
		{"shell ignores TERM", onePod("Always", "    command: [sh, -c, sleep 3600]\n"), 30, 29 * time.Second, 33 * time.Second},
		{"trap", onePod("Always", "    command: [sh, -c, \"trap 'exit 0' TERM; while true; do sleep 1; done\"]\n"), 30, 0, 3 * time.Second},
		{"nginx", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: app, image: nginx}\n", 30, 0, 3 * time.Second},
		{"grace 5", onePod("Always", "    command: [sleep, '3600']\n"), 5, 4 * time.Second, 8 * time.Second},
		{"grace 0", onePod("Always", "    command: [sleep, '3600']\n"), 0, -1, 0},
		{"preStop", onePod("Always", "    command: [sh, -c, \"trap 'exit 0' TERM; while true; do sleep 1; done\"]\n    lifecycle: {preStop: {exec: {command: [sleep, '8']}}}\n"), 30, 7 * time.Second, 12 * time.Second},
		{"unknown", onePod("Always", "    command: [unknown-program]\n    image: ubuntu\n"[:len("    command: [unknown-program]\n")]), 5, -1, 8 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Real)
			w.create(tt.manifest)
			w.advance(6 * time.Second)
			w.delete("p", tt.grace)
			if tt.there >= 0 {
				w.advance(tt.there)
				if p := w.pod("p"); p == nil || p.DeletionTimestamp == nil {
					t.Errorf("after %s: %s", tt.there, w.show("p"))
				}
			}
			w.advance(tt.gone - max(tt.there, 0))
			if got := w.show("p"); got != "gone" {
				t.Errorf("after %s: %s", tt.gone, got)
			}
			if len(w.k.pods) > 0 {
				t.Errorf("the kubelet still remembers %v", w.k.pods)
			}
		})
	}
}

func TestHealing(t *testing.T) {
	w := newWorld(t, Real)
	w.create(onePod("Never", "    command: [sh, -c, 'echo $A; cat /c/b']\n    env:\n    - {name: A, valueFrom: {configMapKeyRef: {name: cm, key: a}}}\n    volumeMounts:\n    - {name: v, mountPath: /c}\n  volumes:\n  - {name: v, configMap: {name: vol}}\n"))
	w.advance(20 * time.Second)
	w.create("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vol}\ndata: {b: file}\n")
	w.advance(60 * time.Second)
	if got := w.show("p"); got != "Pending app=CreateContainerConfigError,0" {
		t.Errorf("with the volume: %s", got)
	}
	w.create("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: env}\n")
	w.advance(60 * time.Second)
	if got := w.show("p"); got != "Succeeded app=Completed:0,0" {
		t.Errorf("with both: %s\n%s", got, w.events("p"))
	}
	if text, err := w.k.Logs("default", "p", "app", false); text != "env\nfile" && text != "env\nfile\n" || err != nil {
		t.Errorf("logs %q, %v", text, err)
	}
	for _, want := range []string{`Warning FailedMount MountVolume.SetUp failed for volume "v" : configmap "vol" not found`, `Warning Failed Error: configmap "cm" not found`,
		`Normal Pulling Pulling image "busybox:1.36"`, "Normal Created Container created", "Normal Started Container started"} {
		if !strings.Contains(w.events("p"), want) {
			t.Errorf("no event %q in\n%s", want, w.events("p"))
		}
	}
}

func TestLogs(t *testing.T) {
	w := newWorld(t, Real)
	w.create(onePod("Always", "    command: [sh, -c, 'if [ -f /d/x ]; then echo second; sleep 3600; else touch /d/x; echo first; exit 1; fi']\n    volumeMounts:\n    - {name: d, mountPath: /d}\n  volumes:\n  - {name: d, emptyDir: {}}\n"))
	if _, err := w.k.Logs("default", "p", "app", false); err == nil || !strings.Contains(err.Error(), "is waiting to start: ContainerCreating") {
		t.Errorf("before the start: %v", err)
	}
	w.advance(2 * time.Second)
	if _, err := w.k.Logs("default", "p", "app", true); err == nil || err.Error() != `previous terminated container "app" in pod "p" not found` {
		t.Errorf("no run before: %v", err)
	}
	w.advance(8 * time.Second)
	for previous, want := range map[bool]string{false: "second\n", true: "first\n"} {
		if got, err := w.k.Logs("default", "p", "app", previous); got != want || err != nil {
			t.Errorf("previous %v: %q, %v", previous, got, err)
		}
	}
}

// A fork and its parent, driven alike, have the same objects; what happens in
// one does not show in the other.
func TestFork(t *testing.T) {
	for step := range 12 {
		w := newWorld(t, Real)
		w.create(onePod("Always", "    command: [sh, -c, 'echo run >> /d/log; wc -l < /d/log; sleep 7; exit 1']\n    volumeMounts:\n    - {name: d, mountPath: /d}\n    livenessProbe: {exec: {command: [cat, /d/log]}}\n  volumes:\n  - {name: d, emptyDir: {}}\n"))
		w.advance(time.Duration(step) * 3 * time.Second)
		f := w.fork()
		spoiled := w.fork()
		spoiled.delete("p", 1)
		spoiled.advance(30 * time.Second)
		for _, x := range []*world{w, f} {
			x.advance(50 * time.Second)
			x.delete("p", 20)
			x.advance(8 * time.Second)
		}
		if a, b := w.dump(), f.dump(); a != b {
			t.Fatalf("forked at step %d:\n%s\nparent:\n%s", step, b, a)
		}
	}
}

func (w *world) dump() string {
	logs, err := w.k.Logs("default", "p", "app", false)
	s := w.show("p") + "\n" + w.events("p") + logs
	if err != nil {
		s += err.Error()
	}
	for _, o := range w.r.Objects() {
		if p, ok := o.Object.(*corev1.Pod); ok {
			s += p.String()
		}
	}
	return s
}

func TestExec(t *testing.T) {
	w := newWorld(t, Real)
	w.create(onePod("Always", "    command: [sh, -c, echo x > /tmp/f; sleep 3600]\n    env: [{name: A, value: b}]\n"))
	w.advance(6 * time.Second)
	run := func(argv ...string) (*Exec, error) {
		var e *Exec
		var err error
		e, err = w.k.Exec("default", "p", "app", argv, nil, func(until time.Time) error {
			w.advance(until.Sub(w.q.Now()))
			return nil
		})
		return e, err
	}
	e, err := run("sh", "-c", "cat /tmp/f; echo $A; sleep 3; exit 5")
	if err != nil || e.ExitCode != 5 || len(e.Lines) != 2 || e.Lines[1].Text != "b" {
		t.Errorf("exec: %+v, %v", e, err)
	}
	if _, err := run("curl", "x"); err == nil || !strings.Contains(err.Error(), "executable file not found") {
		t.Errorf("missing program: %v", err)
	}
	if _, err := run("rpm", "-q"); err == nil || !strings.Contains(err.Error(), "not simulated") {
		t.Errorf("program that is not known: %v", err)
	}
}

const service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  clusterIP: 10.96.0.50\n  ports:\n  - {port: 8080, targetPort: 80}\n"

// A Service answers on its own port with what its ready endpoints say, and is
// refused while it has none.
func TestServiceFromAContainer(t *testing.T) {
	w := newWorld(t, Real)
	w.create(service)
	w.create("apiVersion: v1\nkind: Pod\nmetadata: {name: server}\nspec:\n  containers:\n  - {name: app, image: nginx}\n")
	w.create(onePod("Always", "    command: [sleep, '3600']\n"))
	w.advance(6 * time.Second)
	get := func(url string) string {
		e, err := w.k.Exec("default", "p", "app", []string{"wget", "-qO-", "-T", "3", url}, nil, func(until time.Time) error {
			w.advance(until.Sub(w.q.Now()))
			return nil
		})
		if err != nil {
			return err.Error()
		}
		for _, l := range e.Lines {
			if l.Stderr || strings.Contains(l.Text, "<title>") {
				return l.Text
			}
		}
		return ""
	}
	if got := get("http://web:8080"); got != "wget: can't connect to remote host (10.96.0.50): Connection refused" {
		t.Errorf("without endpoints: %s", got)
	}
	yes, port, name := true, int32(80), ""
	w.do(func() error {
		_, err := registry.Create(w.r, &discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
			AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{w.pod("server").Status.PodIP}, Conditions: discoveryv1.EndpointConditions{Ready: &yes}}}})
		return err
	})
	for url, want := range map[string]string{
		"http://web:8080": "<title>Welcome to nginx!</title>",
		"http://web.default.svc.cluster.local:8080/": "<title>Welcome to nginx!</title>",
		"http://" + w.pod("server").Status.PodIP:     "<title>Welcome to nginx!</title>",
		"http://web:80":                              "wget: download timed out",
		"http://web.nowhere":                         "not simulated: exec: the name web.nowhere outside the cluster",
		"http://web2":                                "wget: bad address 'web2'",
		"http://localhost":                           "wget: can't connect to remote host (127.0.0.1): Connection refused",
		"http://web:8080/nope":                       "wget: server returned error: HTTP/1.1 404 Not Found",
	} {
		if got := get(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// A new image in a running Pod restarts the container in place; one that is not
// known makes the outcome unknown.
func TestImageChanged(t *testing.T) {
	w := newWorld(t, Real)
	w.create("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: app, image: 'nginx:1.26'}\n")
	w.advance(6 * time.Second)
	set := func(image string) {
		w.do(func() error {
			return registry.Mutate(w.r, "default", "p", func(p *corev1.Pod) { p.Spec.Containers[0].Image = image })
		})
		w.advance(8 * time.Second)
	}
	set("nginx:1.27")
	if got := w.show("p"); got != "Running app=Ready,1" || !strings.Contains(w.events("p"), "Normal Killing Container app definition changed, will be restarted") {
		t.Errorf("new image: %s\n%s", got, w.events("p"))
	}
	set("example.com/app:2")
	if got := w.show("p"); got != "Unknown/NotSimulated" {
		t.Errorf("unknown image: %s", got)
	}
}

// While a node is silent nothing of its Pods is reported; when it is back, all
// that has happened meanwhile is.
func TestSilentNode(t *testing.T) {
	w := newWorld(t, Real)
	w.create(onePod("Never", "    command: [sleep, '20']\n"))
	w.advance(6 * time.Second)
	report := func(status corev1.ConditionStatus) {
		w.do(func() error {
			return registry.MutateStatus(w.r, "", "worker-1", func(n *corev1.Node) { n.Status.Conditions[0].Status = status })
		})
	}
	report(corev1.ConditionUnknown)
	w.advance(60 * time.Second)
	if got := w.show("p"); got != "Running app=Ready,0" {
		t.Errorf("of a silent node: %s", got)
	}
	report(corev1.ConditionTrue)
	w.advance(2 * time.Second)
	if got := w.show("p"); got != "Succeeded app=Completed:0,0" {
		t.Errorf("when it is back: %s", got)
	}
}

// TestNodeMadeAnew: a Pod that is deleted while its Node object is away goes
// when the object is there again at the latest, and the kubelet, which has never
// stopped, tells of a node that is made anew.
func TestNodeMadeAnew(t *testing.T) {
	for _, mode := range []Mode{Real, Instant} {
		w := newWorld(t, mode)
		w.create("apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: nginx}]}")
		w.advance(time.Minute)
		w.do(func() error {
			if err := registry.Delete[*corev1.Node](w.r, "", "worker-1", registry.DeleteOptions{}); err != nil {
				return err
			}
			return registry.Delete[*corev1.Pod](w.r, "default", "p", registry.DeleteOptions{})
		})
		w.advance(time.Second)
		w.do(func() error {
			_, err := registry.Create(w.r, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "worker-1"}})
			return err
		})
		w.advance(time.Minute)
		if _, there := registry.Get[*corev1.Pod](w.r, "default", "p"); there {
			t.Errorf("mode %d: the Pod is still there", mode)
		}
		n, _ := registry.Get[*corev1.Node](w.r, "", "worker-1")
		if c := n.Status.Conditions; len(c) == 0 || c[0].Type != corev1.NodeReady || c[0].Status != corev1.ConditionTrue || n.Status.Allocatable.Cpu().IsZero() {
			t.Errorf("mode %d: the node says %+v", mode, n.Status)
		}
	}
}

// kill 1 from beside reaches what handles it, and nothing else.
func TestKillFromBeside(t *testing.T) {
	w := newWorld(t, Real)
	w.create(onePod("Always", "    command: [sh, -c, 'trap \"exit 7\" TERM; while true; do sleep 1; done']\n"))
	w.advance(6 * time.Second)
	for _, argv := range [][]string{{"kill", "-9", "1"}, {"kill", "1"}} {
		if _, err := w.k.Exec("default", "p", "app", argv, nil, nil); err != nil {
			t.Fatal(err)
		}
		w.advance(500 * time.Millisecond)
	}
	w.advance(5 * time.Second)
	if got := w.show("p"); got != "Running app=Ready,1" {
		t.Errorf("after kill 1: %s", got)
	}
	if got := w.pod("p").Status.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode; got != 7 {
		t.Errorf("exit code %d", got)
	}
}

// The recordings' node: everything at once, whatever the Pod runs.
func TestInstant(t *testing.T) {
	for _, tt := range []struct{ name, manifest, want string }{
		{"plain", onePod("Always", "    image: foo/bar\n"[:0]+"    command: [sh, -c, exit 1]\n"), "Running app=Ready,0"},
		{"never and false", onePod("Never", "    command: ['false']\n"), "Failed app=Error:1,0"},
		{"never and true", onePod("Never", "    command: ['true']\n"), "Running app=Ready,0"},
		{"of a Job", strings.Replace(onePod("Never", ""), "{name: p}", "{name: p, ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, uid: x}]}", 1), "Succeeded app=Completed:0,0"},
		{"init", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  initContainers:\n  - {name: i, image: x}\n  - {name: s, image: x, restartPolicy: Always}\n  containers:\n  - {name: app, image: x}\n", "Running i=Completed:0,0 s=Ready,0 app=Ready,0"},
	} {
		w := newWorld(t, Instant)
		w.create(tt.manifest)
		w.advance(0)
		if got := w.show("p"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		w.delete("p", 30)
		w.advance(0)
		if got := w.show("p"); got != "gone" {
			t.Errorf("%s after its deletion: %s", tt.name, got)
		}
	}
}

// BenchmarkHour lets two Pods that do something every few seconds live for an
// hour of virtual time.
func BenchmarkHour(b *testing.B) {
	for b.Loop() {
		w := newWorld(b, Real)
		w.create(onePod("Always", "    command: [sh, -c, 'while true; do date >> /tmp/log; sleep 5; done']\n    livenessProbe: {exec: {command: [cat, /tmp/log]}}\n"))
		w.advance(time.Hour)
	}
}

// BenchmarkProbedHour is an hour of virtual time of 100 Pods that are probed
// every 10 s: 36,000 probes.
func BenchmarkProbedHour(b *testing.B) {
	for name, container := range map[string]string{
		"http": "{name: app, image: nginx, livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 10}}",
		"tcp":  "{name: app, image: nginx, readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 10}}",
		"exec": "{name: app, image: busybox, command: [sh, -c, 'touch /tmp/ok; sleep 36000'], livenessProbe: {exec: {command: [cat, /tmp/ok]}, periodSeconds: 10}}",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := newWorld(b, Real)
				for i := range 100 {
					w.create(fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: p%d}\nspec:\n  nodeName: worker-%d\n  containers:\n  - %s\n", i, 1+i%2, container))
				}
				if err := w.q.Advance(w.q.Now().Add(time.Hour), func() error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
