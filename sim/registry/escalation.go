package registry

import (
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/registry/rest"
	clusterrolepolicy "k8s.io/kubernetes/pkg/registry/rbac/clusterrole/policybased"
	clusterrole "k8s.io/kubernetes/pkg/registry/rbac/clusterrole/storage"
	clusterrolebindingpolicy "k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding/policybased"
	clusterrolebinding "k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding/storage"
	rolepolicy "k8s.io/kubernetes/pkg/registry/rbac/role/policybased"
	role "k8s.io/kubernetes/pkg/registry/rbac/role/storage"
	rolebindingpolicy "k8s.io/kubernetes/pkg/registry/rbac/rolebinding/policybased"
	rolebinding "k8s.io/kubernetes/pkg/registry/rbac/rolebinding/storage"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
)

// Nobody may grant what he has not: upstream's storages of roles and bindings
// ask the resolver what the user of the call may do.

// ruleResolver finds the rules that bind a user.
func ruleResolver() validation.AuthorizationRuleResolver {
	return validation.NewDefaultRuleResolver(rules{}, rules{}, rules{}, rules{})
}

// loopback is who the parts of the control plane are; no role binds them.
func loopback() user.Info {
	return &user.DefaultInfo{Name: user.APIServerUser, Groups: []string{user.SystemPrivilegedGroup}}
}

func buildRoles(o generic.RESTOptionsGetter) (storages, error) {
	return guarded(o, role.NewREST, func(s rest.StandardStorage) rest.Storage {
		return rolepolicy.NewStorage(s, Authorizer(), ruleResolver())
	})
}

func buildRoleBindings(o generic.RESTOptionsGetter) (storages, error) {
	return guarded(o, rolebinding.NewREST, func(s rest.StandardStorage) rest.Storage {
		return rolebindingpolicy.NewStorage(s, Authorizer(), ruleResolver())
	})
}

func buildClusterRoles(o generic.RESTOptionsGetter) (storages, error) {
	return guarded(o, clusterrole.NewREST, func(s rest.StandardStorage) rest.Storage {
		return clusterrolepolicy.NewStorage(s, Authorizer(), ruleResolver())
	})
}

func buildClusterRoleBindings(o generic.RESTOptionsGetter) (storages, error) {
	return guarded(o, clusterrolebinding.NewREST, func(s rest.StandardStorage) rest.Storage {
		return clusterrolebindingpolicy.NewStorage(s, Authorizer(), ruleResolver())
	})
}

func guarded[T rest.StandardStorage](o generic.RESTOptionsGetter, make func(generic.RESTOptionsGetter) (T, error), guard func(rest.StandardStorage) rest.Storage) (storages, error) {
	s, err := make(o)
	if err != nil {
		return nil, err
	}
	return storages{"": guard(s)}, nil
}
