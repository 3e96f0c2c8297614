package standing

import (
	"time"

	"assay/internal/kit/fault"
)

// Date is a civil day of the Gregorian calendar, without a zone. It counts
// days, so that dates are compared, added to and subtracted like integers; 1
// is 1 January of the year 1. The zero Date is no date.
type Date int

const (
	epoch      Date  = 719163 // 1 January 1970
	daySeconds int64 = 24 * 60 * 60
	dateLayout       = "2006-01-02"
)

// NewDate returns the date; a month or day out of range is carried over, as
// time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return epoch + Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/daySeconds)
}

// ParseDate reads a date written as 2026-11-22.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, err, "%q is not a date; write it as 2026-11-22.", s)
	}
	return NewDate(t.Date()), nil
}

// seconds is midnight of the date in UTC, in seconds since 1970.
func (d Date) seconds() int64 { return int64(d-epoch) * daySeconds }

// Civil takes the date apart.
func (d Date) Civil() (year int, month time.Month, day int) {
	return time.Unix(d.seconds(), 0).UTC().Date()
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return time.Unix(d.seconds(), 0).UTC().Weekday() }

// String writes the date as 2026-11-22, and nothing for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return time.Unix(d.seconds(), 0).UTC().Format(dateLayout)
}

// MarshalText writes what String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what String wrote.
func (d *Date) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	*d, err = ParseDate(string(text))
	return err
}

// AddMonths moves the date by n months, to the last day of the month where the
// month is too short: 31 January plus one month is 28 or 29 February. To stay
// at the month's end over many steps, count them all from one date.
func (d Date) AddMonths(n int) Date {
	year, month, day := d.Civil()
	first := NewDate(year, month+time.Month(n), 1)
	last := NewDate(year, month+time.Month(n)+1, 1) - 1
	return min(first+Date(day-1), last)
}

// Start is the first instant of the day in the zone, UTC when nil: the first
// at which a clock there shows this date or a later one. Mostly that is
// midnight; it is one o'clock where the clock skips midnight. A date that the
// zone skipped starts when the next one does, and so is empty.
func (d Date) Start(zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	// Go through the stretches of constant offset, from one in which it is
	// certainly earlier, to the first in which a clock shows the date.
	midnight := d.seconds()
	for at := time.Unix(midnight-daySeconds, 0).In(zone); ; {
		_, offset := at.Zone()
		_, next := at.ZoneBounds()
		start := max(midnight-int64(offset), at.Unix())
		if next.IsZero() || start < next.Unix() {
			return time.Unix(start, 0).UTC()
		}
		at = next
	}
}

// DayOf is the day that t belongs to in the zone, UTC when nil: the last whose
// start is not after t. It is the date a clock there shows, except that a
// clock set back over midnight does not bring the day before back.
func DayOf(t time.Time, zone *time.Location) Date {
	if zone == nil {
		zone = time.UTC
	}
	d := NewDate(t.In(zone).Date())
	for !(d + 1).Start(zone).After(t) {
		d++
	}
	return d
}

// Period is a stretch of whole local days, From ≤ day < To, of one zone.
type Period struct {
	From, To Date
	Zone     *time.Location // UTC when nil
}

// Validate reports a period that holds no day.
func (p Period) Validate() error {
	if p.From <= 0 || p.To <= p.From {
		return fault.New(fault.Invalid, "The period must begin before it ends.")
	}
	return nil
}

// Days is the number of dates in the period, whether over or to come.
func (p Period) Days() int { return int(max(p.To-p.From, 0)) }

// Start is the first instant of the period.
func (p Period) Start() time.Time { return p.From.Start(p.Zone) }

// End is the first instant after the period.
func (p Period) End() time.Time { return p.To.Start(p.Zone) }

// Contains reports whether t lies in the period.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.Start()) && t.Before(p.End()) }

// Months lists the parts of the calendar's months that lie in the period, as
// periods.
func (p Period) Months() []Period {
	var months []Period
	for from := p.From; from < p.To; {
		year, month, _ := from.Civil()
		to := min(NewDate(year, month+1, 1), p.To)
		months = append(months, Period{From: from, To: to, Zone: p.Zone})
		from = to
	}
	return months
}

// Calendar is a period seen from one instant. Make it once and judge every
// control with it; it is not changed by that and may be shared.
type Calendar struct {
	period Period
	now    int64   // nanoseconds since 1970, like every instant below
	today  Date    // the day of now, in the period or not
	days   int     // days of the period that have begun
	starts []int64 // when each of those starts, and then when the next one does
}

// NewCalendar looks at the period from now on backward. A day has begun at its
// first instant.
func NewCalendar(p Period, now time.Time) *Calendar {
	c := &Calendar{period: p, now: now.UnixNano(), today: DayOf(now, p.Zone)}
	c.days = int(max(min(p.To, c.today+1)-p.From, 0))
	for i := range c.days + 1 {
		c.starts = append(c.starts, c.start(p.From+Date(i)))
	}
	return c
}

// Period is the period that the calendar shows.
func (c *Calendar) Period() Period { return c.period }

// Today is the day of the present; it may lie before or after the period.
func (c *Calendar) Today() Date { return c.today }

// end is the first date that is not judged: the period's end or tomorrow.
func (c *Calendar) end() Date { return c.period.From + Date(c.days) }

func (c *Calendar) date(i int) Date { return c.period.From + Date(i) }

func (c *Calendar) start(d Date) int64 { return d.Start(c.period.Zone).UnixNano() }

// until is when judging day i ends: at its end, or now.
func (c *Calendar) until(i int) int64 { return min(c.starts[i+1], c.now) }

// skipped reports a date that the zone skipped.
func (c *Calendar) skipped(i int) bool { return c.starts[i] == c.starts[i+1] }

// index is the day in which at lies, counted from the period's first: -1
// before it, and the number of days after the last that has begun.
func (c *Calendar) index(at int64) int {
	if at < c.starts[0] {
		return -1
	}
	i := min(int((at-c.starts[0])/int64(24*time.Hour)), c.days)
	for i < c.days && c.starts[i+1] <= at {
		i++
	}
	for c.starts[i] > at {
		i--
	}
	return i
}

// dayOf is the day of an instant that may lie outside the period.
func (c *Calendar) dayOf(at int64) Date {
	if i := c.index(at); i >= 0 && i < c.days {
		return c.date(i)
	}
	return DayOf(time.Unix(0, at), c.period.Zone)
}

// clip turns the days from ≤ day < to into indexes of days that have begun. It
// is empty when from reaches to.
func (c *Calendar) clip(from, to Date) (first, end int) {
	first = int(max(from, c.period.From) - c.period.From)
	end = int(min(to, c.end()) - c.period.From)
	return min(first, c.days), max(end, 0)
}
