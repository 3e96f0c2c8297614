package standing

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests, whatever the machine has

	"pgregory.net/rapid"

	"assay/internal/kit/fault"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDatesCountDays(t *testing.T) {
	for s, want := range map[string]Date{"0001-01-01": 1, "1970-01-01": 719163, "2000-02-29": 730179, "2026-11-22": 739942} {
		d := date(t, s)
		if d != want || d.String() != s {
			t.Errorf("%s is %d, written %s; want %d", s, d, d, want)
		}
	}
	if date(t, "2026-11-22").Weekday() != time.Sunday {
		t.Error("22 November 2026 is a Sunday")
	}
	var none Date
	if none.String() != "" {
		t.Errorf("no date is written %q", none)
	}
	for _, s := range []string{"", "2026-02-30", "2026-2-3", "22.11.2026", "2026-11-22T00:00:00Z", "0000-01-01x"} {
		if d, err := ParseDate(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is read as %s, %v", s, d, err)
		}
	}
}

func FuzzDateIsReadAsWritten(f *testing.F) {
	f.Add("2026-11-22")
	f.Add("0001-01-01")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		var again Date
		if err := again.UnmarshalText([]byte(s)); err != nil || again != d || d != 0 && d.String() != s {
			t.Errorf("%q is read as %d, then %d, %v", s, d, again, err)
		}
	})
}

func TestMonthsAreAddedToTheMonthsEnd(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2026-01-31", 2, "2026-03-31"},
		{"2026-01-31", 3, "2026-04-30"},
		{"2028-02-29", 12, "2029-02-28"},
		{"2028-02-29", 48, "2032-02-29"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-11-30", 3, "2027-02-28"},
		{"2026-05-15", 0, "2026-05-15"},
		{"2026-01-01", -1, "2025-12-01"},
	} {
		if got := date(t, c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestDaysAroundChangesOfTheClock(t *testing.T) {
	for _, c := range []struct {
		zone, day, start string
		length           time.Duration
	}{
		{"UTC", "2026-03-29", "2026-03-29T00:00:00Z", 24 * time.Hour},
		{"Europe/Stockholm", "2026-03-28", "2026-03-27T23:00:00Z", 24 * time.Hour},
		{"Europe/Stockholm", "2026-03-29", "2026-03-28T23:00:00Z", 23 * time.Hour},
		{"Europe/Stockholm", "2026-10-25", "2026-10-24T22:00:00Z", 25 * time.Hour},
		{"America/Santiago", "2024-09-08", "2024-09-08T04:00:00Z", 23 * time.Hour}, // there is no midnight
		{"America/Santiago", "2024-04-06", "2024-04-06T03:00:00Z", 25 * time.Hour}, // 23:00 comes twice
		{"America/Santiago", "2024-04-07", "2024-04-07T04:00:00Z", 24 * time.Hour},
		{"America/Havana", "2024-11-03", "2024-11-03T04:00:00Z", 25 * time.Hour},                     // midnight comes twice
		{"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z", 25 * time.Hour},                   // from 00:01 back to the day before
		{"America/St_Johns", "2010-11-06", "2010-11-06T02:30:00Z", 24 * time.Hour},                   //
		{"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 23*time.Hour + 30*time.Minute}, // half an hour
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", 24 * time.Hour},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0}, // there is no such day
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24 * time.Hour},
		{"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z", 24 * time.Hour},
		{"Etc/GMT+12", "2026-01-01", "2026-01-01T12:00:00Z", 24 * time.Hour},
	} {
		z, d := zone(t, c.zone), date(t, c.day)
		start := d.Start(z)
		if want := instant(t, c.start); !start.Equal(want) {
			t.Errorf("%s in %s starts at %s, want %s", d, c.zone, start, want)
		}
		if length := (d + 1).Start(z).Sub(start); length != c.length {
			t.Errorf("%s in %s has %s, want %s", d, c.zone, length, c.length)
		}
	}
	if !date(t, "2026-03-29").Start(nil).Equal(instant(t, "2026-03-29T00:00:00Z")) || DayOf(instant(t, "2026-03-29T00:00:00Z"), nil).String() != "2026-03-29" {
		t.Error("no zone is not UTC")
	}
}

func TestAClockSetBackOverMidnightDoesNotBringTheDayBack(t *testing.T) {
	z := zone(t, "America/St_Johns")
	for _, c := range []struct{ at, shows, day string }{
		{"2010-11-07T02:29:59.999Z", "2010-11-06 23:59", "2010-11-06"},
		{"2010-11-07T02:30:00Z", "2010-11-07 00:00", "2010-11-07"},
		{"2010-11-07T02:31:00Z", "2010-11-06 23:01", "2010-11-07"},
		{"2010-11-07T03:30:00Z", "2010-11-07 00:00", "2010-11-07"},
	} {
		at := instant(t, c.at)
		if shows := at.In(z).Format("2006-01-02 15:04"); shows != c.shows {
			t.Errorf("at %s a clock shows %s, want %s", c.at, shows, c.shows)
		}
		if day := DayOf(at, z).String(); day != c.day {
			t.Errorf("%s lies in %s, want %s", c.at, day, c.day)
		}
	}
}

// places are a zone and a date near which something happens to its clock.
func places() []struct {
	zone string
	near string
} {
	return []struct{ zone, near string }{
		{"UTC", "2026-03-01"},
		{"Europe/Stockholm", "2026-03-29"},
		{"Europe/Stockholm", "2026-10-25"},
		{"America/Santiago", "2024-09-08"},
		{"America/Santiago", "2024-04-07"},
		{"Pacific/Apia", "2011-12-30"},
		{"America/St_Johns", "2010-11-07"},
		{"America/Havana", "2024-11-03"},
		{"Australia/Lord_Howe", "2026-10-04"},
		{"Asia/Kathmandu", "2024-02-29"},
	}
}

// TestDaysPartitionTime goes through time in steps shorter than any shift of a
// clock and holds days against the dates that clocks showed on the way.
func TestDaysPartitionTime(t *testing.T) {
	for _, p := range places() {
		z, near := zone(t, p.zone), date(t, p.near)
		var latest Date // the latest date that a clock has shown
		began := map[Date]time.Time{}
		from := time.Unix((near - 4).seconds(), 0)
		for at := from; at.Before(from.Add(8 * 24 * time.Hour)); at = at.Add(time.Minute) {
			shown := NewDate(at.In(z).Date())
			if shown > latest {
				for d := max(latest+1, shown-1); d <= shown && latest != 0; d++ {
					began[d] = at
				}
				latest = shown
			}
			if got := DayOf(at, z); got != latest {
				t.Fatalf("%s: %s lies in %s, want %s", p.zone, at, got, latest)
			}
		}
		for d, at := range began {
			if start := d.Start(z); !start.Equal(at) {
				t.Errorf("%s: %s starts at %s, want %s", p.zone, d, start, at)
			}
		}
		if len(began) < 7 {
			t.Errorf("%s: only %d days", p.zone, len(began))
		}
	}
}

func TestACalendarAgreesWithTheZone(t *testing.T) {
	for _, place := range places() {
		z, near := zone(t, place.zone), date(t, place.near)
		p := Period{From: near - 4, To: near + 4, Zone: z}
		c := NewCalendar(p, p.End())
		if c.days != p.Days() || c.end() != p.To || c.today != p.To {
			t.Errorf("%s: %d days, today %s", place.zone, c.days, c.today)
		}
		for at := p.Start().Add(-50 * time.Hour); at.Before(p.End().Add(50 * time.Hour)); at = at.Add(15 * time.Minute) {
			if got, want := c.dayOf(at.UnixNano()), DayOf(at, z); got != want {
				t.Fatalf("%s: %s lies in %s, want %s", place.zone, at, got, want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := NewCalendar(w.period, w.now)
		end := max(min(w.period.To, DayOf(w.now, w.period.Zone)+1), w.period.From)
		if c.end() != end || len(c.starts) != c.days+1 {
			t.Fatalf("the calendar of %d days ends at %s, want %s", c.days, c.end(), end)
		}
	})
}

func TestPeriods(t *testing.T) {
	p := Period{From: date(t, "2026-01-15"), To: date(t, "2026-04-01"), Zone: zone(t, "Europe/Stockholm")}
	if p.Days() != 76 || p.Validate() != nil {
		t.Errorf("%d days, %v", p.Days(), p.Validate())
	}
	for at, want := range map[string]bool{
		"2026-01-14T22:59:59.999Z": false, "2026-01-14T23:00:00Z": true,
		"2026-03-31T21:59:59.999Z": true, "2026-03-31T22:00:00Z": false,
	} {
		if p.Contains(instant(t, at)) != want {
			t.Errorf("%s in the period: want %t", at, want)
		}
	}
	if !p.Start().Equal(instant(t, "2026-01-14T23:00:00Z")) || !p.End().Equal(instant(t, "2026-03-31T22:00:00Z")) {
		t.Errorf("from %s to %s", p.Start(), p.End())
	}
	var months []string
	for _, m := range p.Months() {
		months = append(months, m.From.String()+" "+m.To.String())
	}
	want := []string{"2026-01-15 2026-02-01", "2026-02-01 2026-03-01", "2026-03-01 2026-04-01"}
	if len(months) != 3 || months[0] != want[0] || months[1] != want[1] || months[2] != want[2] {
		t.Errorf("months: %v", months)
	}
	for _, bad := range []Period{{}, {From: 5, To: 5}, {From: 6, To: 5}, {To: 5}} {
		if bad.Validate() == nil {
			t.Errorf("%v is valid", bad)
		}
	}
}
