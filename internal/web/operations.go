package web

import (
	"fmt"
	"slices"
	"time"

	"assay/internal/continuity"
	"assay/internal/description"
	"assay/internal/engagement"
	"assay/internal/governance"
	"assay/internal/incident"
	"assay/internal/register"
	"assay/internal/review"
	"assay/internal/standing"
	"assay/internal/training"
	"assay/internal/vendor"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// operationsFace is the face of vendors, of incidents, of what they own, and of
// engagements.
func operationsFace(noun string) face {
	switch noun {
	case vendor.Noun:
		return face{
			nav: "vendors", columns: []string{"service", "criticality", "data", "method", "covered_until", "owner", "review_on"}, answer: vendorAnswer, detail: vendorDetail,
			empty: "Begin with those that hold customers' data or without whom the service stops, then import the rest from your list.",
		}
	case vendor.ReportNoun, vendor.ExpectationNoun, vendor.RelianceNoun:
		return face{nav: "vendors"}
	case incident.Noun:
		return face{
			nav: "incidents", columns: []string{"severity", "detected_at", "to_contain", "to_restore", "to_tell", "closed_on"}, answer: incidentAnswer, above: incidentsAbove, detail: incidentDetail,
			empty: "Nothing has happened, or nothing was written down. Hold an exercise and declare it as one: the clocks, the roles and the review work alike.",
		}
	case incident.ReportNoun:
		return face{
			nav: "incidents", columns: []string{"channel", "reported_at", "reporter", "handler", "settled_at"}, answer: reportsAnswer, most: 10,
			empty: "Everybody can report a problem under their name, and whoever looks into it says what came of it. Write down here what came by mail or telephone.",
		}
	case incident.EventNoun, incident.ActionNoun:
		return face{nav: "incidents"}
	case continuity.Noun:
		return face{
			nav: "continuity", columns: []string{"sort", "within", "tested_on", "took", "met", "test_due_on", "owner"}, answer: continuityAnswer, detail: continuityDetail,
			empty: "Begin with the stores that hold customers' data: say within which time each has to be back, restore last night's backup beside it, and write down how long that took.",
		}
	case continuity.TestNoun:
		return face{nav: "continuity"}
	case governance.FindingNoun:
		return face{
			nav: "findings", columns: []string{"source", "severity", "found_on", "owner", "due_on", "closed_on"}, answer: findingAnswer,
			empty: "Write down what an audit, a test or an exercise found. Whoever owns it corrects it, and somebody else closes it after a retest.",
		}
	case governance.MeetingNoun:
		return face{
			nav: "meetings", columns: []string{"sort", "held_on", "chair", "approved_on", "next_on"}, answer: meetingAnswer,
			empty: "Write down the first meeting in which somebody oversaw security and control, or import the minutes that there are.",
		}
	case training.Noun, training.CompletionNoun, training.PhishingNoun:
		return trainingFace(noun)
	case review.Noun:
		return reviewFace()
	case engagement.Noun:
		return engagementFace()
	case engagement.RequestNoun:
		return requestFace()
	case engagement.PopulationNoun:
		return populationFace()
	case description.Noun:
		return face{
			nav: "description", above: descriptionAbove, columns: []string{"criterion", "owner", "approved_on", "engagement"},
			empty: "Begin with the services (DC1), the commitments (DC2) and the components (DC3). What the registers hold, such as incidents and subservice organizations, the report tells by itself.",
		}
	case description.UserControlNoun:
		return face{
			nav: "description", columns: []string{"sort", "criteria"},
			empty: "Most of what customers have to do is a responsibility. A complementary control is one without which a criterion would fail.",
		}
	case engagement.SheetNoun:
		return sheetFace()
	case engagement.ExceptionNoun:
		return face{
			nav: "exceptions", columns: []string{"control", "tested", "deviated", "upper", "due_on"}, answer: exceptionAnswer,
			empty: "The firm writes down here what deviated in its tests: how many of how many, in what way and when. Management responds, and the firm verifies the correction.",
		}
	case engagement.SampleNoun:
		return sampleFace()
	}
	return familyFace(noun)
}

func vendorAnswer(p *registerPage, l *register.Listing) view.Text {
	in := l.Counts["state"][vendor.InUse]
	t := view.Text{view.B(plural(in, "vendor")), view.T(" in use")}
	if n := l.Counts["state"][vendor.Considered]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d considered", n)))
	}
	if n := l.Counts["monitored"][register.No]; n > 0 {
		t = append(t, view.T(", "), view.B(plural(n, "carve-out")), view.T(" without a control that watches it"))
	}
	return append(t, view.T("."))
}

// reached counts the days of a period that reports cover, and those that letters
// add.
func reached(reports []register.Record, p standing.Period) (by, bridged int) {
	days := int(p.To - p.From)
	have := make([]bool, max(days, 0))
	mark := func(letters bool) (n int) {
		for i := range reports {
			r := &reports[i]
			if (r.Get("form") == "bridge_letter") != letters {
				continue
			}
			for d := max(r.Date("from"), p.From); d <= min(r.Date("to"), p.To-1); d++ {
				if !have[d-p.From] {
					have[d-p.From] = true
					n++
				}
			}
		}
		return n
	}
	return mark(false), mark(true)
}

func vendorDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	if !d.ArchivedAt.IsZero() {
		return nil
	}
	var t view.Text
	if sc, ok := p.s.period(p.r); ok && len(d.World.Children[vendor.ReportNoun]) > 0 {
		by, bridged := reached(d.World.Children[vendor.ReportNoun], standing.Period{From: sc.From, To: sc.To})
		days := int(sc.To - sc.From)
		t = append(t, view.T("Their reports cover "), view.B(fmt.Sprintf("%d of our %d days", by, days)))
		if bridged > 0 {
			t = append(t, view.T(fmt.Sprintf(", letters %d more", bridged)))
		}
		t = append(t, view.T(". "))
		v.Measure = "Cover"
		v.Clocks = append(v.Clocks, page.Clock{Term: "Days of our period that they cover", Value: fmt.Sprintf("%d of %d", by+bridged, days), Used: by + bridged, Limit: days, Sub: "reports and letters"})
	} else {
		t = append(t, view.T("No report of theirs was written down. "))
	}
	expected := d.World.Children[vendor.ExpectationNoun]
	if n, _ := d.Int("unmapped"); n > 0 {
		t = append(t, view.B(fmt.Sprintf("%d of %s", n, plural(len(expected), "thing"))), view.T(" they expect from us have no control. "))
	} else if len(expected) > 0 {
		t = append(t, view.T(fmt.Sprintf("All %d things they expect from us have a control. ", len(expected))))
	}
	if d.Get("method") == vendor.CarveOut {
		v.Others = append(v.Others, page.AsideCard{ID: "h-carved", Title: "Carved out", Text: view.Say("Our auditor does not test them. The description names what we leave to them, and a control of ours shows that we watch it.")})
		if d.Get("monitored") == register.No {
			v.Notices = append(v.Notices, view.Notice{State: view.Fail, Text: view.Say("It is carved out, and no control watches it. Name one.")})
		}
	}
	v.Head.Answer = t
	return nil
}

func continuityAnswer(_ *registerPage, l *register.Listing) view.Text {
	met, missed := l.Counts["met"][register.Yes], l.Counts["met"][register.No]
	t := view.Text{view.B(plural(met, "target")), view.T(" met by the newest test")}
	if missed > 0 {
		t = append(t, view.T(", "), view.B(fmt.Sprintf("%d missed", missed)))
	}
	if n := l.Counts["state"][continuity.Kept] - met - missed; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", of %d it is not known", n)))
	}
	return append(t, view.T("."))
}

// continuityDetail puts the newest test above a target, measured by it.
func continuityDetail(_ *registerPage, d *register.Detail, v *page.RecordView) error {
	if d.Get("tested_on") == "" {
		v.Head.Answer = view.Say("It was never tested.")
		return nil
	}
	v.Head.Answer = view.Text{view.T("Last tested on "), view.B(d.Date("tested_on").Start(time.UTC).Format("2 January 2006")), view.T(".")}
	v.Measure = "Back within"
	limit := register.Minutes(d.Get("within"))
	c := page.Clock{Term: "It took", Limit: limit, Sub: "of " + register.Span(limit), Value: "not recorded"}
	if took := d.Get("took"); took != "" {
		c.Value, c.Used = took, register.Minutes(took)
	}
	v.Clocks = append(v.Clocks, c)
	if d.Get("met") == register.No {
		v.Notices = append(v.Notices, view.Notice{State: view.Fail, Text: view.Say("The newest test did not meet the target. Mend what held it up, then test again.")})
	}
	return nil
}

func findingAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	t := view.Text{view.B(plural(n[governance.Found], "finding")), view.T(" to correct")}
	if n[governance.Corrected] > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d to be retested", n[governance.Corrected])))
	}
	return append(t, view.T(fmt.Sprintf("; %d closed after a retest.", n[governance.Closed])))
}

func meetingAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	t := view.Text{view.B(plural(l.All, "meeting")), view.T(" held")}
	if n[governance.Written] > 0 {
		return append(t, view.T(", the minutes of "), view.B(view.Num(n[governance.Written])), view.T(" not approved yet."))
	}
	return append(t, view.T(", all minutes approved."))
}

// descriptionAbove leads to what customers have to do.
func descriptionAbove(_ *registerPage, _ *register.Listing, v *page.RegisterView) error {
	v.Head.Actions = append([]view.Action{{Label: "User controls", Href: "/user-controls", Icon: "people"}}, v.Head.Actions...)
	return nil
}

func reportsAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	return view.Text{view.B(plural(n[incident.Reported], "problem")), view.T(fmt.Sprintf(" to look into, %d became incidents, %d answered.", n[incident.Raised], n[incident.Answered]))}
}

// incidentsAbove leads to what people report.
func incidentsAbove(_ *registerPage, _ *register.Listing, v *page.RegisterView) error {
	v.Head.Actions = append([]view.Action{{Label: "Reported problems", Href: "/problem-reports", Icon: "chat"}}, v.Head.Actions...)
	return nil
}

func incidentAnswer(_ *registerPage, l *register.Listing) view.Text {
	open := l.All - l.Counts["state"][incident.Closed]
	t := view.Text{view.B(plural(open, "incident")), view.T(" not closed")}
	if open == 0 {
		t = view.Text{view.B("None open")}
	}
	t = append(t, view.T(fmt.Sprintf("; %d closed with a review", l.Counts["state"][incident.Closed])))
	if n := l.Counts["exercise"][register.Yes]; n > 0 {
		t = append(t, view.T(", "+plural(n, "exercise")+" among them all"))
	}
	return append(t, view.T("."))
}

// incidentDetail puts the clocks above an incident, and its timeline in the order
// of time.
func incidentDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	detected := d.At("detected_at")
	clock := func(term, end, setting string) {
		limit := register.Minutes(d.World.Settings.Get(setting))
		c := page.Clock{Term: term, Limit: limit, Sub: "of " + register.Span(limit)}
		at := d.At(end)
		if at.IsZero() {
			if d.State == incident.Closed || d.State == incident.Resolved {
				c.Value, c.Used = "not recorded", 0
				v.Clocks = append(v.Clocks, c)
				return
			}
			at, c.Sub = p.r.now, c.Sub+", running"
		}
		c.Used = max(int(at.Sub(detected)/time.Minute), 0)
		c.Value, c.Late = register.Span(c.Used), c.Used > limit
		c.Used = min(c.Used, limit)
		v.Clocks = append(v.Clocks, c)
	}
	clock("Somebody in charge", "acknowledged_at", "acknowledge_within")
	clock("Contained", "contained_at", "contain_within")
	clock("Restored", "restored_at", "restore_within")
	if d.Get("tell_customers_by") != "" {
		clock("Customers told", "customers_told_at", "customers_within")
	}
	if d.Get("tell_authority_by") != "" {
		clock("Authority told", "authority_told_at", "authority_within")
	}
	late := slices.ContainsFunc(v.Clocks, func(c page.Clock) bool { return c.Late })
	if d.ArchivedAt.IsZero() {
		v.Head.Answer = view.Text{view.B("Handled inside every limit so far.")}
		if late {
			v.Head.Answer = view.Text{view.B("A limit was passed.")}
		}
		v.Head.Answer = append(v.Head.Answer, view.T(" Detected on "+p.r.moment(detected)+"; each clock runs from then."))
	}
	if d.Get("exercise") == register.Yes {
		v.Head.Tags = append(v.Head.Tags, "Exercise")
	}
	return nil
}
