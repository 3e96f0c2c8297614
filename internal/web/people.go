package web

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/person"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (s *Server) personRoutes(get, post func(string, handler)) {
	get("/people", s.people)
	get("/people/new", s.personNew)
	post("/people/new", s.personAdd)
	get("/people/import", s.peopleImportForm)
	post("/people/import", s.peopleImport)
	get("/people/import/template", s.peopleTemplate)
	get("/people/{id}", s.person)
	get("/people/{id}/edit", s.personEditForm)
	post("/people/{id}/edit", s.personEdit)
}

// people is the register of people.
func (s *Server) people(r *request) (answer, error) {
	q := r.URL.Query()
	f := person.Filter{State: person.State(q.Get("state")), Group: q.Get("group"), Employment: person.Employment(q.Get("employment")), Query: q.Get("q")}
	l, err := s.Suite.People.List(r.Context(), r.who, f)
	if err != nil {
		return answer{}, err
	}
	if q.Get("format") == "csv" { // in the form that the import reads
		if err := r.who.Fresh(); err != nil {
			return answer{}, err
		}
		var out bytes.Buffer
		err := s.Suite.People.ExportCSV(r.Context(), r.who, f, &out)
		return answer{file: &file{name: "people.csv", media: "text/csv; charset=utf-8", body: out.Bytes()}}, err
	}
	rows := make([]person.ExportedPerson, 0, len(l.People))
	for i := range l.People {
		rows = append(rows, l.People[i].Exported())
	}
	if a, ok, err := exported(r, "people", rows); ok || err != nil {
		return a, err
	}
	order := cmp.Or(q.Get("sort"), "name")
	slices.SortStableFunc(l.People, func(a, b person.Listed) int { return comparePeople(&a, &b, order) })
	v := page.PeopleView{Head: peopleHead(r, &l), List: s.listOf(r, fmt.Sprintf("%d of the register", l.Total))}
	v.List.Order, v.List.Find = order, view.Find{Label: "Find a person", Value: q.Get("q")}
	v.List.Chips = peopleChips(&l, q.Get("state"), q.Get("group"), q.Get("employment"))
	from, to, pager := r.slice(len(l.People))
	v.List.Pager = pager
	for i := range l.People[from:to] {
		v.Rows = append(v.Rows, personRow(&l.People[from+i]))
	}
	if len(l.People) == 0 {
		v.List.Empty = noPeople(r, len(l.Counts) > 0 && everybody(&l) > 0, v.List.Query.Clear())
	}
	return show(page.People(s.shell(r, "People", "people"), v))
}

func everybody(l *person.Listing) (n int) {
	for _, k := range l.Counts {
		n += k
	}
	return n
}

func comparePeople(a, b *person.Listed, order string) int {
	x := 0
	switch strings.TrimPrefix(order, "-") {
	case "role":
		x = strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	case "starts":
		x = int(a.StartsOn - b.StartsOn)
	case "state":
		x = slices.Index(person.States(), a.State) - slices.Index(person.States(), b.State)
	}
	x = cmp.Or(x, strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	if strings.HasPrefix(order, "-") {
		return -x
	}
	return x
}

func peopleHead(r *request, l *person.Listing) view.Head {
	h := view.Head{Title: "People", Actions: []view.Action{exportMenu(queryOf(r))}}
	working := l.Counts[person.Active] + l.Counts[person.Leaving]
	h.Answer = view.Text{view.B(fmt.Sprintf("%d work here", working)), view.T(fmt.Sprintf(": %d are to leave, %d are to join, %d have left.", l.Counts[person.Leaving], l.Counts[person.Joining], l.Counts[person.Left]))}
	if everybody(l) == 0 {
		h.Answer = view.Say("Nobody is in the register yet. Every account should belong to somebody in it.")
	}
	if r.who.Can(access.PersonImport) {
		h.Actions = append(h.Actions, view.Action{Label: "Import a file", Href: "/people/import", Icon: "up"})
	}
	if r.who.Can(access.PersonEdit) {
		h.Actions = append(h.Actions, view.Action{Label: "Add person", Href: "/people/new", Icon: "plus", Look: view.Primary})
	}
	return h
}

func peopleChips(l *person.Listing, state, group, employment string) []view.Chip {
	states := view.Chip{Name: "state", Label: "State", Value: state}
	for _, st := range person.States() {
		states.Options = append(states.Options, view.Option{Value: string(st), Label: string(st), Count: view.Num(l.Counts[st])})
	}
	groups := view.Chip{Name: "group", Label: "Department", Value: group}
	for _, g := range l.Groups {
		if g != "" {
			groups.Options = append(groups.Options, view.Option{Value: g, Label: g})
		}
	}
	return []view.Chip{states, groups, {Name: "employment", Label: "Employment", Value: employment, Options: options(person.Employee, person.Contractor)}}
}

func noPeople(r *request, any bool, clear string) *view.Empty {
	if any {
		return &view.Empty{
			Kind: view.NoneMatch, Title: "Nobody matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: clear}},
		}
	}
	e := &view.Empty{Kind: view.NoneYet, Title: "Nobody is here yet", Text: view.Say("Take the list from your personnel system as CSV, or add people one by one.")}
	if r.who.Can(access.PersonImport) {
		e.Actions = []view.Action{{Label: "Import a file", Href: "/people/import", Look: view.Primary}}
	}
	return e
}

func personBadge(st person.State) view.Badge {
	switch st {
	case person.Joining:
		return view.Badge{State: view.Info, Label: "Joining"}
	case person.Active:
		return view.Badge{State: view.Pass, Label: "Active"}
	case person.Leaving:
		return view.Badge{State: view.Warn, Label: "Leaving"}
	case person.Left:
	}
	return view.Badge{State: view.None, Label: "Left"}
}

// dayOf says a date as pages do.
func dayOf(d standing.Date) string {
	if d == 0 {
		return "–"
	}
	return d.Start(time.UTC).Format("2 Jan 2006")
}

func personRow(p *person.Listed) page.PersonRow {
	row := page.PersonRow{
		Name: p.Name, Href: "/people/" + p.ID, Sub: p.Email, Role: nonEmpty(p.Title, "–"), Starts: dayOf(p.StartsOn), Badge: personBadge(p.State),
	}
	if p.Employment == person.Contractor {
		row.Sub = strings.Trim(row.Sub+", contractor", ", ")
	}
	if p.EndsOn != 0 {
		row.Ends = view.Due{Text: "until " + dayOf(p.EndsOn)}
		if p.State == person.Leaving {
			row.Ends.State = view.Warn
		}
	}
	return row
}

// person is one person with their history.
func (s *Server) person(r *request) (answer, error) {
	d, err := s.Suite.People.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v := page.PersonView{Head: view.Head{Title: d.Name, Badges: []view.Badge{personBadge(d.State)}, Answer: view.Say(strings.Trim(d.Title+", "+d.Group, ", "))}}
	if r.who.Can(access.PersonEdit) {
		v.Head.Actions = []view.Action{{Label: "Change", Href: "/people/" + d.ID + "/edit", Icon: "doc", Look: view.Primary}}
	}
	v.Facts = &page.PairsCard{Title: "Known of them", Pairs: []view.Pair{
		{Term: "Address", Value: view.Say(nonEmpty(d.Email, "–"))},
		{Term: "Employment", Value: view.Say(string(d.Employment))},
		{Term: "First day", Value: view.Say(dayOf(d.StartsOn))},
		{Term: "Last day", Value: view.Say(dayOf(d.EndsOn))},
		{Term: "Id in the personnel system", Value: view.Say(nonEmpty(d.ExternalID, "–")), Mono: true},
	}, Note: "The register is collected as facts of kind program.person, so that checks can ask who works here."}
	if d.Manager != "" {
		v.Facts.Pairs = append(v.Facts.Pairs, view.Pair{Term: "Manager", Value: view.Text{view.A(nonEmpty(d.ManagerName, d.Manager), "/people/"+d.Manager)}})
	}
	if len(d.Reports) > 0 {
		card := page.AsideCard{ID: "h-rep", Title: "Manages"}
		for i := range d.Reports {
			card.Lines = append(card.Lines, view.Line{State: view.None, Text: d.Reports[i].Name, Right: d.Reports[i].Title, Href: "/people/" + d.Reports[i].ID})
		}
		v.Aside = []page.AsideCard{card}
	}
	if v.Accounts, err = s.accountsOf(r, d.ID); err != nil {
		return answer{}, err
	}
	for i := range d.History {
		e := &d.History[i]
		ev := trailEvent(r, e)
		for _, k := range sortedNames(e.Detail) {
			if strings.Contains(e.Detail[k], " → ") {
				ev.Meta = append(ev.Meta, view.Ref{Label: strings.ReplaceAll(k, "_", " ") + ": " + e.Detail[k]})
			}
		}
		v.History = append(v.History, ev)
	}
	crumbs := []view.Crumb{{Label: "People", Href: "/people"}, {Label: d.Name}}
	return show(page.Person(s.shell(r, d.Name, "people", crumbs...), v))
}
