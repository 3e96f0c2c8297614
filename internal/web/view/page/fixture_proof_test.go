package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

func controls() page.ControlsView {
	row := func(id, title, crit string, who view.Who, runs string, badge view.Badge) page.ControlRow {
		return page.ControlRow{ID: id, Title: title, Href: "/controls/" + id, Criteria: crit, Owner: who, Runs: runs, Badge: badge}
	}
	strip := func(r page.ControlRow, s *chart.Strip) page.ControlRow {
		r.Strip = small(s)
		return r
	}
	marks := func(r page.ControlRow, l *chart.Lane) page.ControlRow {
		r.Marks = l
		return r
	}
	ok := view.Badge{State: view.Pass, Label: "Operated"}
	dev := view.Badge{State: view.Fail, Label: "1 deviation"}
	return page.ControlsView{
		Head: view.Head{
			Title: "Controls", Answer: view.Text{view.B("87 of 96"), view.T(" operated as designed so far. "), view.A("5 need action", "#"), view.T(", "), view.A("4 have a deviation", "#"), view.T(".")},
			Actions: []view.Action{export("/controls"), {Label: "Add control", Href: "/controls/new", Icon: "plus", Look: view.Primary}},
		},
		List: view.List{
			Query: query("/controls", "p=fy26&sort=state"), Find: view.Find{Label: "Filter controls", Hint: "Filter by id, text or owner"},
			Chips: chips("State", "Criteria", "Owner", "Frequency"), Shown: "96 controls · sorted by state", Order: "state",
			Pager: view.Pager{Text: "1 – 25 of 96", Next: "x", Size: 25},
		},
		Window: "Dec ’25 to Nov ’26", Legend: true,
		Rows: []page.ControlRow{
			strip(row("AC-04", "Multi-factor authentication for workforce access", "CC6.1, CC6.6", tom, "Daily", dev), mfaYear("Deviation in March, failing now", 16)),
			marks(row("BC-02", "Restore from backup is tested", "A1.3", tom, "Quarterly", dev), lane("4 tests, second late", 16,
				mark("2026-01-01", "2026-03-31", "2026-02-10", chart.OnTime, "on time"), mark("2026-04-01", "2026-05-31", "2026-06-17", chart.Late, "17 days late"),
				mark("2026-07-01", "2026-08-31", "2026-08-12", chart.OnTime, "on time"), mark("2026-10-01", "2026-11-30", "", chart.Waiting, "due"))),
			strip(row("CM-03", "Changes are reviewed by a second person before merge", "CC8.1", tom, "Each change", dev), year("Deviation in September", 16, days(chart.Fixed, "2026-04-20", 2, ""), days(chart.Deviation, "2026-09-14", 2, ""))),
			strip(row("VM-02", "Critical vulnerabilities are fixed within 14 days", "CC7.1", tom, "Daily", view.Badge{State: view.Warn, Label: "Due 26 Nov"}), year("Failing inside the limit since 12 November", 16, days(chart.Fixed, "2026-04-02", 6, ""), days(chart.Failing, "2026-11-12", 9, ""))),
			strip(row("AC-01", "Access is approved before it is granted", "CC6.2", tom, "Each request", ok), year("Operated", 16)),
			strip(row("LG-01", "Production logs are collected centrally and kept 400 days", "CC7.2", jia, "Daily", ok), year("No evidence 3 to 4 February", 16, days(chart.None, "2026-02-03", 2, ""))),
			strip(row("EN-01", "Customer data is encrypted at rest", "CC6.1, C1.1", jia, "Daily", view.Badge{State: view.None, Label: "No evidence"}), &chart.Strip{Axis: larkspurYear(), Label: "Never judged", Height: 16}),
			{ID: "PS-01", Title: "Office entry is by badge", Href: "#", Criteria: "CC6.4", Owner: elena, Runs: "–", Words: "Met by WeWork, subservice organization (carved out)", Badge: view.Badge{State: view.Open, Label: "Carved out"}},
		},
	}
}

func mfaYear(label string, height int) *chart.Strip {
	return year(label, height, days(chart.Fixed, "2026-01-14", 2, ""), days(chart.None, "2026-02-11", 2, "token expired"), days(chart.Fixed, "2026-03-07", 3, ""),
		days(chart.Deviation, "2026-03-10", 9, "r.haas without MFA"), days(chart.Fixed, "2026-10-02", 2, ""), days(chart.Failing, "2026-11-19", 2, "3 users"))
}

// weekly is a strip that is observed on one day of seven and inferred between.
func weekly(label string) *chart.Strip {
	s := &chart.Strip{Axis: larkspurYear(), Label: label, Height: 14}
	for d := 0; d < s.Axis.Today; d += 7 {
		s.Runs = append(s.Runs, chart.Run{State: chart.Operated, From: d, Days: 1}, chart.Run{State: chart.Operated, From: d + 1, Days: 6, Inferred: true})
	}
	return s
}

func controlPage() page.ControlView {
	y := &chart.Year{
		Axis:    larkspurYear(),
		Control: chart.YearLane{Label: "Control", Strip: mfaYear("Control by day: operated, except no evidence 11–12 Feb, failed and fixed in time 14–15 Jan and 2–3 Oct, deviation 10–18 March, failing inside the limit since 19 November", 26), Result: "1 deviation", Tone: "fail"},
		Checks: []chart.YearLane{
			{Label: "Okta sign-on policy requires MFA", Href: "#", Strip: year("Okta sign-on policy requires MFA: operated every day", 14), Result: "356 of 356 days"},
			{Label: "AWS console users have MFA", Href: "#", Strip: year("AWS console users have MFA: deviation 10–18 March; failing inside the limit since 19 November", 14, days(chart.Fixed, "2026-03-07", 3, ""), days(chart.Deviation, "2026-03-10", 9, ""), days(chart.Failing, "2026-11-19", 2, "")), Result: "347 of 356"},
			{Label: "AWS root accounts use hardware MFA", Href: "#", Strip: weekly("AWS root accounts use hardware MFA: operated, looked at weekly"), Result: "356 of 356"},
			{Label: "Google 2-step verification enforced", Href: "#", Strip: year("Google 2-step verification: no evidence 11–12 February, failed and fixed in time 2–3 October", 14, days(chart.None, "2026-02-11", 2, "token expired"), days(chart.Fixed, "2026-10-02", 2, "")), Result: "354 of 356"},
		},
		Activities: []chart.YearLane{{Label: "MFA exemptions reviewed each quarter", Href: "#", Marks: lane("MFA exemptions reviewed each quarter: done 12 Jan, 9 Apr, late 4 Aug and 6 Oct", 20,
			mark("2026-01-01", "2026-01-31", "2026-01-12", chart.OnTime, "12 Jan, on time"), mark("2026-04-01", "2026-04-30", "2026-04-09", chart.OnTime, "9 Apr, on time"),
			mark("2026-07-01", "2026-07-31", "2026-08-04", chart.Late, "4 Aug, late"), mark("2026-10-01", "2026-10-31", "2026-10-06", chart.OnTime, "6 Oct, on time")), Result: "3 of 4 on time"}},
		Foot: "Days are counted in Europe/Stockholm. Each abnormal day links to the evidence behind it.",
	}
	return page.ControlView{
		Head: view.Head{
			ID: "AC-04", Badges: []view.Badge{{State: view.Fail, Label: "1 deviation"}, {State: view.Warn, Label: "Failing now, inside the limit"}}, Tags: []string{"Key control"},
			Title:   "Multi-factor authentication for workforce access",
			Answer:  view.Text{view.T("Operated on "), view.B("345 of 356 days"), view.T(": 9 days of deviation in March, when a contractor had no MFA past the fix limit, and 2 days without evidence in February. 3 users fail today; fix them by "), view.B("22 Nov 09:14"), view.T(" to avoid a second deviation.")},
			Actions: []view.Action{{Label: "Add evidence", Href: "#", Icon: "plus"}, {Label: "Fix 3 users", Href: "#", Icon: "check", Look: view.Primary}},
			More:    []view.Action{{Label: "Edit", Href: "#"}, {Label: "Retire…", Href: "#"}},
		},
		YearTitle: "Operation, 1 Dec 2025 – 30 Nov 2026", Year: y,
		Tabs: []view.Tab{{Label: "Evidence timeline", Href: "#", Count: "1,791", Current: true}, {Label: "Checks", Href: "#", Count: "5"}, {Label: "Activities", Href: "#", Count: "4"}, {Label: "Deviations", Href: "#", Count: "1"}, {Label: "Versions", Href: "#"}, {Label: "History", Href: "#"}},
		Tab: page.ControlTab{
			Title: "Evidence timeline", List: view.List{Query: query("/controls/AC-04", ""), Chips: chips("Show", "Source", "From"), Shown: "1,780 unchanged daily results are folded"},
			Events: []view.Event{
				{Group: "November 2026", Time: "19 Nov 09:14", ISO: "2026-11-19T09:14:00+01:00", State: view.Warn, Title: "3 AWS console users lost MFA", Href: "#", Meta: []view.Ref{{Label: "aws-prod"}, {Label: "dana.k, ci-legacy, m.ortiz"}, {Label: "fix by 22 Nov 09:14"}}, Log: "48102", Sure: true},
				{Group: "October 2026", Time: "6 Oct 14:20", ISO: "2026-10-06T14:20:00+02:00", State: view.Pass, Title: "Q4 review of MFA exemptions", Meta: []view.Ref{{Label: "Priya Raman"}, {Label: "2 exemptions kept, 1 removed"}, {Label: "mfa-exemptions-2026q4.pdf", Href: "#"}}, Log: "45377", Sure: true},
				{Group: "March 2026", Time: "19 Mar 08:40", ISO: "2026-03-19T08:40:00+01:00", State: view.Pass, Title: "Contractor account r.haas enrolled", Meta: []view.Ref{{Label: "aws-prod"}, {Label: "12 days after first failure"}}, Log: "16904"},
				{Group: "March 2026", Time: "10 Mar 08:41", ISO: "2026-03-10T08:41:00+01:00", State: view.Fail, Title: "Fix limit passed: r.haas without MFA", Meta: []view.Ref{{Label: "3-day limit set in version 4"}, {Label: "Deviation DV-11", Href: "#DV-11"}}},
				{Group: "February 2026", Time: "13 Feb 07:55", ISO: "2026-02-13T07:55:00+01:00", State: view.None, Title: "2 days without evidence from Google Workspace", Meta: []view.Ref{{Label: "Token expired 11 Feb"}, {Label: "Admin audit log for both days added by Priya Raman", Href: "#"}}, Log: "12018", Sure: true},
			},
		},
		Statement: page.StatementCard{
			Text: "Workforce access to the production environment, source code and the identity provider requires multi-factor authentication. New accounts are enrolled before first use; exemptions are approved and reviewed each quarter.", Edit: view.Ref{Label: "Edit", Href: "#"},
			Facts: []view.Pair{{Term: "Criteria", Tags: []view.Ref{{Label: "CC6.1", Href: "#"}, {Label: "CC6.6", Href: "#"}}}, {Term: "Owner", Who: tom}, {Term: "Type", Value: view.Say("Preventive, automated")}, {Term: "Frequency", Value: view.Say("Continuous, tested daily")}, {Term: "Fix limit", Value: view.Say("3 days")}, {Term: "Version", Value: view.Text{view.A("5, since 1 Apr 2026", "#")}}},
		},
		Deviated: []page.DeviationCard{deviation()},
	}
}

func deviation() page.DeviationCard {
	return page.DeviationCard{
		ID: "DV-11", Title: "10–18 March", Badge: view.Badge{State: view.Pass, Label: "Response written"},
		What:     view.Say("Contractor r.haas was created in aws-prod outside the onboarding workflow and signed in without MFA. 1 of 61 users, 9 days past the limit."),
		Response: view.Say("IAM users can no longer be created by hand (SCP since 21 March). CloudTrail shows 2 console sessions, both reviewed; no customer data was read."),
		By:       "Priya Raman, 24 Mar 2026 · approved by Marcus Lindqvist",
	}
}

func controlTab(label string, tab page.ControlTab) page.ControlView {
	v := controlPage()
	for i := range v.Tabs {
		v.Tabs[i].Current = v.Tabs[i].Label == label
	}
	tab.Title = label
	v.Tab = tab
	return v
}

func controlChecksTab() page.ControlView {
	return controlTab("Checks", page.ControlTab{Checks: []page.ControlCheck{
		{Title: "AWS console users have MFA", Href: "#", ID: "aws.iam.user.mfa", System: "aws-prod", Population: "58", Failing: "3", FixBy: view.Due{Text: "22 Nov 09:14", State: view.Fail}, LastRun: "18:00", Badge: view.Badge{State: view.Warn, Label: "14 hours left"}},
		{Title: "Okta sign-on policy requires MFA", Href: "#", ID: "okta.policy.mfa", System: "okta", Population: "63", Failing: "0", LastRun: "18:00", Badge: view.Badge{State: view.Pass, Label: "Pass"}},
	}})
}

func controlActivitiesTab() page.ControlView {
	return controlTab("Activities", page.ControlTab{Occurrences: []page.Occurrence{
		{Title: "MFA exemptions reviewed", Window: "1 – 31 Oct", Done: "6 Oct 14:20", By: priya, Evidence: []view.Ref{{Label: "E-45377", Href: "#"}}, Badge: view.Badge{State: view.Pass, Label: "On time"}},
		{Title: "MFA exemptions reviewed", Window: "1 – 31 Jan", By: view.Who{}, Badge: view.Badge{State: view.Open, Label: "Not due"}, Action: view.Action{Label: "Record", Href: "#"}},
	}})
}

func controlDeviationsTab() page.ControlView {
	open := deviation()
	open.ID, open.Response, open.By = "DV-12", nil, ""
	open.Badge, open.Action = view.Badge{State: view.Fail, Label: "Response missing"}, view.Action{Label: "Write the response", Href: "#"}
	v := controlTab("Deviations", page.ControlTab{Deviations: []page.DeviationCard{deviation(), open}})
	v.Deviated = nil
	return v
}

func controlVersionsTab() page.ControlView {
	return controlTab("Versions", page.ControlTab{Note: "A new version never changes how the past is judged.", Versions: []page.ControlVersion{
		{Version: "5", From: "1 Apr 2026", To: "now", Statement: "Workforce access requires multi-factor authentication.", FixLimit: "3 days", By: "Tom Okafor", Approved: "Marcus Lindqvist, 30 Mar", Current: true},
		{Version: "4", From: "1 Dec 2025", To: "31 Mar 2026", Statement: "Access requires MFA.", FixLimit: "3 days", By: "Tom Okafor", Approved: "Marcus Lindqvist, 20 Nov 2025"},
	}})
}

func runs(counts ...int) *chart.Runs {
	r := &chart.Runs{Label: "Failing in the last runs", Height: 18}
	for i := range 30 {
		b := chart.RunBar{}
		if j := i - (30 - len(counts)); j >= 0 {
			b.Failing, b.Lost = max(counts[j], 0), counts[j] < 0
		}
		r.List = append(r.List, b)
	}
	return r
}

func checks() page.ChecksView {
	fail := func(title, id, sys, pop, failing, since string, due view.Due, ctl, left string, counts ...int) page.CheckRow {
		return page.CheckRow{Title: title, Href: "/checks/" + id, ID: id, System: sys, Population: pop, Failing: failing, Hot: true, Runs: runs(counts...), Since: since, FixBy: due, Controls: []view.Ref{{Label: ctl, Href: "#"}}, Badge: view.Badge{State: view.Warn, Label: left}}
	}
	return page.ChecksView{
		Head: view.Head{
			Title: "Checks", Answer: view.Text{view.B("175 of 184"), view.T(" pass. "), view.A("7 fail inside their fix limit", "#"), view.T(", the first until 22 Nov 09:14; "), view.A("2 could not run", "#"), view.T(" and count as no evidence.")},
			Actions: []view.Action{export("/checks"), {Label: "Run all", Href: "/checks/run", Icon: "play", Look: view.Primary, Post: true}},
		},
		Summary: &page.Summary{
			Bar:   chart.Bar{Label: "184 checks: 175 pass, 7 fail inside the limit, none past it, 2 could not run", Segs: []chart.Seg{{Fill: "pass", Count: 175}, {Fill: "warn", Count: 7}, {Fill: "fail"}, {Fill: "none", Count: 2}}},
			Keys:  []page.SummaryKey{{Fill: "pass", Count: "175", Label: "pass", Href: "#", Sub: "131 without a failure all year"}, {Fill: "warn", Count: "7", Label: "fail inside the limit", Href: "#", Sub: "19 resources in all"}, {Fill: "fail", Count: "0", Label: "past the limit", Sub: "last on 18 Mar"}, {Fill: "none", Count: "2", Label: "could not run", Href: "#", Sub: "permission, rate limit"}},
			Facts: []view.Pair{{Term: "Last run", Value: view.Say("18:00, 6 min 12 s")}, {Term: "Next run", Value: view.Say("tomorrow 06:00")}, {Term: "Exclusions", Value: view.Text{view.A("11, one ends 30 Nov", "#")}}},
		},
		List: view.List{Query: query("/checks", "sort=fix"), Find: view.Find{Label: "Filter checks", Hint: "Filter by name, system or control"}, Chips: chips("State", "System", "Control", "Severity"), Toggles: []view.Toggle{{Name: "lost", Label: "Could not run only"}}, Shown: "184 checks · sorted by fix date", Order: "fix", Pager: view.Pager{Text: "1 – 25 of 184", Prev: "a", Next: "b", Size: 25}},
		Rows: []page.CheckRow{
			fail("AWS console users have MFA", "aws.iam.user.mfa", "aws-prod", "58", "3", "19 Nov 09:14", view.Due{Text: "22 Nov 09:14", State: view.Fail}, "AC-04", "14 hours left", 3, 3, 3, 3, 3),
			fail("No critical vulnerability in running images", "trivy.image.critical", "trivy-ci", "64", "1", "12 Nov 06:04", view.Due{Text: "26 Nov 06:04", State: view.Warn}, "VM-02", "5 days left", 1, 1, 1, 1, 1, 1, 1, 1, 1),
			fail("Laptops have the last security update", "jamf.host.current", "jamf", "44", "9", "19 Nov 06:03", view.Due{Text: "3 Dec 06:03"}, "DV-02", "11 days left", 2, 2, 1, 0, 0, 0, 3, 3, 2, 0, 0, 9, 9),
			{Title: "Shared drives are not public", Href: "#", ID: "google.drive.public", System: "google-workspace", Population: "–", Failing: "–", Runs: runs(-1, -1, -1), Since: "20 Nov 18:00", Why: "Rate limit at page 31 of 44", WhyNext: "repeats 19:00", Controls: []view.Ref{{Label: "CF-02", Href: "#"}}, Badge: view.Badge{State: view.None, Label: "No evidence"}},
			{Title: "Databases are encrypted", Href: "#", ID: "aws.rds.encrypted", System: "aws-prod", Population: "14", Failing: "0", Runs: runs(), Since: "1 Dec 2025", Controls: []view.Ref{{Label: "EN-01", Href: "#"}, {Label: "CF-01", Href: "#"}}, Badge: view.Badge{State: view.Pass, Label: "Pass"}},
		},
	}
}

func checkPage() page.CheckView {
	res := func(name, sub, acct, no, why, act string) page.CheckResource {
		return page.CheckResource{Name: name, Href: "#", Sub: sub, Place: acct, PlaceSub: no, Why: "0 MFA devices", WhySub: why, Since: "19 Nov 09:14", FixBy: view.Due{Text: "22 Nov 09:14", State: view.Fail}, Actions: []view.Action{{Label: act, More: " " + name, Href: "#"}}}
	}
	sixty := &chart.Runs{Label: "Failing users in the last 60 runs: none in 47 runs, 1 on 2 to 4 November, 3 since 19 November", Height: 44}
	for i := range 60 {
		b := chart.RunBar{}
		if i >= 21 && i < 26 {
			b.Failing = 1
		}
		if i >= 54 {
			b.Failing = 3
		}
		sixty.List = append(sixty.List, b)
	}
	return page.CheckView{
		Head: view.Head{
			ID: "aws.iam.user.mfa", Badges: []view.Badge{{State: view.Warn, Label: "Failing, inside the limit"}}, Tags: []string{"AWS"}, Title: "AWS console users have MFA",
			Answer:  view.Text{view.B("3 of 58 users"), view.T(" can sign in to the AWS console without MFA. Fix all three by "), view.B("22 Nov 09:14"), view.T(" (14 hours) or "), view.A("AC-04", "#"), view.T(" gets a second deviation.")},
			Actions: []view.Action{{Label: "Change parameters", Href: "#", Icon: "gear"}, {Label: "Run again", Href: "#", Icon: "play", Look: view.Primary, Post: true}}, More: []view.Action{{Label: "Exclude…", Href: "#"}},
		},
		Tabs: []view.Tab{{Label: "Failing", Href: "#", Count: "3", Hot: true, Current: true}, {Label: "Passing", Href: "#", Count: "55"}, {Label: "Excluded", Href: "#", Count: "4"}, {Label: "Runs", Href: "#", Count: "356"}, {Label: "Rule", Href: "#"}},
		Tab: page.CheckTab{
			Title: "Failing resources", Subject: "User", Place: "Account", Note: "Excluding a user needs a reason, an expiry date and a second approver. The auditor sees every exclusion.",
			Resources: []page.CheckResource{
				res("dana.k", "Dana Kowalski, Support", "larkspur-prod", "4471-0932-8817", "Device removed 19 Nov 09:02 by dana.k", "Remind"),
				res("m.ortiz", "Mateo Ortiz, Data", "larkspur-analytics", "2210-5583-0146", "Created 19 Nov 08:51 by tom.o, never enrolled", "Remind"),
				res("ci-legacy", "No person linked", "larkspur-prod", "4471-0932-8817", "Password set 19 Nov 09:05 by root session", "Assign"),
			},
		},
		Remedy: &page.RemedyCard{Hint: "About 10 minutes per user", Ways: []page.Remedy{
			{Label: "In the AWS console", Steps: []view.Text{
				{view.T("For a person: ask them to sign in, open "), view.B("Security credentials"), view.T(" and choose "), view.B("Assign MFA device"), view.T(". You cannot enroll for them.")},
				{view.T("For "), view.C("ci-legacy"), view.T(": nobody should sign in as this user. Choose "), view.B("Disable console access"), view.T(".")},
				{view.T("Choose "), view.B("Run again"), view.T(" here. The next scheduled run is at 06:00.")},
			}},
			{Label: "With the AWS CLI", Code: "aws iam delete-login-profile --user-name ci-legacy --profile larkspur-prod"},
		}},
		Rule:       &page.RuleCard{Tag: "v3, approved 21 Mar by Marcus Lindqvist", Link: view.Ref{Label: "Try a change", Href: "#"}, Text: "where:   r.password_enabled\nassert:  size(r.mfa_devices) > 0\nmessage: \"Has a console password, \" + string(size(r.mfa_devices)) + \" MFA devices\""},
		Population: &page.FiguresCard{Title: "Population", Badge: view.Badge{State: view.Pass, Label: "Complete"}, Note: "3 of 3 accounts in scope answered. Count taken from the AWS credential report, an independent source.", Sums: population()},
		Runs:       sixty, RunsTitle: "Last 60 runs", RunsHint: "daily 06:00, 18:00", RunsFrom: "23 Oct",
		Evidence: &page.RunEvidence{
			Badge: view.Badge{State: view.Pass, Label: "Verified"}, Facts: []view.Pair{
				{Term: "Run", Value: view.Say("21 Nov 2026 18:00:04 UTC+1")},
				{Term: "Collected by", Value: view.Text{view.A("aws-prod", "#"), view.T(", role "), view.C("soc2-readonly")}},
				{Term: "SHA-256", Value: view.Say("c41f09a2…7be83d10"), Mono: true},
				{Term: "Log entry", Value: view.Text{view.A("48,207", "#"), view.T(", included in head 48,211")}},
			},
			Verify:  []view.TermLine{{Prompt: true, Text: "assay verify 48207"}, {Mark: "ok", State: view.Pass, Text: "hash, inclusion proof, 2 witnesses"}},
			Actions: []view.Action{{Label: "Bundle (.zip)", Href: "#", Icon: "dl"}, {Label: "Raw JSON", Href: "#"}},
		},
		UsedBy: []view.Line{{State: view.Fail, Lead: "AC-04", Text: "Multi-factor authentication", Right: "CC6.1, CC6.6", Href: "#"}, {State: view.Pass, Lead: "AC-06", Text: "Privileged access", Right: "CC6.3", Href: "#"}},
	}
}

func population() []view.Pair {
	return []view.Pair{
		{Term: "IAM users reported by AWS", Value: view.Say("131")},
		{Term: "IAM users collected", Value: view.Say("131")},
		{Term: "Without a console password", Value: view.Say("− 69"), Line: true},
		{Term: "Excluded with approval", Value: view.Say("− 4")},
		{Term: "Evaluated", Value: view.Say("58"), Total: true},
		{Term: "Pass", Value: view.Say("55"), State: view.Pass, Line: true},
		{Term: "Fail", Value: view.Say("3"), State: view.Warn},
	}
}
