package web

import (
	"fmt"
	"time"

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
	n   int
	hot bool
}

// counts are what needs action, by page.
func (s *Server) counts(r *request) map[string]count {
	out := map[string]count{}
	if n, err := s.Suite.Checks.CountFailing(r.Context(), r.who); err == nil {
		out["checks"] = count{n: n}
	}
	if n, err := s.Suite.Connectors.CountTroubled(r.Context(), r.who); err == nil {
		out["connectors"] = count{n: n, hot: n > 0}
	}
	return out
}
