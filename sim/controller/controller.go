// Package controller reconciles: one file per controller of upstream's
// controller manager. A controller keeps nothing in memory; what it waits for
// stands in the clock's queue and what it knows in the objects, so that a fork
// of a cluster needs nothing but new controllers over the copied registry.
package controller

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gieok/sim/registry"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Start makes every controller of the cluster and lets it watch. It schedules
// nothing: in a fork the events that were pending are already in the queue.
func Start(r *registry.Registry) {
	NewAPIServer(r)
	NewNamespace(r)
	NewServiceAccount(r)
	NewClusterRoleAggregation(r)
	NewTokens(r)
	NewDeployment(r)
	NewReplicaSet(r)
	NewReplicationController(r)
	NewStatefulSet(r)
	NewDaemonSet(r)
	NewJob(r)
	NewTTLAfterFinished(r)
	NewPolicyStatus(r)
	NewCronJob(r)
	NewEndpointSlice(r)
	NewEndpoints(r)
	NewMirroring(r)
	NewDisruption(r)
	NewPersistentVolume(r)
	NewLocalPath(r)
	NewBalancer(r)
	NewVolumeExpand(r)
	NewClaimProtection(r)
	NewNodeLifecycle(r)
	NewTaintEviction(r)
	NewPodGC(r)
	NewQuota(r)
	NewAutoscaler(r)
	NewGarbageCollector(r)
}

// An object is what every controller works on.
type object interface {
	metav1.Object
	runtime.Object
}

// A queue is a controller's share of the cluster's clock: keys that want a
// sync now or later, and failed syncs that are tried again.
type queue struct {
	r    *registry.Registry
	name string
}

// The first retry comes after retryFirst, each later one after twice the time,
// as upstream's rate limiter has it.
const (
	retryFirst    = 5 * time.Millisecond
	retryDoubling = 18 // retryFirst doubled this often exceeds retryLongest
	retryLongest  = 1000 * time.Second
)

// newQueue registers sync for the keys of a controller. A sync that returns an
// error is run again later.
func newQueue(r *registry.Registry, name string, sync func(namespace, name string) error) queue {
	q := queue{r: r, name: name}
	retries := q.retryActor()
	run := func(key string, failures int) {
		if r.Clock().Waiting(retries) > 0 {
			for i := range retryDoubling + 1 {
				r.Clock().Cancel(retries, retryKey(key, i))
			}
		}
		namespace, object := splitKey(key)
		if err := sync(namespace, object); err != nil {
			r.Clock().After(retryDelay(failures), retries, retryKey(key, min(failures+1, retryDoubling)))
		}
	}
	r.Clock().Handle(name, func(key string) { run(key, 0) })
	r.Clock().Handle(retries, func(key string) {
		failures, object, _ := strings.Cut(key, " ")
		n, err := strconv.Atoi(failures)
		if err != nil {
			panic(fmt.Sprintf("controller: internal error: retry key %q", key))
		}
		run(object, n)
	})
	return q
}

func (q queue) retryActor() string { return q.name + "-retry" }

// retryKey carries the number of failures, so that back-off needs no memory.
func retryKey(key string, failures int) string { return strconv.Itoa(failures) + " " + key }

func retryDelay(failures int) time.Duration {
	return min(retryFirst<<min(failures, retryDoubling), retryLongest)
}

func (q queue) add(namespace, name string) { q.r.Clock().Enqueue(q.name, joinKey(namespace, name)) }

func (q queue) addObject(o metav1.Object) { q.add(o.GetNamespace(), o.GetName()) }

func (q queue) after(d time.Duration, namespace, name string) {
	q.r.Clock().After(d, q.name, joinKey(namespace, name))
}

func joinKey(namespace, name string) string { return namespace + "/" + name }

func splitKey(key string) (namespace, name string) {
	namespace, name, _ = strings.Cut(key, "/")
	return namespace, name
}

// now is the time that a status or condition carries: the API knows seconds.
func now(r *registry.Registry) metav1.Time {
	return metav1.NewTime(r.Clock().Now().Truncate(time.Second))
}

// either is the new object of a watch, or the old one if it was deleted.
func either[T any](old, new *T) *T {
	if new != nil {
		return new
	}
	return old
}
