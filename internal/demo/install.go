package demo

import (
	"context"

	"assay/internal/access"
	"assay/internal/resource"
	"assay/internal/rule"
)

// install puts the checks in force on the first day, once their kinds are known.
func (m *maker) install(ctx context.Context) (err error) {
	if m.day > 0 {
		return nil
	}
	if m.y.Checks, err = m.s.Checks.Install(ctx, access.Job(m.y.Org.ID, "install")); err != nil {
		return err
	}
	if err := m.accept(ctx, "linux.host.updates_known", map[string]string{"age": "9d", rule.ParamFreshness: lastWeek}); err != nil {
		return err
	}
	var kinds []resource.Schema
	for i := range m.systems {
		if c := &m.systems[i]; c.every == weekly {
			kinds = append(kinds, c.by.Products[0].Kinds...)
		}
	}
	if _, err := m.s.Checks.ProposeFreshness(ctx, m.lead, kinds, lastWeek); err != nil {
		return err
	}
	_, err = m.s.Checks.DecideFreshness(ctx, m.second, kinds, true)
	return err
}

// lastWeek is how old the listings of systems may be that Larkspur reads each week.
// Its people decided so at once; each page of a check says it.
const lastWeek = "8d"

func (m *maker) accept(ctx context.Context, check string, values map[string]string) error {
	d, err := m.s.Checks.SetParams(ctx, m.lead, check, values)
	if err != nil {
		return err
	}
	return m.s.Checks.Decide(ctx, m.second, d.ID, d.Revision, true)
}
