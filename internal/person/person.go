package person

import (
	"strings"
	"time"

	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// Employment is the terms of work.
type Employment string

// The terms.
const (
	Employee   Employment = "employee"
	Contractor Employment = "contractor"
)

// State is where a person stands between joining and having left.
type State string

// The states.
const (
	Joining State = "joining" // the first day is to come
	Active  State = "active"
	Leaving State = "leaving" // a last day is known, today or later
	Left    State = "left"
)

// States lists the states in the order of a working life.
func States() []State { return []State{Joining, Active, Leaving, Left} }

// Details are what is known of a person.
type Details struct {
	Name       string
	Email      string // work address, lower case; may be empty
	Title      string // role in the organization
	Group      string // department
	Manager    string // id of another person; empty for none
	Employment Employment
	StartsOn   standing.Date // first day of work
	EndsOn     standing.Date // last day of work; 0 while none is known
	ExternalID string        // in the personnel system; may be empty
}

// Person is one person of an organization.
type Person struct {
	ID string
	Details
	CreatedAt time.Time
	UpdatedAt time.Time
}

// State is the person's state on a day.
func (d *Details) State(today standing.Date) State {
	switch {
	case d.EndsOn != 0 && today > d.EndsOn:
		return Left
	case today < d.StartsOn:
		return Joining
	case d.EndsOn != 0:
		return Leaving
	}
	return Active
}

// WorksOn reports whether the day lies between the first and the last.
func (d *Details) WorksOn(day standing.Date) bool {
	return day >= d.StartsOn && (d.EndsOn == 0 || day <= d.EndsOn)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clean puts the details into the form in which they are kept and returns
// what is wrong with them, by field.
func (d *Details) clean() []fault.Field {
	var wrong []fault.Field
	say := func(name, text string) { wrong = append(wrong, fault.Field{Name: name, Text: text}) }
	for _, f := range []struct {
		name string
		s    *string
		most int
	}{
		{"name", &d.Name, 200},
		{"title", &d.Title, 200},
		{"group", &d.Group, 200},
		{"external_id", &d.ExternalID, 100},
	} {
		*f.s = oneLine(*f.s)
		if len(*f.s) > f.most {
			say(f.name, "It is too long.")
		}
	}
	if d.Name == "" {
		say("name", "Give the person's name.")
	}
	if d.Email = strings.TrimSpace(d.Email); d.Email != "" {
		email, err := auth.Email(d.Email)
		if err != nil {
			say("email", "Give an address such as ada@example.com, or none.")
		}
		d.Email = email
	}
	if d.Employment == "" {
		d.Employment = Employee
	}
	if d.Employment != Employee && d.Employment != Contractor {
		say("employment", "Choose employee or contractor.")
	}
	return append(wrong, d.wrongDates()...)
}

func (d *Details) wrongDates() (wrong []fault.Field) {
	first, last := standing.NewDate(1900, 1, 1), standing.NewDate(2200, 1, 1)
	switch {
	case d.StartsOn == 0:
		wrong = append(wrong, fault.Field{Name: "starts_on", Text: "Give the first day of work."})
	case d.StartsOn < first || d.StartsOn >= last:
		wrong = append(wrong, fault.Field{Name: "starts_on", Text: "Give a day of this age."})
	}
	switch {
	case d.EndsOn == 0:
	case d.EndsOn < d.StartsOn:
		wrong = append(wrong, fault.Field{Name: "ends_on", Text: "The last day is before the first."})
	case d.EndsOn >= last:
		wrong = append(wrong, fault.Field{Name: "ends_on", Text: "Give a day of this age, or none."})
	}
	return wrong
}

// differs says what changes from d to after, as before and after of each field.
func (d *Details) differs(after *Details) map[string]string {
	out := map[string]string{}
	for _, f := range []struct{ name, before, after string }{
		{"name", d.Name, after.Name},
		{"email", d.Email, after.Email},
		{"title", d.Title, after.Title},
		{"group", d.Group, after.Group},
		{"manager", d.Manager, after.Manager},
		{"employment", string(d.Employment), string(after.Employment)},
		{"starts_on", d.StartsOn.String(), after.StartsOn.String()},
		{"ends_on", d.EndsOn.String(), after.EndsOn.String()},
		{"external_id", d.ExternalID, after.ExternalID},
	} {
		if f.before != f.after {
			out[f.name] = f.before + " → " + f.after
		}
	}
	return out
}

// ownManager reports whether id is among those above it when its manager is
// the given one. managers is everybody's, by id.
func ownManager(id, manager string, managers map[string]string) bool {
	for range len(managers) + 1 {
		if manager == "" {
			return false
		}
		if manager == id {
			return true
		}
		manager = managers[manager]
	}
	return true
}
