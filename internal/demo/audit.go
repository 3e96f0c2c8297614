package demo

import (
	"context"
	"fmt"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/register"
)

// The days of the firm's requests.
const (
	requested  = begun - 21 // the firm takes the list of requests from the library
	answeredOn = begun - 11 // the organization answers those that it can already
	judgedOn   = begun - 6  // the firm looks at the answers
)

// replies are what the organization says to the first requests, in their order, and
// what the firm says to that; an empty verdict waits.
func replies() []struct{ answer, verdict, why string } {
	return []struct{ answer, verdict, why string }{
		{"Larkspur ordering: its web application, its API and its production account at Northwind Cloud, from Stockholm and Utrecht. Type 2; security, availability and confidentiality; the whole period.", "accept", ""},
		{"Draft 3 of the system description, of this month, was handed over in the meeting on it.", "return", "Section DC 7 does not say how Lantern Monitoring is watched."},
		{"The draft assertion, with the monthly readiness reviews on which management bases it.", "accept", ""},
		{"The list of controls, exported today: each with its criteria, its wording since its first day, its owner and its frequency.", "accept", ""},
		{"Only those of processing integrity and privacy, which are in no category of this engagement.", "accept", ""},
		{"The move of the order queue in summer, and the second region since autumn. Nothing else changed how controls work.", "accept", ""},
		{"One outage of 19 minutes, reviewed and closed, not one that the description has to disclose. One exercise.", "", ""},
		{"Northwind Cloud and Lantern Monitoring, both carved out; the register of vendors has their reports.", "", ""},
	}
}

// keepAudit is what the firm asks for, and what the organization answers.
func (m *maker) keepAudit(ctx context.Context) error {
	switch m.day {
	case requested:
		return m.request(ctx)
	case answeredOn:
		return m.reply(ctx)
	case judgedOn:
		if err := m.judge(ctx); err != nil {
			return err
		}
		return m.capture(ctx)
	}
	return nil
}

func (m *maker) firm() access.Actor { return m.actor("auditor", "Owen Finch", access.RoleAuditor) }

// request takes what fits from the library.
func (m *maker) request(ctx context.Context) error {
	if err := m.s.Registers.Set(ctx, m.firm(), engagement.RequestNoun, map[string][]string{"answer_days": {"40"}}); err != nil {
		return err
	}
	list, err := m.s.Registers.Adopt(ctx, m.firm(), engagement.RequestNoun, register.Adoption{Of: "EN-01", Fitting: true})
	if err == nil && len(list) < len(replies()) {
		err = fmt.Errorf("%d requests fit the engagement", len(list))
	}
	if err != nil {
		return err
	}
	for i, due := range []int{begun - 3, begun + 2} { // one is late
		step := register.Step{Fields: map[string][]string{"assignee": {"Elena Duarte"}, "due_on": {m.w.date(due).String()}}}
		if _, err := m.s.Registers.Move(ctx, m.lead, engagement.RequestNoun, fmt.Sprintf("RQ-%02d", len(replies())+i+1), "assign", step); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) reply(ctx context.Context) error {
	for i, r := range replies() {
		if _, err := m.s.Registers.Move(ctx, m.lead, engagement.RequestNoun, fmt.Sprintf("RQ-%02d", i+1), "submit", register.Step{Fields: map[string][]string{"answer": {r.answer}}}); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) judge(ctx context.Context) error {
	for i, r := range replies() {
		if r.verdict == "" {
			continue
		}
		if _, err := m.s.Registers.Move(ctx, m.firm(), engagement.RequestNoun, fmt.Sprintf("RQ-%02d", i+1), r.verdict, register.Step{Reason: r.why}); err != nil {
			return err
		}
	}
	return nil
}

// capture takes two populations of the running period, for interim testing, and
// compares them with what is counted elsewhere.
func (m *maker) capture(ctx context.Context) error {
	for i, p := range []struct{ title, kind, condition, controls, source string }{
		{"Changes that were merged", "github.pull_request", "", "CHG-03", "Search of the repositories at GitHub, by day of merging"},
		{"People who left", "program.person", "has(r.ends_on)", "IAM-08", "List of leavers of the payroll"},
	} {
		if err := m.put(ctx, engagement.PopulationNoun, "title", p.title, "engagement", "EN-01", "facts", p.kind, "condition", p.condition, "controls", p.controls); err != nil {
			return err
		}
		id := fmt.Sprintf("PO-%02d", i+1)
		r, err := m.s.Registers.Move(ctx, m.firm(), engagement.PopulationNoun, id, "capture", register.Step{})
		if err != nil {
			return err
		}
		step := register.Step{Fields: map[string][]string{"second_source": {p.source}, "second_count": {r.Get("count")}}}
		if _, err := m.s.Registers.Move(ctx, m.lead, engagement.PopulationNoun, id, "reconcile", step); err != nil {
			return err
		}
	}
	return nil
}
