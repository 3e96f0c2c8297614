package licence

import (
	"slices"
	"strings"
)

// terms are the licences that may be linked, each by phrases that only it has.
// None of them asks that the whole program be given under the same terms.
var terms = []struct {
	id  string
	all []string // every phrase must occur
	not string   // and this one must not
}{
	{"Apache-2.0", []string{"apache license version 2.0"}, ""},
	{"MPL-2.0", []string{"mozilla public license version 2.0"}, ""},
	{"MIT", []string{"permission is hereby granted free of charge to any person obtaining a copy", "the above copyright notice and this permission notice"}, ""},
	{"MIT-0", []string{"permission is hereby granted free of charge to any person obtaining a copy"}, "the above copyright notice and this permission notice"},
	{"ISC", []string{"permission to use copy modify and or distribute this software for any purpose with or without fee", "provided that the above copyright notice"}, ""},
	{"ISC", []string{"permission to use copy modify and distribute this software for any purpose with or without fee", "provided that the above copyright notice"}, ""},
	{"0BSD", []string{"permission to use copy modify and or distribute this software for any purpose with or without fee"}, "provided that the above copyright notice"},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "name of"}, ""},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}, "name of"},
	{"Unlicense", []string{"this is free and unencumbered software released into the public domain"}, ""},
	{"CC0-1.0", []string{"cc0 1.0 universal"}, ""},
	{"OFL-1.1", []string{"sil open font license version 1.1"}, ""},
	{"LicenseRef-SQLite-Public-Domain", []string{"all of the code and documentation in sqlite has been dedicated to the public domain by the authors"}, ""},
}

// Classify names the licences a text holds as an SPDX expression, "" when it
// holds none that is known.
func Classify(text string) string {
	text = normalize(text)
	var ids []string
	for _, t := range terms {
		has := func(phrase string) bool { return strings.Contains(text, phrase) }
		missing := func(phrase string) bool { return !has(phrase) }
		if !slices.ContainsFunc(t.all, missing) && (t.not == "" || !has(t.not)) {
			ids = append(ids, t.id)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " AND ")
}

// normalize leaves lower-case words with single spaces between them.
func normalize(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.'
		return !letter
	})
	for i, w := range words {
		if len(w) > 1 {
			words[i] = strings.TrimRight(w, ".")
		}
	}
	return strings.Join(words, " ")
}
