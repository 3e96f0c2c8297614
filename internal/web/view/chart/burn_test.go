package chart

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever was left on whatever days, the picture stays inside its frame and says
// its label; without a day there is none.
func TestBurnStaysInItsFrame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := Burn{Label: "Left: some.", First: "1 Jan", Last: "2 Feb", Now: "some", Left: rapid.SliceOfN(rapid.IntRange(0, 500), 1, 90).Draw(rt, "left")}
		b.Days = len(b.Left) + rapid.IntRange(0, 90).Draw(rt, "ahead")
		for day := range b.Left {
			if x, y := b.point(day); x < 0 || x > 100 || y < 0 || y > 100 {
				rt.Fatalf("day %d at %f, %f", day, x, y)
			}
		}
		if got := draw(t, b.Draw()); !strings.Contains(got, `aria-label="Left: some."`) || strings.Contains(got, "NaN") {
			rt.Fatal(got)
		}
	})
	if got := draw(t, Burn{}.Draw()); got != "" {
		t.Error(got)
	}
}
