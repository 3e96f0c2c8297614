package demo

import (
	"context"
	"fmt"
	"time"

	"assay/internal/access"
	"assay/internal/continuity"
	"assay/internal/engagement"
	"assay/internal/incident"
	"assay/internal/register"
	"assay/internal/vendor"
)

// The days of the vendors and of the incidents.
const (
	vendorsBegun    = 2
	vendorsApproved = 3
	vendorsReviewed = 300
	outage          = 261 // the service was away for 19 minutes
	outageClosed    = 264
	exercise        = 150

	recoveryBegun = 4
	failedOver    = 132
	tableHeld     = 240

	engagementDrafted = 6
	engagementSigned  = 20
)

// restores are the days of the restore tests with what they took; the second is the
// late one.
func restores() map[int]string { return map[int]string{88: "1h4m", restoreDone: "52m", 290: "41m"} }

// keepOperations is what happens with Larkspur's vendors, incidents, recovery and
// engagements on a day.
func (m *maker) keepOperations(ctx context.Context) error {
	if took, ok := restores()[m.day]; ok {
		return m.recovered(ctx, "RT-01", "Last night's backup restored beside the real one", "restore", took, "Every table has as many rows, and a hundred orders picked at random are equal.")
	}
	switch m.day {
	case recoveryBegun:
		return m.beginRecovery(ctx)
	case failedOver:
		return m.recovered(ctx, "RT-02", "Service moved to Frankfurt and back", "failover", "1h25m", "Orders were taken all the time but for nine minutes; the second move took half as long.")
	case tableHeld:
		return m.recovered(ctx, "RT-03", "The office cannot be entered for a week", "table", "6h", "Everybody works from home by the afternoon; the phone list was two people short and was mended.")
	case vendorsBegun:
		return m.beginVendors(ctx)
	case vendorsApproved:
		for _, id := range []string{"V-01", "V-02", "V-03", "V-04"} {
			if _, err := m.s.Registers.Move(ctx, m.second, vendor.Noun, id, "approve", register.Step{}); err != nil {
				return err
			}
		}
	case vendorsReviewed:
		for _, id := range []string{"V-01", "V-02", "V-04"} { // the third is late
			if _, err := m.s.Registers.Move(ctx, m.lead, vendor.Noun, id, "review", register.Step{Reason: "Report and letter read; nothing in them keeps us from relying on them."}); err != nil {
				return err
			}
		}
	case engagementDrafted:
		return m.drafted(ctx)
	case engagementSigned:
		return m.engaged(ctx)
	case exercise:
		return m.exercised(ctx)
	case outage:
		return m.declared(ctx)
	case outageClosed:
		_, err := m.s.Registers.Move(ctx, m.lead, incident.Noun, "IN-02", "close", register.Step{
			Reason: "Review held with six people, without blame.", Fields: map[string][]string{
				"cause":    {"A change held database connections open; the pool was exhausted under load."},
				"lessons":  {"Connections are limited for each worker, and a load test runs before every release."},
				"disclose": {register.No},
			},
		})
		return err
	}
	return nil
}

// put adds a record from pairs of names and values.
func (m *maker) put(ctx context.Context, noun string, pairs ...string) error {
	in := register.Input{Fields: map[string][]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		in.Fields[pairs[i]] = []string{pairs[i+1]}
	}
	if _, err := m.s.Registers.Add(ctx, m.lead, noun, in); err != nil {
		return fmt.Errorf("%s: %w", noun, err)
	}
	return nil
}

func (m *maker) beginVendors(ctx context.Context) error {
	day := func(n int) string { return m.w.date(n).String() }
	for _, v := range [][]string{
		{"title", "Northwind Cloud", "service", "Hosting of the service and its database", "criticality", "critical", "data", "personal", "region", "Stockholm and Frankfurt", "owner", "Tom Okafor", "method", "carve_out", "controls", "VEN-04 VEN-05", "dpa_on", day(-700), "contract_until", day(500), "review_on", day(290)},
		{"title", "Glasswing Mail", "service", "Mail to the shops' customers", "criticality", "high", "data", "personal", "owner", "Sara Nyström", "dpa_on", day(-400), "contract_until", day(420), "review_on", day(290)},
		{"title", "Lantern Monitoring", "service", "Monitoring, log archive", "criticality", "high", "data", "internal", "owner", "David Cohen", "method", "carve_out", "controls", "VEN-05", "contract_until", day(480), "review_on", day(begun - 10)},
		{"title", "Ledgerly", "service", "Invoices and bookkeeping", "criticality", "medium", "data", "confidential", "owner", "Erik Holm", "contract_until", day(600), "review_on", day(290)},
	} {
		if err := m.put(ctx, vendor.Noun, v...); err != nil {
			return err
		}
	}
	for _, r := range [][]string{
		{"title", "SOC 2 Type 2 to September", "vendor", "V-01", "form", "soc2_type2", "from", day(-62), "to", day(303), "opinion", "unqualified", "exceptions", "One exception on late removal of an operator's access; it did not reach our account."},
		{"title", "Letter to October", "vendor", "V-01", "form", "bridge_letter", "from", day(304), "to", day(334)},
		{"title", "SOC 2 Type 2 to December", "vendor", "V-03", "form", "soc2_type2", "from", day(-334), "to", day(30), "opinion", "unqualified"},
	} {
		if err := m.put(ctx, vendor.ReportNoun, r...); err != nil {
			return err
		}
	}
	for _, e := range [][]string{
		{"title", "give and remove access of our own users", "vendor", "V-01", "controls", "IAM-03 IAM-08"},
		{"title", "encrypt what we store in buckets", "vendor", "V-01", "controls", "CRY-01"},
		{"title", "look at the alerts that they send", "vendor", "V-01", "controls", "MON-02"},
		{"title", "keep sensitive values out of logs", "vendor", "V-03"},
	} {
		if err := m.put(ctx, vendor.ExpectationNoun, e...); err != nil {
			return err
		}
	}
	for _, e := range [][]string{
		{"title", "limit physical access to data centres", "vendor", "V-01", "criteria", "CC6.4", "found", "yes", "place", "page 61", "watch", "yearly review"},
		{"title", "keep power and cooling", "vendor", "V-01", "criteria", "A1.2", "found", "yes", "place", "page 84", "watch", "status page"},
		{"title", "separate customers from each other", "vendor", "V-03", "criteria", "CC6.1", "found", "yes", "place", "page 40", "watch", "yearly review"},
	} {
		if err := m.put(ctx, vendor.RelianceNoun, e...); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) beginRecovery(ctx context.Context) error {
	for _, t := range [][]string{
		{"title", "Customers' orders", "sort", "data", "owner", "Tom Okafor", "within", "4h", "loss", "1h", "months", "3", "controls", "AVL-04 AVL-06", "vendors", "V-01"},
		{"title", "The ordering service", "sort", "service", "owner", "David Cohen", "within", "4h", "loss", "15m", "months", "12", "controls", "AVL-02 AVL-03", "vendors", "V-01"},
		{"title", "Support and billing without the office", "sort", "work", "owner", "Priya Raman", "within", "1d", "months", "12", "controls", "AVL-01 AVL-03"},
	} {
		if err := m.put(ctx, continuity.Noun, t...); err != nil {
			return err
		}
	}
	return nil
}

// recovered is a test of recovery, held that day.
func (m *maker) recovered(ctx context.Context, target, title, form, took, looked string) error {
	return m.put(ctx, continuity.TestNoun, "recovery", target, "title", title, "form", form, "held_on", m.w.date(m.day).String(),
		"by", "David Cohen", "took", took, "lost", "0m", "whole", "yes", "looked", looked)
}

// drafted is the examination of the year, as the organization proposes it.
func (m *maker) drafted(ctx context.Context) error {
	if err := m.put(ctx, engagement.Noun, "title", "FY"+m.w.date(periodDays-1).Start(time.UTC).Format("06")+" SOC 2 Type 2", "type", engagement.Type2, "categories", "security; availability; confidentiality",
		"firm", "Calder & Finch LLP", "partner", "Ruth Calder", "service", "Larkspur ordering", "subservice", "carve_out", "from", m.w.start.String(), "to", m.w.date(periodDays-1).String(), "contact", "Elena Duarte"); err != nil {
		return err
	}
	_, err := m.s.Registers.Move(ctx, m.lead, engagement.Noun, "EN-01", "propose", register.Step{})
	return err
}

// engaged are the steps of both sides until the period runs under the eyes of the
// firm.
func (m *maker) engaged(ctx context.Context) error {
	auditor, today := m.actor("auditor", "Owen Finch", access.RoleAuditor), m.w.date(m.day).String()
	for _, step := range []struct {
		who    access.Actor
		name   string
		fields map[string][]string
	}{
		{auditor, "accept", map[string][]string{"independence": {"Nobody of the team worked for Larkspur or designed a control of it in two years; the firm has examined eleven services like it."}}},
		{m.lead, "sign", map[string][]string{"letter_on": {today}, "letter_by": {"Elena Duarte; Ruth Calder"}}},
		{auditor, "run", map[string][]string{"description_on": {today}, "assertion_on": {today}, "plan": {"Written in the firm's own papers."}}},
	} {
		if _, err := m.s.Registers.Move(ctx, step.who, engagement.Noun, "EN-01", step.name, register.Step{Fields: step.fields}); err != nil {
			return fmt.Errorf("engagement, %s: %w", step.name, err)
		}
	}
	return m.described(ctx)
}

func (m *maker) exercised(ctx context.Context) error {
	at := func(hour, minute int) string { return m.w.at(m.day, hour, minute).Format("2006-01-02 15:04") }
	return m.put(ctx, incident.Noun, "title", "Exercise: a laptop with customers' data is lost", "exercise", "yes", "detected_at", at(9, 0), "acknowledged_at", at(9, 6), "contained_at", at(9, 40), "customers", "some", "data", "personal", "lead", "Priya Raman")
}

// declared is the outage: what happened, in the order in which people wrote it
// down.
func (m *maker) declared(ctx context.Context) error {
	at := func(minute int) string { return m.w.at(m.day, 14, minute).Format("2006-01-02 15:04") }
	if err := m.put(ctx, incident.Noun, "title", "Orders unavailable for 19 minutes", "started_at", at(6), "detected_at", at(8), "acknowledged_at", at(11), "customers", "many", "data", "none",
		"lead", "Tom Okafor", "technical", "David Cohen", "communication", "Maya Singh", "effect", "Most shops could not take orders; clients repeated them afterwards. None was lost."); err != nil {
		return err
	}
	for _, e := range [][]string{
		{"title", "First failed request", "at", at(6), "sort", "seen"},
		{"title", "Alert wakes whoever is on call", "at", at(8), "sort", "seen", "by", "David Cohen"},
		{"title", "Roll the last change back instead of enlarging the pool", "at", at(19), "sort", "decision", "by", "Tom Okafor", "note", "The change holds connections open; rolling back is known to work."},
		{"title", "Service restored", "at", at(25), "sort", "done", "by", "David Cohen"},
		{"title", "Customers told on the status page", "at", at(37), "sort", "message", "by", "Maya Singh"},
	} {
		if err := m.put(ctx, incident.EventNoun, append(e, "incident", "IN-02")...); err != nil {
			return err
		}
	}
	if err := m.put(ctx, incident.ActionNoun, "title", "Load test before every release", "incident", "IN-02", "owner", "Sara Nyström", "due_on", m.w.date(begun-30).String()); err != nil { // overdue
		return err
	}
	_, err := m.s.Registers.Move(ctx, m.lead, incident.Noun, "IN-02", "resolve", register.Step{Fields: map[string][]string{
		"contained_at": {at(19)}, "restored_at": {at(25)}, "customers_told_at": {at(37)},
	}})
	return err
}
