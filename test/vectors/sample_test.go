package vectors

import (
	"encoding/hex"
	"slices"
	"testing"

	"assay/internal/kit/tlog"
	"assay/internal/sample"
)

type drawn struct {
	Population string    `json:"population"` // root, in hexadecimal
	Checkpoint string    `json:"checkpoint"` // root
	Nonce      string    `json:"nonce"`
	Committed  string    `json:"committed"` // the nonce's hash
	Seed       string    `json:"seed"`
	Method     string    `json:"method"`
	Count      int       `json:"count"`
	Size       int       `json:"size"`
	Strata     []stratum `json:"strata,omitempty"`
	Items      []int     `json:"items"` // in the order drawn
}

type stratum struct {
	Items []int `json:"items"`
	Size  int   `json:"size"`
}

// sized is a size for a confidence and rates in parts of ten thousand; of a
// population of 0, one without end.
type sized struct {
	Population int `json:"population"`
	Confidence int `json:"confidence"`
	Tolerable  int `json:"tolerable"`
	Expected   int `json:"expected"`
	Size       int `json:"size"`
	Acceptable int `json:"acceptable"`
}

type limited struct {
	Population int `json:"population"`
	Tested     int `json:"tested"`
	Deviations int `json:"deviations"`
	Confidence int `json:"confidence"`
	Upper      int `json:"upper"`
}

type sampleVectors struct {
	Drawn  []drawn   `json:"drawn"`
	Sizes  []sized   `json:"sizes"`
	Limits []limited `json:"limits"`
}

func filled(b byte) (h tlog.Hash) {
	for i := range h {
		h[i] = b
	}
	return h
}

func makeDrawn(t *testing.T, p *sample.Plan, population, checkpoint tlog.Hash, nonce sample.Nonce) drawn {
	t.Helper()
	seed := sample.NewSeed(population, checkpoint, nonce)
	items, err := p.Draw(seed)
	if err != nil {
		t.Fatal(err)
	}
	d := drawn{
		Population: population.String(), Checkpoint: checkpoint.String(), Nonce: hex.EncodeToString(nonce[:]), Committed: nonce.Hash().String(),
		Seed: hex.EncodeToString(seed[:]), Method: string(p.Method), Count: p.Count, Size: p.Size, Items: items,
	}
	for _, s := range p.Strata {
		d.Strata = append(d.Strata, stratum{s.Items, s.Size})
	}
	return d
}

func makeSample(t *testing.T) (v sampleVectors) {
	t.Helper()
	for _, p := range []sample.Plan{
		{Method: sample.Random, Count: 214, Size: 5},
		{Method: sample.Random, Count: 214, Size: 22},
		{Method: sample.Random, Count: 300, Size: 300},
		{Method: sample.Random, Count: 1, Size: 1},
		{Method: sample.Random, Count: 7, Size: 0},
		{Method: sample.Systematic, Count: 214, Size: 22},
		{Method: sample.Systematic, Count: 365, Size: 25},
		{Method: sample.Systematic, Count: 5, Size: 5},
		{Method: sample.Stratified, Count: 6, Strata: []sample.Stratum{{Items: []int{0, 5}, Size: 2}, {Items: []int{1, 2, 3, 4}, Size: 2}}},
		{Method: sample.Whole, Count: 7},
	} {
		v.Drawn = append(v.Drawn, makeDrawn(t, &p, filled(1), filled(2), sample.Nonce(filled(3))),
			makeDrawn(t, &p, tlog.LeafHash([]byte("population")), tlog.LeafHash([]byte("checkpoint")), sample.Nonce(tlog.LeafHash([]byte("nonce")))))
	}
	for _, a := range []sample.Attribute{
		{Population: 10, Confidence: 9000, Tolerable: 500},
		{Population: 25, Confidence: 9500, Tolerable: 500},
		{Population: 250, Confidence: 9000, Tolerable: 500},
		{Population: 1000, Confidence: 9500, Tolerable: 1000},
		{Confidence: 9500, Tolerable: 500},
		{Confidence: 9500, Tolerable: 500, Expected: 200},
		{Confidence: 9000, Tolerable: 1000, Expected: 500},
		{Population: 60, Confidence: 9500, Tolerable: 500, Expected: 200},
	} {
		got, err := a.Size()
		if err != nil {
			t.Fatal(err)
		}
		v.Sizes = append(v.Sizes, sized{a.Population, int(a.Confidence), int(a.Tolerable), int(a.Expected), got.Size, got.Acceptable})
	}
	for _, in := range [][4]int{{0, 25, 0, 9000}, {0, 25, 1, 9500}, {0, 60, 3, 9500}, {40, 40, 2, 9500}, {214, 22, 1, 9000}, {1318, 25, 0, 9500}, {0, 5, 5, 9500}} {
		up, err := sample.Upper(in[0], in[1], in[2], sample.Rate(in[3]))
		if err != nil {
			t.Fatal(err)
		}
		v.Limits = append(v.Limits, limited{in[0], in[1], in[2], in[3], int(up)})
	}
	return v
}

func TestSample(t *testing.T) {
	v := golden(t, "sample.json", func() sampleVectors { return makeSample(t) })
	for i, d := range v.Drawn {
		nonce := sample.Nonce(hash(t, d.Nonce))
		seed := sample.NewSeed(hash(t, d.Population), hash(t, d.Checkpoint), nonce)
		p := sample.Plan{Method: sample.Method(d.Method), Count: d.Count, Size: d.Size}
		for _, s := range d.Strata {
			p.Strata = append(p.Strata, sample.Stratum{Items: s.Items, Size: s.Size})
		}
		items, err := p.Draw(seed)
		if err != nil || !slices.Equal(items, d.Items) || hex.EncodeToString(seed[:]) != d.Seed || nonce.Hash().String() != d.Committed {
			t.Errorf("drawn %d: got %v, %v, want %v", i, items, err, d.Items)
		}
	}
	for _, s := range v.Sizes {
		a := sample.Attribute{Population: s.Population, Confidence: sample.Rate(s.Confidence), Tolerable: sample.Rate(s.Tolerable), Expected: sample.Rate(s.Expected)}
		if got, err := a.Size(); err != nil || got != (sample.Sized{Size: s.Size, Acceptable: s.Acceptable}) {
			t.Errorf("%+v: got %+v, %v", s, got, err)
		}
	}
	for _, l := range v.Limits {
		if got, err := sample.Upper(l.Population, l.Tested, l.Deviations, sample.Rate(l.Confidence)); err != nil || int(got) != l.Upper {
			t.Errorf("%+v: got %d, %v", l, got, err)
		}
	}
}
