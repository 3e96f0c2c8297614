package person

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"assay/internal/kit/fault"
	"assay/internal/standing"
)

func date(t testing.TB, s string) standing.Date {
	t.Helper()
	if s == "" {
		return 0
	}
	d, err := standing.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		starts, ends, today string
		want                State
		works               bool
	}{
		{"2026-03-01", "", "2026-02-28", Joining, false},
		{"2026-03-01", "", "2026-03-01", Active, true},
		{"2026-03-01", "2026-03-01", "2026-03-01", Leaving, true},
		{"2026-03-01", "2026-04-30", "2026-02-28", Joining, false},
		{"2026-03-01", "2026-04-30", "2026-04-30", Leaving, true},
		{"2026-03-01", "2026-04-30", "2026-05-01", Left, false},
	} {
		d := Details{StartsOn: date(t, c.starts), EndsOn: date(t, c.ends)}
		if got, works := d.State(date(t, c.today)), d.WorksOn(date(t, c.today)); got != c.want || works != c.works {
			t.Errorf("%+v: %s %v", c, got, works)
		}
	}
}

func TestManagersMakeNoCircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := []string{"a", "b", "c", "d", "e"}
		above := map[string]string{}
		for _, id := range ids {
			above[id] = ""
		}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			id, m := rapid.SampledFrom(ids).Draw(t, "id"), rapid.SampledFrom(ids).Draw(t, "manager")
			if !ownManager(id, m, above) {
				above[id] = m
			}
		}
		for _, id := range ids {
			at := id
			for range ids {
				at = above[at]
			}
			if at != "" {
				t.Fatalf("no top above %s: %v", id, above)
			}
		}
	})
}

func TestUnusableFiles(t *testing.T) {
	for name, c := range map[string]struct{ file, says string }{
		"empty":        {"", "headings"},
		"no name":      {"email,starts_on\n", `no column "name"`},
		"no start":     {"name\nAda\n", `no column "starts_on"`},
		"twice":        {"name,start date,hire_date\n", "Two columns"},
		"utf-16":       {"\xff\xfen\x00", "UTF-16"},
		"spreadsheet":  {"PK\x03\x04xxxx", "spreadsheet"},
		"binary":       {"name,starts_on\n\x00", "not text"},
		"windows-1252": {"name,starts_on\nAda,2026-01-01\nBj\xf6rn,2026-01-01\n", "line 3"},
		"too large":    {strings.Repeat("x", MaxImport+1), "larger"},
		"too long":     {"name,starts_on\n" + strings.Repeat("A,2026-01-01\n", maxRows+1), "rows"},
	} {
		_, err := parse([]byte(c.file))
		if !strings.Contains(fault.Text(err), c.says) || fault.Of(err) == fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFilesAsSystemsWriteThem(t *testing.T) {
	for name, file := range map[string]string{
		"comma":     "Full Name,Work Email,Start Date,Department\nBjörn Å,b@x.example,2026-01-02,Ops\n",
		"semicolon": "\xef\xbb\xbfname;email;starts_on;group\r\nBjörn Å;b@x.example;2026-01-02;Ops\r\n",
		"tab":       "name\temail\thire-date\tteam\nBjörn Å\tb@x.example\t2026-01-02\tOps",
		"quotes":    "\"name\",\"email\",\"starts_on\",\"group\"\n\"Björn Å\",\"b@x.example\",\"2026-01-02\",\"Ops\"\n",
		"old mac":   "name,email,starts_on,group\rBjörn Å,b@x.example,2026-01-02,Ops\r",
	} {
		tab, err := parse([]byte(file))
		if err != nil || len(tab.rows) != 1 || len(tab.rows[0].wrong) > 0 {
			t.Errorf("%s: %+v %v", name, tab, err)
			continue
		}
		d := tab.rows[0].details
		if d.Name != "Björn Å" || d.Email != "b@x.example" || d.Group != "Ops" || d.StartsOn != date(t, "2026-01-02") {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestGuardedCellsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[=+\-@'a]{0,4}`).Draw(t, "s")
		g := guard(s)
		if g != "" && strings.ContainsRune("=+-@", rune(g[0])) {
			t.Fatalf("%q would be a formula", g)
		}
		if unguard(g) != s && (len(s) < 2 || s[0] != '\'') {
			t.Fatalf("%q came back as %q", s, unguard(g))
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("name,starts_on\nAda,2026-01-01\n"))
	f.Add([]byte("name;email;starts_on\n\"Ada;x\n"))
	f.Add([]byte("\xef\xbb\xbfname\tstarts_on\r\n\r\n'=1\t2026-13-01\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tab, err := parse(b)
		if err != nil {
			if fault.Of(err) == fault.Internal {
				t.Fatal(err)
			}
			return
		}
		for _, r := range tab.rows {
			wrong := append(r.wrong, r.details.cleanGiven(r.given)...)
			if len(wrong) == 0 && (r.details.Name == "" || r.details.StartsOn == 0 || !utf8.ValidString(r.details.Name) || r.line < 2) {
				t.Fatalf("took %+v", r)
			}
		}
	})
}
