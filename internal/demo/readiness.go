package demo

import (
	"context"
	"fmt"
	"strings"

	"assay/internal/gap"
	"assay/internal/register"
)

// beginReadiness asks the questions of the library before the period, when nothing
// had been collected yet, and has them answered; and writes down what was missing.
func (m *maker) beginReadiness(ctx context.Context) error {
	m.hand.Set(m.w.at(-4, 15, 0))
	questions, _ := m.s.Library.Questionnaire("readiness")
	for _, q := range questions.Questions {
		answer, note := gap.AnswerYes, "Looked at "+strings.Join(q.Evidence, ", ")+"."
		if q.ID == "R-18" {
			answer, note = gap.AnswerPart, "Every source but the archive of mail logs is watched."
		}
		in := register.Input{ExternalID: q.ID, Fields: map[string][]string{
			"title": {q.Ask}, "section": {q.Section}, "good": {q.Good}, "look": {strings.Join(q.Evidence, ", ")}, "library_id": {q.ID}, "answer": {answer}, "note": {note},
		}}
		for _, c := range q.Criteria {
			in.Fields["criteria"] = append(in.Fields["criteria"], string(c))
		}
		for _, c := range q.Controls {
			in.Fields["controls"] = append(in.Fields["controls"], string(c))
		}
		if _, err := m.s.Registers.Add(ctx, m.lead, gap.QuestionNoun, in); err != nil {
			return fmt.Errorf("%s: %w", q.ID, err)
		}
	}
	for _, g := range [][]string{
		{"title", "Leavers are told of by mail", "weight", gap.Medium, "effort", gap.Weeks, "due_on", m.w.date(-2).String(), "what", "Nothing but a mail tells that somebody leaves.", "plan", "Write the steps down and give them an owner until the payroll system does it.", "controls", "IAM-08 HRS-13", "criteria", "CC6.2 CC6.3"},
		{"title", "One region holds everything", "weight", gap.Medium, "effort", gap.Weeks, "due_on", m.w.date(-2).String(), "what", "A second region would cost as much as the first.", "controls", "AVL-08", "criteria", "A1.2"},
	} {
		if err := m.put(ctx, gap.Noun, g...); err != nil {
			return err
		}
	}
	if _, err := m.s.Registers.Move(ctx, m.owner, gap.Noun, "GAP-01", "close", register.Step{Fields: map[string][]string{"done": {"The steps of leaving are written down, with an owner and a clock."}}}); err != nil {
		return err
	}
	_, err := m.s.Registers.Move(ctx, m.second, gap.Noun, "GAP-02", "accept", register.Step{Reason: "The failover of one region was tested. The risk is in the register and looked at each year."})
	return err
}

// lookAhead is a look at the next year once the standing is computed, at the end of
// the story: its gaps have days, and the assessment waits for approval.
func (m *maker) lookAhead(ctx context.Context) error {
	if _, err := m.s.Readiness.Write(ctx, m.lead, nil); err != nil {
		return err
	}
	if _, err := m.s.Readiness.Plan(ctx, m.lead); err != nil {
		return err
	}
	r, err := m.s.Readiness.Take(ctx, m.lead, "Before the next period", "What fails today is to be mended first; everything else has operated for a year.")
	if err != nil {
		return err
	}
	_, err = m.s.Registers.Move(ctx, m.lead, gap.AssessmentNoun, r.ID, "submit", register.Step{})
	return err
}
