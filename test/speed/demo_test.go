package speed_test

import (
	"testing"

	"assay/internal/demo"
)

// BenchmarkDemo makes the demonstration's year from nothing. cpu-ms is the
// figure to compare: other programs do not disturb it.
func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		s, hand := open(b, b.TempDir())
		before := cpu(b)
		y, err := demo.Make(b.Context(), s, hand, demo.Options{AsOf: asOf(), Scale: scale(b)})
		if err != nil {
			b.Fatal(err)
		}
		used := cpu(b) - before
		b.ReportMetric(float64(used.Milliseconds()), "cpu-ms")
		b.ReportMetric(float64(used.Milliseconds())/float64(y.Days), "cpu-ms/day")
	}
}
