package registry

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gieok/sim/store"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
)

// A backend is what upstream's REST storages keep their objects in. One
// backend serves every cluster of the process: which one is meant stands in
// the context of the call, so that the REST storages, which are costly to
// make, are made once and a fork of a cluster makes none.
type backend struct {
	kind       *kind  // nil for a custom one
	resource   string // "pods", "deployments.apps"
	namespaced bool
	newFunc    func() runtime.Object
	versioner  storage.APIObjectVersioner
	reread     bool                    // see kind
	version    schema.GroupVersionKind // in which objects of a custom kind are shown; else empty
}

// show copies a stored object for whoever reads it.
func (b *backend) show(obj runtime.Object) runtime.Object {
	obj = obj.DeepCopyObject()
	if !b.version.Empty() {
		obj.GetObjectKind().SetGroupVersionKind(b.version)
	}
	return obj
}

var _ storage.Interface = (*backend)(nil)

// key splits "/pods/default/web" (or "/nodes/worker-1"); the name is empty for
// a list.
func (b *backend) key(path string) store.Key {
	rest := strings.Trim(strings.TrimPrefix(path, "/"+b.resource), "/")
	k := store.Key{Resource: b.resource}
	if !b.namespaced {
		k.Name = rest
		return k
	}
	k.Namespace, k.Name, _ = strings.Cut(rest, "/")
	return k
}

func (b *backend) Versioner() storage.Versioner { return b.versioner }

func (b *backend) Create(ctx context.Context, path string, obj, out runtime.Object, _ uint64) error {
	r := From(ctx)
	k := b.key(path)
	if r.store.Get(k) != nil {
		return storage.NewKeyExistsError(path, 0)
	}
	obj = own(ctx, obj)
	if b.reread {
		var err error
		if obj, err = defaultAgain(obj); err != nil {
			return err
		}
	}
	m, err := meta.Accessor(obj)
	if err != nil {
		return err
	}
	if err := b.versioner.PrepareObjectForStorage(obj); err != nil {
		return err
	}
	b.identify(r, m)
	if err := b.put(r, k, obj); err != nil {
		return err
	}
	return assign(out, own(ctx, obj))
}

// own is obj for the store, or what is stored for whoever wrote it: requests
// get a copy, since their handlers go on with what they have.
func own(ctx context.Context, obj runtime.Object) runtime.Object {
	if isInside(ctx) {
		return obj
	}
	return obj.DeepCopyObject()
}

// defaultAgain applies the defaults of an object's served version to it.
func defaultAgain(obj runtime.Object) (runtime.Object, error) {
	gv := legacyscheme.Scheme.PrioritizedVersionsForGroup(groupOf(obj))[0]
	out, err := legacyscheme.Scheme.ConvertToVersion(obj, gv)
	if err != nil {
		return nil, err
	}
	legacyscheme.Scheme.Default(out)
	return legacyscheme.Scheme.ConvertToVersion(out, schema.GroupVersion{Group: gv.Group, Version: runtime.APIVersionInternal})
}

// identify gives a new object a UID of the cluster's own; upstream's is random,
// and has been copied by then into what a Job selects its Pods by.
func (b *backend) identify(r *Registry, m metav1.Object) {
	random := string(m.GetUID())
	m.SetUID(r.uid())
	job, ok := m.(*batch.Job)
	if !ok {
		return
	}
	sets := []map[string]string{job.Labels, job.Spec.Template.Labels}
	if job.Spec.Selector != nil {
		sets = append(sets, job.Spec.Selector.MatchLabels)
	}
	for _, set := range sets {
		for key, value := range set {
			if value == random {
				set[key] = string(job.UID)
			}
		}
	}
}

func (b *backend) put(r *Registry, k store.Key, obj runtime.Object) error {
	if err := b.versioner.UpdateObject(obj, uint64(r.store.NextVersion())); err != nil {
		return err
	}
	var external runtime.Object
	if b.kind != nil {
		external = b.kind.share(obj)
	}
	if err := checkSize(k, obj, external); err != nil {
		return err
	}
	if _, err := r.store.Put(k, obj, external); err != nil {
		return apierrors.NewTooManyRequestsError(err.Error())
	}
	return nil
}

// What etcd takes: a request of at most requestBytesMax, of which its client
// sends none above sendBytesMax. Around the object stands its key, three times,
// and a little more.
const (
	requestBytesMax = 3 << 19
	sendBytesMax    = 2 << 20
	requestOverhead = 100
)

// checkSize refuses an object that etcd would refuse, in the words of etcd and
// of gRPC. What is stored is the served version as protobuf, JSON for custom
// kinds.
func checkSize(k store.Key, obj, external runtime.Object) error {
	size := 0
	switch o := external.(type) {
	case interface{ Size() int }:
		size = o.Size()
	case nil:
		if u, ok := obj.(*unstructured.Unstructured); ok {
			text, err := u.MarshalJSON()
			if err != nil {
				return err
			}
			size = len(text)
		}
	}
	size += requestOverhead + 3*(len("/registry//")+len(k.Resource)+len(k.Namespace)+len(k.Name))
	switch {
	case size > sendBytesMax:
		return fmt.Errorf("rpc error: code = ResourceExhausted desc = trying to send message larger than max (%d vs. %d)", size, sendBytesMax)
	case size > requestBytesMax:
		return errors.New("etcdserver: request is too large")
	}
	return nil
}

func (b *backend) Delete(ctx context.Context, path string, out runtime.Object, pre *storage.Preconditions,
	validate storage.ValidateObjectFunc, _ runtime.Object, _ storage.DeleteOptions) error {
	r := From(ctx)
	k := b.key(path)
	e := r.store.Get(k)
	if e == nil {
		return storage.NewKeyNotFoundError(path, 0)
	}
	obj := e.Object.DeepCopyObject()
	if pre != nil {
		if err := pre.Check(path, obj); err != nil {
			return err
		}
	}
	if validate != nil {
		if err := validate(ctx, obj); err != nil {
			return err
		}
	}
	r.store.Delete(k)
	if err := b.versioner.UpdateObject(obj, uint64(r.store.Version())); err != nil {
		return err
	}
	return assign(out, obj)
}

func (b *backend) Get(ctx context.Context, path string, o storage.GetOptions, out runtime.Object) error {
	e := From(ctx).store.Get(b.key(path))
	if e == nil {
		if o.IgnoreNotFound {
			return runtime.SetZeroValue(out)
		}
		return storage.NewKeyNotFoundError(path, 0)
	}
	return assign(out, b.show(e.Object))
}

func (b *backend) GetList(ctx context.Context, path string, o storage.ListOptions, list runtime.Object) error {
	r := From(ctx)
	items, err := meta.GetItemsPtr(list)
	if err != nil {
		return err
	}
	v := reflect.ValueOf(items).Elem()
	switch least, err := b.versioner.ParseResourceVersion(o.ResourceVersion); {
	case err != nil:
		return apierrors.NewBadRequest(fmt.Sprintf("invalid resource version: %v", err))
	case least > uint64(r.store.Version()):
		return storage.NewTooLargeResourceVersionError(least, uint64(r.store.Version()), 0)
	}
	entries, err := b.list(r, path, o)
	if err != nil {
		return err
	}
	var after store.Key
	if c := o.Predicate.Continue; c != "" {
		if after, err = decodeContinue(c); err != nil {
			return apierrors.NewBadRequest(fmt.Sprintf("invalid continue token: %v", err))
		}
	}
	limit := o.Predicate.Limit
	next := ""
	var remaining int64
	for _, e := range entries {
		m, err := meta.Accessor(e.Object)
		if err != nil {
			return err
		}
		if after.Name != "" && m.GetNamespace()+"/"+m.GetName() <= after.Namespace+"/"+after.Name {
			continue
		}
		if limit > 0 && int64(v.Len()) >= limit {
			if next == "" {
				last := v.Index(v.Len() - 1).Addr().Interface().(metav1.Object)
				if next, err = encodeContinue(last.GetNamespace(), last.GetName(), r.store.Version()); err != nil {
					return err
				}
			}
			remaining++
			continue
		}
		v.Set(reflect.Append(v, reflect.ValueOf(b.show(e.Object)).Elem()))
	}
	if v.IsNil() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	var count *int64
	if next != "" && o.Predicate.Label.Empty() && o.Predicate.Field.Empty() {
		count = &remaining
	}
	return b.versioner.UpdateList(list, uint64(r.store.Version()), next, count)
}

// list returns the entries under path that match.
func (b *backend) list(r *Registry, path string, o storage.ListOptions) ([]*store.Entry, error) {
	k := b.key(path)
	var entries []*store.Entry
	if k.Name != "" {
		if e := r.store.Get(k); e != nil {
			entries = []*store.Entry{e}
		}
	} else {
		entries = r.store.List(b.resource, k.Namespace)
	}
	if o.Predicate.Empty() {
		return entries, nil
	}
	out := entries[:0:0]
	for _, e := range entries {
		ok, err := o.Predicate.Matches(e.Object)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
		}
	}
	return out, nil
}

// encodeContinue is upstream's token of a list that goes on after an object.
func encodeContinue(namespace, name string, version int64) (string, error) {
	return storage.EncodeContinue("/"+strings.TrimPrefix(namespace+"/"+name, "/"), "/", version)
}

func decodeContinue(token string) (store.Key, error) {
	key, _, err := storage.DecodeContinue(token, "/")
	if err != nil {
		return store.Key{}, err
	}
	namespace, name, ok := strings.Cut(strings.TrimPrefix(key, "/"), "/")
	if !ok {
		namespace, name = "", namespace
	}
	return store.Key{Namespace: namespace, Name: name}, nil
}

// updateTriesMax bounds how often an update starts over. Clusters are
// single-threaded, so once is enough unless the update itself writes.
const updateTriesMax = 5

func (b *backend) GuaranteedUpdate(ctx context.Context, path string, out runtime.Object, ignoreNotFound bool,
	pre *storage.Preconditions, try storage.UpdateFunc, _ runtime.Object) error {
	r := From(ctx)
	k := b.key(path)
	for range updateTriesMax {
		e := r.store.Get(k)
		var current runtime.Object
		var version int64
		switch {
		case e != nil:
			current, version = b.show(e.Object), e.Version
		case ignoreNotFound:
			current = b.newFunc()
		default:
			return storage.NewKeyNotFoundError(path, 0)
		}
		if err := pre.Check(path, current); err != nil {
			return err
		}
		updated, _, err := try(current, storage.ResponseMeta{ResourceVersion: uint64(version)})
		if err != nil {
			return err
		}
		if r.store.Get(k) != e { // try wrote the same object
			continue
		}
		if e == nil { // an update that creates, as a server-side apply
			m, err := meta.Accessor(updated)
			if err != nil {
				return err
			}
			b.identify(r, m)
		}
		if e != nil && b.same(updated, e) {
			return assign(out, b.show(e.Object))
		}
		if err := b.put(r, k, updated); err != nil {
			return err
		}
		return assign(out, own(ctx, updated))
	}
	return storage.NewResourceVersionConflictsError(path, 0)
}

// same reports whether writing obj would change nothing but its version.
func (b *backend) same(obj runtime.Object, e *store.Entry) bool {
	m, err := meta.Accessor(obj)
	if err != nil {
		return false
	}
	m.SetResourceVersion(strconv.FormatInt(e.Version, 10))
	return equal(obj, e.Object)
}

// equal is equality.Semantic.DeepEqual of two objects of one type, field by
// field from the last: most writes change the status, and a Pod's spec costs
// more to compare than all the rest of a write.
func equal(a, b runtime.Object) bool {
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := x.NumField() - 1; i >= 0; i-- {
		if !equality.Semantic.DeepEqual(x.Field(i).Addr().Interface(), y.Field(i).Addr().Interface()) {
			return false
		}
	}
	return true
}

func (b *backend) Stats(ctx context.Context) (storage.Stats, error) {
	return storage.Stats{ObjectCount: int64(len(From(ctx).store.List(b.resource, "")))}, nil
}

func (b *backend) ReadinessCheck() error                      { return nil }
func (b *backend) RequestWatchProgress(context.Context) error { return nil }
func (b *backend) GetCurrentResourceVersion(ctx context.Context) (uint64, error) {
	return uint64(From(ctx).store.Version()), nil
}
func (b *backend) EnableResourceSizeEstimation(storage.KeysFunc) error { return nil }
func (b *backend) CompactRevision() int64                              { return 0 }

// assign makes *out what obj points to; out may be nil.
func assign(out, obj runtime.Object) error {
	if out == nil {
		return nil
	}
	dst, src := reflect.ValueOf(out), reflect.ValueOf(obj)
	if dst.Type() != src.Type() {
		return fmt.Errorf("registry: internal error: %T cannot be stored in %T", obj, out)
	}
	dst.Elem().Set(src.Elem())
	return nil
}

func (b *backend) Watch(ctx context.Context, path string, o storage.ListOptions) (watch.Interface, error) {
	r := From(ctx)
	defer release(ctx)
	k := b.key(path)
	w := newWatcher(ctx)
	version, err := b.versioner.ParseResourceVersion(o.ResourceVersion)
	if err != nil {
		return nil, err
	}
	initial := o.SendInitialEvents != nil && *o.SendInitialEvents
	if initial || o.SendInitialEvents == nil && version == 0 {
		entries, err := b.list(r, path, o)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			w.send(watch.Event{Type: watch.Added, Object: b.show(e.Object)})
		}
		if initial && o.Predicate.AllowWatchBookmarks {
			w.send(b.bookmark(r))
		}
	} else if version > 0 && o.SendInitialEvents == nil {
		changes, ok := r.store.Since(int64(version))
		if !ok {
			return nil, apierrors.NewResourceExpired("too old resource version: " + o.ResourceVersion)
		}
		for _, c := range changes {
			b.forward(w, k, o, c)
		}
	}
	w.stopStore = r.store.Watch(b.resource, func(c store.Change) { b.forward(w, k, o, c) })
	go w.pump()
	return w, nil
}

// bookmark ends the initial events of a watch that asked for them.
func (b *backend) bookmark(r *Registry) watch.Event {
	obj := b.newFunc()
	if m, err := meta.Accessor(obj); err == nil {
		m.SetResourceVersion(strconv.FormatInt(r.store.Version(), 10))
		m.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	return watch.Event{Type: watch.Bookmark, Object: obj}
}

// forward sends a change to a watcher as its selectors see it: an object that
// starts or stops matching is added or deleted.
func (b *backend) forward(w *watcher, k store.Key, o storage.ListOptions, c store.Change) {
	if c.Key.Resource != k.Resource || k.Namespace != "" && c.Key.Namespace != k.Namespace || k.Name != "" && c.Key.Name != k.Name {
		return
	}
	matches := func(e *store.Entry) bool {
		if e == nil {
			return false
		}
		ok, err := o.Predicate.Matches(e.Object)
		return err == nil && ok
	}
	before, now := matches(c.Old), matches(c.New)
	switch {
	case now && before:
		w.send(watch.Event{Type: watch.Modified, Object: b.show(c.New.Object)})
	case now:
		w.send(watch.Event{Type: watch.Added, Object: b.show(c.New.Object)})
	case before:
		obj := b.show(c.Old.Object)
		if err := b.versioner.UpdateObject(obj, uint64(c.Version)); err == nil {
			w.send(watch.Event{Type: watch.Deleted, Object: obj})
		}
	}
}
