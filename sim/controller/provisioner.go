package controller

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/component-helpers/storage/volume"
)

// The provisioner of volumes is that of a kind cluster: directories of the node
// on which the first Pod of a claim is put.
const (
	provisionerName  = "rancher.io/local-path"
	provisionerClass = "standard"
	provisionerDir   = "/var/local-path-provisioner"
	selectedNode     = "local.path.provisioner/selected-node"
	// provisionTime is about what its helper Pod takes to make a directory.
	provisionTime = 2 * time.Second
	// provisionRetry is the wait after a claim that it can't serve.
	provisionRetry = 15 * time.Second
)

// Provisioner is the add-on that makes volumes for claims, with the default
// StorageClass "standard". It is off in a bare cluster.
func Provisioner() registry.Addon {
	return registry.Addon{Lease: strings.ReplaceAll(provisionerName, "/", "-"), Objects: func() []runtime.Object {
		policy, mode := corev1.PersistentVolumeReclaimDelete, storagev1.VolumeBindingWaitForFirstConsumer
		return []runtime.Object{&storagev1.StorageClass{
			ObjectMeta:  metav1.ObjectMeta{Name: provisionerClass, Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}},
			Provisioner: provisionerName, ReclaimPolicy: &policy, VolumeBindingMode: &mode,
		}}
	}}
}

// LocalPath is the program behind the add-on: it makes a volume for each claim
// that the control plane has left to it, and deletes what was released.
type LocalPath struct {
	r       *registry.Registry
	claims  queue
	volumes queue
}

// NewLocalPath registers the program; it does nothing while it is off.
func NewLocalPath(r *registry.Registry) *LocalPath {
	c := &LocalPath{r: r}
	c.claims = newQueue(r, "local-path-claims", c.syncClaim)
	c.volumes = newQueue(r, "local-path-volumes", func(_, name string) error { return c.syncVolume(name) })
	registry.Watch(r, func(_, claim *corev1.PersistentVolumeClaim) {
		if claim != nil && c.wanted(claim) {
			c.claims.after(provisionTime, claim.Namespace, claim.Name)
		}
	})
	registry.Watch(r, func(_, pv *corev1.PersistentVolume) {
		if pv != nil && pv.Status.Phase == corev1.VolumeReleased {
			c.volumes.after(provisionTime, "", pv.Name)
		}
	})
	Provisioner().Watch(r, func() {
		for _, claim := range registry.List[*corev1.PersistentVolumeClaim](r, "") {
			if c.wanted(claim) {
				c.claims.after(provisionTime, claim.Namespace, claim.Name)
			}
		}
		for _, pv := range registry.List[*corev1.PersistentVolume](r, "") {
			c.volumes.after(provisionTime, "", pv.Name)
		}
	})
	return c
}

// wanted reports whether a claim waits for this provisioner: the control plane
// has named it, and a class that binds late has a node.
func (c *LocalPath) wanted(claim *corev1.PersistentVolumeClaim) bool {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil || claim.Annotations[volume.AnnStorageProvisioner] != provisionerName {
		return false
	}
	class, ok := registry.Get[*storagev1.StorageClass](c.r, "", volume.GetPersistentVolumeClaimClass(claim))
	return ok && class.Provisioner == provisionerName &&
		(volume.IsDelayBindingProvisioning(claim) || class.VolumeBindingMode == nil || *class.VolumeBindingMode != storagev1.VolumeBindingWaitForFirstConsumer)
}

func (c *LocalPath) event(about object, eventType, reason, message string) {
	c.r.Record(about, provisionerName, eventType, reason, message)
}

func (c *LocalPath) syncClaim(namespace, name string) error {
	claim, ok := registry.Get[*corev1.PersistentVolumeClaim](c.r, namespace, name)
	if !ok || !c.wanted(claim) || !Provisioner().Running(c.r) {
		return nil
	}
	pvName := "pvc-" + string(claim.UID)
	if _, made := registry.Get[*corev1.PersistentVolume](c.r, "", pvName); made {
		return nil
	}
	c.event(claim, corev1.EventTypeNormal, "Provisioning", fmt.Sprintf("External provisioner is provisioning volume for claim %q", namespace+"/"+name))
	node, ok := registry.Get[*corev1.Node](c.r, "", claim.Annotations[volume.AnnSelectedNode])
	if reason := c.refusal(claim, ok); reason != "" {
		c.event(claim, corev1.EventTypeWarning, "ProvisioningFailed", reason)
		c.claims.after(provisionRetry, namespace, name)
		return nil
	}
	_, err := registry.Create(c.r, c.newVolume(pvName, claim, node))
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	c.event(claim, corev1.EventTypeNormal, "ProvisioningSucceeded", "Successfully provisioned volume "+pvName)
	return nil
}

// refusal is why a directory on a node can't serve a claim.
func (c *LocalPath) refusal(claim *corev1.PersistentVolumeClaim, onNode bool) string {
	class := volume.GetPersistentVolumeClaimClass(claim)
	failed := func(why string) string {
		return fmt.Sprintf("failed to provision volume with StorageClass %q: %s", class, why)
	}
	alone := func(m corev1.PersistentVolumeAccessMode) bool {
		return m == corev1.ReadWriteOnce || m == corev1.ReadWriteOncePod
	}
	switch {
	case claim.Spec.VolumeMode != nil && *claim.Spec.VolumeMode == corev1.PersistentVolumeBlock:
		return fmt.Sprintf("%s does not support block volume provisioning", provisionerName)
	case claim.Spec.Selector != nil:
		return failed("claim.Spec.Selector is not supported")
	case slices.ContainsFunc(claim.Spec.AccessModes, func(m corev1.PersistentVolumeAccessMode) bool { return !alone(m) }):
		return failed("NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes")
	case !onNode:
		return failed("configuration error, no node was specified")
	}
	return ""
}

func (c *LocalPath) newVolume(name string, claim *corev1.PersistentVolumeClaim, node *corev1.Node) *corev1.PersistentVolume {
	class, _ := registry.Get[*storagev1.StorageClass](c.r, "", volume.GetPersistentVolumeClaimClass(claim))
	hostname, ok := node.Labels[corev1.LabelHostname]
	if !ok {
		hostname = node.Name
	}
	filesystem, kind := corev1.PersistentVolumeFilesystem, corev1.HostPathDirectoryOrCreate
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{volume.AnnDynamicallyProvisioned: provisionerName, selectedNode: node.Name}},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *class.ReclaimPolicy,
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    &filesystem,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			ClaimRef: &corev1.ObjectReference{Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: claim.Namespace, Name: claim.Name,
				UID: claim.UID, ResourceVersion: claim.ResourceVersion},
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{
				Path: path.Join(provisionerDir, strings.Join([]string{name, claim.Namespace, claim.Name}, "_")), Type: &kind}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{hostname}}},
			}}}},
		},
	}
}

// syncVolume deletes a volume whose claim is gone, if its policy says so.
func (c *LocalPath) syncVolume(name string) error {
	pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", name)
	if !ok || !Provisioner().Running(c.r) || pv.Status.Phase != corev1.VolumeReleased || pv.DeletionTimestamp != nil ||
		pv.Annotations[volume.AnnDynamicallyProvisioned] != provisionerName ||
		pv.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		return nil
	}
	return ignoreNotFound(registry.Delete[*corev1.PersistentVolume](c.r, "", name, registry.DeleteOptions{}))
}
