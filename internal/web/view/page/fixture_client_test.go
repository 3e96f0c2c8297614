package page_test

import (
	"strconv"

	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

func clientTabs(at string) []view.Tab {
	return []view.Tab{{Label: "Clients", Href: "/clients", Current: at == "", Count: "30"}, {Label: "Work at all clients", Href: "/clients/work", Current: at == "work", Count: "11"}, {Label: "Calendar", Href: "/clients/calendar", Current: at == "calendar"}}
}

func positionBar(label string, pass, warn, fail int) chart.Bar {
	return chart.Bar{Label: label, Height: 8, Segs: []chart.Seg{{Fill: "pass", Count: pass}, {Fill: "warn", Count: warn}, {Fill: "fail", Count: fail}}}
}

func clientsPage() page.ClientsView {
	return page.ClientsView{
		Head: view.Head{Title: "3 of 30 clients need you", Notes: []string{"Ridgeway IT"}, Actions: []view.Action{{Label: "Export", Icon: "dl", Menu: []view.Action{{Label: "CSV", Href: "?format=csv"}}}}},
		Tabs: clientTabs(""), Code: &page.ClientCode{Code: "assay_client_0a1b2c3d4e5f60718293a4b5c6d7e8f9", Note: "Send it to a lead of the client, by a way you trust."},
		List: view.List{Query: query("/clients", ""), Find: view.Find{Label: "Find a client"}, Chips: chips("Show"), Shown: "30 of 30 clients, those that need you first"},
		Rows: []page.ClientRow{
			{Name: "Brightwell Legal", Href: "/clients/1", Sub: "nothing since 20 Nov 09:00: not known", SubIs: view.Warn, Engagement: "–", Dates: "–", Controls: "–", Action: "–", Deviations: "–", Stale: "–", Connections: view.Badge{State: view.None, Label: "Not known"}},
			{
				Name: "Larkspur", Href: "/clients/2", Sub: "published 12 minutes ago", Engagement: "Type 2, S A C", Period: chart.Bar{Label: "356 of 365 days", Height: 6, Segs: []chart.Seg{{Fill: "accent", Count: 356}, {Fill: "track", Count: 9}}},
				Controls: "96", Position: positionBar("87 operated, 5 need action, 4 with a deviation, 0 not due", 87, 5, 4), Action: "5", Deviations: "4", Stale: "6", ActionIs: true, DeviationIs: true,
				Connections: view.Badge{State: view.Fail, Label: "1 failing"}, Enter: view.Action{Label: "Enter", More: " Larkspur", Href: "/orgs?org=x", Post: true},
			},
			{
				Name: "Talus Robotics", Href: "/clients/3", Sub: "published 12 minutes ago", Engagement: "Type 1, S", Dates: "as of 15 Dec 2026", Controls: "74", Position: positionBar("74 operated, 0 need action, 0 with a deviation, 0 not due", 74, 0, 0), Action: "0", Deviations: "0", Stale: "0",
				Connections: view.Badge{State: view.Pass, Label: "5 of 5"},
			},
		},
		Codes: []page.ClientOffer{{Name: "Cove Health", Until: view.Due{Text: "4 Dec 09:00"}, Action: view.Action{Label: "Withdraw", More: " the code for Cove Health", Href: "/clients/codes/1/withdraw", Post: true}}},
		Note:  "S security, A availability, C confidentiality, P processing integrity, Y privacy.",
		Form:  &view.Form{Action: "/clients/codes", Submit: "Make a code", Hint: "The client’s lead answers it.", Fields: []view.Input{{Name: "name", Label: "Client", Required: true, Full: true}}},
	}
}

func clientsNone() page.ClientsView {
	v := clientsPage()
	v.Code, v.Rows, v.Codes, v.Head = nil, nil, nil, view.Head{Title: "Clients", Answer: view.Say("What your clients let you see of how they stand, on one page.")}
	v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "No client yet", Text: view.Say("Make a code below.")}
	return v
}

func clientWorkPage() page.ClientWorkView {
	return page.ClientWorkView{
		Head: view.Head{Title: "Work at all clients", Answer: view.Say("What is due at the clients that let you see their work, day by day.")}, Tabs: clientTabs("work"),
		List: view.List{Query: query("/clients/work", ""), Find: view.Find{Label: "Find by words, client or person"}, Chips: chips("Show"), Shown: "11 things, what is due first at the top"},
		Days: []page.ClientDay{
			{ID: "d-late", Title: "Late", Rows: []page.ClientDue{{What: "Turn on MFA for 3 AWS console users", Client: "Larkspur", ClientHref: "/clients/2", Control: "AC-04", With: "T. Okafor", Due: view.Due{Text: "22 Nov"}, Enter: view.Action{Label: "Enter", More: " Larkspur", Href: "/orgs?org=x", Post: true}}}},
			{ID: "d-2026-11-24", Title: "24 Nov 2026", Rows: []page.ClientDue{{What: "Quarterly access review", Client: "Cove Health", ClientHref: "/clients/4", Control: "AC-09", With: "A. Mehta", Due: view.Due{Text: "24 Nov"}}}},
		},
	}
}

func agendaMonth() page.AgendaMonth {
	m := page.AgendaMonth{Title: "November 2026", Turn: []view.Action{{Label: "Month after", Href: "?month=2026-12"}}, Days: []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}}
	for day := -5; day <= 30; day += 7 {
		week := make([]page.AgendaCell, 7)
		for i := range week {
			if d := day + i; d >= 1 && d <= 30 {
				week[i] = page.AgendaCell{Num: strconv.Itoa(d), Today: d == 22}
			}
		}
		m.Weeks = append(m.Weeks, week)
	}
	m.Weeks[3][4].Count, m.Weeks[3][4].Label, m.Weeks[3][4].Href, m.Weeks[3][4].Late = "2", "2 things on 20 Nov 2026", "#d-2026-11-20", true
	m.Weeks[4][1].Count, m.Weeks[4][1].Label, m.Weeks[4][1].Href = "1", "1 thing on 24 Nov 2026", "#d-2026-11-24"
	return m
}

func agendaPage(of string, tabs []view.Tab) page.AgendaView {
	return page.AgendaView{
		Head: view.Head{Title: "Calendar", Answer: view.Say("What waits for you and what will.")}, Tabs: tabs, Of: of, With: "With", Month: agendaMonth(),
		List: view.List{Query: query("/calendar", ""), Find: view.Find{Label: "Find by words"}, Chips: chips("Type"), Shown: "3 things in November 2026"},
		Days: []page.AgendaDay{
			{ID: "d-2026-11-20", Title: "20 Nov 2026", Sub: "Friday", Rows: []page.AgendaRow{
				{What: view.Ref{Label: "Walk the server room", Href: "/controls/LK-01?tab=activities"}, Of: view.Ref{Label: "activities"}, Control: "LK-01", With: "owner", Badge: view.Badge{State: view.Fail, Label: "Late since 20 Nov 2026"}},
				{What: view.Ref{Label: "Review the risk of lost laptops"}, Of: view.Ref{Label: "Larkspur", Href: "/clients/2"}, With: "–", Badge: view.Badge{State: view.Open, Label: "Waits"}},
			}},
			{ID: "d-none", Title: "No day set", Rows: []page.AgendaRow{{What: view.Ref{Label: "The period of 2026 ends"}, Of: view.Ref{Label: "days to know"}, With: "–", Badge: view.Badge{State: view.Info, Label: "Day to know"}}}},
		},
	}
}

func agendaNone() page.AgendaView {
	v := agendaPage("Kind", nil)
	v.Days, v.List.Empty = nil, &view.Empty{Kind: view.NoneMatch, Title: "Nothing in November 2026", Text: view.Say("Turn to another month, or change the filters.")}
	return v
}

func clientPage() page.ClientView {
	return page.ClientView{
		Head: view.Head{Title: "Larkspur", Notes: []string{"Client since 3 Mar 2026", "published 12 minutes ago"}, Actions: []view.Action{{Label: "Enter", More: " Larkspur", Href: "/orgs?org=x", Post: true, Look: view.Primary}}},
		Aside: []page.AsideCard{
			{ID: "h-cf", Title: "How it stands", Badge: view.Badge{State: view.Pass, Label: "9 of 9"}, Pairs: []view.Pair{{Term: "Controls", Value: view.Say("96")}}},
			{ID: "h-ct", Title: "What it consented to", Pairs: []view.Pair{{Term: "Figures", Value: view.Say("Yes")}}, Note: "A lead of the client changes it."},
		},
		Staff:  []page.ClientStaff{{Who: tom, Mail: "tom@ridgeway.example", Since: "3 Mar 2026", LastIn: "today 09:12", Action: view.Action{Label: "Recall", More: " Tom Okafor", Href: "/clients/2/staff/1/recall", Post: true}}},
		Form:   &view.Form{Action: "/clients/2/staff", Submit: "Have come in", Fields: []view.Input{{Name: "user", Label: "Member of Ridgeway IT", Type: "select", Full: true, Options: []view.Option{{Value: "1", Label: "Priya Raman"}}}}},
		Danger: &view.Notice{State: view.Warn, Text: view.Text{view.B("Leaving ends the client’s consent.")}, Action: view.Action{Label: "Leave…", More: " Larkspur", Href: "/clients/2/end"}},
	}
}

func settingsProviders() page.SettingsView {
	v := settingsUsers()
	v.Users, v.Invites, v.Forms = nil, nil, nil
	v.Providers = &page.ProvidersCard{Rows: []page.ProviderRow{
		{Name: view.Ref{Label: "Ridgeway IT", Href: "/settings/providers/1"}, Sees: "Figures, what is due; its staff may come in", People: "2", Since: "3 Mar 2026", Badge: view.Badge{State: view.Pass, Label: "In force"}},
		{Name: view.Ref{Label: "Northline"}, Sees: "Figures", People: "0", Since: "1 Nov 2024", Badge: view.Badge{State: view.Open, Label: "Ended 2 Feb 2026"}, Sub: "The contract ended."},
	}}
	return v
}

func settingsSIEM() page.SettingsView {
	v := settingsUsers()
	v.Users, v.Invites, v.Forms = nil, nil, nil
	v.SIEM = &page.DestinationsCard{Rows: []page.DestinationRow{
		{Name: view.Ref{Label: "Splunk", Href: "/settings/siem/1"}, Form: "Splunk HTTP Event Collector", Address: "https://splunk.example.com:8088/services/collector/event", Sent: "12 408", Last: "today 09:12", Badge: view.Badge{State: view.Pass, Label: "Takes entries"}},
		{Name: view.Ref{Label: "Collector"}, Form: "Syslog (RFC 5424)", Address: "tls://logs.example.com:6514", Sent: "0", Last: "never", Badge: view.Badge{State: view.Fail, Label: "Takes nothing since today 08:01"}, Problem: "it answered 403 Forbidden: look at the header and the credential"},
	}}
	return v
}

func settingsJobs() page.SettingsView {
	v := settingsUsers()
	v.Users, v.Invites, v.Forms = nil, nil, nil
	terms := []view.Pair{
		{Term: "Trust", Value: view.Say("fdt_01m84n4c3k6m2107mqba7k4jdz"), Mono: true},
		{Term: "Audience", Value: view.Say("assay:fdt_01m84n4c3k6m2107mqba7k4jdz"), Mono: true},
		{Term: "sub", Value: view.Say("repo:larkspur/app:environment:production"), Mono: true},
		{Term: "May", Value: view.Say("import.add, for 15 minutes")},
	}
	v.Jobs = &page.JobsCard{Rows: []page.JobRow{
		{Name: "Deploys", Issuer: "https://token.actions.githubusercontent.com", Terms: terms, Last: "today 09:12", By: "repo:larkspur/app:environment:production", Badge: view.Badge{State: view.Pass, Label: "In force"}, Action: view.Action{Label: "End…", More: " Deploys", Href: "/settings/jobs/1/end"}},
		{Name: "Scans", Issuer: "https://gitlab.com", Terms: terms, Last: "never", Badge: view.Badge{State: view.None, Label: "Ended 3 Mar 2026"}},
	}}
	return v
}

func settingsPersonal() page.SettingsView {
	v := settingsUsers()
	v.Users, v.Invites = nil, nil
	v.Forms = []page.SettingsForm{{Title: "How long names are kept", Form: view.Form{Action: "/settings/personal", Submit: "Save", Fields: []view.Input{{Name: "months", Label: "Months after somebody’s last entry", Value: "24", Required: true, Hint: "12 to 240."}}}}}
	v.Former = &page.FormerCard{Rows: []page.FormerRow{{Name: "Tom Okafor", ID: "usr_01m84n4c3k6m2107mqba7k4jdz", Last: "3 Mar 2026", Actions: []view.Action{
		{Label: "What is kept", More: " of Tom Okafor", Href: "/settings/personal/1/kept"}, {Label: "Erase…", More: " Tom Okafor", Href: "/settings/personal/1"},
	}}}}
	return v
}
