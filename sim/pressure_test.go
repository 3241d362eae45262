package sim

import (
	"fmt"
	"strings"
	"testing"
)

// TestMemoryPressure holds what a node does that runs out of memory: whom it
// evicts first, what it says, and how long it keeps others away (kubelet's
// eviction manager; Kubernetes documentation, "Node-pressure Eviction").
func TestMemoryPressure(t *testing.T) {
	pod := func(name, resources string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec:\n  nodeName: worker-1\n  containers: [{name: app, image: busybox, command: [sleep, infinity]%s}]\n---\n", name, resources)
	}
	c := settled(t, Real)
	asks := ", resources: {requests: {memory: 1Gi}}"
	c.Desk().Put("pods.yaml", strings.Join([]string{pod("within", asks), pod("best-effort", ""), pod("beyond", asks)}, ""))
	c.Desk().Put("late.yaml", pod("late", "")+pod("burstable", ", resources: {requests: {memory: 1Mi}}"))
	check(t, c, []said{
		{"switch metrics-server on", "^$"},
		{"kubectl apply -f pods.yaml", "created"},
		{"advance 10s", "^$"},
		{"usage pod/within cpu=1m memory=900Mi", "^$"},
		{"usage pod/best-effort cpu=1m memory=1Gi", "^$"},
		{"advance 20s", "^$"},
		{"kubectl get node worker-1 -o jsonpath={.status.conditions[1].status}", "^False$"},
		{"usage pod/beyond cpu=1m memory=2100Mi", "^$"},
		{"advance 15s", "^$"},
		{"kubectl get pods --no-headers", `^best-effort +1/1 +Running .*\nbeyond +0/1 +(Error|Evicted) .*\nwithin +1/1 +Running`},
		{"kubectl get pod beyond -o jsonpath='{.status.phase} {.status.reason} {.status.message}'",
			`^Failed Evicted The node was low on resource: memory. Threshold quantity: 100Mi, available: 72Mi. Container app was using 2100Mi, request is 1Gi, has larger consumption of memory. $`},
		{"kubectl get pod beyond -o jsonpath='{.status.conditions[?(@.type==\"DisruptionTarget\")].reason}'", "^TerminationByKubelet$"},
		{"kubectl get events --field-selector involvedObject.kind=Node,involvedObject.name=worker-1",
			`(?s)Warning +EvictionThresholdMet +node/worker-1 +Attempting to reclaim memory\n`},
		{"kubectl describe node worker-1", `MemoryPressure +True .* KubeletHasInsufficientMemory +kubelet has insufficient memory available`},
		{"kubectl get node worker-1 -o jsonpath={.spec.taints[*].key}", "node.kubernetes.io/memory-pressure"},
		{"kubectl apply -f late.yaml", "created"},
		{"advance 5s", "^$"},
		{"kubectl get pod late -o jsonpath='{.status.reason}: {.status.message}'", `^Evicted: Pod was rejected: The node had condition: \[MemoryPressure\]. $`},
		{"kubectl get pod burstable", `1/1 +Running`},
		{"advance 4m30s", "^$"},
		{"kubectl get node worker-1 -o jsonpath={.spec.taints[*].key}", "memory-pressure"},
		{"advance 1m", "^$"},
		{"kubectl get node worker-1 -o jsonpath={.spec.taints[*].key}", "^$"},
		{"kubectl describe node worker-1", `MemoryPressure +False .* KubeletHasSufficientMemory`},
	})
}
