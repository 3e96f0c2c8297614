package catalog

import (
	"fmt"
	"maps"
	"slices"

	"assay/internal/criteria"
)

// objection takes note of something wrong with a field of one file.
type objection func(field, format string, args ...any)

// objections notes what is wrong with a file, so that its author sees all of it
// at once.
func objections(name string, wrong *[]error) objection {
	return func(field, format string, args ...any) {
		*wrong = append(*wrong, fmt.Errorf("%s: %s: %s", name, field, fmt.Sprintf(format, args...)))
	}
}

func filled(object objection, field, value string) {
	if value == "" {
		object(field, "is empty")
	}
}

func oneOf[T ~string](object objection, field string, value T, known []T) {
	if !slices.Contains(known, value) {
		object(field, "%q is not one of %q", value, known)
	}
}

// listed holds a list to at least one value, and each to each's rules.
func listed[T ~string](object objection, field string, values []T) {
	if len(values) == 0 {
		object(field, "is empty")
	}
	each(object, field, values)
}

// each holds the values of a list to being filled and different.
func each[T ~string](object objection, field string, values []T) {
	for i, v := range values {
		switch {
		case v == "":
			object(field, "value %d is empty", i+1)
		case slices.Contains(values[:i], v):
			object(field, "%q is there twice", v)
		}
	}
}

func resolve[T ~string](object objection, field string, ids []T, exists func(T) bool) {
	for _, id := range ids {
		if !exists(id) {
			object(field, "there is no %q", id)
		}
	}
}

func isCriterion(l *criteria.Library) func(criteria.ID) bool {
	return func(id criteria.ID) bool { _, ok := l.Criterion(id); return ok }
}

// meant holds a vocabulary to giving a meaning to exactly the words that the
// program knows.
func meant[T ~string](object objection, field string, meanings map[T]string, known []T) {
	for _, word := range known {
		if meanings[word] == "" {
			object(field, "%q has no meaning", word)
		}
	}
	for _, word := range slices.Sorted(maps.Keys(meanings)) {
		if !slices.Contains(known, word) {
			object(field, "%q is not one of %q", word, known)
		}
	}
}
