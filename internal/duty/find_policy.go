package duty

import (
	"context"
	"fmt"
	"strconv"

	"assay/internal/access"
	"assay/internal/policy"
	"assay/internal/task"
)

// policies are versions that wait for approval, reviews that are due within a
// month, and what the actor has to accept. What others have to accept is on the
// policies' own pages.
func (f *finder) policies(ctx context.Context) error {
	l, err := f.s.Policies.List(ctx, f.who)
	if err != nil {
		return err
	}
	for i := range l.Policies {
		p := &l.Policies[i]
		if p.Retired(l.Today) {
			continue
		}
		f.decideOn(p)
		if p.ReviewDue != 0 && p.ReviewDue < max(l.Today+ahead, f.until+1) && (f.everybody || f.who.Can(access.PolicyApprove) || p.Owner != "" && p.Owner == f.who.ID) {
			f.review(p, p.ReviewDue >= l.Today+ahead)
		}
	}
	return f.accepting(ctx)
}

// accepting are the policies that the actor has to accept.
func (f *finder) accepting(ctx context.Context) error {
	if f.everybody {
		return nil
	}
	owed, err := f.s.Policies.Mine(ctx, f.who)
	if err != nil {
		return err
	}
	for i := range owed {
		f.accept(&owed[i])
	}
	return nil
}

// ahead is how many days before it is due a review is asked for.
const ahead = 30

func (f *finder) decideOn(p *policy.Listed) {
	v := &p.Next
	if p.NextState != policy.InReview || !f.everybody && (!f.who.Can(access.PolicyApprove) || v.WroteOn(f.who.ID)) {
		return
	}
	f.approve(task.Task{
		Noun: "policy", Object: p.ID, Step: "version " + strconv.Itoa(v.Number), Title: fmt.Sprintf("Decide on version %d of %s", v.Number, p.Title),
		Why: "Written by " + f.named(v.Author), Href: "/policies/" + p.ID + "?version=" + strconv.Itoa(v.Number), AskedBy: v.Author,
		AskedByName: f.named(v.Author), CreatedAt: v.SubmittedAt,
	}, "at "+p.Title)
}

func (f *finder) review(p *policy.Listed, ahead bool) {
	f.add(Duty{
		Task: task.Task{
			Noun: "policy", Object: p.ID, Step: "review " + p.ReviewDue.String(), Title: "Review " + p.Title,
			Why: "Last looked at on " + said(p.ReviewedOn), Href: "/policies/" + p.ID,
		},
		Kind: Policy, Ahead: ahead, Due: (p.ReviewDue + 1).Start(f.zone()), Act: Act{Label: "Review", Of: p.Title, Href: "/policies/" + p.ID},
	})
}

func (f *finder) accept(o *policy.Owed) {
	why := fmt.Sprintf("Version %d binds you", o.Version)
	if !o.AcceptedAt.IsZero() {
		why = fmt.Sprintf("You accepted version %d before; it is asked for again", o.AcceptedV)
	}
	at := "/policies/" + o.Policy
	if !f.who.Can(access.PolicyRead) {
		at = "/me" + at
	}
	f.add(Duty{
		Task: task.Task{
			Noun: "policy", Object: o.Policy, Step: fmt.Sprintf("accept %s %s", o.Person, o.From), Title: "Read and accept " + o.Title, Why: why,
			Href: at,
		},
		Kind: Policy, Due: (o.DueOn + 1).Start(f.zone()), Act: Act{Label: "Read", Of: o.Title, Href: at},
	})
}
