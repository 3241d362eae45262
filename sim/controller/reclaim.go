package controller

import (
	"fmt"
	"regexp"
	"strings"

	"gieok/sim/registry"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/storage/volume"
)

// hostDeletable are the only directories of a node that the control plane's own
// deleter touches; it is meant for tests.
var hostDeletable = regexp.MustCompile(`/tmp/.+`)

// The Pod that empties a volume (upstream's PersistentVolume recycler).
const (
	recyclerPrefix = "recycler-for-"
	recyclerImage  = "registry.k8s.io/build-image/debian-base:bookworm-v1.0.6"
	recyclerScript = `test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1`
	// It may take recyclerPerGiB seconds for each GiB, and at least this long.
	recyclerPerGiB  = 30
	recyclerHostMin = 60
	recyclerNFSMin  = 300
)

// watchRecyclers follows the Pods that empty volumes.
func (c *PersistentVolume) watchRecyclers() {
	of := func(pod string) (pv string, ok bool) { return strings.CutPrefix(pod, recyclerPrefix) }
	registry.Watch(c.r, func(old, new *corev1.Pod) {
		p := either(old, new)
		if pv, ok := of(p.Name); ok && p.Namespace == metav1.NamespaceDefault {
			c.volumes.add("", pv)
		}
	})
	told := newQueue(c.r, "persistentvolume-recycler", func(namespace, name string) error {
		e, ok := registry.Get[*corev1.Event](c.r, namespace, name)
		if !ok {
			return nil
		}
		name, _ = of(e.InvolvedObject.Name)
		if pv, ok := registry.Get[*corev1.PersistentVolume](c.r, "", name); ok {
			c.event(pv, e.Type, "RecyclerPod", "Recycler pod: "+e.Message)
		}
		return nil
	})
	registry.Watch(c.r, func(_, e *corev1.Event) {
		if e == nil || e.InvolvedObject.Kind != "Pod" || e.Namespace != metav1.NamespaceDefault {
			return
		}
		if _, ok := of(e.InvolvedObject.Name); ok {
			told.addObject(e)
		}
	})
}

// releaseVolume is what becomes of a volume whose claim is gone.
func (c *PersistentVolume) releaseVolume(pv *corev1.PersistentVolume) error {
	if pv.Status.Phase != corev1.VolumeFailed {
		if err := c.setVolumePhase(pv, corev1.VolumeReleased, ""); err != nil {
			return err
		}
	}
	if pv.DeletionTimestamp != nil {
		return nil
	}
	switch pv.Spec.PersistentVolumeReclaimPolicy {
	case corev1.PersistentVolumeReclaimDelete:
		return c.deleteVolume(pv)
	case corev1.PersistentVolumeReclaimRecycle:
		return c.recycleVolume(pv)
	}
	return nil
}

// fail gives a volume up, and says so once.
func (c *PersistentVolume) fail(pv *corev1.PersistentVolume, reason, message string) error {
	if pv.Status.Phase == corev1.VolumeFailed {
		return nil
	}
	if err := c.setVolumePhase(pv, corev1.VolumeFailed, message); err != nil {
		return err
	}
	c.event(pv, corev1.EventTypeWarning, reason, message)
	return nil
}

// deleteVolume deletes a volume and what it stands for, if that is the control
// plane's business and not a driver's.
func (c *PersistentVolume) deleteVolume(pv *corev1.PersistentVolume) error {
	by, provisioned := pv.Annotations[volume.AnnDynamicallyProvisioned]
	switch {
	case provisioned && !strings.HasPrefix(by, "kubernetes.io/") || pv.Spec.CSI != nil:
		return nil
	case pv.Spec.HostPath == nil:
		return c.fail(pv, "VolumeFailedDelete", fmt.Sprintf("error getting deleter volume plugin for volume %q: no deletable volume plugin matched", pv.Name))
	case !hostDeletable.MatchString(pv.Spec.HostPath.Path):
		return c.fail(pv, "VolumeFailedDelete", "host_path deleter only supports /tmp/.+ but received provided "+pv.Spec.HostPath.Path)
	}
	return ignoreNotFound(registry.Delete[*corev1.PersistentVolume](c.r, "", pv.Name, registry.DeleteOptions{}))
}

// recycleVolume lets a Pod empty a volume, which then is Available again.
func (c *PersistentVolume) recycleVolume(pv *corev1.PersistentVolume) error {
	if pv.Spec.HostPath == nil && pv.Spec.NFS == nil {
		return c.fail(pv, "VolumeFailedRecycle", "No recycler plugin found for the volume!")
	}
	if users := c.users(pv.Spec.ClaimRef); len(users) > 0 {
		c.event(pv, corev1.EventTypeNormal, "VolumeFailedRecycle", "Volume is used by pods: "+strings.Join(users, ","))
		c.volumes.after(claimResync, "", pv.Name)
		return nil
	}
	p, ok := registry.Get[*corev1.Pod](c.r, metav1.NamespaceDefault, recyclerPrefix+pv.Name)
	if !ok {
		_, err := registry.Create(c.r, recycler(pv))
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	}
	if !podTerminal(p) || p.DeletionTimestamp != nil {
		return nil
	}
	if err := ignoreNotFound(registry.Delete[*corev1.Pod](c.r, p.Namespace, p.Name, registry.DeleteOptions{})); err != nil {
		return err
	}
	if p.Status.Phase == corev1.PodFailed {
		why := p.Status.Message
		if why == "" {
			why = "pod failed, pod.Status.Message unknown"
		}
		return c.fail(pv, "VolumeFailedRecycle", "Recycle failed: "+why)
	}
	c.event(pv, corev1.EventTypeNormal, "VolumeRecycled", "Volume recycled")
	return ignoreNotFound(registry.Mutate(c.r, "", pv.Name, func(pv *corev1.PersistentVolume) {
		if _, ours := pv.Annotations[volume.AnnBoundByController]; ours {
			pv.Spec.ClaimRef = nil
			delete(pv.Annotations, volume.AnnBoundByController)
			return
		}
		pv.Spec.ClaimRef.UID, pv.Spec.ClaimRef.ResourceVersion = "", ""
	}))
}

// users are the Pods that still use a claim.
func (c *PersistentVolume) users(ref *corev1.ObjectReference) []string {
	var names []string
	for _, p := range registry.UsersOf(c.r, ref.Namespace, ref.Name) {
		if !podTerminal(p) {
			names = append(names, p.Namespace+"/"+p.Name)
		}
	}
	return names
}

func recycler(pv *corev1.PersistentVolume) *corev1.Pod {
	size := pv.Spec.Capacity[corev1.ResourceStorage]
	seconds := size.Value() / (1 << 30) * recyclerPerGiB
	source := corev1.VolumeSource{HostPath: pv.Spec.HostPath}
	if pv.Spec.NFS != nil {
		source = corev1.VolumeSource{NFS: pv.Spec.NFS}
		seconds = max(seconds, recyclerNFSMin)
	}
	seconds = max(seconds, recyclerHostMin)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: recyclerPrefix + pv.Name},
		Spec: corev1.PodSpec{
			ActiveDeadlineSeconds: &seconds, RestartPolicy: corev1.RestartPolicyNever,
			Volumes: []corev1.Volume{{Name: "vol", VolumeSource: source}},
			Containers: []corev1.Container{{Name: "pv-recycler", Image: recyclerImage, Command: []string{"/bin/sh"}, Args: []string{"-c", recyclerScript},
				VolumeMounts: []corev1.VolumeMount{{Name: "vol", MountPath: "/scrub"}}}},
		},
	}
}
