package clock_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/kit/clock"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("somewhere", rapid.IntRange(-14*3600, 14*3600).Draw(t, "offset"))
		at := time.Unix(rapid.Int64Range(0, 253402300799).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).In(zone)
		text := clock.Format(at)
		got, err := clock.Parse(text)
		if err != nil || !got.Equal(clock.Trunc(at)) {
			t.Fatalf("%s read as %v: %v", text, got, err)
		}
		if d := at.Sub(clock.Trunc(at)); d < 0 || d >= time.Millisecond {
			t.Fatalf("truncated by %v", d)
		}
	})
}

// A leaf has one spelling of a time: another that means the same is refused.
func TestNothingElseIsRead(t *testing.T) {
	for _, text := range []string{
		"", "2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.1234Z", "2026-01-02T03:04:05.123+00:00",
		"2026-01-02T03:04:05.123", "2026-01-02 03:04:05.123Z", "2026-01-02T3:04:05.123Z", "2026-01-02T03:04:05,123Z",
		"2026-02-30T03:04:05.123Z", "2026-01-02T24:00:00.000Z", "2026-01-02T03:04:05.123z", " 2026-01-02T03:04:05.123Z", "2026-01-02T03:04:60.000Z",
	} {
		if at, err := clock.Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, at)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-01-02T03:04:05.123Z", "2026-01-02T3:04:05.123Z", "2026-01-02T03:04:05,123Z", "0000-01-01T00:00:00.000Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, err := clock.Parse(s); err == nil && clock.Format(at) != s {
			t.Errorf("%q is read, and written as %q", s, clock.Format(at))
		}
	})
}

func TestSystemClockHasTheStoredPrecision(t *testing.T) {
	now := clock.System()
	if now.Location() != time.UTC || now.Nanosecond()%int(time.Millisecond) != 0 {
		t.Errorf("%v is not UTC in milliseconds", now)
	}
	if off := math.Abs(time.Since(now).Seconds()); off > 60 {
		t.Errorf("%v is %.0f s from now", now, off)
	}
}

func TestHandStandsStill(t *testing.T) {
	h := &clock.Hand{}
	h.Set(time.Date(2026, 1, 2, 3, 4, 5, 1_999_999, time.FixedZone("x", 3600)))
	want := time.Date(2026, 1, 2, 2, 4, 5, 1_000_000, time.UTC)
	for range 2 {
		if h.Now() != want {
			t.Fatalf("%v, want %v", h.Now(), want)
		}
	}
	if got := h.Add(90 * time.Second); got != want.Add(90*time.Second) || h.Now() != got {
		t.Fatalf("moved to %v, stands at %v", got, h.Now())
	}
}
