package speed_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/criteria"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/portfolio"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/task"
	"assay/internal/web"
)

const (
	clients = 300
	staff   = 20 // of each client
)

// BenchmarkPortfolio serves the pages of a provider with 300 clients, each of which
// has 20 people, a task about each of them, a program and the suggested controls, and
// published what is due.
func BenchmarkPortfolio(b *testing.B) {
	s, _ := open(b, b.TempDir())
	token := provider(b, s)
	handler := (&web.Server{Suite: s, Log: slog.New(slog.DiscardHandler)}).Handler()
	for _, path := range []string{"/clients", "/clients?size=100", "/clients/work", "/clients/work?size=100"} {
		b.Run(path, func(b *testing.B) {
			var took []time.Duration
			before := cpu(b)
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, http.NoBody)
				r.AddCookie(&http.Cookie{Name: web.Cookie(false), Value: token})
				w := httptest.NewRecorder()
				began := b.Elapsed()
				handler.ServeHTTP(w, r)
				took = append(took, b.Elapsed()-began)
				if w.Code != http.StatusOK {
					b.Fatalf("%s answers %d", path, w.Code)
				}
				b.ReportMetric(float64(w.Body.Len())/1024, "KiB")
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// provider makes the provider with its clients, and returns the token of a session
// of its lead.
func provider(b *testing.B, s *suite.Suite) (token string) {
	b.Helper()
	home, lead := company(b, s, "Ridgeway IT", 0)
	list, err := s.Library.Adopt(s.Library.ProfilesFor([]criteria.CategoryID{"security"}, false))
	if err != nil {
		b.Fatal(err)
	}
	var ids []string
	for i := range list {
		ids = append(ids, string(list[i].ID))
	}
	today := standing.DayOf(s.Now(), time.UTC)
	for i := range clients {
		_, theirs := company(b, s, fmt.Sprintf("Client %03d", i), staff)
		p := program.Suggest(today)
		p.From, p.To, p.Categories = today-30, today+60, []criteria.CategoryID{"security"}
		if _, err := s.Programs.Add(b.Context(), theirs, p); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Controls.Adopt(b.Context(), theirs, ids, p.From); err != nil {
			b.Fatal(err)
		}
		_, code, err := s.Portfolio.Offer(b.Context(), lead, theirs.Name)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Portfolio.Consent(b.Context(), theirs, code, portfolio.Terms{Work: true}); err != nil {
			b.Fatal(err)
		}
	}
	got, err := s.Portfolio.Show(b.Context(), lead)
	if err != nil || len(got.Clients) != clients || got.Queued() == 0 {
		b.Fatalf("%d clients with %d things due: %v", len(got.Clients), got.Queued(), err)
	}
	secret, _, err := s.Auth.Reset(b.Context(), email(home))
	if err != nil {
		b.Fatal(err)
	}
	opened, err := s.Auth.UseReset(b.Context(), secret, "seven brown kettles sing", auth.From{Address: "127.0.0.1"})
	if err != nil {
		b.Fatal(err)
	}
	return opened.Token
}

func email(o org.Org) string { return "lead@" + o.Slug + ".example" }

// company is an organization with a lead and so many people.
func company(b *testing.B, s *suite.Suite, name string, people int) (org.Org, access.Actor) {
	b.Helper()
	o, err := s.Orgs.Create(b.Context(), org.New{Name: name, Zone: "Etc/UTC", Setup: "dismissed"})
	if err != nil {
		b.Fatal(err)
	}
	u, err := s.Auth.Enroll(b.Context(), access.Console(o.ID), auth.New{Email: email(o), Name: name + "’s lead", Role: access.RoleLead})
	if err != nil {
		b.Fatal(err)
	}
	lead := access.Actor{ID: u.ID, Org: o.ID, Name: u.Name, Role: access.RoleLead, Door: access.DoorWeb}
	for i := range people {
		in := person.Details{Name: fmt.Sprintf("Kim %02d", i), Email: fmt.Sprintf("kim%02d@%s.example", i, o.Slug), StartsOn: standing.NewDate(2025, 1, 1)}
		if _, err := s.People.Add(b.Context(), lead, in); err != nil {
			b.Fatal(err)
		}
		todo := task.Task{Title: "Ask " + in.Name + " to report the laptop that is in use", Role: access.RoleOwner, DueOn: standing.DayOf(s.Now(), time.UTC) + standing.Date(i)}
		if err := s.Tasks.Ask(b.Context(), lead, todo); err != nil {
			b.Fatal(err)
		}
	}
	return o, lead
}
