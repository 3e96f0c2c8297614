package suite

import (
	"context"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/org"
	"assay/internal/trail"
)

// MoveMaster keeps the master key elsewhere (keys.Place.Move), for the host's
// console. The trail of every organization has it. Done again it does no harm: a
// move that broke off is finished.
func (s *Suite) MoveMaster(ctx context.Context, to string) (w keys.Where, err error) {
	release, err := s.turning(ctx)
	if err != nil {
		return w, err
	}
	defer release()
	if w, err = s.Master.Move(ctx, to); err != nil {
		return w, err
	}
	return w, s.tellAll(ctx, map[string]string{"master key": kept(&w)})
}

func kept(w *keys.Where) string {
	if w.Service != "" {
		return "wrapped by " + w.Service
	}
	return w.Kind
}

// tellAll puts what was done to the master key into the trail of every
// organization.
func (s *Suite) tellAll(ctx context.Context, detail map[string]string) error {
	return s.inEach(ctx, func(tx *db.Tx, o *org.Org) error {
		return trail.Add(tx, trail.Act{Noun: "org", Object: o.ID, Label: o.Name, Detail: detail})
	})
}

// inEach runs fn in a transaction of each organization.
func (s *Suite) inEach(ctx context.Context, fn func(*db.Tx, *org.Org) error) error {
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return err
	}
	for i := range orgs {
		grant, err := access.Console(orgs[i].ID).May(access.OrgEdit)
		if err != nil {
			return err
		}
		if err := s.DB.Write(ctx, grant, func(tx *db.Tx) error { return fn(tx, &orgs[i]) }); err != nil {
			return err
		}
	}
	return nil
}
