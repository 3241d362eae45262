package lab

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gieok/korean"
	"gieok/sim"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A snapshot is what a judge compares of a cluster: spec, labels and
// annotations, data and the like of every object that a person can have
// changed. Times, UIDs, versions, status and what kubectl notes for itself are
// left out; random names become positions.
type snapshot struct {
	objects map[string]*values // by "pod default/web"
	uids    map[string]string  // the same -> UID
	owned   map[string]bool    // made by a controller
}

// values are what is compared of one object, by field path. An object that
// nothing has changed has one of them in all snapshots.
type values struct{ at map[string]string }

// derived are kinds that others make of what is compared already.
func derived(kind string) bool {
	switch kind {
	case "Event", "EndpointSlice", "Endpoints", "Lease", "ControllerRevision":
		return true
	}
	return false
}

func (l *Lab) snapshot(c *sim.Cluster) (snapshot, error) {
	s := snapshot{objects: map[string]*values{}, uids: map[string]string{}, owned: map[string]bool{}}
	position := map[string]int{}
	for _, o := range c.Registry().Objects() {
		m, ok := o.Object.(metav1.Object)
		if !ok || derived(o.GVK.Kind) || strings.HasPrefix(m.GetNamespace(), "kube-") {
			continue
		}
		v, err := l.valuesOf(o.GVK.Kind, o.Object)
		if err != nil {
			return s, fmt.Errorf("lab: internal error: %s: %w", m.GetName(), err)
		}
		name := m.GetName()
		if g := m.GetGenerateName(); g != "" && strings.HasPrefix(name, g) {
			group := o.GVK.Kind + " " + m.GetNamespace() + "/" + g
			position[group]++
			name = fmt.Sprintf("%s%d", g, position[group])
		}
		key := strings.ToLower(o.GVK.Kind) + " " + name
		if m.GetNamespace() != "" && m.GetNamespace() != metav1.NamespaceDefault {
			key = strings.ToLower(o.GVK.Kind) + " " + m.GetNamespace() + "/" + name
		}
		s.objects[key], s.uids[key] = v, string(m.GetUID())
		s.owned[key] = metav1.GetControllerOf(m) != nil
	}
	return s, nil
}

// valuesOf reads an object; what a cluster has from the start, by far the most,
// is read once.
func (l *Lab) valuesOf(kind string, obj runtime.Object) (*values, error) {
	l.firstOnce.Do(func() {
		l.first = map[runtime.Object]*values{}
		for _, o := range l.fork().Registry().Objects() {
			if v, err := readValues(o.GVK.Kind, o.Object); err == nil {
				l.first[o.Object] = v
			}
		}
	})
	if v := l.first[obj]; v != nil {
		return v, nil
	}
	return readValues(kind, obj)
}

func readValues(kind string, obj runtime.Object) (*values, error) {
	u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, err
	}
	v := &values{map[string]string{}}
	flatten("", strip(kind, u), v.at)
	return v, nil
}

// strip drops what is not compared.
func strip(kind string, u map[string]any) map[string]any {
	u = runtime.DeepCopyJSON(u)
	meta, _ := u["metadata"].(map[string]any)
	kept := map[string]any{}
	for _, k := range []string{"labels", "annotations"} {
		if v, ok := meta[k].(map[string]any); ok {
			kept[k] = v
			dropKeys(v, "kubectl.kubernetes.io/last-applied-configuration", "kubernetes.io/change-cause", "controller-uid", "batch.kubernetes.io/controller-uid")
			for name := range v {
				if strings.HasPrefix(name, "deployment.kubernetes.io/") || strings.HasPrefix(name, "pv.kubernetes.io/") {
					delete(v, name)
				}
			}
		}
	}
	u["metadata"] = kept
	dropKeys(u, "status", "apiVersion", "kind")
	spec, _ := u["spec"].(map[string]any)
	switch kind {
	case "Pod":
		dropKeys(spec, "nodeName")
	case "Service":
		stripService(spec)
	case "Job":
		if sel, ok := spec["selector"].(map[string]any); ok {
			labels, _ := sel["matchLabels"].(map[string]any)
			dropKeys(labels, "controller-uid", "batch.kubernetes.io/controller-uid")
		}
	case "PersistentVolumeClaim":
		dropKeys(spec, "volumeName")
	}
	return clean(u).(map[string]any)
}

func stripService(spec map[string]any) {
	if spec["clusterIP"] != "None" {
		dropKeys(spec, "clusterIP", "clusterIPs")
	}
	dropKeys(spec, "healthCheckNodePort")
	ports, _ := spec["ports"].([]any)
	for _, p := range ports {
		if port, ok := p.(map[string]any); ok {
			dropKeys(port, "nodePort")
		}
	}
}

func dropKeys(m map[string]any, keys ...string) {
	for _, k := range keys {
		delete(m, k)
	}
}

// clean hides times and random names within values.
func clean(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			switch k {
			case "creationTimestamp":
				delete(v, k)
			case "kubectl.kubernetes.io/restartedAt":
				v[k] = "<time>"
			case "controller-uid", "batch.kubernetes.io/controller-uid":
				delete(v, k)
			default:
				v[k] = clean(v[k])
			}
		}
	case []any:
		for i := range v {
			v[i] = clean(v[i])
		}
	case string:
		if rest, ok := strings.CutPrefix(v, "kube-api-access-"); ok && len(rest) == 5 {
			return "kube-api-access"
		}
	}
	return v
}

func flatten(path string, v any, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			at := k
			if path != "" {
				at = path + "." + k
			}
			flatten(at, x, out)
		}
	case []any:
		for i, x := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), x, out)
		}
	default:
		out[path] = fmt.Sprint(v)
	}
}

// told are the changes to tell of: what controllers made of them goes without
// saying, unless it is all there is.
func (s snapshot) told(b snapshot) []change {
	all := s.changesTo(b)
	direct := slices.DeleteFunc(slices.Clone(all), func(c change) bool { return s.owned[c.object] || b.owned[c.object] })
	if len(direct) > 0 {
		return direct
	}
	return all
}

// A change is what two snapshots differ in at one place.
type change struct{ object, path, before, after string }

// changesTo lists what is different in b, ordered by object and path. An
// object that one of both lacks is one change.
func (s snapshot) changesTo(b snapshot) []change {
	var out []change
	keys := map[string]bool{}
	for k := range s.objects {
		keys[k] = true
	}
	for k := range b.objects {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		old, had := s.objects[k]
		now, has := b.objects[k]
		switch {
		case !has:
			out = append(out, change{object: k, before: "있음"})
		case !had:
			out = append(out, change{object: k, after: "있음"})
		case old != now:
			out = append(out, changedValues(k, old.at, now.at)...)
		}
	}
	return out
}

func changedValues(object string, old, now map[string]string) []change {
	var out []change
	paths := map[string]bool{}
	for p := range old {
		paths[p] = true
	}
	for p := range now {
		paths[p] = true
	}
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if before, after := old[p], now[p]; before != after {
			out = append(out, change{object, p, before, after})
		}
	}
	return out
}

// replaced are the objects of b that were not there under the same identity.
func (s snapshot) replaced(b snapshot) []string {
	old := map[string]bool{}
	for _, uid := range s.uids {
		old[uid] = true
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(b.uids)) {
		if !old[b.uids[k]] {
			out = append(out, groupName(k))
		}
	}
	slices.Sort(out)
	return out
}

// groupName is an object's name without the position among its like.
func groupName(key string) string { return strings.TrimRight(key, "0123456789") }

// does says what a command did, as before and after.
func (c change) does() string {
	switch {
	case c.path == "" && c.after == "":
		return korean.With(c.object, "이/가") + " 없어졌다"
	case c.path == "":
		return korean.With(c.object, "이/가") + " 생겼다"
	case c.before == "":
		return fmt.Sprintf("%s: %s 값이 %s로 생겼다", c.object, c.path, c.after)
	case c.after == "":
		return fmt.Sprintf("%s: %s 값(%s)이 없어졌다", c.object, c.path, c.before)
	}
	return fmt.Sprintf("%s: %s 값이 %s에서 %s", c.object, c.path, c.before, korean.With(c.after, "으로/로")+" 바뀌었다")
}

// differs says how an answer is not the reference: before is the reference.
func (c change) differs() string {
	switch {
	case c.path == "" && c.after == "":
		return korean.With(c.object, "이/가") + " 있어야 하는데 없다"
	case c.path == "":
		return korean.With(c.object, "이/가") + " 없어야 하는데 있다"
	case c.before == "":
		return fmt.Sprintf("%s: %s 값 %s 없어야 한다", c.object, c.path, korean.With(c.after, "이/가"))
	case c.after == "":
		return fmt.Sprintf("%s: %s 값 %s 빠졌다", c.object, c.path, korean.With(c.before, "이/가"))
	}
	return fmt.Sprintf("%s: %s 값은 %s 하는데 %s", c.object, c.path, korean.With(c.before, "이어야/여야"), korean.With(c.after, "이다/다"))
}
