package standing

// Group is where a control is counted in the position of a program. The groups
// add up to the controls in scope.
type Group uint8

// The groups.
const (
	GroupNotDue       Group = iota // nothing was due so far
	GroupOperated                  // operated on every day due, perhaps with failures fixed in time
	GroupActionNeeded              // failing inside a limit, without evidence for a day, or with an activity's window open
	GroupDeviation                 // a deviation in the period, whatever came later
)

// String is the group's name in tables, packages and the API.
func (g Group) String() string {
	switch g {
	case GroupNotDue:
		return "not_due"
	case GroupOperated:
		return "operated"
	case GroupActionNeeded:
		return "action_needed"
	case GroupDeviation:
		return "deviation"
	}
	return ""
}

// MarshalText writes the group's name.
func (g Group) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// Group is where the control is counted. An occurrence performed late or
// missed is a deviation even where its first day of being late is after the
// period.
func (s Summary) Group() Group {
	switch {
	case s.Days.Deviation+s.Activities.Late+s.Activities.Missed > 0:
		return GroupDeviation
	case s.Days.NoEvidence+s.Days.Failing+s.Activities.Open > 0:
		return GroupActionNeeded
	case s.Days.Operated+s.Days.Fixed > 0:
		return GroupOperated
	}
	return GroupNotDue
}

// Position is how many controls of a program stand how.
type Position struct {
	Operated     int `json:"operated"`
	ActionNeeded int `json:"action_needed"`
	Deviation    int `json:"deviation"`
	NotDue       int `json:"not_due"`
	FixedInTime  int `json:"fixed_in_time"` // of those that operated, how many had a failure fixed in time
	Deviations   int `json:"deviations"`    // in all controls together
}

// Controls is how many controls were counted.
func (p Position) Controls() int { return p.Operated + p.ActionNeeded + p.Deviation + p.NotDue }

// Add counts a control.
func (p *Position) Add(s Summary) {
	p.Deviations += s.Deviations
	switch s.Group() {
	case GroupNotDue:
		p.NotDue++
	case GroupOperated:
		p.Operated++
		if s.Days.Fixed > 0 {
			p.FixedInTime++
		}
	case GroupActionNeeded:
		p.ActionNeeded++
	case GroupDeviation:
		p.Deviation++
	}
}

// Row is a criterion over the months of the period.
type Row struct {
	Criterion string `json:"criterion"`
	Cells     []Cell `json:"cells"`
}

// Cell is a criterion in one month: the worst state that one of its controls
// had on a day of the month, and how many controls had it. A month that has
// begun without a control in force has no evidence, of 0 controls.
type Cell struct {
	From     Date  `json:"from"` // the month, as far as it lies in the period
	To       Date  `json:"to"`
	Begun    bool  `json:"begun"`
	State    State `json:"state"`
	Controls int   `json:"controls"`
}

// Heat is the row of a criterion, given how each of its controls stands.
func (c *Calendar) Heat(criterion string, controls [][]Span) Row {
	row := Row{Criterion: criterion}
	for _, month := range c.period.Months() {
		row.Cells = append(row.Cells, Cell{From: month.From, To: month.To, Begun: month.From < c.end()})
	}
	for _, spans := range controls {
		for i, m := range c.months(spans, row.Cells) {
			if m.inForce {
				row.Cells[i].count(m.worst.state)
			}
		}
	}
	for i, cell := range row.Cells {
		if cell.Begun && cell.Controls == 0 {
			row.Cells[i].State = NoEvidence
		}
	}
	return row
}

// months is the worst of each month, for the months in which the control is in
// force.
func (c *Calendar) months(spans []Span, cells []Cell) []joined {
	months := make([]joined, len(cells))
	i := 0
	for _, s := range spans {
		if s.Note.Has(NoteNoDay) {
			continue
		}
		for i < len(cells) && cells[i].To <= s.From {
			i++
		}
		for j := i; j < len(cells) && cells[j].From < s.To; j++ {
			months[j].add(s)
		}
	}
	return months
}

func (c *Cell) count(s State) {
	switch {
	case s > c.State:
		c.State, c.Controls = s, 1
	case s == c.State:
		c.Controls++
	}
}
