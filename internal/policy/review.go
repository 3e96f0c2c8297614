package policy

import (
	"context"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// Review says that what is in force was looked at and stays.
func (s Service) Review(ctx context.Context, who access.Actor, id, note string) error {
	if note = strings.TrimSpace(db.Plain(note)); len(note) < 10 || len(note) > 2000 {
		return fault.Fields("The review was not recorded.", fault.Field{Name: "note", Text: "Say in a sentence what was looked at and why nothing changes."})
	}
	return s.change(ctx, who, access.PolicyApprove, id, func(tx *db.Tx, p *Policy, all []Version) error {
		today, err := today(tx)
		if err != nil {
			return err
		}
		now, ok := InForceOn(all, today)
		if !ok || p.RetiredOn != 0 {
			return fault.New(fault.Conflict, "No version of %s is in force.", id)
		}
		by := tx.Actor()
		r := Review{Policy: id, Version: now.Number, On: today, By: by.ID, ByName: by.Name, Note: note, At: tx.Now()}
		leaves, err := ledger.Append(tx, ledger.Entry{
			Type: "policy.reviewed", Stream: "policy/" + id,
			Body: map[string]any{"policy": id, "version": now.Number, "reviewer": by.ID, "on": today.String()},
		})
		if err != nil {
			return err
		}
		if err := insertReview(tx, trail.NewObject(tx, "rev"), &r, leaves[0]); err != nil {
			return err
		}
		return s.wrote(tx, p, map[string]string{"version": number(now.Number), "reviewed_on": today.String(), "note": note})
	})
}

// Retire ends a policy; it binds nobody from today on. Again brings it back.
func (s Service) Retire(ctx context.Context, who access.Actor, id string, again bool) error {
	return s.change(ctx, who, access.PolicyApprove, id, func(tx *db.Tx, p *Policy, all []Version) error {
		today, err := today(tx)
		if err != nil {
			return err
		}
		if (p.RetiredOn != 0) == !again {
			return fault.New(fault.Conflict, "%s is so already.", id)
		}
		if all[len(all)-1].Open() && !again {
			return fault.New(fault.Conflict, "Version %d is still to be decided on. Withdraw it first.", all[len(all)-1].Number)
		}
		p.RetiredOn = today
		if again {
			p.RetiredOn = 0
		}
		if _, err := ledger.Append(tx, ledger.Entry{
			Type: "policy.retired", Stream: "policy/" + id, Body: map[string]any{"policy": id, "on": p.RetiredOn.String()},
		}); err != nil {
			return err
		}
		if err := save(tx, p); err != nil {
			return err
		}
		return s.wrote(tx, p, map[string]string{"retired_on": p.RetiredOn.String()})
	})
}
