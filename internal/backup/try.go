package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Tested is what Test found.
type Tested struct {
	Restored
	Seconds float64    `json:"seconds"` // how long it took to put back and compare
	Logs    []LogState `json:"compared"`
}

// Test puts a copy into an embedded store beside this one, computes its logs again
// and holds its rows against them, and removes it. That it could be done, or why
// not, is an entry in the log of each organization.
func (s *Service) Test(ctx context.Context, identity []byte, id string, who func(whom string) access.Actor) (*Tested, error) {
	if err := s.wanted(); err != nil {
		return nil, err
	}
	place, err := s.place(ctx)
	if err != nil {
		return nil, err
	}
	c, err := place.find(ctx, id)
	if err != nil {
		return nil, err
	}
	begun := s.Now()
	out, failed := s.try(ctx, identity, c)
	if out == nil {
		out = &Tested{Restored: Restored{Copy: *c}}
	}
	out.Seconds = s.Now().Sub(begun).Seconds()
	if fault.Is(failed, fault.Invalid) { // the key is another: nothing was tried
		return nil, failed
	}
	ctx = context.WithoutCancel(ctx)
	orgs, err := s.Orgs.All(ctx)
	for i := range orgs {
		err = errors.Join(err, s.tried(ctx, who(orgs[i].ID), c, begun, failed))
	}
	return out, errors.Join(failed, err)
}

// try puts the copy back and compares it.
func (s *Service) try(ctx context.Context, identity []byte, c *Copy) (out *Tested, err error) {
	dir, err := os.MkdirTemp(s.Data, ".restore-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	door := s.Door
	door.At = s.Config.To
	in := &In{
		From: door, ID: c.ID, Identity: identity, Data: dir, DB: filepath.Join(dir, "assay.db"),
		Objects: blob.Folder{Dir: filepath.Join(dir, "blobs")}, Now: s.Now,
	}
	back, err := in.restore(ctx)
	if err != nil {
		return nil, err
	}
	out = &Tested{Restored: *back}
	beside, err := db.Open(ctx, db.Config{URL: in.DB, Now: s.Now})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, beside.Close()) }()
	other := *s
	other.DB, other.Objects, other.Orgs.DB = beside, in.Objects, beside
	if out.Logs, err = other.compareInside(ctx); err != nil {
		return out, err
	}
	for i := range out.Logs {
		if l := &out.Logs[i]; l.Problem != "" {
			return out, fault.New(fault.Tampered, "%s: %s", l.Name, l.Problem)
		}
	}
	return out, nil
}

// compareInside compares each log with its rows, and asks nobody: what came after
// the copy is missing in it by its nature.
func (s *Service) compareInside(ctx context.Context) (out []LogState, err error) {
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return nil, err
	}
	for i := range orgs {
		l := LogState{Org: orgs[i].ID, Name: orgs[i].Name}
		if err := s.look(ctx, &l, s.inside); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// tried tells an organization's log what became of the test.
func (s *Service) tried(ctx context.Context, actor access.Actor, c *Copy, begun time.Time, failed error) error {
	grant, err := actor.May(access.LogRead)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		r := &Run{
			Kind: KindTest, Backup: c.ID, At: begun, Place: s.Config.To, SHA256: c.SHA256, Bytes: c.Bytes, Objects: int64(c.Objects), OK: failed == nil,
		}
		for _, l := range c.Logs {
			if l.Org == tx.Org() {
				r.Size, r.Root = l.Size, l.Root
			}
		}
		if failed != nil {
			r.Problem = failed.Error()
		}
		return r.add(tx, trail.Act{Action: "restore.test", Noun: "backup", Object: c.ID, Label: c.ID})
	})
}
