package device_test

import (
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/device"
	"assay/internal/factor"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/trail"
)

type house struct {
	*testing.T
	db    *db.DB
	hand  *clock.Hand
	auth  auth.Service
	asks  device.Service
	ours  org.Org
	other org.Org
}

var here = auth.From{Address: "192.0.2.1", Agent: "test"}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		ring := keys.New(secret.NewKey(), t.TempDir())
		h := &house{T: t, db: d, hand: hand, auth: auth.Service{DB: d, Factors: factor.Service{Key: secret.NewKey()}, Turns: make(chan struct{}, 2)}}
		h.asks = device.Service{DB: d, Auth: h.auth}
		orgs := org.Service{DB: d, Keys: ring}
		var err error
		h.ours, err = orgs.Create(t.Context(), org.New{Name: "Ours", Zone: "Etc/UTC"})
		h.must(err)
		h.other, err = orgs.Create(t.Context(), org.New{Name: "Other", Zone: "Etc/UTC"})
		h.must(err)
		fn(h)
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(kind fault.Kind, err error) {
	h.Helper()
	if !fault.Is(err, kind) {
		h.Errorf("%v, want %s", err, kind)
	}
}

// person signs a new member in and returns the session.
func (h *house) person(o org.Org, email string, role access.Role) access.Actor {
	h.Helper()
	_, err := h.auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: email, Name: "Ada", Role: role})
	h.must(err)
	link, _, err := h.auth.Reset(h.Context(), email)
	h.must(err)
	opened, err := h.auth.UseReset(h.Context(), link, "moss-ladder-tin-oboe-417", here)
	h.must(err)
	who, err := h.auth.Actor(h.Context(), opened.Token, "", here)
	h.must(err)
	return who
}

func (h *house) begin(in device.New) device.Begun {
	h.Helper()
	if in.Host == "" {
		in.Host = "lathe"
	}
	b, err := h.asks.Begin(h.Context(), in, auth.From{Address: "198.51.100.9"})
	h.must(err)
	return b
}

func (h *house) poll(b device.Begun) device.Answer {
	h.Helper()
	h.hand.Add(b.Pause)
	a, err := h.asks.Poll(h.Context(), b.Device)
	h.must(err)
	return a
}

func (h *house) state(b device.Begun, want device.State) device.Answer {
	h.Helper()
	a := h.poll(b)
	if a.State != want || (a.Secret != "") != (want == device.Approved) {
		h.Errorf("%+v, want %s", a, want)
	}
	return a
}

func (h *house) trail(o org.Org, action string) (out []trail.Entry) {
	h.Helper()
	g, err := access.Console(o.ID).May(access.TrailRead)
	h.must(err)
	h.must(h.db.Read(h.Context(), g, func(tx *db.Tx) error {
		list, err := trail.List(tx, trail.Filter{Limit: 200})
		for i := range list {
			if list[i].Action == action {
				out = append(out, list[i])
			}
		}
		return err
	}))
	return out
}

func TestApproved(t *testing.T) {
	each(t, func(h *house) {
		who := h.person(h.ours, "ada@ours.example", access.RoleOwner)
		b := h.begin(device.New{Role: access.RoleViewer, Scope: []string{"control.read"}, Days: 7, Org: h.ours.Slug})
		h.state(b, device.Pending)
		asked, err := h.asks.Find(h.Context(), who, strings.ToLower(strings.ReplaceAll(b.User, "-", " ")), here)
		h.must(err)
		if asked.Host != "lathe" || asked.Address != "198.51.100.9" || asked.Role != access.RoleViewer || asked.Days != 7 || asked.At.IsZero() {
			h.Errorf("%+v", asked)
		}
		token, err := h.asks.Approve(h.Context(), who, b.User, here)
		h.must(err)
		_, err = h.asks.Approve(h.Context(), who, b.User, here) // used once
		h.want(fault.Invalid, err)
		h.hand.Add(b.Pause)
		a, err := h.asks.Poll(h.Context(), b.Device)
		h.must(err)
		if a.State != device.Approved || !strings.HasPrefix(a.Secret, auth.TokenPrefix) {
			h.Fatalf("%+v", a)
		}
		h.state(b, device.Expired) // told once
		actor, err := h.auth.ActorByToken(h.Context(), a.Secret, here)
		h.must(err)
		if actor.Org != h.ours.ID || actor.ID != who.ID || actor.Role != access.RoleViewer || actor.Session != token.ID {
			h.Errorf("%+v", actor)
		}
		_, err = actor.May(access.PersonRead)
		h.want(fault.Forbidden, err)
		list, err := h.auth.Tokens(h.Context(), who)
		h.must(err)
		if len(list) != 1 || list[0].Name != "assay on lathe" || !list[0].ExpiresAt.Equal(token.ExpiresAt) || token.ExpiresAt.After(h.hand.Now().Add(7*24*time.Hour)) {
			h.Errorf("%+v", list)
		}
		if e := h.trail(h.ours, "token.edit"); len(e) != 1 || e[0].Detail["asked by"] != "lathe" || e[0].Detail["asked from"] != "198.51.100.9" || e[0].Actor != who.ID {
			h.Errorf("%+v", e)
		}
		h.must(h.auth.RevokeToken(h.Context(), who, token.ID))
		_, err = h.auth.ActorByToken(h.Context(), a.Secret, here)
		h.want(fault.Unauthenticated, err)
	})
}

func TestRefusedAndExpired(t *testing.T) {
	each(t, func(h *house) {
		who := h.person(h.ours, "ada@ours.example", access.RoleViewer)
		b := h.begin(device.New{})
		h.must(h.asks.Refuse(h.Context(), who, b.User, here))
		h.state(b, device.Denied)
		if e := h.trail(h.ours, "device.refuse"); len(e) != 1 || e[0].Label != "assay on lathe" {
			h.Errorf("%+v", e)
		}
		late := h.begin(device.New{})
		h.hand.Add(10 * time.Minute)
		_, err := h.asks.Find(h.Context(), who, late.User, here)
		h.want(fault.Invalid, err)
		_, err = h.asks.Approve(h.Context(), who, late.User, here)
		h.want(fault.Invalid, err)
		h.state(late, device.Expired)
		h.state(device.Begun{Device: "none"}, device.Expired)
		list, err := h.auth.Tokens(h.Context(), who)
		h.must(err)
		if len(list) != 0 {
			h.Errorf("%+v", list)
		}
	})
}

func TestProgramsThatAskTooOftenAreSlowed(t *testing.T) {
	each(t, func(h *house) {
		b := h.begin(device.New{})
		h.state(b, device.Pending)
		for i := range 3 {
			a, err := h.asks.Poll(h.Context(), b.Device)
			h.must(err)
			if want := time.Duration(i+2) * 5 * time.Second; a.State != device.SlowDown || a.Pause != want {
				h.Errorf("%+v, want slow_down and %v", a, want)
			}
		}
		h.hand.Add(15 * time.Second)
		h.state(b, device.Pending) // waits 5 more: 20 seconds are over
	})
}

// TestNobodyIsLetInByAnother: what asks gets no more than its approver has, only where
// it asked for, and only from a person who showed lately who they are.
func TestNobodyIsLetInByAnother(t *testing.T) {
	each(t, func(h *house) {
		viewer := h.person(h.ours, "ada@ours.example", access.RoleViewer)
		elsewhere := h.person(h.other, "bo@other.example", access.RoleLead)
		more := h.begin(device.New{Role: access.RoleLead})
		_, err := h.asks.Approve(h.Context(), viewer, more.User, here)
		h.want(fault.Forbidden, err)
		scope := h.begin(device.New{Scope: []string{"user.edit"}})
		_, err = h.asks.Approve(h.Context(), viewer, scope.User, here)
		h.want(fault.Invalid, err)
		ours := h.begin(device.New{Org: h.ours.Slug})
		_, err = h.asks.Approve(h.Context(), elsewhere, ours.User, here)
		h.want(fault.Conflict, err)
		stale := viewer
		stale.Stale = true
		_, err = h.asks.Approve(h.Context(), stale, ours.User, here)
		h.want(fault.Forbidden, err)
		token := viewer
		token.Door = access.DoorAPI
		_, err = h.asks.Approve(h.Context(), token, ours.User, here)
		h.want(fault.Forbidden, err)
		h.want(fault.Forbidden, h.asks.Refuse(h.Context(), token, ours.User, here))
		for _, b := range []device.Begun{more, scope, ours} {
			h.state(b, device.Pending)
		}
	})
}

// TestCodesAreNotGuessed: wrong codes are slowed by person, whoever knows a right one too.
func TestCodesAreNotGuessed(t *testing.T) {
	each(t, func(h *house) {
		who := h.person(h.ours, "ada@ours.example", access.RoleViewer)
		own := h.begin(device.New{})
		slowed := 0
		for i := range 40 {
			_, err := h.asks.Find(h.Context(), who, "BBBB-BBBB", auth.From{Address: "203.0.113." + string(rune('0'+i%10))})
			if fault.Is(err, fault.Busy) {
				slowed++
				continue
			}
			h.want(fault.Invalid, err)
			if _, err := h.asks.Find(h.Context(), who, own.User, here); err != nil && !fault.Is(err, fault.Busy) {
				h.Error(err)
			}
		}
		if slowed < 33 {
			h.Errorf("%d of 40 guesses were slowed", slowed)
		}
		h.hand.Add(6 * time.Minute)
		_, err := h.asks.Find(h.Context(), who, own.User, here)
		h.must(err)
	})
}

func TestAsksAreBounded(t *testing.T) {
	each(t, func(h *house) {
		for range 20 {
			h.begin(device.New{})
		}
		_, err := h.asks.Begin(h.Context(), device.New{Host: "lathe"}, auth.From{Address: "198.51.100.9"})
		h.want(fault.Busy, err)
		_, err = h.asks.Begin(h.Context(), device.New{Host: "lathe"}, auth.From{Address: "198.51.100.10"})
		h.must(err)
		h.hand.Add(10 * time.Minute)
		h.begin(device.New{})
		for _, in := range []device.New{{}, {Host: strings.Repeat("x", 101)}, {Host: "\x00\u202e"}, {Host: "x", Days: 91}, {Host: "x", Days: -1}, {Host: "x", Org: strings.Repeat("x", 101)}, {Host: "x", Scope: []string{strings.Repeat("x", 2001)}}} {
			_, err := h.asks.Begin(h.Context(), in, here)
			h.want(fault.Invalid, err)
		}
	})
}

// TestNothingAtRestOpens looks for what was told in the table.
func TestNothingAtRestOpens(t *testing.T) {
	each(t, func(h *house) {
		b := h.begin(device.New{})
		h.must(h.db.ReadInstallation(h.Context(), func(tx *db.Tx) error {
			rows, err := db.All(tx, func(scan db.Scan) (text string, err error) {
				var device, user, token []byte
				err = scan(&device, &user, &token)
				return string(device) + string(user) + string(token), err
			}, `SELECT hash, user_hash, token_hash FROM device_ask`)
			if len(rows) != 1 || len(rows[0]) != 96 || strings.Contains(rows[0], b.User) || strings.Contains(rows[0], b.Device) {
				h.Errorf("%q", rows)
			}
			return err
		}))
	})
}

func FuzzCode(f *testing.F) {
	for _, seed := range []string{"BCDF-GHJK", "bcdf ghjk", "", "ÄÖÜ", "BCDFGHJKL", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		if c := device.Code(typed); device.Code(c) != c || len(c) > 10 {
			t.Errorf("%q: %q", typed, c)
		}
	})
}
