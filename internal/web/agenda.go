package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/duty"
	"assay/internal/kit/fault"
	"assay/internal/portfolio"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// agendaLimit is how many days ahead the calendar of an organization tells of.
const agendaLimit = 370

// agendaItem is one thing in a calendar.
type agendaItem struct {
	What, Of  view.Ref
	Control   string
	With      string
	Due       time.Time // zero: no day is set
	Late      bool
	Ahead     bool // not asked for yet
	Milestone bool
}

// exportedComing is one thing of a calendar as a file has it.
type exportedComing struct {
	Day     string `json:"day"` // the last in time; empty if no day is set
	Title   string `json:"title"`
	Kind    string `json:"kind,omitempty"`
	Client  string `json:"client,omitempty"`
	Control string `json:"control"`
	With    string `json:"with,omitempty"`
	Late    bool   `json:"late"`
	Ahead   bool   `json:"ahead"`
}

// lastDayOf is the day with which something is due.
func lastDayOf(r *request, due time.Time) standing.Date {
	if due.IsZero() {
		return 0
	}
	return standing.DayOf(due.Add(-time.Nanosecond), r.org.Location())
}

func dayText(d standing.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// calendar is what waits for the person, or for anybody, and what will, a month at a time.
func (s *Server) calendar(r *request) (answer, error) {
	all := r.URL.Query().Get("whose") == "all"
	today := standing.DayOf(r.now, r.org.Location())
	list, err := s.Suite.Duties.Coming(r.Context(), r.who, all, today+agendaLimit)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	list = slices.DeleteFunc(list, func(d duty.Duty) bool {
		return !matches(q.Get("q"), d.Title, d.Why, d.Control) || q.Get("type") != "" && string(d.Kind) != q.Get("type")
	})
	items, file := make([]agendaItem, 0, len(list)), make([]exportedComing, 0, len(list))
	for i := range list {
		d := &list[i]
		items = append(items, agendaItem{
			What: view.Ref{Label: d.Title, Href: d.Href}, Of: view.Ref{Label: kindWords(d.Kind)}, Control: d.Control, With: d.Why, Due: d.Due, Late: d.Late, Ahead: d.Ahead, Milestone: d.Kind == duty.Milestone,
		})
		file = append(file, exportedComing{Day: dayText(lastDayOf(r, d.Due)), Title: d.Title, Kind: string(d.Kind), Control: d.Control, Late: d.Late, Ahead: d.Ahead})
	}
	if a, ok, err := exported(r, "calendar", file); ok || err != nil {
		return a, err
	}
	v := page.AgendaView{Head: view.Head{Title: "Calendar", Answer: view.Say("What waits for you and what will: activities, evidence to renew, reviews, records whose day comes, and tasks.")}, Of: "Kind", With: "Why", List: s.listOf(r, "")}
	if all {
		v.Head.Answer = view.Say("What waits for anybody here and what will: activities, evidence to renew, reviews, records whose day comes, and tasks.")
	}
	v.List.Chips = []view.Chip{{Name: "type", Label: "Type", Value: q.Get("type")}}
	if r.who.Can(access.TaskAll) {
		v.List.Chips = append(v.List.Chips, view.Chip{Name: "whose", Label: "Whose", Value: q.Get("whose"), Options: []view.Option{{Value: "all", Label: "everybody’s"}}})
	}
	for _, k := range append(duty.Kinds(), duty.Milestone) {
		v.List.Chips[0].Options = append(v.List.Chips[0].Options, view.Option{Value: string(k), Label: kindWords(k)})
	}
	if err := agenda(r, &v, items, today+agendaLimit); err != nil {
		return answer{}, err
	}
	return show(page.Agenda(s.shell(r, "Calendar", "calendar"), v))
}

// clientsCalendar is what is due and what comes at all clients of a provider.
func (s *Server) clientsCalendar(r *request) (answer, error) {
	if err := r.may(access.ClientRead); err != nil {
		return answer{}, err
	}
	p, list, err := s.Suite.Portfolio.Coming(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	list = slices.DeleteFunc(list, func(d portfolio.Due) bool { return !matches(q.Get("q"), d.Title, d.Client.Name, d.With, d.Control) })
	items, file := make([]agendaItem, 0, len(list)), make([]exportedComing, 0, len(list))
	for i := range list {
		d := &list[i]
		items = append(items, agendaItem{What: view.Ref{Label: d.Title}, Of: view.Ref{Label: d.Client.Name, Href: "/clients/" + d.Client.ID}, Control: d.Control, With: nonEmpty(d.With, "–"), Due: d.Due, Late: d.Late, Ahead: d.Ahead})
		file = append(file, exportedComing{Day: dayText(lastDayOf(r, d.Due)), Title: d.Title, Client: d.Client.Name, Control: d.Control, With: d.With, Late: d.Late, Ahead: d.Ahead})
	}
	if a, ok, err := exported(r, "calendar", file); ok || err != nil {
		return a, err
	}
	v := page.AgendaView{
		Head: view.Head{Title: "Calendar of all clients", Answer: view.Say(fmt.Sprintf("What is due, and what comes within %d days, at the clients that let you see their work.", portfolio.Horizon))},
		Tabs: clientTabs(&p, "calendar"), Of: "Client", With: "With", List: s.listOf(r, ""),
	}
	if err := agenda(r, &v, items, standing.DayOf(r.now, r.org.Location())+portfolio.Horizon); err != nil {
		return answer{}, err
	}
	return show(page.Agenda(s.shell(r, "Calendar of all clients", "clients"), v))
}

// agenda shows the month that is asked for. What is late, and what has no day, stands in
// the present one.
func agenda(r *request, v *page.AgendaView, items []agendaItem, until standing.Date) error {
	today := standing.DayOf(r.now, r.org.Location())
	first, err := monthOf(r.URL.Query().Get("month"), today)
	if err != nil {
		return err
	}
	present := first == firstOf(today)
	v.Head.Actions = []view.Action{exportMenu(v.List.Query)}
	v.List.Find = view.Find{Label: "Find by words", Value: r.URL.Query().Get("q")}
	counts, late := map[standing.Date]int{}, map[standing.Date]bool{}
	n := 0
	for i := range items {
		it := &items[i]
		day := lastDayOf(r, it.Due)
		within := day >= first && day < first.AddMonths(1)
		if within {
			counts[day]++
			late[day] = late[day] || it.Late
		}
		if here := present && (it.Late || day == 0); !within && !here {
			continue
		}
		n++
		agendaRow(v, it, day)
	}
	v.Month = agendaGrid(v.List.Query, first, today, until, counts, late)
	v.List.Shown = plural(n, "thing") + " in " + v.Month.Title
	if n == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneMatch, Title: "Nothing in " + v.Month.Title, Text: view.Say("Turn to another month, or change the filters.")}
	}
	return nil
}

// agendaRow adds a thing under its day; what is late stands under one head.
func agendaRow(v *page.AgendaView, it *agendaItem, day standing.Date) {
	id, title := "d-"+day.String(), dayOf(day)
	row := page.AgendaRow{What: it.What, Of: it.Of, Control: it.Control, With: it.With, Badge: view.Badge{State: view.Open, Label: "Waits"}}
	switch {
	case it.Late:
		row.Badge = view.Badge{State: view.Fail, Label: "Late since " + dayOf(day)}
	case it.Milestone:
		row.Badge = view.Badge{State: view.Info, Label: "Day to know"}
	case it.Ahead:
		row.Badge = view.Badge{State: view.None, Label: "Ahead"}
	}
	if day == 0 {
		id, title = "d-none", "No day set"
	}
	if n := len(v.Days); n == 0 || v.Days[n-1].ID != id {
		d := page.AgendaDay{ID: id, Title: title}
		if day != 0 {
			d.Sub = day.Start(time.UTC).Weekday().String()
		}
		v.Days = append(v.Days, d)
	}
	last := &v.Days[len(v.Days)-1]
	last.Rows = append(last.Rows, row)
}

func firstOf(d standing.Date) standing.Date {
	y, m, _ := d.Start(time.UTC).Date()
	return standing.NewDate(y, m, 1)
}

// monthOf is the first day of a month such as 2026-12; of today's if none is asked for.
func monthOf(text string, today standing.Date) (standing.Date, error) {
	if text == "" {
		return firstOf(today), nil
	}
	t, err := time.Parse("2006-01", text)
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return 0, fault.New(fault.Invalid, "%q is no month: they look like 2026-12.", clip(text, 40))
	}
	return standing.NewDate(t.Year(), t.Month(), 1), nil
}

func agendaGrid(q view.Query, first, today, until standing.Date, counts map[standing.Date]int, late map[standing.Date]bool) page.AgendaMonth {
	end := first.AddMonths(1)
	m := page.AgendaMonth{Title: first.Start(time.UTC).Format("January 2006"), Days: []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}}
	if first > firstOf(today) {
		m.Turn = append(m.Turn, view.Action{Label: "Month before", Href: q.With("month", monthText(first.AddMonths(-1)))})
	}
	if end <= until {
		m.Turn = append(m.Turn, view.Action{Label: "Month after", Href: q.With("month", monthText(end))})
	}
	ahead := (int(first.Start(time.UTC).Weekday()) + 6) % 7 // days of the month before in the first week
	for week := first - standing.Date(ahead); week < end; week += 7 {
		cells := make([]page.AgendaCell, 7)
		for i := range cells {
			day := week + standing.Date(i)
			if day < first || day >= end {
				continue
			}
			c := &cells[i]
			c.Num, c.Today = strings.TrimLeft(day.String()[8:], "0"), day == today
			if n := counts[day]; n > 0 {
				c.Count, c.Label, c.Href, c.Late = view.Num(n), plural(n, "thing")+" on "+dayOf(day), "#d-"+day.String(), late[day]
			}
		}
		m.Weeks = append(m.Weeks, cells)
	}
	return m
}

func monthText(d standing.Date) string { return d.String()[:7] }
