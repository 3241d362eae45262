package cluster

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// TestReadCall holds what of testdata/calls.txt is run, and why the rest is not.
func TestReadCall(t *testing.T) {
	p := &planner{mapper: newBench(t).live.mapper}
	b, err := os.ReadFile("testdata/calls.txt")
	if err != nil {
		t.Fatal(err)
	}
	want, n := "", 0
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		why, heading := strings.CutPrefix(line, "=")
		switch {
		case heading:
			want = strings.TrimSpace(why)
			continue
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		}
		n++
		got := ""
		if _, err := p.readCall(line); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if n < 100 {
		t.Errorf("only %d commands", n)
	}
}

// TestLine is what is added to a command, and where.
func TestLine(t *testing.T) {
	p := &planner{mapper: newBench(t).live.mapper}
	for _, c := range []struct{ line, dry, run string }{
		{"kubectl create job j --image=busybox -- date", "create job --dry-run=server j --image=busybox -- date", "create job j --image=busybox -- date"},
		{"kubectl create deploy a --image=b --dry-run=client", "create deploy a --image=b --dry-run=client", "create deploy a --image=b --dry-run=client"},
		{"kubectl delete pod web", "delete --wait=false --dry-run=server pod web", "delete --wait=false pod web"},
		{"kubectl rollout status deploy/web", "rollout status --watch=false deploy/web", "rollout status --watch=false deploy/web"},
		{"kubectl get pods", "get pods", "get pods"},
	} {
		call, err := p.readCall(c.line)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{c.dry, c.run}, []string{strings.Join(call.line(Options{}), " "), strings.Join(call.line(Options{Run: true}), " ")}); d != "" {
			t.Error(d)
		}
	}
}

const podHead = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: nginx\n"

func deployment(spec string) string {
	return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b, type: LoadBalancer}}\n    spec: " + spec + "\n"
}

func TestHazards(t *testing.T) {
	for _, c := range []struct{ manifest, dry, run string }{
		{podHead, "", ""},
		{podHead + "  volumes: [{name: v, hostPath: {path: /}}]", "hostPath", "hostPath"},
		{deployment("{volumes: [{name: v, hostPath: {path: /}}]}"), "hostPath", "hostPath"},
		{"apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {hostNetwork: true}}}}}", "hostNetwork", "hostNetwork"},
		{deployment("{hostNetwork: false, hostPID: true}"), "hostPID", "hostPID"},
		{deployment("{hostIPC: true}"), "hostIPC", "hostIPC"},
		{deployment("{containers: [{ports: [{containerPort: 80, hostPort: 80}]}]}"), "hostPort", "hostPort"},
		{deployment("{initContainers: [{securityContext: {privileged: true}}]}"), "privileged", "privileged"},
		{deployment("{containers: [{securityContext: {capabilities: {add: [NET_BIND_SERVICE, SYS_ADMIN]}}}]}"), "capabilities", "capabilities"},
		{deployment("{containers: [{securityContext: {capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}}}]}"), "", ""},
		{deployment("{securityContext: {seccompProfile: {type: Unconfined}}}"), "unconfined", "unconfined"},
		{deployment("{securityContext: {seccompProfile: {type: RuntimeDefault}}}"), "", ""},
		{deployment("{securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}}"), "unconfined", "unconfined"},
		{"apiVersion: v1\nkind: Service\nspec: {type: LoadBalancer}", "LoadBalancer", "LoadBalancer"},
		{"apiVersion: v1\nkind: Service\nspec: {type: NodePort}", "", "NodePort"},
		{"apiVersion: v1\nkind: Service\nspec: {externalIPs: [1.2.3.4]}", "externalIPs", "externalIPs"},
		{"apiVersion: v1\nkind: ConfigMap\ndata: {hostPath: /, privileged: 'true', nodeName: a}", "", ""},
		{"apiVersion: networking.k8s.io/v1\nkind: Ingress", "", "Ingress"},
		{deployment("{volumes: [{name: v, nfs: {server: a, path: /}}]}"), "", "volumes"},
		{deployment("{volumes: [{name: v, emptyDir: {}}, {name: w, configMap: {name: a}}]}"), "", ""},
		{"apiVersion: v1\nkind: PersistentVolumeClaim", "", "PersistentVolumeClaim"},
		{"apiVersion: apps/v1\nkind: StatefulSet\nspec: {volumeClaimTemplates: [{metadata: {name: a}}]}", "", "PersistentVolumeClaim"},
		{deployment("{volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {}}}}]}"), "", "PersistentVolumeClaim"},
		{deployment("{nodeName: worker-1}"), "", "nodeName"},
		{deployment("{priorityClassName: system-node-critical}"), "", "priorityClassName"},
		{"apiVersion: v1\nkind: ConfigMap\nmetadata: {finalizers: [a/b]}", "", "finalizers"},
		{"kind: RoleBinding\nsubjects: [{kind: ServiceAccount, name: a}, {kind: Group, name: system:authenticated}]", "", "subjects"},
		{"kind: RoleBinding\nsubjects: [{kind: ServiceAccount, name: a}]", "", ""},
		{"kind: ConfigMap\nmetadata: " + strings.Repeat("{a: ", 100) + "1" + strings.Repeat("}", 100), "hostPath", "hostPath"},
	} {
		j, err := yaml.YAMLToJSON([]byte(c.manifest))
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(j, &object); err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{}, {Run: true}} {
			want := map[bool]string{false: c.dry, true: c.run}[o.Run]
			if h, _ := hazardOf(object, o); h.name != want {
				t.Errorf("run %v: %q, want %q: %s", o.Run, h.name, want, c.manifest)
			}
			o.Allow = []string{want}
			if h, _ := hazardOf(object, o); want != "" && h.name == want {
				t.Errorf("--allow=%s does not allow it", want)
			}
		}
	}
}

// TestInto finds the namespaces in an object, and nothing that only looks like
// one.
func TestInto(t *testing.T) {
	o := object{content: map[string]any{"apiVersion": "v1", "kind": "RoleBinding",
		"metadata": map[string]any{"name": "a", "namespace": "kube-system", "labels": map[string]any{"namespace": "x"}},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": "a", "namespace": "kube-system"}},
		"data":     map[string]any{"namespace": "y"}}}
	got, applies := o.into("ours")
	want := `{"apiVersion":"v1","data":{"namespace":"y"},"kind":"RoleBinding","metadata":{"labels":{"namespace":"x"},"name":"a","namespace":"ours"},"subjects":[{"kind":"ServiceAccount","name":"a","namespace":"ours"}]}` + "\n"
	if got != want || !applies {
		t.Errorf("%v %s", applies, got)
	}
	if _, applies := (object{content: map[string]any{"metadata": map[string]any{"generateName": "a-"}}}).into("ours"); applies {
		t.Error("what the server names can't be applied")
	}
}

func TestGuard(t *testing.T) {
	const ours = "/api/v1/namespaces/ours"
	for _, c := range []struct{ request, body, dry, run string }{
		{"GET /version", "", "", ""},
		{"GET /apis/apps/v1", "", "", ""},
		{"GET " + ours, "", "", ""},
		{"GET " + ours + "/pods/web", "", "", ""},
		{"GET " + ours + "/pods/web/log", "", "", ""},
		{"GET /apis/apps/v1/namespaces/ours/deployments", "", "", ""},
		{"GET /api/v1/pods", "", "not about the namespace", "not about the namespace"},
		{"GET /api/v1/nodes", "", "not about the namespace", "not about the namespace"},
		{"GET /api/v1/namespaces/other/pods", "", "not about the namespace", "not about the namespace"},
		{"GET " + ours + "/../other/pods", "", "not plain", "not plain"},
		{"GET " + ours + "%2f..%2fother/pods", "", "not plain", "not plain"},
		{"GET " + ours + "/pods/web/exec", "", "stream", "stream"},
		{"GET " + ours + "/services/web/proxy", "", "stream", "stream"},
		{"GET " + ours + "/services/web/proxy/a", "", "not about the namespace", "not about the namespace"},
		{"GET /logs/a", "", "not about the namespace", "not about the namespace"},
		{"POST /api/v1/namespaces", `{"kind":"Namespace"}`, "not about the namespace", "not about the namespace"},
		{"POST /apis/apps/v1", `{}`, "no namespace", "no namespace"},
		{"DELETE " + ours, "", "not about the namespace", "not about the namespace"},
		{"POST " + ours + "/pods", `{}`, "no dry run", ""},
		{"POST " + ours + "/pods?dryRun=All", `{}`, "", ""},
		{"POST " + ours + "/pods?dryRun=", `{}`, "no dry run", ""},
		{"DELETE " + ours + "/pods/web", `{"dryRun":["All"]}`, "", ""},
		{"DELETE " + ours + "/pods/web", `{}`, "no dry run", ""},
		{"DELETE " + ours + "/pods", `{"dryRun":["All"]}`, "more than one", "more than one"},
		{"POST " + ours + "/serviceaccounts/a/token?dryRun=All", `{}`, "part of an object", "part of an object"},
		{"POST " + ours + "/pods/web/eviction?dryRun=All", `{}`, "part of an object", "part of an object"},
		{"POST " + ours + "/pods?dryRun=All", `{"spec":{"hostNetwork":true}}`, "hostNetwork is not allowed", "hostNetwork is not allowed"},
		{"PATCH " + ours + "/services/a?dryRun=All", `{"spec":{"type":"LoadBalancer"}}`, "LoadBalancer is not allowed", "LoadBalancer is not allowed"},
		{"PATCH " + ours + "/services/a?dryRun=All", `[{"op":"add","path":"/spec/type","value":"LoadBalancer"}]`, "list of operations", "list of operations"},
		{"PATCH " + ours + "/services/a?dryRun=All", `{"spec":{"type":"NodePort"}}`, "", "NodePort is not allowed"},
		{"POST " + ours + "/pods?dryRun=All", "k8s\x00", "no JSON", "no JSON"},
	} {
		for _, o := range []Options{{}, {Run: true}} {
			want := map[bool]string{false: c.dry, true: c.run}[o.Run]
			method, path, _ := strings.Cut(c.request, " ")
			req := httptest.NewRequest(method, "https://c.invalid"+path, strings.NewReader(c.body))
			req.Header.Set("Content-Type", "application/json")
			if strings.HasPrefix(c.body, "[") {
				req.Header.Set("Content-Type", "application/json-patch+json")
			}
			sent := ""
			g := guard{namespace: "ours", options: o, trouble: &trouble{}, next: roundTrip(func(req *http.Request) (*http.Response, error) {
				b, err := io.ReadAll(req.Body)
				sent = string(b)
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, err
			})}
			res, err := g.RoundTrip(req)
			got := ""
			if err != nil {
				got = err.Error()
			} else if _ = res.Body.Close(); sent != c.body {
				t.Errorf("%s: %q was sent, want %q", c.request, sent, c.body)
			}
			if want == "" != (got == "") || !strings.Contains(got, want) {
				t.Errorf("%s, run %v: %q, want %q", c.request, o.Run, got, want)
			}
			if noted := g.trouble.take(); (noted == nil) != (err == nil) {
				t.Errorf("%s: noted %v", c.request, noted)
			}
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
