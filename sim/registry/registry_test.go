package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gieok/sim/clock"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/pkg/registry/core/service/portallocator"
)

// inCluster runs f in the time of a cluster that has its namespaces and
// default service account, and no controllers.
func inCluster(t *testing.T, f func(r *Registry)) {
	t.Helper()
	q := clock.NewQueue(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	r := New(q, 1)
	_, err := clock.Bubble(q.Now(), func() error {
		for _, name := range []string{"default", "kube-system", "kube-public"} {
			if _, err := Create(r, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
				return err
			}
		}
		if _, err := Create(r, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "default"}}); err != nil {
			return err
		}
		f(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newPod(name string, change func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "a"}}}}
	if change != nil {
		change(p)
	}
	return p
}

func TestConflictsAndVersions(t *testing.T) {
	inCluster(t, func(r *Registry) {
		old, err := Create(r, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "a"}, Data: map[string]string{"k": "1"}})
		if err != nil {
			t.Fatal(err)
		}
		first := old.DeepCopy()
		first.Data["k"] = "2"
		if _, err := Update(r, first); err != nil {
			t.Fatal(err)
		}
		second := old.DeepCopy()
		second.Data["k"] = "3"
		if _, err := Update(r, second); !apierrors.IsConflict(err) {
			t.Errorf("an update of an old version: %v", err)
		}
		before := r.Version()
		same, _ := Get[*corev1.ConfigMap](r, "default", "a")
		if _, err := Update(r, same.DeepCopy()); err != nil || r.Version() != before {
			t.Errorf("an update that changes nothing: version %d, then %d: %v", before, r.Version(), err)
		}
		if _, err := Create(r, old.DeepCopy()); !apierrors.IsAlreadyExists(err) {
			t.Errorf("a second create: %v", err)
		}
	})
}

func TestFinalizersKeepAnObject(t *testing.T) {
	inCluster(t, func(r *Registry) {
		if _, err := Create(r, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "a", Finalizers: []string{"example.com/x"}}}); err != nil {
			t.Fatal(err)
		}
		if err := Delete[*corev1.ConfigMap](r, "default", "a", DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		c, ok := Get[*corev1.ConfigMap](r, "default", "a")
		if !ok || c.DeletionTimestamp == nil {
			t.Fatalf("it is gone or not marked: %v %v", ok, c)
		}
		c = c.DeepCopy()
		c.Finalizers = nil
		if _, err := Update(r, c); err != nil {
			t.Fatal(err)
		}
		if _, ok := Get[*corev1.ConfigMap](r, "default", "a"); ok {
			t.Error("it stays without finalizers")
		}
	})
}

func TestNodePorts(t *testing.T) {
	inCluster(t, func(r *Registry) {
		a := &portAllocator{r: r}
		for _, port := range []int{0, nodePortFirst - 1, nodePortLast + 1} {
			if err := a.Allocate(port); err == nil {
				t.Errorf("port %d is given out", port)
			}
		}
		seen := map[int]bool{}
		for range nodePortLast - nodePortFirst + 1 {
			port, err := a.AllocateNext()
			if err != nil || seen[port] || port < nodePortFirst || port > nodePortLast {
				t.Fatalf("port %d, given out before: %v, %v", port, seen[port], err)
			}
			seen[port] = true
		}
		if _, err := a.AllocateNext(); !errors.Is(err, portallocator.ErrFull) {
			t.Errorf("one more: %v", err)
		}
		if err := a.Release(nodePortFirst); err != nil {
			t.Fatal(err)
		}
		if port, err := a.AllocateNext(); err != nil || port != nodePortFirst {
			t.Errorf("after a release: %d, %v", port, err)
		}
	})
}

func TestServiceAddressesAreNotGivenTwice(t *testing.T) {
	inCluster(t, func(r *Registry) {
		service := func(name, ip string) *corev1.Service {
			return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
				Spec: corev1.ServiceSpec{ClusterIP: ip, Ports: []corev1.ServicePort{{Port: 80}}}}
		}
		seen := map[string]bool{}
		for i := range 50 {
			s, err := Create(r, service(fmt.Sprintf("s%d", i), ""))
			if err != nil || seen[s.Spec.ClusterIP] {
				t.Fatalf("%v, %v", s, err)
			}
			seen[s.Spec.ClusterIP] = true
		}
		one, _ := Get[*corev1.Service](r, "default", "s7")
		if _, err := Create(r, service("taken", one.Spec.ClusterIP)); err == nil || !strings.Contains(err.Error(), "already allocated") {
			t.Errorf("a taken address: %v", err)
		}
		if err := Delete[*corev1.Service](r, "default", "s7", DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := Create(r, service("again", one.Spec.ClusterIP)); err != nil {
			t.Errorf("a released address: %v", err)
		}
	})
}

func TestQuota(t *testing.T) {
	inCluster(t, func(r *Registry) {
		if _, err := Create(r, &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "q"},
			Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"pods": resource.MustParse("1"), "requests.cpu": resource.MustParse("1")}}}); err != nil {
			t.Fatal(err)
		}
		q, _ := Get[*corev1.ResourceQuota](r, "default", "q")
		q = q.DeepCopy()
		q.Status.Hard = q.Spec.Hard
		used, err := r.QuotaUsage(q)
		if err != nil {
			t.Fatal(err)
		}
		q.Status.Used = used
		if _, err := UpdateStatus(r, q); err != nil {
			t.Fatal(err)
		}
		ask := func(cpu string) func(*corev1.Pod) {
			return func(p *corev1.Pod) {
				p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse(cpu)}
			}
		}
		for _, c := range []struct {
			pod  *corev1.Pod
			want string
		}{
			{newPod("silent", nil), "must specify requests.cpu for: a"},
			{newPod("large", ask("2")), "exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1"},
			{newPod("fits", ask("500m")), ""},
			{newPod("second", ask("1m")), "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"},
		} {
			_, err := Create(r, c.pod)
			if c.want == "" && err != nil || c.want != "" && (!apierrors.IsForbidden(err) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: got %v, want %q", c.pod.Name, err, c.want)
			}
		}
	})
}

func TestRuntimeClass(t *testing.T) {
	inCluster(t, func(r *Registry) {
		if _, err := Create(r, &nodev1.RuntimeClass{ObjectMeta: metav1.ObjectMeta{Name: "vm"}, Handler: "vm",
			Overhead:   &nodev1.Overhead{PodFixed: corev1.ResourceList{"cpu": resource.MustParse("100m")}},
			Scheduling: &nodev1.Scheduling{NodeSelector: map[string]string{"vm": "yes"}}}); err != nil {
			t.Fatal(err)
		}
		class := func(name string) *string { return &name }
		got, err := Create(r, newPod("good", func(p *corev1.Pod) { p.Spec.RuntimeClassName = class("vm") }))
		if err != nil {
			t.Fatal(err)
		}
		if cpu := got.Spec.Overhead["cpu"]; cpu.String() != "100m" || got.Spec.NodeSelector["vm"] != "yes" {
			t.Errorf("overhead %v, selector %v", got.Spec.Overhead, got.Spec.NodeSelector)
		}
		for want, p := range map[string]*corev1.Pod{
			`RuntimeClass "none" not found`: newPod("a", func(p *corev1.Pod) { p.Spec.RuntimeClassName = class("none") }),
			"Pod Overhead set without":      newPod("b", func(p *corev1.Pod) { p.Spec.Overhead = corev1.ResourceList{"cpu": resource.MustParse("1")} }),
			"conflict: runtimeClass.scheduling.nodeSelector[vm] = yes": newPod("c", func(p *corev1.Pod) {
				p.Spec.RuntimeClassName, p.Spec.NodeSelector = class("vm"), map[string]string{"vm": "no"}
			}),
		} {
			if _, err := Create(r, p); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
	})
}

func TestAuthorizer(t *testing.T) {
	inCluster(t, func(r *Registry) {
		if err := CreateDefaultRoles(r); err != nil {
			t.Fatal(err)
		}
		bind := func(namespace, role, who string) {
			t.Helper()
			if _, err := Create(r, &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: role},
				RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
				Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: who}}}); err != nil {
				t.Fatal(err)
			}
		}
		bind("default", "system:aggregate-to-view", "jane")
		bind("default", "system:aggregate-to-edit", "joe")
		for _, c := range []struct {
			user, verb, resource, namespace string
			want                            bool
		}{
			{"jane", "list", "pods", "default", true},
			{"jane", "create", "pods", "default", false},
			{"jane", "get", "secrets", "default", false},
			{"jane", "list", "pods", "kube-system", false},
			{"joe", "create", "pods", "default", true},
			{"joe", "list", "nodes", "", false},
			{"nobody", "get", "pods", "default", false},
		} {
			d, _, _ := Authorizer().Authorize(r.With(t.Context()), authorizer.AttributesRecord{User: &user.DefaultInfo{Name: c.user},
				Verb: c.verb, Resource: c.resource, APIVersion: "v1", Namespace: c.namespace, ResourceRequest: true})
			if (d == authorizer.DecisionAllow) != c.want {
				t.Errorf("%s may %s %s in %q: %v", c.user, c.verb, c.resource, c.namespace, d)
			}
		}
		d, _, _ := Authorizer().Authorize(r.With(t.Context()), authorizer.AttributesRecord{User: Administrator(), Verb: "delete", Resource: "nodes", ResourceRequest: true})
		if d != authorizer.DecisionAllow {
			t.Error("the administrator may not")
		}
	})
}

func TestOrderCauses(t *testing.T) {
	cause := func(field, message string) metav1.StatusCause {
		return metav1.StatusCause{Type: metav1.CauseTypeFieldValueInvalid, Field: field, Message: message}
	}
	required := func(field string) metav1.StatusCause {
		return metav1.StatusCause{Type: metav1.CauseTypeFieldValueRequired, Field: field, Message: "Required value"}
	}
	for _, c := range []struct {
		name string
		in   []metav1.StatusCause
		want []int // places of in
	}{
		{"keys of one map", []metav1.StatusCause{cause("r[memory]", "b"), cause("r[cpu]", "a")}, []int{1, 0}},
		{"several of a key keep their order", []metav1.StatusCause{cause("r[b]", "2"), cause("r[b]", "1"), cause("r[a]", "0")}, []int{2, 0, 1}},
		{"places in a list", []metav1.StatusCause{cause("c[1]", "a"), cause("c[0]", "b")}, []int{0, 1}},
		{"two maps", []metav1.StatusCause{cause("x[b]", ""), cause("y[a]", "")}, []int{0, 1}},
		{"asked for by name", []metav1.StatusCause{required("data[username]"), required("data[password]")}, []int{0, 1}},
		{"labels", []metav1.StatusCause{cause("metadata.labels", "z"), cause("metadata.labels", "a")}, []int{1, 0}},
		{"another field", []metav1.StatusCause{cause("spec.x", "z"), cause("spec.x", "a")}, []int{0, 1}},
	} {
		s := &metav1.Status{Message: `Pod "p" is invalid: ` + joinCauses(c.in), Details: &metav1.StatusDetails{Causes: slices.Clone(c.in)}}
		changed := OrderCauses(s)
		var want []metav1.StatusCause
		for _, i := range c.want {
			want = append(want, c.in[i])
		}
		if !slices.Equal(s.Details.Causes, want) || changed == slices.Equal(c.in, want) || s.Message != `Pod "p" is invalid: `+joinCauses(want) {
			t.Errorf("%s: got %v, %q, changed %v", c.name, s.Details.Causes, s.Message, changed)
		}
	}
}

func TestApply(t *testing.T) {
	for _, c := range []struct{ name, manifest, want string }{
		{"two documents and comments", "# a\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n# only words\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\n", ""},
		{"an unknown field", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a, imag: b}]}", `unknown field "spec.containers[0].imag"`},
		{"an unknown kind", "apiVersion: v1\nkind: Nope\nmetadata: {name: a}", "Nope"},
		{"a version that is not served", "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: a}", "apps/v1beta1"},
		{"too many", strings.Repeat("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n", documentsMax+1), "more than"},
		{"no YAML", "a: [", "yaml"},
		{"an unknown namespace", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: nope}", `namespaces "nope" not found`},
	} {
		inCluster(t, func(r *Registry) {
			err := Apply(r, []byte(c.manifest))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: got %v, want %q", c.name, err, c.want)
			}
		})
	}
}

// TestForkLeavesItsParent: writes, and what they draw from chance, stay apart.
func TestForkLeavesItsParent(t *testing.T) {
	inCluster(t, func(r *Registry) {
		create := func(r *Registry) string {
			c, err := Create(r, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", GenerateName: "a-"}})
			if err != nil {
				t.Fatal(err)
			}
			return c.Name + string(c.UID)
		}
		f, before := r.Fork(r.Clock().Fork()), r.Version()
		inFork := create(f)
		if r.Version() != before || len(List[*corev1.ConfigMap](r, "default")) != 0 {
			t.Error("the parent has changed")
		}
		if inParent := create(r); inParent != inFork {
			t.Errorf("the parent makes %s, its fork made %s", inParent, inFork)
		}
	})
}

// TestPodSecurity: what a namespace enforces refuses Pods, with the words that
// a cluster has for each control.
func TestPodSecurity(t *testing.T) {
	yes, no, root := true, false, int64(0)
	restricted := func(p *corev1.Pod) {
		p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
	}
	for _, c := range []struct {
		level  string
		change func(*corev1.Pod)
		want   string
	}{
		{"privileged", func(p *corev1.Pod) { p.Spec.HostNetwork = true }, ""},
		{"baseline", nil, ""},
		{"baseline", func(p *corev1.Pod) {
			p.Spec.HostNetwork = true
			p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: &yes}
		}, `violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), privileged (container "a" must not set securityContext.privileged=true)`},
		{"baseline", func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
			p.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
		}, `hostPath volumes (volume "v"), hostPort (container "a" uses hostPort 80)`},
		{"restricted", nil, `violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), ` +
			`unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), ` +
			`seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`},
		{"restricted", restricted, ""},
		{"restricted", func(p *corev1.Pod) { restricted(p); p.Spec.SecurityContext.RunAsUser = &root }, "runAsUser=0 (pod must not set runAsUser=0)"},
		{"restricted", func(p *corev1.Pod) {
			restricted(p)
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "b", Image: "b"}, corev1.Container{Name: "c", Image: "c"})
		}, `allowPrivilegeEscalation != false (containers "b", "c" must set`},
	} {
		inCluster(t, func(r *Registry) {
			if err := Mutate(r, "", "default", func(ns *corev1.Namespace) {
				ns.Labels = map[string]string{"pod-security.kubernetes.io/enforce": c.level}
			}); err != nil {
				t.Fatal(err)
			}
			_, err := Create(r, newPod("p", c.change))
			if c.want == "" && err != nil || c.want != "" && (!apierrors.IsForbidden(err) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: got %v, want %q", c.level, err, c.want)
			}
		})
	}
	inCluster(t, func(r *Registry) {
		err := Mutate(r, "", "default", func(ns *corev1.Namespace) { ns.Labels = map[string]string{"pod-security.kubernetes.io/warn": "strict"} })
		if !apierrors.IsInvalid(err) {
			t.Errorf("a level that there is not: %v", err)
		}
	})
}
