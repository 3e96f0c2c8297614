package collect_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/resource"
	"assay/internal/trail"
)

// shelf is a product that reads what a test lays on it.
type shelf struct {
	product connector.Product
	opened  []connector.Config

	authority func(context.Context) (string, error)
	collect   func(context.Context, *connector.Run) error
	shut      func() error
}

func (s *shelf) Authority(ctx context.Context) (string, error) { return s.authority(ctx) }

func (s *shelf) Collect(ctx context.Context, run *connector.Run) error { return s.collect(ctx, run) }

func (s *shelf) Close() error { return s.shut() }

func newShelf(name string) *shelf {
	s := &shelf{
		authority: func(context.Context) (string, error) { return "shop-1", nil },
		collect:   func(ctx context.Context, run *connector.Run) error { return lay(ctx, run, "a", "b") },
		shut:      func() error { return nil },
	}
	s.product = connector.Product{
		Name: name, Version: "3", Title: "Shelf", Every: 24 * time.Hour,
		Kinds: []resource.Schema{
			{Kind: "shelf.box", Version: 1, Title: "Boxes", Family: resource.State, Label: "label", Fields: []resource.Field{
				{Name: "label", Type: resource.String}, {Name: "sealed", Type: resource.Bool},
			}},
			{Kind: "shelf.fall", Version: 1, Title: "Falls", Family: resource.Event, At: "at", Fields: []resource.Field{{Name: "at", Type: resource.Time}}},
		},
		Settings: []connector.Setting{
			{Name: "place", Label: "Place", Required: true, Address: true},
			{Name: "row", Label: "Row", Choices: []string{"upper", "lower"}},
			{Name: "notes", Label: "Notes", Lines: true},
			{Name: "key", Label: "Key", Secret: true},
			{Name: "deed", Label: "Deed", Secret: true, Lines: true},
		},
		Open: func(c connector.Config, _ connector.Env) (connector.Source, error) {
			if c["place"] == "nowhere" {
				return nil, fmt.Errorf("no such place, says %s", c["key"])
			}
			s.opened = append(s.opened, c)
			return s, nil
		},
	}
	return s
}

func box(id string) connector.Resource {
	return connector.Resource{Kind: "shelf.box", ID: id, Fields: map[string]any{"label": "Box " + id, "sealed": true}}
}

// lay hands the boxes over as a complete listing.
func lay(ctx context.Context, run *connector.Run, ids ...string) error {
	run.Page("ListBoxes", "", len(ids))
	for _, id := range ids {
		if err := run.Emit(ctx, box(id)); err != nil {
			return err
		}
	}
	run.Complete("shelf.box")
	run.Complete("shelf.fall")
	return nil
}

type house struct {
	*testing.T
	s     collect.Service
	shelf *shelf
	hand  *clock.Hand
	orgs  org.Service
	lead  access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, hand: hand, shelf: newShelf("shelf")}
		ring := keys.New(secret.NewKey(), t.TempDir())
		h.s = collect.Service{
			DB: d, Keys: ring, Products: []connector.Product{h.shelf.product}, Then: "after", Log: slog.New(slog.DiscardHandler),
		}
		h.orgs = org.Service{DB: d, Keys: ring}
		h.lead = h.newOrg("Larkspur")
		fn(h)
	})
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return access.Actor{ID: "usr_lead", Org: o.ID, Name: "Lead", Role: access.RoleLead, Door: access.DoorWeb}
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
		h.Fatalf("want %s, got %v %v", k, err, fault.FieldsOf(err))
	}
}

func (h *house) read(who access.Actor, fn func(tx *db.Tx) error) {
	h.Helper()
	g, err := who.May(access.OrgRead)
	h.must(err)
	h.must(h.s.DB.Read(h.Context(), g, fn))
}

func (h *house) write(fn func(tx *db.Tx) error) {
	h.Helper()
	g, err := h.lead.May(access.OrgEdit)
	h.must(err)
	h.must(h.s.DB.Write(h.Context(), g, fn))
}

func settings(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

const theKey = "s3cr3t-key/of the shelf"

func (h *house) add() collect.Connection {
	h.Helper()
	c, err := h.s.Add(h.Context(), h.lead, collect.New{Product: "shelf", Name: "Cellar", Settings: settings("place", "cellar", "key", theKey)})
	h.must(err)
	return c
}

func (h *house) get(id string) collect.Connection {
	h.Helper()
	c, _, err := h.s.Get(h.Context(), h.lead, id)
	h.must(err)
	return c
}

func (h *house) troubled(id string) bool {
	h.Helper()
	c := h.get(id)
	return c.Troubled(h.hand.Now())
}

func (h *house) run(id string) fact.Collection {
	h.Helper()
	h.hand.Add(time.Minute)
	c, err := h.s.Run(h.Context(), h.lead, id, nil)
	h.must(err)
	return c
}

// manifest is what the newest collection says of itself.
func (h *house) manifest(c fact.Collection) fact.Manifest {
	h.Helper()
	m, err := h.s.Manifest(h.Context(), h.lead, c.Connection, c.Seq)
	h.must(err)
	return m
}

func (h *house) complete(m fact.Manifest, kind string) (complete bool, problems string) {
	h.Helper()
	for _, k := range m.Kinds {
		if k.Kind == kind {
			return k.Complete, strings.Join(k.Problems, "; ")
		}
	}
	h.Fatalf("the manifest does not name %s", kind)
	return false, ""
}

// boxes are the known boxes, with a question mark where one may be gone.
func (h *house) boxes(id string) string {
	h.Helper()
	p, err := fact.Service{DB: h.s.DB, Keys: h.s.Keys}.Population(h.Context(), h.lead, "shelf.box", []string{id})
	h.must(err)
	var all []string
	for _, v := range p.Views {
		s := v.ID
		if v.Possible {
			s += "?"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

// queued are the names and arguments of the jobs that wait, and forgets them.
func (h *house) queued() (out []string) {
	h.Helper()
	note := func(_ context.Context, j job.Job) error {
		out = append(out, j.Name+" "+j.Arg)
		return nil
	}
	w := job.Worker{DB: h.s.DB, Log: slog.New(slog.DiscardHandler), Handlers: map[string]job.Handler{collect.JobRun: note, "after": note}}
	_, err := w.Flush(h.Context())
	h.must(err)
	return out
}

// leaves are the types of the log's entries, oldest first.
func (h *house) leaves(who access.Actor) (out []string) {
	h.Helper()
	h.must(ledger.Settle(h.Context(), h.s.DB, who.Org))
	h.read(who, func(tx *db.Tx) error {
		size, _, _, err := ledger.Sizes(tx)
		if err != nil {
			return err
		}
		return ledger.Each(tx, 0, size, func(l ledger.Leaf) error {
			if strings.Contains(string(l.Bytes), theKey) {
				h.Error("a leaf tells the key")
			}
			e, err := tlog.Decode(l.Bytes)
			if err == nil {
				out = append(out, e.Type)
			}
			return err
		})
	})
	return out
}

func (h *house) trail() (out []trail.Entry) {
	h.Helper()
	h.read(h.lead, func(tx *db.Tx) (err error) {
		out, err = trail.List(tx, trail.Filter{Noun: "connection"})
		return err
	})
	return out
}
