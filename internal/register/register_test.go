package register_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/register"
)

// thing is a register with a field of every type, and children.
func thing() register.Declaration {
	return register.Declaration{
		Noun: "thing", Prefix: "TH", Path: "things", Title: "Things", One: "thing", About: "For tests.", Label: "title", Read: access.RiskRead, Edit: access.RiskEdit,
		Fields: []register.Field{
			{Name: "title", Label: "Title", Type: register.Text, Required: true, Listed: true},
			{Name: "text", Label: "Text", Type: register.Long},
			{Name: "size", Label: "Size", Type: register.Choice, Filter: true, Options: []register.Option{{Value: "small", Label: "Small"}, {Value: "big", Label: "Big"}}},
			{Name: "on", Label: "On", Type: register.Date},
			{Name: "at", Label: "At", Type: register.Time, Listed: true},
			{Name: "number", Label: "Number", Type: register.Number, Min: -5, Max: 2000, Listed: true},
			{Name: "cost", Label: "Cost", Type: register.Money, Listed: true},
			{Name: "span", Label: "Span", Type: register.Duration, Listed: true},
			{Name: "owner", Label: "Owner", Type: register.Person, Filter: true},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
			{Name: "criteria", Label: "Criteria", Type: register.Criterion, Many: true},
			{Name: "done", Label: "Done", Type: register.YesNo, Filter: true},
			{Name: "until", Label: "Until", Type: register.Date, ByMove: true},
			{Name: "parts", Label: "Parts", Type: register.Number, Derived: true, Listed: true},
		},
		States: []register.State{{Name: "open", Label: "Open"}, {Name: "asked", Label: "Asked"}, {Name: "ended", Label: "Ended", Ended: true, Fixed: true}},
		Moves: []register.Move{
			{Name: "ask", Label: "Ask", From: []string{"open"}, To: "asked", Permission: access.RiskEdit, Asks: []register.Ask{{Field: "until", Required: true}}, Why: true},
			{Name: "end", Label: "End", From: []string{"asked"}, To: "ended", Permission: access.RiskAccept, Decides: true, Freezes: "thing"},
			{Name: "again", Label: "Again", From: []string{"ended", "asked"}, To: "open", Permission: access.RiskAccept},
		},
		Dues: []register.Due{{Field: "on", Label: "Look at", Ahead: 10, Owner: "owner"}}, Sample: register.Values{"title": {"One"}},
		Settings: []register.Field{{Name: "factor", Label: "Factor", Type: register.Number, Default: "1", Required: true}},
		Derive: func(r *register.Record, w *register.World) {
			r.Derive("parts", strconv.Itoa(len(w.Children["part"])*w.Int("factor")))
		},
	}
}

func part() register.Declaration {
	return register.Declaration{
		Noun: "part", Prefix: "P", Path: "parts", Title: "Parts", One: "part", About: "For tests.", Label: "title", Parent: "thing", ParentBy: "thing",
		Read: access.RiskRead, Edit: access.RiskEdit, States: []register.State{{Name: "there", Label: "There"}},
		Fields: []register.Field{{Name: "title", Label: "Title", Type: register.Text, Required: true}, {Name: "thing", Label: "Thing", Type: register.Link, To: "thing", Required: true}},
	}
}

type house struct {
	*testing.T
	b        register.Book
	hand     *clock.Hand
	orgs     org.Service
	lead, bo access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		library, err := catalog.Load(catalog.Files())
		if err != nil {
			t.Fatal(err)
		}
		h := &house{T: t, hand: hand, orgs: org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}}
		hand.Set(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		h.b = register.Book{
			DB: d, Library: library, Declarations: []register.Declaration{thing(), part()}, Changed: "collect.run",
			People: func(*db.Tx) ([]register.Someone, error) {
				return []register.Someone{{ID: "per_1", Name: "Ann Berg", Email: "ann@x.example"}, {ID: "per_2", Name: "Bo Ek", Email: "bo@x.example"}, {ID: "per_3", Name: "Bo Ek", Email: "bo2@x.example"}}, nil
			},
			PersonOf: func(*db.Tx, string) (string, error) { return "per_1", nil },
			Control:  func(_ *db.Tx, id string) error { return fault.New(fault.NotFound, "There is no %s.", id) },
		}
		h.lead = h.newOrg("Larkspur")
		h.bo = access.Actor{ID: "usr_bo", Org: h.lead.Org, Name: "bo", Role: access.RoleLead, Door: access.DoorWeb}
		fn(h)
	})
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return access.Actor{ID: "usr_lead", Org: o.ID, Name: "lead", Role: access.RoleLead, Door: access.DoorWeb}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err, fault.FieldsOf(err))
	}
}

func (h *house) refused(err error, kind fault.Kind, fields ...string) {
	h.Helper()
	if !fault.Is(err, kind) {
		h.Fatalf("%v, want %s", err, kind)
	}
	var got []string
	for _, f := range fault.FieldsOf(err) {
		got = append(got, f.Name)
	}
	if len(fields) > 0 && !slices.Equal(got, fields) {
		h.Errorf("refused for %v, want %v: %v", got, fields, fault.FieldsOf(err))
	}
}

func in(pairs ...string) register.Input {
	out := register.Input{Fields: map[string][]string{}}
	for i := 0; i < len(pairs); i += 2 {
		out.Fields[pairs[i]] = []string{pairs[i+1]}
	}
	return out
}

func (h *house) add(pairs ...string) register.Record {
	h.Helper()
	r, err := h.b.Add(h.Context(), h.lead, "thing", in(pairs...))
	h.must(err)
	return r
}

func TestDeclarationsForTests(t *testing.T) {
	for _, d := range []register.Declaration{thing(), part()} {
		if err := d.Valid(); err != nil {
			t.Error(err)
		}
	}
	broken := thing()
	broken.Fields[0].Required, broken.Moves[0].To, broken.Dues[0].Field = false, "nowhere", "title"
	broken.Fields = append(broken.Fields, register.Field{Name: "version", Label: "x", Type: register.Text}, register.Field{Name: "c", Label: "x", Type: register.Choice})
	err := broken.Valid()
	for _, want := range []string{"label", "nowhere", "due", "taken by every record", "needs options"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestValuesAreKeptInOneForm(t *testing.T) {
	each(t, func(h *house) {
		r := h.add("title", "  One   two ", "size", "BIG", "on", "2026-04-01", "at", "2026-03-29 01:30", "number", "-5", "cost", "1,250.5 eur", "span", "90 min",
			"owner", "ANN@x.example", "controls", "iam-03, IAM-01;iam-03", "criteria", "cc6.1", "done", "TRUE", "text", "a\r\nb")
		want := register.Values{
			"title": {"One two"}, "size": {"big"}, "on": {"2026-04-01"}, "at": {"2026-03-29T00:30:00.000Z"}, "number": {"-5"}, "cost": {"1250.50 EUR"}, "span": {"1h30m"},
			"owner": {"per_1"}, "controls": {"IAM-01", "IAM-03"}, "criteria": {"CC6.1"}, "done": {"yes"}, "text": {"a\nb"},
		}
		for name, list := range want {
			if !slices.Equal(r.Values[name], list) {
				h.Errorf("%s is %q, want %q", name, r.Values[name], list)
			}
		}
		for _, bad := range [][2]string{
			{"title", strings.Repeat("x", 301)},
			{"size", "huge"},
			{"on", "2026-02-30"},
			{"at", "noon"},
			{"number", "2001"},
			{"number", "1.5"},
			{"cost", "12"},
			{"cost", "-1 EUR"},
			{"span", "soon"},
			{"owner", "Bo Ek"},
			{"owner", "Cy"},
			{"controls", "IAM-03 NO-1"},
			{"criteria", "CC99"},
			{"done", "perhaps"},
			{"until", "2026-04-01"},
			{"parts", "1"},
			{"nothing", "1"},
		} {
			_, err := h.b.Add(h.Context(), h.lead, "thing", in("title", "T", bad[0], bad[1]))
			if bad[0] == "title" {
				_, err = h.b.Add(h.Context(), h.lead, "thing", in(bad[0], bad[1]))
			}
			h.refused(err, fault.Invalid, bad[0])
		}
		_, err := h.b.Add(h.Context(), h.lead, "thing", in("title", " "))
		h.refused(err, fault.Invalid, "title")
		if l, err := h.b.List(h.Context(), h.lead, "thing", register.Filter{}); err != nil || l.Total != 1 {
			h.Error("something refused was kept", l.Total, err)
		}
	})
}

func TestVersionsAndLostUpdates(t *testing.T) {
	each(t, func(h *house) {
		r := h.add("title", "One", "size", "big")
		change := in("title", "Two")
		change.Part, change.Version = true, 1
		r2, err := h.b.Edit(h.Context(), h.bo, "thing", r.ID, change)
		h.must(err)
		if r2.Version != 2 || r2.Get("size") != "big" {
			h.Error(r2)
		}
		_, err = h.b.Edit(h.Context(), h.lead, "thing", r.ID, change)
		h.refused(err, fault.Conflict)
		change.Version = 2
		if same, err := h.b.Edit(h.Context(), h.lead, "thing", r.ID, change); err != nil || same.Version != 2 {
			h.Error("what changes nothing made a version", same.Version, err)
		}
		whole := in("title", "Three")
		h.hand.Add(time.Minute)
		r3, err := h.b.Edit(h.Context(), h.lead, "thing", r.ID, whole)
		h.must(err)
		if r3.Get("size") != "" {
			h.Error("a field that was left out is kept")
		}
		d, err := h.b.Get(h.Context(), h.lead, "thing", r.ID)
		h.must(err)
		if len(d.Versions) != 3 || d.Versions[1].Values.Get("title") != "Two" || d.History[0].Action != "thing.edit" || d.History[0].Detail["title"] != "Two → Three" || len(d.History[0].Detail["version_sha256"]) != 64 {
			h.Errorf("%+v %+v", d.Versions, d.History[0])
		}
	})
}

func TestMoves(t *testing.T) {
	each(t, func(h *house) {
		r := h.add("title", "One")
		move := func(who access.Actor, name string, step register.Step) error {
			_, err := h.b.Move(h.Context(), who, "thing", r.ID, name, step)
			return err
		}
		until := map[string][]string{"until": {"2026-05-01"}}
		h.refused(move(h.lead, "end", register.Step{}), fault.Conflict)
		h.refused(move(h.lead, "ask", register.Step{}), fault.Invalid, "until", "reason")
		h.refused(move(h.lead, "ask", register.Step{Fields: map[string][]string{"title": {"x"}}, Reason: "r"}), fault.Invalid)
		h.refused(move(h.lead, "ask", register.Step{Fields: until, Reason: "r", Version: 9}), fault.Conflict)
		h.must(move(h.lead, "ask", register.Step{Fields: until, Reason: "Because."}))
		h.refused(move(h.lead, "end", register.Step{}), fault.Forbidden)
		waiting, err := h.b.Waiting(h.Context(), h.bo)
		h.must(err)
		if len(waiting) != 1 || waiting[0].Record.ID != r.ID {
			h.Error(waiting)
		}
		owner := h.bo
		owner.Role = access.RoleOwner
		h.refused(move(owner, "end", register.Step{}), fault.Forbidden)
		h.must(move(h.bo, "end", register.Step{}))
		_, err = h.b.Edit(h.Context(), h.lead, "thing", r.ID, in("title", "Other"))
		h.refused(err, fault.Conflict)
		snap, err := h.b.Snapshot(h.Context(), h.lead, "thing", r.ID)
		h.must(err)
		if snap.Records != 1 || !bytes.Contains(snap.Body, []byte(`"state":"ended"`)) || snap.Leaf == "" {
			h.Errorf("%+v %s", snap, snap.Body)
		}
		h.must(move(h.bo, "again", register.Step{}))
		if d, err := h.b.Get(h.Context(), h.lead, "thing", r.ID); err != nil || d.State != "open" || d.Get("until") != "2026-05-01" || d.Versions[1].Note != "Because." {
			h.Error(d.Record, err)
		}
	})
}

func TestArchiveTakesWhatIsOwnedAlong(t *testing.T) {
	each(t, func(h *house) {
		r := h.add("title", "One")
		for _, name := range []string{"a", "b"} {
			_, err := h.b.Add(h.Context(), h.lead, "part", in("title", name, "thing", strings.ToLower(r.ID)))
			h.must(err)
		}
		_, err := h.b.Add(h.Context(), h.lead, "part", in("title", "c", "thing", "TH-99"))
		h.refused(err, fault.Invalid, "thing")
		count := func(noun, field, value string) int {
			l, err := h.b.List(h.Context(), h.lead, noun, register.Filter{Where: []register.Cond{{Field: field, Any: []string{value}}}})
			h.must(err)
			return l.Total
		}
		if count("thing", "parts", "2") != 1 {
			h.Error("what follows from the parts is not in the index")
		}
		h.must(h.b.Set(h.Context(), h.lead, "thing", map[string][]string{"factor": {"3"}}))
		if count("thing", "parts", "6") != 1 {
			h.Error("a setting did not change what follows")
		}
		h.refused(h.b.Set(h.Context(), h.lead, "thing", map[string][]string{"factor": {"x"}, "other": {"1"}}), fault.Invalid, "factor", "other")
		_, err = h.b.Archive(h.Context(), h.lead, "thing", r.ID, " ")
		h.refused(err, fault.Invalid, "reason")
		h.hand.Set(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
		_, err = h.b.Archive(h.Context(), h.lead, "thing", r.ID, "Not ours.")
		h.must(err)
		if l, _ := h.b.List(h.Context(), h.lead, "part", register.Filter{}); l.Total != 0 {
			h.Error("the parts stayed")
		}
		_, err = h.b.Edit(h.Context(), h.lead, "thing", r.ID, in("title", "x"))
		h.refused(err, fault.Conflict)
		_, err = h.b.Restore(h.Context(), h.lead, "part", "P-01")
		h.refused(err, fault.Conflict)
		_, err = h.b.Restore(h.Context(), h.lead, "thing", r.ID)
		h.must(err)
		if l, _ := h.b.List(h.Context(), h.lead, "part", register.Filter{}); l.Total != 2 {
			h.Error("the parts did not come back", l.Total)
		}
		if next := h.add("title", "Two"); next.ID != "TH-02" {
			h.Error(next.ID)
		}
	})
}

func TestTenantsDoNotMeet(t *testing.T) {
	each(t, func(h *house) {
		r := h.add("title", "Zebra")
		rival := h.newOrg("Rival")
		_, err := h.b.Get(h.Context(), rival, "thing", r.ID)
		h.refused(err, fault.NotFound)
		_, err = h.b.Edit(h.Context(), rival, "thing", r.ID, in("title", "x"))
		h.refused(err, fault.NotFound)
		_, err = h.b.Add(h.Context(), rival, "part", in("title", "x", "thing", r.ID))
		h.refused(err, fault.Invalid, "thing")
		if l, err := h.b.List(h.Context(), rival, "thing", register.Filter{Query: "zebra"}); err != nil || l.Total != 0 || l.All != 0 {
			h.Error(l, err)
		}
		other, err := h.b.Add(h.Context(), rival, "thing", in("title", "Theirs"))
		h.must(err)
		if other.ID != r.ID {
			h.Error("the numbers of another organization show", other.ID)
		}
		viewer := h.lead
		viewer.Role = access.RoleViewer
		_, err = h.b.Add(h.Context(), viewer, "thing", in("title", "x"))
		h.refused(err, fault.Forbidden)
	})
}
