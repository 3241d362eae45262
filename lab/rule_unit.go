package lab

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"gieok/korean"

	"k8s.io/apimachinery/pkg/api/resource"
)

var (
	// equation is "1Mi = 1024Ki", "1000m = 1 core", "Mi = 2^20", "1Gi = 10^9 바이트".
	equation = regexp.MustCompile(`(\d+(?:\.\d+)?)?\s?(Ki|Mi|Gi|Ti|Pi|k|K|M|G|T|P|m)(i?B)?\s*(?:=|은|는)\s*(?:(\d+(?:\.\d+)?)\s?(Ki|Mi|Gi|Ti|Pi|k|K|M|G|T|P|m)?(i?B)?|(\d+)\^(\d+))\s?(바이트|byte|B|코어|core|CPU|vCPU)?`)
	// unitName is a unit with the word for another one.
	unitName = regexp.MustCompile(`\b([KMGT])(i)?(B)?\s*(?:=|:|는|은|\()\s*(킬로|메가|기가|테라|키비|메비|기비|테비)(?:바이트|byte)?`)
	// memoryMilli is an amount of memory or storage in thousandths of a byte.
	memoryMilli = regexp.MustCompile(`^\s*(?:- )?(?:memory|storage|ephemeral-storage)\s*:\s*["']?(\d+)m["']?\s*(?:#.*)?$`)
	memoryUnit  = regexp.MustCompile(`^\s*(?:- )?(?:memory|storage)\s*:\s*["']?\d+(?:\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)["']?\s*(?:#.*)?$`)
)

// unitWords tells the prefix of each Korean word, binary with an i.
func unitWord(word string) string {
	return map[string]string{"킬로": "K", "메가": "M", "기가": "G", "테라": "T", "키비": "Ki", "메비": "Mi", "기비": "Gi", "테비": "Ti"}[word]
}

// findUnits reports equations between units that are not so, units called by
// the name of others, memory in thousandths of a byte, and both kinds of units
// side by side.
func findUnits(_ context.Context, n *note) ([]Finding, error) {
	var out []Finding
	for _, s := range n.graph.Sentences {
		if denied.MatchString(s.Text) {
			continue
		}
		f := Finding{Pos: s.Span.Pos, EndLine: s.Span.EndLine, Severity: SeverityWarning}
		if m := equation.FindStringSubmatch(s.Text); m != nil {
			if left, right, ok := sides(m); ok && left.Cmp(right) != 0 {
				f.Message = fmt.Sprintf("단위가 맞지 않습니다. %s", valueWords(m[1]+m[2], left))
				out = append(out, f)
				continue
			}
		}
		for _, m := range unitName.FindAllStringSubmatch(s.Text, -1) {
			if written := m[1] + m[2]; m[2] == "" && m[3] == "B" || unitWord(m[4]) == written || strings.Contains(s.Text, "메비") && strings.Contains(s.Text, "메가") {
				continue // MB is called megabyte by all
			}
			f.Message = fmt.Sprintf("%s 단위가 아니라 %s의 이름입니다. %s", korean.With(m[4]+"바이트", "은/는")+" "+m[1]+m[2], unitWord(m[4]), valueWords("1"+m[1]+m[2], quantity("1", m[1]+m[2])))
			out = append(out, f)
			break
		}
	}
	return append(out, n.snippetUnits()...), nil
}

// snippetUnits reports amounts of memory that are hardly meant.
func (n *note) snippetUnits() []Finding {
	var out []Finding
	var binary, decimal *Finding
	for i := range n.graph.Snippets {
		s := &n.graph.Snippets[i]
		for k, line := range strings.Split(s.Text, "\n") {
			pos := s.Locate(k+1, 1+indentOf(line))
			if m := memoryMilli.FindStringSubmatch(line); m != nil {
				out = append(out, Finding{Pos: pos, EndLine: pos.Line, Severity: SeverityWarning,
					Message: fmt.Sprintf("m은 1000분의 1이라 %sm은 메모리로 %s바이트입니다.", m[1], quantity(m[1], "m").FloatString(3)),
					Fix:     fmt.Sprintf("메비바이트라면 %sMi, 메가바이트라면 %sM으로 적으세요.", m[1], m[1])})
			}
			m := memoryUnit.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			f := &Finding{Pos: pos, EndLine: pos.Line, Severity: SeverityNotice}
			if strings.HasSuffix(m[1], "i") && binary == nil {
				binary = f
			} else if !strings.HasSuffix(m[1], "i") && decimal == nil {
				decimal = f
				decimal.Message = fmt.Sprintf("이 노트는 2의 거듭제곱 단위(Mi, Gi)와 10의 거듭제곱 단위(%s)를 섞어 씁니다. 1M은 1000000바이트, 1Mi는 1048576바이트입니다.", m[1])
			}
		}
	}
	if binary != nil && decimal != nil {
		out = append(out, *decimal)
	}
	return out
}

// quantity is an amount as Kubernetes reads it, nil if it does not.
func quantity(number, unit string) *big.Rat {
	if number == "" {
		number = "1"
	}
	if unit == "K" {
		unit = "k"
	}
	if unit == "m" {
		r, ok := new(big.Rat).SetString(number)
		if !ok {
			return nil
		}
		return r.Mul(r, big.NewRat(1, 1000))
	}
	q, err := resource.ParseQuantity(number + unit)
	if err != nil {
		return nil
	}
	r, _ := new(big.Rat).SetString(q.AsDec().String())
	return r
}

// sides are the amounts on both sides of an equation; ok is false when it is
// none of units.
func sides(m []string) (left, right *big.Rat, ok bool) {
	unit := func(u, b string) string {
		if b == "iB" {
			return u + "i"
		}
		return u
	}
	if m[3] == "B" || m[6] == "B" {
		return nil, nil, false // KB and MB are used both ways
	}
	left = quantity(m[1], unit(m[2], m[3]))
	switch {
	case m[7] != "":
		base, _ := new(big.Int).SetString(m[7], 10)
		power, _ := new(big.Int).SetString(m[8], 10)
		if power == nil || power.Cmp(big.NewInt(powerMax)) > 0 {
			return nil, nil, false
		}
		right = new(big.Rat).SetInt(new(big.Int).Exp(base, power, nil))
	case m[1] == "" && m[5] == "" && m[9] == "":
		return nil, nil, false // "M = 3": no unit is spoken of
	case m[5] == "" && m[9] == "" && m[2] != "m":
		return nil, nil, false
	default:
		right = quantity(m[4], unit(m[5], m[6]))
	}
	return left, right, left != nil && right != nil
}

// powerMax bounds the powers of an equation.
const powerMax = 100

// valueWords says what an amount is.
func valueWords(written string, v *big.Rat) string {
	if v.IsInt() {
		return fmt.Sprintf("%s %s이다.", korean.With(written, "은/는"), v.Num())
	}
	return fmt.Sprintf("%s %s이다.", korean.With(written, "은/는"), v.FloatString(3))
}
