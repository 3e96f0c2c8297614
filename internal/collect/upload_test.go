package collect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/resource"
	"assay/internal/trail"
)

// yard is a store with organizations that bring files.
type yard struct {
	*testing.T
	collect.Service

	hand *clock.Hand
}

func eachYard(t *testing.T, fn func(y *yard)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		y := &yard{T: t, hand: hand}
		y.Service = collect.Service{
			DB: d, Keys: keys.New(secret.NewKey(), ""), Then: "after", SpoolDir: t.TempDir(), MaxImport: 1 << 20, Memory: &fact.Memory{},
			Products: []connector.Product{{Name: "sample", Title: "Sample store", Kinds: []resource.Schema{{Kind: "sample.bucket"}}}},
		}
		for _, org := range []string{"org_a", "org_b"} {
			y.write(org, func(tx *db.Tx) error {
				if _, err := y.Keys.Create(tx, org, "test.invalid/soc2/"+org); err != nil {
					return err
				}
				return ledger.Open(tx, "test.invalid/soc2/"+org)
			})
		}
		fn(y)
	})
}

func (y *yard) must(err error) {
	y.Helper()
	if err != nil {
		y.Fatal(err)
	}
}

func (y *yard) write(org string, fn func(*db.Tx) error) {
	y.Helper()
	g, err := access.Console(org).May(access.OrgEdit)
	y.must(err)
	y.must(y.DB.Write(y.Context(), g, fn))
}

// leaves is how many entries the org's log has.
func (y *yard) leaves(org string) (n int64) {
	y.Helper()
	y.must(ledger.Settle(y.Context(), y.DB, org))
	y.write(org, func(tx *db.Tx) error {
		head, err := ledger.Head(tx)
		n = int64(head.Size)
		return err
	})
	return n
}

const changes = `kind: acme.change
version: 1
title: Changes
family: event
label: title
at: merged_at
authority: forge.example.com/acme
id: [number]
fields:
  - {name: number, type: int}
  - {name: merged_at, type: time}
  - {name: title, type: string}
  - {name: author, type: string}
  - {name: hours, type: int, unit: hours, optional: true}
facets:
  - facet: change
    version: 1
    fields: {at: {from: merged_at}, title: {from: title}, author: {from: author}}
`

const devices = `kind: acme.device
version: 1
title: Devices
family: state
label: serial
authority: devices.example.com
id: [serial]
fields:
  - {name: serial, type: string}
  - {name: encrypted, type: bool}
  - {name: owner, type: string, personal: true, optional: true}
`

func (y *yard) declare(org, text string) (collect.DeclaredKind, error) {
	return y.DeclareKind(y.Context(), access.Console(org), []byte(text))
}

func (y *yard) spooled(text string) *secret.Spool {
	y.Helper()
	f, err := y.Spool(y.Context(), strings.NewReader(text))
	y.must(err)
	y.Cleanup(func() { _ = f.Close() })
	return f
}

func (y *yard) bring(org, kind, name, text string) (collect.Imported, error) {
	y.Helper()
	return y.Import(y.Context(), access.Console(org), collect.Upload{Kind: kind, Name: name, File: y.spooled(text)})
}

func (y *yard) population(org, kind string) fact.Population {
	y.Helper()
	p, err := fact.Service{DB: y.DB, Keys: y.Keys}.Population(y.Context(), access.Console(org), kind, []string{collect.ImportID(kind)})
	y.must(err)
	return p
}

func TestDeclaringKinds(t *testing.T) {
	eachYard(t, func(y *yard) {
		k, err := y.declare("org_a", devices)
		y.must(err)
		if k.Kind != "acme.device" || k.DeclaredAt.IsZero() || k.DeclaredBy == "" {
			y.Errorf("%+v", k)
		}
		before := y.leaves("org_a")
		if again, err := y.declare("org_a", devices); err != nil || !again.DeclaredAt.Equal(k.DeclaredAt) || y.leaves("org_a") != before {
			y.Errorf("the same again: %v, %d leaves after %d", err, y.leaves("org_a"), before)
		}
		replaced := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(devices) }
		for text, want := range map[string]string{
			replaced("title: Devices", "title: Machines"):                                            "version 1 is declared with other content",
			replaced("version: 1", "version: 2", "type: bool", "type: string"):                       "field encrypted: its type changed",
			replaced("version: 1", "version: 2", "personal: true, ", ""):                             "field owner: its protection as personal data changed",
			replaced("version: 1", "version: 2", "  - {name: encrypted, type: bool}\n", ""):          "field encrypted: it was declared before",
			replaced("version: 1", "version: 2", "devices.example.com", "other.example.com"):         "authority: it was devices.example.com",
			replaced("version: 1", "version: 2", "id: [serial]", "id: [serial, encrypted]"):          "id: encrypted is a bool",
			replaced("kind: acme.device", "kind: linux.account"):                                     "Assay's own",
			replaced("kind: acme.device", "kind: program.person"):                                    "Assay's own",
			replaced("kind: acme.device", "kind: sample.bucket"):                                     "what Sample store brings",
			replaced("kind: acme.device", "kind: device"):                                            "want product.noun",
			"kind: acme.device\nnonsense: 1\n":                                                       "nonsense",
			"\xff\xfek":                                                                              "not in UTF-8",
			"a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]": "could not be read",
		} {
			if _, err := y.declare("org_a", text); err == nil || !strings.Contains(fault.Text(err), want) || fault.Of(err) == fault.Internal {
				y.Errorf("%.40q: %v, want %q", text, err, want)
			}
		}
		next := replaced("version: 1", "version: 2", "title: Devices", "title: Machines") + "  - {name: os, type: string, optional: true}\n"
		_, err = y.declare("org_a", next)
		y.must(err)
		list, err := y.KindVersions(y.Context(), access.Console("org_a"), "acme.device")
		if err != nil || len(list) != 2 || list[0].Version != 2 || list[1].Text != devices {
			y.Errorf("versions: %+v, %v", list, err)
		}
		all, err := y.DeclaredKinds(y.Context(), access.Console("org_a"))
		if err != nil || len(all) != 1 || all[0].Title != "Machines" {
			y.Errorf("kinds: %+v, %v", all, err)
		}
		// Nothing of it is another organization's, which may use the same word.
		if _, err := y.KindVersions(y.Context(), access.Console("org_b"), "acme.device"); !fault.Is(err, fault.NotFound) {
			y.Errorf("another organization's kind: %v", err)
		}
		if all, err := y.DeclaredKinds(y.Context(), access.Console("org_b")); err != nil || len(all) != 0 {
			y.Errorf("another organization's kinds: %v, %v", all, err)
		}
		_, err = y.declare("org_b", replaced("type: bool", "type: string"))
		y.must(err)
	})
}

func TestFacetsStayFilled(t *testing.T) {
	eachYard(t, func(y *yard) {
		_, err := y.declare("org_a", changes)
		y.must(err)
		two := strings.Replace(changes, "version: 1\n", "version: 2\n", 1)
		without := two[:strings.Index(two, "facets:")]
		if _, err := y.declare("org_a", without); err == nil || !strings.Contains(fault.Text(err), "facet change: it was claimed before") {
			y.Errorf("a facet that is not claimed any more: %v", err)
		}
		other := strings.Replace(two, "title: {from: title}, ", "", 1)
		if _, err := y.declare("org_a", other); err == nil || !strings.Contains(fault.Text(err), "give the claim version 2") {
			y.Errorf("a facet that is filled otherwise: %v", err)
		}
		_, err = y.declare("org_a", strings.Replace(other, "    version: 1", "    version: 2", 1))
		y.must(err)
		if _, err := y.declare("org_a", strings.Replace(two, "version: 2", "version: 3", 1)); err == nil {
			y.Error("a claim went back to its first version")
		}
	})
}

func TestImportingTwice(t *testing.T) {
	eachYard(t, func(y *yard) {
		_, err := y.declare("org_a", devices)
		y.must(err)
		const file = `{"serial":"a","encrypted":true,"owner":"Ada"}` + "\n" + `{"serial":"b","encrypted":false,"more":1}` + "\n"
		first, err := y.bring("org_a", "acme.device", "d.ndjson", file)
		y.must(err)
		if first.Rows != 2 || first.Kept != 2 || !first.Report.Complete || first.Collection.Seq != 1 || first.Collection.Added != 2 {
			y.Errorf("%+v", first)
		}
		before := y.leaves("org_a")
		y.hand.Add(time.Hour)
		again, err := y.bring("org_a", "acme.device", "d.ndjson", file)
		y.must(err)
		if again.Collection.Seq != 2 || again.Collection.Added+again.Collection.Removed != 0 || again.Collection.Root != first.Collection.Root {
			y.Errorf("the same file again: %+v", again.Collection)
		}
		if n := y.leaves("org_a") - before; n != 3 {
			y.Errorf("%d leaves of the same file again, want its intent, its manifest and who brought it", n)
		}
		m, err := y.Manifest(y.Context(), access.Console("org_a"), "import/acme.device", 2)
		y.must(err)
		if m.Parameters["sha256"] == "" || m.Parameters["declaration"] != devices || m.Parameters["file"] != "d.ndjson" || m.Scope != "devices.example.com" {
			y.Errorf("the manifest: %+v", m)
		}
		// The next file lacks one: it is gone, for the list is complete.
		y.hand.Add(time.Hour)
		third, err := y.bring("org_a", "acme.device", "d.csv", "serial,encrypted\nb,yes\n")
		y.must(err)
		if third.Collection.Added != 1 || third.Collection.Removed != 2 {
			y.Errorf("%+v", third.Collection)
		}
		if p := y.population("org_a", "acme.device"); len(p.Views) != 1 || p.Views[0].Fields["encrypted"] != true {
			y.Errorf("%+v", p.Views)
		}
		acts := y.acts("import.add")
		if len(acts) != 3 || acts[0].Detail["rows"] != "1 kept, 0 refused" {
			y.Errorf("the trail: %+v", acts)
		}
		if _, err := (fact.Service{DB: y.DB, Keys: y.Keys}).Population(y.Context(), access.Console("org_b"), "acme.device", []string{"import/acme.device"}); err == nil {
			y.Error("another organization reads the kind")
		}
	})
}

func (y *yard) acts(action string) (out []trail.Entry) {
	y.Helper()
	y.write("org_a", func(tx *db.Tx) (err error) {
		out, err = trail.List(tx, trail.Filter{Action: action})
		return err
	})
	return out
}

func TestWrongRowsAreNamedAndTheRestIsKept(t *testing.T) {
	eachYard(t, func(y *yard) {
		_, err := y.declare("org_a", devices)
		y.must(err)
		file := strings.Join([]string{
			`{"serial":"a","encrypted":true}`, `{"serial":"b","encrypted":"maybe"}`, `{"serial":"a","encrypted":false}`,
			`{"serial":"J` + "\x00" + `rgen","encrypted":true}`, `{"serial":"c","encrypted":true}`, `{"serial":"d","encr`,
		}, "\n")
		try, err := y.TryImport(y.Context(), access.Console("org_a"), collect.Upload{Kind: "acme.device", Name: "x.ndjson", File: y.spooled(file)})
		y.must(err)
		if try.Collection.Seq != 0 || len(try.Sample) != 2 || try.RefusedAll != 4 {
			y.Errorf("the dry run: %+v", try)
		}
		before := y.leaves("org_a")
		got, err := y.bring("org_a", "acme.device", "x.ndjson", file)
		y.must(err)
		var lines []string
		for _, r := range got.Refused {
			lines = append(lines, r.String())
		}
		want := []string{
			`line 2, encrypted: string "maybe" is not a bool`, "line 3, serial: the id a stands in an earlier row already",
			"line 4: it holds a NUL byte", "line 6: the file ends within this row: it is not JSON: a text does not end (byte 20)",
		}
		if fmt.Sprint(lines) != fmt.Sprint(want) {
			y.Errorf("refused\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
		}
		if got.Kept != 2 || got.Report.Complete || y.leaves("org_a")-before != 3 {
			y.Errorf("%+v", got)
		}
		p := y.population("org_a", "acme.device")
		if len(p.Views) != 2 || p.Listings[0].Complete || len(p.Listings[0].Problems) == 0 {
			y.Errorf("%d resources, %+v", len(p.Views), p.Listings)
		}
	})
}

// What cannot be read as the kind at all leaves no trace.
func TestFilesThatAreRefusedLeaveNoTrace(t *testing.T) {
	eachYard(t, func(y *yard) {
		_, err := y.declare("org_a", devices)
		y.must(err)
		_, err = y.bring("org_a", "acme.device", "d.ndjson", `{"serial":"a","encrypted":true}`+"\n")
		y.must(err)
		before := y.leaves("org_a")
		for name, c := range map[string]struct {
			file, text string
			change     func(*collect.Upload)
			kind       fault.Kind
			want       string
		}{
			"UTF-16":            {"d.csv", "\xff\xfes\x00e\x00", nil, fault.Invalid, "UTF-16"},
			"Latin-1":           {"d.csv", "serial,encrypted\nJ\xfcrgen,yes\n", nil, fault.Invalid, "Latin-1"},
			"compressed":        {"d.ndjson", "\x1f\x8b\x08\x00", nil, fault.Invalid, "compressed"},
			"a spreadsheet":     {"d.csv", "PK\x03\x04", nil, fault.Invalid, "spreadsheet"},
			"empty":             {"d.ndjson", "", nil, fault.Invalid, "empty"},
			"another kind":      {"d.ndjson", `{"sha":"a"}` + "\n" + `{"sha":"b"}` + "\n", nil, fault.Invalid, "None of the 2 rows can be kept"},
			"one endless line":  {"d.ndjson", `{"serial":"` + strings.Repeat("x", 1<<19), nil, fault.Invalid, "the file ends within this row"},
			"too large":         {"d.ndjson", strings.Repeat(" ", 1<<20+1), nil, fault.TooLarge, "larger than 1 MiB"},
			"no format":         {"d.txt", "serial", nil, fault.Invalid, ""},
			"no such kind":      {"d.csv", "serial,encrypted\na,yes\n", func(u *collect.Upload) { u.Kind = "acme.nothing" }, fault.NotFound, "Declare it first"},
			"of tomorrow":       {"d.csv", "serial,encrypted\na,yes\n", func(u *collect.Upload) { u.WrittenAt = y.hand.Now().Add(24 * time.Hour) }, fault.Invalid, ""},
			"half a span":       {"d.csv", "serial,encrypted\na,yes\n", func(u *collect.Upload) { u.From = y.hand.Now() }, fault.Invalid, ""},
			"a span to come":    {"d.csv", "serial,encrypted\na,yes\n", func(u *collect.Upload) { u.From, u.To = y.hand.Now(), y.hand.Now().Add(time.Hour) }, fault.Invalid, ""},
			"a span of nothing": {"d.csv", "serial,encrypted\na,yes\n", func(u *collect.Upload) { u.From, u.To = y.hand.Now(), y.hand.Now() }, fault.Invalid, ""},
		} {
			for _, org := range []string{"org_a", "org_b"} {
				f, err := y.Spool(y.Context(), strings.NewReader(c.text))
				if err == nil {
					u := collect.Upload{Kind: "acme.device", Name: c.file, File: f}
					if c.change != nil {
						c.change(&u)
					}
					if org == "org_b" { // where the kind is not declared
						c.kind, c.want = fault.NotFound, "no declared kind"
					}
					_, err = y.Import(y.Context(), access.Console(org), u)
					y.must(f.Close())
				}
				if fault.Of(err) != c.kind || !strings.Contains(fault.Text(err), c.want) {
					y.Errorf("%s in %s: %v, want %s %q", name, org, err, c.kind, c.want)
				}
			}
		}
		if n := y.leaves("org_a") - before; n != 0 {
			y.Errorf("%d leaves of files that were refused", n)
		}
		if p := y.population("org_a", "acme.device"); len(p.Views) != 1 || !p.Listings[0].Complete || p.Listings[0].Seq != 1 {
			y.Errorf("what was there before: %+v", p.Listings)
		}
	})
}

func TestWhatAFileCovers(t *testing.T) {
	eachYard(t, func(y *yard) {
		_, err := y.declare("org_a", changes)
		y.must(err)
		_, err = y.declare("org_a", devices)
		y.must(err)
		now := y.hand.Now()
		day := 24 * time.Hour
		for name, c := range map[string]struct {
			u        collect.Upload
			text     string
			complete bool
			problem  string
		}{
			"events of a span":      {collect.Upload{Kind: "acme.change", From: now.Add(-9 * day), To: now.Add(-day)}, `[{"number":1,"merged_at":"2026-01-01T10:00:00Z","title":"T","author":"a"}]`, true, ""},
			"events of no span":     {collect.Upload{Kind: "acme.change"}, `[{"number":1,"merged_at":"2026-01-01T10:00:00Z","title":"T","author":"a"}]`, false, "Set Covers from"},
			"no event in a span":    {collect.Upload{Kind: "acme.change", From: now.Add(-9 * day), To: now}, `[]`, true, ""},
			"a list of today":       {collect.Upload{Kind: "acme.device"}, `[{"serial":"a","encrypted":true}]`, true, ""},
			"a list of last month":  {collect.Upload{Kind: "acme.device", WrittenAt: now.Add(-30 * day)}, `[{"serial":"a","encrypted":true}]`, false, "tells nothing about today"},
			"a list without anyone": {collect.Upload{Kind: "acme.device"}, `[]`, true, ""},
		} {
			c.u.Format, c.u.File = "json", y.spooled(c.text)
			got, err := y.Import(y.Context(), access.Console("org_a"), c.u)
			y.must(err)
			if got.Report.Complete != c.complete || !strings.Contains(strings.Join(got.Report.Problems, " "), c.problem) {
				y.Errorf("%s: %+v", name, got.Report)
			}
			if !c.u.To.IsZero() && (!got.Report.From.Equal(c.u.From) || !got.Report.To.Equal(c.u.To)) {
				y.Errorf("%s: covers %s to %s", name, got.Report.From, got.Report.To)
			}
		}
	})
}

func TestTheConnectionOfAKind(t *testing.T) {
	eachYard(t, func(y *yard) {
		who := access.Console("org_a")
		_, err := y.declare("org_a", devices)
		y.must(err)
		const file = "serial,encrypted\na,yes\n"
		list, err := y.List(y.Context(), who)
		if err != nil || len(list) != 1 || list[0].ID != "import/acme.device" || !list[0].Uploaded() || list[0].Overdue(y.hand.Now().Add(1000*time.Hour)) {
			y.Fatalf("%+v, %v", list, err)
		}
		if kinds, err := y.Brings(y.Context(), who, list[0].ID); err != nil || len(kinds) != 1 || kinds[0].Kind != "acme.device" {
			y.Errorf("it brings %v, %v", kinds, err)
		}
		for name, err := range map[string]error{
			"sync": y.Sync(y.Context(), who, list[0].ID), "edit": y.Edit(y.Context(), who, list[0].ID, collect.New{}),
			"run": func() error { _, err := y.Service.Run(y.Context(), who, list[0].ID, nil); return err }(),
		} {
			if !fault.Is(err, fault.Conflict) {
				y.Errorf("%s: %v", name, err)
			}
		}
		y.must(y.SetState(y.Context(), who, list[0].ID, collect.Paused))
		if _, err := y.bring("org_a", "acme.device", "d.csv", file); !fault.Is(err, fault.Conflict) {
			y.Errorf("a paused one: %v", err)
		}
		y.must(y.SetState(y.Context(), who, list[0].ID, collect.Enabled))
		_, err = y.bring("org_a", "acme.device", "d.csv", file)
		y.must(err)
		y.must(y.SetState(y.Context(), who, list[0].ID, collect.Removed))
		if _, err := y.bring("org_a", "acme.device", "d.csv", file); !fault.Is(err, fault.NotFound) {
			y.Errorf("a removed one: %v", err)
		}
		y.write("org_a", func(tx *db.Tx) error {
			if ids, err := y.Connections(tx); err != nil || slices.Contains(ids, list[0].ID) {
				y.Errorf("a removed one counts: %v, %v", ids, err)
			}
			return nil
		})
		_, err = y.declare("org_a", devices) // takes it up again
		y.must(err)
		got, err := y.bring("org_a", "acme.device", "d.csv", file)
		if err != nil || got.Collection.Seq != 2 || got.Collection.Added != 0 {
			y.Errorf("taken up again: %+v, %v", got.Collection, err)
		}
	})
}

// Two files of a kind are read one after the other, and one that was cut off
// does not stand in the way for ever.
func TestFilesOfAKindWaitForEachOther(t *testing.T) {
	eachYard(t, func(y *yard) {
		k, err := y.declare("org_a", devices)
		y.must(err)
		grant, err := access.Console("org_a").May(access.ImportAdd)
		y.must(err)
		cut, err := fact.Begin(y.Context(), y.DB, y.Keys, grant, fact.Origin{Connection: "import/acme.device", Connector: "import", Version: "1", Scope: k.Authority}, []resource.Schema{k.Schema})
		y.must(err)
		const file = "serial,encrypted\na,yes\n"
		if _, err := y.bring("org_a", "acme.device", "d.csv", file); !fault.Is(err, fault.Busy) {
			y.Errorf("while another runs: %v", err)
		}
		y.hand.Add(61 * time.Minute)
		got, err := y.bring("org_a", "acme.device", "d.csv", file)
		if err != nil || got.Collection.Seq != cut.Seq()+1 {
			y.Errorf("after one that was cut off: %+v, %v", got.Collection, err)
		}
		if _, runs, err := y.Get(y.Context(), access.Console("org_a"), "import/acme.device"); err != nil || runs[1].State != fact.Interrupted {
			y.Errorf("%+v, %v", runs, err)
		}
	})
}

func TestImportingNeedsThePermission(t *testing.T) {
	eachYard(t, func(y *yard) {
		_, err := y.declare("org_a", devices)
		y.must(err)
		for _, role := range access.Roles() {
			who := access.Actor{ID: "u", Org: "org_a", Role: role}
			_, declareErr := y.DeclareKind(y.Context(), who, []byte(devices))
			_, tryErr := y.TryImport(y.Context(), who, collect.Upload{Kind: "acme.device", Name: "d.csv", File: y.spooled("serial,encrypted\na,yes\n")})
			_, addErr := y.Import(y.Context(), who, collect.Upload{Kind: "acme.device", Name: "d.csv", File: y.spooled("serial,encrypted\na,yes\n")})
			for name, got := range map[access.Permission]error{access.KindDeclare: declareErr} {
				if fault.Is(got, fault.Forbidden) == role.Allows(name) {
					y.Errorf("%s as %s: %v", name, role, got)
				}
			}
			for _, got := range []error{tryErr, addErr} {
				if fault.Is(got, fault.Forbidden) == role.Allows(access.ImportAdd) {
					y.Errorf("import as %s: %v", role, got)
				}
			}
		}
	})
}
