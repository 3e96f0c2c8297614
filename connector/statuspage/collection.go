package statuspage

import (
	"context"
	"errors"
	"time"

	"assay/connector"
	"assay/connector/rest"
)

type component struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Status  string    `json:"status"`
	Changed time.Time `json:"updated_at"`
	Group   bool      `json:"group"`
}

type incident struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Impact     string     `json:"impact"`
	Status     string     `json:"status"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at"`
	ResolvedAt *time.Time `json:"resolved_at"`
	Updates    *[]struct {
		CreatedAt time.Time `json:"created_at"`
	} `json:"incident_updates"`
}

// Collect reads the page once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	if err := s.recorded(ctx); err != nil {
		return err
	}
	defer func() { s.files.NameUnused(run, kindComponent) }()
	api := s.client(run)
	run.Say("Reading components")
	if err := s.components(ctx, api); err != nil {
		return err
	}
	run.Say("Reading incidents")
	return s.incidents(ctx, api)
}

var errShape = errors.New("the answer is not what is documented: the list is missing")

func (s *source) components(ctx context.Context, api *rest.Client) error {
	m, err := rest.Get[summary](ctx, api, s.call("/api/v2/summary.json"))
	if err == nil && m.Components == nil {
		err = errShape
	}
	if err != nil {
		return api.Broke(ctx, "Components", err, kindComponent)
	}
	for _, c := range *m.Components {
		if c.Group {
			continue
		}
		sheet := rest.NewSheet()
		sheet.Set("name", c.Name)
		sheet.Set("status", c.Status)
		sheet.Set("changed_at", c.Changed)
		if err := api.Put(ctx, kindComponent, c.ID, sheet); err != nil {
			return rest.Ours(ctx, err)
		}
	}
	api.Run.Complete(kindComponent)
	return nil
}

// most is how many incidents a page tells.
const most = 50

func (s *source) incidents(ctx context.Context, api *rest.Client) error {
	from, to := s.env.Period.From, s.env.Period.To
	if now := s.env.Now(); now.Before(to) {
		to = now
	}
	list, err := rest.Get[struct {
		Incidents *[]incident `json:"incidents"`
	}](ctx, api, s.call("/api/v2/incidents.json"))
	if err == nil && list.Incidents == nil {
		err = errShape
	}
	if err != nil {
		return api.Broke(ctx, "Incidents", err, kindIncident)
	}
	oldest := to
	for i := range *list.Incidents {
		one := &(*list.Incidents)[i]
		if one.CreatedAt.Before(oldest) {
			oldest = one.CreatedAt
		}
		if at := one.at(); at.Before(s.env.Period.From) || !at.Before(s.env.Period.To) {
			continue
		}
		if err := api.Put(ctx, kindIncident, one.ID, one.sheet()); err != nil {
			return rest.Ours(ctx, err)
		}
	}
	if len(*list.Incidents) >= most && oldest.After(from) {
		from = oldest
		api.Run.Note(kindIncident, "The page tells its fifty newest incidents: nothing is said of the time before "+oldest.UTC().Format(time.DateOnly)+".")
	}
	if s.files != nil {
		api.Run.Incomplete(kindIncident, "Recordings do not tell until when they reach.")
	}
	api.Run.Covers(kindIncident, from, to)
	api.Run.Complete(kindIncident)
	return nil
}

func (i *incident) at() time.Time {
	if i.StartedAt != nil {
		return *i.StartedAt
	}
	return i.CreatedAt
}

func (i *incident) sheet() *rest.Sheet {
	s := rest.NewSheet()
	s.Set("at", i.at())
	s.Set("name", i.Name)
	s.Set("impact", i.Impact)
	s.Set("status", i.Status)
	rest.May(s, "resolved_at", i.ResolvedAt)
	if i.Updates == nil {
		s.Lose("updates", "told_at")
		return s
	}
	s.Set("updates", len(*i.Updates))
	var first time.Time
	for _, u := range *i.Updates {
		if first.IsZero() || u.CreatedAt.Before(first) {
			first = u.CreatedAt
		}
	}
	if !first.IsZero() {
		s.Set("told_at", first)
	}
	return s
}
