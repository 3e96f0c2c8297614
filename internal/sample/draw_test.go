package sample_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/sample"
)

func seedOf(t *rapid.T) sample.Seed {
	b := rapid.SliceOfN(rapid.Byte(), 96, 96).Draw(t, "seed")
	return sample.NewSeed(tlog.Hash(b[:32]), tlog.Hash(b[32:64]), sample.Nonce(b[64:]))
}

// TestSelections: any plan selects its size, each item once, all of the
// population, and the same items again.
func TestSelections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, n := seedOf(t), rapid.IntRange(0, 500).Draw(t, "count")
		k := rapid.IntRange(0, n).Draw(t, "size")
		for _, method := range []sample.Method{sample.Random, sample.Systematic, sample.Whole} {
			p := sample.Plan{Method: method, Count: n, Size: k}
			got, err := p.Draw(seed)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := p.Draw(seed)
			if !slices.Equal(got, again) {
				t.Fatalf("%s: two draws differ", method)
			}
			want := k
			if method == sample.Whole {
				want = n
			}
			sorted := slices.Sorted(slices.Values(got))
			if len(got) != want || len(slices.Compact(sorted)) != want || want > 0 && (sorted[0] < 0 || sorted[want-1] >= n) {
				t.Fatalf("%s: %d of %d gave %v", method, k, n, got)
			}
		}
	})
}

// TestExtending: what was selected stays, and what is added comes after it.
func TestExtending(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, n := seedOf(t), rapid.IntRange(1, 300).Draw(t, "count")
		k := rapid.IntRange(0, n-1).Draw(t, "size")
		small, err := (&sample.Plan{Method: sample.Random, Count: n, Size: k}).Draw(seed)
		if err != nil {
			t.Fatal(err)
		}
		large, err := (&sample.Plan{Method: sample.Random, Count: n, Size: k + 1}).Draw(seed)
		if err != nil || !slices.Equal(large[:k], small) {
			t.Fatalf("%v became %v, %v", small, large, err)
		}
	})
}

// TestSystematicIsSpread: no two neighbours are further apart, or nearer, than
// the distance rounded up, or down.
func TestSystematicIsSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, n := seedOf(t), rapid.IntRange(1, 1000).Draw(t, "count")
		k := rapid.IntRange(1, n).Draw(t, "size")
		got, err := (&sample.Plan{Method: sample.Systematic, Count: n, Size: k}).Draw(seed)
		if err != nil || got[0] > n/k {
			t.Fatalf("%v, %v", got, err)
		}
		for i := 1; i < k; i++ {
			if d := got[i] - got[i-1]; d < n/k || d > (n+k-1)/k {
				t.Fatalf("distance %d among %v", d, got)
			}
		}
	})
}

// TestStrata: each stratum gives its own size, from its own items.
func TestStrata(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, p := seedOf(t), sample.Plan{Method: sample.Stratified}
		sizes := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 6).Draw(t, "strata")
		for i, size := range sizes {
			s := sample.Stratum{Name: string(rune('a' + i)), Size: rapid.IntRange(0, size).Draw(t, "size")}
			for range size {
				s.Items = append(s.Items, p.Count)
				p.Count++
			}
			p.Strata = append(p.Strata, s)
		}
		got, err := p.Draw(seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Strata {
			part := got[:s.Size]
			got = got[s.Size:]
			for _, item := range part {
				if !slices.Contains(s.Items, item) {
					t.Fatalf("%d is not of stratum %s", item, s.Name)
				}
			}
		}
		if len(got) != 0 {
			t.Fatalf("%v are of no stratum", got)
		}
	})
}

// TestShare: the parts sum to the sample, none is larger than its stratum, and
// none that has items is left out.
func TestShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strata := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 8).Draw(t, "strata")
		size := rapid.IntRange(0, 300).Draw(t, "size")
		sum, all, floor := 0, 0, 0
		for i, n := range sample.Share(size, strata) {
			if n > strata[i] || strata[i] > 0 && n == 0 {
				t.Fatalf("%d of %d", n, strata[i])
			}
			sum, all, floor = sum+n, all+strata[i], floor+min(strata[i], 1)
		}
		if sum != min(max(size, floor), all) {
			t.Fatalf("%d of %d are shared among %v", sum, size, strata)
		}
	})
	if got := sample.Share(25, []int{10, 200, 40}); !slices.Equal(got, []int{1, 20, 4}) {
		t.Errorf("in proportion: %v", got)
	}
}

// TestEveryItemHasTheSameChance: over many seeds no item is selected much more
// often than another. The bounds are six standard deviations.
func TestEveryItemHasTheSameChance(t *testing.T) {
	const seeds, n, k = 20_000, 20, 5
	for _, method := range []sample.Method{sample.Random, sample.Systematic} {
		var times [n]int
		for i := range seeds {
			seed := sample.NewSeed(tlog.Hash{byte(i), byte(i >> 8)}, tlog.Hash{1}, sample.Nonce{2})
			got, err := (&sample.Plan{Method: method, Count: n, Size: k}).Draw(seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range got {
				times[item]++
			}
		}
		for item, got := range times {
			if got < 5000-370 || got > 5000+370 {
				t.Errorf("%s: item %d was selected %d times of 5000", method, item, got)
			}
		}
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	for name, p := range map[string]sample.Plan{
		"more than there are":     {Method: sample.Random, Count: 3, Size: 4},
		"no method":               {Count: 3, Size: 1},
		"chosen without a reason": {Method: sample.Judgemental, Count: 3, Chosen: []int{1}},
		"chosen twice":            {Method: sample.Judgemental, Count: 3, Chosen: []int{1, 1}, Reason: "r"},
		"chosen elsewhere":        {Method: sample.Judgemental, Count: 3, Chosen: []int{3}, Reason: "r"},
		"no strata":               {Method: sample.Stratified, Count: 3},
		"a gap between strata":    {Method: sample.Stratified, Count: 3, Strata: []sample.Stratum{{Items: []int{0, 1}, Size: 1}}},
		"strata that overlap":     {Method: sample.Stratified, Count: 2, Strata: []sample.Stratum{{Items: []int{0}}, {Items: []int{0}}}},
		"too many of a stratum":   {Method: sample.Stratified, Count: 1, Strata: []sample.Stratum{{Items: []int{0}, Size: 2}}},
		"fewer than none":         {Method: sample.Whole, Count: -1},
	} {
		if got, err := p.Draw(sample.Seed{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestSeedTakesEverything: another population, checkpoint or nonce is another
// seed, and the nonce's hash is not the nonce.
func TestSeedTakesEverything(t *testing.T) {
	seeds := map[sample.Seed]bool{}
	for i := range 8 {
		var a, b tlog.Hash
		var n sample.Nonce
		a[31], b[31], n[31] = byte(i&1), byte(i>>1&1), byte(i>>2&1)
		seeds[sample.NewSeed(a, b, n)] = true
	}
	if len(seeds) != 8 {
		t.Errorf("%d seeds of 8", len(seeds))
	}
	if n := (sample.Nonce{}); n.Hash() == (sample.Nonce{1}).Hash() {
		t.Error("two nonces have one hash")
	}
}
