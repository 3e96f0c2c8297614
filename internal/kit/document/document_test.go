package document_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/document"
	"assay/internal/kit/sheet"
)

// writers are the formats by the end of a file's name.
func writers(d *document.Document) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{"html": d.WriteHTML, "docx": d.WriteDOCX, "pdf": d.WritePDF, "xlsx": d.WriteXLSX}
}

func written(t *testing.T, d *document.Document, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writers(d)[format](&b); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

// full is a document with one of everything, and a table of many pages.
func full() *document.Document {
	d := &document.Document{
		Title: "Report & draft", Subtitle: "A <subtitle>", Author: "Larkspur", Cover: []string{"First line", "Second"}, Head: "Larkspur", Foot: "Version 3", Mark: "DRAFT",
		Made: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC),
		Blocks: []document.Block{
			{Kind: document.Heading, Level: 1, Label: "I", Text: document.Say("First section")},
			{Kind: document.Para, Text: []document.Run{{Text: "Plain, "}, {Text: "bold", Bold: true}, {Text: " and "}, {Text: "[1]", To: "row7"}, {Text: "."}}},
			{Kind: document.Note, Text: document.Say("Somebody is to write here.")},
			{Kind: document.Item, Text: document.Say("one")},
			{Kind: document.Item, Text: document.Say("two")},
			{Kind: document.Heading, Level: 1, Label: "IV", Text: document.Say("Łódź, Ελληνικά, Москва")},
			{Kind: document.Heading, Level: 2, Text: document.Say("A table")},
		},
	}
	table := &document.Table{Name: "Controls", Head: []string{"Id", "Control", "Result"}, Widths: []int{1, 4, 2}, Wide: true}
	for i := range 300 {
		table.Rows = append(table.Rows, document.Row{Anchor: fmt.Sprintf("row%d", i), Cells: [][]document.Run{document.Say("C-%d", i), document.Say("%s", strings.Repeat("A control of so many words. ", 1+i%9)), document.Say("=1+1")}})
	}
	d.Blocks = append(d.Blocks, document.Block{Kind: document.Grid, Table: table}, document.Block{Kind: document.Heading, Level: 1, Label: "A", Text: document.Say("Last")}, document.Block{Kind: document.Para, Text: document.Say("The end.")})
	return d
}

// hostile is a document of texts that break files.
func hostile() *document.Document {
	d := full()
	for _, text := range []string{
		"\x00\x01\x1b[31m\x7f", "\xff\xfe broken \xc3", "]]></w:t><script>alert(1)</script>", "\u202egnp.exe\u202c", "שלום עולם مرحبا", "漢字と絵文字 😀 \U0010ffff \ufffe\uffff",
		strings.Repeat("x", 10_000), strings.Repeat("å", 10_000), "{pages} {{control}} %d %s", "=cmd|' /C calc'!A0", strings.Repeat("words and words ", 400),
	} {
		d.Blocks = append(d.Blocks, document.Block{Kind: document.Heading, Level: 2, Text: document.Say("%s", text)},
			document.Block{Kind: document.Para, Text: document.Say("%s", text)}, document.Block{Kind: document.Item, Text: document.Say("%s", text)}, document.Block{Kind: document.Note, Text: document.Say("%s", text)},
			document.Block{Kind: document.Grid, Table: &document.Table{Name: text, Head: []string{"a", text}, Rows: []document.Row{{Cells: [][]document.Run{document.Say("%s", text), document.Say("%s", text)}}}}})
	}
	d.Title, d.Head, d.Foot, d.Author = "\x00\u202e<t>", strings.Repeat("h", 3000), "\x00]]>", "a\x0bb"
	return d
}

// TestDeterministic: the same document, the same bytes.
func TestDeterministic(t *testing.T) {
	for format := range writers(full()) {
		a, b := written(t, full(), format), written(t, full(), format)
		if sha256.Sum256(a) != sha256.Sum256(b) {
			t.Errorf("%s: two writings differ", format)
		}
	}
}

// TestHostile: whatever a text holds, the files are sound.
func TestHostile(t *testing.T) {
	d := hostile()
	page := string(written(t, d, "html"))
	for _, bad := range []string{"<script", "\x00", "\x1b", "\u202e", "\xff"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	wellFormed(t, written(t, d, "docx"))
	if b := written(t, d, "pdf"); !bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(b), []byte("%%EOF")) {
		t.Error("the PDF is cut")
	}
	table, _, err := sheet.Read(written(t, d, "xlsx"), 1000)
	if err != nil || len(table.Rows) != 300 || table.Rows[3][2] != "=1+1" {
		t.Errorf("the workbook reads back %d rows, %v", len(table.Rows), err)
	}
}

// wellFormed reads every part of a DOCX.
func wellFormed(t *testing.T, file []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
		dec := xml.NewDecoder(bytes.NewReader(b))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	return out
}

// TestDOCX: the parts say what the document says.
func TestDOCX(t *testing.T) {
	parts := wellFormed(t, written(t, full(), "docx"))
	for name, wants := range map[string][]string{
		"word/document.xml":   {"<w:tblHeader/>", `w:orient="landscape"`, "IV  Łódź", `TOC \o`, "IV.1  A table", `w:name="ref8"`, `w:anchor="ref8"`},
		"word/header1.xml":    {"DRAFT", "Larkspur"},
		"word/footer1.xml":    {"Version 3", "NUMPAGES"},
		"docProps/core.xml":   {"Report &amp; draft", "2026-06-01T09:00:00Z"},
		"word/styles.xml":     {"heading 3"},
		"[Content_Types].xml": {"/word/numbering.xml"},
	} {
		for _, want := range wants {
			if !strings.Contains(parts[name], want) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
	}
}

// TestRefused: a document that does not fit together is not written.
func TestRefused(t *testing.T) {
	for name, b := range map[string]document.Block{
		"a reference that leads nowhere": {Kind: document.Para, Text: []document.Run{{Text: "x", To: "nowhere"}}},
		"an anchor twice":                {Kind: document.Para, Anchor: "row1", Text: document.Say("x")},
		"a row that is too short":        {Kind: document.Grid, Table: &document.Table{Head: []string{"a", "b"}, Rows: []document.Row{{Cells: [][]document.Run{document.Say("x")}}}}},
		"a table without headings":       {Kind: document.Grid, Table: &document.Table{}},
		"a table that is not there":      {Kind: document.Grid},
		"a heading of level 4":           {Kind: document.Heading, Level: 4, Text: document.Say("x")},
	} {
		d := full()
		d.Blocks = append(d.Blocks, b)
		for format, write := range writers(d) {
			if write(io.Discard) == nil {
				t.Errorf("%s was written as %s", name, format)
			}
		}
	}
	if (&document.Document{Blocks: []document.Block{{Kind: document.Para, Text: document.Say("x")}}}).WriteXLSX(io.Discard) == nil {
		t.Error("a workbook without a table was written")
	}
}

// TestProse: paragraphs and lists as people type them.
func TestProse(t *testing.T) {
	var said strings.Builder
	for _, b := range document.Prose("One\nline.\r\n\r\n- first\n  goes on\n* second\n\nThe end.") {
		fmt.Fprintf(&said, "%d:%s|", b.Kind, document.Plain(b.Text))
	}
	want := fmt.Sprintf("%d:One line.|%d:first goes on|%d:second|%d:The end.|", document.Para, document.Item, document.Item, document.Para)
	if got := said.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOthersOpen: what others' programs say of the files, where they are
// installed.
func TestOthersOpen(t *testing.T) {
	for name, d := range map[string]*document.Document{"full": full(), "hostile": hostile()} {
		dir := t.TempDir()
		for _, format := range []string{"pdf", "docx"} {
			if err := os.WriteFile(filepath.Join(dir, "d."+format), written(t, d, format), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run := func(tool string, args ...string) string {
			if _, err := exec.LookPath(tool); err != nil {
				t.Logf("NOT TESTED: %s is not installed", tool)
				return ""
			}
			c := exec.CommandContext(t.Context(), tool, args...)
			c.Dir, c.Env = dir, append(os.Environ(), "HOME="+dir)
			out, err := c.CombinedOutput()
			if err != nil {
				t.Errorf("%s: %s: %v\n%s", name, tool, err, out)
			}
			return string(out)
		}
		run("qpdf", "--check", "d.pdf")
		if text := run("pdftotext", "-layout", "d.pdf", "-"); text != "" && name == "full" {
			pages := strings.Split(strings.TrimSuffix(text, "\f"), "\f")
			for i, page := range pages {
				if !strings.Contains(page, "DRAFT") || !strings.Contains(page, fmt.Sprintf("Page %d of %d", i+1, len(pages))) {
					t.Errorf("page %d lacks its mark or its number", i+1)
				}
				if i > 3 && i < len(pages)-1 && !strings.Contains(page, "Result") {
					t.Errorf("page %d lacks the table's headings", i+1)
				}
			}
		}
		if out := run("soffice", "--headless", "--convert-to", "txt:Text", "d.docx"); out != "" {
			b, err := os.ReadFile(filepath.Join(dir, "d.txt"))
			if err != nil || !strings.Contains(string(b), "C-299") {
				t.Errorf("%s: LibreOffice does not read the document to its end: %v", name, err)
			}
		}
	}
}
