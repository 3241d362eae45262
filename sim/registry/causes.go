package registry

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// OrderCauses puts the causes of a refusal that upstream's validation found by
// going through a Go map, and so in random order, into that of their keys. It
// reports whether it changed anything.
func OrderCauses(s *metav1.Status) bool {
	if s.Details == nil || len(s.Details.Causes) < 2 {
		return false
	}
	causes := slices.Clone(s.Details.Causes)
	for i := 0; i < len(causes); {
		stem, _, ok := mapKey(causes[i])
		end := i + 1
		for ; ok && end < len(causes); end++ {
			if other, _, also := mapKey(causes[end]); !also || other != stem {
				break
			}
		}
		slices.SortStableFunc(causes[i:end], func(a, b metav1.StatusCause) int {
			_, keyA, _ := mapKey(a)
			_, keyB, _ := mapKey(b)
			return cmp.Compare(keyA, keyB)
		})
		i = end
	}
	if slices.Equal(causes, s.Details.Causes) {
		return false
	}
	head, _, ok := strings.Cut(s.Message, "is invalid: ")
	s.Details.Causes = causes
	if ok {
		s.Message = head + "is invalid: " + joinCauses(causes)
	}
	return true
}

// mapKey splits the field of a cause that is an entry of a map: what the map
// is called, and the key. Labels and their like don't show the key in the
// field, but in the words.
func mapKey(c metav1.StatusCause) (stem, key string, ok bool) {
	for _, name := range []string{"labels", "annotations", "matchLabels", "nodeSelector"} {
		if c.Field == name || strings.HasSuffix(c.Field, "."+name) {
			return c.Field, c.Message, true
		}
	}
	if c.Type == metav1.CauseTypeFieldValueRequired {
		return "", "", false // asked for by name, in upstream's own order
	}
	open := strings.LastIndexByte(c.Field, '[')
	if open < 0 || !strings.HasSuffix(c.Field, "]") {
		return "", "", false
	}
	key = c.Field[open+1 : len(c.Field)-1]
	if _, err := strconv.Atoi(key); err == nil {
		return "", "", false // of a list
	}
	return c.Field[:open], key, true
}

// joinCauses writes causes as field.ErrorList does.
func joinCauses(causes []metav1.StatusCause) string {
	var words []string
	for _, c := range causes {
		if w := c.Field + ": " + c.Message; !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	if len(words) == 1 {
		return words[0]
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// inOrder is OrderCauses for an error.
func inOrder(err error) error {
	var status *apierrors.StatusError
	if errors.As(err, &status) {
		OrderCauses(&status.ErrStatus)
	}
	return err
}
