package registry

import (
	"encoding/json"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/utils/lru"
)

// compiledMax bounds how many policies are kept compiled in a process.
const compiledMax = 64

// compiled are policies by their specification, which is all that they depend
// on; so clusters and forks share them.
var compiled = lru.New(compiledMax)

func compileOnce[T any](kind string, name string, spec any, compile func() T) T {
	b, err := json.Marshal(spec)
	if err != nil {
		return compile()
	}
	key := kind + " " + name + " " + string(b)
	if v, ok := compiled.Get(key); ok {
		return v.(T)
	}
	v := compile()
	compiled.Add(key, v)
	return v
}

var celEnvironment = sync.OnceValue(func() *environment.EnvSet {
	return environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
})

func compileValidating(p *admissionv1.ValidatingAdmissionPolicy) validating.Validator {
	return compileOnce("validating", p.Name, p.Spec, func() validating.Validator {
		vars := cel.OptionalVariableDeclarations{HasParams: p.Spec.ParamKind != nil, HasAuthorizer: true}
		c, err := cel.NewCompositedCompiler(celEnvironment())
		if err != nil {
			return validating.NewValidator(nil, nil, nil, nil, p.Spec.FailurePolicy, err)
		}
		c.CompileAndStoreVariables(variables(p.Spec.Variables), vars, environment.StoredExpressions)
		rules, messages := make([]cel.ExpressionAccessor, len(p.Spec.Validations)), make([]cel.ExpressionAccessor, len(p.Spec.Validations))
		for i, v := range p.Spec.Validations {
			rules[i] = &validating.ValidationCondition{Expression: v.Expression, Message: v.Message, Reason: v.Reason}
			if v.MessageExpression != "" {
				messages[i] = &validating.MessageExpressionCondition{MessageExpression: v.MessageExpression}
			}
		}
		audits := make([]cel.ExpressionAccessor, len(p.Spec.AuditAnnotations))
		for i, a := range p.Spec.AuditAnnotations {
			audits[i] = &validating.AuditAnnotationCondition{Key: a.Key, ValueExpression: a.ValueExpression}
		}
		plain := vars
		plain.HasAuthorizer = false // upstream's messages don't see it
		return validating.NewValidator(c.CompileCondition(rules, vars, environment.StoredExpressions),
			conditions(c, p.Name, p.Spec.MatchConditions, p.Spec.FailurePolicy, vars),
			c.CompileCondition(audits, vars, environment.StoredExpressions),
			c.CompileCondition(messages, plain, environment.StoredExpressions), p.Spec.FailurePolicy, nil)
	})
}

func compileMutating(p *admissionv1.MutatingAdmissionPolicy) mutating.PolicyEvaluator {
	return compileOnce("mutating", p.Name, p.Spec, func() mutating.PolicyEvaluator {
		vars := cel.OptionalVariableDeclarations{HasParams: p.Spec.ParamKind != nil, HasAuthorizer: true}
		c, err := cel.NewCompositedCompiler(celEnvironment())
		if err != nil {
			return mutating.PolicyEvaluator{Error: &apiservercel.Error{Type: apiservercel.ErrorTypeInternal, Detail: err.Error()}}
		}
		c.CompileAndStoreVariables(variables(p.Spec.Variables), vars, environment.StoredExpressions)
		out := mutating.PolicyEvaluator{Matcher: conditions(c, p.Name, p.Spec.MatchConditions, p.Spec.FailurePolicy, vars), CompositedCompiler: c}
		vars.HasPatchTypes = true
		for _, m := range p.Spec.Mutations {
			switch {
			case m.JSONPatch != nil:
				f := c.CompileMutatingEvaluator(&patch.JSONPatchCondition{Expression: m.JSONPatch.Expression}, vars, environment.StoredExpressions)
				out.Mutators = append(out.Mutators, patch.NewJSONPatcher(f))
			case m.ApplyConfiguration != nil:
				f := c.CompileMutatingEvaluator(&patch.ApplyConfigurationCondition{Expression: m.ApplyConfiguration.Expression}, vars, environment.StoredExpressions)
				out.Mutators = append(out.Mutators, patch.NewApplyConfigurationPatcher(f))
			}
		}
		return out
	})
}

func variables(list []admissionv1.Variable) []cel.NamedExpressionAccessor {
	out := make([]cel.NamedExpressionAccessor, len(list))
	for i, v := range list {
		out[i] = &validating.Variable{Name: v.Name, Expression: v.Expression}
	}
	return out
}

// conditions decide whether a policy is about a request at all, nil if it has
// none.
func conditions(c *cel.CompositedCompiler, name string, list []admissionv1.MatchCondition, onFailure *admissionv1.FailurePolicyType, vars cel.OptionalVariableDeclarations) matchconditions.Matcher {
	if len(list) == 0 {
		return nil
	}
	out := make([]cel.ExpressionAccessor, len(list))
	for i := range list {
		out[i] = (*matchconditions.MatchCondition)(&list[i])
	}
	return matchconditions.NewMatcher(c.CompileCondition(out, vars, environment.StoredExpressions), onFailure, "policy", "validate", name)
}
