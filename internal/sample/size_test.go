package sample_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/kit/fault"
	"assay/internal/sample"
)

// TestSizesAreThePublishedOnes holds sizes to a table of what is needed where no
// deviation is expected: confidence and tolerable rate over populations, 0 being
// one without end.
func TestSizesAreThePublishedOnes(t *testing.T) {
	columns := [][2]sample.Rate{{9000, 500}, {9000, 1000}, {9000, 2000}, {9500, 500}, {9500, 1000}, {9500, 2000}}
	for population, want := range map[int][6]int{
		10: {9, 9, 7, 10, 10, 8}, 15: {14, 10, 8, 15, 12, 9}, 20: {18, 14, 9, 19, 16, 10}, 25: {17, 13, 9, 19, 16, 11},
		30: {21, 16, 9, 23, 19, 11}, 40: {27, 17, 10, 31, 21, 12}, 50: {27, 18, 10, 31, 22, 12}, 65: {28, 18, 10, 34, 22, 13},
		75: {33, 18, 10, 39, 23, 13}, 100: {37, 20, 10, 45, 25, 13}, 150: {37, 21, 10, 46, 26, 13}, 250: {40, 21, 11, 51, 27, 14},
		500: {43, 22, 11, 56, 28, 14}, 1000: {44, 22, 11, 57, 29, 14}, 0: {45, 22, 11, 59, 29, 14},
	} {
		for i, c := range columns {
			a := sample.Attribute{Population: population, Confidence: c[0], Tolerable: c[1]}
			got, err := a.Size()
			if err != nil || got.Size != want[i] || got.Acceptable != 0 {
				t.Errorf("%+v: got %+v, %v, want %d", a, got, err, want[i])
			}
		}
	}
}

// TestExpectedDeviations holds sizes to the tables that auditors know for 95 and
// 90 percent, with the number of deviations that each bears.
func TestExpectedDeviations(t *testing.T) {
	for _, tt := range []struct {
		confidence, tolerable, expected sample.Rate
		size, bears                     int
	}{
		{9500, 200, 0, 149, 0},
		{9500, 300, 0, 99, 0},
		{9500, 400, 0, 74, 0},
		{9500, 600, 0, 49, 0},
		{9500, 700, 0, 42, 0},
		{9500, 800, 0, 36, 0},
		{9500, 900, 0, 32, 0},
		{9500, 500, 25, 93, 1},
		{9500, 500, 100, 93, 1},
		{9500, 500, 150, 124, 2},
		{9500, 500, 200, 181, 4},
		{9500, 300, 100, 257, 3},
		{9500, 400, 100, 156, 2},
		{9500, 600, 200, 127, 3},
		{9500, 700, 200, 88, 2},
		{9500, 1000, 100, 46, 1},
		{9500, 1000, 300, 61, 2},
		{9500, 1000, 400, 89, 4},
		{9500, 1000, 500, 116, 6},
		{9500, 1500, 100, 30, 1},
		{9500, 2000, 100, 22, 1},
		{9000, 1000, 100, 38, 1},
		{9000, 500, 100, 77, 1},
		{9000, 1000, 500, 78, 4},
	} {
		a := sample.Attribute{Confidence: tt.confidence, Tolerable: tt.tolerable, Expected: tt.expected}
		if got, err := a.Size(); err != nil || got != (sample.Sized{Size: tt.size, Acceptable: tt.bears}) {
			t.Errorf("%+v: got %+v, %v, want %d bearing %d", a, got, err, tt.size, tt.bears)
		}
	}
}

// TestUpperLimits holds the limits to a published table, in tenths of a percent
// as it rounds them.
func TestUpperLimits(t *testing.T) {
	for tested, want := range map[int][8]int{ // 0 to 3 deviations, 90 and 95 percent each
		5:  {369, 451, 584, 657, 753, 811, 888, 924},
		10: {206, 259, 337, 394, 450, 507, 552, 607},
		20: {109, 139, 181, 216, 245, 283, 304, 344},
		25: {88, 113, 147, 176, 199, 231, 248, 282},
		29: {76, 98, 128, 153, 173, 202, 216, 246},
		45: {50, 64, 84, 101, 114, 133, 142, 163},
		60: {38, 49, 63, 77, 86, 101, 108, 124},
	} {
		for i, w := range want {
			confidence := sample.Rate(9000 + 500*(i%2))
			got, err := sample.Upper(0, tested, i/2, confidence)
			if err != nil || (int(got)+4)/10 != w { // it is rounded up to hundredths; the table to the nearest tenth
				t.Errorf("%d of %d at %d: got %d, %v, want %d tenths", i/2, tested, confidence, got, err, w)
			}
		}
	}
}

// atMost counts, one by one, the draws of n among all that have found or fewer of
// the bad ones, and says their part as a fraction.
func atMost(all, bad, n, found int) *big.Rat {
	choose := func(n, k int) *big.Int {
		if k < 0 || k > n {
			return new(big.Int)
		}
		return new(big.Int).Binomial(int64(n), int64(k))
	}
	sum := new(big.Int)
	for i := 0; i <= found; i++ {
		sum.Add(sum, new(big.Int).Mul(choose(bad, i), choose(all-bad, n-i)))
	}
	return new(big.Rat).SetFrac(sum, choose(all, n))
}

func risk(confidence sample.Rate) *big.Rat {
	return big.NewRat(int64(sample.All-confidence), int64(sample.All))
}

// TestSizeIsTheSmallestOfAll enumerates: the size satisfies by whole fractions,
// and no smaller one does with as many deviations.
func TestSizeIsTheSmallestOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := sample.Attribute{
			Population: rapid.IntRange(1, 400).Draw(t, "population"), Confidence: sample.Rate(rapid.IntRange(5000, 9999).Draw(t, "confidence")),
			Tolerable: sample.Rate(rapid.IntRange(10, 5000).Draw(t, "tolerable")),
		}
		a.Expected = sample.Rate(rapid.IntRange(0, int(a.Tolerable)-1).Draw(t, "expected"))
		got, err := a.Size()
		if err != nil {
			t.Fatal(err)
		}
		bad := (a.Population*int(a.Tolerable) + 9999) / 10000
		if got.Size == a.Population {
			return
		}
		if atMost(a.Population, bad, got.Size, got.Acceptable).Cmp(risk(a.Confidence)) > 0 {
			t.Fatalf("%+v does not show it", got)
		}
		if got.Size > 0 && atMost(a.Population, bad, got.Size-1, got.Acceptable).Cmp(risk(a.Confidence)) <= 0 {
			t.Fatalf("%+v: one fewer shows it too", got)
		}
		if (got.Size*int(a.Expected)+9999)/10000 > got.Acceptable {
			t.Fatalf("%+v does not bear what is expected", got)
		}
	})
}

// TestUpperLimitOfACountedPopulation enumerates: so many deviating items could
// still have hidden, and one more could not.
func TestUpperLimitOfACountedPopulation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.IntRange(1, 300).Draw(t, "population")
		tested := rapid.IntRange(1, all).Draw(t, "tested")
		found := rapid.IntRange(0, tested).Draw(t, "found")
		confidence := sample.Rate(rapid.IntRange(5000, 9999).Draw(t, "confidence"))
		got, err := sample.Upper(all, tested, found, confidence)
		if err != nil {
			t.Fatal(err)
		}
		most := int(got) * all / 10000 // the items that the rate, which was rounded up, stands for
		if most > all-(tested-found) || most < found {
			t.Fatalf("%d of %d cannot deviate when %d of %d were found to", most, all, found, tested)
		}
		if most > found && atMost(all, most, tested, found).Cmp(risk(confidence)) <= 0 {
			t.Fatalf("%d is too much", most)
		}
		if next := most + 1; next <= all-(tested-found) && atMost(all, next, tested, found).Cmp(risk(confidence)) > 0 {
			t.Fatalf("%d is too little", most)
		}
	})
}

// TestSizeAndLimitAgree: a sample of the size, with what it bears, has its upper
// limit at the tolerable rate or below.
func TestSizeAndLimitAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := sample.Attribute{Confidence: sample.Rate(rapid.IntRange(8000, 9900).Draw(t, "confidence")), Tolerable: sample.Rate(rapid.IntRange(200, 3000).Draw(t, "tolerable"))}
		a.Expected = sample.Rate(rapid.IntRange(0, int(a.Tolerable)/3).Draw(t, "expected"))
		got, err := a.Size()
		if err != nil {
			t.Fatal(err)
		}
		if up, err := sample.Upper(0, got.Size, got.Acceptable, a.Confidence); err != nil || up > a.Tolerable {
			t.Fatalf("%+v: limit %d, %v, above %d", got, up, err, a.Tolerable)
		}
		if up, err := sample.Upper(0, got.Size, got.Acceptable+1, a.Confidence); err != nil || up <= a.Tolerable {
			t.Fatalf("%+v: one deviation more, and the limit is %d, %v", got, up, err)
		}
	})
}

func TestWhatNoSampleShows(t *testing.T) {
	for name, a := range map[string]sample.Attribute{
		"no confidence":             {Tolerable: 500},
		"certainty":                 {Confidence: 10000, Tolerable: 500},
		"nothing tolerable":         {Confidence: 9500},
		"expected is not tolerable": {Confidence: 9500, Tolerable: 500, Expected: 500},
		"too near":                  {Confidence: 9999, Tolerable: 500, Expected: 499},
		"fewer than none":           {Population: -1, Confidence: 9500, Tolerable: 500},
	} {
		if _, err := a.Size(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, in := range [][3]int{{10, 11, 0}, {0, 5, 6}, {0, -1, 0}, {0, 5, -1}} {
		if _, err := sample.Upper(in[0], in[1], in[2], 9500); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", in, err)
		}
	}
	if up, err := sample.Upper(0, 0, 0, 9500); err != nil || up != sample.All {
		t.Errorf("nothing tested says nothing: %d, %v", up, err)
	}
	if up, err := sample.Upper(40, 40, 2, 9500); err != nil || up != 500 {
		t.Errorf("all tested is known: %d, %v", up, err)
	}
}

// TestCustomaryTable holds the table within the ranges that firms are seen to use.
func TestCustomaryTable(t *testing.T) {
	table := sample.Customary()
	if err := table.Valid(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		f              sample.Frequency
		population     int
		usual, atRisk  int
		atLeast, aMost int
	}{
		{sample.Annual, 1, 1, 1, 1, 1},
		{sample.Semiannual, 2, 2, 2, 1, 2},
		{sample.Quarterly, 4, 2, 4, 2, 4},
		{sample.Quarterly, 2, 2, 2, 1, 2}, // half a year
		{sample.Monthly, 12, 4, 6, 2, 6},
		{sample.Weekly, 52, 9, 15, 5, 15},
		{sample.Daily, 365, 25, 40, 15, 40},
		{sample.PerEvent, 0, 0, 0, 0, 0},
		{sample.PerEvent, 3, 3, 3, 3, 3},
		{sample.PerEvent, 5, 5, 5, 5, 5},
		{sample.PerEvent, 50, 5, 10, 3, 50},
		{sample.PerEvent, 51, 10, 25, 5, 25},
		{sample.PerEvent, 214, 22, 25, 10, 25},
		{sample.PerEvent, 251, 25, 60, 25, 60},
		{sample.PerEvent, 1_000_000, 25, 60, 25, 60},
	} {
		usual, why, err := table.Size(tt.f, tt.population, false)
		if err != nil || usual != tt.usual || why == "" || usual < tt.atLeast || usual > tt.aMost {
			t.Errorf("%s, %d: got %d (%s), %v, want %d", tt.f, tt.population, usual, why, err, tt.usual)
		}
		if higher, _, err := table.Size(tt.f, tt.population, true); err != nil || higher != tt.atRisk || higher > tt.aMost {
			t.Errorf("%s, %d, higher: got %d, %v, want %d", tt.f, tt.population, higher, err, tt.atRisk)
		}
	}
	for name, broken := range map[string]sample.Table{
		"empty":         {},
		"unknown":       append(sample.Customary(), sample.Row{Frequency: "yearly", Usual: 1, Higher: 1}),
		"two for any":   append(sample.Customary(), sample.Row{Frequency: sample.Daily, Usual: 1, Higher: 1}),
		"none for any":  sample.Customary()[:8],
		"fewer at risk": append(sample.Table{{Frequency: sample.Annual, Usual: 2, Higher: 1}}, sample.Customary()[1:]...),
	} {
		if err := broken.Valid(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
