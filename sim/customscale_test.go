package sim

import "testing"

const widgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    subresources: {scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector}}
`

// TestCustomScale: an autoscaler keeps the size of a custom kind within bounds.
func TestCustomScale(t *testing.T) {
	c := settled(t, Real)
	c.Desk().Put("crd.yaml", widgets)
	c.Desk().Put("w.yaml", "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {replicas: 9}\n")
	c.Desk().Put("hpa.yaml", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: w}\n"+
		"spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: example.com/v1, kind: Widget, name: w}}\n")
	check(t, c, []said{
		{"kubectl apply -f crd.yaml", "created"},
		{"kubectl apply -f w.yaml -f hpa.yaml", "created"},
		{"advance 1m", ""},
		{"kubectl get widget w -o jsonpath='{.spec.replicas} {.metadata.generation}'", "^3 2$"},
		{"kubectl describe hpa w", "New size: 3; reason: Current number of replicas above Spec.MaxReplicas"},
	})
}
