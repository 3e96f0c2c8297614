package web

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"assay/internal/control"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
)

// period is the program that the address names (?p=fy26-type-2), else the
// current one; false while there is none.
func (s *Server) period(r *request) (program.Scope, bool) {
	if r.who.Org == "" {
		return program.Scope{}, false
	}
	sc, err := s.Suite.Programs.Get(r.Context(), r.who, r.URL.Query().Get("p"))
	if err != nil {
		return program.Scope{}, false
	}
	return sc, true
}

// controlsIn is the use cases of controls as they answer for the program that
// the address names.
func (s *Server) controlsIn(r *request) control.Service {
	return s.Suite.Controls.In(cmp.Or(r.PostFormValue("program"), r.URL.Query().Get("p")))
}

// inPeriod is an address with the program that this one names, so that a person
// stays in the period that they chose.
func (r *request) inPeriod(href string) string {
	p := r.URL.Query().Get("p")
	if p == "" {
		return href
	}
	path, fragment := href, ""
	if i := strings.IndexByte(path, '#'); i >= 0 {
		path, fragment = path[:i], path[i:]
	}
	path, rest, _ := strings.Cut(path, "?")
	if rest != "" {
		rest += "&"
	}
	return path + "?" + rest + "p=" + url.QueryEscape(p) + fragment
}

func (s *Server) periodChip(r *request) *view.Period {
	sc, ok := s.period(r)
	if !ok {
		return nil
	}
	k, n := sc.Day(standing.DayOf(r.now, sc.Period(&r.org).Zone))
	p := &view.Period{Name: sc.Name, Detail: fmt.Sprintf("day %d of %d", k, n)}
	if sc.Type == program.Type1 {
		p.Detail = sc.Label()
	}
	list, err := s.Suite.Programs.List(r.Context(), r.who)
	if err != nil || len(list) < 2 {
		return p
	}
	for i := range list {
		p.Options = append(p.Options, view.PeriodOption{
			Name: list[i].Name, Detail: list[i].Label(), Href: "?p=" + list[i].Slug, Current: list[i].ID == sc.ID,
		})
	}
	return p
}

// axis is the window that pictures show.
func axis(p standing.Period, today standing.Date) chart.Axis {
	return chart.Axis{
		Start: p.From.Start(time.UTC), Days: max(int(p.To-p.From), 1), Today: min(max(int(today-p.From)+1, 0), int(p.To-p.From)),
	}
}

// count is a figure of the navigation.
type count struct {
	all int // of which n are counted; for places that are hidden while there are none
	n   int
	hot bool
}

// counts are what needs action, by page.
func (s *Server) counts(r *request) map[string]count {
	out := map[string]count{}
	if n, err := s.Suite.Checks.CountFailing(r.Context(), r.who); err == nil {
		out["checks"] = count{n: n}
	}
	if n, hot, err := s.waiting(r); err == nil {
		out["tasks"] = count{n: n, hot: hot}
	}
	if n, needs, err := s.Suite.Portfolio.Count(r.Context(), r.who); err == nil {
		out["clients"] = count{n: needs, hot: needs > 0, all: n}
	}
	if n, err := s.Suite.Connectors.CountTroubled(r.Context(), r.who); err == nil {
		out["connectors"] = count{n: n, hot: n > 0}
	}
	return out
}

// tallied is how many duties somebody had a moment ago.
type tallied struct {
	at  time.Time
	n   int
	hot bool // some are late
}

// tallies remembers them between pages: each shows the count, and working it out
// reads much. Whatever is posted forgets those of the organization.
type tallies struct {
	mu    sync.Mutex
	byOrg map[string]map[string]tallied // by organization and actor
}

const (
	tallyAge  = 30 * time.Second
	tallyOrgs = 1_000
)

func (t *tallies) get(r *request) (tallied, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	got, ok := t.byOrg[r.who.Org][r.who.ID]
	age := r.now.Sub(got.at)
	return got, ok && age >= 0 && age < tallyAge
}

func (t *tallies) put(r *request, got tallied) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byOrg == nil || len(t.byOrg) > tallyOrgs {
		t.byOrg = map[string]map[string]tallied{}
	}
	if t.byOrg[r.who.Org] == nil {
		t.byOrg[r.who.Org] = map[string]tallied{}
	}
	t.byOrg[r.who.Org][r.who.ID] = got
}

func (t *tallies) forget(org string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byOrg, org)
}

// waiting is how many duties the person has, and whether some are late.
func (s *Server) waiting(r *request) (n int, late bool, err error) {
	if got, ok := s.tallies.get(r); ok {
		return got.n, got.hot, nil
	}
	l, err := s.Suite.Duties.Mine(r.Context(), r.who)
	if err != nil {
		return 0, false, err
	}
	s.tallies.put(r, tallied{at: r.now, n: len(l.Waiting), hot: l.LateOnes() > 0})
	return len(l.Waiting), l.LateOnes() > 0, nil
}
