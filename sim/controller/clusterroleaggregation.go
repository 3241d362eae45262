package controller

import (
	"slices"

	"gieok/sim/registry"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/labels"
)

// ClusterRoleAggregation gives a ClusterRole with an aggregation rule the rules
// of all ClusterRoles that it selects.
type ClusterRoleAggregation struct{ r *registry.Registry }

// NewClusterRoleAggregation registers the controller.
func NewClusterRoleAggregation(r *registry.Registry) *ClusterRoleAggregation {
	c := &ClusterRoleAggregation{r: r}
	q := newQueue(r, "clusterrole-aggregation", func(_, name string) error { return c.sync(name) })
	registry.Watch(r, func(_, _ *rbacv1.ClusterRole) {
		for _, role := range registry.List[*rbacv1.ClusterRole](r, "") {
			if role.AggregationRule != nil {
				q.add("", role.Name)
			}
		}
	})
	return c
}

func (c *ClusterRoleAggregation) sync(name string) error {
	role, ok := registry.Get[*rbacv1.ClusterRole](c.r, "", name)
	if !ok || role.AggregationRule == nil {
		return nil
	}
	var rules []rbacv1.PolicyRule
	for i := range role.AggregationRule.ClusterRoleSelectors {
		selector := selectorOf(&role.AggregationRule.ClusterRoleSelectors[i])
		for _, part := range registry.List[*rbacv1.ClusterRole](c.r, "") {
			if part.Name == name || !selector.Matches(labels.Set(part.Labels)) {
				continue
			}
			for _, rule := range part.Rules {
				if !slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool { return equality.Semantic.DeepEqual(r, rule) }) {
					rules = append(rules, rule)
				}
			}
		}
	}
	return ignoreNotFound(registry.Mutate(c.r, "", name, func(role *rbacv1.ClusterRole) { role.Rules = rules }))
}
