package cli

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/sample"
)

// sampleCmd needs no store: whoever has the figures draws again.
type sampleCmd struct {
	Size     sampleSizeCmd     `cmd:"" help:"How many to test: by a table, or with a confidence."`
	Nonce    sampleNonceCmd    `cmd:"" help:"Make a nonce to keep, and its hash to give."`
	Draw     sampleDrawCmd     `cmd:"" help:"Draw a sample, or draw one again, anywhere."`
	Evaluate sampleEvaluateCmd `cmd:"" help:"What the deviations that were found say about the rest."`
}

// percent reads "5" or "2.5" as a rate.
func percent(name, text string) (sample.Rate, error) {
	f, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "%"), 64)
	r := math.Round(f * 100)
	if err != nil || f < 0 || f > 100 || math.Abs(f*100-r) > 1e-6 {
		return 0, fault.New(fault.Invalid, "--%s: %q is not a percentage such as 5 or 2.5.", name, text)
	}
	return sample.Rate(r), nil
}

func percentOf(r sample.Rate) string { return fmt.Sprintf("%.2f%%", float64(r)/100) }

type sampleSizeCmd struct {
	Population int    `placeholder:"N" help:"Items that there are; 0 where there is no end of them."`
	Frequency  string `placeholder:"WORD" help:"By the customary table: annual, semiannual, quarterly, monthly, weekly, daily or per_event."`
	Higher     bool   `help:"By the table, with a higher risk or deviations expected."`
	Confidence string `default:"95" placeholder:"PERCENT" help:"That the conclusion is right."`
	Tolerable  string `placeholder:"PERCENT" help:"The rate of deviations that would be too many."`
	Expected   string `default:"0" placeholder:"PERCENT" help:"The rate that is counted on."`
}

type sizeOut struct {
	Size       int    `json:"size"`
	Acceptable int    `json:"acceptable"` // deviations that the conclusion bears
	Why        string `json:"why"`
}

// Run says a size.
func (c *sampleSizeCmd) Run(r *run) error {
	out, err := c.size()
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *sizeOut) {
		p.line("%d", v.Size)
		p.line("%s", v.Why)
	})
}

func (c *sampleSizeCmd) size() (*sizeOut, error) {
	if (c.Frequency == "") == (c.Tolerable == "") {
		return nil, fault.New(fault.Invalid, "Give --frequency for a size by the table, or --tolerable for one with a confidence.")
	}
	if c.Frequency != "" {
		n, why, err := sample.Customary().Size(sample.Frequency(c.Frequency), c.Population, c.Higher)
		return &sizeOut{Size: n, Why: why}, err
	}
	a := sample.Attribute{Population: c.Population}
	for _, in := range []struct {
		name, text string
		into       *sample.Rate
	}{{"confidence", c.Confidence, &a.Confidence}, {"tolerable", c.Tolerable, &a.Tolerable}, {"expected", c.Expected, &a.Expected}} {
		rate, err := percent(in.name, in.text)
		if err != nil {
			return nil, err
		}
		*in.into = rate
	}
	s, err := a.Size()
	if err != nil {
		return nil, err
	}
	law := "binomial, a population without end"
	if a.Population > 0 {
		law = "hypergeometric, a population of " + strconv.Itoa(a.Population)
	}
	return &sizeOut{s.Size, s.Acceptable, fmt.Sprintf("with %s confidence the rate is below %s if %s found; %s",
		percentOf(a.Confidence), percentOf(a.Tolerable), atMostFound(s.Acceptable), law)}, nil
}

func atMostFound(n int) string {
	switch n {
	case 0:
		return "no deviation is"
	case 1:
		return "at most 1 deviation is"
	}
	return "at most " + strconv.Itoa(n) + " deviations are"
}

type sampleNonceCmd struct{}

type nonceOut struct {
	Nonce string `json:"nonce"`
	Hash  string `json:"hash"`
}

// Run makes a nonce.
func (sampleNonceCmd) Run(r *run) error {
	var n sample.Nonce
	_, _ = rand.Read(n[:]) // never fails
	out := &nonceOut{hex.EncodeToString(n[:]), n.Hash().String()}
	return emit(r, out, func(p *paper, v *nonceOut) {
		p.line("nonce  %s", v.Nonce)
		p.line("hash   %s", v.Hash)
		r.note("Keep the nonce to yourself until the population, the size and this hash are in the log under an anchored checkpoint.")
	})
}

type sampleDrawCmd struct {
	Method     string `default:"random" enum:"random,systematic,stratified,whole" help:"random, systematic, stratified or whole."`
	Population string `placeholder:"ROOT" help:"Root of the population, in hexadecimal."`
	Count      int    `required:"" placeholder:"N" help:"Items of the population."`
	Size       int    `placeholder:"N" help:"Items to select."`
	Checkpoint string `placeholder:"ROOT" help:"Root of the first anchored checkpoint that covers the population."`
	Nonce      string `placeholder:"HEX" help:"The auditor's nonce."`
	Committed  string `placeholder:"HASH" help:"The nonce's hash as the log has it; another nonce is refused."`
	Strata     string `placeholder:"FILE" help:"Of a stratified sample: JSON, a list of objects with name, items and size."`
}

type drawOut struct {
	Method string `json:"method"`
	Count  int    `json:"count"`
	Seed   string `json:"seed,omitempty"`
	Items  []int  `json:"items"` // places in the population, from 0, in the order drawn
}

// Run draws.
func (c *sampleDrawCmd) Run(r *run) error {
	plan := sample.Plan{Method: sample.Method(c.Method), Count: c.Count, Size: c.Size}
	out := &drawOut{Method: c.Method, Count: c.Count}
	var seed sample.Seed
	if plan.Method.Seeded() {
		var err error
		if seed, err = c.seed(); err != nil {
			return err
		}
		out.Seed = hex.EncodeToString(seed[:])
	}
	if err := c.strata(r, &plan); err != nil {
		return err
	}
	items, err := plan.Draw(seed)
	if err != nil {
		return err
	}
	out.Items = append([]int{}, items...)
	return emit(r, out, func(p *paper, v *drawOut) {
		if v.Seed != "" {
			p.line("seed   %s", v.Seed)
		}
		p.line("drawn  %d of %d, %s; places from 0, in the order drawn:", len(v.Items), v.Count, v.Method)
		for _, item := range v.Items {
			p.line("%d", item)
		}
	})
}

func (c *sampleDrawCmd) seed() (seed sample.Seed, err error) {
	var roots [3]tlog.Hash
	for i, in := range []struct{ name, text string }{{"population", c.Population}, {"checkpoint", c.Checkpoint}, {"nonce", c.Nonce}} {
		if roots[i], err = tlog.ParseHash(strings.ToLower(in.text)); err != nil {
			return seed, fault.New(fault.Invalid, "--%s: give 64 hexadecimal digits.", in.name)
		}
	}
	nonce := sample.Nonce(roots[2])
	if c.Committed != "" && !strings.EqualFold(c.Committed, nonce.Hash().String()) {
		return seed, fault.New(fault.Tampered, "The nonce is not the one whose hash is in the log: its own is %s.", nonce.Hash())
	}
	return sample.NewSeed(roots[0], roots[1], nonce), nil
}

func (c *sampleDrawCmd) strata(r *run, plan *sample.Plan) error {
	if (plan.Method == sample.Stratified) != (c.Strata != "") {
		return fault.New(fault.Invalid, "Give --strata for a stratified sample, and for no other.")
	}
	if c.Strata == "" {
		return nil
	}
	text, err := r.read(c.Strata, 512<<20)
	if err != nil {
		return err
	}
	var list []struct {
		Name  string `json:"name"`
		Items []int  `json:"items"`
		Size  int    `json:"size"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is not a list of strata: %v.", c.Strata, err)
	}
	for _, s := range list {
		plan.Strata = append(plan.Strata, sample.Stratum{Name: s.Name, Items: slices.Clone(s.Items), Size: s.Size})
	}
	return nil
}

type sampleEvaluateCmd struct {
	Tested     int    `required:"" placeholder:"N" help:"Items that were tested."`
	Deviations int    `required:"" placeholder:"N" help:"How many of them deviate."`
	Population int    `placeholder:"N" help:"Items that there are; 0 where there is no end of them."`
	Confidence string `default:"95" placeholder:"PERCENT" help:"That the rate is not above the limit."`
	Tolerable  string `placeholder:"PERCENT" help:"To compare the limit with."`
}

type evaluateOut struct {
	Rate   string `json:"rate"`
	Upper  string `json:"upper"`
	Within *bool  `json:"within,omitempty"` // the limit is not above the tolerable rate
}

// Run says the upper limit.
func (c *sampleEvaluateCmd) Run(r *run) error {
	confidence, err := percent("confidence", c.Confidence)
	if err != nil {
		return err
	}
	upper, err := sample.Upper(c.Population, c.Tested, c.Deviations, confidence)
	if err != nil {
		return err
	}
	out := &evaluateOut{Upper: percentOf(upper)}
	if c.Tested > 0 {
		out.Rate = fmt.Sprintf("%.2f%%", 100*float64(c.Deviations)/float64(c.Tested))
	}
	if c.Tolerable != "" {
		tolerable, err := percent("tolerable", c.Tolerable)
		if err != nil {
			return err
		}
		within := upper <= tolerable
		out.Within = &within
	}
	return emit(r, out, func(p *paper, v *evaluateOut) {
		if v.Rate != "" {
			p.line("found  %d of %d deviate, %s", c.Deviations, c.Tested, v.Rate)
		}
		p.line("upper  with %s confidence the rate is not above %s", percentOf(confidence), v.Upper)
		if v.Within != nil && *v.Within {
			p.line("this is within the tolerable rate")
		} else if v.Within != nil {
			p.line("this is above the tolerable rate")
		}
	})
}
