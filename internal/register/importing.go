package register

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
	"assay/internal/trail"
)

// Outcome is what an import does with a row.
type Outcome string

// The outcomes.
const (
	Added   Outcome = "add"
	Changed Outcome = "change"
	Same    Outcome = "same"
	Refused Outcome = "refuse"
)

// RowResult is what an import does with one row of the file.
type RowResult struct {
	Line    int
	ID      string // of the record; empty for one that would be added
	Label   string
	Outcome Outcome
	Changes map[string]string // before and after
	Errors  []fault.Field     // why it is refused; Name is the column, empty for the row
}

// Imported says what an import did, or would do.
type Imported struct {
	Applied bool
	Rows    []RowResult
	Counts  map[Outcome]int
	Ignored []string // headings that mean nothing here
}

// Intake is a file to read records from.
type Intake struct {
	File  []byte // CSV or XLSX
	Apply bool   // save what it says
	Of    string // id of the record that owns those of a file without a column for it; empty if it has one
}

// Import reads records from a file. A row is matched by id, else by external id,
// else by what records are called; a column that the file lacks keeps what is
// known, an empty cell empties it. Usable rows are kept whatever the others are.
func (b *Book) Import(ctx context.Context, who access.Actor, noun string, in Intake) (*Imported, error) {
	if len(in.File) > MostImport {
		return nil, fault.New(fault.TooLarge, "The file is larger than 16 MiB. Split it.")
	}
	t, lines, err := sheet.Read(in.File, mostRows)
	if err != nil {
		return nil, err
	}
	res := &Imported{Applied: in.Apply, Counts: map[Outcome]int{}}
	d, err := b.Of(noun)
	if err != nil {
		return nil, err
	}
	fields, err := d.columns(t.Head, res)
	if err != nil {
		return nil, err
	}
	run := func(w *work) error {
		m, err := w.merge(fields, &in)
		if err != nil {
			return err
		}
		for i, row := range t.Rows {
			one, err := m.take(lines[i], row)
			if err != nil {
				return err
			}
			res.Rows = append(res.Rows, one)
			res.Counts[one.Outcome]++
		}
		if !in.Apply {
			return nil
		}
		return trail.Add(w.tx, trail.Act{Action: noun + ".import", Noun: noun, Object: "import", Label: d.Title + " imported", Detail: map[string]string{
			"added": strconv.Itoa(res.Counts[Added]), "changed": strconv.Itoa(res.Counts[Changed]),
			"same": strconv.Itoa(res.Counts[Same]), "refused": strconv.Itoa(res.Counts[Refused]),
		}})
	}
	if in.Apply {
		return res, b.write(ctx, who, noun, run)
	}
	if _, err := who.May(d.Edit); err != nil {
		return nil, err
	}
	return res, b.read(ctx, who, noun, run)
}

// columns finds the field of each heading; "" for those that are not taken.
func (d *Declaration) columns(head []string, res *Imported) ([]string, error) {
	out := make([]string, len(head))
	entered := d.Entered()
	var own []string
	for _, h := range d.headings(true) {
		own = append(own, spelled(h))
	}
	for i, h := range head {
		s := spelled(h)
		j := slices.IndexFunc(entered, func(f Field) bool {
			return spelled(f.Name) == s || spelled(f.Label) == s || slices.Contains(f.Also, strings.ToLower(strings.TrimSpace(h)))
		})
		switch {
		case s == "id" || s == "external_id":
			out[i] = s
		case j >= 0:
			out[i] = entered[j].Name
		case slices.Contains(own, s): // what an export says beside it
		case h != "":
			res.Ignored = append(res.Ignored, h)
		}
		if out[i] != "" && slices.Contains(out[:i], out[i]) {
			return nil, fault.New(fault.Invalid, "Two columns are headed %s.", h)
		}
	}
	for _, name := range d.apart() {
		if !slices.Contains(out, name) && !slices.Contains(out, "id") {
			return nil, fault.New(fault.Invalid, "The file has neither a column id nor a column %s. Begin with the template.", name)
		}
	}
	return out, nil
}

// apart are the fields by which an import tells records apart that have no id.
func (d *Declaration) apart() []string {
	if len(d.Apart) == 0 {
		return []string{d.Label}
	}
	return d.Apart
}

func spelled(heading string) string {
	return strings.NewReplacer(" ", "_", "-", "_", ".", "_").Replace(strings.ToLower(strings.TrimSpace(heading)))
}

// merge is a register while a file is worked into it.
type merge struct {
	*work
	fields   []string // of the columns
	apply    bool
	of       string // owner of the rows that name none
	byID     map[string]*Record
	external map[string]string // external id, by itself and with its owner -> id; "" when several
	named    map[string]string // label and owner -> id; "" when several
	line     map[string]int    // id -> line of the file that has it
}

func (w *work) merge(fields []string, in *Intake) (*merge, error) {
	list, err := all(w.tx, w.d.Noun)
	if err != nil {
		return nil, err
	}
	m := &merge{work: w, fields: fields, apply: in.Apply, byID: map[string]*Record{}, external: map[string]string{}, named: map[string]string{}, line: map[string]int{}}
	if w.d.Parent != "" && !slices.Contains(fields, w.d.ParentBy) {
		m.of = strings.ToUpper(strings.TrimSpace(in.Of))
	}
	for i := range list {
		m.put(&list[i])
	}
	return m, nil
}

func (m *merge) put(r *Record) {
	m.byID[r.ID] = r
	if r.ExternalID != "" {
		owner := "\n" + strings.ToUpper(r.Get(m.d.ParentBy))
		m.external[r.ExternalID+owner] = r.ID
		if have, ok := m.external[r.ExternalID]; ok && have != r.ID && m.d.Parent != "" {
			m.external[r.ExternalID] = ""
		} else {
			m.external[r.ExternalID] = r.ID
		}
	}
	if !r.ArchivedAt.IsZero() {
		return
	}
	key := m.name(r.Get, r.Get(m.d.ParentBy))
	if have, ok := m.named[key]; ok && have != r.ID {
		m.named[key] = ""
	} else {
		m.named[key] = r.ID
	}
}

// name is what tells a record apart that has no id; text gives a field's, as it is
// kept or, if it can be read, as it is entered.
func (m *merge) name(text func(string) string, owner string) string {
	owner = strings.ToUpper(strings.TrimSpace(owner))
	parts := []string{owner}
	for _, name := range m.d.apart() {
		f, _ := m.d.Field(name)
		said := oneLine(text(name))
		if read, err := f.read(said, &m.look); err == nil {
			said = read
		}
		parts = append(parts, strings.ToLower(said))
	}
	return strings.Join(parts, "\n")
}

// take works one row in.
func (m *merge) take(line int, row []string) (out RowResult, err error) {
	in := Input{Fields: map[string][]string{}, Part: true}
	id := ""
	for i, text := range row {
		switch name := m.fields[i]; name {
		case "":
		case "id":
			id = strings.ToUpper(strings.TrimSpace(text))
		case "external_id":
			in.ExternalID = oneLine(text)
		default:
			in.Fields[name] = []string{text}
		}
	}
	if m.of != "" {
		in.Fields[m.d.ParentBy] = []string{m.of}
	}
	label, owner := strings.Join(in.Fields[m.d.Label], ""), strings.Join(in.Fields[m.d.ParentBy], "")
	out = RowResult{Line: line, Label: oneLine(label), Outcome: Refused}
	refuse := func(column, format string, args ...any) (RowResult, error) {
		out.Errors = []fault.Field{{Name: column, Text: fmt.Sprintf(format, args...)}}
		return out, nil
	}
	known := m.byID[id]
	if id != "" && known == nil {
		return refuse("id", "There is no %s %s. Leave the cell empty to add one.", m.d.One, clip(id))
	}
	if known == nil {
		key := in.ExternalID
		if owner = strings.ToUpper(strings.TrimSpace(owner)); owner != "" {
			key += "\n" + owner
		}
		known = m.byID[m.external[key]]
	}
	if known == nil && in.ExternalID == "" {
		known = m.byID[m.named[m.name(func(name string) string { return strings.Join(in.Fields[name], "") }, owner)]]
	}
	if known == nil {
		return m.new(&in, &out)
	}
	out.ID, out.Label = known.ID, known.Label(m.d)
	switch before, twice := m.line[known.ID]; {
	case twice:
		return refuse("", "It is the same %s as line %d.", m.d.One, before)
	case !known.ArchivedAt.IsZero():
		return refuse("", "%s is archived. Bring it back first.", known.ID)
	}
	m.line[known.ID] = line
	return m.old(known, &in, &out)
}

func (m *merge) new(in *Input, out *RowResult) (RowResult, error) {
	in.Part = false
	r := Record{Noun: m.d.Noun, State: m.d.States[0].Name, Values: Values{}, ExternalID: in.ExternalID}
	bad, err := m.fill(&r, in, m.d.Entered())
	if err != nil {
		return *out, err
	}
	if len(bad) == 0 {
		if bad, err = m.check(&r); err != nil {
			return *out, err
		}
	}
	if len(bad) > 0 {
		out.Errors = bad
		return *out, nil
	}
	if out.Outcome = Added; !m.apply {
		r.ID = fmt.Sprintf("line %d", out.Line)
	} else if err := m.insert(&r, ""); err != nil {
		return *out, err
	}
	m.line[r.ID] = out.Line
	m.put(&r)
	if m.apply {
		out.ID = r.ID
	}
	return *out, nil
}

func (m *merge) old(known *Record, in *Input, out *RowResult) (RowResult, error) {
	if in.ExternalID == "" {
		in.ExternalID = known.ExternalID
	}
	r := *known
	r.Values = known.Values.Clone()
	if st := m.d.State(r.State); st.Fixed {
		if bad, err := m.fill(&r, in, m.d.Entered()); err != nil || len(bad) == 0 && len(changes(known.Values, r.Values)) == 0 {
			out.Outcome = Same
			return *out, err
		}
		out.Errors = []fault.Field{{Text: r.ID + " is " + strings.ToLower(st.Label) + "; what it says is not changed any more."}}
		return *out, nil
	}
	bad, err := m.fill(&r, in, m.d.Entered())
	if err != nil {
		return *out, err
	}
	if len(bad) == 0 {
		if bad, err = m.check(&r); err != nil {
			return *out, err
		}
	}
	if len(bad) > 0 {
		out.Errors = bad
		return *out, nil
	}
	out.Changes = changes(known.Values, r.Values)
	if in.ExternalID != known.ExternalID {
		out.Changes["external_id"] = known.ExternalID + " → " + in.ExternalID
		r.ExternalID = in.ExternalID
	}
	if out.Outcome = Same; len(out.Changes) == 0 {
		return *out, nil
	}
	out.Outcome = Changed
	if m.apply {
		detail := map[string]string{"line": strconv.Itoa(out.Line)}
		maps.Copy(detail, out.Changes)
		if err := m.keep(&r, "edit", "", detail); err != nil {
			return *out, err
		}
	}
	m.put(&r)
	return *out, nil
}
