package controller

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gieok/sim/registry"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/rand"
)

// revisionNameMax is how much of a workload's name a revision's name keeps.
const revisionNameMax = 223

// templatePatch is what a ControllerRevision remembers: the patch that sets a
// workload's template.
func templatePatch(t *corev1.PodTemplateSpec) []byte {
	raw, err := json.Marshal(t)
	if err != nil {
		panic("controller: internal error: a template cannot be written: " + err.Error())
	}
	var template map[string]any
	if err := json.Unmarshal(raw, &template); err != nil {
		panic("controller: internal error: a template cannot be read: " + err.Error())
	}
	template["$patch"] = "replace"
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": template}})
	if err != nil {
		panic("controller: internal error: a patch cannot be written: " + err.Error())
	}
	return patch
}

// templateOf is the template that a revision remembers.
func templateOf(rev *appsv1.ControllerRevision) (corev1.PodTemplateSpec, error) {
	var patch struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	err := json.Unmarshal(rev.Data.Raw, &patch)
	return patch.Spec.Template, err
}

// sameRevision compares what revisions remember, not how it is written: what
// has passed through the API may have its keys in another order.
func sameRevision(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	na, errA := json.Marshal(x)
	nb, errB := json.Marshal(y)
	return errA == nil && errB == nil && bytes.Equal(na, nb)
}

func compareRevisions(a, b *appsv1.ControllerRevision) int {
	return cmp.Or(cmp.Compare(a.Revision, b.Revision), a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name))
}

// A history is the ControllerRevisions of one workload.
type history struct {
	r        *registry.Registry
	owner    object
	kind     schema.GroupVersionKind
	selector labels.Selector
}

// list are the workload's revisions and those without an owner that match,
// the oldest first.
func (h history) list() []*appsv1.ControllerRevision {
	all := slices.DeleteFunc(ownedOrOrphan[*appsv1.ControllerRevision](h.r, h.owner.GetNamespace(), h.owner), func(rev *appsv1.ControllerRevision) bool {
		return !h.selector.Matches(labels.Set(rev.Labels))
	})
	slices.SortStableFunc(all, compareRevisions)
	return all
}

// adopt makes the workload the owner of its revisions.
func (h history) adopt() ([]*appsv1.ControllerRevision, error) {
	o := owner{r: h.r, object: h.owner, kind: h.kind, selector: h.selector}
	all, err := claim(o, ownedOrOrphan[*appsv1.ControllerRevision](h.r, h.owner.GetNamespace(), h.owner), nil, nil)
	slices.SortStableFunc(all, compareRevisions)
	return all, err
}

func (h history) renumber(rev *appsv1.ControllerRevision, n int64) (*appsv1.ControllerRevision, error) {
	if rev.Revision == n {
		return rev, nil
	}
	u := rev.DeepCopy()
	u.Revision = n
	return registry.Update(h.r, u)
}

func (h history) delete(rev *appsv1.ControllerRevision) error {
	return ignoreNotFound(registry.Delete[*appsv1.ControllerRevision](h.r, rev.Namespace, rev.Name, registry.DeleteOptions{}))
}

// create makes a revision with that number. collisions counts names that were
// taken by something else.
func (h history) create(t *corev1.PodTemplateSpec, n int64, hashLabel string, collisions *int32) (*appsv1.ControllerRevision, error) {
	patch := templatePatch(t)
	for {
		hash := fnv.New32()
		hash.Write(patch)
		hash.Write([]byte(strconv.FormatInt(int64(*collisions), 10)))
		suffix := rand.SafeEncodeString(fmt.Sprint(hash.Sum32()))
		set := maps.Clone(t.Labels)
		if set == nil {
			set = map[string]string{}
		}
		set[hashLabel] = suffix
		name := h.owner.GetName()
		rev := &appsv1.ControllerRevision{
			ObjectMeta: metav1.ObjectMeta{
				Name: name[:min(len(name), revisionNameMax)] + "-" + suffix, Namespace: h.owner.GetNamespace(), Labels: set,
				Annotations:     maps.Clone(h.owner.GetAnnotations()),
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(h.owner, h.kind)},
			},
			Data: runtime.RawExtension{Raw: patch}, Revision: n,
		}
		made, err := registry.Create(h.r, rev)
		if !apierrors.IsAlreadyExists(err) {
			return made, err
		}
		old, ok := registry.Get[*appsv1.ControllerRevision](h.r, rev.Namespace, rev.Name)
		if ok && sameRevision(old.Data.Raw, patch) {
			return old, nil
		}
		*collisions++
	}
}
