package risk

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Noun is the register's name.
const Noun = "risk"

// The states of a risk.
const (
	Open     = "open"
	Proposed = "proposed"
	Accepted = "accepted"
	Closed   = "closed"
)

const (
	longestAcceptance = 366 // days
	yearly            = 12  // months between two reviews
)

// Declaration is the register of risks.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "R", Path: "risks", Title: "Risks", One: "risk", Label: "title",
		About: "What could keep the organization from what it promised, how bad that would be, and what is done about it.",
		Read:  access.RiskRead, Edit: access.RiskEdit, Fields: fields(), States: states(), Moves: moves(), Settings: settings(), Agree: agree, Sort: "-residual",
		Dues: []register.Due{
			{Field: "review_on", Label: "Review", Ahead: 30, Owner: "owner"},
			{Field: "plan_due_on", Label: "Finish the plan for", Ahead: 14, Owner: "owner"},
			{Field: "accepted_until", Label: "Decide again on", Ahead: 30, Owner: "owner"},
		},
		Complete: complete, Check: check, Derive: derive, Badge: badge, Starters: starters,
		Sample: register.Values{
			"title": {"Account takeover of an employee"}, "category": {"technology"}, "event": {"Someone signs in as an employee with a stolen password."},
			"likelihood": {"4"}, "impact": {"4"}, "residual_likelihood": {"2"}, "residual_impact": {"4"}, "treatment": {"reduce"}, "review_on": {"2027-01-31"},
		},
	}
}

func fields() []register.Field {
	return []register.Field{
		{Name: "title", Label: "Risk", Type: register.Text, Required: true, Listed: true, Help: "What could happen, in a few words."},
		{Name: "category", Label: "Category", Type: register.Choice, Filter: true, Options: categories(), Required: true},
		{Name: "event", Label: "What could happen", Type: register.Long},
		{Name: "causes", Label: "Causes", Type: register.Long},
		{Name: "consequence", Label: "Consequence", Type: register.Long},
		{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true, Help: "Who answers for it."},
		{Name: "likelihood", Label: "Likelihood before controls", Type: register.Choice, Scale: steps("likelihood_labels"), Required: true},
		{Name: "impact", Label: "Impact before controls", Type: register.Choice, Scale: steps("impact_labels"), Required: true},
		{Name: "residual_likelihood", Label: "Likelihood with controls", Type: register.Choice, Scale: steps("likelihood_labels"), Filter: true, Help: "As before controls if empty."},
		{Name: "residual_impact", Label: "Impact with controls", Type: register.Choice, Scale: steps("impact_labels"), Filter: true, Help: "As before controls if empty."},
		{Name: "treatment", Label: "Treatment", Type: register.Choice, Listed: true, Filter: true, Options: []register.Option{
			{Value: "reduce", Label: "reduce"}, {Value: "accept", Label: "accept"}, {Value: "transfer", Label: "transfer"}, {Value: "avoid", Label: "avoid"},
		}},
		{Name: "plan", Label: "Plan", Type: register.Long, Help: "What will be done, by whom."},
		{Name: "plan_due_on", Label: "Plan done by", Type: register.Date},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Listed: true, Help: "Those that treat it: ids with spaces between."},
		{Name: "criteria", Label: "Criteria", Type: register.Criterion, Many: true},
		{Name: "review_on", Label: "Next review", Type: register.Date, Listed: true, Help: "In a year if empty."},
		{Name: "reviewed_on", Label: "Last reviewed", Type: register.Date, ByMove: true},
		{Name: "accepted_until", Label: "Accepted until", Type: register.Date, ByMove: true},
		{Name: "inherent", Label: "Score before controls", Type: register.Number, Derived: true, Listed: true},
		{Name: "residual", Label: "Score with controls", Type: register.Number, Derived: true, Listed: true},
		{Name: "level", Label: "Level", Type: register.Choice, Derived: true, Filter: true, Options: levels()},
		{Name: "above_appetite", Label: "Above appetite", Type: register.YesNo, Derived: true, Filter: true},
	}
}

func categories() []register.Option {
	var out []register.Option
	for _, name := range []string{"technology", "operational", "financial", "legal", "vendor", "fraud", "environmental"} {
		out = append(out, register.Option{Value: name, Label: name})
	}
	return out
}

// The levels of a score.
const (
	Low    = "low"
	Medium = "medium"
	High   = "high"
	Severe = "severe"
)

func levels() []register.Option {
	return []register.Option{{Value: Low, Label: Low}, {Value: Medium, Label: Medium}, {Value: High, Label: High}, {Value: Severe, Label: Severe}}
}

func states() []register.State {
	return []register.State{
		{Name: Open, Label: "Open", Tone: register.Begun},
		{Name: Proposed, Label: "Acceptance asked", Tone: register.Care},
		{Name: Accepted, Label: "Accepted", Tone: register.Quiet},
		{Name: Closed, Label: "Closed", Tone: register.Quiet, Ended: true},
	}
}

func moves() []register.Move {
	return []register.Move{
		{
			Name: "review", Label: "Record a review", From: []string{Open, Accepted}, Permission: access.RiskEdit, Why: true,
			Help: "Say what was looked at. The next review is a year from today unless you choose a day.",
			Asks: []register.Ask{{Field: "residual_likelihood"}, {Field: "residual_impact"}, {Field: "review_on"}}, Ready: lowered, Effect: reviewed,
		},
		{
			Name: "propose", Label: "Ask to accept", From: []string{Open, Accepted}, To: Proposed, Permission: access.RiskEdit, Why: true,
			Help: "Say why the organization can bear it. Somebody else decides.", Asks: []register.Ask{{Field: "accepted_until", Required: true}}, Ready: soonEnough,
		},
		{
			Name: "accept", Label: "Accept the risk", From: []string{Proposed}, To: Accepted, Permission: access.RiskAccept, Decides: true,
			Help: "Until the day that was asked for, or an earlier one.", Asks: []register.Ask{{Field: "accepted_until", Required: true}}, Ready: soonEnough,
			Effect: func(r *register.Record, _ *register.World) { r.Values.Set("treatment", "accept") },
		},
		{
			Name: "refuse", Label: "Refuse acceptance", From: []string{Proposed}, To: Open, Permission: access.RiskAccept, Why: true,
			Effect: func(r *register.Record, _ *register.World) { r.Values.Set("accepted_until", "") },
		},
		{Name: "close", Label: "Close", From: []string{Open, Accepted}, To: Closed, Permission: access.RiskEdit, Why: true, Help: "It cannot happen any more, or another risk holds it."},
		{
			Name: "reopen", Label: "Open again", From: []string{Accepted, Closed}, To: Open, Permission: access.RiskEdit, Why: true,
			Effect: func(r *register.Record, _ *register.World) { r.Values.Set("accepted_until", "") },
		},
	}
}

func reviewed(r *register.Record, w *register.World) {
	was := r.Date("review_on")
	r.Values.Set("reviewed_on", w.Today.String())
	if was <= w.Today {
		r.Values.Set("review_on", w.Today.AddMonths(yearly).String())
	}
}

func soonEnough(r *register.Record, w *register.World) []fault.Field {
	until := r.Date("accepted_until")
	if until <= w.Today || until > w.Today+longestAcceptance {
		return []fault.Field{{Name: "accepted_until", Text: "Choose a day after today, at most a year ahead."}}
	}
	return nil
}

func settings() []register.Field {
	return []register.Field{
		{Name: "likelihood_labels", Label: "Steps of likelihood", Type: register.Text, Many: true, Required: true, Default: "rare; unlikely; possible; likely; almost certain", Help: "The least first, with semicolons between: 3 to 7."},
		{Name: "impact_labels", Label: "Steps of impact", Type: register.Text, Many: true, Required: true, Default: "negligible; minor; moderate; major; severe", Help: "The least first, with semicolons between: 3 to 7."},
		{Name: "medium_from", Label: "Medium from a score of", Type: register.Number, Min: 1, Max: 49, Required: true, Default: "5", Help: "The score is likelihood times impact."},
		{Name: "high_from", Label: "High from a score of", Type: register.Number, Min: 1, Max: 49, Required: true, Default: "10"},
		{Name: "severe_from", Label: "Severe from a score of", Type: register.Number, Min: 1, Max: 49, Required: true, Default: "16"},
		{Name: "appetite", Label: "Appetite: the highest score that is borne", Type: register.Number, Min: 1, Max: 49, Required: true, Default: "9", Help: "A risk above it needs a plan, or acceptance by somebody else."},
	}
}

// agree refuses scales that are no scales, and levels out of order.
func agree(v register.Values) (bad []fault.Field) {
	const least, most = 3, 7
	for _, name := range []string{"likelihood_labels", "impact_labels"} {
		if n := len(Labels(v, name)); n < least || n > most {
			bad = append(bad, fault.Field{Name: name, Text: fmt.Sprintf("Give %d to %d steps; these are %d.", least, most, n)})
		}
	}
	for _, pair := range [][2]string{{"medium_from", "high_from"}, {"high_from", "severe_from"}} {
		if below := score(v.Get(pair[0])); below >= score(v.Get(pair[1])) {
			bad = append(bad, fault.Field{Name: pair[1], Text: fmt.Sprintf("It begins above %d, where the level below it does.", below)})
		}
	}
	return bad
}

func score(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0 // a number by its field's type
	}
	return n
}

// steps are the options of a scale whose labels a setting has, the least first.
func steps(setting string) func(register.Values) []register.Option {
	return func(v register.Values) (out []register.Option) {
		for i, label := range Labels(v, setting) {
			out = append(out, register.Option{Value: strconv.Itoa(i + 1), Label: label})
		}
		return out
	}
}

// Labels are the steps of a scale, the least first.
func Labels(settings register.Values, name string) []string { return settings[name] }

// Level says how high a score is.
func Level(score int, w *register.World) string {
	switch {
	case score >= w.Int("severe_from"):
		return Severe
	case score >= w.Int("high_from"):
		return High
	case score >= w.Int("medium_from"):
		return Medium
	}
	return Low
}

// residual is the rating with controls.
func residual(r *register.Record) (likelihood, impact int) {
	return stepOf(r, "residual_likelihood"), stepOf(r, "residual_impact")
}

func derive(r *register.Record, w *register.World) {
	likelihood, impact := residual(r)
	before, _ := r.Int("likelihood")
	harm, _ := r.Int("impact")
	score := likelihood * impact
	r.Derive("inherent", strconv.Itoa(before*harm))
	r.Derive("residual", strconv.Itoa(score))
	r.Derive("level", Level(score, w))
	above := register.No
	if score > w.Int("appetite") && r.State != Closed {
		above = register.Yes
	}
	r.Derive("above_appetite", above)
}

// complete takes controls to change nothing until somebody says what they do, and
// asks for a review in a year.
func complete(r *register.Record, w *register.World) {
	for _, name := range []string{"likelihood", "impact"} {
		if r.Values.Get("residual_"+name) == "" {
			r.Values.Set("residual_"+name, r.Values.Get(name))
		}
	}
	if r.Date("review_on") == 0 {
		r.Values.Set("review_on", w.Today.AddMonths(yearly).String())
	}
}

func check(r *register.Record, w *register.World) []fault.Field {
	bad := lowered(r, w)
	if n := len(Labels(w.Settings, "likelihood_labels")); stepOf(r, "likelihood") > n {
		bad = append(bad, fault.Field{Name: "likelihood", Text: "The scale has fewer steps."})
	}
	return bad
}

func stepOf(r *register.Record, name string) int {
	n, _ := r.Int(name)
	return n
}

// lowered sees that controls do not make a risk worse.
func lowered(r *register.Record, _ *register.World) (bad []fault.Field) {
	for _, name := range []string{"likelihood", "impact"} {
		if stepOf(r, "residual_"+name) > stepOf(r, name) {
			bad = append(bad, fault.Field{Name: "residual_" + name, Text: "With controls it is not above that before controls."})
		}
	}
	return bad
}

func badge(r *register.Record, w *register.World) (register.Tone, string) {
	if r.State == Closed || r.State == Proposed {
		return "", ""
	}
	if until := r.Date("accepted_until"); r.State == Accepted {
		if until < w.Today {
			return register.Bad, "Acceptance ended"
		}
		return register.Quiet, "Accepted to " + until.Start(time.UTC).Format("2 Jan 2006")
	}
	likelihood, impact := residual(r)
	return tone(likelihood*impact, w), Words(likelihood, impact, w)
}

func tone(score int, w *register.World) register.Tone {
	switch {
	case score > w.Int("appetite"):
		return register.Bad
	case score >= w.Int("medium_from"):
		return register.Care
	}
	return register.Good
}

// Words say a rating: "major, likely".
func Words(likelihood, impact int, w *register.World) string {
	name := func(setting string, step int) string {
		list := Labels(w.Settings, setting)
		if step < 1 || step > len(list) {
			return strconv.Itoa(step)
		}
		return list[step-1]
	}
	return capital(name("impact_labels", impact)) + ", " + name("likelihood_labels", likelihood)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// starters are the scenarios of the catalog, rated as it suggests.
func starters(offer *register.Offer) (out []register.Starter) {
	for _, s := range offer.Library.Scenarios() {
		v := register.Values{
			"title": {s.Title}, "category": {string(s.Category)}, "event": {s.Event}, "causes": {"- " + strings.Join(s.Causes, "\n- ")}, "consequence": {s.Consequence},
			"likelihood": {strconv.Itoa(s.Likelihood.Step)}, "impact": {strconv.Itoa(s.Impact.Step)}, "treatment": {"reduce"},
		}
		for _, c := range s.Controls {
			v["controls"] = append(v["controls"], string(c))
		}
		for _, c := range s.Criteria {
			v["criteria"] = append(v["criteria"], string(c))
		}
		out = append(out, register.Starter{ID: string(s.ID), Title: s.Title, Detail: s.Event, Group: string(s.Category), Values: v})
	}
	return out
}
