package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/person"
)

type personCmd struct {
	List     personListCmd     `cmd:"" help:"The people of the organization."`
	Show     personShowCmd     `cmd:"" help:"One person with their history."`
	Add      personAddCmd      `cmd:"" help:"Put a person in the register."`
	Edit     personEditCmd     `cmd:"" help:"Change what is known of a person."`
	End      personEndCmd      `cmd:"" help:"Set a person's last day of work."`
	Import   personImportCmd   `cmd:"" help:"Read people from a CSV file."`
	Export   personExportCmd   `cmd:"" help:"Write the register as CSV, in the form that import reads."`
	Template personTemplateCmd `cmd:"" help:"Print an empty file to fill in."`
}

type personListCmd struct {
	State string `placeholder:"STATE" help:"Only these: joining, active, leaving, left."`
	Group string `help:"Only this department."`
	Query string `placeholder:"TEXT" help:"In name, address, title, group and external id."`
}

// Run lists people.
func (c *personListCmd) Run(ctx context.Context, r *run) error {
	in := &api.PeopleIn{}
	in.State, in.Group, in.Query = c.State, c.Group, c.Query
	out, err := whole[api.People](ctx, r, "person.list", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.People) {
		rows := [][]string{{"person", "name", "title", "group", "starts", "ends", "state"}}
		for i := range v.People {
			x := &v.People[i]
			rows = append(rows, []string{x.ID, x.Name, clip(x.Title, 30), x.Group, x.StartsOn, x.EndsOn, x.State})
		}
		p.table(rows)
		if v.Next != "" {
			p.line("%d of %d shown. Narrow the list, or see all with: assay person export", len(v.People), v.Total)
		}
	})
}

type personShowCmd struct {
	Person string `arg:"" help:"Id."`
}

// Run shows a person.
func (c *personShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.PersonDetail](ctx, r, "person.show", &api.ID{ID: c.Person})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.PersonDetail) {
		p.line("%s  %s, %s", v.ID, v.Name, v.State)
		p.line("%s · %s · %s · %s", cmp.Or(v.Title, "no title"), cmp.Or(v.Group, "no group"), v.Employment, cmp.Or(v.Email, "no address"))
		p.line("from %s to %s, manager %s", v.StartsOn, cmp.Or(v.EndsOn, "no end known"), cmp.Or(v.ManagerName, "none"))
		for i := range v.History {
			a := &v.History[i]
			p.line("  %s  %s by %s", a.At.Local().Format("2006-01-02 15:04"), a.Action, a.Name)
		}
	})
}

type personAddCmd struct {
	Name       string `arg:"" help:"Full name."`
	Email      string `help:"Work address."`
	Title      string `help:"Role in the organization."`
	Group      string `help:"Department."`
	Manager    string `placeholder:"ID" help:"Id of the manager."`
	Contractor bool   `help:"Not an employee."`
	Starts     string `required:"" placeholder:"DATE" help:"First day of work."`
	Ends       string `placeholder:"DATE" help:"Last day of work."`
	ExternalID string `name:"external-id" placeholder:"ID" help:"In the personnel system."`
}

// Run adds a person.
func (c *personAddCmd) Run(ctx context.Context, r *run) error {
	in := &api.PersonIn{Body: api.PersonFields{
		Name: c.Name, Email: c.Email, Title: c.Title, Group: c.Group, Manager: c.Manager, Employment: "employee",
		StartsOn: c.Starts, EndsOn: c.Ends, ExternalID: c.ExternalID,
	}}
	if c.Contractor {
		in.Body.Employment = "contractor"
	}
	out, err := change[api.Person](ctx, r, "person.add", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Person) { p.line("Added %s as %s, %s.", v.Name, v.ID, v.State) })
}

type personEndCmd struct {
	Person string `arg:"" help:"Id."`
	On     string `arg:"" optional:"" placeholder:"DATE" help:"Last day of work; without, the end is taken back."`
}

// Run sets the end.
func (c *personEndCmd) Run(ctx context.Context, r *run) error {
	in := &api.EndIn{ID: c.Person}
	in.Body.EndsOn = c.On
	if _, err := change[nothing](ctx, r, "person.end", in); err != nil {
		return err
	}
	r.note("%s: last day %s.", c.Person, cmp.Or(c.On, "not known"))
	return nil
}

type personImportCmd struct {
	File string `arg:"" help:"CSV file; - for standard input. assay person template prints an empty one."`
}

// Run imports people; with --dry-run it says what would be done.
func (c *personImportCmd) Run(ctx context.Context, r *run) error {
	text, err := r.read(c.File, person.MaxImport)
	if err != nil {
		return err
	}
	in := &api.PeopleImportIn{Apply: !r.DryRun, RawBody: text}
	dry := r.DryRun
	r.DryRun = false // the operation itself knows how
	out, err := change[api.PeopleImport](ctx, r, "person.import", in)
	if err != nil {
		return err
	}
	if err := emit(r, out, func(p *paper, v *api.PeopleImport) { printImport(p, v, dry) }); err != nil {
		return err
	}
	if out.Counts["refuse"] > 0 {
		return found(exitFailed)
	}
	return nil
}

func printImport(p *paper, v *api.PeopleImport, dry bool) {
	for i := range v.Rows {
		row := &v.Rows[i]
		for _, e := range row.Errors {
			p.line("line %d  %s: %s %s", row.Line, p.paint(red, "refused"), e.Field, e.Text)
		}
	}
	done := "added, changed and the same"
	if dry {
		done = "to add, to change and the same; nothing was done"
	}
	p.line("%d, %d and %d %s. %d refused.", v.Counts["add"], v.Counts["change"], v.Counts["same"], done, v.Counts["refuse"])
	if len(v.Ignored) > 0 {
		p.line("Columns that mean nothing here: %s", strings.Join(v.Ignored, ", "))
	}
	if n := len(v.Absent); n > 0 {
		p.line("%s not in the file and not marked as left; they are kept as they are.", count(n, "person is", "people are"))
	}
}

// read reads a file, or standard input for "-".
func (r *run) read(file string, most int64) ([]byte, error) {
	in := r.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", file, err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", file, err)
	}
	if int64(len(b)) > most {
		return nil, fault.New(fault.TooLarge, "%s is larger than %d MiB. Nothing was sent.", file, most>>20)
	}
	return b, nil
}

type personExportCmd struct {
	Out string `short:"o" default:"-" placeholder:"FILE" help:"Where to write it; standard output unless given."`
}

// Run writes the register.
func (c *personExportCmd) Run(ctx context.Context, r *run) error {
	return fetch(ctx, r, "person.export", &api.PeopleExportIn{}, c.Out)
}

// fetch writes an operation's file to a path, or to standard output for "-".
func fetch[In any](ctx context.Context, r *run, operation string, in *In, path string) error {
	cl, err := r.client(ctx)
	if err != nil {
		return err
	}
	body, err := api.Fetch(ctx, cl, operation, in)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if path == "-" {
		_, err := io.Copy(r.Stdout, body)
		return err
	}
	if _, err := os.Stat(path); err == nil && !r.Yes {
		return fault.New(fault.Conflict, "%s exists. Give another name, or --yes to write over it.", path)
	}
	n, err := writeWhole(path, body)
	if err == nil {
		r.note("Wrote %s, %d bytes.", path, n)
	}
	return err
}

type personTemplateCmd struct{}

// Run prints an empty file.
func (personTemplateCmd) Run(r *run) error {
	_, err := fmt.Fprint(r.Stdout, string(person.Template()))
	return err
}
