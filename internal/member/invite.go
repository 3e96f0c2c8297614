package member

import (
	"context"
	"fmt"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
	"assay/internal/org"
	"assay/internal/standing"
)

// The limits of a file of people to invite.
const (
	MostFile = 1 << 20 // bytes
	mostRows = 1000
)

// Outcome is what becomes of a row.
type Outcome string

// The outcomes.
const (
	Invited Outcome = "invite"
	Known   Outcome = "known" // a member, or invited, already: nothing to do
	Refused Outcome = "refuse"
)

// Row is what became of one row of a file.
type Row struct {
	Line    int
	Name    string
	Email   string
	Role    access.Role
	Outcome Outcome
	Why     string // it is refused, or known
	Column  string // which is wrong; empty if the row is
	Secret  string // of the link, of a row that was invited; kept nowhere
}

// Result is what became of a file.
type Result struct {
	Applied bool
	Rows    []Row
	Ignored []string // headings that mean nothing here
	Counts  map[Outcome]int
}

// Columns are the headings that are read. All but until are needed.
func Columns() []string { return []string{"name", "email", "role", "until"} }

// Template is a file with the headings alone.
func Template() []byte { return []byte(strings.Join(Columns(), ",") + "\r\n") }

// Invite reads people from a CSV file or a workbook and makes a link for each. Without
// apply nothing is made, and each row says what would become of it. A row that is wrong
// is refused alone; who is a member or invited already is left as they are, so that
// the same file can be read twice.
func Invite(ctx context.Context, s auth.Service, who access.Actor, file []byte, apply bool) (*Result, error) {
	g, err := who.May(access.UserInvite)
	if err != nil {
		return nil, err
	}
	if len(file) > MostFile {
		return nil, fault.New(fault.TooLarge, "The file is larger than %d MiB. Nothing was read.", MostFile>>20)
	}
	t, lines, err := sheet.Read(file, mostRows)
	if err != nil {
		return nil, err
	}
	at, ignored, err := columns(t.Head)
	if err != nil {
		return nil, err
	}
	var o org.Org
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		o, err = org.Load(tx)
		return err
	}); err != nil {
		return nil, err
	}
	f := reading{at: at, zone: o.Location(), seen: map[string]int{}, out: &Result{Applied: apply, Ignored: ignored, Counts: map[Outcome]int{}}}
	for i, cells := range t.Rows {
		f.take(lines[i], cells)
	}
	if err := f.judge(ctx, s, who); err != nil {
		return nil, err
	}
	if apply {
		f.invite(ctx, s, who)
	}
	for i := range f.out.Rows {
		f.out.Counts[f.out.Rows[i].Outcome]++
	}
	return f.out, nil
}

// columns finds where each column stands.
func columns(head []string) (at map[string]int, ignored []string, err error) {
	at = map[string]int{}
	for i, h := range head {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(h)), " ", "_")
		switch name {
		case "name", "email", "role", "until":
			if _, twice := at[name]; twice {
				return nil, nil, fault.New(fault.Invalid, "Two columns of the file are both %q.", name)
			}
			at[name] = i
		case "":
		default:
			ignored = append(ignored, strings.TrimSpace(h))
		}
	}
	for _, needed := range Columns()[:3] {
		if _, ok := at[needed]; !ok {
			return nil, nil, fault.New(fault.Invalid, "The file has no column %q. The columns are: %s.", needed, strings.Join(Columns(), ", "))
		}
	}
	return at, ignored, nil
}

// reading is a file while it is read.
type reading struct {
	at   map[string]int
	zone *time.Location
	seen map[string]int // address -> line
	list []auth.New     // of the rows that can be asked about
	rows []int          // which those are
	out  *Result
}

func (f *reading) cell(cells []string, name string) string {
	i, ok := f.at[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

// take reads a row. What is wrong with it alone is said here.
func (f *reading) take(line int, cells []string) {
	r := Row{Line: line, Name: f.cell(cells, "name"), Email: f.cell(cells, "email"), Role: access.Role(strings.ToLower(f.cell(cells, "role"))), Outcome: Refused}
	in := auth.New{Name: r.Name, Email: r.Email, Role: r.Role}
	text := f.cell(cells, "until")
	day, err := standing.ParseDate(text)
	key := strings.ToLower(r.Email)
	switch above, twice := f.seen[key]; {
	case r.Email == "":
		r.Why, r.Column = "There is no address.", "email"
	case twice:
		r.Why, r.Column = fmt.Sprintf("Line %d has this address already.", above), "email"
	case text != "" && err != nil:
		r.Why, r.Column = "Give a day such as 2026-03-31.", "until"
	default:
		if text != "" {
			in.Until = (day + 1).Start(f.zone)
		}
		f.list, f.rows = append(f.list, in), append(f.rows, len(f.out.Rows))
	}
	if _, twice := f.seen[key]; !twice {
		f.seen[key] = line
	}
	f.out.Rows = append(f.out.Rows, r)
}

// judge says what would become of each row that can be asked about.
func (f *reading) judge(ctx context.Context, s auth.Service, who access.Actor) error {
	why, open, err := s.Invitable(ctx, who, f.list)
	if err != nil {
		return err
	}
	for i, n := range f.rows {
		f.out.Rows[n].became(why[i], open[i])
	}
	return nil
}

// became says what becomes of the row that is refused for a reason, or is not.
func (r *Row) became(why error, open bool) {
	r.Outcome, r.Why = Invited, ""
	switch {
	case fault.Is(why, fault.Conflict):
		r.Outcome, r.Why = Known, fault.Text(why)
	case why != nil:
		r.Outcome, r.Why = Refused, fault.Text(why)
		if fields := fault.FieldsOf(why); len(fields) > 0 {
			r.Column, r.Why = fields[0].Name, fields[0].Text
		}
	case open:
		r.Outcome, r.Why = Known, r.Email+" is invited already. Withdraw that invitation to make another."
	}
}

// invite makes the links. What was in force when a row was judged may have changed
// since, and a store may fail: then the row says so, and the links of the others are not
// lost.
func (f *reading) invite(ctx context.Context, s auth.Service, who access.Actor) {
	for i, n := range f.rows {
		r := &f.out.Rows[n]
		if r.Outcome != Invited {
			continue
		}
		_, secret, err := s.Invite(ctx, who, f.list[i])
		r.became(err, false)
		r.Secret = secret
	}
}
