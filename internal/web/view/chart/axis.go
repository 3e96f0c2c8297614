package chart

import (
	"strconv"
	"strings"
	"time"
)

// Axis is the window that a picture shows: Days whole days from Start on.
type Axis struct {
	Start time.Time // first day; only its date counts
	Days  int       // length of the window, at least 1
	Today int       // days begun so far, 0 to Days: the rest is still to come
}

// Day is the number of days from Start to the date of t, negative before it.
func (a Axis) Day(t time.Time) int {
	return int(date(t).Sub(date(a.Start)).Hours() / 24)
}

// date strips the clock and the zone: days are counted as calendar dates, so
// that one of 23 or 25 hours still counts as one.
func date(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func (a Axis) days() int { return max(a.Days, 1) }

func (a Axis) today() int { return min(max(a.Today, 0), a.days()) }

// at is the position of a day's beginning, in percent of the width.
func (a Axis) at(day int) float64 { return float64(day) / float64(a.days()) * 100 }

// name writes a day for people: "14 Jan" within one calendar year, with the
// year when the window is longer than 366 days.
func (a Axis) name(day int) string {
	t := date(a.Start).AddDate(0, 0, day)
	if a.days() > 366 {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2 Jan")
}

// tick is a mark of the axis.
type tick struct {
	day   int
	label string
}

// ticks are the beginnings of months; of weeks when the window is shorter than
// ten weeks; of quarters when it is longer than 18 months.
func (a Axis) ticks() []tick {
	start, end := date(a.Start), date(a.Start).AddDate(0, 0, a.days())
	var out []tick
	add := func(t time.Time, layout string) {
		out = append(out, tick{int(t.Sub(start).Hours() / 24), t.Format(layout)})
	}
	switch {
	case a.days() < 70:
		for t := start; t.Before(end); t = t.AddDate(0, 0, 7) {
			add(t, "2 Jan")
		}
	case a.days() <= 550:
		for t := start; t.Before(end); t = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC) {
			add(t, "Jan")
		}
	default:
		for t := start; t.Before(end); t = time.Date(t.Year(), t.Month()+3-(t.Month()-1)%3, 1, 0, 0, 0, 0, time.UTC) {
			add(t, "Jan 06")
		}
	}
	return roomy(out, a.days())
}

// roomy drops the first mark when the second follows so closely that their
// labels would touch.
func roomy(ts []tick, days int) []tick {
	if len(ts) > 1 && float64(ts[1].day-ts[0].day)/float64(days) < 0.045 {
		return ts[1:]
	}
	return ts
}

// pct writes a percentage with at most three decimals: "12.5%".
func pct(v float64) string {
	s := strconv.FormatFloat(v, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
}

func px(v int) string { return strconv.Itoa(v) }
