package app

import (
	"cmp"
	"context"

	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/control"
	"assay/internal/duty"
	"assay/internal/kit/fault"
	"assay/internal/portfolio"
	"assay/internal/suite"
)

// lookOver gathers what an organization publishes to its providers, with its own grant.
func lookOver(s *suite.Suite) func(context.Context, access.Actor) (portfolio.Summary, error) {
	return func(ctx context.Context, who access.Actor) (out portfolio.Summary, err error) {
		o, err := s.Controls.List(ctx, who)
		if err != nil {
			return out, err
		}
		p := o.Position
		out.Controls, out.Operated, out.Action, out.Deviating, out.NotDue, out.Deviations = p.Controls(), p.Operated, p.ActionNeeded, p.Deviation, p.NotDue, p.Deviations
		if sc, err := s.Programs.Get(ctx, who, ""); err == nil {
			out.Program, out.Type, out.Dates = sc.Name, string(sc.Type), sc.Label()
			out.Day, out.Days = sc.Day(o.Today)
			for _, c := range sc.Categories {
				out.Categories = append(out.Categories, string(c))
			}
		} else if !fault.Is(err, fault.NotFound) {
			return out, err
		}
		if err := connected(ctx, s, who, &out); err != nil {
			return out, err
		}
		return out, waiting(ctx, s, who, &o, &out)
	}
}

// connected counts the connections to products, and those that need somebody.
func connected(ctx context.Context, s *suite.Suite, who access.Actor, out *portfolio.Summary) error {
	list, err := s.Connectors.List(ctx, who)
	for i := range list {
		c := &list[i]
		if c.Register || c.State != collect.Enabled {
			continue
		}
		out.Sources++
		if c.Troubled(s.Now()) {
			out.Troubled++
		}
	}
	return err
}

// waiting is what is to be done, and for whom it waits.
func waiting(ctx context.Context, s *suite.Suite, who access.Actor, o *control.Overview, out *portfolio.Summary) error {
	all, err := s.Duties.Coming(ctx, who, true, o.Today+portfolio.Horizon)
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for i := range o.Controls {
		c := &o.Controls[i]
		owners[c.Control] = cmp.Or(c.OwnerName, c.OwnerRole)
	}
	for i := range all {
		d := &all[i]
		w := portfolio.Work{
			Title: d.Title, Control: d.Control, With: cmp.Or(owners[d.Control], string(d.Role)), Due: d.Due, Late: d.Late, Href: cmp.Or(d.Href, d.Act.Href),
		}
		if d.Ahead {
			out.Ahead = append(out.Ahead, w)
			continue
		}
		out.Waiting++
		if d.Late {
			out.Late++
		}
		if d.Kind == duty.Evidence {
			out.Stale++
		}
		out.Work = append(out.Work, w)
	}
	return nil
}
