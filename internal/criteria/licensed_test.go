package criteria_test

import (
	"slices"
	"strings"
	"testing"

	"assay/internal/criteria"
	"assay/internal/kit/fault"
)

func TestLicensedTextStandsApart(t *testing.T) {
	l := library(t)
	before := l.Criteria()
	text, err := l.License(" 2022 edition ", []criteria.LicensedEntry{
		{ID: "P1.1", Text: "The published wording.\n", Line: 1},
		{ID: "CC1.2-1", Text: "Of a point.", Line: 2},
		{ID: "CC1.10", Text: "Of another.", Line: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := text.Criterion("P1.1"); !ok || got != "The published wording." {
		t.Errorf("P1.1: %q, %t", got, ok)
	}
	if got, ok := text.Point("CC1.2-1"); !ok || got != "Of a point." {
		t.Errorf("CC1.2-1: %q, %t", got, ok)
	}
	if got, ok := text.Criterion("CC1.2"); ok {
		t.Errorf("CC1.2 was not supplied and says %q", got)
	}
	if text.Publication != "2022 edition" {
		t.Errorf("publication: %q", text.Publication)
	}
	var order []string
	for _, e := range text.Entries() {
		order = append(order, e.ID)
	}
	if !slices.Equal(order, []string{"CC1.2-1", "CC1.10", "P1.1"}) {
		t.Errorf("order: %q", order)
	}
	for i, c := range l.Criteria() {
		if c.Summary != before[i].Summary {
			t.Errorf("the paraphrase of %s was replaced", c.ID)
		}
	}
	again, err := l.License(text.Publication, text.Entries())
	if err != nil || !slices.Equal(again.Entries(), text.Entries()) {
		t.Errorf("what is kept is not what is read again: %v", err)
	}
}

func TestLicensedTextIsRefusedWhole(t *testing.T) {
	good := criteria.LicensedEntry{ID: "P1.1", Text: "Fine.", Line: 1}
	cases := map[string]struct {
		entry criteria.LicensedEntry
		want  string
	}{
		"unknown criterion":   {criteria.LicensedEntry{ID: "CC9.9", Text: "x", Line: 7}, `In line 7: "CC9.9" is no criterion`},
		"unknown point":       {criteria.LicensedEntry{ID: "P1.1-9", Text: "x", Line: 7}, `"P1.1-9" is no criterion or point`},
		"a series":            {criteria.LicensedEntry{ID: "CC1", Text: "x", Line: 7}, `"CC1" is no criterion`},
		"twice":               {criteria.LicensedEntry{ID: "P1.1", Text: "Fine.", Line: 7}, "P1.1 is there twice"},
		"empty":               {criteria.LicensedEntry{ID: "A1.1", Text: " \n", Line: 7}, "A1.1 has no text"},
		"long":                {criteria.LicensedEntry{ID: "A1.1", Text: strings.Repeat("x", criteria.MaxLicensedText+1), Line: 7}, "longer than 8192"},
		"not UTF-8":           {criteria.LicensedEntry{ID: "A1.1", Text: "\xff", Line: 7}, "not plain UTF-8"},
		"a control character": {criteria.LicensedEntry{ID: "A1.1", Text: "a\x00b", Line: 7}, "not plain UTF-8"},
		"a direction mark":    {criteria.LicensedEntry{ID: "A1.1", Text: "a\u202eb", Line: 7}, "not plain UTF-8"},
	}
	for name, c := range cases {
		text, err := library(t).License("", []criteria.LicensedEntry{good, c.entry})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if len(text.Entries()) != 0 {
			t.Errorf("%s: a part was kept", name)
		}
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Name != "line 7" {
			t.Errorf("%s: fields %v", name, f)
		}
	}
	if _, err := library(t).License("", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty file: %v", err)
	}
}

func TestAManyTimesWrongFileIsNotRepeatedInFull(t *testing.T) {
	entries := make([]criteria.LicensedEntry, 500)
	for i := range entries {
		entries[i] = criteria.LicensedEntry{ID: "nonsense", Text: "x", Line: i + 1}
	}
	_, err := library(t).License("", entries)
	if text := fault.Text(err); !strings.Contains(text, "And 480 more.") || len(text) > 4000 {
		t.Errorf("%d bytes: %.200s", len(text), text)
	}
}
