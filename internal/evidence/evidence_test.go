package evidence

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"assay/internal/kit/fault"
	"assay/internal/standing"
)

func TestMediaIsReadFromTheBytes(t *testing.T) {
	for want, contents := range map[string][]string{
		"image/png":       {"\x89PNG\r\n\x1a\n...."},
		"image/jpeg":      {"\xff\xd8\xff\xe0...."},
		"image/webp":      {"RIFF\x10\x00\x00\x00WEBPVP8 "},
		"application/pdf": {"%PDF-1.7\n\x00\x01"},
		mediaText:         {"a", "name,date\n", "Björn är här ✓", "<html><script>alert(1)</script>", "\xef\xbb\xbfbom", "<svg onload=x>"},
		mediaBytes:        {"PK\x03\x04", "a\x00b", "\xff\xfea\x00", "latin \xf6 text", "cut \xe2\x9c", "\x1b[31m", "RIFF\x10\x00\x00\x00WAVE\x00"},
	} {
		for _, c := range contents {
			for _, r := range []io.Reader{strings.NewReader(c), iotest.OneByteReader(strings.NewReader(c))} {
				s := &sniffer{}
				if _, err := io.Copy(s, r); err != nil || s.media() != want {
					t.Errorf("%q: %s, want %s (%v)", c, s.media(), want, err)
				}
			}
		}
	}
}

func TestSniffingDoesNotDependOnThePieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.StringOf(rapid.RuneFrom([]rune("aå✓𝄞\n"))).Draw(t, "text"))
		if rapid.Bool().Draw(t, "damaged") && len(b) > 0 {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 0x80
		}
		s := &sniffer{}
		for rest := b; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			_, _ = s.Write(rest[:n])
			rest = rest[n:]
		}
		if text := s.media() == mediaText; text != (utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' && r != '\f' })) &&
			s.media() != "image/jpeg" {
			t.Fatalf("%q: %s", b, s.media())
		}
	})
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{
		"report.pdf": "report.pdf", `C:\Users\ada\report.pdf`: "report.pdf", "/etc/passwd": "passwd", "../../x": "x",
		"": "evidence", "...": "evidence", "/": "evidence", ".htaccess": "htaccess", "a\r\nb.txt": "ab.txt", "a\"b": "ab",
		"\u202egpj.exe": "gpj.exe", "Björn  rapport.pdf": "Björn rapport.pdf", strings.Repeat("å", 200): strings.Repeat("å", 75),
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestFreshness(t *testing.T) {
	d := standing.NewDate(2026, 9, 30)
	e := Evidence{Details: Details{From: d - 91, To: d + 1, Frequency: standing.Quarterly}, Heads: 1}
	e.DueOn = e.dueOn()
	if e.DueOn != d+100 {
		t.Fatalf("due on %s", e.DueOn)
	}
	for day, want := range map[standing.Date]Freshness{
		d: Fresh, e.DueOn - DueSoon - 1: Fresh, e.DueOn - DueSoon: Due, e.DueOn: Due, e.DueOn + 1: Overdue,
	} {
		if got := e.Freshness(day); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	e.Heads = 0
	if got := e.Freshness(e.DueOn + 1); got != Continued {
		t.Error(got)
	}
	e.SupersededBy = "ev_x"
	if got := e.Freshness(e.DueOn + 1); got != Superseded {
		t.Error(got)
	}
}

func TestDetailsAreChecked(t *testing.T) {
	day := standing.NewDate(2026, 1, 1)
	good := func() Details {
		return Details{Title: "Visitor log", Controls: []string{"PHY-02", " PHY-01", "PHY-02", ""}, From: day, To: day + 31, Frequency: standing.Monthly}
	}
	d := good()
	if err := d.clean(); err != nil || strings.Join(d.Controls, " ") != "PHY-01 PHY-02" {
		t.Fatalf("%+v %v", d, err)
	}
	for name, spoil := range map[string]func(*Details){
		"title":     func(d *Details) { d.Title = "  " },
		"note":      func(d *Details) { d.Note = strings.Repeat("x", 5000) },
		"controls":  func(d *Details) { d.Controls = []string{" "} },
		"frequency": func(d *Details) { d.Frequency = "often" },
		"from":      func(d *Details) { d.From = 0 },
		"to":        func(d *Details) { d.To = d.From },
	} {
		d := good()
		spoil(&d)
		fields := fault.FieldsOf(d.clean())
		if len(fields) != 1 || fields[0].Name != name {
			t.Errorf("%s: %v", name, fields)
		}
	}
}
