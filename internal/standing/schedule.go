package standing

import (
	"assay/internal/kit/fault"
)

// Frequency says how often a control is performed, in the catalog's words.
type Frequency string

// The frequencies.
const (
	Continuous Frequency = "continuous"
	Daily      Frequency = "daily"
	Weekly     Frequency = "weekly"
	Monthly    Frequency = "monthly"
	Quarterly  Frequency = "quarterly"
	Semiannual Frequency = "semiannual"
	Annual     Frequency = "annual"
	PerEvent   Frequency = "per_event"
)

// MaxAge is how many days evidence of a control of this frequency stays fresh
// after the day it speaks for: the interval with some slack. It is 0 where
// there is no interval.
func (f Frequency) MaxAge() int {
	switch f {
	case Continuous:
		return 1
	case Daily:
		return 2
	case Weekly:
		return 9
	case Monthly:
		return 35
	case Quarterly:
		return 100
	case Semiannual:
		return 190
	case Annual:
		return 365
	case PerEvent:
	}
	return 0
}

// step is the interval between occurrences, in days or in months. Both are 0
// for what is not performed on a schedule.
func (f Frequency) step() (days, months int) {
	switch f {
	case Daily:
		return 1, 0
	case Weekly:
		return 7, 0
	case Monthly:
		return 0, 1
	case Quarterly:
		return 0, 3
	case Semiannual:
		return 0, 6
	case Annual:
		return 0, 12
	case Continuous, PerEvent:
	}
	return 0, 0
}

// Schedule says when an activity is due. Its occurrences form one series in
// both directions from the anchor, the same whatever period is asked for: all
// are counted from the anchor, so that a series anchored on the 31st is due on
// the last day of each shorter month and on the 31st again after it.
type Schedule struct {
	Frequency Frequency
	Anchor    Date // a date on which it is due

	// Opens is how many days before the due date the window opens; 0 is on the
	// day after the due date before.
	Opens int

	// Grace is how many days after the due date it may still be performed
	// without being late.
	Grace int
}

// Validate reports a schedule that has no occurrences.
func (s Schedule) Validate() error {
	days, months := s.Frequency.step()
	switch {
	case days == 0 && months == 0:
		return fault.New(fault.Invalid, "An activity is daily, weekly, monthly, quarterly, semiannual or annual, not %q.", string(s.Frequency))
	case s.Anchor <= 0:
		return fault.New(fault.Invalid, "Give a date on which the activity is due.")
	case s.Opens < 0 || s.Grace < 0:
		return fault.New(fault.Invalid, "The window cannot open or close a negative number of days from the due date.")
	}
	return nil
}

// Occurrence is one time that an activity is due. It is performed in time from
// the beginning of the day Opens to the end of the day Last.
type Occurrence struct {
	Due   Date `json:"due"`
	Opens Date `json:"opens"`
	Last  Date `json:"last"` // the due date, or the last day of grace
}

// Occurrences lists the occurrences due in the period, in order. It is empty
// for a schedule that is not valid.
func (s Schedule) Occurrences(p Period) []Occurrence {
	if s.Validate() != nil {
		return nil
	}
	n := s.before(p.From)
	for s.due(n) < p.From {
		n++
	}
	var all []Occurrence
	for ; s.due(n) < p.To; n++ {
		o := Occurrence{Due: s.due(n), Last: s.due(n) + Date(s.Grace)}
		o.Opens = o.Due - Date(s.Opens)
		if s.Opens == 0 {
			o.Opens = s.due(n-1) + 1
		}
		all = append(all, o)
	}
	return all
}

// due is the n-th due date, counted from the anchor.
func (s Schedule) due(n int) Date {
	days, months := s.Frequency.step()
	if months > 0 {
		return s.Anchor.AddMonths(n * months)
	}
	return s.Anchor + Date(n*days)
}

// before is the number of an occurrence that is due before d, and not long
// before.
func (s Schedule) before(d Date) int {
	days, months := s.Frequency.step()
	if months == 0 {
		return int(d-s.Anchor)/days - 1
	}
	year, month, _ := d.Civil()
	first, since, _ := s.Anchor.Civil()
	return ((year-first)*12+int(month-since))/months - 1
}
