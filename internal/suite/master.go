package suite

import (
	"context"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// MoveMaster keeps the master key elsewhere (keys.Place.Move), for the host's
// console. The trail of every organization has it. Done again it does no harm: a
// move that broke off is finished.
func (s *Suite) MoveMaster(ctx context.Context, to string) (w keys.Where, err error) {
	held, err := s.Backups.Held(ctx)
	if err != nil {
		return w, err
	}
	if held != nil {
		return w, fault.New(fault.Conflict, "What was put back waits to be accepted, so nothing is changed. Say: assay restore accept")
	}
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return w, err
	}
	if w, err = s.Master.Move(ctx, to); err != nil {
		return w, err
	}
	where := w.Kind
	if w.Service != "" {
		where = "wrapped by " + w.Service
	}
	for i := range orgs {
		grant, err := access.Console(orgs[i].ID).May(access.OrgEdit)
		if err != nil {
			return w, err
		}
		if err := s.DB.Write(ctx, grant, func(tx *db.Tx) error {
			return trail.Add(tx, trail.Act{Noun: "org", Object: orgs[i].ID, Label: orgs[i].Name, Detail: map[string]string{"master key": where}})
		}); err != nil {
			return w, err
		}
	}
	return w, nil
}

// OpenKeys opens the keys of every organization, to see that the master key is
// the one that belongs to the store.
func (s *Suite) OpenKeys(ctx context.Context) error {
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return err
	}
	for i := range orgs {
		grant, err := access.Console(orgs[i].ID).May(access.OrgEdit)
		if err != nil {
			return err
		}
		if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error {
			_, err := s.Keys.Open(tx)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
