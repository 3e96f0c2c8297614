package collect

import (
	"context"
	"encoding/json"
	"fmt"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Sync asks for a collection now, and returns before it begins: a source may
// take long to read.
func (s Service) Sync(ctx context.Context, who access.Actor, connection string) error {
	grant, err := who.May(access.ConnectorSync)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		c, err := s.find(tx, connection)
		if err != nil {
			return err
		}
		if err := s.isThere(&c); err != nil {
			return err
		}
		if c.State != Enabled {
			return fault.New(fault.Conflict, "The connection %s is %s, so it is not collected. Resume it first.", c.Name, c.State)
		}
		if err := job.Add(tx, JobRun, c.ID, tx.Now()); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "connection", Object: c.ID, Label: c.Name})
	})
}

// isThere says why a connection has no source that could be asked now.
func (s Service) isThere(c *Connection) error {
	switch {
	case c.Uploaded():
		return c.notCollected()
	case c.Authority == MadeUp && !s.Rehearsal:
		return fault.New(fault.Conflict, "%s is a part of the demonstration: it is made up, and there is nothing to collect. Connect a source of your own to see that.", c.Name)
	}
	return nil
}

// Manifest returns what a collection that ended says of itself.
func (s Service) Manifest(ctx context.Context, who access.Actor, connection string, seq int64) (m fact.Manifest, err error) {
	grant, err := who.May(access.ConnectorRead)
	if err != nil {
		return m, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		b, _, err := fact.ManifestOf(tx, connection, seq)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &m); err != nil {
			return fmt.Errorf("manifest of %s, collection %d: %w", connection, seq, err)
		}
		return nil
	})
	return m, err
}
