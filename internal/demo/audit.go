package demo

import (
	"context"
	"fmt"
	"time"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/register"
	"assay/internal/sheet"
	"assay/internal/standing"
)

// The days of the firm's requests.
const (
	requested  = begun - 21 // the firm takes the list of requests from the library
	answeredOn = begun - 11 // the organization answers those that it can already
	judgedOn   = begun - 6  // the firm looks at the answers
	testedOn   = begun - 4  // the firm tests what there is so far
	reviewedOn = begun - 2  // a deviation is answered, and the first test reviewed
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
	case testedOn:
		return m.test(ctx)
	case reviewedOn:
		return m.conclude(ctx)
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

// moves takes steps of registers in turn.
func (m *maker) moves(ctx context.Context, steps ...auditStep) error {
	for _, s := range steps {
		if _, err := m.s.Registers.Move(ctx, s.who, s.noun, s.id, s.name, register.Step{Fields: s.fields}); err != nil {
			return fmt.Errorf("%s %s: %w", s.id, s.name, err)
		}
	}
	return nil
}

// auditStep is a step of a record.
type auditStep struct {
	who            access.Actor
	noun, id, name string
	fields         map[string][]string
}

// test is interim testing: the leavers so far one by one, and every change by the
// checks that look at changes.
func (m *maker) test(ctx context.Context) error {
	firm := m.firm()
	frozen := map[string][]string{
		"reliability":   {"Source, query and counts looked at with Elena Duarte; the count agrees with the second source."},
		"gap_treatment": {"The period is running. Its remainder is captured and tested at its end."},
	}
	for _, id := range []string{"PO-01", "PO-02"} {
		if err := m.moves(ctx, auditStep{firm, engagement.PopulationNoun, id, "freeze", frozen}); err != nil {
			return err
		}
	}
	for _, in := range []struct {
		noun   string
		fields map[string][]string
	}{
		{engagement.SampleNoun, map[string][]string{"title": {"Every leaver so far"}, "population": {"PO-02"}, "control": {"IAM-08"}, "method": {"whole"}}},
		{engagement.SheetNoun, map[string][]string{
			"title": {"Leavers lose access in time"}, "engagement": {"EN-01"}, "control": {"IAM-08"}, "sample": {"SA-01"}, "items": {"people who left"}, "tolerable": {"10"}, "compensating": {"IAM-09"},
			"inquiry": {"Asked Elena Duarte how the directory hears of a leaver."}, "inspection": {"The record of each exit, and the account in the directory on each day since."},
			"attributes": {"The exit is in the register with its last day", "The account in the directory was disabled within one business day"},
		}},
		{engagement.SheetNoun, map[string][]string{
			"title": {"Changes are approved by somebody else"}, "engagement": {"EN-01"}, "control": {"CHG-03"}, "population": {"PO-01"}, "items": {"changes that were merged"}, "tolerable": {"2"},
			"reperformance": {"The approvals of every change are judged again by the checks, from what was collected of the repositories."},
			"attributes":    {"Somebody other than the author approved it", "The approval covers its last commit"}, "machine": {"A = any.change.reviewed", "B = github.pull_request.latest_approved"},
		}},
	} {
		if _, err := m.s.Registers.Add(ctx, firm, in.noun, register.Input{Fields: in.fields}); err != nil {
			return fmt.Errorf("%s: %w", in.noun, err)
		}
	}
	if err := m.moves(ctx,
		auditStep{firm, engagement.SampleNoun, "SA-01", "commit", nil}, auditStep{firm, engagement.SheetNoun, "TS-01", "begin", nil},
		auditStep{firm, engagement.SheetNoun, "TS-02", "begin", nil}, auditStep{firm, engagement.SheetNoun, "TS-02", "reperform", nil},
	); err != nil {
		return err
	}
	return m.mark(ctx)
}

// mark is what the firm saw of each leaver.
func (m *maker) mark(ctx context.Context) error {
	l, err := m.s.Sheets.List(ctx, m.firm(), "TS-01", sheet.Filter{})
	if err != nil {
		return err
	}
	pass, deviates := sheet.Pass, sheet.Deviates
	note := fmt.Sprintf("the account of one was on until %s, where the last day was %s and the limit one business day", spelled(m.w.date(leaverOff)), spelled(m.w.date(leaverEnds)))
	var list []sheet.Marking
	for i := range l.Rows {
		n := l.Rows[i].Number
		second := sheet.Marking{Item: n, Attribute: "B", Mark: &pass}
		if l.Rows[i].Label == lateLeaver {
			second.Mark, second.Note = &deviates, &note
		}
		list = append(list, sheet.Marking{Item: n, Attribute: "A", Mark: &pass}, second)
	}
	_, err = m.s.Sheets.Mark(ctx, m.firm(), "TS-01", list)
	return err
}

func spelled(d standing.Date) string { return d.Start(time.UTC).Format("2 January") }

// conclude is the exception of the late leaver, management's response, and both
// signatures of its test. The test of changes is in progress when the story ends.
func (m *maker) conclude(ctx context.Context) error {
	if _, err := m.s.Sheets.Raise(ctx, m.firm(), "TS-01", sheet.Raising{Title: "A leaver's account was disabled late"}); err != nil {
		return err
	}
	return m.moves(ctx,
		auditStep{m.lead, engagement.ExceptionNoun, "EX-01", "respond", map[string][]string{"response": {
			"The leaver was entered in the payroll system three days late, and the directory follows the payroll. Nobody signed in with the account after the last day. People operations now enter a notice on the day it is given.",
		}}},
		auditStep{m.firm(), engagement.SheetNoun, "TS-01", "prepare", nil},
		auditStep{m.actor("partner", "Ruth Calder", access.RoleAuditor), engagement.SheetNoun, "TS-01", "review", nil},
	)
}
