package population_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/catalog"
	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/engagement"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/sheet"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/resource"
)

var kinds = []resource.Schema{
	{Kind: "test.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name", Fields: []resource.Field{
		{Name: "name", Type: resource.String}, {Name: "admin", Type: resource.Bool, Optional: true},
	}},
	{Kind: "test.merge", Version: 1, Title: "Merges", Family: resource.Event, Label: "name", At: "at", Fields: []resource.Field{
		{Name: "name", Type: resource.String}, {Name: "at", Type: resource.Time},
	}},
}

type house struct {
	*testing.T
	db            *db.DB
	ring          *keys.Ring
	hand          *clock.Hand
	org           string
	b             register.Book
	s             population.Service
	lead, auditor access.Actor
	engagement    string
}

// each gives an engagement over the five days from 2 to 6 March 2026.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		library, err := catalog.Load(catalog.Files())
		if err != nil {
			t.Fatal(err)
		}
		h := &house{T: t, db: d, hand: hand, ring: keys.New(secret.NewKey(), t.TempDir())}
		h.on(1)
		o, err := org.Service{DB: d, Keys: h.ring}.Create(t.Context(), org.New{Name: "Larkspur", Zone: "UTC"})
		h.must(err)
		h.org = o.ID
		h.lead = access.Actor{ID: "usr_lead", Org: o.ID, Name: "Lead", Role: access.RoleLead}
		h.auditor = access.Actor{ID: "usr_a", Org: o.ID, Name: "Auditor", Role: access.RoleAuditor}
		h.b = register.Book{
			DB: d, Library: library, Declarations: []register.Declaration{engagement.Declaration(), engagement.Populations(), engagement.Samples()},
			People:   func(*db.Tx) ([]register.Someone, error) { return nil, nil },
			PersonOf: func(*db.Tx, string) (string, error) { return "", nil },
		}
		h.s = population.Service{DB: d, Keys: h.ring, Books: &h.b}
		h.b.Acts = map[string]func(*db.Tx, *register.Record, *register.World) error{
			"population.capture": h.s.Take, "sample.commit": h.s.Commit, "sample.reveal": h.s.Reveal, "sample.extend": h.s.Extend, "sample.replace": h.s.Replace,
		}
		e, err := h.b.Add(t.Context(), h.lead, engagement.Noun, register.Input{Fields: fields("title", "FY26", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-03-02", "to", "2026-03-06")})
		h.must(err)
		h.engagement = e.ID
		fn(h)
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// on is noon of a day of March.
func (h *house) on(day int) { h.hand.Set(time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)) }

func fields(pairs ...string) map[string][]string {
	out := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = []string{pairs[i+1]}
	}
	return out
}

// collect is a collection of accounts, and of merges from the first of March on.
func (h *house) collect(connection string, complete bool, rs ...connector.Resource) {
	h.Helper()
	g, err := access.Console(h.org).May(access.ConnectorSync)
	h.must(err)
	s, err := fact.Begin(h.Context(), h.db, h.ring, g, fact.Origin{Connection: connection, Connector: "test", Version: "1", Scope: "acme"}, kinds)
	h.must(err)
	n := map[string]int{}
	for _, r := range rs {
		h.must(s.Put(h.Context(), r))
		n[r.Kind]++
	}
	reports := []connector.Report{
		{Kind: "test.account", Items: n["test.account"], Complete: complete},
		{Kind: "test.merge", Items: n["test.merge"], Complete: complete, From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: h.hand.Now()},
	}
	_, err = s.Finish(h.Context(), fact.Result{Reports: reports})
	h.must(err)
	h.must(ledger.Settle(h.Context(), h.db, h.org))
}

func account(id string) connector.Resource {
	return connector.Resource{Kind: "test.account", ID: id, Fields: map[string]any{"name": "name of " + id, "admin": id == "a"}}
}

func merge(id string, day int) connector.Resource {
	return connector.Resource{Kind: "test.merge", ID: id, Fields: map[string]any{"name": id, "at": time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC)}}
}

func (h *house) ask(pairs ...string) register.Record {
	h.Helper()
	r, err := h.b.Add(h.Context(), h.auditor, engagement.PopulationNoun, register.Input{Fields: fields(append([]string{"title", "All", "engagement", h.engagement}, pairs...)...)})
	h.must(err)
	return r
}

func (h *house) step(who access.Actor, id, name string, pairs ...string) (register.Record, error) {
	return h.b.Move(h.Context(), who, engagement.PopulationNoun, id, name, register.Step{Reason: "Because.", Fields: fields(pairs...)})
}

func (h *house) captured(pairs ...string) (register.Record, []string) {
	h.Helper()
	r, err := h.step(h.auditor, h.ask(pairs...).ID, "capture")
	h.must(err)
	got, err := h.s.Get(h.Context(), h.auditor, r.ID)
	h.must(err)
	var ids []string
	var hashes []tlog.Hash
	for i := range got.Members {
		ids = append(ids, got.Members[i].ID)
		hash, err := tlog.ParseHash(got.Members[i].Hash)
		h.must(err)
		hashes = append(hashes, hash)
		if got.Members[i].View != nil && got.Members[i].View.Hash != hash {
			h.Errorf("item %d is another record", i)
		}
	}
	if root := tlog.Root(hashes).String(); root != r.Get("root") || r.Get("leaf") == "" {
		h.Errorf("root %s, want %s", r.Get("root"), root)
	}
	return r, ids
}

// every collects each day from 1 to 7 March.
func (h *house) every(but int, of func(day int) []connector.Resource) {
	for day := 1; day <= 7; day++ {
		if h.on(day); day != but {
			h.collect("con_1", true, of(day)...)
		}
	}
}

// A state's population is what existed at any time in the period: what came and what
// went, and not what was gone before.
func TestWhatExistedInThePeriod(t *testing.T) {
	each(t, func(h *house) {
		h.on(-9)
		h.collect("con_1", true, account("before"))
		h.every(0, func(day int) (out []connector.Resource) {
			out = append(out, account("a"), account("b"))
			if day < 4 {
				out = append(out, account("went"))
			}
			if day > 4 {
				out = append(out, account("came"))
			}
			return out
		})
		r, ids := h.captured("facts", "test.account")
		if want := []string{"a", "b", "came", "went"}; !slices.Equal(ids, want) || r.Get("complete") != register.Yes || r.Get("gaps") != "" || r.Get("days") != "5" {
			h.Fatalf("%v, complete %s, %s, %s days", ids, r.Get("complete"), r.Get("gaps"), r.Get("days"))
		}
		_, admins := h.captured("facts", "test.account", "condition", "r.admin")
		if !slices.Equal(admins, []string{"a"}) {
			h.Error(admins)
		}
		_, gone := h.captured("facts", "test.account", "condition", "r.name.endsWith('went')")
		if !slices.Equal(gone, []string{"went"}) {
			h.Errorf("of what is gone: %v", gone)
		}
		again, _ := h.captured("facts", "test.account")
		if again.Get("root") != r.Get("root") {
			h.Error("captured twice, it is another population")
		}
	})
}

// A day without a complete collection is said, by connection, and makes the
// population incomplete; so does a period that has not ended, and a resource of
// which the condition cannot say.
func TestWhatIsMissingIsSaid(t *testing.T) {
	each(t, func(h *house) {
		h.every(4, func(int) []connector.Resource { return []connector.Resource{account("a")} })
		r, _ := h.captured("facts", "test.account")
		if r.Get("complete") != register.No || r.Get("gaps") != "con_1: no complete collection on 2026-03-04." || r.Get("gap_days") != "1" {
			h.Errorf("complete %s: %q", r.Get("complete"), r.Get("gaps"))
		}
		h.collect("con_2", false, account("b"))
		if r, _ = h.captured("facts", "test.account"); !strings.Contains(r.Get("gaps"), "con_2: no complete collection on 2026-03-02 to 2026-03-06.") {
			h.Errorf("%q", r.Get("gaps"))
		}
		unsure := connector.Resource{Kind: "test.account", ID: "u", Fields: map[string]any{"name": "u"}}
		h.collect("con_1", true, account("a"), unsure)
		r, ids := h.captured("facts", "test.account", "condition", "r.admin")
		if !slices.Contains(ids, "u") || r.Get("doubtful") != "1" || r.Get("complete") != register.No {
			h.Errorf("%v, doubtful %s", ids, r.Get("doubtful"))
		}
	})
	each(t, func(h *house) {
		h.on(2)
		h.collect("con_1", true, account("a"))
		h.on(3)
		h.collect("con_1", true, account("a"))
		r, _ := h.captured("facts", "test.account")
		if r.Get("complete") != register.No || !strings.Contains(r.Get("gaps"), "has not ended") || r.Get("gap_days") != "0" {
			h.Errorf("%s %q", r.Get("complete"), r.Get("gaps"))
		}
	})
}

// An event's population is what happened in the period, whenever it was collected.
func TestWhatHappenedInThePeriod(t *testing.T) {
	each(t, func(h *house) {
		h.on(5)
		h.collect("con_1", true, merge("m1", 1), merge("m2", 2), merge("m4", 4))
		r, ids := h.captured("facts", "test.merge")
		if !slices.Equal(ids, []string{"m2", "m4"}) || r.Get("complete") != register.No {
			h.Errorf("%v, complete %s", ids, r.Get("complete"))
		}
		h.on(9)
		h.collect("con_1", true, merge("m6", 6), merge("m7", 7))
		r, ids = h.captured("facts", "test.merge")
		if !slices.Equal(ids, []string{"m2", "m4", "m6"}) || r.Get("complete") != register.Yes {
			h.Errorf("%v, complete %s, %q", ids, r.Get("complete"), r.Get("gaps"))
		}
	})
}

// Nothing is proven by an empty population but where every day was looked at.
func TestEmptyIsProvenOrUnknown(t *testing.T) {
	for _, hole := range []int{0, 4} {
		each(t, func(h *house) {
			h.every(hole, func(int) []connector.Resource { return nil })
			r, _ := h.captured("facts", "test.account")
			d, err := h.b.Of(engagement.PopulationNoun)
			h.must(err)
			_, err = h.step(h.lead, r.ID, "reconcile", "second_source", "Console", "second_count", "0")
			h.must(err)
			if _, err = h.step(h.lead, r.ID, "freeze", "reliability", "Looked at."); !fault.Is(err, fault.Forbidden) {
				h.Errorf("a lead froze it: %v", err)
			}
			r, err = h.step(h.auditor, r.ID, "freeze", "reliability", "Looked at.")
			if hole != 0 {
				if !fault.Is(err, fault.Invalid) {
					h.Fatalf("frozen although it is not complete: %v", err)
				}
				r, err = h.step(h.auditor, r.ID, "freeze", "reliability", "Looked at.", "gap_treatment", "The console's own log was read for the day.")
			}
			h.must(err)
			_, label := d.BadgeOf(&r, &register.World{})
			if want := map[int]string{0: "Frozen, proven empty", 4: "Frozen, not complete"}[hole]; label != want {
				h.Errorf("%q, want %q", label, want)
			}
			_, err = h.b.Edit(h.Context(), h.auditor, engagement.PopulationNoun, r.ID, register.Input{Part: true, Fields: fields("condition", "r.admin")})
			if !fault.Is(err, fault.Conflict) {
				h.Errorf("a frozen population was changed: %v", err)
			}
			if _, err = h.step(h.auditor, r.ID, "capture"); !fault.Is(err, fault.Conflict) {
				h.Errorf("a frozen population was captured again: %v", err)
			}
			if next := h.ask("facts", "test.account", "corrects", r.ID); next.Get("corrects") != r.ID {
				h.Error("the correction does not name what it corrects")
			}
		})
	}
}

// The counts of the second source are compared, and a difference is explained.
func TestASecondSourceIsCompared(t *testing.T) {
	each(t, func(h *house) {
		h.every(0, func(int) []connector.Resource { return []connector.Resource{account("a"), account("b")} })
		r, _ := h.captured("facts", "test.account")
		if _, err := h.step(h.lead, r.ID, "reconcile", "second_source", "Payroll", "second_count", "3"); !fault.Is(err, fault.Invalid) {
			h.Errorf("a difference without a word: %v", err)
		}
		r, err := h.step(h.lead, r.ID, "reconcile", "second_source", "Payroll", "second_count", "3", "difference", "One is paid by another company.")
		h.must(err)
		if r.Get("agrees") != register.No {
			h.Error(r.Get("agrees"))
		}
		if r, err = h.step(h.lead, r.ID, "reconcile", "second_source", "Payroll", "second_count", "2"); err != nil || r.Get("agrees") != register.Yes || r.Get("difference") != "" {
			h.Errorf("%v %v", r.Values, err)
		}
		for _, bad := range [][]string{{"facts", "test.nothing"}, {"facts", "test.account", "condition", "r.nothing"}, {"facts", "test.account", "condition", "r.admin &&"}, {"facts", "date.hour"}} {
			if _, err := h.step(h.lead, h.ask(bad...).ID, "capture"); !fault.Is(err, fault.Invalid) {
				h.Errorf("%v: %v", bad, err)
			}
		}
	})
}

// Files hold every item, the query stands on the first sheet of the workbook, and
// the JSON is what the log commits to.
func TestFilesHoldTheWholePopulation(t *testing.T) {
	each(t, func(h *house) {
		h.every(0, func(int) []connector.Resource { return []connector.Resource{account("a"), account("=cmd")} })
		r, _ := h.captured("facts", "test.account")
		got, err := h.s.Get(h.Context(), h.auditor, r.ID)
		h.must(err)
		write := func(f population.Format) []byte {
			var out bytes.Buffer
			h.must(got.Write(f, &out))
			return out.Bytes()
		}
		list, _, err := sheet.Read(write(population.CSV), 100)
		if err != nil || len(list.Rows) != 2 || !strings.Contains(string(write(population.CSV)), "0,'=cmd,") {
			h.Errorf("%v %v", list.Rows, err)
		}
		query, _, err := sheet.Read(write(population.XLSX), 100)
		if err != nil || query.Head[0] != "what" || !slices.ContainsFunc(query.Rows, func(row []string) bool { return row[0] == "root" && row[1] == r.Get("root") }) {
			h.Errorf("%v %v", query.Rows, err)
		}
		g, err := h.lead.May(access.LogRead)
		h.must(err)
		h.must(h.db.Read(h.Context(), g, func(tx *db.Tx) error {
			body, err := db.One(tx, db.Value[string], `SELECT body FROM population_capture WHERE org_id = $1 AND id = $2`, tx.Org(), r.ID)
			if err == nil && body != string(write(population.JSON)) {
				h.Error("the JSON is not what the log commits to")
			}
			return err
		}))
		if err := got.Write("pdf", &bytes.Buffer{}); !fault.Is(err, fault.Invalid) {
			h.Error(err)
		}
	})
}

// The dates of the period are a population, by day, working day, week and month.
func TestDatesAreAPopulation(t *testing.T) {
	each(t, func(h *house) {
		h.on(20)
		for kind, want := range map[string]int{"date.day": 5, "date.weekday": 5, "date.week": 1, "date.month": 1} {
			if r, ids := h.captured("facts", kind); len(ids) != want || r.Get("complete") != register.Yes {
				h.Errorf("%s: %v, complete %s", kind, ids, r.Get("complete"))
			}
		}
	})
}

// A correction names a frozen population of the same engagement, and takes its place
// alone.
func TestOnlyAFrozenPopulationIsCorrected(t *testing.T) {
	each(t, func(h *house) {
		old := h.frozen()
		take := func(corrects string) (register.Record, error) {
			r := h.ask("facts", "date.day", "corrects", corrects)
			return h.step(h.lead, r.ID, "capture")
		}
		open := h.ask("facts", "date.day")
		h.want(take(open.ID))(fault.Invalid, "Only another population that is frozen is corrected")
		e, err := h.b.Add(h.Context(), h.lead, engagement.Noun, register.Input{Fields: fields("title", "FY27", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-03-02", "to", "2026-03-06")})
		h.must(err)
		other := h.ask("facts", "date.day", "engagement", e.ID, "corrects", old.ID)
		h.want(h.step(h.lead, other.ID, "capture"))(fault.Invalid, old.ID+" is not a population of "+e.ID)
		first, err := take(old.ID)
		h.must(err)
		h.want(take(old.ID))(fault.Invalid, first.ID+" corrects "+old.ID+" already")
	})
}
