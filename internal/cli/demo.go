package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"assay/internal/demo"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/suite"
)

type demoCmd struct {
	serveCmd `embed:""`

	NoServe bool   `name:"no-serve" help:"Only make the year."`
	Scale   int    `default:"1" placeholder:"N" help:"Multiply the facts."`
	AsOf    string `name:"as-of" placeholder:"DATE" help:"Day on which the made history ends; today unless given."`
}

type demoOut struct {
	Data     string `json:"data"`
	Org      string `json:"org"`
	Slug     string `json:"slug"`
	People   int    `json:"people"`
	Controls int    `json:"controls"`
	Checks   int    `json:"checks"`
	Days     int    `json:"days"`
	Leaves   int64  `json:"leaves"`
	TookMs   int64  `json:"took_ms"`
}

// Run makes the demonstration year and serves it.
func (c *demoCmd) Run(ctx context.Context, r *run) error {
	if r.Server != "" {
		return fault.New(fault.Invalid, "The demonstration is made in a store of its own: give --data, not --server.")
	}
	asOf := r.Now()
	if c.AsOf != "" {
		day, err := time.Parse(time.DateOnly, c.AsOf)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "--as-of wants a date such as 2026-11-22, not %q.", c.AsOf)
		}
		asOf = day.Add(18 * time.Hour)
	}
	if r.Data == "" { // a folder of its own, made anew each time
		r.Data = filepath.Join(cmp.Or(r.Env["XDG_DATA_HOME"], filepath.Join(r.Env["HOME"], ".local", "share")), "assay-demo")
		if err := c.clear(ctx, r); err != nil {
			return err
		}
	}
	made, err := c.make(ctx, r, asOf)
	if err != nil {
		return err
	}
	if made != nil {
		if err := emit(r, made, func(p *paper, o *demoOut) {
			p.line("Created Larkspur: %d people, %d controls, %d checks, %d days … done in %.1f s",
				o.People, o.Controls, o.Checks, o.Days, float64(o.TookMs)/1000)
		}); err != nil {
			return err
		}
	}
	if c.NoServe {
		return nil
	}
	return c.serveCmd.Run(ctx, r)
}

// gcWhileMaking trades memory, which is little, for the time of the person who
// waits.
const gcWhileMaking = 600

// make fills the store, unless it holds the demonstration already.
func (c *demoCmd) make(ctx context.Context, r *run, asOf time.Time) (*demoOut, error) {
	hand := &clock.Hand{}
	hand.Set(asOf)
	s, err := r.Open(ctx, suite.Config{Data: r.dataDir(), DB: r.DB, Blobs: r.Blobs, Rehearsal: true, Now: hand.Now, Log: r.log})
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close(ctx) }()
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return nil, err
	}
	if len(orgs) > 0 && orgs[0].Demo {
		r.note("%s holds the demonstration already. Another folder gets a new one.", r.dataDir())
		return nil, nil //nolint:nilnil // there is nothing to make, which is no error
	}
	begun := r.Now()
	if c.Scale <= 1 {
		defer debug.SetGCPercent(debug.SetGCPercent(gcWhileMaking))
	}
	r.note("Creating Larkspur …")
	notes := r.Stderr
	if r.Quiet {
		notes = io.Discard
	}
	y, err := demo.Make(ctx, s, hand, demo.Options{AsOf: asOf, Scale: c.Scale, Notes: notes})
	if err != nil {
		return nil, err
	}
	return &demoOut{
		Data: r.dataDir(), Org: y.Org.ID, Slug: y.Org.Slug, People: y.People, Controls: y.Controls, Checks: y.Checks, Days: y.Days,
		Leaves: y.Leaves, TookMs: r.Now().Sub(begun).Milliseconds(),
	}, nil
}

// clear removes an earlier demonstration from the demonstration's own folder,
// and nothing else.
func (c *demoCmd) clear(ctx context.Context, r *run) error {
	if _, err := os.Stat(filepath.Join(r.Data, "assay.db")); err != nil || r.DB != "" {
		return nil //nolint:nilerr // there is nothing to clear
	}
	s, err := r.Open(ctx, suite.Config{Data: r.Data, Log: r.log})
	if err != nil {
		return err
	}
	orgs, err := s.Orgs.All(ctx)
	if cerr := s.Close(ctx); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	for i := range orgs {
		if !orgs[i].Demo {
			return fault.New(fault.Conflict, "%s holds %s, which is not the demonstration. Give another folder with --data.", r.Data, orgs[i].Name)
		}
	}
	for _, name := range []string{"assay.db", "assay.db-wal", "assay.db-shm", "blobs", "keys"} {
		if err := os.RemoveAll(filepath.Join(r.Data, name)); err != nil {
			return fmt.Errorf("clear the demonstration: %w", err)
		}
	}
	return nil
}
