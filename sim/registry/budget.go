package registry

import (
	"context"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	policyclient "k8s.io/client-go/kubernetes/typed/policy/v1"
)

// A budgetClient is the client that upstream's eviction reads
// PodDisruptionBudgets with. Eviction uses three of its methods; the others
// are those of the nil interface inside.
type budgetClient struct{ r *Registry }

func (c budgetClient) PodDisruptionBudgets(namespace string) policyclient.PodDisruptionBudgetInterface {
	return budgets{r: c.r, namespace: namespace}
}

type budgets struct {
	policyclient.PodDisruptionBudgetInterface
	r         *Registry
	namespace string
}

func (b budgets) Get(_ context.Context, name string, _ metav1.GetOptions) (*policyv1.PodDisruptionBudget, error) {
	pdb, ok := Get[*policyv1.PodDisruptionBudget](b.r, b.namespace, name)
	if !ok {
		return nil, apierrors.NewNotFound(schema.GroupResource{Group: "policy", Resource: "poddisruptionbudgets"}, name)
	}
	return pdb.DeepCopy(), nil
}

func (b budgets) List(context.Context, metav1.ListOptions) (*policyv1.PodDisruptionBudgetList, error) {
	list := &policyv1.PodDisruptionBudgetList{}
	for _, pdb := range List[*policyv1.PodDisruptionBudget](b.r, b.namespace) {
		list.Items = append(list.Items, *pdb.DeepCopy())
	}
	return list, nil
}

func (b budgets) UpdateStatus(_ context.Context, pdb *policyv1.PodDisruptionBudget, _ metav1.UpdateOptions) (*policyv1.PodDisruptionBudget, error) {
	return UpdateStatus(b.r, pdb)
}
