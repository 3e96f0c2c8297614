package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/policy"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// chosenVersion is the version that the address names, or what is in force, or
// the newest.
func chosenVersion(r *request, d *policy.Detail) (*policy.Version, error) {
	n := cmp.Or(d.Now.Number, d.Versions[len(d.Versions)-1].Number)
	if text := r.URL.Query().Get("version"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			return nil, fault.New(fault.NotFound, "%s has no version %q.", d.ID, text)
		}
	}
	i := slices.IndexFunc(d.Versions, func(v policy.Version) bool { return v.Number == n })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "%s has no version %d.", d.ID, n)
	}
	return &d.Versions[i], nil
}

// policy is one policy.
func (s *Server) policy(r *request) (answer, error) { return s.showPolicy(r, nil) }

func (s *Server) showPolicy(r *request, refused error) (answer, error) {
	d, err := s.Suite.Policies.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v, err := chosenVersion(r, &d)
	if err != nil {
		return answer{}, err
	}
	p := &policyPage{s: s, r: r, d: &d, v: v, base: "/policies/" + d.ID}
	out := page.PolicyView{Head: p.head(), Facts: p.facts(), Signs: p.signs(), Others: p.others()}
	p.tab(&out)
	p.decide(&out)
	status := 0
	if refused != nil {
		problem, by, ok := problems(refused)
		if !ok {
			return answer{}, refused
		}
		status = statusOf(fault.Of(refused))
		out.Notices = append(out.Notices, view.Notice{State: view.Fail, Text: view.Say(refusedText(refused, &problem))})
		for i := range out.Decide {
			for j := range out.Decide[i].Fields {
				out.Decide[i].Fields[j].Error = by[out.Decide[i].Fields[j].Name]
			}
		}
	}
	crumbs := []view.Crumb{{Label: "Policies", Href: "/policies"}, {Label: d.ID}}
	return answer{status: status, page: page.Policy(s.shell(r, d.Title, "policies", crumbs...), out)}, nil
}

// refusedText says what was wrong, in one sentence where it is about no field.
func refusedText(refused error, p *view.Problems) string {
	if len(p.List) == 1 && p.List[0].Field == "" {
		return fault.Text(refused)
	}
	return p.Title
}

type policyPage struct {
	s    *Server
	r    *request
	d    *policy.Detail
	v    *policy.Version // that is shown
	base string
}

func (p *policyPage) head() view.Head {
	d := p.d
	h := view.Head{ID: d.ID, Badges: []view.Badge{policyBadge(&d.Listed, d.Today)}, Title: d.Title, Answer: p.answer()}
	h.Actions = []view.Action{{Label: "Text", Href: p.base + "/text?version=" + strconv.Itoa(p.v.Number), Icon: "dl"}}
	if !p.r.who.Can(access.PolicyEdit) {
		return h
	}
	write := view.Action{Label: "Write version " + strconv.Itoa(d.Versions[len(d.Versions)-1].Number+1), Href: p.base + "/write", Icon: "doc", Look: view.Primary}
	if last := &d.Versions[len(d.Versions)-1]; last.Open() {
		write.Label = "Edit draft"
		h.More = append(h.More, view.Action{Label: "Withdraw version " + strconv.Itoa(last.Number), Href: p.base + "/withdraw", Post: true})
	} else if d.NextState == policy.Scheduled {
		h.More = append(h.More, view.Action{Label: "Withdraw version " + strconv.Itoa(last.Number), Href: p.base + "/withdraw", Post: true})
	}
	if d.RetiredOn == 0 {
		h.Actions = append(h.Actions, write)
	}
	h.More = append(h.More, view.Action{Label: "Change what it is about", Href: p.base + "/edit"})
	if p.r.who.Can(access.PolicyApprove) {
		if d.Now.Number > 0 && d.RetiredOn == 0 {
			h.More = append(h.More, view.Action{Label: "Record a review", Href: p.base + "/review"})
		}
		if d.RetiredOn == 0 {
			h.More = append(h.More, view.Action{Label: "Retire", Href: p.base + "/retire", Post: true})
		} else {
			h.More = append(h.More, view.Action{Label: "Bring back", Href: p.base + "/restore", Post: true})
		}
	}
	return h
}

func (p *policyPage) answer() view.Text {
	d := p.d
	var t view.Text
	switch {
	case d.RetiredOn != 0:
		t = view.Text{view.T("Retired on " + dayOf(d.RetiredOn) + "; it binds nobody.")}
	case d.Now.Number > 0:
		t = view.Text{view.T("Version "), view.B(strconv.Itoa(d.Now.Number)), view.T(" is in force since " + dayOf(d.Now.EffectiveOn) + ".")}
	default:
		t = view.Text{view.T("No version is in force yet.")}
	}
	switch d.NextState { //nolint:exhaustive // the others are told above
	case policy.InReview:
		t = append(t, view.T(fmt.Sprintf(" Version %d waits for approval.", d.Next.Number)))
	case policy.Scheduled:
		t = append(t, view.T(fmt.Sprintf(" Version %d comes into force on %s.", d.Next.Number, dayOf(d.Next.EffectiveOn))))
	case policy.Draft:
		t = append(t, view.T(fmt.Sprintf(" Version %d is a draft.", d.Next.Number)))
	}
	if d.Asked > 0 {
		t = append(t, view.T(" "), view.B(fmt.Sprintf("%d of %d", d.Accepted, d.Asked)), view.T(" accepted it."))
	}
	return t
}

func (p *policyPage) tab(out *page.PolicyView) {
	now := p.r.URL.Query().Get("tab")
	tab := func(name, label string, n int, hot bool) view.Tab {
		return view.Tab{Label: label, Href: p.base + "?tab=" + name, Count: count0(n), Hot: hot && n > 0, Current: cmp.Or(now, "read") == name}
	}
	out.Tabs = []view.Tab{
		{Label: fmt.Sprintf("Version %d", p.v.Number), Href: p.base + "?version=" + strconv.Itoa(p.v.Number), Current: now == "" || now == "read"},
		tab("changes", "Changes", 0, false), tab("acceptance", "Acceptance", p.d.Late, true), tab("history", "History", 0, false),
	}
	switch now {
	case "changes":
		out.Title = "Changes"
		p.changes(out)
	case "acceptance":
		out.Title = "Acceptance"
		p.acceptance(out)
	case "history":
		out.Title = "History"
		for i := range p.d.History {
			out.Events = append(out.Events, trailEvent(p.r, &p.d.History[i]))
		}
	default:
		out.Title = "Text"
		out.Prose = p.v.Text
		p.accepting(out)
	}
}

func count0(n int) string {
	if n == 0 {
		return ""
	}
	return view.Num(n)
}

// accepting puts the button under the text that is in force, for whoever owes
// it.
func (p *policyPage) accepting(out *page.PolicyView) {
	mine := p.d.Mine
	if mine == nil || p.v.Number != p.d.Now.Number || !p.r.who.Can(access.PolicyAccept) {
		return
	}
	if mine.Word == policy.Accepted {
		out.Notices = append(out.Notices, view.Notice{State: view.Pass, Text: view.Say("You accepted this policy on " + p.r.day(mine.AcceptedAt) + ".")})
		return
	}
	state, words := view.Info, "Read the text, then accept it under its end, by "+dayOf(mine.DueOn)+"."
	if mine.Word == policy.Late {
		state, words = view.Warn, "You were to accept this policy by "+dayOf(mine.DueOn)+". Read it, then accept it under its end."
	}
	out.Notices = append(out.Notices, view.Notice{State: state, Text: view.Say(words)})
	out.Accept = &view.Form{
		Action: p.base + "/accept", Submit: "I have read this and will follow it", Hint: "Version " + strconv.Itoa(p.v.Number) + ", for you alone.",
		Hidden: []view.Hidden{{Name: "version", Value: strconv.Itoa(p.v.Number)}},
	}
}

func (p *policyPage) changes(out *page.PolicyView) {
	last := &p.d.Versions[len(p.d.Versions)-1]
	if p.r.URL.Query().Get("version") != "" {
		last = p.v
	}
	var before policy.Version
	for i := range p.d.Versions {
		if v := &p.d.Versions[i]; v.Number < last.Number && (!v.ApprovedAt.IsZero() || before.Number == 0) {
			before = *v
		}
	}
	if before.Number == 0 {
		out.Empty = &view.Empty{Kind: view.NoneYet, Title: "The first version", Text: view.Say("There is no earlier text to compare it with.")}
		return
	}
	out.Compare = fmt.Sprintf("Version %d, by paragraph, against version %d.", last.Number, before.Number)
	if last.Note != "" {
		out.Compare += " " + last.Note
	}
	out.Diff = diffLines(policy.Compare(before.Text, last.Text))
}

func diffLines(list []policy.Paragraph) (out []view.DiffLine) {
	same, no := 0, 0
	fold := func() {
		if same > 0 {
			out = append(out, view.DiffLine{Fold: plural(same, "unchanged paragraph")})
		}
		same = 0
	}
	for _, x := range list {
		switch x.Change {
		case policy.Same:
			same++
			no++
		case policy.Removed:
			fold()
			out = append(out, view.DiffLine{Kind: "Removed", Text: view.Text{view.Del(x.Text)}})
		case policy.Added:
			fold()
			no++
			out = append(out, view.DiffLine{No: strconv.Itoa(no), Kind: "Added", Text: view.Text{view.Ins(x.Text)}})
		}
	}
	fold()
	return out
}

func (p *policyPage) acceptance(out *page.PolicyView) {
	for i := range p.d.People {
		o := &p.d.People[i]
		row := page.PolicyPerson{Name: view.Ref{Label: o.Name, Href: "/people/" + o.Person}, Since: dayOf(o.From), Due: dueOn(o.DueOn, p.d.Today), Last: "–"}
		if !o.AcceptedAt.IsZero() {
			row.Last = fmt.Sprintf("%s, version %d", p.r.day(o.AcceptedAt), o.AcceptedV)
		}
		switch o.Word {
		case policy.Accepted:
			row.Badge, row.Due, row.Since = view.Badge{State: view.Pass, Label: "Accepted"}, view.Due{Text: "–"}, "–"
			if p.d.AgainMonths > 0 {
				row.Since = "again from " + dayOf(o.From)
			}
		case policy.Waiting:
			row.Badge = view.Badge{State: view.Open, Label: "Asked"}
		case policy.Late:
			row.Badge = view.Badge{State: view.Fail, Label: "Late"}
		}
		out.People = append(out.People, row)
	}
	if len(out.People) > 0 {
		return
	}
	out.Empty = &view.Empty{Kind: view.NoneGood, Title: "Nobody is asked", Text: view.Say("Acceptance is asked for while a version is in force, of everybody whom the policy binds and who works here.")}
	if p.d.AcceptDays == 0 {
		out.Empty.Text = view.Say("This policy asks nobody to accept it.")
	}
}

func (p *policyPage) facts() *page.PairsCard {
	d := p.d
	c := &page.PairsCard{Title: "Details", Pairs: []view.Pair{
		{Term: "Binds", Value: view.Say(nonEmpty(strings.Join(d.Audience, ", "), "everybody who works here"))},
		{Term: "Next review", Value: view.Say(dayOf(d.ReviewDue))},
		{Term: "Last looked at", Value: view.Say(dayOf(d.ReviewedOn))},
	}}
	if names, err := p.s.Suite.UserNames(p.r.Context(), p.r.who); err == nil && d.Owner != "" {
		c.Pairs = append([]view.Pair{{Term: "Owner", Value: view.Say(nonEmpty(names[d.Owner], d.Owner))}}, c.Pairs...)
	}
	if len(d.Controls) > 0 {
		pair := view.Pair{Term: "Controls"}
		for _, id := range d.Controls {
			pair.Tags = append(pair.Tags, view.Ref{Label: id, Href: "/controls/" + id})
		}
		c.Pairs = append(c.Pairs, pair)
	}
	if p.v.Hash != "" {
		c.Pairs = append(c.Pairs, view.Pair{Term: "SHA-256 of the text", Value: view.Say(p.v.Hash), Mono: true})
	}
	if p.v.Leaf != "" {
		c.Link = view.Ref{Label: "Proof", Href: "/log/leaf/" + p.v.Leaf}
	}
	return c
}

func (p *policyPage) signs() []view.Sign {
	v := p.v
	out := []view.Sign{{State: view.Pass, Text: "Written by " + v.AuthorName, Right: p.r.day(v.WrittenAt)}}
	switch {
	case v.Returned != "":
		out = append(out, view.Sign{State: view.Warn, Text: "Returned: " + v.Returned})
	case !v.SubmittedAt.IsZero():
		out = append(out, view.Sign{State: view.Pass, Text: "Sent for approval", Right: p.r.day(v.SubmittedAt)})
	}
	if v.ApprovedAt.IsZero() {
		return append(out, view.Sign{State: view.Open, Text: "Approval by somebody who did not write on it"})
	}
	return append(out, view.Sign{State: view.Pass, Text: "Approved by " + v.ApproveName, Right: p.r.day(v.ApprovedAt)},
		view.Sign{State: view.Pass, Text: "In force", Right: dayOf(v.EffectiveOn)})
}

func (p *policyPage) others() *page.LinesCard {
	c := &page.LinesCard{Title: "Versions"}
	for _, v := range slices.Backward(p.d.Versions) {
		state := map[policy.State]view.State{policy.InForce: view.Pass, policy.InReview: view.Info, policy.Withdrawn: view.None, policy.Superseded: view.None}
		st := v.StateOn(p.d.Versions, p.d.Today)
		c.Lines = append(c.Lines, view.Line{
			State: cmp.Or(state[st], view.Open), Text: fmt.Sprintf("Version %d", v.Number), Right: strings.ReplaceAll(string(st), "_", " "), Sub: v.Note,
			Href: p.base + "?version=" + strconv.Itoa(v.Number),
		})
	}
	return c
}

// decide puts what the reader may decide at the side.
func (p *policyPage) decide(out *page.PolicyView) {
	last := &p.d.Versions[len(p.d.Versions)-1]
	if !last.Open() || p.d.RetiredOn != 0 {
		return
	}
	if last.SubmittedAt.IsZero() {
		if p.r.who.Can(access.PolicyEdit) {
			out.Decide = append(out.Decide, view.Form{Action: p.base + "/submit", Submit: "Send for approval", Hint: "Version " + strconv.Itoa(last.Number)})
		}
		return
	}
	if !p.r.who.Can(access.PolicyApprove) {
		return
	}
	if last.WroteOn(p.r.who.ID) {
		out.Notices = append(out.Notices, view.Notice{State: view.Info, Text: view.Say("You wrote on this version, so another lead approves it.")})
	} else {
		out.Decide = append(out.Decide, view.Form{
			Action: p.base + "/approve", Submit: "Approve", Hint: "Version " + strconv.Itoa(last.Number),
			Fields: []view.Input{{Name: "effective_on", Label: "First day in force", Type: "date", Value: p.r.typed("effective_on", p.d.Today.String()), Min: p.d.Today.String()}},
		})
	}
	out.Decide = append(out.Decide, view.Form{
		Action: p.base + "/return", Submit: "Return to its author",
		Fields: []view.Input{{Name: "why", Label: "What should change", Type: "textarea", Required: true, Value: p.r.typed("why", "")}},
	})
}
