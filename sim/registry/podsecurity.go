package registry

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/kubernetes/pkg/apis/apps"
	"k8s.io/kubernetes/pkg/apis/batch"
	api "k8s.io/kubernetes/pkg/apis/core"
)

// Pod Security Standards, as the labels of a namespace ask for them. Upstream's
// module is not among ours; the checks and their words are written down here.
const (
	podSecurityPrefix = "pod-security.kubernetes.io/"
	levelBaseline     = "baseline"
	levelRestricted   = "restricted"
)

// podSecurity refuses Pods that violate what their namespace enforces, and
// warns of those, and of templates, that violate what it warns of.
func podSecurity(ctx context.Context, r *Registry, a admission.Attributes) error {
	if a.GetSubresource() != "" || a.GetOperation() != admission.Create && a.GetOperation() != admission.Update {
		return nil
	}
	if ns, ok := a.GetObject().(*api.Namespace); ok {
		if err := podSecurityLabels(ns); err != nil {
			return err
		}
		if old, ok := a.GetOldObject().(*api.Namespace); ok {
			warnOfPresent(ctx, r, ns, old)
		}
		return nil
	}
	spec, isPod := podSpecOf(a.GetObject())
	if spec == nil || a.GetNamespace() == "" {
		return nil
	}
	ns, ok := Get[*corev1.Namespace](r, "", a.GetNamespace())
	if !ok {
		return nil
	}
	if level, name := standardOf(ns.Labels, "enforce"); isPod && a.GetOperation() == admission.Create {
		if v := describeViolations(level, spec); v != "" {
			return admission.NewForbidden(a, fmt.Errorf("violates PodSecurity %q: %s", name, v))
		}
	}
	level, name := standardOf(ns.Labels, "warn")
	if v := describeViolations(level, spec); v != "" {
		warning.AddWarning(ctx, "", fmt.Sprintf("would violate PodSecurity %q: %s", name, v))
	}
	return nil
}

// standardOf is what the labels of a namespace say of a mode: the level, and
// the level with its version as messages name it.
func standardOf(labels map[string]string, mode string) (level, name string) {
	level, version := labels[podSecurityPrefix+mode], labels[podSecurityPrefix+mode+"-version"]
	if version == "" {
		version = "latest"
	}
	return level, level + ":" + version
}

// warnOfPresent warns that Pods which are there violate a level that a
// namespace enforces from now on. Pods with the same violations share a line.
func warnOfPresent(ctx context.Context, r *Registry, ns, old *api.Namespace) {
	level, name := standardOf(ns.Labels, "enforce")
	if _, before := standardOf(old.Labels, "enforce"); before == name {
		return
	}
	var order []string // of lists of reasons
	first, others := map[string]string{}, map[string]int{}
	for _, p := range List[*corev1.Pod](r, ns.Name) {
		internal, err := toInternal(p)
		if err != nil {
			continue // what is stored can be read
		}
		spec, _ := podSpecOf(internal)
		reasons := ""
		for _, v := range violations(level, spec) {
			reasons = strings.TrimPrefix(reasons+", "+v.reason, ", ")
		}
		switch _, seen := first[reasons]; {
		case reasons == "":
		case seen:
			others[reasons]++
		default:
			order = append(order, reasons)
			first[reasons] = p.Name
		}
	}
	if len(order) == 0 {
		return
	}
	warning.AddWarning(ctx, "", fmt.Sprintf("existing pods in namespace %q violate the new PodSecurity enforce level %q", ns.Name, name))
	for _, reasons := range order {
		pods := first[reasons]
		switch n := others[reasons]; {
		case n == 1:
			pods += " (and 1 other pod)"
		case n > 1:
			pods += fmt.Sprintf(" (and %d other pods)", n)
		}
		warning.AddWarning(ctx, "", pods+": "+reasons)
	}
}

// podSecurityLabels refuses levels that there are not.
func podSecurityLabels(ns *api.Namespace) error {
	var errs field.ErrorList
	for _, mode := range []string{"enforce", "audit", "warn"} {
		key := podSecurityPrefix + mode
		switch level, ok := ns.Labels[key]; {
		case ok && level != "privileged" && level != levelBaseline && level != levelRestricted:
			errs = append(errs, field.Invalid(field.NewPath("metadata", "labels").Key(key), level, "must be one of privileged, baseline, restricted"))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(corev1.SchemeGroupVersion.WithKind("Namespace").GroupKind(), ns.Name, errs)
}

// podSpecOf is the Pod, or the template, that an object holds.
func podSpecOf(obj runtime.Object) (spec *api.PodSpec, isPod bool) {
	switch o := obj.(type) {
	case *api.Pod:
		return &o.Spec, true
	case *apps.Deployment:
		return &o.Spec.Template.Spec, false
	case *apps.ReplicaSet:
		return &o.Spec.Template.Spec, false
	case *apps.StatefulSet:
		return &o.Spec.Template.Spec, false
	case *apps.DaemonSet:
		return &o.Spec.Template.Spec, false
	case *batch.Job:
		return &o.Spec.Template.Spec, false
	case *batch.CronJob:
		return &o.Spec.JobTemplate.Spec.Template.Spec, false
	case *api.ReplicationController:
		if o.Spec.Template != nil {
			return &o.Spec.Template.Spec, false
		}
	}
	return nil, false
}

// A securityCheck is one control of the standards: what it is called in
// messages, and how a Pod violates it, "" if it does not.
type securityCheck struct {
	reason string
	detail func(p *api.PodSpec) string
}

// A violation is a control that a Pod does not keep, and how.
type violation struct{ reason, detail string }

// describeViolations says how a Pod violates a level, "" if it does not.
func describeViolations(level string, p *api.PodSpec) string {
	var out []string
	for _, v := range violations(level, p) {
		out = append(out, v.reason+" ("+v.detail+")")
	}
	return strings.Join(out, ", ")
}

// violations are the controls of a level that a Pod does not keep.
func violations(level string, p *api.PodSpec) []violation {
	var checks []securityCheck
	switch level {
	case levelBaseline:
		checks = append(checks, securityCheck{"non-default capabilities", addedCapabilities(defaultCapability)},
			securityCheck{"host namespaces", hostNamespaces}, securityCheck{"hostPath volumes", hostPaths})
		checks = append(checks, commonChecks()...)
		checks = append(checks, securityCheck{"seccompProfile", unconfinedSeccomp}, securityCheck{"forbidden sysctls", forbiddenSysctls})
	case levelRestricted:
		checks = append([]securityCheck{{"host namespaces", hostNamespaces}}, commonChecks()...)
		checks = append(checks, securityCheck{"forbidden sysctls", forbiddenSysctls},
			securityCheck{"allowPrivilegeEscalation != false", each("must set securityContext.allowPrivilegeEscalation=false", func(c *api.Container) bool {
				return c.SecurityContext == nil || c.SecurityContext.AllowPrivilegeEscalation == nil || *c.SecurityContext.AllowPrivilegeEscalation
			})},
			securityCheck{"unrestricted capabilities", restrictedCapabilities},
			securityCheck{"restricted volume types", restrictedVolumes},
			securityCheck{"runAsNonRoot != true", mayBeRoot},
			securityCheck{"runAsUser=0", runsAsRoot},
			securityCheck{"seccompProfile", missingSeccomp})
	}
	var out []violation
	for _, c := range checks {
		if d := c.detail(p); d != "" {
			out = append(out, violation{c.reason, d})
		}
	}
	return out
}

// commonChecks hold for both levels, between those that one replaces.
func commonChecks() []securityCheck {
	return []securityCheck{
		{"hostPort", hostPorts},
		{"privileged", each("must not set securityContext.privileged=true", func(c *api.Container) bool {
			return c.SecurityContext != nil && c.SecurityContext.Privileged != nil && *c.SecurityContext.Privileged
		})},
		{"procMount", each(`must not set securityContext.procMount to "Unmasked"`, func(c *api.Container) bool {
			return c.SecurityContext != nil && c.SecurityContext.ProcMount != nil && *c.SecurityContext.ProcMount == api.UnmaskedProcMount
		})},
	}
}
