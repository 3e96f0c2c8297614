package demo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/review"
	"assay/internal/standing"
)

// lastReview is the day on which the review begins that is under way when the story
// ends.
const lastReview = 347

// reviewAccess goes through every account for the review that is due on a day, and
// returns its certificate.
func (m *maker) reviewAccess(ctx context.Context, due standing.Date) ([]byte, error) {
	id, err := m.beginReview(ctx, due)
	if err != nil {
		return nil, err
	}
	if err := m.decideAll(ctx, id, len(m.reviews) > 1); err != nil {
		return nil, err
	}
	if _, err := m.s.Registers.Move(ctx, m.owner, review.Noun, id, "sign", register.Step{}); err != nil {
		return nil, err
	}
	var csv bytes.Buffer
	err = m.s.Reviews.Write(ctx, m.owner, id, "csv", &csv)
	return csv.Bytes(), err
}

// beginReview plans the review that is due on a day, and begins it.
func (m *maker) beginReview(ctx context.Context, due standing.Date) (string, error) {
	if _, err := m.s.Accounts.Match(ctx, m.lead); err != nil {
		return "", err
	}
	r, err := m.s.Registers.Add(ctx, m.lead, review.Noun, register.Input{Fields: map[string][]string{
		"title": {"Access review to " + due.Start(time.UTC).Format("January 2006")}, "reviewer": {"Tom Okafor"}, "due_on": {due.String()},
		"power": {review.AnyPower}, "controls": {"IAM-09"},
	}})
	if err != nil {
		return "", err
	}
	m.reviews = append(m.reviews, r.ID)
	_, err = m.s.Registers.Move(ctx, m.owner, review.Noun, r.ID, "begin", register.Step{})
	return r.ID, err
}

// decideAll decides on every account: Tom Okafor, and Priya Raman on his.
func (m *maker) decideAll(ctx context.Context, id string, before bool) error {
	if before {
		if err := m.keepUnchanged(ctx, id, m.owner); err != nil {
			return err
		}
	}
	l, err := m.s.Reviews.List(ctx, m.owner, id, review.Filter{})
	if err != nil {
		return err
	}
	mine, hers := []review.Decision{}, []review.Decision{}
	for i := range l.Items {
		item := &l.Items[i]
		switch d := decided(item); {
		case item.Verdict != "":
		case item.PersonName == m.owner.Name && item.Holder == "person":
			hers = append(hers, d)
		default:
			mine = append(mine, d)
		}
	}
	if err := m.decide(ctx, m.owner, id, mine); err != nil {
		return err
	}
	return m.decide(ctx, m.lead, id, hers)
}

func (m *maker) keepUnchanged(ctx context.Context, id string, who access.Actor) error {
	_, err := m.s.Reviews.KeepUnchanged(ctx, who, id, "The same person with the same power as when it was last kept, and in use.")
	return err
}

// decide takes decisions, a page at a time.
func (m *maker) decide(ctx context.Context, who access.Actor, id string, list []review.Decision) error {
	const page = 100
	for len(list) > 0 {
		n := min(page, len(list))
		if _, err := m.s.Reviews.Decide(ctx, who, id, list[:n]); err != nil {
			return fmt.Errorf("review %s: %w %v", id, err, fault.FieldsOf(err))
		}
		list = list[n:]
	}
	return nil
}

// decided is what Larkspur says of an account.
func decided(i *review.Item) review.Decision {
	d := review.Decision{Account: i.Account, Verdict: review.Keep, Note: "Needed for the work; power fits it."}
	if len(i.Reasons) == 0 {
		return d
	}
	switch i.Reasons[0] {
	case review.Gone, review.Overdue:
		d.Verdict, d.Note = review.Remove, "Does not work here any more."
	case review.Nobodys:
		d.Note = "No person signs in with it; the platform team answers for it."
	case review.Grew:
		d.Note = "Asked for and approved; the ticket is linked in the request."
	case review.Unused:
		d.Note = "Kept for emergencies, and tried twice a year."
	case review.Passed, review.Leaving, review.New, review.Possible:
	}
	return d
}

// lastOfAll is the review that is under way when the story ends: what did not change
// is kept, and some of the rest is decided.
func (m *maker) lastOfAll(ctx context.Context) error {
	id, err := m.beginReview(ctx, m.w.date(periodDays-1))
	if err != nil {
		return err
	}
	if err := m.keepUnchanged(ctx, id, m.owner); err != nil {
		return err
	}
	l, err := m.s.Reviews.List(ctx, m.owner, id, review.Filter{Show: review.Thought})
	if err != nil {
		return err
	}
	var some []review.Decision
	for i := range l.Items {
		if i%2 == 0 && l.Items[i].PersonName != m.owner.Name {
			some = append(some, decided(&l.Items[i]))
		}
	}
	return m.decide(ctx, m.owner, id, some)
}
