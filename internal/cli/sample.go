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

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/sample"
)

// sampleVerbs are the commands of samples that need no store: whoever has the
// figures draws again.
func sampleVerbs() []verb {
	return []verb{
		{"size", "How many to test: by a table, or with a confidence.", sampleSizeCmd{}},
		{"nonce", "Make a nonce to keep, and its hash to give.", sampleNonceCmd{}},
		{"draw", "Draw a sample, or draw one again, anywhere.", sampleDrawCmd{}},
		{"again", "Draw a sample of an export again, anywhere, and compare.", sampleAgainCmd{}},
		{"evaluate", "What the deviations that were found say about the rest.", sampleEvaluateCmd{}},
	}
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

// mostRecord bounds the file of a sample.
const mostRecord = 4 << 20

type sampleAgainCmd struct {
	File string `arg:"" help:"What assay sample show ID --json printed; - for standard input."`
}

type againOut struct {
	Sample string `json:"sample"`
	Drawn  int    `json:"drawn"`
	Same   bool   `json:"same"`
}

// Run draws a sample again and compares.
func (c *sampleAgainCmd) Run(r *run) error {
	text, err := r.read(c.File, mostRecord)
	if err != nil {
		return err
	}
	var file api.RecordDetail
	if err := json.Unmarshal(text, &file); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is not what assay sample show ID --json prints: %v.", c.File, err)
	}
	v := register.Values{}
	for _, name := range []string{"method", "count", "root", "checkpoint", "nonce", "nonce_hash", "chosen_why", "selected", "items"} {
		v.Set(name, file.Record.Text(name))
	}
	if chosen := file.Record.Text("chosen"); chosen != "" {
		v["chosen"] = strings.Split(chosen, "; ")
	}
	out, err := drawnAgain(file.Record.Text("id"), v)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, o *againOut) {
		p.line("%s  %d items, the same ones.", o.Sample, o.Drawn)
		if sample.Method(v.Get("method")).Seeded() {
			r.note("Compare root and nonce's hash with the entry %s of the log, and the checkpoint with what was anchored: the file alone proves neither.", file.Record.Text("leaf"))
		}
	})
}

// drawnAgain draws a sample out of what a record of it says, and compares the items.
func drawnAgain(id string, v register.Values) (*againOut, error) {
	size, err := strconv.Atoi(v.Get("selected"))
	if err != nil || v.Get("items") == "" {
		return nil, fault.New(fault.Invalid, "The file holds no sample that was drawn.")
	}
	items, err := population.Redraw(v, size)
	if err != nil {
		return nil, err
	}
	if hash, nonce := v.Get("nonce_hash"), v.Get("nonce"); hash != "" {
		b, err := hex.DecodeString(nonce)
		if err != nil || len(b) != len(sample.Nonce{}) || sample.Nonce(b).Hash().String() != hash {
			return nil, fault.New(fault.Tampered, "The nonce is not the one that was committed to.")
		}
	}
	said := v.Get("items")
	if said == "all" && v.Get("method") == string(sample.Whole) && v.Get("count") == v.Get("selected") {
		return &againOut{id, size, true}, nil
	}
	again := strings.Trim(fmt.Sprint(items), "[]")
	if again != said {
		return nil, fault.New(fault.Tampered, "Drawn again, %s has other items than the file says: %s.", id, clip(again, 200))
	}
	return &againOut{id, size, true}, nil
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
