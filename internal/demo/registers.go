package demo

import (
	"context"
	"fmt"

	"assay/internal/access"
	"assay/internal/register"
	"assay/internal/risk"
)

// keepRegisters is what happens in Larkspur's registers on a day.
func (m *maker) keepRegisters(ctx context.Context) error {
	for _, part := range []func(context.Context) error{m.keepRisks, m.keepOperations, m.keepGovernance, m.keepTraining, m.keepData, m.keepAudit} {
		if err := part(ctx); err != nil {
			return fmt.Errorf("registers: %w", err)
		}
	}
	return nil
}

// rated is one of Larkspur's risks: a scenario of the library, made its own.
type rated struct {
	scenario, owner string
	likelihood      string // with controls
	impact          string
	treatment       string
	plan            string
	due             int // day of the period by which the plan is to be done; 0: none
	review          int // day of the next review
}

func risksOfLarkspur() []rated {
	return []rated{
		{"RS-01", "Sara Nyström", "2", "4", "reduce", "Second penetration test after the rewrite of the import", begun + 40, 380},
		{"RS-02", "Priya Raman", "2", "3", "reduce", "", 0, 395},
		{"RS-03", "Tom Okafor", "2", "4", "reduce", "", 0, 400},
		{"RS-04", "Tom Okafor", "2", "4", "reduce", "", 0, 410},
		{"RS-05", "Elena Duarte", "2", "3", "reduce", "", 0, 420},
		{"RS-06", "David Cohen", "3", "4", "reduce", "Copies of the database that nobody can delete, in an account of their own", begun - 20, 390}, // overdue
		{"RS-07", "Sara Nyström", "2", "3", "reduce", "", 0, 430},
		{"RS-08", "Priya Raman", "3", "3", "transfer", "", 0, begun - 6}, // its review is late
		{"RS-09", "David Cohen", "2", "3", "reduce", "", 0, 440},
		{"RS-10", "Tom Okafor", "1", "4", "reduce", "", 0, 450},
		{"RS-12", "Samuel Osei", "2", "3", "reduce", "", 0, 460},
		{"RS-15", "Priya Raman", "1", "5", "reduce", "", 0, 470},
		{"RS-18", "Erik Holm", "1", "4", "reduce", "", 0, 480},
		{"RS-21", "David Cohen", "2", "4", "reduce", "", 0, 490},
		{"RS-24", "Marcus Lindqvist", "4", "3", "reduce", "", 0, 500}, // accepted
		{"RS-27", "Maya Singh", "2", "2", "reduce", "", 0, 510},
	}
}

// The days of the risks.
const (
	risksBegun   = 1
	riskProposed = 12
	riskAccepted = 13
	riskReviewed = 120 // the owners look at a third of them again
	assessed     = 325 // the workshop of the year
	assessedSent = 343
)

// keepRisks writes Larkspur's risks down at the beginning, has one accepted, looks
// at some again, and holds the year's assessment, which waits for its signature
// when the story ends; the one of the year before was signed.
func (m *maker) keepRisks(ctx context.Context) error {
	switch m.day {
	case risksBegun:
		if err := m.beginRisks(ctx); err != nil {
			return err
		}
		return m.assess(ctx, "Annual assessment 2025", -30, true)
	case riskProposed:
		return m.moveRisk(ctx, m.lead, "RS-24", "propose", "Larkspur is small: three people know the routing of orders. A stand-in is named for each, and two more are being trained.", "accepted_until", m.w.date(begun+8).String())
	case riskAccepted:
		return m.moveRisk(ctx, m.second, "RS-24", "accept", "", "accepted_until", m.w.date(begun+8).String())
	case riskReviewed:
		for _, r := range risksOfLarkspur()[:5] {
			if err := m.moveRisk(ctx, m.lead, r.scenario, "review", "Looked at with its owner; the rating holds.", "review_on", m.w.date(r.review).String()); err != nil {
				return err
			}
		}
	case assessed:
		return m.assess(ctx, "Annual assessment 2026", 0, false)
	case assessedSent:
		_, err := m.s.Registers.Move(ctx, m.lead, risk.AssessmentNoun, "RA-02", "submit", register.Step{})
		return err
	}
	return nil
}

func (m *maker) beginRisks(ctx context.Context) error {
	var ids []string
	for _, r := range risksOfLarkspur() {
		ids = append(ids, r.scenario)
	}
	list, err := m.s.Registers.Adopt(ctx, m.lead, risk.Noun, register.Adoption{IDs: ids})
	if err != nil {
		return err
	}
	for i, r := range risksOfLarkspur() {
		in := register.Input{Part: true, Fields: map[string][]string{
			"owner": {r.owner}, "residual_likelihood": {r.likelihood}, "residual_impact": {r.impact}, "treatment": {r.treatment}, "plan": {r.plan},
			"review_on": {m.w.date(r.review).String()},
		}}
		if r.due > 0 {
			in.Fields["plan_due_on"] = []string{m.w.date(r.due).String()}
		}
		if _, err := m.s.Registers.Edit(ctx, m.lead, risk.Noun, list[i].ID, in); err != nil {
			return fmt.Errorf("%s: %w", r.scenario, err)
		}
	}
	return nil
}

// assess writes an assessment down that was held some days from today, and has it
// signed.
func (m *maker) assess(ctx context.Context, title string, days int, sign bool) error {
	r, err := m.s.Registers.Add(ctx, m.lead, risk.AssessmentNoun, register.Input{Fields: map[string][]string{
		"title": {title}, "held_on": {m.w.date(m.day + days).String()},
		"participants":     {"Priya Raman; Tom Okafor; Sara Nyström; Elena Duarte; Erik Holm; Samuel Osei; David Cohen; Maya Singh; Noah Fischer"},
		"fraud_considered": {register.Yes}, "change_considered": {register.Yes}, "vendors_considered": {register.Yes},
		"method":     {"A workshop of three hours. The owners rate their risks before it; the workshop goes through every category, looks for what is missing, and compares with the year's incidents and deviations."},
		"conclusion": {"The service depends most on the restore of its database and on one cloud provider. One risk stays above appetite until copies exist that nobody can delete; one is accepted until a day."},
	}})
	if err != nil || !sign {
		return err
	}
	if _, err := m.s.Registers.Move(ctx, m.lead, risk.AssessmentNoun, r.ID, "submit", register.Step{}); err != nil {
		return err
	}
	_, err = m.s.Registers.Move(ctx, m.second, risk.AssessmentNoun, r.ID, "sign", register.Step{})
	return err
}

// moveRisk takes the risk that a scenario became a step on.
func (m *maker) moveRisk(ctx context.Context, who access.Actor, scenario, move, reason string, fields ...string) error {
	l, err := m.s.Registers.List(ctx, who, risk.Noun, register.Filter{})
	if err != nil {
		return err
	}
	step := register.Step{Reason: reason, Fields: map[string][]string{}}
	for i := 0; i+1 < len(fields); i += 2 {
		step.Fields[fields[i]] = []string{fields[i+1]}
	}
	for i := range l.Records {
		if l.Records[i].ExternalID == scenario {
			_, err := m.s.Registers.Move(ctx, who, risk.Noun, l.Records[i].ID, move, step)
			return err
		}
	}
	return fmt.Errorf("there is no risk of %s", scenario)
}
