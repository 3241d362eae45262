package sim

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// A said is a line of a script with what it must print, as a pattern.
type said struct{ line, want string }

func check(t *testing.T, c *Cluster, lines []said) {
	t.Helper()
	for _, s := range lines {
		got, err := c.Exec(context.Background(), s.line)
		if err != nil {
			t.Fatalf("%s: %v", s.line, err)
		}
		if text := got.Stdout + got.Stderr; !regexp.MustCompile(s.want).MatchString(text) {
			t.Errorf("%s: no %q in %q", s.line, s.want, text)
		}
	}
}

// webWithRequests is a Deployment whose Pods can be measured in percent.
func webWithRequests(replicas int) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: %d
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: nginx, resources: {requests: {cpu: 100m, memory: 64Mi}}}
      - {name: side, image: nginx, command: [sleep, infinity], resources: {requests: {cpu: 100m, memory: 64Mi}}}
`, replicas)
}

// TestMetrics holds what kubectl top and the metrics API say before, while and
// after there is a metrics server. Its words are those of the kubectl and the
// metrics server of upstream.
func TestMetrics(t *testing.T) {
	c := settled(t, Real)
	c.Desk().Put("web.yaml", webWithRequests(1))
	check(t, c, []said{
		{"kubectl apply -f web.yaml", "created"},
		{"usage deploy/web cpu=1 memory=1Mi", "^usage: the metrics server is off: `switch metrics-server on` comes first\n$"},
		{"kubectl top pods", "^error: Metrics API not available\n$"},
		{"switch metrics-server on", "^$"},
		{"kubectl api-resources --api-group=metrics.k8s.io", `nodes +metrics.k8s.io/v1beta1 +false +NodeMetrics\npods +metrics.k8s.io/v1beta1 +true +PodMetrics`},
		{"kubectl top pods", "^error: metrics not available yet\n$"},
		{"usage deploy/web cpu=250m", "^usage: both cpu=… and memory=… are wanted the first time\n$"},
		{"usage deploy/none cpu=1 memory=1Mi", `^usage: deployment "none" not found\n$`},
		{"usage deploy/web cpu=much memory=1Mi", "^usage: cpu=much: want an amount such as 200m or 64Mi\n$"},
		{"usage thing/web cpu=1 memory=1Mi", "^usage: want `usage "},
		{"usage deploy/web cpu=250m memory=50Mi", "^$"},
		{"kubectl top pods", "not available yet"}, // too young
		{"advance 40s", "^$"},
		{"kubectl top pods --no-headers", `^web-\S+ +250m +50Mi +\n$`},
		{"usage deploy/web -c side cpu=30m memory=7Mi", "^$"},
		{"kubectl top pods --no-headers --containers", `^web-\S+ +side +30m +7Mi +\nweb-\S+ +web +250m +50Mi +\n$`},
		{"kubectl top pods --no-headers --sum", `280m +57Mi`},
		{"kubectl get podmetrics", `^NAME +CPU +MEMORY +WINDOW *\nweb-\S+ +280m +57Mi +15s\n$`},
		{"kubectl top pod none", `^Error from server \(NotFound\): pods "none" not found\n$`},
		{"kubectl top node worker-1", `^Error from server \(NotFound\): nodemetrics.metrics.k8s.io "worker-1" not found\n$`},
		{"usage node/worker-1 cpu=500m memory=1Gi", "^$"},
		{"kubectl top nodes --no-headers", `worker-1 +500m +\d+% +1024Mi +\d+% +\nworker-2 +<unknown> +<unknown> +<unknown> +<unknown>`},
		{"usage deploy/web none", "^$"},
		{"usage deploy/web -c side none", "^$"},
		{"kubectl top pods", "not available"},
		{"kubectl delete -f web.yaml --now", "deleted"},
		{"advance 40s", ""},
		{"kubectl top pods", "^No resources found in default namespace.\n$"},
		{"switch metrics-server off", "^$"},
		{"kubectl top nodes", "^error: Metrics API not available\n$"},
	})
}

// TestAutoscaler walks through the life of an autoscaler; the numbers are by
// upstream's algorithm (pkg/controller/podautoscaler).
func TestAutoscaler(t *testing.T) {
	c := settled(t, Real)
	c.Desk().Put("web.yaml", webWithRequests(2))
	check(t, c, []said{
		{"kubectl apply -f web.yaml", "created"},
		{"kubectl autoscale deployment web --cpu=50% --min=2 --max=10", "autoscaled"},
		{"advance 1m", ""},
		{"kubectl get hpa", `web +Deployment/web +cpu: <unknown>/50% +2 +10 +2`},
		{"switch metrics-server on", ""},
		{"advance 20s", ""},
		{"kubectl describe hpa web", `FailedGetResourceMetric .*no metrics returned from resource metrics API`},
		// 54 % are within a tenth of 50 %.
		{"usage deploy/web cpu=109m memory=20Mi", ""},
		{"advance 20s", ""},
		{"kubectl get hpa", `cpu: 54%/50% +2 +10 +2`},
		{"kubectl describe hpa web", `ReadyForNewScale +recommended size matches current size\n.*ValidMetricFound .*from cpu resource utilization \(percentage of request\)\n.*DesiredWithinRange`},
		// 75 % of the request: 1.5 times the target, so 3 of 2 Pods.
		{"usage deploy/web cpu=150m", ""},
		{"advance 16s", ""},
		{"kubectl get deploy web", `web +\d/3`},
		{"kubectl get events --field-selector reason=SuccessfulRescale", `New size: 3; reason: cpu resource utilization \(percentage of request\) above target`},
		// Ten times as much as wanted, and not more than max.
		{"advance 2m", ""},
		{"usage deploy/web cpu=1", ""},
		{"advance 2m", ""},
		{"kubectl get hpa", `cpu: 500%/50% +2 +10 +10`},
		{"kubectl describe hpa web", `ScalingLimited +True +TooManyReplicas +the desired replica count is more than the maximum replica count`},
		// What was recommended in the last five minutes holds it up.
		{"usage deploy/web cpu=10m", ""},
		{"advance 4m", ""},
		{"kubectl get hpa", `cpu: 5%/50% +2 +10 +10`},
		{"kubectl describe hpa web", `ScaleDownStabilized +recent recommendations were higher than current one, applying the highest recent recommendation`},
		{"advance 90s", ""},
		{"kubectl get hpa", `cpu: 5%/50% +2 +10 +2`},
		{"kubectl describe hpa web", `New size: 2; reason: All metrics below target`},
		{"kubectl describe hpa web", `ScalingLimited +True +TooFewReplicas`},
		// A second one for the same Pods stops both.
		{"kubectl autoscale deployment web --name=rival --cpu=50% --min=1 --max=3", "autoscaled"},
		{"advance 16s", ""},
		{"kubectl describe hpa web", `AmbiguousSelector +pods by selector app=web are controlled by more than one HPA \(e.g. \[\{rival default\} \{web default\}\]\)`},
		{"kubectl delete hpa rival", "deleted"},
		{"kubectl scale deploy web --replicas=0", "scaled"},
		{"advance 16s", ""},
		{"kubectl describe hpa web", `ScalingActive +False +ScalingDisabled +scaling is disabled since the replica count of the target is zero`},
		{"kubectl get hpa", `web .* 2 +10 +0`},
	})
}

const slowly = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 10
  metrics:
  - {type: ContainerResource, containerResource: {name: memory, container: web, target: {type: AverageValue, averageValue: 20Mi}}}
  - {type: Pods, pods: {metric: {name: hits}, target: {type: AverageValue, averageValue: "10"}}}
  behavior:
    scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}
    scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 50, periodSeconds: 60}]}
`

// TestAutoscalerBehavior holds policies, and that a metric without a source
// lets others scale up and not down.
func TestAutoscalerBehavior(t *testing.T) {
	c := settled(t, Real)
	c.Desk().Put("web.yaml", webWithRequests(1))
	c.Desk().Put("hpa.yaml", slowly)
	check(t, c, []said{
		{"switch metrics-server on", ""},
		{"kubectl apply -f web.yaml -f hpa.yaml", "created"},
		{"usage deploy/web cpu=1m memory=100Mi", ""},
		{"advance 40s", ""},
		{"kubectl get deploy web", `web +\d/2`},
		{"kubectl describe hpa web", `ScaleUpLimit +the desired replica count is increasing faster than the maximum scale rate`},
		{"advance 1m", ""},
		{"kubectl get deploy web", `web +\d/3`},
		{"advance 1m", ""},
		{"kubectl get deploy web", `web +\d/4`},
		{"kubectl describe hpa web", `unable to get metric hits: unable to fetch metrics from custom metrics API: no custom metrics API \(custom.metrics.k8s.io\) registered`},
		{"usage deploy/web memory=1Mi", ""},
		{"advance 2m", ""},
		{"kubectl get deploy web", `web +4/4`}, // not down, since "hits" may be high
		{"kubectl describe hpa web", `invalid metrics \(1 invalid out of 2\), first error is: failed to get pods metric value: unable to get metric hits`},
		{`kubectl patch hpa web --type=json -p '[{"op":"remove","path":"/spec/metrics/1"}]'`, "patched"},
		{"advance 1s", ""},
		{"kubectl get deploy web", `web +2/2`},
		{"kubectl describe hpa web", `ScaleDownLimit +the desired replica count is decreasing faster than the maximum scale rate`},
		{"advance 70s", ""},
		{"kubectl get deploy web", `web +1/1`},
		{"advance 15s", ""},
		{"kubectl get hpa", `memory: 1Mi/20Mi +1 +10 +1`},
	})
}

// TestAutoscalerFork holds that a fork goes on as its parent does: what the
// controller remembers is forked, too.
func TestAutoscalerFork(t *testing.T) {
	c := settled(t, Real)
	c.Desk().Put("web.yaml", webWithRequests(4))
	check(t, c, []said{
		{"switch metrics-server on", ""},
		{"kubectl apply -f web.yaml", "created"},
		{"kubectl autoscale deployment web --cpu=50% --min=1 --max=10", "autoscaled"},
		{"usage deploy/web total cpu=600m memory=100Mi", ""},
		{"advance 3m", ""},
		{"usage deploy/web total cpu=60m", ""},
	})
	f := c.Fork()
	var texts []string
	for _, each := range []*Cluster{c, f} {
		var b strings.Builder
		for _, line := range []string{"advance 4m", "kubectl get hpa", "advance 4m", "kubectl get hpa,events -o yaml"} {
			got, err := each.Exec(context.Background(), line)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(got.Stdout)
		}
		texts = append(texts, b.String())
	}
	if texts[0] != texts[1] || !strings.Contains(texts[0], "cpu: 5%/50%") {
		t.Errorf("a fork went its own way, or nothing happened:\n%.400s\n%.400s", texts[0], texts[1])
	}
}
