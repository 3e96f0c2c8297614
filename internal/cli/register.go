package cli

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"assay/internal/api"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/register/all"
	"assay/internal/review"
	"assay/internal/training"
)

// of says which register a command is about; the grammar sets it.
type of struct{ D *register.Declaration }

// registerCommands are the commands of every register that is declared as data:
// one for each, with the same verbs and a verb for each of its moves.
func registerCommands() (out []kong.Option) {
	declared := all.Declarations()
	for i := range declared {
		d := &declared[i]
		out = append(out, kong.DynamicCommand(strings.ReplaceAll(d.Noun, "_", "-"), d.Title+": "+strings.Join(verbsOf(d), ", ")+".", "programme", commandsOf(d)))
	}
	return out
}

func verbsOf(d *register.Declaration) []string {
	out := []string{"list", "show", "add", "edit", "import", "export"}
	for i := range d.Moves {
		out = append(out, strings.ReplaceAll(d.Moves[i].Name, "_", "-"))
	}
	if len(out) > 10 {
		out = append(out[:10], "…")
	}
	return out
}

// verb is one command of a register.
type verb struct {
	name, help string
	command    any // the command itself, not a pointer to it
}

// commandsOf makes the struct that the command line's grammar is read from: a
// member for each verb.
func commandsOf(d *register.Declaration) any {
	about := of{d}
	verbs := []verb{
		{"list", "The register.", registerListCmd{of: about}},
		{"show", "One " + d.One + " with its versions.", registerShowCmd{of: about}},
		{"fields", "What " + d.AnOne() + " has: names, types and what they mean.", registerFieldsCmd{of: about}},
		{"add", "Put " + d.AnOne() + " in the register.", registerAddCmd{of: about}},
		{"edit", "Change what it says.", registerEditCmd{of: about}},
		{"archive", "Take it out of the register.", registerArchiveCmd{of: about}},
		{"restore", "Bring it back.", registerRestoreCmd{of: about}},
		{"import", "Read records from a CSV or XLSX file.", registerImportCmd{of: about}},
		{"export", "Write the register as CSV, JSON or XLSX.", registerExportCmd{registerListCmd: registerListCmd{of: about}}},
		{"template", "Write an empty file to fill in.", registerTemplateCmd{of: about}},
	}
	if d.Starters != nil {
		verbs = append(verbs, verb{"starters", "What the catalog offers to begin with.", registerStartersCmd{of: about}},
			verb{"adopt", "Begin records with what the catalog offers.", registerAdoptCmd{of: about}})
	}
	if len(d.Settings) > 0 {
		verbs = append(verbs, verb{"settings", "The settings of the register.", registerSettingsCmd{of: about}}, verb{"set", "Change settings.", registerSetCmd{of: about}})
	}
	if d.Noun == training.Noun {
		verbs = append(verbs, trainingVerbs(about)...)
	}
	if d.Noun == review.Noun {
		verbs = append(verbs, reviewVerbs(about)...)
	}
	verbs = append(verbs, gapVerbs(d)...)
	if d.Noun == engagement.PopulationNoun {
		verbs = append(verbs, verb{"items", "Write the items that were captured, as CSV, XLSX or JSON.", populationItemsCmd{of: about}})
	}
	if d.Noun == engagement.SheetNoun {
		verbs = append(verbs, sheetVerbs(about)...)
	}
	if d.Noun == engagement.Noun {
		verbs = append(verbs, engagementVerbs(about)...)
	}
	if d.Noun == engagement.SampleNoun {
		verbs = append(verbs, sampleVerbs()...)
	}
	for i := range d.Moves {
		m := &d.Moves[i]
		verbs = append(verbs, verb{strings.ReplaceAll(m.Name, "_", "-"), m.Label + ".", registerMoveCmd{of: about, M: m}})
		if m.Freezes != "" {
			verbs = append(verbs, verb{"snapshot", "Write what was frozen with it, as JSON.", registerSnapshotCmd{of: about}})
		}
	}
	members := make([]reflect.StructField, 0, len(verbs))
	for i, v := range verbs {
		members = append(members, reflect.StructField{
			Name: "V" + strings.Repeat("x", i), Type: reflect.TypeOf(v.command), Tag: reflect.StructTag(`cmd:"" name:"` + v.name + `" help:"` + strings.ReplaceAll(v.help, `"`, "'") + `"`),
		})
	}
	made := reflect.New(reflect.StructOf(members))
	for i, v := range verbs {
		made.Elem().Field(i).Set(reflect.ValueOf(v.command))
	}
	return made.Interface()
}

type registerListCmd struct {
	of       `kong:"-"`
	Query    string   `placeholder:"TEXT" help:"Words that all are in the text."`
	Filter   []string `placeholder:"FIELD:VALUE" sep:"none" help:"Only these, such as state:open; several values with commas between."`
	Until    []string `placeholder:"FIELD:DAY" sep:"none" help:"Only with a date before this day."`
	Sort     string   `placeholder:"FIELD" help:"In the order of a field; - before it for the highest first."`
	Archived bool     `help:"What was archived."`
}

func (c *registerListCmd) filter() api.RecordsFilter {
	return api.RecordsFilter{Query: c.Query, Filter: c.Filter, Until: c.Until, Sort: c.Sort, Archived: c.Archived}
}

// Run lists a register.
func (c *registerListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Records](ctx, r, c.D.Noun+".list", &api.RecordsIn{RecordsFilter: c.filter()})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Records) {
		if len(v.Records) == 0 {
			p.line("There is none. Add one: assay %s add %s=…", strings.ReplaceAll(c.D.Noun, "_", "-"), c.D.Label)
			return
		}
		head := []string{"id", c.D.Label}
		for i := range c.D.Fields {
			if f := &c.D.Fields[i]; f.Listed && f.Name != c.D.Label && f.Type != register.Person {
				head = append(head, f.Name)
			}
		}
		rows := [][]string{append(head, "state")}
		for i := range v.Records {
			row := make([]string, 0, len(head)+1)
			for _, name := range rows[0] {
				row = append(row, cmp.Or(clip(strings.Join(strings.Fields(v.Records[i].Text(name)), " "), 44), "–"))
			}
			rows = append(rows, row)
		}
		p.table(rows)
	})
}

type registerShowCmd struct {
	of `kong:"-"`
	ID string `arg:"" help:"Such as R-07."`
}

// Run shows a record.
func (c *registerShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.RecordDetail](ctx, r, c.D.Noun+".show", &api.ID{ID: strings.ToUpper(c.ID)})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.RecordDetail) {
		p.record(c.D, &v.Record)
		p.line("")
		rows := [][]string{{"version", "act", "state", "by", "at", "reason"}}
		for _, one := range v.Versions {
			rows = append(rows, []string{strconv.Itoa(one.Version), one.Act, one.State, one.ByName, one.At.Format("2006-01-02 15:04"), clip(one.Reason, 60)})
		}
		p.table(rows)
	})
}

func (p *paper) record(d *register.Declaration, v *api.Record) {
	p.line("%s  %s, %s", v.Text("id"), v.Text("label"), d.State(v.Text("state")).Label)
	var rows [][]string
	for i := range d.Fields {
		f := &d.Fields[i]
		if text := v.Text(f.Name); text != "" && f.Name != d.Label {
			rows = append(rows, []string{"  " + f.Name, clip(strings.Join(strings.Fields(text), " "), 100)})
		}
	}
	p.table(rows)
}

type registerFieldsCmd struct {
	of `kong:"-"`
}

type fieldsOut struct {
	Fields []fieldOut `json:"fields"`
}

type fieldOut struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Entered  string   `json:"entered"` // by add and edit, by a move, or by nobody
	Meaning  string   `json:"meaning"`
	Values   []string `json:"values,omitempty"`
}

// Run lists the fields; it needs no store.
func (c *registerFieldsCmd) Run(_ context.Context, r *run) error {
	out := &fieldsOut{}
	for i := range c.D.Fields {
		f := &c.D.Fields[i]
		one := fieldOut{Name: f.Name, Type: string(f.Type), Required: f.Required, Entered: "add, edit", Meaning: strings.TrimSpace(f.Label + ". " + f.Help)}
		switch {
		case f.Derived:
			one.Entered = "worked out"
		case f.ByMove:
			one.Entered = "with a move"
		}
		if f.Many {
			one.Type += ", several"
		}
		for _, o := range f.Options {
			one.Values = append(one.Values, o.Value)
		}
		out.Fields = append(out.Fields, one)
	}
	return emit(r, out, func(p *paper, v *fieldsOut) {
		rows := [][]string{{"field", "type", "entered", "meaning"}}
		for _, f := range v.Fields {
			kind := f.Type
			if f.Required {
				kind += ", needed"
			}
			meaning := f.Meaning
			if len(f.Values) > 0 {
				meaning += " One of: " + strings.Join(f.Values, ", ") + "."
			}
			rows = append(rows, []string{f.Name, kind, f.Entered, meaning})
		}
		p.table(rows)
	})
}

type registerExportCmd struct {
	registerListCmd `embed:""`
	File            string `arg:"" optional:"" help:"Where to write; standard output unless given."`
	Format          string `enum:"csv,json,xlsx," default:"" placeholder:"FORMAT" help:"csv, json or xlsx; by the file's name unless given."`
}

// Run writes a register as a file.
func (c *registerExportCmd) Run(ctx context.Context, r *run) error {
	in := &api.RecordExportIn{RecordsFilter: c.filter(), Format: formatOf(c.Format, c.File)}
	return fetched(ctx, r, c.D.Noun+".export", in, c.File)
}

type populationItemsCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as PO-01."`
	File   string `arg:"" optional:"" help:"Where to write; standard output unless given."`
	Format string `enum:"csv,json,xlsx," default:"" placeholder:"FORMAT" help:"csv, xlsx with the query, or json as the log commits to it; by the file's name unless given."`
}

// Run writes the items of a population to a file.
func (c *populationItemsCmd) Run(ctx context.Context, r *run) error {
	return fetched(ctx, r, "population.items", &api.PopulationFileIn{ID: strings.ToUpper(c.ID), Format: formatOf(c.Format, c.File)}, c.File)
}

func formatOf(format, file string) string {
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), ".")
	if format == "" && (ending == "csv" || ending == "json" || ending == "xlsx") {
		return ending
	}
	return cmp.Or(format, "csv")
}

// fetched writes what an operation sends to a file, or to standard output.
func fetched[In any](ctx context.Context, r *run, operation string, in *In, to string) error {
	c, err := r.client(ctx)
	if err != nil {
		return err
	}
	body, err := api.Fetch(ctx, c, operation, in)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if to == "" || to == "-" {
		_, err = io.Copy(r.Stdout, body)
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s cannot be written: %v.", to, err)
	}
	if _, err := io.Copy(f, body); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	r.note("Written to %s.", to)
	return nil
}

type registerTemplateCmd struct {
	of     `kong:"-"`
	File   string `arg:"" optional:"" help:"Where to write; standard output unless given."`
	Format string `enum:"csv,xlsx," default:"" placeholder:"FORMAT" help:"csv or xlsx; by the file's name unless given."`
}

// Run writes an empty file.
func (c *registerTemplateCmd) Run(ctx context.Context, r *run) error {
	return fetched(ctx, r, c.D.Noun+".template", &api.TemplateIn{Format: formatOf(c.Format, c.File)}, c.File)
}

type registerSnapshotCmd struct {
	of   `kong:"-"`
	ID   string `arg:"" help:"Id."`
	File string `arg:"" optional:"" help:"Where to write; standard output unless given."`
}

// Run writes what was frozen.
func (c *registerSnapshotCmd) Run(ctx context.Context, r *run) error {
	return fetched(ctx, r, c.D.Noun+".snapshot", &api.ID{ID: strings.ToUpper(c.ID)}, c.File)
}

type registerStartersCmd struct {
	of `kong:"-"`
	Of string `placeholder:"ID" help:"Record that is to own them, such as EN-01."`
}

// Run lists what the catalog offers.
func (c *registerStartersCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Starters](ctx, r, c.D.Noun+".starters", &api.StartersIn{Of: strings.ToUpper(c.Of)})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Starters) {
		rows := [][]string{{"id", "group", "title", ""}}
		for i := range v.Starters {
			s := &v.Starters[i]
			taken := ""
			if s.Taken {
				taken = "in the register"
			} else if s.Unfit != "" {
				taken = s.Unfit
			}
			rows = append(rows, []string{s.ID, s.Group, clip(s.Title, 80), taken})
		}
		p.table(rows)
	})
}

type registerSettingsCmd struct {
	of `kong:"-"`
}

// Run shows the settings.
func (c *registerSettingsCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Record](ctx, r, c.D.Noun+".settings", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Record) {
		rows := [][]string{{"setting", "value", "meaning"}}
		for i := range c.D.Settings {
			f := &c.D.Settings[i]
			rows = append(rows, []string{f.Name, v.Text(f.Name), f.Label})
		}
		p.table(rows)
	})
}
