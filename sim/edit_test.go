package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// TestEdit holds kubectl edit with the desk's sed as its editor, as those who
// prepare for an exam use it; the words are upstream's.
func TestEdit(t *testing.T) {
	c := settled(t, Real)
	check(t, c, []said{
		{"kubectl create deployment web --image=nginx:1.26", "created"},
		{`KUBE_EDITOR="sed -i s/nginx:1.26/nginx:1.27/" kubectl edit deployment web`, "^deployment.apps/web edited\n$"},
		{"kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}'", "^nginx:1.27$"},
		{`EDITOR="sed -i 's/replicas: 1/replicas: 3/'" k edit deploy/web --save-config`, "^deployment.apps/web edited\n$"},
		{"kubectl get deployment web", `web +\d/3`},
		{`KUBE_EDITOR="sed -i s/nothing/something/" kubectl edit deployment web`, "^Edit cancelled, no changes made.\n$"},
		// An empty text holds no object: kubectl checks that before it looks whether there is any.
		{`KUBE_EDITOR="sed -i d" kubectl edit deployment web`, `^error: deployments.apps "web" is invalid\nA copy of your changes has been stored to "/tmp/kubectl-edit-\d+.yaml"\nerror: Edit cancelled, no valid changes were saved.\n$`},
		{`KUBE_EDITOR="sed -i 's/replicas: 3/replicas: -3/'" kubectl edit deployment web`,
			`^error: deployments.apps "web" is invalid\nA copy of your changes has been stored to "/tmp/kubectl-edit-\d+.yaml"\nerror: Edit cancelled, no valid changes were saved.\n$`},
		{`KUBE_EDITOR="sed -i 's/name: web/name: other/'" kubectl edit deployment web`, "error: At least one of apiVersion, kind and name was changed\n$"},
		{`KUBE_EDITOR=vi kubectl edit deployment web`, `^error: unable to launch the editor "vi": vi is not part of this desk, but sed -i is\n$`},
		{"kubectl edit deployment web", "^error: 편집기가 없습니다"},
		{"kubectl edit deployment none", `^Error from server \(NotFound\): deployments.apps "none" not found\n$`},
		// A field that can't change: the copy takes the Pod's place by force.
		{"kubectl run one --image=nginx", "created"},
	})
	got, err := c.Exec(context.Background(), `KUBE_EDITOR="sed -i 's/dnsPolicy: .*/dnsPolicy: Default/'" kubectl edit pod one`)
	if err != nil {
		t.Fatal(err)
	}
	_, file, _ := strings.Cut(got.Stderr, `error: pods "one" is invalid`+"\n"+`A copy of your changes has been stored to "`)
	file, _, _ = strings.Cut(file, `"`)
	check(t, c, []said{
		{"kubectl replace --force -f " + file, `(?s)pod "one" deleted.*pod/one replaced`},
		{"kubectl get pod one -o jsonpath={.spec.dnsPolicy}", "^Default$"},
	})
}

// TestEditByHand holds that a text that the server refuses comes back with the
// reason, and that whoever edits is no part of the bubble.
func TestEditByHand(t *testing.T) {
	c := settled(t, Real)
	var seen []string
	c.Desk().Editor = func(_ context.Context, text string) (string, error) {
		seen = append(seen, text)
		wait := make(chan struct{})
		go close(wait)
		<-wait
		return strings.Replace(text, "replicas: "+[]string{"1", "-1"}[len(seen)-1], "replicas: "+[]string{"-1", "2"}[len(seen)-1], 1), nil
	}
	before := c.Now()
	check(t, c, []said{
		{"kubectl create deployment web --image=nginx", "created"},
		{"kubectl edit deployment web", "^error: deployments.apps \"web\" is invalid\ndeployment.apps/web edited\n|^deployment.apps/web edited\nerror: deployments.apps \"web\" is invalid\n$"},
		{"kubectl get deploy web -o jsonpath='{.spec.replicas}'", "^2$"},
	})
	if c.Now() != before {
		t.Errorf("%s passed", c.Now().Sub(before))
	}
	reason := "# deployments.apps \"web\" was not valid:\n# * spec.replicas: Invalid value: -1: must be greater than or equal to 0\n#\n"
	if len(seen) != 2 || !strings.HasPrefix(seen[0], "# Please edit the object below.") || !strings.Contains(seen[1], reason) {
		t.Errorf("the editor was shown %s", fmt.Sprint(seen))
	}
}
