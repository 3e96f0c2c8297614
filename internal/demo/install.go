package demo

import (
	"context"
	"slices"

	"assay/internal/access"
	"assay/internal/kit/fault"
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
	for _, d := range m.s.Checks.Catalog {
		if !m.weekly(d) || d.ID == "linux.host.updates_known" {
			continue
		}
		err := m.accept(ctx, d.ID, map[string]string{rule.ParamFreshness: lastWeek})
		if err != nil && !fault.Is(err, fault.NotFound) { // it reads a kind too that Larkspur does not have
			return err
		}
	}
	return nil
}

// lastWeek is how old the listings of systems may be that Larkspur reads each week.
// Its people decided so, check by check; each page of a check says it.
const lastWeek = "8d"

func (m *maker) accept(ctx context.Context, check string, values map[string]string) error {
	d, err := m.s.Checks.SetParams(ctx, m.lead, check, values)
	if err != nil {
		return err
	}
	return m.s.Checks.Decide(ctx, m.second, d.ID, d.Revision, true)
}

// weekly reports whether a check judges what is read each week.
func (m *maker) weekly(d *rule.Definition) bool {
	return slices.ContainsFunc(m.systems, func(c connected) bool {
		if c.every != weekly {
			return false
		}
		return slices.ContainsFunc(c.by.Products[0].Kinds, func(k resource.Schema) bool {
			_, claims := k.Claims(d.Facet)
			return k.Kind == d.Kind || d.Facet != "" && claims
		})
	})
}
