package policy

import (
	"context"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// Accept records that the actor accepts the version that is in force, which must
// be the one that was read.
func (s Service) Accept(ctx context.Context, who access.Actor, id string, version int) error {
	return s.change(ctx, who, access.PolicyAccept, id, func(tx *db.Tx, p *Policy, all []Version) error {
		me, err := s.person(tx, who.ID)
		if err != nil {
			return err
		}
		if me == "" {
			return fault.New(fault.Conflict, "Your account belongs to nobody in the register of people. Ask a lead to put you there, under the address that you sign in with.")
		}
		return s.accept(tx, p, all, &Acceptance{Policy: id, Version: version, Person: me})
	})
}

func (s Service) accept(tx *db.Tx, p *Policy, all []Version, a *Acceptance) error {
	r, who, err := ofOne(tx, a.Person)
	if err != nil {
		return err
	}
	c, ok := newAsking(p, all, r.today, r.zone)
	if !ok {
		return fault.New(fault.Conflict, "Nobody is asked to accept %s.", p.ID)
	}
	if a.Version != c.now.Number {
		return fault.New(fault.Conflict, "Version %d is in force now. Read it, then accept it.", c.now.Number)
	}
	o, ok := c.of(&who, r.acceptances[[2]string{p.ID, a.Person}])
	if !ok {
		return fault.New(fault.Conflict, "%s does not bind you, so there is nothing to accept.", p.ID)
	}
	if o.Word == Accepted && o.AcceptedV == a.Version {
		return nil // a second click
	}
	a.At = tx.Now()
	leaves, err := ledger.Append(tx, ledger.Entry{
		Type: "policy.accepted", Stream: "policy/" + p.ID, Body: map[string]any{"policy": p.ID, "version": a.Version, "person": a.Person},
	})
	if err != nil {
		return err
	}
	if err := insertAcceptance(tx, trail.NewObject(tx, "acc"), tx.Actor().ID, a, leaves[0]); err != nil {
		return err
	}
	return s.wrote(tx, p, map[string]string{"version": number(a.Version), "person": a.Person})
}
