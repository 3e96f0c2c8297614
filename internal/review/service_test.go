package review_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/catalog"
	"assay/connector"
	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/register"
	"assay/internal/resource"
	"assay/internal/review"
	"assay/internal/standing"
)

var kinds = []resource.Schema{{
	Kind: "test.account", Version: 1, Title: "Accounts of the test", Family: resource.State, Label: "name",
	Fields: []resource.Field{
		{Name: "name", Type: resource.String},
		{Name: "email", Type: resource.String, Personal: true, Optional: true},
		{Name: "enabled", Type: resource.Bool},
		{Name: "admin", Type: resource.Bool},
		{Name: "used", Type: resource.Time, Optional: true},
	},
	Facets: []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": {From: "name"}, "email": {From: "email"}, "enabled": {From: "enabled"}, "admin": {From: "admin"}, "last_used_at": {From: "used"},
	}}},
}}

type house struct {
	*testing.T
	db         *db.DB
	ring       *keys.Ring
	hand       *clock.Hand
	orgs       org.Service
	people     person.Service
	accounts   account.Service
	b          register.Book
	s          review.Service
	lead, boss access.Actor // lead is Ann, boss is Bob
	owned      map[string]string
}

// each gives an organization of two people, on 2 March 2026.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		library, err := catalog.Load(catalog.Files())
		if err != nil {
			t.Fatal(err)
		}
		hand.Set(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
		h := &house{T: t, db: d, ring: keys.New(secret.NewKey(), t.TempDir()), hand: hand, people: person.Service{DB: d}, owned: map[string]string{}}
		h.orgs = org.Service{DB: d, Keys: h.ring}
		h.accounts = account.Service{DB: d, Keys: h.ring, Memory: &account.Memory{}, Connections: func(*db.Tx) ([]string, error) { return []string{"con_1"}, nil }}
		mine := func(_ *db.Tx, user string) (string, error) { return h.owned[user], nil }
		h.b = register.Book{DB: d, Library: library, Declarations: []register.Declaration{review.Declaration()}, PersonOf: mine, People: func(*db.Tx) ([]register.Someone, error) { return nil, nil }}
		h.s = review.Service{DB: d, Books: &h.b, Accounts: &h.accounts, PersonOf: mine}
		h.b.Acts = map[string]func(*db.Tx, *register.Record, *register.World) error{"access_review.begin": h.s.Begin, "access_review.sign": h.s.Seal}
		h.b.Before = map[string]func(context.Context, string) error{review.Noun: h.s.Follow}
		h.lead = h.newOrg("Larkspur")
		h.boss = h.lead
		h.boss.ID, h.boss.Name = "usr_boss", "Bob"
		for user, name := range map[string]string{h.lead.ID: "Ann", h.boss.ID: "Bob"} {
			p, err := h.people.Add(h.Context(), h.lead, person.Details{Name: name, Email: strings.ToLower(name) + "@x.example", StartsOn: standing.NewDate(2020, 1, 1)})
			h.must(err)
			h.owned[user] = p.ID
		}
		fn(h)
	})
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return access.Actor{ID: "usr_lead", Org: o.ID, Name: "Ann", Role: access.RoleLead, Door: access.DoorWeb}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(k fault.Kind, err error) {
	h.Helper()
	if fault.Of(err) != k {
		h.Errorf("want %s, got %v %v", k, err, fault.FieldsOf(err))
	}
}

// collect lists accounts an hour later: names, with "!" behind administrators' and
// "-" behind those that are switched off. One called after a person has that
// person's address.
func (h *house) collect(complete bool, names ...string) {
	h.Helper()
	h.hand.Add(time.Hour)
	g, err := access.Console(h.lead.Org).May(access.ConnectorSync)
	h.must(err)
	s, err := fact.Begin(h.Context(), h.db, h.ring, g, fact.Origin{Connection: "con_1", Connector: "test", Version: "1", Scope: "acme"}, kinds)
	h.must(err)
	for _, n := range names {
		name := strings.TrimRight(n, "!-")
		r := connector.Resource{Kind: "test.account", ID: "id-" + name, Fields: map[string]any{"name": name, "admin": strings.HasSuffix(n, "!"), "enabled": !strings.HasSuffix(n, "-")}}
		if name == "ann" || name == "bob" {
			r.Fields["email"] = name + "@x.example"
		}
		if name == "dusty" {
			r.Fields["used"] = clock.Format(h.hand.Now().AddDate(0, 0, -120))
		}
		h.must(s.Put(h.Context(), r))
	}
	_, err = s.Finish(h.Context(), fact.Result{Reports: []connector.Report{{Kind: "test.account", Items: len(names), Complete: complete}}})
	h.must(err)
	h.must(ledger.Settle(h.Context(), h.db, h.lead.Org))
	_, err = h.accounts.Match(h.Context(), h.lead)
	h.must(err)
	h.hand.Add(time.Hour)
}

func (h *house) begin(title string) string {
	h.Helper()
	r, err := h.b.Add(h.Context(), h.lead, review.Noun, register.Input{Fields: map[string][]string{"title": {title}, "due_on": {"2026-03-31"}, "power": {"any"}}})
	h.must(err)
	_, err = h.b.Move(h.Context(), h.lead, review.Noun, r.ID, "begin", register.Step{})
	h.must(err)
	return r.ID
}

func (h *house) move(who access.Actor, id, name string) error {
	_, err := h.b.Move(h.Context(), who, review.Noun, id, name, register.Step{Reason: "So it is."})
	return err
}

// items are the accounts of a part of a review, each with reasons and verdict.
func (h *house) items(id string, show review.Show) string {
	h.Helper()
	l, err := h.s.List(h.Context(), h.lead, id, review.Filter{Show: show})
	h.must(err)
	var out []string
	for i := range l.Items {
		item := &l.Items[i]
		words := []string{item.Name}
		for _, w := range item.Reasons {
			words = append(words, string(w))
		}
		text := strings.Join(words, " ")
		if item.Verdict != "" {
			text += "=" + string(item.Verdict)
		}
		if !item.DoneAt.IsZero() {
			text += " done"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func account1(name string) string {
	return account.IDOf(resource.Ref{Kind: "test.account", Authority: "acme", ID: "id-" + name})
}

func (h *house) decide(who access.Actor, id string, said ...string) error {
	var list []review.Decision
	for _, s := range said {
		name, verdict, _ := strings.Cut(s, "=")
		verdict, note, _ := strings.Cut(verdict, ":")
		list = append(list, review.Decision{Account: account1(name), Verdict: review.Verdict(verdict), Note: note})
	}
	_, err := h.s.Decide(h.Context(), who, id, list)
	return err
}

func (h *house) equal(got, want string) {
	h.Helper()
	if got != want {
		h.Errorf("got  %s\nwant %s", got, want)
	}
}

func (h *house) field(id, name string) string {
	h.Helper()
	d, err := h.b.Get(h.Context(), h.lead, review.Noun, id)
	h.must(err)
	return d.Get(name)
}

func TestAReviewFromBeginningToEnd(t *testing.T) {
	each(t, func(h *house) {
		h.collect(true, "ann!", "bob", "ci", "dusty", "off-")
		first := h.begin("First quarter")
		h.equal(h.items(first, review.All), "ann new, bob new, ci nobodys new, dusty nobodys unused new")
		h.equal(h.field(first, "left_out"), "1")
		h.equal(h.field(first, "complete"), "yes")
		h.want(fault.Invalid, h.move(h.lead, first, "sign"))

		h.want(fault.Invalid, h.decide(h.lead, first, "ann=keep", "bob=keep"))
		h.equal(h.items(first, review.Decided), "")
		h.want(fault.Invalid, h.decide(h.lead, first, "ci=change"))
		h.want(fault.Invalid, h.decide(h.lead, first, "ci=burn"))
		h.want(fault.Invalid, h.decide(h.lead, first, "ci=keep", "ci=remove"))
		h.want(fault.Invalid, h.decide(h.lead, first, "stranger=keep"))
		h.want(fault.Invalid, h.decide(h.lead, first))
		h.must(h.decide(h.lead, first, "bob=keep", "ci=remove:Replaced.", "dusty=change:Read only"))
		h.must(h.decide(h.boss, first, "ann=keep:Still leads."))
		h.must(h.decide(h.lead, first, "dusty=", "bob=keep"))
		h.equal(h.items(first, review.All), "ann new=keep, bob new=keep, ci nobodys new=remove, dusty nobodys unused new")
		h.equal(h.field(first, "undecided"), "1")
		h.must(h.decide(h.lead, first, "dusty=remove"))
		past, err := h.s.History(h.Context(), h.lead, first, account1("dusty"))
		h.must(err)
		h.equal(fmt.Sprintf("%d %s,%s,%s", len(past), past[0].Verdict, past[1].Verdict, past[2].Verdict), "3 change,,remove")

		h.must(h.move(h.boss, first, "sign"))
		h.want(fault.Conflict, h.decide(h.lead, first, "bob=remove"))
		h.equal(h.field(first, "unseen"), "2")
		h.equal(h.field(first, "unseen_since"), "2026-03-02")

		// What is gone is done; what is still listed is not, and was overdue next time.
		h.must(h.s.Follow(h.Context(), h.lead.Org))
		h.equal(h.field(first, "unseen"), "2")
		h.collect(true, "ann!", "bob!", "dusty", "new")
		h.must(h.s.Follow(h.Context(), h.lead.Org))
		h.equal(h.items(first, review.Waiting), "dusty nobodys unused new=remove")
		h.equal(h.field(first, "unseen"), "1")

		second := h.begin("Second quarter")
		h.equal(h.items(second, review.Thought), "bob became_admin, dusty removal_not_done nobodys unused, new nobodys new")
		h.equal(h.items(second, review.Unchanged), "ann")
		_, err = h.s.KeepUnchanged(h.Context(), h.lead, second, " ")
		h.want(fault.Invalid, err)
		n, err := h.s.KeepUnchanged(h.Context(), h.lead, second, "As it was.")
		h.must(err)
		h.equal(strconv.Itoa(n), "0") // it is her own
		n, err = h.s.KeepUnchanged(h.Context(), h.boss, second, "As it was.")
		h.must(err)
		h.equal(strconv.Itoa(n), "1")

		h.must(h.move(h.lead, second, "cancel"))
		h.want(fault.Conflict, h.decide(h.lead, second, "bob=keep"))
	})
}

// An incomplete listing shows nothing to be gone, and a review that began with one
// says so.
func TestWhatMayBeMissing(t *testing.T) {
	each(t, func(h *house) {
		h.collect(true, "bob", "ci")
		h.collect(false, "bob")
		id := h.begin("First quarter")
		h.equal(h.items(id, review.All), "bob new, ci nobodys new possible")
		h.equal(h.field(id, "complete"), "no")
		h.must(h.decide(h.lead, id, "bob=change:No power", "ci=remove"))
		h.collect(false, "bob")
		h.must(h.s.Follow(h.Context(), h.lead.Org))
		h.equal(h.field(id, "unseen"), "2")
		h.want(fault.Invalid, h.s.Confirm(h.Context(), h.lead, id, account1("ci"), ""))
		h.want(fault.NotFound, h.s.Confirm(h.Context(), h.lead, id, "acc_none", "Seen."))
		h.want(fault.Forbidden, h.s.Confirm(h.Context(), h.boss, id, account1("bob"), "Seen."))
		h.must(h.s.Confirm(h.Context(), h.lead, id, account1("ci"), "Looked at the console."))
		h.want(fault.Conflict, h.s.Confirm(h.Context(), h.lead, id, account1("ci"), "Again."))
		h.equal(h.items(id, review.Waiting), "bob new=change")
		h.collect(true, "bob-")
		h.must(h.s.Follow(h.Context(), h.lead.Org))
		h.equal(h.items(id, review.Waiting), "")
	})
}

// What is signed is committed to in the log, byte for byte.
func TestCertificate(t *testing.T) {
	each(t, func(h *house) {
		h.collect(true, "bob", "ci")
		id := h.begin("First quarter")
		_, _, err := h.s.Certificate(h.Context(), h.lead, id)
		h.want(fault.NotFound, err)
		h.must(h.decide(h.lead, id, "bob=keep", "ci=remove:=SUM(A1)"))
		h.must(h.move(h.lead, id, "sign"))
		c, body, err := h.s.Certificate(h.Context(), h.lead, id)
		h.must(err)
		h.equal(fmt.Sprintf("%d %s %s", len(c.Accounts), c.SignedBy, c.Accounts[1].Verdict), "2 Ann remove")
		var out bytes.Buffer
		h.must(h.s.Write(h.Context(), h.lead, id, "json", &out))
		if !bytes.Equal(out.Bytes(), body) || !json.Valid(body) {
			t.Error("the file is not what the log commits to")
		}
		out.Reset()
		h.must(h.s.Write(h.Context(), h.lead, id, "csv", &out))
		if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 || strings.Contains(lines[2], ",=SUM") {
			t.Errorf("the table: %q", lines)
		}
		h.must(h.s.Write(h.Context(), h.lead, id, "xlsx", &out))
		h.want(fault.Invalid, h.s.Write(h.Context(), h.lead, id, "pdf", &out))
		if h.field(id, "leaf") == "" {
			t.Error("the review does not name its entry")
		}
	})
}

// Nothing to review is no review, and neither is a kind that nobody lists.
func TestBeginningWithNothing(t *testing.T) {
	each(t, func(h *house) {
		r, err := h.b.Add(h.Context(), h.lead, review.Noun, register.Input{Fields: map[string][]string{"title": {"Q"}, "due_on": {"2026-03-31"}, "power": {"any"}}})
		h.must(err)
		h.want(fault.Conflict, h.move(h.lead, r.ID, "begin"))
		h.collect(true, "bob")
		r, err = h.b.Add(h.Context(), h.lead, review.Noun, register.Input{Fields: map[string][]string{"title": {"Q"}, "due_on": {"2026-03-31"}, "power": {"admin"}, "systems": {"no.kind"}}})
		h.must(err)
		h.want(fault.Invalid, h.move(h.lead, r.ID, "begin"))
		h.want(fault.Conflict, h.decide(h.lead, r.ID, "bob=keep"))
		_, err = h.s.List(h.Context(), h.lead, r.ID, review.Filter{Show: "most"})
		h.want(fault.Invalid, err)
	})
}

// Another organization sees and decides nothing, and a viewer decides nothing.
func TestTenants(t *testing.T) {
	each(t, func(h *house) {
		h.collect(true, "bob")
		id := h.begin("First quarter")
		rival := h.newOrg("Rival")
		_, err := h.s.List(h.Context(), rival, id, review.Filter{})
		h.want(fault.NotFound, err)
		h.want(fault.NotFound, h.decide(rival, id, "bob=keep"))
		h.want(fault.NotFound, h.s.Confirm(h.Context(), rival, id, account1("bob"), "Seen."))
		_, err = h.s.History(h.Context(), rival, id, account1("bob"))
		h.want(fault.NotFound, err)
		_, _, err = h.s.Certificate(h.Context(), rival, id)
		h.want(fault.NotFound, err)
		viewer := h.lead
		viewer.Role = access.RoleViewer
		h.want(fault.Forbidden, h.decide(viewer, id, "bob=keep"))
		if got := h.items(id, review.Decided); got != "" {
			t.Errorf("decided: %s", got)
		}
		if !slices.Contains(review.Shows(), review.All) {
			t.Error("there is no way to see all")
		}
	})
}
