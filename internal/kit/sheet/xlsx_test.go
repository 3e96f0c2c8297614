package sheet_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
)

func table() sheet.Table {
	return sheet.Table{
		Name: "Risks: all [1]", Head: []string{"id", "title", "state"}, Choices: map[string][]string{"state": {"open", "closed"}},
		Rows: [][]string{{"R-01", "=HYPERLINK(1)", "open"}, {"R-02", "Ada, \"the first\"\nnext line", ""}, {"", "00123", "2026-11-22"}},
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	in := table()
	for name, write := range map[string]func(*sheet.Table, *bytes.Buffer) error{
		"csv":  func(t *sheet.Table, b *bytes.Buffer) error { return t.WriteCSV(b) },
		"xlsx": func(t *sheet.Table, b *bytes.Buffer) error { return t.WriteXLSX(b) },
	} {
		var b bytes.Buffer
		if err := write(&in, &b); err != nil {
			t.Fatal(name, err)
		}
		out, lines, err := sheet.Read(b.Bytes(), 100)
		if err != nil || !slices.Equal(out.Head, in.Head) || len(out.Rows) != 3 || lines[0] != 2 {
			t.Fatal(name, out, lines, err)
		}
		for i := range in.Rows {
			if !slices.Equal(out.Rows[i], in.Rows[i]) {
				t.Errorf("%s: row %d is %q, want %q", name, i, out.Rows[i], in.Rows[i])
			}
		}
	}
}

func TestAnyTextSurvivesCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-=+@a-z'",;\n ]{1,12}x`).Draw(t, "text")
		in := sheet.Table{Head: []string{"a"}, Rows: [][]string{{text}}}
		var b bytes.Buffer
		if err := in.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		out, _, err := sheet.Read(b.Bytes(), 10)
		if err != nil || len(out.Rows) != 1 || out.Rows[0][0] != text {
			if len(text) > 1 && text[0] == '\'' && bytes.ContainsAny([]byte{text[1]}, "=+-@") {
				return // an apostrophe before a formula is what Plain writes
			}
			t.Fatalf("%q is read as %q, %v", text, out.Rows, err)
		}
	})
}

func TestBrokenFilesAreRefused(t *testing.T) {
	in := table()
	var book bytes.Buffer
	if err := in.WriteXLSX(&book); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"nothing": nil, "blank": []byte("\n\n"), "a quote": []byte("a,b\n\"x,1\n"), "latin": []byte("a\n\xe9\n"), "half a workbook": book.Bytes()[:book.Len()/2],
		"too many cells": []byte("a\n1,2\n"), "a zip": []byte("PK\x03\x04nothing"),
	} {
		if _, _, err := sheet.Read(file, 10); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := sheet.Read([]byte("a\n1\n2\n3\n"), 2); !fault.Is(err, fault.TooLarge) {
		t.Error(err)
	}
	if got, _, err := sheet.Read([]byte("\xEF\xBB\xBFa;b\n1;2\n"), 10); err != nil || got.Rows[0][1] != "2" {
		t.Error(got, err)
	}
}

func FuzzRead(f *testing.F) {
	in := table()
	var book bytes.Buffer
	_ = in.WriteXLSX(&book)
	f.Add(book.Bytes())
	f.Add([]byte("a,b\n1,2\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		out, lines, err := sheet.Read(file, 1000)
		if err == nil && len(out.Rows) != len(lines) {
			t.Fatal(len(out.Rows), len(lines))
		}
	})
}
