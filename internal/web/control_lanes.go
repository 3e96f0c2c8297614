package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/control"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// The lanes of a control in its form: checks are chosen from those there are;
// activities and uploads have a row each, and empty rows to add by.

// checksSection lists the checks that can show that the control operates:
// those it has, those installed, and those the catalog suggests for it.
func (s *Server) checksSection(r *request, v *control.Version) (page.FormSection, error) {
	installed, err := s.Suite.Checks.List(r.Context(), r.who)
	if err != nil {
		return page.FormSection{}, err
	}
	have := v.Checks()
	titles := map[string]string{}
	for _, l := range v.Lanes {
		if l.Kind == standing.ByCheck {
			titles[l.Check] = l.Title
		}
	}
	for i := range installed {
		titles[installed[i].ID] = installed[i].Title
	}
	suggested := map[string]bool{}
	for _, c := range s.Suite.Checks.Catalog {
		if v.Control != "" && slices.Contains(c.Controls, v.Control) {
			titles[c.ID], suggested[c.ID] = c.Title, true
		}
	}
	group := view.Choices{Name: "check", Label: "Checks", Quiet: true, Many: true}
	if len(titles) == 0 {
		group.Hint = "No check runs yet: they come with a connected source."
	}
	for _, first := range []bool{true, false} {
		for _, id := range sortedNames(titles) {
			on := slices.Contains(have, id)
			if (on || suggested[id]) != first {
				continue
			}
			detail := id
			if suggested[id] {
				detail += ", suggested for " + v.Control
			}
			group.Options = append(group.Options, view.Choice{Value: id, Label: titles[id], Detail: detail, Checked: on})
		}
	}
	return page.FormSection{Title: "Checks that show it", Hint: "A failing one is a deviation once the fix limit has passed", Lists: []view.Choices{group}}, nil
}

// checkLanes are the lanes of the chosen checks.
func (s *Server) checkLanes(r *request, had []control.Lane) (out []control.Lane) {
	for _, id := range r.PostForm["check"] {
		lane := control.Lane{ID: "check/" + id, Kind: standing.ByCheck, Check: id, Title: id}
		for _, c := range s.Suite.Checks.Catalog {
			if c.ID == id {
				lane.Title = c.Title
			}
		}
		for _, l := range had {
			if l.ID == lane.ID {
				lane.Title = l.Title
			}
		}
		out = append(out, lane)
	}
	return out
}

// The rows of a form: those there are and some to add by, within bounds.
const (
	newActivities = 2
	newUploads    = 1
	maxRows       = 40
)

func laneSections(v *control.Version) []page.FormSection {
	activities := page.FormSection{Title: "Activities that people perform", Hint: "Empty the title to leave one out. A changed schedule begins a series of its own"}
	uploads := page.FormSection{Title: "Uploads that show it", Hint: "Empty the title to leave one out"}
	na, nu := 0, 0
	for _, l := range v.Lanes {
		switch l.Kind {
		case standing.ByActivity:
			activities.Fields = append(activities.Fields, activityFields(na, &l)...)
			na++
		case standing.ByUpload:
			uploads.Fields = append(uploads.Fields, uploadFields(nu, &l)...)
			nu++
		case standing.ByCheck:
		}
	}
	for range newActivities {
		activities.Fields = append(activities.Fields, activityFields(na, &control.Lane{})...)
		na++
	}
	for range newUploads {
		uploads.Fields = append(uploads.Fields, uploadFields(nu, &control.Lane{})...)
		nu++
	}
	return []page.FormSection{activities, uploads}
}

func scheduled() []standing.Frequency {
	return []standing.Frequency{standing.Daily, standing.Weekly, standing.Monthly, standing.Quarterly, standing.Semiannual, standing.Annual}
}

func activityFields(i int, l *control.Lane) []view.Input {
	at := fmt.Sprintf("act_%d_", i)
	n := strconv.Itoa(i + 1)
	f := view.Input{Name: at + "frequency", Label: "How often, " + n, Type: "select", Value: nonEmpty(string(l.Schedule.Frequency), string(standing.Quarterly)), Options: options(scheduled()...)}
	title := view.Input{Name: at + "title", Label: "Activity " + n, Value: l.Title, Optional: l.ID == "", Full: true}
	if l.ID != "" {
		title.Hint = l.ID
	}
	return []view.Input{
		title, f,
		{Name: at + "due", Label: "One day on which it is due, " + n, Type: "date", Value: l.Schedule.Anchor.String()},
		{Name: at + "opens", Label: "Window opens, days before, " + n, Type: "number", Min: "0", Value: days(l.Schedule.Opens), Hint: "0: the day after the due day before"},
		{Name: at + "grace", Label: "Days of grace, " + n, Type: "number", Min: "0", Value: days(l.Schedule.Grace)},
	}
}

func days(n int) string { return strconv.Itoa(n) }

func uploadFields(i int, l *control.Lane) []view.Input {
	at := fmt.Sprintf("up_%d_", i)
	n := strconv.Itoa(i + 1)
	title := view.Input{Name: at + "title", Label: "Upload " + n, Value: l.Title, Optional: l.ID == ""}
	if l.ID != "" {
		title.Hint = l.ID
	}
	return []view.Input{title, {Name: at + "frequency", Label: "How often, " + n, Type: "select", Value: nonEmpty(string(l.Schedule.Frequency), string(standing.Quarterly)), Options: options(scheduled()...)}}
}

// lanesFrom reads the rows. A row without a title is left out. The id of a lane
// that was there is its hidden field's; a new one is made of its title.
func lanesFrom(r *request, wrong *[]fault.Field) (out []control.Lane) {
	for i := range maxRows {
		at := fmt.Sprintf("act_%d_", i)
		if r.text(at+"title") == "" {
			continue
		}
		l := control.Lane{Kind: standing.ByActivity, Title: r.text(at + "title")}
		l.ID = laneID(r, at, "activity/", l.Title, out)
		l.Schedule = standing.Schedule{
			Frequency: standing.Frequency(r.text(at + "frequency")), Anchor: r.date(at+"due", wrong),
			Opens: r.number(at+"opens", wrong), Grace: r.number(at+"grace", wrong),
		}
		if r.text(at+"due") == "" {
			*wrong = append(*wrong, fault.Field{Name: at + "due", Text: "Give a day on which the activity is due."})
		}
		out = append(out, l)
	}
	for i := range maxRows {
		at := fmt.Sprintf("up_%d_", i)
		if r.text(at+"title") == "" {
			continue
		}
		l := control.Lane{Kind: standing.ByUpload, Title: r.text(at + "title"), Schedule: standing.Schedule{Frequency: standing.Frequency(r.text(at + "frequency"))}}
		l.ID = laneID(r, at, "upload/", l.Title, out)
		out = append(out, l)
	}
	return out
}

// number reads a count of days; empty is none.
func (r *request) number(name string, wrong *[]fault.Field) int {
	text := r.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 366 {
		*wrong = append(*wrong, fault.Field{Name: name, Text: "Give a whole number from 0 to 366."})
		return 0
	}
	return n
}

func laneID(r *request, at, prefix, title string, taken []control.Lane) string {
	if id := r.text(at + "id"); strings.HasPrefix(id, prefix) {
		return id
	}
	var b strings.Builder
	for _, c := range strings.ToLower(title) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := prefix + nonEmpty(strings.Trim(clip(b.String(), 60), "-"), "lane")
	for n, try := 2, id; ; n++ {
		if !slices.ContainsFunc(taken, func(l control.Lane) bool { return l.ID == try }) {
			return try
		}
		try = fmt.Sprintf("%s-%d", id, n)
	}
}

// laneHidden are the ids of the lanes that have rows.
func laneHidden(v *control.Version) (out []view.Hidden) {
	na, nu := 0, 0
	for _, l := range v.Lanes {
		switch l.Kind {
		case standing.ByActivity:
			out = append(out, view.Hidden{Name: fmt.Sprintf("act_%d_id", na), Value: l.ID})
			na++
		case standing.ByUpload:
			out = append(out, view.Hidden{Name: fmt.Sprintf("up_%d_id", nu), Value: l.ID})
			nu++
		case standing.ByCheck:
		}
	}
	return out
}
