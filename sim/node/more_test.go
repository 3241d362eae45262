package node

import (
	"strings"
	"testing"
	"time"
)

// ask runs wget in Pod p and returns what it printed.
func (w *world) ask(t *testing.T, from, url string) string {
	t.Helper()
	e, err := w.k.Exec("default", from, "app", []string{"wget", "-qO-", "-T", "3", url}, nil, func(until time.Time) error {
		w.advance(until.Sub(w.q.Now()))
		return nil
	})
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, l := range e.Lines {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// A policy for one direction lets in what one of its rules names, and nothing
// else; names need the way to the name server, too.
func TestNetworkPolicy(t *testing.T) {
	w := newWorld(t, Real)
	w.create("apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n  containers:\n  - {name: app, image: nginx}\n")
	for _, name := range []string{"friend", "stranger"} {
		w.create("apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", labels: {is: " + name + "}}\nspec:\n  containers:\n  - {name: app, image: busybox, command: [sleep, '36000']}\n")
	}
	w.advance(6 * time.Second)
	web := w.k.pods["default/web"].ip
	check := func(from, url, want string) {
		t.Helper()
		if got := w.ask(t, from, url); !strings.Contains(got, want) {
			t.Errorf("%s to %s: %q, want %q", from, url, got, want)
		}
	}
	check("stranger", web, "Welcome")
	w.create("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Ingress]\n" +
		"  ingress: [{from: [{podSelector: {matchLabels: {is: friend}}}], ports: [{port: 80}]}]\n")
	check("friend", web, "Welcome")
	check("stranger", web, "timed out")
	w.create("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: b}\nspec:\n  podSelector: {matchLabels: {is: friend}}\n  policyTypes: [Egress]\n" +
		"  egress: [{to: [{ipBlock: {cidr: " + web + "/32}}]}]\n")
	check("friend", web, "Welcome")
	check("friend", "kubernetes", "bad address")
	w.create("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: c}\nspec:\n  podSelector: {matchLabels: {is: friend}}\n  policyTypes: [Egress]\n" +
		"  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [" + web + "/32]}}], ports: [{port: 80}]}]\n")
	check("friend", web, "Welcome") // policies add up
}

// A user without rights cannot write where root's files lie, and a Pod that
// stops looks at readiness to the end.
func TestUsersAndReadinessWhileStopping(t *testing.T) {
	w := newWorld(t, Real)
	w.create(onePod("Never", "    command: [sh, -c, 'touch /x; echo $?; touch /tmp/x; echo $?; id']\n    securityContext: {runAsUser: 1000, runAsGroup: 3000}\n"))
	w.create("apiVersion: v1\nkind: Pod\nmetadata: {name: slow}\nspec:\n  containers:\n  - {name: app, image: busybox, command: [sleep, '3600'], readinessProbe: {exec: {command: [cat, /no]}, periodSeconds: 2}}\n")
	w.advance(6 * time.Second)
	got, err := w.k.Logs("default", "p", "app", false)
	want := "touch: /x: Permission denied\n1\n0\nuid=1000 gid=3000 groups=3000\n"
	if err != nil || got != want {
		t.Errorf("logs %q, %v, want %q", got, err, want)
	}
	w.delete("slow", 30)
	w.advance(20 * time.Second) // more than 200,000 events if it would not come to rest
	if _, there := w.k.pods["default/slow"]; !there {
		t.Error("it does not use its grace period")
	}
	w.advance(15 * time.Second)
	if _, there := w.k.pods["default/slow"]; there {
		t.Error("it outlives its grace period")
	}
}

// Every Pod whose status says that it is not simulated is listed, with the
// field and the reason, and no other one.
func TestUnknownIsListed(t *testing.T) {
	w := newWorld(t, Real)
	pod := func(name, container string) {
		w.create("apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + "}\nspec:\n  containers:\n  - {name: app, " + container + "}\n")
	}
	pod("image", "image: example.com/own/app:1")
	pod("program", "image: busybox, command: [sh, -c, 'sleep 3; rpm -q x']")
	pod("probe", "image: nginx, readinessProbe: {exec: {command: [dpkg, -l]}}")
	pod("hook", "image: nginx, lifecycle: {postStart: {exec: {command: [sleep, infinity]}}}")
	pod("limit", "image: mysql, resources: {limits: {memory: 8Mi}}")
	pod("good", "image: nginx")
	pod("bad", "image: busybox, command: ['false']")
	w.advance(20 * time.Second)
	listed := map[string]bool{}
	for _, u := range w.k.Unknown() {
		listed[u.Pod] = true
		if u.Namespace != "default" || !strings.HasPrefix(u.Field, "spec.containers[0].") || u.Why == "" {
			t.Errorf("without a place or a reason: %+v", u)
		}
	}
	for _, name := range []string{"image", "program", "probe", "hook", "limit", "good", "bad"} {
		unknown := w.pod(name).Status.Reason == "NotSimulated"
		if want := name != "good" && name != "bad"; unknown != want || listed[name] != want {
			t.Errorf("%s: not simulated %v, listed %v, want %v", name, unknown, listed[name], want)
		}
	}
}
