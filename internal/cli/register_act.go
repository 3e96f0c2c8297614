package cli

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// bodyOf reads NAME=VALUE arguments.
func bodyOf(args []string) (api.RecordBody, error) {
	out := api.RecordBody{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fault.New(fault.Invalid, "Write NAME=VALUE, not %q. What there is: the command fields.", clip(arg, 60))
		}
		if _, twice := out[name]; twice {
			return nil, fault.New(fault.Invalid, "%s is given twice. Values of a list have semicolons between.", name)
		}
		if err := out.Put(name, value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type registerAddCmd struct {
	of     `kong:"-"`
	Fields []string `arg:"" name:"name=value" sep:"none" help:"Fields: title='Account takeover' impact=4. What there is: the command fields."`
}

// Run puts a record in the register.
func (c *registerAddCmd) Run(ctx context.Context, r *run) error {
	body, err := bodyOf(c.Fields)
	if err != nil {
		return err
	}
	return changed(ctx, r, c.D, c.D.Noun+".add", &api.RecordIn{Body: body}, "is in the register")
}

// changed asks for a change and says what became of the record.
func changed[In any](ctx context.Context, r *run, d *register.Declaration, operation string, in *In, did string) error {
	out, err := change[api.Record](ctx, r, operation, in)
	if err != nil {
		return err
	}
	r.note("%s %s.", out.Text("id"), did)
	return emit(r, out, func(p *paper, v *api.Record) { p.record(d, v) })
}

type registerEditCmd struct {
	of      `kong:"-"`
	ID      string   `arg:"" help:"Such as R-07."`
	Fields  []string `arg:"" name:"name=value" sep:"none" help:"Fields to change; NAME= empties one."`
	Version int      `help:"The version that you read: if it is not the newest, nothing is saved."`
}

// Run changes a record.
func (c *registerEditCmd) Run(ctx context.Context, r *run) error {
	body, err := bodyOf(c.Fields)
	if err == nil && c.Version > 0 {
		err = body.Put("version", strconv.Itoa(c.Version))
	}
	if err != nil {
		return err
	}
	return changed(ctx, r, c.D, c.D.Noun+".edit", &api.RecordChangeIn{ID: strings.ToUpper(c.ID), Body: body}, "is changed")
}

type registerMoveCmd struct {
	of     `kong:"-"`
	M      *register.Move `kong:"-"`
	ID     string         `arg:"" help:"Such as R-07."`
	Fields []string       `arg:"" optional:"" name:"name=value" sep:"none" help:"What the step asks for."`
	Reason string         `placeholder:"TEXT" help:"Why."`
}

// Run takes a record a step on.
func (c *registerMoveCmd) Run(ctx context.Context, r *run) error {
	body, err := bodyOf(c.Fields)
	if err == nil && (c.Reason != "" || c.M.Why) {
		err = body.Put("reason", c.Reason)
	}
	if err != nil {
		return err
	}
	out, err := change[api.Record](ctx, r, c.D.Noun+"."+c.M.Name, &api.RecordChangeIn{ID: strings.ToUpper(c.ID), Body: body})
	if err != nil {
		return err
	}
	r.note("%s: %s.", out.Text("id"), strings.ToLower(c.D.State(out.Text("state")).Label))
	return emit(r, out, func(p *paper, v *api.Record) { p.record(c.D, v) })
}

type registerArchiveCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as R-07."`
	Reason string `required:"" placeholder:"TEXT" help:"Why."`
}

// Run takes a record out of the register.
func (c *registerArchiveCmd) Run(ctx context.Context, r *run) error {
	in := &api.ReasonIn{ID: strings.ToUpper(c.ID)}
	in.Body.Reason = c.Reason
	if _, err := change[nothing](ctx, r, c.D.Noun+".archive", in); err != nil {
		return err
	}
	r.note("%s is archived. Bring it back: assay %s restore %s", in.ID, strings.ReplaceAll(c.D.Noun, "_", "-"), in.ID)
	return nil
}

type registerRestoreCmd struct {
	of `kong:"-"`
	ID string `arg:"" help:"Such as R-07."`
}

// Run brings a record back.
func (c *registerRestoreCmd) Run(ctx context.Context, r *run) error {
	if _, err := change[nothing](ctx, r, c.D.Noun+".restore", &api.ID{ID: strings.ToUpper(c.ID)}); err != nil {
		return err
	}
	r.note("%s is back.", strings.ToUpper(c.ID))
	return nil
}

type registerImportCmd struct {
	of   `kong:"-"`
	File string `arg:"" help:"CSV or XLSX; - for standard input."`
	Of   string `placeholder:"ID" help:"Record that owns those of a file without a column for it, such as EN-01."`
}

// Run reads a file; with --dry-run it says what would be done.
func (c *registerImportCmd) Run(ctx context.Context, r *run) error {
	b, err := r.read(c.File, register.MostImport)
	if err == nil && len(bytes.TrimSpace(b)) == 0 {
		err = fault.New(fault.Invalid, "%s is empty. Begin with the template: assay %s template", c.File, strings.ReplaceAll(c.D.Noun, "_", "-"))
	}
	if err != nil {
		return err
	}
	in := &api.RecordImportIn{Apply: !r.DryRun, RawBody: b, Of: c.Of}
	var out *api.RecordImport
	if r.DryRun {
		out, err = call[api.RecordImport](ctx, r, c.D.Noun+".import", in)
	} else {
		out, err = change[api.RecordImport](ctx, r, c.D.Noun+".import", in)
	}
	if err != nil {
		return err
	}
	if err := emit(r, out, func(p *paper, v *api.RecordImport) { p.imported(v) }); err != nil {
		return err
	}
	if out.Counts[string(register.Refused)] > 0 {
		return found(exitUsage)
	}
	return nil
}

func (p *paper) imported(v *api.RecordImport) {
	for i := range v.Rows {
		row := &v.Rows[i]
		for _, e := range row.Errors {
			p.line("%s", p.paint(red, fmt.Sprintf("line %d  %s  %s: %s", row.Line, clip(row.Label, 40), e.Field, e.Text)))
		}
	}
	if len(v.Ignored) > 0 {
		p.line("columns that mean nothing here: %s", strings.Join(v.Ignored, ", "))
	}
	did := ""
	if !v.Applied {
		did = " Nothing was saved."
	}
	p.line("%d added, %d changed, %d as before, %d refused.%s", v.Counts["add"], v.Counts["change"], v.Counts["same"], v.Counts["refuse"], did)
}

type registerAdoptCmd struct {
	of       `kong:"-"`
	Starters []string `arg:"" optional:"" name:"starter" help:"Ids; what there is: the command starters."`
	Fitting  bool     `help:"All that fit and were not taken up."`
	Of       string   `placeholder:"ID" help:"Record that is to own them, such as EN-01."`
}

// Run begins records with what the catalog offers.
func (c *registerAdoptCmd) Run(ctx context.Context, r *run) error {
	in := &api.AdoptStartersIn{}
	in.Body.Starters, in.Body.Fitting, in.Body.Of = c.Starters, c.Fitting, strings.ToUpper(c.Of)
	out, err := change[api.Records](ctx, r, c.D.Noun+".adopt", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Records) {
		for i := range v.Records {
			p.line("%s  %s", v.Records[i].Text("id"), v.Records[i].Text("label"))
		}
		p.line("%s added.", count(len(v.Records), c.D.One, c.D.One+"s"))
	})
}

type registerSetCmd struct {
	of     `kong:"-"`
	Fields []string `arg:"" name:"name=value" sep:"none" help:"Settings; what there is: the command settings."`
}

// Run changes settings.
func (c *registerSetCmd) Run(ctx context.Context, r *run) error {
	body, err := bodyOf(c.Fields)
	if err != nil {
		return err
	}
	if _, err := change[nothing](ctx, r, c.D.Noun+".set", &api.RecordIn{Body: body}); err != nil {
		return err
	}
	r.note("Saved.")
	return nil
}
