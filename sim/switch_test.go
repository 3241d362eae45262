package sim

import (
	"context"
	"regexp"
	"testing"
)

const claimAndPod = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, "echo hello > /d/f; sleep 1000"], volumeMounts: [{name: d, mountPath: /d}]}]
  volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
`

// TestProvisioner walks through a claim's life with the provisioner on and
// off, and holds what a wrong line says.
func TestProvisioner(t *testing.T) {
	c := settled(t, Real)
	c.Desk().Put("claim.yaml", claimAndPod)
	for _, s := range []struct{ line, want string }{
		{"kubectl apply -f claim.yaml", "pod/writer created"},
		{"advance 30s", "^$"},
		{"kubectl get pvc", `data +Pending +<unset>`},
		{"kubectl get events", "no persistent volumes available for this claim and no storage class is set"},
		{"kubectl delete -f claim.yaml --now", `"writer" deleted`},
		{"switch provisioner on", "^$"},
		{"kubectl get storageclass", `standard \(default\) +rancher.io/local-path +Delete +WaitForFirstConsumer +false`},
		{"kubectl apply -f claim.yaml", "pod/writer created"},
		{"advance 30s", "^$"},
		{"kubectl get pvc", `data +Bound +pvc-\S+ +1Gi +RWO +standard`},
		{"kubectl get pod writer", `1/1 +Running`},
		{"kubectl exec writer -- cat /d/f", "^hello\n$"},
		{"switch provisioner off", "^$"},
		{"kubectl get storageclass", "No resources found"},
		{"kubectl delete -f claim.yaml --now", `"writer" deleted`},
		{"advance 30s", "^$"},
		{"kubectl get pv", `Delete +Released +default/data`},
		{"switch provisioner on", "^$"},
		{"advance 30s", "^$"},
		{"kubectl get pv", "No resources found"},
		{"switch", "switch: want `switch NAME on` or `switch NAME off`"},
		{"switch nothing on", `switch: no "nothing" here, but: provisioner, metrics-server`},
		{"switch provisioner up", "switch: want"},
	} {
		got, err := c.Exec(context.Background(), s.line)
		if err != nil {
			t.Fatalf("%s: %v", s.line, err)
		}
		if text := got.Stdout + got.Stderr; !regexp.MustCompile(s.want).MatchString(text) {
			t.Errorf("%s: no %q in %q", s.line, s.want, text)
		}
	}
}
