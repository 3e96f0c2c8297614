package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func accounts() page.AccountsView {
	orphan, ours := view.Badge{State: view.Fail, Label: "Nobody’s"}, view.Badge{State: view.Pass, Label: "A person’s"}
	return page.AccountsView{
		Head: view.Head{
			Title: "Accounts", Answer: view.Text{view.B("1 of 143 accounts can be used and are nobody’s"), view.T(". Confirm whose they are, declare them services’ with an owner, or disable them.")},
			Actions: []view.Action{export("/accounts"), {Label: "Match by address", Href: "/accounts/match", Post: true, Look: view.Primary}},
		},
		Notices: []view.Notice{{State: view.Warn, Text: view.Say("Accounts may be missing: Roles were not listed to the end on 2026-11-21.")}},
		List:    view.List{Query: query("/accounts", ""), Find: view.Find{Label: "Find an account"}, Chips: chips("State", "System", "Power"), Shown: "143 of the register", Pager: view.Pager{Text: "1 – 3 of 143", Next: "x"}},
		Rows: []page.AccountsRow{
			{Name: "deploy-2", Href: "#", System: "Roles", Power: view.Badge{State: view.Warn, Label: "Admin"}, LastUsed: "21 Nov 2026", Badge: orphan},
			{Name: "sara.n", Href: "#", Sub: "sara@larkspur.example", System: "Okta users", Person: view.Ref{Label: "Sara Nyman", Href: "#"}, How: "by address", LastUsed: "21 Nov 2026", Badge: ours},
			{Name: "sync", Href: "#", System: "Roles", Person: view.Ref{Label: "Tom Okafor", Href: "#"}, How: "answers for it: Copies orders", LastUsed: "not known", Badge: view.Badge{State: view.Pass, Label: "A service’s"}},
		},
	}
}

func account() page.AccountView {
	return page.AccountView{
		Head: view.Head{
			Title: "sync", Badges: []view.Badge{{State: view.Pass, Label: "A service’s"}}, Answer: view.Text{view.T("A service uses it: Copies orders. It is answered for by "), view.A("Tom Okafor", "#"), view.T(".")},
			Actions: []view.Action{{Label: "Revoke…", Href: "#"}, {Label: "A service’s…", Href: "#"}, {Label: "A person’s…", Href: "#", Look: view.Primary}},
		},
		Said: []page.SaidRow{
			{Person: view.Ref{Label: "Tom Okafor", Href: "#"}, How: "answers for it: Copies orders", Since: "3 Mar 2026 09:12", Badge: view.Badge{State: view.Pass, Label: "In force"}},
			{Person: view.Ref{Label: "Sara Nyman", Href: "#"}, How: "by address", Since: "1 Mar 2026 18:00", Until: "3 Mar 2026 09:11, by Priya Raman: a shared mailbox", Badge: view.Badge{State: view.None, Label: "Revoked"}},
		},
		Facts: page.PairsCard{Title: "As the system shows it", Pairs: []view.Pair{{Term: "System", Value: view.Say("Roles")}, {Term: "Can be used", Value: view.Say("yes")}, {Term: "Id", Value: view.Say("16403"), Mono: true}}, Note: "The register is collected as facts."},
	}
}
