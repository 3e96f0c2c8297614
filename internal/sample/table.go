package sample

import (
	"fmt"
	"slices"

	"assay/internal/kit/fault"
)

// Frequency is how often what is tested happens, in the words of controls.
type Frequency string

// The frequencies that a table knows.
const (
	Annual     Frequency = "annual"
	Semiannual Frequency = "semiannual"
	Quarterly  Frequency = "quarterly"
	Monthly    Frequency = "monthly"
	Weekly     Frequency = "weekly"
	Daily      Frequency = "daily"
	PerEvent   Frequency = "per_event" // whenever what calls for it happens
)

// Frequencies lists the frequencies.
func Frequencies() []Frequency {
	return []Frequency{Annual, Semiannual, Quarterly, Monthly, Weekly, Daily, PerEvent}
}

// Row is one line of a firm's table of sizes.
type Row struct {
	Frequency Frequency `json:"frequency"`
	UpTo      int       `json:"up_to"`   // items of the population at most; 0: any number
	Usual     int       `json:"usual"`   // items, or all where there are fewer
	Higher    int       `json:"higher"`  // with a higher risk, or deviations expected
	Percent   int       `json:"percent"` // of the population, rounded up, where that is more than Usual; 0: none
}

// Table is a firm's sizes. The rows of a frequency are in the order of UpTo, the
// one for any number last.
type Table []Row

// Customary is a table within what firms customarily test. No standard
// prescribes sizes: the auditor sets the table.
func Customary() Table {
	return Table{
		{Frequency: Annual, Usual: 1, Higher: 1},
		{Frequency: Semiannual, Usual: 2, Higher: 2},
		{Frequency: Quarterly, Usual: 2, Higher: 4},
		{Frequency: Monthly, Usual: 4, Higher: 6},
		{Frequency: Weekly, Usual: 9, Higher: 15},
		{Frequency: Daily, Usual: 25, Higher: 40},
		{Frequency: PerEvent, UpTo: 50, Usual: 5, Higher: 10, Percent: 10},
		{Frequency: PerEvent, UpTo: 250, Usual: 10, Higher: 25, Percent: 10},
		{Frequency: PerEvent, Usual: 25, Higher: 60},
	}
}

// Size is how many of a population the table has tested, and the words for why.
func (t Table) Size(f Frequency, population int, higher bool) (n int, why string, err error) {
	i := slices.IndexFunc(t, func(r Row) bool { return r.Frequency == f && (r.UpTo == 0 || population <= r.UpTo) })
	if i < 0 || population < 0 {
		return 0, "", fault.New(fault.Invalid, "The table has no size for %s and %d items.", f, population)
	}
	r := &t[i]
	n, why = r.Usual, fmt.Sprintf("table: %s, %d", r.Frequency, r.Usual)
	if part := (population*r.Percent + 99) / 100; part > n {
		n, why = part, fmt.Sprintf("table: %s, %d percent rounded up", r.Frequency, r.Percent)
	}
	if higher && r.Higher > n {
		n, why = r.Higher, fmt.Sprintf("table: %s, %d with higher risk", r.Frequency, r.Higher)
	}
	if n >= population {
		return population, why + ", which is all there are", nil
	}
	return n, why, nil
}

// Valid reports a table that cannot be used.
func (t Table) Valid() error {
	for i := range t {
		r := &t[i]
		switch {
		case !slices.Contains(Frequencies(), r.Frequency):
			return fault.New(fault.Invalid, "Row %d: there is no frequency %q.", i+1, r.Frequency)
		case r.Usual < 1 || r.Higher < r.Usual || r.Higher > MostItems:
			return fault.New(fault.Invalid, "Row %d: test at least one item usually, and no fewer with a higher risk.", i+1)
		case r.Percent < 0 || r.Percent > 100 || r.UpTo < 0 || r.UpTo > MostItems:
			return fault.New(fault.Invalid, "Row %d: give 0 to 100 percent, and a population of 0 (any) to %d items.", i+1, MostItems)
		}
	}
	for _, f := range Frequencies() {
		if err := t.ordered(f); err != nil {
			return err
		}
	}
	return nil
}

// ordered sees that each population finds exactly one row.
func (t Table) ordered(f Frequency) error {
	last, open := 0, false
	for i := range t {
		r := &t[i]
		if r.Frequency != f {
			continue
		}
		if open || r.UpTo != 0 && r.UpTo <= last {
			return fault.New(fault.Invalid, "The rows for %s are not in the order of their populations.", f)
		}
		last, open = r.UpTo, r.UpTo == 0
	}
	if !open {
		return fault.New(fault.Invalid, "The table has no row for %s and any number of items.", f)
	}
	return nil
}
