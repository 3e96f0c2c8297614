package program

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/standing"
)

// Type is the kind of report that is aimed at.
type Type string

// The types.
const (
	Type1 Type = "type1" // as of a date
	Type2 Type = "type2" // over a period
)

// State is how far a program has come.
type State string

// The states.
const (
	Open   State = "open"   // dates can change
	Closed State = "closed" // dates are fixed
)

// Program is one report to come.
type Program struct {
	ID         string
	Name       string // "FY26 Type 2"
	Slug       string // for the address: "fy26-type-2"
	Type       Type
	Categories []criteria.CategoryID
	From, To   standing.Date // From ≤ day < To; for a Type 1 the as-of day alone
	State      State
	Current    bool
	CreatedAt  time.Time
}

// Period is the program's days, counted to its end in the zone of its first.
func (p *Program) Period(o *org.Org) standing.Period {
	return standing.Period{From: p.From, To: p.To, Zone: o.LocationOn(p.From)}
}

// Day is how many days of the period have begun, and how many there are.
func (p *Program) Day(today standing.Date) (k, n int) {
	n = int(p.To - p.From)
	k = int(today-p.From) + 1
	return min(max(k, 0), n), n
}

// Label says the dates as people do, inclusive.
func (p *Program) Label() string {
	form := func(d standing.Date) string { return d.Start(time.UTC).Format("2 Jan 2006") }
	if p.Type == Type1 {
		return "as of " + form(p.From)
	}
	return form(p.From) + " – " + form(p.To-1)
}

// TypeName is the type as people say it.
func (p *Program) TypeName() string {
	if p.Type == Type1 {
		return "SOC 2 Type 1"
	}
	return "SOC 2 Type 2"
}

// Suggest is a first program for whoever does not know yet: a Type 2 on
// security over three months from the first of next month.
func Suggest(today standing.Date) Program {
	y, m, _ := today.Civil()
	from := standing.NewDate(y, m+1, 1)
	return Program{
		Name: "First Type 2", Type: Type2, Categories: []criteria.CategoryID{"security"}, From: from, To: from.AddMonths(3),
	}
}

const longest = 366 + 183 // days; a report over more than eighteen months is a mistyped year

// Valid checks what a person entered.
func (p *Program) Valid(lib *criteria.Library) error {
	var wrong []fault.Field
	bad := func(name, text string) { wrong = append(wrong, fault.Field{Name: name, Text: text}) }
	if p.Name = strings.TrimSpace(p.Name); p.Name == "" || len(p.Name) > 60 {
		bad("name", "Give a name of at most 60 characters, such as FY26 Type 2.")
	}
	if p.Type != Type1 && p.Type != Type2 {
		bad("type", "A program is a Type 1 (as of a date) or a Type 2 (over a period).")
	}
	if p.From == 0 {
		bad("from", "Give the first day.")
	}
	if p.Type == Type1 {
		p.To = p.From + 1
	}
	if n := int(p.To - p.From); p.From != 0 && (n < 1 || n > longest) {
		bad("to", "The last day must not lie before the first, nor more than eighteen months after it.")
	}
	if len(p.Categories) == 0 {
		bad("categories", "Choose at least one category; nearly every report has Security.")
	}
	for _, c := range p.Categories {
		if _, ok := lib.Category(c); !ok {
			bad("categories", fmt.Sprintf("There is no category %q.", c))
		}
	}
	slices.Sort(p.Categories)
	p.Categories = slices.Compact(p.Categories)
	if len(wrong) > 0 {
		return fault.Fields("The program was not saved.", wrong...)
	}
	return nil
}

// Omission is a criterion that does not apply to the system.
type Omission struct {
	Program   string
	Criterion criteria.ID
	Reason    string
	AskedBy   string
	AskedAt   time.Time
	Approved  string // actor id; empty while it waits
	DecidedAt time.Time
}

// InForce reports whether it was approved.
func (o *Omission) InForce() bool { return o.Approved != "" }
