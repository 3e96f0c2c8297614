package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"assay/catalog"
	"assay/internal/kit/fault"
)

func TestLicensedTextInBothFormats(t *testing.T) {
	known := load(t).Criteria()
	files := map[string]string{
		"text.yaml": "# ours by licence\nCC1.1: First wording.\nCC6.1-2: >-\n  Of a\n  point.\n",
		"text.YML":  "{CC1.1: First wording., CC6.1-2: Of a point.}",
		"text.csv":  "\ufeffID, Text\nCC1.1,First wording.\n\nCC6.1-2 ,\"Of a\npoint.\"\n",
	}
	for name, content := range files {
		text, err := catalog.ReadLicensedText(known, catalog.LicensedFile{Name: name, Publication: "2022", Body: strings.NewReader(content)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, _ := text.Criterion("CC1.1"); got != "First wording." || text.Publication != "2022" {
			t.Errorf("%s: %q of %q", name, got, text.Publication)
		}
		if got, _ := text.Point("CC6.1-2"); strings.ReplaceAll(got, "\n", " ") != "Of a point." {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestLicensedTextIsRefusedWithItsLine(t *testing.T) {
	known := load(t).Criteria()
	cases := []struct{ name, file, content, want string }{
		{"ending", "text.docx", "", "should end in"},
		{"empty YAML", "a.yaml", "", "not YAML"},
		{"no mapping", "a.yaml", "- CC1.1", "one mapping"},
		{"nested", "a.yaml", "CC1.1:\n  text: x\n", "In line 1 there is more"},
		{"an alias", "a.yaml", "CC1.1: &a x\nCC1.2: *a\n", "In line 2 there is more"},
		{"two documents", "a.yaml", "CC1.1: x\n---\nCC1.2: y\n", "more than one document"},
		{"unknown id", "a.yaml", "CC1.1: x\nCC1.9: y\n", `line 2: "CC1.9" is no criterion`},
		{"id twice", "a.yaml", "CC1.1: x\nCC1.1: y\n", "line 2: CC1.1 is there twice"},
		{"no text", "a.yaml", "CC1.1:\n", "line 1: CC1.1 has no text"},
		{"empty CSV", "a.csv", "", "should name the two columns"},
		{"header alone", "a.csv", "id,text\n", "holds no text"},
		{"no header", "a.csv", "CC1.1,x\n", "should name the two columns"},
		{"a third column", "a.csv", "id,text,note\nCC1.1,x,y\n", "should name the two columns"},
		{"a short row", "a.csv", "id,text\nCC1.1\n", "not CSV"},
		{"an open quote", "a.csv", "id,text\nCC1.1,\"x\n", "not CSV"},
		{"unknown id in CSV", "a.csv", "text,id\nx,CC1.1\n\"y\nz\",CC1.9\n", `line 3: "CC1.9" is no criterion`},
	}
	for _, c := range cases {
		_, err := catalog.ReadLicensedText(known, catalog.LicensedFile{Name: c.file, Body: strings.NewReader(c.content)})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	large := catalog.LicensedFile{Name: "a.csv", Body: strings.NewReader(strings.Repeat("x", 5<<20))}
	if _, err := catalog.ReadLicensedText(known, large); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
	broken := errors.New("connection reset")
	_, err := catalog.ReadLicensedText(known, catalog.LicensedFile{Name: "a.csv", Body: iotest.ErrReader(broken)})
	if !errors.Is(err, broken) || !fault.Is(err, fault.Internal) {
		t.Errorf("a body that breaks off: %v", err)
	}
}

// Whatever an org sends is either refused as its own mistake or kept in full.
func FuzzReadLicensedText(f *testing.F) {
	known := load(f).Criteria()
	f.Add(true, "id,text\nCC1.1,x\n")
	f.Add(true, "text,id\n\"a\nb\",CC1.1-1\n")
	f.Add(false, "CC1.1: x\n")
	f.Add(false, "a: &a [*a]\n? {b: c}\n: d\n")
	f.Fuzz(func(t *testing.T, isCSV bool, content string) {
		name := "a.yaml"
		if isCSV {
			name = "a.csv"
		}
		text, err := catalog.ReadLicensedText(known, catalog.LicensedFile{Name: name, Body: strings.NewReader(content)})
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(fault.Text(err)) > 64<<10 {
				t.Fatalf("%s: %v", fault.Of(err), err)
			}
			return
		}
		for _, e := range text.Entries() {
			if strings.TrimSpace(e.Text) == "" || !strings.Contains(content, e.ID) && isCSV {
				t.Fatalf("%s %q was kept of %q", e.ID, e.Text, content)
			}
		}
		if again, err := known.License("", text.Entries()); err != nil || len(again.Entries()) != len(text.Entries()) {
			t.Fatalf("what was kept is refused: %v", err)
		}
	})
}
