package check

import (
	"context"

	"assay/internal/access"
	"assay/internal/db"
)

// Batch is a batch whose steps a test takes one by one.
type Batch struct {
	b   *batch
	End func()
}

// Begin does what Run does up to the intent.
func (s *Service) Begin(ctx context.Context, who access.Actor) (Batch, context.Context, error) {
	grant, err := who.May(access.CheckRun)
	if err != nil {
		return Batch{}, ctx, err
	}
	b := &batch{s: s, grant: grant, all: true, memory: s.remembered(who.Org)}
	if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error { return b.prepare(tx, nil) }); err != nil {
		return Batch{}, ctx, err
	}
	if err := s.DB.Write(ctx, grant, b.intend); err != nil {
		return Batch{}, ctx, err
	}
	ctx, end := b.live(ctx)
	return Batch{b: b, End: end}, ctx, nil
}

// Finish judges and saves.
func (x Batch) Finish(ctx context.Context) error {
	s := x.b.s
	if err := s.DB.Read(ctx, x.b.grant, func(tx *db.Tx) error { return x.b.judge(ctx, tx) }); err != nil {
		return err
	}
	return s.DB.Write(ctx, x.b.grant, x.b.save)
}
