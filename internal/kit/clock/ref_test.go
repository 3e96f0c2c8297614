package clock_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/kit/clock"
)

// What is read is what package time reads of the same text, where that writes it
// the same.
func TestParseIsThatOfTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(clock.Format(time.Unix(rapid.Int64Range(-62167219200, 253402300799).Draw(t, "s"), 0)))
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("0123456789-:.TZz, ")).Draw(t, "to")
		}
		want, err := time.Parse("2006-01-02T15:04:05.000Z", string(b))
		if err == nil && clock.Format(want) != string(b) {
			want = time.Time{}
		}
		got, refused := clock.Parse(string(b))
		if !got.Equal(want) || (refused == nil) != (err == nil && clock.Format(want) == string(b)) {
			t.Fatalf("%s is read as %v (%v), want %v (%v)", b, got, refused, want, err)
		}
	})
}
