package page_test

import (
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func me() page.MeView {
	return page.MeView{
		Title: "Hello Hugo, 2 things left", Answer: view.Text{view.T("About 25 minutes. Finish the first by "), view.B("25 Nov 2026"), view.T(".")},
		Todo: []page.MeItem{
			{Badge: view.Badge{State: view.Open}, Title: "Security awareness", Text: view.Say("6 short lessons with questions, about 24 minutes. You can stop and go on. By 25 Nov 2026."), Action: view.Action{Label: "Start", More: " Security awareness", Href: "#", Look: view.Primary}},
			{Badge: view.Badge{State: view.Fail, Label: "Was due on 20 Nov 2026"}, Title: "Read and accept Acceptable Use", Text: view.Say("Version 4; you accepted version 3 before. By 20 Nov 2026."), Action: view.Action{Label: "Read", More: " Acceptable Use", Href: "#", Look: view.Primary}},
			{Badge: view.Badge{State: view.Open}, Title: "Handling card data", Text: view.Say("Taken elsewhere; whoever asks for it tells you where. By 20 Dec 2026.")},
		},
		Done: []page.MeItem{
			{Badge: view.Badge{State: view.Pass}, Title: "2 policies accepted", Text: view.Text{view.A("Access Control", "#"), view.T(", 26 Oct 2026")}},
			{Badge: view.Badge{State: view.Pass}, Title: "Privacy in support", Text: view.Say("12 Nov 2026 · 90 % · again by 12 Nov 2027")},
		},
	}
}

func mePolicy() page.MePolicyView {
	return page.MePolicyView{
		Title: "Acceptable Use", Answer: view.Say("Version 4, in force since 1 Oct 2026."), Notices: []view.Notice{{State: view.Warn, Text: view.Say("You were to accept this by 20 Nov 2026. Read it, then accept it under its end.")}},
		Prose: "# Acceptable Use\n\n## Purpose\n\nEquipment is for work.\n", Accept: &view.Form{Action: "#", Submit: "I have read this and will follow it", Hint: "Version 4, for you alone.", Hidden: []view.Hidden{{Name: "version", Value: "4"}}},
	}
}

func lesson() page.LessonView {
	return page.LessonView{
		Course: "Security awareness", Title: "Messages that are not what they seem", Answer: view.Text{view.T("About 4 minutes. "), view.B("1 of 6 lessons"), view.T(" are done.")},
		Steps: []page.LessonStep{
			{State: view.Open, Title: "1. Messages that are not what they seem", Href: "#", Right: "4 minutes", Current: true},
			{State: view.Pass, Title: "2. Passwords and signing in", Href: "#", Right: "4 minutes"},
		},
		Prose: "\n## What happens\n\nMost attacks begin with a message.\n", Problems: view.Problems{Title: "Not every question has an answer.", List: []view.Problem{{Field: "q1", Text: "Question 1: Choose an answer."}}},
		Action: "#", Version: "1",
		Asks: []page.LessonAsk{
			{Name: "q1", Ask: "1. A vendor writes that its account has changed. What do you do?", Error: "Choose an answer.", Answers: []view.Choice{{Value: "2", Label: "Call them."}, {Value: "0", Label: "Pay."}, {Value: "1", Label: "Ask by reply."}}},
			{Name: "q2", Ask: "2. You clicked. What now?", Answers: []view.Choice{{Value: "0", Label: "Report it.", Checked: true}, {Value: "1", Label: "Wait."}, {Value: "2", Label: "Delete it."}}},
		},
	}
}

func lessonTold() page.LessonView {
	v := lesson()
	v.Problems, v.Action, v.Asks = view.Problems{}, "", nil
	v.Notices = []view.Notice{{State: view.Warn, Text: view.Say("1 of 2 answers are right; 80 percent have to be. Read what is said of them, then try again.")}}
	v.Told = []page.LessonTold{
		{Badge: view.Badge{State: view.Fail, Label: "Not right"}, Ask: "1. A vendor writes that its account has changed. What do you do?", Answer: "Ask by reply.", Why: "Whoever is in the mailbox answers."},
		{Badge: view.Badge{State: view.Pass, Label: "Right"}, Ask: "2. You clicked. What now?", Answer: "Report it.", Why: "The first half hour decides."},
	}
	v.Then = []view.Action{{Label: "Read it again", Href: "#", Look: view.Primary}, {Label: "Stop here", Href: "#"}}
	return v
}

func owing() page.OwingView {
	return page.OwingView{
		Head: view.Head{ID: "TR-01", Title: "Security awareness", Answer: view.Text{view.B("36 of 37"), view.T(" are current, 1 still have time.")}, Actions: []view.Action{export("/training/TR-01/people")}},
		List: view.List{Query: query("/training/TR-01/people", ""), Find: view.Find{Label: "Find a person"}, Chips: chips("State"), Shown: "2 people", Pager: view.Pager{Text: "1 – 2 of 2"}},
		Rows: []page.OwingRow{
			{Name: view.Ref{Label: "Hugo Bianchi", Href: "#"}, Why: "joined", Since: "26 Oct 2026", Due: view.Due{Text: "25 Nov 2026", State: view.Warn, Sub: "in 3 days"}, Last: "–", Badge: view.Badge{State: view.Open, Label: "Asked"}},
			{Name: view.Ref{Label: "Nina Petrova", Href: "#"}, Why: "joined", Since: "12 Mar 2027", Due: view.Due{Text: "11 Apr 2027"}, Last: "11 Apr 2026, 96 %", Record: view.Ref{Label: "TC-61", Href: "#"}, Badge: view.Badge{State: view.Pass, Label: "Completed"}},
		},
	}
}

func meForm() page.MeFormView {
	return page.MeFormView{
		Title: "Report a problem", Answer: view.Say("Say it now, also if you are not sure. Nobody is blamed for reporting."),
		Form: view.Form{
			Action: "#", Submit: "Report", Cancel: view.Ref{Label: "Cancel", Href: "#"}, Problems: view.Problems{Title: "The reported problem was not added.", List: []view.Problem{{Field: "title", Text: "This is needed."}}},
			Fields: []view.Input{
				{Name: "title", Label: "What looks wrong", Required: true, Full: true, Error: "This is needed."},
				{Name: "what", Label: "What you saw", Type: "textarea", Full: true, Optional: true},
				{Name: "urgent", Label: "How urgent it is", Type: "select", Full: true, Options: []view.Option{{Value: "no", Label: "Today or tomorrow is soon enough"}}},
			},
		},
	}
}
