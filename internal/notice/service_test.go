package notice_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/db/dbtest"
	"assay/internal/job"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/mail/mailtest"
	"assay/internal/notice"
	"assay/internal/org"
	"assay/internal/suite"
	"assay/internal/task"
)

// house is the house with a mail server, at nine in the morning.
type house struct {
	*testing.T
	*suite.Suite
	hand        *clock.Hand
	post        *mailtest.Post
	org         org.Org
	lead, owner access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Run("sqlite", func(t *testing.T) { fn(build(t, filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgresql", func(t *testing.T) { fn(build(t, dbtest.Postgres(t))) })
}

func build(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{T: t, hand: &clock.Hand{}, post: &mailtest.Post{}}
	h.hand.Set(time.Date(2026, 6, 15, 7, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	text := "server: smtp://" + h.post.Serve(t, nil, false) + "?tls=off\nfrom: Assay <assay@example.com>\npublic: https://assay.example.com/\n"
	h.must(os.WriteFile(filepath.Join(dir, "mail.yaml"), []byte(text), 0o600))
	s, err := app.Open(t.Context(), suite.Config{Data: dir, DB: dsn, Rehearsal: true, Now: h.hand.Now})
	h.must(err)
	t.Cleanup(func() { h.must(s.Close(t.Context())) })
	h.Suite = s
	h.org, err = s.Orgs.Create(t.Context(), org.New{Name: "Larkspur", Zone: "Europe/Stockholm"})
	h.must(err)
	h.lead, h.owner = h.user("priya", access.RoleLead), h.user("tom", access.RoleOwner)
	return h
}

func (h *house) user(name string, role access.Role) access.Actor {
	u, err := h.Auth.Enroll(h.Context(), access.Console(h.org.ID), auth.New{Email: name + "@example.com", Name: name, Role: role})
	h.must(err)
	return access.Actor{ID: u.ID, Org: h.org.ID, Name: name, Role: role, Door: access.DoorWeb}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// round runs a round and returns what arrived in it.
func (h *house) round() []string {
	h.Helper()
	before := len(h.post.Taken())
	h.must(h.Notices.Round(h.Context(), h.org.ID))
	return h.post.Taken()[before:]
}

func TestPeopleAreWrittenToOnceADay(t *testing.T) {
	each(t, func(h *house) {
		h.must(h.Tasks.Ask(h.Context(), h.lead, task.Task{Title: "Look through the firewall rules", Assignee: h.owner.ID}))
		got := h.round()
		var toms []string
		for _, m := range got {
			if strings.Contains(m, "To: <tom@example.com>") {
				toms = append(toms, m)
			}
		}
		if len(toms) != 1 || !strings.Contains(toms[0], "Look through the firewall rules") || !strings.Contains(toms[0], "https://assay.example.com/tasks") {
			t := strings.Join(got, "\n----\n")
			h.Fatalf("%d messages:\n%s", len(got), t)
		}
		for range 3 {
			if again := h.round(); len(again) != 0 {
				h.Errorf("said again: %v", again)
			}
		}
		h.hand.Set(h.hand.Now().Add(24 * time.Hour))
		if again := h.round(); len(again) != 0 {
			h.Errorf("nothing happened, and was said: %v", again)
		}
		h.must(h.Tasks.Ask(h.Context(), h.lead, task.Task{Title: "Another", Assignee: h.owner.ID}))
		if more := h.round(); len(more) != 1 || !strings.Contains(more[0], "2 things wait for you") {
			h.Errorf("another: %v", more)
		}
	})
}

func TestALeadHearsOfANewLead(t *testing.T) {
	each(t, func(h *house) {
		h.round()
		h.must(h.Auth.SetRole(h.Context(), h.lead, h.owner.ID, access.RoleLead))
		got := h.round()
		if n := len(got); n != 2 || !strings.Contains(got[0]+got[1], "tom was made a lead") { // both are leads now
			h.Errorf("%d messages: %v", n, got)
		}
		if again := h.round(); len(again) != 0 {
			h.Errorf("said twice: %v", again)
		}
	})
}

// Whoever signs in from elsewhere is told, a guest too, and nobody else is.
func TestANewDeviceIsToldByMail(t *testing.T) {
	each(t, func(h *house) {
		guest := h.user("ann", access.RoleAuditor)
		const password = "seven brown kettles sing"
		secret, _, err := h.Auth.Reset(h.Context(), "ann@example.com")
		h.must(err)
		_, err = h.Auth.UseReset(h.Context(), secret, password, auth.From{Address: "192.0.2.7", Agent: "Mozilla Firefox/140"})
		h.must(err)
		if got := h.round(); len(got) != 0 {
			h.Fatalf("the first device is told of: %v", got)
		}
		sign := func(address, agent string) {
			h.hand.Set(h.hand.Now().Add(time.Minute))
			_, err := h.Auth.SignIn(h.Context(), auth.Attempt{Email: "ann@example.com", Password: password, From: auth.From{Address: address, Agent: agent}})
			h.must(err)
		}
		sign("192.0.2.7", "Mozilla Firefox/141")
		if got := h.round(); len(got) != 0 {
			h.Fatalf("a known device is told of: %v", got)
		}
		sign("203.0.113.9", "Curl/8")
		got := h.round()
		if len(got) != 1 || !strings.Contains(got[0], "To: <ann@example.com>") {
			h.Fatalf("%d messages to %s: %v", len(got), guest.Name, got)
		}
		for _, want := range []string{"New sign-in to your account", "15 Jun 2026 07:02 UTC", "203.0.113.9", "Curl/8", "https://assay.example.com/settings/me"} {
			if !strings.Contains(got[0], want) {
				h.Errorf("it does not say %q:\n%s", want, got[0])
			}
		}
		if again := h.round(); len(again) != 0 {
			h.Errorf("said twice: %v", again)
		}
	})
}

func TestAServerThatIsBusyIsAskedAgain(t *testing.T) {
	each(t, func(h *house) {
		h.post.Say(451)
		m, err := h.Notices.Try(h.Context(), h.owner)
		h.must(err)
		if m.State != notice.Waiting || m.Problem == "" || m.Tries != 1 {
			h.Fatalf("%+v", m)
		}
		h.post.Say(0)
		if got := h.round(); len(got) != 0 {
			h.Errorf("asked again at once: %v", got)
		}
		h.hand.Set(h.hand.Now().Add(notice.Pause))
		if got := h.round(); len(got) != 1 || !strings.Contains(got[0], "mail arrives") || !strings.Contains(got[0], "Message-ID: <"+m.ID+"@example.com>") {
			h.Errorf("after the pause: %v", got)
		}
		h.post.Say(550)
		if m, err = h.Notices.Try(h.Context(), h.owner); err != nil || m.State != notice.Failed {
			h.Errorf("refused for ever: %+v, %v", m, err)
		}
		list, err := h.Notices.List(h.Context(), h.owner)
		h.must(err)
		if len(list) != 2 || list[1].State != notice.Sent || list[1].SentAt.IsZero() {
			h.Errorf("%+v", list)
		}
		h.hand.Set(h.hand.Now().AddDate(0, 4, 0))
		h.round()
		if list, err = h.Notices.List(h.Context(), h.owner); err != nil || len(list) != 0 {
			h.Errorf("kept for ever: %+v, %v", list, err)
		}
	})
}

func TestWhoMaySeeMessages(t *testing.T) {
	each(t, func(h *house) {
		_, err := h.Notices.Try(h.Context(), h.owner)
		h.must(err)
		if list, err := h.Notices.List(h.Context(), h.lead); err != nil || len(list) != 1 {
			h.Errorf("the lead sees %+v, %v", list, err)
		}
		auditor := h.user("owen", access.RoleAuditor)
		if list, err := h.Notices.List(h.Context(), auditor); err != nil || len(list) != 0 {
			h.Errorf("the auditor sees %+v, %v", list, err)
		}
		other, err := h.Orgs.Create(h.Context(), org.New{Name: "Other", Zone: "Etc/UTC"})
		h.must(err)
		stranger := access.Actor{ID: h.lead.ID, Org: other.ID, Role: access.RoleLead, Door: access.DoorWeb}
		if list, err := h.Notices.List(h.Context(), stranger); err != nil || len(list) != 0 {
			h.Errorf("another organization sees %+v, %v", list, err)
		}
	})
}

func TestTheHourIsSaved(t *testing.T) {
	each(t, func(h *house) {
		for _, hour := range []int{-1, 24} {
			if err := h.Notices.SetHour(h.Context(), h.owner, hour); !fault.Is(err, fault.Invalid) {
				h.Errorf("%d: %v", hour, err)
			}
		}
		h.must(h.Notices.SetHour(h.Context(), h.owner, 17))
		got, err := h.Notices.Setup(h.Context(), h.owner)
		h.must(err)
		if !got.On || got.Hour != 17 || got.From != `"Assay" <assay@example.com>` {
			h.Errorf("%+v", got)
		}
		if got, err = h.Notices.Setup(h.Context(), h.lead); err != nil || got.Hour != notice.DefaultHour {
			h.Errorf("another's: %+v, %v", got, err)
		}
	})
}

func TestWhatIsNoConfigurationIsRefused(t *testing.T) {
	for _, text := range []string{
		"server: smtps://mail.example.com\nfrom: a@example.com\n",
		"server: smtps://mail.example.com\nfrom: a@example.com\npublic: assay.example.com\n",
		"server: smtps://mail.example.com\nfrom: a@example.com\npublic: https://assay.example.com/path\n",
		"server: http://mail.example.com\nfrom: a@example.com\npublic: https://assay.example.com\n",
		"server: smtps://mail.example.com\nfrom: a@example.com\npublic: https://assay.example.com\nbcc: eve@example.com\n",
		"server: smtps://a@mail.example.com\nfrom: a@example.com\npublic: https://assay.example.com\npassword: none\n",
		"\x00",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "mail.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := notice.LoadConfig(filepath.Join(dir, "mail.yaml")); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
	if c, err := notice.LoadConfig(filepath.Join(t.TempDir(), "mail.yaml")); err != nil || c.Post() != nil {
		t.Errorf("without a file: %+v, %v", c, err)
	}
}

// The link that somebody asked for is sent, and stored nowhere.
func TestALinkIsSent(t *testing.T) {
	each(t, func(h *house) {
		h.must(h.Notices.SendLink(h.Context(), h.org.ID, h.owner.ID))
		got := h.post.Taken()
		if len(got) != 1 || !strings.Contains(got[0], "To: <tom@example.com>") {
			h.Fatal(got)
		}
		_, secret, found := strings.Cut(strings.ReplaceAll(got[0], "=\r\n", ""), "https://assay.example.com/signin/link/")
		secret, _, _ = strings.Cut(secret, "\r\n")
		if u, err := h.Auth.MailLinkUser(h.Context(), secret); !found || err != nil || u.ID != h.owner.ID {
			h.Errorf("%q: %v", secret, err)
		}
		list, err := h.Notices.List(h.Context(), h.lead)
		h.must(err)
		for i := range list {
			if strings.Contains(list[i].Text, secret) {
				h.Error("the link is stored")
			}
		}
		h.must(h.Notices.SendLink(h.Context(), h.org.ID, "usr_none")) // they left meanwhile
		h.post.Say(451)
		if err := h.Notices.SendLink(h.Context(), h.org.ID, h.owner.ID); err == nil {
			h.Error("a busy server is not asked again")
		}
		off := h.Notices
		off.Post = nil
		if err := off.SendLink(h.Context(), h.org.ID, h.owner.ID); !errors.Is(err, job.ErrGiveUp) {
			h.Error(err)
		}
	})
}
