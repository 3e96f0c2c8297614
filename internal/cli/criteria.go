package cli

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	"assay/catalog"
	"assay/internal/api"
)

type criteriaCmd struct {
	List   criteriaListCmd   `cmd:"" help:"The criteria, and the controls that serve each."`
	Import criteriaImportCmd `cmd:"" help:"Bring in the published wording that you hold a licence to."`
	Forget criteriaForgetCmd `cmd:"" help:"Forget that wording again."`
}

type criteriaListCmd struct {
	Gap bool `help:"Only those in scope without a control."`
}

// Run lists the criteria.
func (c *criteriaListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Criteria](ctx, r, "criteria.list", &api.PageIn{})
	if err != nil {
		return err
	}
	if c.Gap {
		var gaps []api.CriterionRow
		for _, x := range out.Criteria {
			if x.Gap {
				gaps = append(gaps, x)
			}
		}
		out.Criteria = gaps
	}
	return emit(r, out, func(p *paper, v *api.Criteria) {
		rows := [][]string{{"criterion", "scope", "controls", "title"}}
		gaps := 0
		for i := range v.Criteria {
			x := &v.Criteria[i]
			scope := "out"
			if x.InScope {
				scope = "in"
			}
			controls := clip(strings.Join(x.Controls, " "), 40)
			if x.Gap {
				gaps++
				controls = p.paint(red, "none")
			}
			rows = append(rows, []string{x.ID, scope, controls, clip(x.Title, 60)})
		}
		p.table(rows)
		p.line("%s in scope without a control", count(gaps, "criterion is", "criteria are"))
	})
}

type criteriaImportCmd struct {
	File        string `arg:"" help:"CSV with the columns id and text, or YAML from id to text; - for CSV on standard input."`
	Publication string `placeholder:"NAME" help:"What you hold, such as the edition."`
}

// Run imports the organization's licensed copy.
func (c *criteriaImportCmd) Run(ctx context.Context, r *run) error {
	text, err := r.read(c.File, catalog.MaxLicensedFile)
	if err != nil {
		return err
	}
	in := &api.LicensedIn{File: filepath.Base(c.File), Publication: c.Publication, RawBody: text}
	if c.File == "-" {
		in.File = "-.csv"
	}
	out, err := change[api.LicensedCopy](ctx, r, "criteria.import", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.LicensedCopy) {
		p.line("The wording of %d of %d criteria and %d of %d points of focus is kept, for your organization alone.",
			v.Criteria, v.CriteriaAll, v.PointsOfFocus, v.PointsAll)
		p.line("publication  %s", cmp.Or(v.Publication, "not named"))
	})
}

type criteriaForgetCmd struct{}

// Run forgets the licensed copy.
func (criteriaForgetCmd) Run(ctx context.Context, r *run) error {
	if _, err := change[nothing](ctx, r, "criteria.forget", &struct{}{}); err != nil {
		return err
	}
	r.note("The licensed wording is forgotten.")
	return nil
}
