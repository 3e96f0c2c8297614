package page_test

import (
	"net/url"
	"time"

	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// The fixtures show the made-up organization of the demonstration.

func nav() []view.NavGroup {
	return []view.NavGroup{
		{Items: []view.NavItem{
			{ID: "readiness", Icon: "home", Label: "Readiness", Href: "/", Key: "r"},
			{ID: "tasks", Icon: "tasks", Label: "My tasks", Href: "/tasks", Count: 3, Key: "t"},
		}},
		{Label: "Program", Items: []view.NavItem{
			{ID: "criteria", Icon: "tree", Label: "Criteria", Href: "/criteria"},
			{ID: "controls", Icon: "shield", Label: "Controls", Href: "/controls", Key: "c"},
			{ID: "checks", Icon: "check", Label: "Checks", Href: "/checks", Count: 7, Key: "h"},
			{ID: "evidence", Icon: "evid", Label: "Evidence", Href: "/evidence", Count: 6, Hot: true, Key: "e"},
		}},
		{Label: "People & access", Items: []view.NavItem{{ID: "people", Icon: "people", Label: "People", Href: "/people", Key: "p"}}},
		{Label: "System", Items: []view.NavItem{
			{ID: "connectors", Icon: "plug", Label: "Connectors", Href: "/connectors", Count: 1, Hot: true},
			{ID: "log", Icon: "log", Label: "Audit log", Href: "/log", Key: "l"},
			{ID: "settings", Icon: "gear", Label: "Settings", Href: "/settings"},
		}},
	}
}

func shell(current, title string, crumbs ...view.Crumb) view.Shell {
	return view.Shell{
		Org: "Larkspur", OrgHref: "/orgs", Title: title, Current: current, Crumbs: crumbs, Nav: nav(),
		Period: &view.Period{Name: "FY26 Type 2", Detail: "day 356 of 365", Options: []view.PeriodOption{
			{Name: "FY26 Type 2", Detail: "to 30 Nov 2026", Href: "?p=fy26", Current: true},
			{Name: "FY25 Type 2", Detail: "to 30 Nov 2025", Href: "?p=fy25"},
		}},
		User: &view.User{Name: "Priya Raman", Detail: "Security lead", Actions: []view.Action{
			{Label: "Settings", Href: "/settings", Icon: "gear"},
			{Label: "Sign out", Href: "/signout", Icon: "out", Post: true},
		}},
		Search: view.Search{Action: "/search"},
	}
}

func crumb(label string) view.Crumb { return view.Crumb{Label: label, Href: "#"} }

func larkspurYear() chart.Axis {
	return chart.Axis{Start: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), Days: 365, Today: 355}
}

// days turns dates into a run; the gaps are filled with operated days by year.
func days(state chart.State, from string, n int, note string) chart.Run {
	t, err := time.Parse("2006-01-02", from)
	if err != nil {
		panic(err)
	}
	return chart.Run{State: state, From: larkspurYear().Day(t), Days: n, Note: note, Href: "/evidence?on=" + from}
}

// year makes a strip that operated except for the given runs.
func year(label string, height int, runs ...chart.Run) *chart.Strip {
	a := larkspurYear()
	var out []chart.Run
	at := 0
	for _, r := range runs {
		out = append(out, chart.Run{State: chart.Operated, From: at, Days: r.From - at}, r)
		at = r.From + r.Days
	}
	out = append(out, chart.Run{State: chart.Operated, From: at, Days: a.Today - at})
	return &chart.Strip{Axis: a, Label: label, Height: height, Runs: out}
}

func small(s *chart.Strip) *chart.Strip {
	s.Small = true
	return s
}

func mark(from, to, done string, state chart.MarkState, note string) chart.Mark {
	day := func(s string) int {
		if s == "" {
			return -1
		}
		t, err := time.Parse("2006-01-02", s)
		if err != nil {
			panic(err)
		}
		return larkspurYear().Day(t)
	}
	return chart.Mark{From: day(from), To: day(to), Done: day(done), State: state, Note: note}
}

func lane(label string, height int, marks ...chart.Mark) *chart.Lane {
	return &chart.Lane{Axis: larkspurYear(), Label: label, Height: height, Marks: marks}
}

var (
	tom   = view.Who{Name: "Tom Okafor", Tone: "d"}
	priya = view.Who{Name: "Priya Raman"}
	elena = view.Who{Name: "Elena Duarte", Tone: "b"}
	marc  = view.Who{Name: "Marcus Lindqvist", Tone: "c"}
	jia   = view.Who{Name: "Jia Wen", Tone: "c"}
)

func query(path, raw string) view.Query {
	vals, err := url.ParseQuery(raw)
	if err != nil {
		panic(err)
	}
	return view.Query{Path: path, Values: vals}
}

func chips(labels ...string) []view.Chip {
	var out []view.Chip
	for _, l := range labels {
		out = append(out, view.Chip{Name: l, Label: l, Options: []view.Option{{Value: "a", Label: "First", Count: "12"}, {Value: "b", Label: "Second", Count: "3"}}})
	}
	return out
}

func export(path string) view.Action {
	return view.Action{Label: "Export", Icon: "dl", Menu: []view.Action{{Label: "CSV", Href: path + ".csv"}, {Label: "JSON", Href: path + ".json"}}}
}

func readiness() page.ReadinessView {
	return page.ReadinessView{
		Head: view.Head{
			Notes: []string{"SOC 2 Type 2", "Security, Availability, Confidentiality", "1 Dec 2025 – 30 Nov 2026"},
			Title: "4 deviations so far. 5 more can still be prevented.",
			Actions: []view.Action{
				{Label: "Evidence package", Href: "/export", Icon: "dl"},
				{Label: "Work through the 6 items", Href: "/tasks", Icon: "tasks", Look: view.Primary},
			},
		},
		Position: &page.Summary{
			Bar: chart.Bar{Label: "96 controls in scope: 87 operated without deviation, 5 need action before 30 November, 4 already have a deviation", Height: 14, Segs: []chart.Seg{{Fill: "pass", Count: 87}, {Fill: "warn", Count: 5}, {Fill: "fail", Count: 4}}},
			Keys: []page.SummaryKey{
				{Fill: "pass", Count: "87", Label: "operated as designed", Href: "#", Sub: "11 had a failure fixed inside its limit"},
				{Fill: "warn", Count: "5", Label: "need action by 30 Nov", Href: "#", Sub: "next: 24 Nov, vendor review"},
				{Fill: "fail", Count: "4", Label: "have a deviation", Href: "#", Sub: "3 of 4 management responses written"},
			},
			Facts: []view.Pair{
				{Term: "Period ends", Value: view.Say("in 9 days")},
				{Term: "Fieldwork", Value: view.Say("7 – 18 Dec")},
				{Term: "Report due", Value: view.Say("22 Jan 2027")},
				{Term: "Auditor", Value: view.Say("Calder & Finch LLP")},
			},
		},
		Needed:     neededCard(),
		Heat:       heat(),
		Deviations: deviationLines(),
		Freshness: &page.FiguresCard{
			Title: "Evidence freshness", Link: view.Ref{Label: "412 items", Href: "/evidence"},
			Bar: &chart.Bar{Label: "412 evidence items: 389 current, 14 due within 14 days, 6 overdue, 3 missing", Height: 10, Segs: []chart.Seg{{Fill: "pass", Count: 389}, {Fill: "warn", Count: 14}, {Fill: "fail", Count: 6}, {Fill: "none", Count: 3}}},
			Sums: []view.Pair{
				{Term: "Current", Value: view.Say("389")},
				{Term: "Due within 14 days", Value: view.Say("14"), State: view.Warn},
				{Term: "Overdue", Value: view.Say("6"), State: view.Fail},
				{Term: "Never collected", Value: view.Say("3")},
			},
		},
		Checks: &page.FiguresCard{
			Title: "Checks, last run 18:00", Link: view.Ref{Label: "184 checks", Href: "/checks"},
			Sums: []view.Pair{
				{Term: "Passing", Value: view.Say("175")},
				{Term: "Failing, inside the fix limit", Value: view.Say("7"), State: view.Warn},
				{Term: "Failing, past the limit", Value: view.Say("0")},
				{Term: "Could not run", Value: view.Say("2"), State: view.Fail},
			},
			Notice: view.Notice{State: view.Warn, Icon: "plug", Text: view.Text{view.B("Google Workspace token expires in 2 days."), view.T(" 9 checks stop producing evidence after that.")}, Action: view.Action{Label: "Reconnect", Href: "#"}},
		},
		Integrity: &page.PairsCard{Title: "Evidence integrity", Badge: view.Badge{State: view.Pass, Label: "Verified 18:32"}, Pairs: []view.Pair{
			{Term: "Log entries", Value: view.Say("48,211")},
			{Term: "Tree head", Value: view.Say("9f2c…b71e"), Mono: true},
			{Term: "Witnesses", Value: view.Say("2 of 2 agree")},
			{Term: "Last backup", Value: view.Say("today 03:00, restore tested 2 Nov")},
		}},
	}
}

func neededCard() *page.NeededCard {
	row := func(title, sub, control string, who view.Who, due view.Due, act string) page.NeededRow {
		return page.NeededRow{Title: title, Href: "#", Sub: sub, Control: view.Ref{Label: control, Href: "#"}, Owner: who, Due: due, Action: view.Action{Label: act, More: " " + title, Href: "#"}}
	}
	return &page.NeededCard{Title: "Before the period closes", Count: "6", Hint: "Ordered by date. Finishing all six keeps it at 4 deviations.", Rows: []page.NeededRow{
		row("Turn on MFA for 3 AWS console users", "Otherwise a second deviation on this control", "AC-04", tom, view.Due{Text: "22 Nov, 09:14", Sub: "in 14 hours", State: view.Fail}, "Fix"),
		row("Review the SOC 2 report of Datadog", "Subservice organization, critical; last review 25 Nov 2025", "VN-03", priya, view.Due{Text: "24 Nov", Sub: "in 3 days", State: view.Warn}, "Review"),
		row("Security training: Hugo Bianchi", "Joined 26 Oct, due within 30 days", "TR-01", elena, view.Due{Text: "25 Nov", Sub: "in 4 days", State: view.Warn}, "Remind"),
		row("Patch CVE-2026-31402 on api-gateway", "Critical, fix limit 14 days, found 12 Nov", "VM-02", tom, view.Due{Text: "26 Nov", Sub: "in 5 days", State: view.Warn}, "Open"),
		row("Finish the Q4 user access review", "118 of 143 accounts decided", "AC-09", tom, view.Due{Text: "27 Nov", Sub: "in 6 days"}, "Continue"),
		row("Approve the annual risk assessment", "Waiting for approval since 17 Nov", "RM-01", marc, view.Due{Text: "30 Nov", Sub: "in 9 days"}, "Remind"),
	}}
}

func deviationLines() *page.LinesCard {
	return &page.LinesCard{Title: "Deviations in this period", Link: view.Ref{Label: "All 4", Href: "#"}, Lines: []view.Line{
		{State: view.Fail, Lead: "AC-04", Text: "Contractor without MFA, 9 days", Right: "Mar", Sub: "Response written · Priya Raman", Href: "#"},
		{State: view.Fail, Lead: "BC-02", Text: "Restore test 17 days late", Right: "Jun", Sub: "Response written · Tom Okafor", Href: "#"},
		{State: view.Fail, Lead: "HR-06", Text: "Access removed late, 1 of 7", Right: "Jul", Sub: "Response written · Elena Duarte", Href: "#"},
		{State: view.Fail, Lead: "CM-03", Text: "2 of 1,318 changes unreviewed", Right: "Sep", Sub: "Response missing · Tom Okafor", SubIs: view.Fail, Href: "#"},
	}}
}

func heat() *chart.Heat {
	months := []string{"Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"}
	row := func(id, label string, n int, result, tone string, loud map[string]chart.HeatCell) chart.HeatRow {
		r := chart.HeatRow{ID: id, Label: label, Href: "/criteria#" + id, Controls: n, Result: result, Tone: tone}
		for _, m := range months {
			c, ok := loud[m]
			if !ok {
				c = chart.HeatCell{Kind: chart.HeatOperated, Label: m + ": operated"}
			}
			r.Cells = append(r.Cells, c)
		}
		return r
	}
	fixed := chart.HeatCell{Kind: chart.HeatFixed, Label: "failed, fixed in time", Href: "#"}
	act := chart.HeatCell{Kind: chart.HeatAction, Count: 1, Label: "Nov: 1 action needed", Href: "#"}
	dev := chart.HeatCell{Kind: chart.HeatDeviation, Count: 1, Label: "1 deviation", Href: "#"}
	gone := chart.HeatCell{Kind: chart.HeatNone, Count: 2, Label: "no evidence for 2 days", Href: "#"}
	type m = map[string]chart.HeatCell
	return &chart.Heat{Label: "Operation by criteria and month", Head: "Criteria", Months: months, Rows: []chart.HeatRow{
		row("CC1", "Control environment", 9, "1 action needed", "warn", m{"Apr": fixed, "Nov": act}),
		row("CC2", "Communication", 7, "No deviations", "", nil),
		row("CC3", "Risk assessment", 6, "1 action needed", "warn", m{"Nov": act}),
		row("CC4", "Monitoring", 4, "No deviations", "", nil),
		row("CC6", "Logical & physical access", 24, "2 deviations", "fail", m{"Jan": fixed, "Mar": dev, "May": fixed, "Jul": dev, "Oct": fixed, "Nov": act}),
		row("CC7", "System operations", 16, "1 action needed", "warn", m{"Feb": gone, "Apr": fixed, "Aug": fixed, "Nov": act}),
		row("CC8", "Change management", 8, "1 deviation", "fail", m{"Sep": dev}),
		row("A1", "Availability", 7, "1 deviation", "fail", m{"Jun": dev, "Jan": {Kind: chart.HeatNotDue, Label: "Jan: not due"}}),
	}}
}
