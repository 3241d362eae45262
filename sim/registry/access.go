package registry

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// Access decides what a user may do, by upstream's RBAC over the roles and
// bindings of the call's cluster. Members of system:masters may do anything,
// as in every cluster.
type Access struct{ rbac *rbac.RBACAuthorizer }

var (
	_ authorizer.UnconditionalAuthorizer = Access{}
	_ authorizer.RuleResolver            = Access{}
)

// Authorizer returns the authorizer; its calls need a context made by With.
func Authorizer() Access { return Access{rbac.New(rules{}, rules{}, rules{}, rules{})} }

// Administrator is who uses a cluster unless somebody else is named.
func Administrator() user.Info {
	return &user.DefaultInfo{Name: "kubernetes-admin", Groups: []string{user.SystemPrivilegedGroup, user.AllAuthenticated}}
}

func privileged(u user.Info) bool {
	return u != nil && slices.Contains(u.GetGroups(), user.SystemPrivilegedGroup)
}

// Authorize says whether a request is allowed, and why not.
func (a Access) Authorize(ctx context.Context, attrs authorizer.Attributes) (authorizer.Decision, string, error) {
	if privileged(attrs.GetUser()) {
		return authorizer.DecisionAllow, "", nil
	}
	return a.rbac.Authorize(ctx, attrs)
}

// RulesFor lists what a user may do in a namespace by the cluster's roles, of
// which system:masters have cluster-admin.
func (a Access) RulesFor(ctx context.Context, u user.Info, namespace string) ([]authorizer.ResourceRuleInfo, []authorizer.NonResourceRuleInfo, bool, error) {
	return a.rbac.RulesFor(ctx, u, namespace)
}

// rules reads roles and bindings from the cluster of the call.
type rules struct{}

func (rules) GetRole(ctx context.Context, namespace, name string) (*rbacv1.Role, error) {
	if role, ok := Get[*rbacv1.Role](From(ctx), namespace, name); ok {
		return role, nil
	}
	return nil, notFoundRole("role", name)
}

func (rules) GetClusterRole(ctx context.Context, name string) (*rbacv1.ClusterRole, error) {
	if role, ok := Get[*rbacv1.ClusterRole](From(ctx), "", name); ok {
		return role, nil
	}
	return nil, notFoundRole("clusterrole", name)
}

func notFoundRole(resource, name string) error {
	return apierrors.NewNotFound(schema.GroupResource{Group: rbacv1.GroupName, Resource: resource}, name)
}

func (rules) ListRoleBindings(ctx context.Context, namespace string) ([]*rbacv1.RoleBinding, error) {
	return List[*rbacv1.RoleBinding](From(ctx), namespace), nil
}

func (rules) ListClusterRoleBindings(ctx context.Context) ([]*rbacv1.ClusterRoleBinding, error) {
	return List[*rbacv1.ClusterRoleBinding](From(ctx), ""), nil
}

// CreateDefaultRoles makes the roles and bindings that kube-apiserver makes
// for itself at its start. The namespaces must be there. Roles that gather the
// rules of others are empty until a controller fills them.
func CreateDefaultRoles(r *Registry) error {
	roles := bootstrappolicy.ClusterRoles()
	var all []runtime.Object
	for i := range roles {
		all = append(all, &roles[i])
	}
	for _, b := range slices.Concat(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()) {
		all = append(all, &b)
	}
	for _, role := range bootstrappolicy.ControllerRoles() {
		all = append(all, &role)
	}
	for _, namespace := range []string{metav1.NamespacePublic, metav1.NamespaceSystem, corev1.NamespaceDefault} {
		for _, role := range bootstrappolicy.NamespaceRoles()[namespace] {
			all = append(all, &role)
		}
		for _, b := range bootstrappolicy.NamespaceRoleBindings()[namespace] {
			all = append(all, &b)
		}
	}
	for _, obj := range all {
		if _, err := r.create(r.kindForObject(obj), obj); err != nil {
			return err
		}
	}
	return nil
}
