package cli

import (
	"cmp"
	"context"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type programCmd struct {
	List programListCmd `cmd:"" help:"The reporting programs."`
	Show programShowCmd `cmd:"" help:"A program with its criteria."`
	Add  programAddCmd  `cmd:"" help:"Begin a program."`
}

type programListCmd struct{}

// Run lists the programs.
func (programListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Programs](ctx, r, "program.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Programs) {
		if len(v.Programs) == 0 {
			p.line("No program yet. For a first one: assay program add --suggest")
			return
		}
		rows := [][]string{{"program", "name", "dates", "categories", "state", "current"}}
		for i := range v.Programs {
			x := &v.Programs[i]
			current := ""
			if x.Current {
				current = "yes"
			}
			rows = append(rows, []string{x.Slug, x.Name, x.Dates, strings.Join(x.Categories, " "), x.State, current})
		}
		p.table(rows)
	})
}

type programShowCmd struct {
	Program string `arg:"" optional:"" help:"Slug or id; the current one unless given."`
}

// Run shows a program.
func (c *programShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.ProgramDetail](ctx, r, "program.show", &api.ID{ID: cmp.Or(c.Program, r.Period, "current")})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ProgramDetail) {
		p.line("%s  %s, %s, %s", v.Slug, v.Name, v.Dates, v.State)
		p.line("categories  %s", strings.Join(v.Categories, " "))
		p.line("criteria    %d in scope: %s", len(v.Criteria), strings.Join(v.Criteria, " "))
		for i := range v.Omissions {
			o := &v.Omissions[i]
			state := "approved"
			if o.Approved == "" {
				state = "waits for approval"
			}
			p.line("left out    %s (%s): %s", o.Criterion, state, o.Reason)
		}
	})
}

type programAddCmd struct {
	Name     string   `help:"Such as \"FY26 Type 2\"."`
	Type     string   `enum:"type1,type2" default:"type2" help:"type1 (as of a day) or type2 (over a period)."`
	Category []string `default:"security" placeholder:"CATEGORY" help:"security, availability, processing_integrity, confidentiality, privacy. Repeatable."`
	From     string   `placeholder:"DATE" help:"First day, or the as-of day."`
	To       string   `placeholder:"DATE" help:"Last day."`
	Current  bool     `help:"Make it the one that pages and commands show unless another is named. The first program is by itself."`
	Suggest  bool     `help:"For whoever does not know yet: three months from the first of next month."`
}

// Run begins a program.
func (c *programAddCmd) Run(ctx context.Context, r *run) error {
	in := &api.ProgramIn{Body: api.ProgramFields{Name: c.Name, Type: c.Type, Categories: c.Category, From: c.From, To: c.To, Current: c.Current}}
	if c.Suggest {
		s, err := call[api.ProgramFields](ctx, r, "program.suggest", &struct{}{})
		if err != nil {
			return err
		}
		s.Name, s.From, s.To, s.Current = cmp.Or(c.Name, s.Name), cmp.Or(c.From, s.From), cmp.Or(c.To, s.To), c.Current
		in.Body = *s
	}
	if in.Body.Name == "" || in.Body.From == "" {
		return fault.New(fault.Invalid, "Give --name and --from, or --suggest.")
	}
	in.Body.State = ""
	out, err := change[api.Program](ctx, r, "program.add", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Program) {
		p.line("Began %s, %s.", v.Name, v.Dates)
		if !v.Current {
			p.line("The current program stays the one it was. To change that: Settings, Programs.")
		}
	})
}
