package controller

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/utils/dump"
)

// templateHash is the label pod-template-hash of a template, by upstream's
// published algorithm; collisions, if any, make it another one.
func templateHash(t *corev1.PodTemplateSpec, collisions *int32) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%v", dump.ForHash(*t))
	if collisions != nil {
		var b [8]byte
		binary.LittleEndian.PutUint32(b[:], uint32(*collisions))
		h.Write(b[:])
	}
	return rand.SafeEncodeString(fmt.Sprint(h.Sum32()))
}

// objectHash is what upstream sorts ports by, where their order has no meaning.
func objectHash(obj any) []byte {
	h := fnv.New128a()
	fmt.Fprint(h, dump.ForHash(obj))
	return h.Sum(nil)
}
