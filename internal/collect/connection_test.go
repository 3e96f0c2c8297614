package collect_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/trail"
)

// What the caller handed over stays the caller's: it ends up in pages and logs.
func TestAnEditLeavesTheCallersSettingsAlone(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		in := collect.New{Name: "Cellar", Settings: settings("place", "cellar", "row", "lower", "key", "")}
		was := maps.Clone(in.Settings)
		h.must(h.s.Edit(h.Context(), h.lead, c.ID, in))
		if !maps.Equal(in.Settings, was) {
			h.Errorf("the caller's settings are %v now", in.Settings)
		}
		h.run(c.ID)
		if last := h.shelf.opened[len(h.shelf.opened)-1]; last["key"] != theKey || last["row"] != "lower" {
			h.Errorf("opened with %v", last)
		}
		h.want(fault.Invalid, h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Name: "x"})) // no settings at all: the place is needed
		if now := h.get(c.ID); now.Name != "Cellar" || !slices.Equal(now.HasSecret, []string{"key"}) || now.Settings["key"] != "" {
			h.Errorf("%+v", now)
		}
	})
}

// Whoever may edit a connection cannot have its secrets sent to an address of
// their own.
func TestSecretsDoNotMoveUnseen(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		err := h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Settings: settings("place", "evil.example")})
		h.want(fault.Invalid, err)
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Name != "key" {
			h.Errorf("%v", f)
		}
		if now := h.get(c.ID); now.Settings["place"] != "cellar" {
			h.Errorf("%+v", now)
		}
		h.must(h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Settings: settings("place", "attic", "key", "another-key")}))
		h.run(c.ID)
		if last := h.shelf.opened[len(h.shelf.opened)-1]; last["key"] != "another-key" || last["place"] != "attic" {
			h.Errorf("opened with %v", last)
		}
	})
}

// A secret that is not needed any more can be forgotten; one that is needed
// cannot, and nothing is cleared unseen.
func TestASecretIsCleared(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		in := collect.New{Name: "Cellar", Settings: settings("place", "cellar", "deed", "sealed in wax")}
		h.must(h.s.Edit(h.Context(), h.lead, c.ID, in))
		if now := h.get(c.ID); !slices.Equal(now.HasSecret, []string{"deed", "key"}) {
			h.Fatalf("%+v", now.HasSecret)
		}
		h.must(h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Name: "Cellar", Settings: settings("place", "cellar"), Clear: []string{"deed"}}))
		h.run(c.ID)
		last := h.shelf.opened[len(h.shelf.opened)-1]
		if _, held := last["deed"]; held || last["key"] != theKey {
			h.Errorf("opened with %v", last)
		}
		if now := h.get(c.ID); !slices.Equal(now.HasSecret, []string{"key"}) {
			h.Errorf("%+v", now.HasSecret)
		}
		if !slices.ContainsFunc(h.trail(), func(e trail.Entry) bool { return e.Detail["secret.deed"] == "cleared" }) {
			h.Error("the trail does not say that it was cleared")
		}
		for name, n := range map[string]collect.New{
			"one that is not set":   {Settings: settings("place", "cellar"), Clear: []string{"deed"}},
			"what is no secret":     {Settings: settings("place", "cellar"), Clear: []string{"place"}},
			"one that is set anew":  {Settings: settings("place", "cellar", "key", "another"), Clear: []string{"key"}},
			"what nobody ever knew": {Settings: settings("place", "cellar"), Clear: []string{"\x00"}},
		} {
			if err := h.s.Edit(h.Context(), h.lead, c.ID, n); fault.Of(err) != fault.Invalid {
				h.Errorf("%s: %v", name, err)
			}
		}
		// What is cleared is sent nowhere.
		h.must(h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Name: "Attic", Settings: settings("place", "attic"), Clear: []string{"key"}}))
	})
}

// The trail tells what was changed, before and after, and that a secret was
// set; a long setting by its hash.
func TestTheTrailTellsWhatWasChanged(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		h.hand.Add(time.Minute)
		long := strings.Repeat("long ", 40_000)
		h.must(h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Name: "Attic", Every: time.Hour, Settings: settings("place", "attic", "key", "another-key", "notes", long)}))
		h.hand.Add(time.Minute)
		h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Paused))
		var got []string
		for _, e := range h.trail() {
			line := []string{e.Action + " " + e.Label}
			for _, k := range slices.Sorted(maps.Keys(e.Detail)) {
				line = append(line, k+": "+e.Detail[k])
			}
			got = append(got, strings.Join(line, " | "))
		}
		want := []string{
			"connector.edit Attic | state: enabled → paused",
			"connector.edit Attic | every: 24h0m0s → 1h0m0s | name: Cellar → Attic | secret.key: set | setting.notes:  → 200000 bytes, SHA-256 (hash)" +
				" | setting.place: cellar → attic",
			"connector.add Cellar | secret.key: set | setting.place: cellar",
		}
		for i := range want {
			was, _, _ := strings.Cut(want[i], "SHA-256")
			if i >= len(got) || !strings.HasPrefix(got[i], was) || !strings.HasSuffix(got[i], want[i][strings.LastIndex(want[i], " | "):]) {
				h.Fatalf("%d: %s\nwant %s", i, got, want[i])
			}
		}
	})
}

// A connection that is resumed is collected soon, one that is paused or removed
// not any more, not even what waited.
func TestPauseAndResume(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		job1 := collect.JobRun + " " + c.ID
		h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Paused))
		if got := h.queued(); len(got) != 0 {
			h.Errorf("a paused connection is collected: %v", got)
		}
		_, err := h.s.Run(h.Context(), h.lead, c.ID, nil)
		if h.want(fault.Conflict, err); !errors.Is(err, collect.ErrIdle) {
			h.Error(err)
		}
		h.want(fault.Conflict, h.s.Sync(h.Context(), h.lead, c.ID))
		h.hand.Add(48 * time.Hour)
		if h.troubled(c.ID) {
			h.Error("a paused connection troubles people")
		}
		h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Enabled))
		if got := h.queued(); !slices.Equal(got, []string{job1}) {
			h.Errorf("resumed: %v", got)
		}
		h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Enabled)) // as it is
		if got := h.queued(); len(got) != 0 {
			h.Errorf("resumed twice: %v", got)
		}
		h.must(h.s.Sync(h.Context(), h.lead, c.ID))
		h.must(h.s.SetState(h.Context(), h.lead, c.ID, collect.Removed))
		if got := h.queued(); len(got) != 0 {
			h.Errorf("a removed connection is collected: %v", got)
		}
		_, err = h.s.Run(h.Context(), h.lead, c.ID, nil)
		if h.want(fault.NotFound, err); !errors.Is(err, collect.ErrIdle) {
			h.Error(err)
		}
		if was, runs, err := h.s.Get(h.Context(), h.lead, c.ID); err != nil || was.State != collect.Removed || len(was.HasSecret) != 0 {
			h.Errorf("its history: %+v %d %v", was, len(runs), err)
		}
		h.want(fault.NotFound, h.s.SetState(h.Context(), h.lead, c.ID, collect.Enabled))
		h.want(fault.NotFound, h.s.Edit(h.Context(), h.lead, c.ID, collect.New{}))
		h.read(h.lead, func(tx *db.Tx) error {
			ids, err := h.s.Connections(tx)
			if len(ids) != 0 {
				h.Errorf("it counts: %v", ids)
			}
			s, serr := job.Schedules(tx)
			if len(s) != 0 {
				h.Errorf("it recurs: %v", s)
			}
			return errors.Join(err, serr)
		})
		l := h.leaves(h.lead)
		if count(l, "connector.enabled") != 2 || count(l, "connector.disabled") != 2 {
			h.Error(l)
		}
	})
}

// A connection that never brought anything is as late as one that stopped.
func TestOverdue(t *testing.T) {
	each(t, func(h *house) {
		h.shelf.authority = func(context.Context) (string, error) { return "", errors.New("401 Unauthorized") }
		c := h.add()
		troubles := func(overdue bool, n int) {
			h.Helper()
			now := h.get(c.ID)
			if got, err := h.s.CountTroubled(h.Context(), h.lead); err != nil || got != n || now.Overdue(h.hand.Now()) != overdue || now.Troubled(h.hand.Now()) != (n > 0) {
				h.Fatalf("overdue %v, %d troubled: %v", now.Overdue(h.hand.Now()), got, err)
			}
		}
		h.hand.Add(25 * time.Hour)
		troubles(false, 0)
		h.hand.Add(time.Millisecond)
		troubles(true, 1)
		h.run(c.ID)
		troubles(true, 1)
		fresh := newShelf("shelf")
		h.shelf.authority = fresh.authority
		at := h.run(c.ID).FinishedAt
		troubles(false, 0)
		h.shelf.collect = func(context.Context, *connector.Run) error { return errors.New("502") }
		for range 40 {
			h.run(c.ID)
		}
		troubles(false, 1) // broke off
		if now := h.get(c.ID); !now.Success.Equal(at) {
			h.Errorf("success %v, want %v", now.Success, at)
		}
		h.hand.Set(at.Add(25*time.Hour + time.Millisecond))
		troubles(true, 1)
		h.hand.Set(at.Add(-2 * time.Hour)) // collected under a clock that was wrong
		troubles(true, 1)
	})
}

// The org's own registers are collected like connections, and missed like them.
func TestRegisters(t *testing.T) {
	each(t, func(h *house) {
		people := newShelf("people")
		people.product.Every = 0
		people.product.Settings = nil
		h.s.Registers = func(string) []connector.Product { return []connector.Product{people.product} }
		id := collect.RegisterID("people")
		c := h.get(id)
		if !c.Register || c.Every != 24*time.Hour || h.troubled(id) {
			h.Errorf("%+v", c)
		}
		h.hand.Add(25*time.Hour + time.Millisecond)
		if n, err := h.s.CountTroubled(h.Context(), h.lead); err != nil || n != 1 || !h.troubled(id) {
			h.Errorf("nobody misses it: %d %v", n, err)
		}
		if got := h.run(id); got.State != fact.Done || h.troubled(id) || h.boxes(id) != "a b" {
			h.Errorf("%+v", got)
		}
		h.want(fault.NotFound, h.s.SetState(h.Context(), h.lead, id, collect.Paused))
		h.want(fault.NotFound, h.s.Edit(h.Context(), h.lead, id, collect.New{}))
		_, _, err := h.s.Get(h.Context(), h.lead, collect.RegisterID("ghosts"))
		h.want(fault.NotFound, err)
		list, err := h.s.List(h.Context(), h.lead)
		if h.must(err); len(list) != 1 || list[0].Last == nil {
			h.Errorf("%+v", list)
		}
	})
}

func TestWhatPeopleEnter(t *testing.T) {
	each(t, func(h *house) {
		for name, c := range map[string]struct {
			n      collect.New
			fields string // that are refused; empty: it is taken
		}{
			"as it should be":      {collect.New{Settings: settings("place", " cellar ", "row", "upper")}, ""},
			"nothing":              {collect.New{}, "place"},
			"only blanks":          {collect.New{Settings: settings("place", "  ")}, "place"},
			"not a choice":         {collect.New{Settings: settings("place", "x", "row", "middle")}, "row"},
			"an unknown setting":   {collect.New{Settings: settings("place", "x", "color", "red")}, "color"},
			"a NUL":                {collect.New{Settings: settings("place", "x\x00y")}, "place"},
			"not UTF-8":            {collect.New{Settings: settings("place", "x", "key", "\xff\xfe secret")}, "key"},
			"too long":             {collect.New{Settings: settings("place", "x", "notes", strings.Repeat("x", 256<<10+1))}, "notes"},
			"as long as may be":    {collect.New{Settings: settings("place", "x", "notes", strings.Repeat("x", 256<<10))}, ""},
			"a long name":          {collect.New{Name: strings.Repeat("n", 101), Settings: settings("place", "x")}, "name"},
			"100 letters":          {collect.New{Name: strings.Repeat("ä", 100), Settings: settings("place", "x")}, ""},
			"a name of two lines":  {collect.New{Name: "a\nb", Settings: settings("place", "x")}, "name"},
			"too often":            {collect.New{Every: time.Minute, Settings: settings("place", "x")}, "every"},
			"too seldom":           {collect.New{Every: 32 * 24 * time.Hour, Settings: settings("place", "x")}, "every"},
			"less than no time":    {collect.New{Every: -time.Hour, Settings: settings("place", "x")}, "every"},
			"several things wrong": {collect.New{Every: 1, Settings: settings("row", "middle")}, "place row every"},
		} {
			c.n.Product = "shelf"
			_, err := h.s.Add(h.Context(), h.lead, c.n)
			var fields []string
			for _, f := range fault.FieldsOf(err) {
				fields = append(fields, f.Name)
			}
			if strings.Join(fields, " ") != c.fields || (err == nil) != (c.fields == "") {
				h.Errorf("%s: %v %v", name, err, fields)
			}
		}
		_, err := h.s.Add(h.Context(), h.lead, collect.New{Product: "attic"})
		h.want(fault.NotFound, err)
		many := settings("place", "x")
		for i := range 10_000 {
			many[strings.Repeat("z", 1000)+time.Unix(int64(i), 0).String()] = "x"
		}
		_, err = h.s.Add(h.Context(), h.lead, collect.New{Product: "shelf", Settings: many})
		if f := fault.FieldsOf(err); len(f) == 0 || len(f) > 30 || len(f[0].Name) > 600 {
			h.Errorf("%d fields", len(f))
		}
	})
}

// A trial reads and keeps nothing.
func TestATrialKeepsNothing(t *testing.T) {
	each(t, func(h *house) {
		n := collect.New{Product: "shelf", Settings: settings("place", "cellar", "key", theKey)}
		seen, calls, err := h.s.Try(h.Context(), h.lead, n)
		h.must(err)
		if len(seen) != 2 || seen[0].Kind != "shelf.box" && seen[1].Kind != "shelf.box" || len(calls) != 1 {
			h.Errorf("%+v %+v", seen, calls)
		}
		h.shelf.collect = func(context.Context, *connector.Run) error { return errors.New(strings.Fields("")[0]) }
		_, _, err = h.s.Try(h.Context(), h.lead, n)
		h.want(fault.Invalid, err)
		if list, err := h.s.List(h.Context(), h.lead); err != nil || len(list) != 0 || len(h.queued()) != 0 {
			h.Errorf("%+v %v", list, err)
		}
	})
}

// Somebody who declares a known kind with other fields is told at once, not
// by a collection that never begins.
func TestAKindThatIsKnownOtherwise(t *testing.T) {
	each(t, func(h *house) {
		field := "label"
		h.shelf.product.Declare = func(connector.Config) ([]resource.Schema, error) {
			return []resource.Schema{{Kind: "my.box", Version: 1, Title: "Mine", Family: resource.State, Label: field, Fields: []resource.Field{{Name: field, Type: resource.String}}}}, nil
		}
		h.s.Products = []connector.Product{h.shelf.product}
		c := h.add()
		field = "name"
		h.want(fault.Conflict, h.s.Edit(h.Context(), h.lead, c.ID, collect.New{Settings: settings("place", "cellar")}))
		_, err := h.s.Add(h.Context(), h.lead, collect.New{Product: "shelf", Settings: settings("place", "attic")})
		h.want(fault.Conflict, err)
		if list, err := h.s.List(h.Context(), h.lead); err != nil || len(list) != 1 {
			h.Errorf("%d connections: %v", len(list), err)
		}
	})
}

// Another organization sees, collects and changes nothing; nor does whoever may
// only read.
func TestTenants(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		seq := h.run(c.ID).Seq
		lead := h.lead
		for name, who := range map[string]access.Actor{"another organization": h.newOrg("Evil"), "a reader": {ID: "usr_2", Org: lead.Org, Role: access.RoleViewer}} {
			kind := fault.NotFound
			if who.Org == lead.Org {
				kind = fault.Forbidden
			} else {
				if list, err := h.s.List(h.Context(), who); err != nil || len(list) != 0 {
					h.Errorf("%s sees %+v %v", name, list, err)
				}
				if n, err := h.s.CountTroubled(h.Context(), who); err != nil || n != 0 {
					h.Errorf("%s counts %d %v", name, n, err)
				}
				_, _, err := h.s.Get(h.Context(), who, c.ID)
				h.want(kind, err)
				_, err = h.s.Manifest(h.Context(), who, c.ID, seq)
				h.want(kind, err)
				if l := h.leaves(who); count(l, "collection.intent")+count(l, "connector.enabled") != 0 {
					h.Errorf("%s has leaves of it: %v", name, l)
				}
			}
			_, err := h.s.Run(h.Context(), who, c.ID, nil)
			h.want(kind, err)
			h.want(kind, h.s.Sync(h.Context(), who, c.ID))
			h.want(kind, h.s.SetState(h.Context(), who, c.ID, collect.Removed))
			h.want(kind, h.s.Edit(h.Context(), who, c.ID, collect.New{Settings: settings("place", "cellar")}))
			if who.Org == lead.Org {
				_, err := h.s.Add(h.Context(), who, collect.New{Product: "shelf", Settings: settings("place", "x")})
				h.want(kind, err)
				_, _, err = h.s.Try(h.Context(), who, collect.New{Product: "shelf", Settings: settings("place", "x")})
				h.want(kind, err)
			}
		}
		if now := h.get(c.ID); now.State != collect.Enabled || now.Last.Seq != seq {
			h.Errorf("%+v", now)
		}
	})
}

func TestWhatAConnectionBringsIsKnownWithoutItsProduct(t *testing.T) {
	each(t, func(h *house) {
		c := h.add()
		h.run(c.ID)
		h.s.Products = nil
		kinds, err := h.s.Brings(h.Context(), h.lead, c.ID)
		h.must(err)
		if len(kinds) != 2 || kinds[0].Kind != "shelf.box" || kinds[1].Kind != "shelf.fall" {
			h.Errorf("%+v", kinds)
		}
	})
}
