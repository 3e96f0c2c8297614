package demo

import (
	"context"
	"fmt"

	"assay/internal/governance"
	"assay/internal/register"
)

// meetings are the days of Larkspur's oversight meetings, with what was decided.
func meetings() map[int]string {
	return map[int]string{
		18:  "The programme and its budget are approved. Priya Raman reports each quarter.",
		109: "The late leaver of spring is looked into; leavers are switched off from the payroll system from May on.",
		201: "The restore test of June was late: its day is put into the calendar of the whole team.",
		292: "The risk of one region is accepted for another year, with the failover that was tested.",
	}
}

// finding is one deficiency of the year.
type finding struct {
	title, source, severity, owner, what, plan, control string
	found, due, corrected, closed                       int // days; 0 for what has not happened
	done, retest                                        string
}

func findings() []finding {
	return []finding{
		{
			title: "Leavers are told of by mail", source: "internal_audit", severity: "high", owner: "Tom Okafor", control: "IAM-08",
			what: "Of eleven leavers two were told of after their last day, because the note goes by mail.", plan: "The payroll system tells the directory.",
			found: 96, due: 150, corrected: 139, closed: 148, done: "The payroll system switches accounts off at the end of the last day.", retest: "The three leavers since were switched off on the day.",
		},
		{
			title: "A report of errors names the software's version", source: "penetration_test", severity: "low", owner: "David Cohen", control: "MON-05",
			what: "The page of server errors names product and version.", plan: "A page of our own, without either.",
			found: 205, due: 260, corrected: 221, closed: 233, done: "Every error has the page of our own now.", retest: "The testers' request was sent again: nothing is named.",
		},
		{
			title: "The phone list was two people short", source: "exercise", severity: "medium", owner: "Priya Raman", control: "AVL-03",
			what: "In the exercise two people of the recovery team were not on the list.", plan: "The list is made of the register of people.",
			found: 240, due: 330, corrected: 326, done: "The list is made from the register each night.",
		},
		{
			title: "Two alerts have no runbook", source: "self", severity: "medium", owner: "Tom Okafor", control: "LOG-03",
			what: "Whoever is on call finds no steps for two of the alerts of summer.", plan: "Write both, and refuse alerts without one.",
			found: 331, due: 420,
		},
	}
}

// keepGovernance is what happens with meetings and findings on a day.
func (m *maker) keepGovernance(ctx context.Context) error {
	if decided, ok := meetings()[m.day]; ok {
		if err := m.put(ctx, governance.MeetingNoun,
			"title", "Oversight of security and control, "+m.w.date(m.day).String(), "sort", "board", "held_on", m.w.date(m.day).String(), "chair", "Marcus Lindqvist",
			"minutes", "Risks above appetite, incidents, checks that fail, findings and what became of them.", "decisions", decided,
			"conflicts", "Nobody had any to declare.", "controls", "GOV-02", "next_on", m.w.date(m.day+91).String(),
		); err != nil {
			return err
		}
	}
	if err := m.approveMinutes(ctx); err != nil {
		return err
	}
	if m.day == 0 { // of what has not happened, the day is 0
		return nil
	}
	for i, f := range findings() {
		if err := m.keepFinding(ctx, fmt.Sprintf("FN-%02d", i+1), &f); err != nil {
			return fmt.Errorf("%s: %w", f.title, err)
		}
	}
	return nil
}

// approveMinutes has the minutes of six days ago approved by somebody who did not
// write them.
func (m *maker) approveMinutes(ctx context.Context) error {
	if _, held := meetings()[m.day-6]; !held {
		return nil
	}
	n := 0
	for day := range meetings() {
		if day < m.day {
			n++
		}
	}
	_, err := m.s.Registers.Move(ctx, m.second, governance.MeetingNoun, fmt.Sprintf("MT-%02d", n), "approve", register.Step{})
	return err
}

func (m *maker) keepFinding(ctx context.Context, id string, f *finding) error {
	step := func(name string, fields map[string][]string) error {
		who := m.owner
		if name == "close" {
			who = m.second
		}
		_, err := m.s.Registers.Move(ctx, who, governance.FindingNoun, id, name, register.Step{Fields: fields})
		return err
	}
	switch m.day {
	case f.found:
		return m.put(ctx, governance.FindingNoun, "title", f.title, "source", f.source, "severity", f.severity, "owner", f.owner, "what", f.what, "plan", f.plan,
			"found_on", m.w.date(f.found).String(), "due_on", m.w.date(f.due).String(), "retester", "Marcus Lindqvist", "controls", f.control)
	case f.corrected:
		return step("correct", map[string][]string{"done": {f.done}, "retest_on": {m.w.date(f.corrected + 40).String()}})
	case f.closed:
		return step("close", map[string][]string{"retest": {f.retest}})
	}
	return nil
}
