package web

import (
	"fmt"
	"slices"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// engagementFace is the face of engagements.
func engagementFace() face {
	return face{
		nav: "engagements", columns: []string{"type", "firm", "as_of", "from", "to", "opinion"}, answer: engagementAnswer, detail: engagementDetail,
		empty: "Draft one when a firm is chosen: what it examines, from when to when, and which service. Whoever of the firm is invited as an auditor accepts it here.",
	}
}

func engagementAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	ended := n[engagement.Issued] + n[engagement.Superseded] + n[engagement.Withdrawn] + n[engagement.Declined] + n[engagement.Cancelled]
	t := view.Text{view.B(plural(l.All-ended, "engagement")), view.T(" under way")}
	if issued := n[engagement.Issued]; issued > 0 {
		t = append(t, view.T(", "+plural(issued, "report")+" issued"))
	}
	if n[engagement.ScopeChange] > 0 {
		t = append(t, view.T(fmt.Sprintf("; %d with a change of scope to decide on", n[engagement.ScopeChange])))
	}
	return append(t, view.T("."))
}

// waitsFor says whose step is next, by state.
func waitsFor(state string) string {
	switch state {
	case engagement.Draft:
		return "Say what is to be examined, then propose it to the firm."
	case engagement.Proposed:
		return "The firm accepts or declines, after it looked at its independence."
	case engagement.Engaged:
		return "Both sides sign the engagement letter."
	case engagement.Planning:
		return "The firm plans. It waits for the draft description and the draft assertion."
	case engagement.PeriodRunning:
		return "Controls operate; the firm may test in the meantime. Fieldwork begins when the period has ended."
	case engagement.Fieldwork:
		return "The firm tests. The days are frozen."
	case engagement.Evaluation:
		return "The firm evaluates what deviated, and what was answered."
	case engagement.Reporting:
		return "The firm writes. It waits for the final description and assertion, and asks about later events."
	case engagement.QualityReview:
		return "Somebody of the firm who took no other step issues the report or sends it back."
	case engagement.ScopeChange:
		return "The firm agrees to the change of scope, or refuses it."
	case engagement.Issued:
		return "The report is issued."
	case engagement.Superseded:
		return "A newer report took its place."
	case engagement.Withdrawn:
		return "The firm withdrew."
	case engagement.Declined:
		return "The firm declined it."
	}
	return "It was cancelled."
}

// engagementDetail says whose step is next, and shows the stages.
func engagementDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	if !d.ArchivedAt.IsZero() {
		return nil
	}
	v.Head.Answer = view.Say(waitsFor(d.State))
	if len(d.List("report_files")) > 0 && p.r.who.Can(access.ReportBuild) {
		v.Head.Actions = append(v.Head.Actions, issuedMenu(p.base(), &d.Record))
	}
	if p.r.who.Can(access.EngagementWorkpapers) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Working papers", Href: p.base() + "/" + d.ID + "/workpapers", Icon: "dl"})
	}
	stages := []string{engagement.Draft, engagement.Proposed, engagement.Engaged, engagement.Planning, engagement.PeriodRunning, engagement.Fieldwork, engagement.Evaluation, engagement.Reporting, engagement.QualityReview, engagement.Issued}
	if d.Get("type") == engagement.Type1 {
		stages = slices.DeleteFunc(stages, func(s string) bool { return s == engagement.PeriodRunning })
	}
	now := d.State
	if now == engagement.ScopeChange {
		now = d.Get("scope_asked_in")
	}
	here := slices.Index(stages, now)
	card := page.AsideCard{ID: "h-stages", Title: "Stages"}
	for i, stage := range stages {
		line := view.Line{State: view.None, Text: p.d.State(stage).Label}
		if at := entered(d.Versions, stage); at != nil && (here < 0 || i <= here) {
			line.State, line.Right = view.Pass, p.r.day(at.At)
			line.Sub = at.ByName
		}
		if i == here && stage != engagement.Issued {
			line.State = view.Info
		}
		card.Lines = append(card.Lines, line)
	}
	if p.r.who.Can(access.EngagementEdit) && d.State != engagement.Draft && d.State != engagement.Proposed {
		v.Head.More = append(v.Head.More, view.Action{Label: "Begin the next one", Href: p.base() + "/" + d.ID + "/roll-forward"})
	}
	before := []page.AsideCard{card}
	years, err := yearsCard(p, &d.Record)
	if err != nil {
		return err
	}
	if years != nil {
		before = append(before, *years)
	}
	if left := progressCard(p, d); left != nil {
		before = append([]page.AsideCard{*left}, before...)
	}
	v.Others = append(before, v.Others...)
	return nil
}

// entered is the version with which a record last came into a state; nil if none
// did.
func entered(list []register.Version, state string) (out *register.Version) {
	before := ""
	for i := range list {
		if list[i].State == state && before != state {
			out = &list[i]
		}
		before = list[i].State
	}
	return out
}
