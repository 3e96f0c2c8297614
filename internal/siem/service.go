package siem

import (
	"context"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// List returns the organization's destinations.
func (s Service) List(ctx context.Context, who access.Actor) (all []Destination, err error) {
	g, err := who.May(access.TrailRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		all, err = list(tx)
		return err
	})
	return all, err
}

// Get returns one of them, and how many entries of the log it has not seen: those of
// other kinds than the trail's are among them.
func (s Service) Get(ctx context.Context, who access.Actor, destination string) (d Destination, behind int64, err error) {
	g, err := who.May(access.TrailRead)
	if err != nil {
		return d, 0, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if d, err = load(tx, destination); err != nil {
			return err
		}
		size, _, _, err := ledger.Sizes(tx)
		behind = max(0, size-d.Place)
		return err
	})
	return d, behind, err
}

// Add adds a destination and sends it what there is, the entry of its own coming
// first unless the whole log is asked for. That it does not take them is no error:
// the destination says so.
func (s Service) Add(ctx context.Context, who access.Actor, in New) (d Destination, err error) {
	g, err := who.May(access.SIEMEdit)
	if err != nil {
		return d, err
	}
	if err := in.valid(s.AllowLocal); err != nil {
		return d, err
	}
	if err := ledger.Settle(ctx, s.DB, who.Org); err != nil { // what was done before has its place
		return d, err
	}
	if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
		all, err := list(tx)
		if err == nil && len(all) >= mostDestinations {
			err = fault.New(fault.Conflict, "An organization can have %d destinations.", mostDestinations)
		}
		if err != nil {
			return err
		}
		d = Destination{ID: id.New("siem", tx.Now()), AddedBy: who.ID, AddedAt: tx.Now()}
		if !in.Start {
			if d.Place, _, _, err = ledger.Sizes(tx); err != nil {
				return err
			}
		}
		if err := s.set(tx, &d, &in); err != nil {
			return err
		}
		if err := insert(tx, &d); err != nil {
			return err
		}
		if err := job.Every(tx, JobRound, d.ID, every); err != nil {
			return err
		}
		return trail.Add(tx, d.told("added"))
	}); err != nil {
		return d, err
	}
	return s.now(ctx, who, d.ID)
}

// Edit changes a destination. A credential is not told to another host than it was
// given for: where the host changes, it is asked for again.
func (s Service) Edit(ctx context.Context, who access.Actor, destination string, in New) (d Destination, err error) {
	g, err := who.May(access.SIEMEdit)
	if err != nil {
		return d, err
	}
	if err := in.valid(s.AllowLocal); err != nil {
		return d, err
	}
	if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if d, err = load(tx, destination); err != nil {
			return err
		}
		before := d
		if err := s.set(tx, &d, &in); err != nil {
			return err
		}
		if err := save(tx, &d); err != nil {
			return err
		}
		act := d.told("changed")
		if before.Address != d.Address {
			act.Detail["address"] = before.Address + " → " + d.Address
		}
		return trail.Add(tx, act)
	}); err != nil {
		return d, err
	}
	return s.now(ctx, who, destination)
}

// set makes the destination what is asked for.
func (s Service) set(tx *db.Tx, d *Destination, in *New) error {
	scheme, host, dial := where(d.Address)
	newScheme, newHost, newDial := where(in.Address)
	moved := scheme != newScheme || host != newHost || dial != newDial
	switch {
	case !in.Secret.Empty():
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		if d.secret, err = o.Secrets().Seal(sealContext(d.ID), []byte(in.Secret.Reveal())); err != nil {
			return err
		}
	case in.Form == Syslog:
		d.secret = nil
	case moved && d.Secret():
		return fault.Fields("The destination was not saved.", fault.Field{Name: "secret", Text: "The host is another one. Give the credential for it: the one there is was for " + host + "."})
	}
	d.Name, d.Form, d.Address, d.Header, d.Roots = in.Name, in.Form, in.Address, in.Header, in.Roots
	return nil
}

func sealContext(destination string) string { return "siem.destination " + destination }

func (s Service) revealed(tx *db.Tx, d *Destination) (secret.Text, error) {
	if !d.Secret() {
		return secret.Text{}, nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return secret.Text{}, err
	}
	b, err := o.Secrets().Open(sealContext(d.ID), d.secret)
	return secret.NewText(string(b)), err
}

// Pause keeps entries from being sent; Resume sends them from where it was.
func (s Service) Pause(ctx context.Context, who access.Actor, destination string) error {
	return s.change(ctx, who, destination, "paused", func(tx *db.Tx, d *Destination) error {
		d.Paused = true
		return save(tx, d)
	})
}

// Resume ends a pause and sends what came meanwhile.
func (s Service) Resume(ctx context.Context, who access.Actor, destination string) (d Destination, err error) {
	if err := s.change(ctx, who, destination, "resumed", func(tx *db.Tx, d *Destination) error {
		d.Paused = false
		return save(tx, d)
	}); err != nil {
		return d, err
	}
	return s.now(ctx, who, destination)
}

// Remove ends a destination. What it has stays there.
func (s Service) Remove(ctx context.Context, who access.Actor, destination string) error {
	return s.change(ctx, who, destination, "removed", func(tx *db.Tx, d *Destination) error {
		if err := job.Stop(tx, JobRound, d.ID); err != nil {
			return err
		}
		return remove(tx, d.ID)
	})
}

// Try sends what waits now, an entry of the attempt among it, and returns what came of
// it.
func (s Service) Try(ctx context.Context, who access.Actor, destination string) (d Destination, err error) {
	if err := s.change(ctx, who, destination, "tried", func(tx *db.Tx, d *Destination) error {
		if d.Paused {
			return fault.New(fault.Conflict, "%s is paused. Resume it, and it gets what waits.", d.Name)
		}
		return save(tx, d) // no pause after a failure any more
	}); err != nil {
		return d, err
	}
	return s.now(ctx, who, destination)
}

func (s Service) change(ctx context.Context, who access.Actor, destination, what string, do func(tx *db.Tx, d *Destination) error) error {
	g, err := who.May(access.SIEMEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		d, err := load(tx, destination)
		if err != nil {
			return err
		}
		if err := do(tx, &d); err != nil {
			return err
		}
		return trail.Add(tx, d.told(what))
	})
}

// now is one round, while somebody waits, and what the destination is after it.
func (s Service) now(ctx context.Context, who access.Actor, destination string) (d Destination, err error) {
	if err := ledger.Settle(ctx, s.DB, who.Org); err != nil {
		return d, err
	}
	wait, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	if err := s.Round(wait, who.Org, destination); err != nil && wait.Err() == nil {
		return d, err
	}
	d, _, err = s.Get(ctx, who, destination)
	return d, err
}

// told is what the trail says of the destination.
func (d *Destination) told(what string) trail.Act {
	return trail.Act{Noun: "siem_destination", Object: d.ID, Label: d.Name, Detail: map[string]string{
		what: "yes", "form": string(d.Form), "address": d.Address, "state": stateOf(d), "credential": strconv.FormatBool(d.Secret()),
	}}
}

// Failing lists the destinations that have taken nothing for longer than a time.
func Failing(tx *db.Tx, longer time.Duration) (out []Destination, err error) {
	all, err := list(tx)
	for i := range all {
		if d := &all[i]; !d.Paused && d.Problem != "" && tx.Now().Sub(d.Since) > longer {
			out = append(out, *d)
		}
	}
	return out, err
}
