package node

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// environment is what the kubelet sets for a container: variables of Services,
// then envFrom, then env, later ones winning. The error is the message of
// CreateContainerConfigError.
func (k *Kubelet) environment(p *pod, c *ctr) ([]string, error) {
	spec := p.spec(c)
	e := &envList{values: map[string]string{}}
	for _, from := range spec.EnvFrom {
		if err := k.envFrom(p, from, e); err != nil {
			return nil, err
		}
	}
	services := k.serviceVariables(p)
	seen := func(name string) (string, bool) {
		if v, ok := e.values[name]; ok {
			return v, true
		}
		v, ok := services.values[name]
		return v, ok
	}
	for _, v := range spec.Env {
		value, skip, err := k.envValue(p, c, v, seen)
		if err != nil {
			return nil, err
		}
		if !skip {
			e.set(v.Name, value)
		}
	}
	var out []string
	for _, name := range services.names {
		if _, ok := e.values[name]; !ok {
			out = append(out, name+"="+services.values[name])
		}
	}
	for _, name := range e.names {
		out = append(out, name+"="+e.values[name])
	}
	return out, nil
}

// An envList keeps the order in which variables were first set.
type envList struct {
	names  []string
	values map[string]string
}

func (e *envList) set(name, value string) {
	if _, ok := e.values[name]; !ok {
		e.names = append(e.names, name)
	}
	e.values[name] = value
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (k *Kubelet) envFrom(p *pod, from corev1.EnvFromSource, e *envList) error {
	ns := p.obj.Namespace
	switch {
	case from.ConfigMapRef != nil:
		cm, ok := registry.Get[*corev1.ConfigMap](k.r, ns, from.ConfigMapRef.Name)
		if !ok {
			if isTrue(from.ConfigMapRef.Optional) {
				return nil
			}
			return fmt.Errorf("configmap %q not found", from.ConfigMapRef.Name)
		}
		for _, key := range sortedKeys(cm.Data) {
			e.set(from.Prefix+key, cm.Data[key])
		}
	case from.SecretRef != nil:
		s, ok := registry.Get[*corev1.Secret](k.r, ns, from.SecretRef.Name)
		if !ok {
			if isTrue(from.SecretRef.Optional) {
				return nil
			}
			return fmt.Errorf("secret %q not found", from.SecretRef.Name)
		}
		for _, key := range sortedKeys(s.Data) {
			e.set(from.Prefix+key, string(s.Data[key]))
		}
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }

func (k *Kubelet) envValue(p *pod, c *ctr, v corev1.EnvVar, seen func(string) (string, bool)) (value string, skip bool, err error) {
	from := v.ValueFrom
	if from == nil || v.Value != "" {
		return expand(v.Value, seen), false, nil
	}
	ns := p.obj.Namespace
	switch {
	case from.FieldRef != nil:
		value, err = k.fieldValue(p, from.FieldRef.FieldPath)
	case from.ResourceFieldRef != nil:
		value, err = k.resourceValue(p, c, from.ResourceFieldRef)
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		cm, ok := registry.Get[*corev1.ConfigMap](k.r, ns, ref.Name)
		if !ok {
			return "", isTrue(ref.Optional), unless(isTrue(ref.Optional), fmt.Errorf("configmap %q not found", ref.Name))
		}
		if value, ok = cm.Data[ref.Key]; !ok {
			return "", isTrue(ref.Optional), unless(isTrue(ref.Optional), fmt.Errorf("couldn't find key %s in ConfigMap %s/%s", ref.Key, ns, ref.Name))
		}
	case from.SecretKeyRef != nil:
		ref := from.SecretKeyRef
		s, ok := registry.Get[*corev1.Secret](k.r, ns, ref.Name)
		if !ok {
			return "", isTrue(ref.Optional), unless(isTrue(ref.Optional), fmt.Errorf("secret %q not found", ref.Name))
		}
		data, ok := s.Data[ref.Key]
		if !ok {
			return "", isTrue(ref.Optional), unless(isTrue(ref.Optional), fmt.Errorf("couldn't find key %s in Secret %s/%s", ref.Key, ns, ref.Name))
		}
		value = string(data)
	}
	return value, false, err
}

func unless(optional bool, err error) error {
	if optional {
		return nil
	}
	return err
}

// fieldValue is the downward API.
func (k *Kubelet) fieldValue(p *pod, path string) (string, error) {
	o := p.obj
	for prefix, m := range map[string]map[string]string{"metadata.labels": o.Labels, "metadata.annotations": o.Annotations} {
		if path == prefix {
			var lines []string
			for _, key := range sortedKeys(m) {
				lines = append(lines, key+"="+strconv.Quote(m[key]))
			}
			return strings.Join(lines, "\n"), nil
		}
		if key, ok := strings.CutPrefix(path, prefix+"['"); ok {
			return m[strings.TrimSuffix(key, "']")], nil
		}
	}
	switch path {
	case "metadata.name":
		return o.Name, nil
	case "metadata.namespace":
		return o.Namespace, nil
	case "metadata.uid":
		return string(o.UID), nil
	case "spec.nodeName":
		return o.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return o.Spec.ServiceAccountName, nil
	case "status.podIP", "status.podIPs":
		return p.ip, nil
	case "status.hostIP", "status.hostIPs":
		return p.host, nil
	}
	return "", fmt.Errorf("unsupported fieldPath: %v", path)
}

// resourceValue rounds up to whole divisors; a limit that is not set is the
// node's allocatable.
func (k *Kubelet) resourceValue(p *pod, c *ctr, ref *corev1.ResourceFieldSelector) (string, error) {
	spec := p.spec(c)
	if ref.ContainerName != "" {
		for _, o := range p.containers {
			if o.name == ref.ContainerName {
				spec = p.spec(o)
			}
		}
	}
	kind, name, _ := strings.Cut(ref.Resource, ".")
	list := spec.Resources.Limits
	if kind == "requests" {
		list = spec.Resources.Requests
	}
	q, ok := list[corev1.ResourceName(name)]
	if !ok && kind == "limits" {
		if n, found := registry.Get[*corev1.Node](k.r, "", p.obj.Spec.NodeName); found {
			q = n.Status.Allocatable[corev1.ResourceName(name)]
		}
	}
	divisor := ref.Divisor
	if divisor.IsZero() {
		divisor = resource.MustParse("1")
	}
	if divisor.Sign() < 0 {
		return "", fmt.Errorf("invalid divisor %s", divisor.String())
	}
	scale := big.NewInt(1_000_000_000)
	nano := func(q resource.Quantity) *big.Int {
		whole := q.AsDec()
		n := new(big.Int).Mul(whole.UnscaledBig(), scale)
		for s := whole.Scale(); s > 0; s-- {
			n.Quo(n, big.NewInt(10))
		}
		for s := whole.Scale(); s < 0; s++ {
			n.Mul(n, big.NewInt(10))
		}
		return n
	}
	a, b := nano(q.DeepCopy()), nano(divisor.DeepCopy())
	if b.Sign() == 0 {
		return "0", nil
	}
	a.Add(a, b).Sub(a, big.NewInt(1)).Quo(a, b)
	return a.String(), nil
}

// serviceVariables are those of the Services that exist when a container
// starts (Kubernetes documentation, "Accessing the Service").
func (k *Kubelet) serviceVariables(p *pod) *envList {
	e := &envList{values: map[string]string{}}
	links := p.obj.Spec.EnableServiceLinks == nil || *p.obj.Spec.EnableServiceLinks
	var services []*corev1.Service
	if s, ok := registry.Get[*corev1.Service](k.r, corev1.NamespaceDefault, "kubernetes"); ok {
		services = append(services, s)
	}
	if links {
		for _, s := range registry.List[*corev1.Service](k.r, p.obj.Namespace) {
			if s.Name != "kubernetes" || s.Namespace != corev1.NamespaceDefault {
				services = append(services, s)
			}
		}
	}
	for _, s := range services {
		ip := s.Spec.ClusterIP
		if ip == "" || ip == corev1.ClusterIPNone || len(s.Spec.Ports) == 0 {
			continue
		}
		name := strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
		first := s.Spec.Ports[0]
		e.set(name+"_SERVICE_HOST", ip)
		e.set(name+"_SERVICE_PORT", strconv.Itoa(int(first.Port)))
		for _, port := range s.Spec.Ports {
			if port.Name != "" {
				e.set(name+"_SERVICE_PORT_"+strings.ToUpper(strings.ReplaceAll(port.Name, "-", "_")), strconv.Itoa(int(port.Port)))
			}
		}
		for i, port := range s.Spec.Ports {
			proto := strings.ToLower(string(port.Protocol))
			url := fmt.Sprintf("%s://%s:%d", proto, ip, port.Port)
			if i == 0 {
				e.set(name+"_PORT", url)
			}
			prefix := fmt.Sprintf("%s_PORT_%d_%s", name, port.Port, strings.ToUpper(proto))
			e.set(prefix, url)
			e.set(prefix+"_PROTO", proto)
			e.set(prefix+"_PORT", strconv.Itoa(int(port.Port)))
			e.set(prefix+"_ADDR", ip)
		}
	}
	return e
}

func lookupEnv(env []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := len(env) - 1; i >= 0; i-- {
			if v, ok := strings.CutPrefix(env[i], name+"="); ok {
				return v, true
			}
		}
		return "", false
	}
}

func expandAll(words []string, lookup func(string) (string, bool)) []string {
	var out []string
	for _, w := range words {
		out = append(out, expand(w, lookup))
	}
	return out
}

// expand replaces $(VAR); $$ stands for one dollar sign, and what is not set or
// not closed stays as it is written.
func expand(s string, lookup func(string) (string, bool)) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '$' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch s[i+1] {
		case '$':
			b.WriteByte('$')
			i++
		case '(':
			end := strings.IndexByte(s[i:], ')')
			if end < 0 {
				b.WriteString("$(")
				i++
				continue
			}
			if v, ok := lookup(s[i+2 : i+end]); ok {
				b.WriteString(v)
			} else {
				b.WriteString(s[i : i+end+1])
			}
			i += end
		default:
			b.WriteByte('$')
		}
	}
	return b.String()
}

// hostname is the Pod's own unless it says otherwise.
func hostname(p *corev1.Pod) string {
	if isTrue(p.Spec.SetHostnameAsFQDN) && p.Spec.Subdomain != "" {
		return fmt.Sprintf("%s.%s.%s.svc.%s", shortName(p), p.Spec.Subdomain, p.Namespace, clusterDomain)
	}
	return shortName(p)
}

func shortName(p *corev1.Pod) string {
	switch {
	case p.Spec.HostnameOverride != nil:
		return *p.Spec.HostnameOverride
	case p.Spec.HostNetwork:
		return p.Spec.NodeName
	case p.Spec.Hostname != "":
		return p.Spec.Hostname
	}
	if len(p.Name) > 63 {
		return strings.TrimRight(p.Name[:63], "-.")
	}
	return p.Name
}
