package suite

import (
	"context"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/trail"
)

// HandOver gives the keys of all logs to the signer, one organization after the
// other, for the host's console. It returns how many it gave, and how many were
// with a signer before. What was given stays given when a later one fails.
func (s *Suite) HandOver(ctx context.Context) (given, before int, err error) {
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return 0, 0, err
	}
	for i := range orgs {
		grant, err := access.Console(orgs[i].ID).May(access.OrgEdit)
		if err != nil {
			return given, before, err
		}
		was := false
		err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
			if was, err = s.Keys.HandOver(tx); err != nil || !was {
				return err
			}
			return trail.Add(tx, trail.Act{Noun: "org", Object: orgs[i].ID, Label: orgs[i].Name, Detail: map[string]string{"log key": "given to the signer"}})
		})
		if err != nil {
			return given, before, err
		}
		if was {
			given++
		} else {
			before++
		}
	}
	return given, before, nil
}
