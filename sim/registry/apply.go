package registry

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// documentsMax bounds the documents of one manifest.
const documentsMax = 100

// Apply creates the objects of a manifest in order, or replaces those that are
// there, with strict decoding. The first refusal ends it. Errors are those of
// the API, or of the YAML.
func Apply(r *Registry, manifest []byte) error {
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifest)))
	for n := 0; ; n++ {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("yaml: %w", err)
		}
		if n >= documentsMax {
			return fmt.Errorf("more than %d documents in one manifest", documentsMax)
		}
		if len(bytes.TrimSpace(stripComments(doc))) == 0 {
			continue
		}
		if err := r.applyOne(doc); err != nil {
			return err
		}
	}
}

// stripComments drops lines that hold a comment or a document mark only.
func stripComments(doc []byte) []byte {
	var out []byte
	for _, line := range bytes.Split(doc, []byte("\n")) {
		t := bytes.TrimSpace(line)
		if bytes.HasPrefix(t, []byte("#")) || bytes.Equal(t, []byte("---")) {
			continue
		}
		out = append(append(out, line...), '\n')
	}
	return out
}

func (r *Registry) applyOne(doc []byte) error {
	s := json.NewSerializerWithOptions(json.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true})
	obj, gvk, err := s.Decode(doc, nil, nil)
	if err != nil {
		if gvk != nil && (runtime.IsStrictDecodingError(err) || !runtime.IsNotRegisteredError(err)) {
			return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", gvk.Kind, gvk.GroupVersion(), gvk.Kind, err))
		}
		return err
	}
	k, ok := r.kindOf(gvk.GroupKind())
	if !ok {
		return fmt.Errorf("%s: %w", gvk, ErrNotServed)
	}
	if !k.serves(gvk.GroupVersion()) {
		return fmt.Errorf("%s: %w", gvk, ErrNotServed)
	}
	m, err := meta.Accessor(obj)
	if err != nil {
		return err
	}
	if k.namespaced && m.GetNamespace() == "" {
		m.SetNamespace(metav1.NamespaceDefault)
	}
	_, err = r.create(k, obj)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	return r.replace(k, obj, m)
}

// replace updates an object that is there, keeping what an update must carry.
func (r *Registry) replace(k *kind, obj runtime.Object, m metav1.Object) error {
	old, ok := r.GetObject(schema.GroupKind{Group: k.group, Kind: k.name}, m.GetNamespace(), m.GetName())
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Group: k.group, Resource: k.resource}, m.GetName())
	}
	o, err := meta.Accessor(old)
	if err != nil {
		return err
	}
	m.SetResourceVersion(o.GetResourceVersion())
	_, err = r.update(k, obj, "")
	return err
}
