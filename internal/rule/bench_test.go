package rule

import (
	"testing"

	"assay/internal/resource"
)

// BenchmarkJudge reports the time of one evaluation: a population, an
// assertion over a nested list and a message for those that fail.
func BenchmarkJudge(b *testing.B) {
	d, err := Parse([]byte(mfaCheck))
	if err != nil {
		b.Fatal(err)
	}
	p, err := Compile(d, testKinds(), nil)
	if err != nil {
		b.Fatal(err)
	}
	const n = 10_000
	views := make([]*resource.View, n)
	for i := range views {
		views[i] = account("a"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676)), map[string]any{"mfa": i%10 > 0})
	}
	in := offering(views...)
	b.ReportAllocs()
	for b.Loop() {
		if out, err := p.Judge(b.Context(), in); err != nil || out.Counts.Fail != n/10 {
			b.Fatalf("%+v, %v", out.Counts, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/resource")
}

// BenchmarkCompile reports the time of one compilation.
func BenchmarkCompile(b *testing.B) {
	d, err := Parse([]byte(mfaCheck))
	if err != nil {
		b.Fatal(err)
	}
	kinds := testKinds()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(d, kinds, nil); err != nil {
			b.Fatal(err)
		}
	}
}
