package web

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"assay/internal/control"
	"assay/internal/register"
	"assay/internal/register/all"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// face is what a register's pages show besides what every register shows.
type face struct {
	nav     string   // id of its place in the navigation
	columns []string // fields of the list, in order, "name" or "name:heading"; those that are declared as listed if empty
	state   string   // heading of the last column; "State" if empty
	// answer is the sentence under the title. It may be nil.
	answer func(*registerPage, *register.Listing) view.Text
	// above fills what stands above the list. It may be nil.
	above func(*registerPage, *register.Listing, *page.RegisterView) error
	// cell is how a field of a record is shown in a list, if not as every other.
	cell func(*registerPage, string, *register.Record, *register.World) (page.RegisterCell, bool)
	// row adds to a row of the list. It may be nil.
	row func(*registerPage, *register.Record, *page.RegisterRow)
	// detail adds to the page of a record. It may be nil.
	detail func(*registerPage, *register.Detail, *page.RecordView) error
	// empty is said while there is no record.
	empty string
	// begin is said above what the library offers; the register's own words if empty.
	begin string
	// begun is said once some of it were added; what most need then if empty.
	begun string
	// upload is the move that takes a file as well, and field what its evidence is
	// put into.
	upload, field string
	most          int // rows that an owner shows; all if 0
}

// registerPage answers requests about one register.
type registerPage struct {
	s    *Server
	r    *request
	d    *register.Declaration
	face face

	names    map[string]string     // of people
	controls []control.Listed      // while they are asked for
	badges   map[string]view.Badge // of controls
	today    standing.Date
}

func (p *registerPage) base() string { return "/" + p.d.Path }

// under is an address of the register, for the owner that the list is narrowed to.
func (p *registerPage) under(path string) string {
	if of := p.r.URL.Query().Get(p.d.ParentBy); of != "" && p.d.Parent != "" && !strings.Contains(of, ",") {
		return p.base() + path + "?" + url.Values{p.d.ParentBy: {of}}.Encode()
	}
	return p.base() + path
}

// registerRoutes are the addresses of every register that is declared as data.
func (s *Server) registerRoutes(get, post func(string, handler)) {
	get("/populations/{id}/items", s.populationItems)
	declared := all.Declarations()
	for i := range declared {
		d := &declared[i]
		with := func(fn func(*registerPage) (answer, error)) handler {
			return func(r *request) (answer, error) {
				if err := r.may(d.Read); err != nil {
					return answer{}, err
				}
				return fn(&registerPage{s: s, r: r, d: d, face: faceOf(d.Noun), today: standing.DayOf(r.now, r.loc)})
			}
		}
		at := "/" + d.Path
		get(at, with((*registerPage).list))
		get(at+"/new", with((*registerPage).newForm))
		post(at+"/new", with((*registerPage).add))
		get(at+"/import", with((*registerPage).importForm))
		post(at+"/import", with((*registerPage).importFile))
		get(at+"/import/template", with((*registerPage).template))
		if d.Starters != nil {
			get(at+"/starters", with((*registerPage).startersForm))
			post(at+"/starters", with((*registerPage).adopt))
		}
		if len(d.Settings) > 0 {
			get(at+"/settings", with((*registerPage).settingsForm))
			post(at+"/settings", with((*registerPage).settingsSave))
		}
		get(at+"/{id}", with((*registerPage).record))
		get(at+"/{id}/edit", with((*registerPage).editForm))
		post(at+"/{id}/edit", with((*registerPage).edit))
		get(at+"/{id}/archive", with((*registerPage).archiveForm))
		post(at+"/{id}/archive", with((*registerPage).archive))
		post(at+"/{id}/restore", with((*registerPage).restore))
		for j := range d.Moves {
			m := &d.Moves[j]
			get(at+"/{id}/"+m.Name, with(func(p *registerPage) (answer, error) { return p.moveForm(m) }))
			post(at+"/{id}/"+m.Name, with(func(p *registerPage) (answer, error) { return p.move(m) }))
			if m.Freezes != "" {
				get(at+"/{id}/snapshot", with((*registerPage).snapshot))
			}
		}
	}
}

// filter reads what the address asks of a list.
func (p *registerPage) filter() (register.Filter, int) {
	q := p.r.URL.Query()
	f := register.Filter{
		Query: q.Get("q"), Sort: cmp.Or(q.Get("sort"), p.d.Sort), After: q.Get("after"), Before: q.Get("before"), Limit: 25, Archived: q.Get("archived") == "1",
	}
	if q.Get("size") == "100" {
		f.Limit = 100
	}
	for name := range q {
		field, ok := p.d.Field(name)
		if value := q.Get(name); value != "" && (name == "state" || ok && field.Indexed()) {
			f.Where = append(f.Where, register.Cond{Field: name, Any: strings.Split(value, ",")})
		}
	}
	if q.Get("due") == "1" && len(p.d.Dues) > 0 {
		f.Until = append(f.Until, register.Cond{Field: p.d.Dues[0].Field, Any: []string{(p.today + 31).String()}})
	}
	slices.SortFunc(f.Where, func(a, b register.Cond) int { return strings.Compare(a.Field, b.Field) })
	return f, f.Limit
}

// list is the page of the register.
func (p *registerPage) list() (answer, error) {
	f, size := p.filter()
	if format := p.r.URL.Query().Get("format"); format != "" {
		if err := p.r.who.Fresh(); err != nil {
			return answer{}, err
		}
		return p.export(f, register.Format(format))
	}
	l, err := p.s.Suite.Registers.List(p.r.Context(), p.r.who, p.d.Noun, f)
	if err != nil {
		return answer{}, err
	}
	p.names = l.Names
	v := page.RegisterView{Head: p.head(&l), List: p.s.listOf(p.r, plural(l.Total, p.d.One)), Key: p.d.Label, State: view.Column{Label: cmp.Or(p.face.state, "State"), Key: "state"}}
	if field, ok := p.d.Field(p.d.Label); ok {
		v.Label = field.Label
	}
	v.List.Order, v.List.Find = f.Sort, view.Find{Label: "Find " + p.d.AnOne(), Value: f.Query}
	v.List.Chips, v.List.Toggles = p.chips(&l), p.toggles()
	v.List.Pager = pagerOf(&l, size, f.After != "" || f.Before != "")
	fields := p.columns()
	for _, field := range fields {
		col := view.Column{Label: field.Label}
		if field.Indexed() && !field.Many {
			col.Key = field.Name
		}
		v.Columns = append(v.Columns, col)
	}
	if v.Rows, err = p.rows(l.Records, &l.World, fields); err != nil {
		return answer{}, err
	}
	if len(l.Records) == 0 {
		v.List.Empty = p.nothing(&l, v.List.Query.Clear())
	}
	v.Tabs = p.relatives()
	if p.face.above != nil {
		if err := p.face.above(p, &l, &v); err != nil {
			return answer{}, err
		}
	}
	return show(page.Register(p.s.shell(p.r, p.d.Title, p.face.nav, p.trailTo()...), v))
}

// trailTo are the crumbs above the register's own pages.
func (p *registerPage) trailTo(more ...view.Crumb) []view.Crumb {
	if len(more) == 0 {
		return nil
	}
	return append([]view.Crumb{{Label: p.d.Title, Href: p.base()}}, more...)
}

func (p *registerPage) export(f register.Filter, format register.Format) (answer, error) {
	var out bytes.Buffer
	if err := p.s.Suite.Registers.Export(p.r.Context(), p.r.who, p.d.Noun, f, format, &out); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: p.d.Path + "." + string(format), media: format.MediaType(), body: out.Bytes()}}, nil
}

func pagerOf(l *register.Listing, size int, moved bool) view.Pager {
	out := view.Pager{Size: size}
	n := len(l.Records)
	if n == 0 {
		return out
	}
	out.Text = strconv.Itoa(l.First) + " – " + strconv.Itoa(l.First+n-1) + " of " + view.Num(l.Total)
	if l.First > 1 && moved {
		out.Prev = l.Records[0].ID
	}
	if l.First+n-1 < l.Total {
		out.Next = l.Records[n-1].ID
	}
	return out
}

func (p *registerPage) head(l *register.Listing) view.Head {
	q := queryOf(p.r)
	h := view.Head{Title: p.d.Title, Actions: []view.Action{{Label: "Export", Icon: "dl", Menu: []view.Action{
		{Label: "CSV", Href: q.With("format", "csv")},
		{Label: "Excel", Href: q.With("format", "xlsx")},
		{Label: "JSON", Href: q.With("format", "json")},
	}}}}
	switch {
	case l.All == 0:
		h.Answer = view.Say(p.d.About)
	case p.face.answer != nil:
		h.Answer = p.face.answer(p, l)
	default:
		h.Answer = p.plainAnswer(l)
	}
	if !p.r.who.Can(p.d.Edit) {
		return h
	}
	h.More = []view.Action{{Label: "Import a file", Href: p.under("/import")}}
	if p.d.Starters != nil {
		h.More = append(h.More, view.Action{Label: "Choose from the library", Href: p.under("/starters")})
	}
	if len(p.d.Settings) > 0 {
		h.More = append(h.More, view.Action{Label: "Settings", Href: p.base() + "/settings"})
	}
	h.Actions = append(h.Actions, view.Action{Label: "Add " + p.d.One, Href: p.under("/new"), Icon: "plus", Look: view.Primary})
	return h
}

func (p *registerPage) plainAnswer(l *register.Listing) view.Text {
	open := 0
	for state, n := range l.Counts["state"] {
		if !p.d.State(state).Ended {
			open += n
		}
	}
	t := view.Text{view.B(plural(l.All, p.d.One))}
	if open == 0 {
		return append(t, view.T(", all of them ended."))
	}
	if open < l.All {
		return append(t, view.T(", "+view.Num(open)+" of them not ended."))
	}
	return append(t, view.T("."))
}

func (p *registerPage) chips(l *register.Listing) (out []view.Chip) {
	if l.All == 0 {
		return nil
	}
	q := p.r.URL.Query()
	if len(p.d.States) > 1 {
		chip := view.Chip{Name: "state", Label: cmp.Or(p.face.state, "State"), Value: q.Get("state")}
		if p.face.state != "" {
			chip.Label = "State"
		}
		for _, st := range p.d.States {
			chip.Options = append(chip.Options, view.Option{Value: st.Name, Label: st.Label, Count: view.Num(l.Counts["state"][st.Name])})
		}
		out = append(out, chip)
	}
	for i := range p.d.Fields {
		f := &p.d.Fields[i]
		if !f.Filter || !f.Indexed() || (f.Scale != nil && q.Get(f.Name) == "") {
			continue
		}
		chip := view.Chip{Name: f.Name, Label: f.Label, Value: q.Get(f.Name)}
		for _, o := range p.optionsOf(f, l) {
			if n := l.Counts[f.Name][o.Value]; n > 0 || o.Value == chip.Value {
				o.Count = view.Num(n)
				chip.Options = append(chip.Options, o)
			}
		}
		if len(chip.Options) > 0 {
			out = append(out, chip)
		}
	}
	return out
}

func (p *registerPage) optionsOf(f *register.Field, l *register.Listing) (out []view.Option) {
	switch f.Type { //nolint:exhaustive // the others are shown as they are
	case register.Choice:
		for _, o := range f.OptionsOf(l.World.Settings) {
			out = append(out, view.Option{Value: o.Value, Label: o.Label})
		}
		return out
	case register.YesNo:
		return options(register.Yes, register.No)
	}
	for _, v := range sortedNames(l.Counts[f.Name]) {
		if v != "" {
			out = append(out, view.Option{Value: v, Label: nonEmpty(l.Names[v], v)})
		}
	}
	return out
}

func (p *registerPage) toggles() (out []view.Toggle) {
	q := p.r.URL.Query()
	if len(p.d.Dues) > 0 {
		out = append(out, view.Toggle{Name: "due", Label: "Due within 30 days", On: q.Get("due") == "1"})
	}
	return append(out, view.Toggle{Name: "archived", Label: "Archived", On: q.Get("archived") == "1"})
}

func (p *registerPage) nothing(l *register.Listing, clear string) *view.Empty {
	if l.All > 0 || p.r.URL.Query().Get("archived") == "1" {
		return &view.Empty{Kind: view.NoneMatch, Title: "No " + p.d.One + " matches", Text: view.Say("Change the filters or clear them."), Actions: []view.Action{{Label: "Clear filters", Href: clear}}}
	}
	e := &view.Empty{Kind: view.NoneYet, Title: "No " + p.d.One + " is written down yet", Text: view.Say(nonEmpty(p.face.empty, p.d.About))}
	if !p.r.who.Can(p.d.Edit) {
		return e
	}
	if p.d.Starters != nil {
		e.Actions = append(e.Actions, view.Action{Label: "Choose from the library", Href: p.under("/starters"), Look: view.Primary})
	}
	e.Actions = append(e.Actions, view.Action{Label: "Import a file", Href: p.under("/import")}, view.Action{Label: "Add " + p.d.One, Href: p.under("/new")})
	return e
}
