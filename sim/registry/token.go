package registry

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"gopkg.in/go-jose/go-jose.v2/jwt"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/registry/rest"
	serviceaccount "k8s.io/kubernetes/pkg/registry/core/serviceaccount/storage"
)

// Who gives out tokens, and for how long at most.
const (
	tokenIssuer  = "https://kubernetes.default.svc.cluster.local"
	tokenLifeMax = 365 * 24 * time.Hour
)

func buildServiceAccounts(o generic.RESTOptionsGetter) (storages, error) {
	a, err := serviceaccount.NewREST(o, issuer{}, authenticator.Audiences{tokenIssuer}, nil, tokenLifeMax,
		getter{"", "pods"}, getter{"", "secrets"}, getter{"", "nodes"}, nil, nil, false, 0)
	if err != nil {
		return nil, err
	}
	return storages{"": a, "token": a.Token}, nil
}

// issuer makes tokens that look like those of a cluster and open nothing: in
// the place of the signature stands a hash.
type issuer struct{}

func (issuer) GenerateToken(ctx context.Context, claims *jwt.Claims, private any) (string, error) {
	claims.Issuer = tokenIssuer
	claims.ID = string(From(ctx).uid()) // upstream's is random
	all := map[string]any{}
	for _, part := range []any{private, claims} {
		b, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		if err := json.Unmarshal(b, &all); err != nil {
			return "", err
		}
	}
	body, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	return sign(body), nil
}

// sign makes claims a token.
func sign(claims []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","kid":"simulated"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	return text + "." + encode(sum[:])
}

// A getter finds objects of a resource in the call's cluster, whatever the
// order in which storages are made.
type getter struct{ group, resource string }

func (g getter) Get(ctx context.Context, name string, o *metav1.GetOptions) (runtime.Object, error) {
	k := From(ctx).kinds.byResource[schema.GroupResource{Group: g.group, Resource: g.resource}]
	return k.storages()[""].(rest.Getter).Get(ctx, name, o)
}

// legacyIssuer gives out the tokens that stand in Secrets; their claims have
// names under legacyClaims.
const (
	legacyIssuer = "kubernetes/serviceaccount"
	legacyClaims = "kubernetes.io/serviceaccount/"
)

// LegacyToken is the token of a ServiceAccount for a Secret of the type
// kubernetes.io/service-account-token. It never expires.
func (r *Registry) LegacyToken(sa *corev1.ServiceAccount, secret *corev1.Secret) string {
	body, err := json.Marshal(map[string]string{
		"iss": legacyIssuer, "sub": "system:serviceaccount:" + sa.Namespace + ":" + sa.Name,
		legacyClaims + "namespace":            sa.Namespace,
		legacyClaims + "secret.name":          secret.Name,
		legacyClaims + "service-account.name": sa.Name,
		legacyClaims + "service-account.uid":  string(sa.UID),
	})
	if err != nil {
		panic("registry: internal error: claims cannot be written: " + err.Error())
	}
	return sign(body)
}
