package suite

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/trail"
)

// JobReseal seals again what an organization has under an older key.
const JobReseal = "keys.reseal"

// RotateMaster puts the store under a new master key, which is kept in the place
// with the address: of a key service, or keys.InFile; empty: where the present
// one is. Who serves the store goes on. The trail of every organization says before
// that it is about to be done, and after that it was. Broken off anywhere, the store
// opens, and the same call finishes it.
func (s *Suite) RotateMaster(ctx context.Context, to string) (w keys.Where, err error) {
	release, err := s.turning(ctx)
	if err != nil {
		return w, err
	}
	defer release()
	finished, err := s.finishRotation(ctx, to)
	if err != nil {
		return w, err
	}
	if !finished {
		if err := s.rotateMaster(ctx, to); err != nil {
			return w, err
		}
	}
	return s.keptIn()
}

// keptIn is where the new key is. While the environment of this process still has the
// one before, that is not looked at.
func (s *Suite) keptIn() (keys.Where, error) {
	w, err := keys.Place{Dir: s.Master.Dir, Access: s.Master.Access}.Find()
	if err == nil && w.Kind == "" {
		w.Kind = keys.InEnvironment
	}
	return w, err
}

// turning keeps others from the master key, where nothing waits to be accepted.
func (s *Suite) turning(ctx context.Context) (release func(), err error) {
	if err := s.notHeld(ctx); err != nil {
		return nil, err
	}
	return s.Master.Hold()
}

// finishRotation does what an earlier call has left, and reports whether the store is
// under the key that was to follow. Where that one is not beside the present, as with
// a copy that was put back with the key before, the store itself has it.
func (s *Suite) finishRotation(ctx context.Context, to string) (finished bool, err error) {
	next, there, err := s.Master.Next(ctx)
	if err != nil {
		return false, err
	}
	present, err := s.Master.Open(ctx)
	if err != nil {
		return false, err
	}
	var waiting, follows bool
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		if waiting, err = keys.Waiting(tx); err != nil {
			return err
		}
		if there {
			if finished, err = keys.Opens(tx, next); err != nil || finished {
				return err
			}
		}
		next, follows, err = keys.Following(tx, present)
		return err
	}); err != nil {
		return false, err
	}
	if follows {
		if err := s.Master.StageKey(ctx, to, next); err != nil {
			return false, err
		}
		finished = true
	}
	if finished {
		if err := s.Master.Promote(s.Now()); err != nil {
			return false, err
		}
	}
	told, err := s.tellLast(ctx)
	return finished || told && waiting, err
}

func (s *Suite) rotateMaster(ctx context.Context, to string) error {
	if err := s.DB.ReadInstallation(ctx, keys.Rotatable); err != nil {
		return err
	}
	next, err := s.Master.Stage(ctx, to)
	if err != nil {
		return err
	}
	if err := s.tellAll(ctx, map[string]string{"master key": "to be rotated"}); err != nil {
		return err
	}
	if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return s.Keys.RotateMaster(tx, next) }); err != nil {
		return err
	}
	if err := s.Master.Promote(s.Now()); err != nil {
		return err
	}
	_, err = s.tellLast(ctx)
	return err
}

// tellLast puts what was done last to the master key into the trail of each
// organization that does not have it: each has it once, whenever it was broken off.
func (s *Suite) tellLast(ctx context.Context) (told bool, err error) {
	detail := map[string]string{"master key": "the one before was retired"}
	w, err := s.keptIn()
	if err != nil {
		return false, err
	}
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		waiting, err := keys.Waiting(tx)
		if waiting {
			detail = map[string]string{"master key": "rotated", "kept": kept(&w)}
		}
		return err
	}); err != nil {
		return false, err
	}
	err = s.inEach(ctx, func(tx *db.Tx, o *org.Org) error {
		untold, err := keys.Untold(tx)
		if err != nil || !untold {
			return err
		}
		told = true
		return trail.Add(tx, trail.Act{Noun: "org", Object: o.ID, Label: o.Name, Detail: detail})
	})
	return told, err
}

// RetireMaster ends a rotation: the master key before opens the store no more. The
// trail says so before and after; broken off, it is finished by the same call.
func (s *Suite) RetireMaster(ctx context.Context) error {
	release, err := s.turning(ctx)
	if err != nil {
		return err
	}
	defer release()
	told, err := s.tellLast(ctx)
	if err != nil {
		return err
	}
	present, err := s.Master.Open(ctx)
	if err != nil {
		return err
	}
	var waiting bool
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		if waiting, err = keys.Waiting(tx); err != nil || told && !waiting {
			return err
		}
		return keys.Retirable(tx, present)
	}); err != nil || told && !waiting { // an earlier call did it, but for the trail
		return err
	}
	if err := s.tellAll(ctx, map[string]string{"master key": "the one before to be retired"}); err != nil {
		return err
	}
	if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return s.Keys.RetireMaster(tx, present) }); err != nil {
		return err
	}
	_, err = s.tellLast(ctx)
	return err
}

// RotateOrg makes a new key for what an organization seals, and has what is
// sealed already sealed again in the background.
func (s *Suite) RotateOrg(ctx context.Context, who access.Actor) error {
	return s.onKeys(ctx, who, map[string]string{"organization's key": "rotated"}, func(tx *db.Tx) error {
		if err := s.Keys.Rotate(tx); err != nil {
			return err
		}
		if err := job.Add(tx, JobReseal, "", tx.Now()); err != nil {
			return err
		}
		// What a collection that had begun before has written under the older key.
		return job.Add(tx, JobReseal, "late", tx.Now().Add(keys.Grace))
	})
}

// Reseal seals again what an organization has under an older key.
func (s *Suite) Reseal(ctx context.Context, who access.Actor) (keys.Resealed, error) {
	grant, err := who.May(access.OrgEdit)
	if err != nil {
		return keys.Resealed{}, err
	}
	return s.Keys.Reseal(ctx, s.DB, grant, s.Sealed)
}

// RetireOrg destroys the older keys of an organization (keys.Ring.Retire).
func (s *Suite) RetireOrg(ctx context.Context, who access.Actor) error {
	return s.onKeys(ctx, who, map[string]string{"organization's key": "older ones destroyed"}, func(tx *db.Tx) error {
		return s.Keys.Retire(tx, s.Sealed)
	})
}

func (s *Suite) onKeys(ctx context.Context, who access.Actor, detail map[string]string, fn func(*db.Tx) error) error {
	if err := s.notHeld(ctx); err != nil {
		return err
	}
	grant, err := who.May(access.OrgEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "org", Object: tx.Org(), Label: "Keys", Detail: detail})
	})
}

// KeysOf tells of the keys of an organization, after opening them.
func (s *Suite) KeysOf(ctx context.Context, who access.Actor) (out keys.Status, err error) {
	grant, err := who.May(access.OrgEdit)
	if err != nil {
		return out, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		out, err = s.Keys.Status(tx)
		return err
	})
	return out, err
}

// MasterWaits is since when the master key before the last rotation still opens the
// store, zero if it does not; and whether the one in its place is that one.
func (s *Suite) MasterWaits(ctx context.Context) (since time.Time, behind bool, err error) {
	k, err := s.Master.Open(ctx)
	if err != nil {
		return since, false, err
	}
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		if since, err = keys.WaitingSince(tx); err != nil || since.IsZero() {
			return err
		}
		opens, err := keys.Opens(tx, k)
		behind = !opens
		return err
	})
	return since, behind, err
}

func (s *Suite) notHeld(ctx context.Context) error {
	held, err := s.Backups.Held(ctx)
	if err == nil && held != nil {
		err = fault.New(fault.Conflict, "What was put back waits to be accepted, so nothing is changed. Say: assay restore accept")
	}
	return err
}
