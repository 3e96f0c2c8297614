package engagement

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/sample"
)

// SampleNoun is the name of the register of samples.
const SampleNoun = "sample"

// The states of a sample.
const (
	SamplePlanned   = "planned"
	SampleCommitted = "committed" // fixed in the log; the nonce is not known yet
	SampleDrawn     = "drawn"
	SampleOff       = "withdrawn"
)

// Samples is the register of what the firm selects from frozen populations.
func Samples() register.Declaration {
	return register.Declaration{
		Noun: SampleNoun, Prefix: "SA", Path: "samples", Title: "Samples", One: "sample", Label: "title",
		Parent: PopulationNoun, ParentBy: "population",
		About: "What the firm selects from a frozen population: how many, how, and which items, so that anybody can draw them again.",
		Read:  access.SampleRead, Edit: access.SampleEdit, Fields: sampleFields(), States: sampleStates(), Moves: sampleMoves(), Check: sampleCheck,
		Sample: register.Values{"title": {"Leavers whose accounts were looked at"}, "method": {"random"}, "size": {"5"}, "control": {"IAM-08"}},
	}
}

func sampleMethods() []register.Option {
	return register.Options(string(sample.Random), "random", string(sample.Systematic), "systematic", string(sample.Whole), "whole population", string(sample.Judgemental), "judgemental")
}

func frequencies() []register.Option {
	return register.Options(string(sample.Annual), "annual", string(sample.Semiannual), "semiannual", string(sample.Quarterly), "quarterly", string(sample.Monthly), "monthly",
		string(sample.Weekly), "weekly", string(sample.Daily), "daily", string(sample.PerEvent), "per event")
}

func sampleFields() []register.Field {
	moved := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Help: help, Type: kind, ByMove: true}
	}
	listed := func(f register.Field) register.Field {
		f.Listed = true
		return f
	}
	chosen := register.Field{Name: "chosen", Label: "Chosen places", Type: register.Number, Many: true, Help: "Of a judgemental sample: places in the population, from 0."}
	return []register.Field{
		{Name: "title", Label: "Sample", Type: register.Text, Required: true, Listed: true, Help: "What is tested with it, in a few words."},
		{Name: "population", Label: "Population", Type: register.Link, To: PopulationNoun, Required: true, Filter: true, Listed: true},
		{Name: "control", Label: "Control", Type: register.Control, Listed: true},
		{Name: "method", Label: "Method", Type: register.Choice, Options: sampleMethods(), Default: string(sample.Random), Listed: true, Filter: true},
		{Name: "size", Label: "Size", Type: register.Number, Min: 1, Max: MostSampled, Help: "The firm's own. If empty, by the rates below, or by the frequency in the customary table."},
		{Name: "confidence", Label: "Confidence, percent", Type: register.Number, Min: 50, Max: 99, Help: "For a statistical size; 90 if empty."},
		{Name: "tolerable", Label: "Tolerable rate, percent", Type: register.Number, Min: 1, Max: 50, Help: "For a statistical size: deviations that would be too many."},
		{Name: "expected", Label: "Expected rate, percent", Type: register.Number, Min: 0, Max: 49, Help: "For a statistical size: deviations that are counted on."},
		{Name: "frequency", Label: "Frequency", Type: register.Choice, Options: frequencies(), Help: "How often the control operates, for a size by the table."},
		{Name: "higher", Label: "Higher risk", Type: register.YesNo, Help: "Takes the table's larger size."},
		chosen,
		{Name: "chosen_why", Label: "Why these", Type: register.Long, Help: "Of a judgemental sample."},
		moved("nonce_hash", "Hash of the nonce", "What assay sample nonce prints as hash. The nonce itself stays with the auditor until then.", register.Text),
		moved("sized_why", "Why so many", "", register.Text), listed(moved("selected", "Items selected", "", register.Number)),
		moved("count", "Items of the population", "", register.Number), moved("root", "Root of the population", "", register.Text),
		moved("planned_size", "Size as committed", "", register.Number),
		moved("leaf", "Entry of the log", "That fixed population, method, size and the nonce's hash.", register.Text), moved("committed_at", "Committed at", "", register.Time),
		moved("nonce", "Nonce", "64 hexadecimal digits, as assay sample nonce printed them.", register.Text),
		moved("checkpoint", "Root of the checkpoint", "Of the smallest head of the log that holds the entry and was anchored outside.", register.Text), moved("checkpoint_size", "Entries of the checkpoint", "", register.Number),
		moved("seed", "Seed", "", register.Text), moved("items", "Selected places", "In the population, from 0, in the order drawn.", register.Long),
		moved("drawn_leaf", "Entry of the drawing", "", register.Text), moved("drawn_at", "Drawn at", "", register.Time),
		moved("more", "How many more", "", register.Number), moved("place", "Place to replace", "", register.Number), moved("replaced", "Replaced places", "Selected, and not tested.", register.Long),
	}
}

// MostSampled bounds a sample that is not the whole population.
const MostSampled = 2000

func sampleStates() []register.State {
	return []register.State{
		{Name: SamplePlanned, Label: "Planned", Tone: register.Begun},
		{Name: SampleCommitted, Label: "Committed", Tone: register.Busy, Fixed: true},
		{Name: SampleDrawn, Label: "Drawn", Tone: register.Good, Ended: true, Fixed: true},
		{Name: SampleOff, Label: "Withdrawn", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

func sampleMoves() []register.Move {
	random := func(r *register.Record) bool { return r.Get("method") == string(sample.Random) }
	return []register.Move{
		{
			Name: "commit", Label: "Commit", From: []string{SamplePlanned}, To: SampleCommitted, Permission: access.SampleDraw,
			Asks: []register.Ask{{Field: "nonce_hash"}}, Ready: every(fromFrozen, hashed),
			Help: "Fixes population, method, size and the hash of the nonce in the log. What is drawn without a seed is drawn at once.",
		},
		{
			Name: "reveal", Label: "Reveal the nonce and draw", From: []string{SampleCommitted}, To: SampleDrawn, Permission: access.SampleDraw,
			Asks: []register.Ask{{Field: "nonce", Required: true}}, Help: "Possible once a head of the log with the entry was anchored outside.",
		},
		{
			Name: "extend", Label: "Extend", From: []string{SampleDrawn}, Permission: access.SampleDraw, Asks: []register.Ask{{Field: "more", Required: true}}, Why: true, If: random,
			Help: "The next in line are added; none is taken away.",
		},
		{
			Name: "replace", Label: "Replace an item", From: []string{SampleDrawn}, Permission: access.SampleDraw, Asks: []register.Ask{{Field: "place", Required: true}}, Why: true, If: random,
			Help: "The next in line is added for an item that cannot be tested. The item stays in the list of what was replaced.",
		},
		{Name: "withdraw", Label: "Withdraw", From: []string{SamplePlanned, SampleCommitted, SampleDrawn}, To: SampleOff, Permission: access.SampleDraw, Why: true, Help: "It stays in the register, with the reason."},
	}
}

func fromFrozen(_ *register.Record, w *register.World) []fault.Field {
	if w.Owner == nil || w.Owner.State != Frozen {
		return []fault.Field{{Name: "population", Text: "Nothing is drawn from a population that is not frozen."}}
	}
	return nil
}

func hashed(r *register.Record, _ *register.World) []fault.Field {
	seeded := sample.Method(r.Get("method")).Seeded()
	switch given := r.Get("nonce_hash") != ""; {
	case seeded && !given:
		return []fault.Field{{Name: "nonce_hash", Text: "Give the hash of the nonce: assay sample nonce makes both."}}
	case !seeded && given:
		return []fault.Field{{Name: "nonce_hash", Text: "This method has no seed, and needs no nonce."}}
	}
	return nil
}

// sampleCheck sees that what is chosen by hand has a reason, and that nothing else
// is chosen by hand.
func sampleCheck(r *register.Record, _ *register.World) (bad []fault.Field) {
	if by := r.Get("method") == string(sample.Judgemental); by {
		if len(r.List("chosen")) == 0 {
			bad = append(bad, fault.Field{Name: "chosen", Text: "Name the places that were chosen."})
		}
		if r.Get("chosen_why") == "" {
			bad = append(bad, fault.Field{Name: "chosen_why", Text: "Say why these items were chosen."})
		}
	} else if len(r.List("chosen")) > 0 {
		bad = append(bad, fault.Field{Name: "chosen", Text: "Only a judgemental sample is chosen by hand."})
	}
	return bad
}

// Over reports whether an engagement has ended.
func Over(e *register.Record) bool { return over(e) }
