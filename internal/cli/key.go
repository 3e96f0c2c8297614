package cli

import (
	"context"

	"assay/internal/keys"
	"assay/internal/kit/fault"
)

type keyCmd struct {
	Status keyStatusCmd `cmd:"" help:"Where the master key is, that it opens, and which rotations are not over."`
	Move   keyMoveCmd   `cmd:"" help:"Keep the master key elsewhere, or wrap it again."`
	Rotate keyRotateCmd `cmd:"" help:"Make a new key, of the store or of an organization."`
	Retire keyRetireCmd `cmd:"" help:"End a rotation: the key before it opens nothing any more."`
}

var errNoMaster = fault.New(fault.NotFound, "There is no master key yet. Begin with: assay init")

type keyStatusCmd struct{}

// Run says where the master key is. It is opened, and so is the store.
func (keyStatusCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("Keys are looked at where the store is."); err != nil {
		return err
	}
	w, err := r.config().Place().Find()
	if err != nil {
		return err
	}
	if w.Kind == "" {
		return errNoMaster
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	out, err := readKeyStatus(ctx, s, &w)
	if err != nil {
		return err
	}
	return emit(r, out, printKeys)
}

func printWhere(p *paper, w *keys.Where) {
	ok := p.paint(green, "ok")
	switch w.Kind {
	case keys.InService:
		p.line("%s  master key   wrapped by %s, in %s", ok, w.Service, w.File)
	case keys.InEnvironment:
		p.line("%s  master key   in ASSAY_MASTER_KEY", ok)
	default:
		p.line("%s  master key   in %s", ok, w.File)
	}
	if w.Plain != "" {
		p.line("%s  %s still has the key too: a move broke off. Finish it: assay key move --to %s", p.paint(red, "FAILED"), w.Plain, w.Service)
	}
	p.line("Keep a copy elsewhere: no backup holds it, and nothing opens without it.")
}

type keyMoveCmd struct {
	To string `required:"" placeholder:"PLACE" help:"URL of a key of Vault's transit engine, ARN of a key of AWS KMS, or the word file."`
}

// Run moves the master key. Whoever serves the store goes on meanwhile.
func (c *keyMoveCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("Keys are moved where the store is."); err != nil {
		return err
	}
	w, err := r.config().Place().Find()
	if err != nil {
		return err
	}
	if w.Kind == "" {
		return errNoMaster
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would move the master key to %s. Nothing was done.", c.To)
		return nil
	}
	if w, err = s.MoveMaster(ctx, c.To); err != nil {
		return err
	}
	return emit(r, &w, func(p *paper, w *keys.Where) {
		printWhere(p, w)
		if !r.config().MasterKey.Empty() {
			p.line("Take ASSAY_MASTER_KEY away now; while it is set the store does not open.")
		}
	})
}
