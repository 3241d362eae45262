package sim

import "testing"

// TestAttach holds attach and port-forward on the desk, where nobody types and
// nobody connects.
func TestAttach(t *testing.T) {
	c := settled(t, Real)
	check(t, c, []said{
		{"kubectl run web --image=nginx", "created"},
		{"kubectl run tick --image=busybox -- sh -c 'for i in 1 2 3; do echo tick $i; sleep 20; done; sleep 100000'", "created"},
		{"kubectl attach tick", "error: container \"tick\" in pod \"tick\" is waiting to start: ContainerCreating"},
		{"kubectl port-forward web 8080:80", "^error: unable to forward port because pod is not running. Current status=Pending\n$"},
		{"advance 10s", ""},
		{"kubectl attach tick", "(?s)^tick 2\ntick 3\n.*try pressing enter.\n\\(앞으로 10분 동안 달라질 것이 없어 지켜보기를 마칩니다.\\)\n$"},
		{"kubectl attach tick -c none", "cannot attach to the container: container none is not valid for pod tick out of: tick"},
		{"kubectl port-forward web 8080:80", "(?s)^Forwarding from 127.0.0.1:8080 -> 80\nForwarding from \\[::1\\]:8080 -> 80\n.*gieok serve"},
		{"kubectl expose pod web --port=8000 --target-port=80", "exposed"},
		{"kubectl port-forward svc/web 9000:8000", "^Forwarding from 127.0.0.1:9000 -> 80\n"},
		{"kubectl port-forward svc/web 9000:8001", "^error: Service web does not have a service port 8001\n$"},
	})
}

// TestDebug holds that debug shows what its container prints, and doesn't wait
// for ever for one of which nothing is known.
func TestDebug(t *testing.T) {
	check(t, settled(t, Real), []said{
		{"kubectl run web --image=nginx", "created"},
		{"advance 10s", ""},
		{"kubectl debug web -it --image=busybox -- echo inside", "^Defaulting debug container name to debugger-.*\ninside\n$"},
		{"kubectl debug web -it --image=busybox --copy-to=copy -- echo inside", "^Defaulting debug container name to debugger-.*\ninside\n"},
		{"kubectl debug node/worker-1 -it --image=busybox -- echo on the node", "(?s)^Creating debugging pod .*\non the node\n$"},
		{"kubectl debug node/worker-1 -it --image=busybox -- ls /host", "(?s)^Creating debugging pod .*error: timed out waiting for the condition\n$"},
	})
}
