package check

import (
	"context"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/resource"
	"assay/internal/trail"
)

// longest is how far away an exclusion may end.
const longest = 366 * 24 * time.Hour

// Ask asks that a resource not count for a check until a time. Another person
// decides.
func (s *Service) Ask(ctx context.Context, who access.Actor, e Exclusion) (Exclusion, error) {
	grant, err := who.May(access.ExclusionAsk)
	if err != nil {
		return e, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := e.valid(tx.Now()); err != nil {
			return err
		}
		t, err := openResult(tx, e.Check, e.Ref)
		if err != nil {
			return noResult(err, e.Check, e.Ref)
		}
		e.ID, e.Label, e.AskedBy, e.AskedAt, e.State = trail.NewObject(tx, "exc"), t.Label, who.ID, tx.Now(), Asked
		if err := insertExclusion(tx, &e, tlog.NewSalt()); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "exclusion", Object: e.ID, Label: e.Check + " · " + e.Label, Detail: map[string]string{
			"reason": e.Reason, "compensating": e.Compensating, "until": clock.Format(e.Until),
		}})
	})
	return e, err
}

func (e *Exclusion) valid(now time.Time) error {
	var wrong []fault.Field
	e.Reason, e.Compensating = strings.TrimSpace(e.Reason), strings.TrimSpace(e.Compensating)
	if len(e.Reason) < 10 || len(e.Reason) > 4000 {
		wrong = append(wrong, fault.Field{Name: "reason", Text: "Say why it does not count, in 10 to 4,000 characters: your auditor reads this."})
	}
	if len(e.Compensating) > 4000 {
		wrong = append(wrong, fault.Field{Name: "compensating", Text: "At most 4,000 characters."})
	}
	if !e.Until.After(now) || e.Until.Sub(now) > longest {
		wrong = append(wrong, fault.Field{Name: "until", Text: "Give an end within the next 366 days. Every exclusion ends."})
	}
	if len(wrong) > 0 {
		return fault.Fields("The exclusion was not asked for.", wrong...)
	}
	return nil
}

// DecideExclusion approves or refuses an exclusion. Whoever asked cannot.
func (s *Service) DecideExclusion(ctx context.Context, who access.Actor, id string, approve bool) error {
	return s.settle(ctx, who, id, func(tx *db.Tx, e *Exclusion) error {
		switch {
		case e.State != Asked:
			return fault.New(fault.Conflict, "This exclusion was decided already.")
		case e.AskedBy == who.ID:
			return fault.New(fault.Forbidden, "Whoever asks for an exclusion cannot approve it. Ask another lead.")
		}
		e.ApprovedBy, e.State = who.ID, Refused
		if !approve {
			return nil
		}
		e.State, e.From = Approved, tx.Now()
		return sealExclusion(tx, e)
	})
}

// Lift ends an approved exclusion before its time.
func (s *Service) Lift(ctx context.Context, who access.Actor, id string) error {
	return s.settle(ctx, who, id, func(tx *db.Tx, e *Exclusion) error {
		if e.State != Approved {
			return fault.New(fault.Conflict, "Only an approved exclusion can be lifted.")
		}
		e.State, e.Until = Lifted, tx.Now()
		_, err := ledger.Append(tx, ledger.Entry{
			Type: "exclusion.ended", Stream: "exclusion/" + e.ID, Body: map[string]any{"exclusion": e.ID},
		})
		return err
	})
}

func (s *Service) settle(ctx context.Context, who access.Actor, id string, decide func(*db.Tx, *Exclusion) error) error {
	grant, err := who.May(access.ExclusionApprove)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		e, err := loadExclusion(tx, id)
		if err != nil {
			return err
		}
		if err := decide(tx, &e); err != nil {
			return err
		}
		if err := decideExclusion(tx, &e); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Noun: "exclusion", Object: e.ID, Label: e.Check + " · " + e.Label, Detail: map[string]string{"decision": string(e.State)},
		})
	})
}

func sealExclusion(tx *db.Tx, e *Exclusion) error {
	salt, err := saltOf(tx, e.ID)
	if err != nil {
		return err
	}
	ref, err := refBytes(e.Ref)
	if err != nil {
		return err
	}
	refCommit, reason := tlog.Commit(salt, "ref", ref), tlog.Commit(salt, "reason", []byte(e.Reason))
	_, err = ledger.Append(tx, ledger.Entry{
		Type: "exclusion.approved", Stream: "exclusion/" + e.ID,
		Body: map[string]any{
			"exclusion": e.ID, "check": e.Check, "from": clock.Format(e.From), "until": clock.Format(e.Until),
		},
		Commit: map[string]string{"ref": tlog.B64(refCommit[:]), "reason": tlog.B64(reason[:])},
	})
	return err
}

func refBytes(r resource.Ref) ([]byte, error) {
	return canon.Marshal(map[string]any{"authority": r.Authority, "id": r.ID, "kind": r.Kind})
}

// Sealed is an approved exclusion with the salt of its commitments.
type Sealed struct {
	Exclusion
	Salt tlog.Salt
}

// SealedExclusions returns every exclusion that was ever in force, for
// packages.
func SealedExclusions(tx *db.Tx) ([]Sealed, error) {
	list, err := exclusions(tx, "")
	if err != nil {
		return nil, err
	}
	var out []Sealed
	for _, e := range list {
		if e.From.IsZero() {
			continue
		}
		salt, err := saltOf(tx, e.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, Sealed{Exclusion: e, Salt: salt})
	}
	return out, nil
}

// Exclusions returns every exclusion of the org.
func (s *Service) Exclusions(ctx context.Context, who access.Actor) (list []Exclusion, err error) {
	grant, err := who.May(access.CheckRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		list, err = exclusions(tx, "")
		return err
	})
	return list, err
}
