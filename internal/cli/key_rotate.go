package cli

import (
	"cmp"
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/keys"
	"assay/internal/suite"
)

type keyRotateCmd struct {
	Master keyRotateMasterCmd `cmd:"" help:"Put the store under a new master key. Who serves it goes on."`
	Org    keyRotateOrgCmd    `cmd:"" help:"Make a new key for an organization, and seal again what is sealed."`
}

type keyRetireCmd struct {
	Master keyRetireMasterCmd `cmd:"" help:"The master key before the rotation opens the store no more."`
	Org    keyRetireOrgCmd    `cmd:"" help:"Destroy the older keys of an organization, a day after the rotation or later."`
}

type keyRotateMasterCmd struct {
	To string `placeholder:"PLACE" help:"Where the new one goes: URL of a key of Vault's transit engine, ARN of a key of AWS KMS, or the word file. Where the present one is, if not given."`
}

// Run rotates the master key.
func (c *keyRotateMasterCmd) Run(ctx context.Context, r *run) error {
	s, err := r.keyStore(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would put the store under a new master key. Nothing was done.")
		return nil
	}
	w, err := s.RotateMaster(ctx, c.To)
	if err != nil {
		return err
	}
	return emit(r, &w, func(p *paper, w *keys.Where) {
		if w.Kind == keys.InEnvironment {
			p.line("The store is under the key in ASSAY_MASTER_KEY_NEXT. Make it ASSAY_MASTER_KEY wherever Assay starts.")
		} else {
			printWhere(p, w)
			if !r.config().MasterKey.Empty() {
				p.line("Take ASSAY_MASTER_KEY away now; while it is set the store does not open.")
			}
		}
		p.line("What serves the store goes on. Give the new key to every replica, restart what serves it, then say: assay key retire master")
		p.line("Until then the old key still leads to the new one.")
		printAside(p.line, s)
	})
}

// keyStore opens the store whose keys are meant, which is on this machine.
func (r *run) keyStore(ctx context.Context) (*suite.Suite, error) {
	if err := r.here("Keys are rotated where the store is."); err != nil {
		return nil, err
	}
	w, err := r.config().Place().Find()
	if err != nil {
		return nil, err
	}
	if w.Kind == "" {
		return nil, errNoMaster
	}
	return r.store(ctx)
}

// keyOrg opens the store and names the organization whose keys are meant.
func (r *run) keyOrg(ctx context.Context) (*suite.Suite, access.Actor, error) {
	s, err := r.keyStore(ctx)
	if err != nil {
		return nil, access.Actor{}, err
	}
	o, err := s.Orgs.Named(ctx, cmp.Or(r.Org, r.Env["ASSAY_ORG"]))
	return s, access.Console(o.ID), err
}

type keyRotateOrgCmd struct {
	Resume bool `help:"Make no new key: seal again what an earlier rotation has left."`
}

// Run rotates the key of an organization.
func (c *keyRotateOrgCmd) Run(ctx context.Context, r *run) error {
	s, who, err := r.keyOrg(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would make a new key for the organization, and seal again what is sealed. Nothing was done.")
		return nil
	}
	if !c.Resume {
		if err := s.RotateOrg(ctx, who); err != nil {
			return err
		}
	}
	done, err := s.Reseal(ctx, who)
	if err != nil {
		return err
	}
	return emit(r, &done, func(p *paper, v *keys.Resealed) {
		p.line("%s, %d sealed again under the newest key.", count(v.Looked, "sealed value", "sealed values"), v.Changed)
		if v.Closed > 0 {
			p.line("%s  %s under no key, the first in %s: a stored row was changed, and older keys stay. Put it back from a backup.", p.paint(red, "FAILED"), count(v.Closed, "value opens", "values open"), v.FirstClosed)
		}
		p.line("The older key opens what was missed. After a day, say: assay key retire org")
	})
}

type keyRetireMasterCmd struct{}

// Run ends the rotation of the master key.
func (keyRetireMasterCmd) Run(ctx context.Context, r *run) error {
	s, err := r.keyStore(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would end the rotation of the master key. Nothing was done.")
		return nil
	}
	if err := s.RetireMaster(ctx); err != nil {
		return err
	}
	r.note("The master key before the rotation opens this store no more.")
	printAside(r.note, s)
	return nil
}

// printAside names the master keys that rotations have kept.
func printAside(say func(string, ...any), s *suite.Suite) {
	aside, err := s.Master.Aside()
	if err != nil || len(aside) == 0 {
		say("Backups made before the rotation need the key before it: keep it offline, as long as them.")
		return
	}
	for _, folder := range aside {
		say("Backups made before the rotation need the key in %s: take it offline, keep it as long as them, and remove it here.", folder)
	}
}

type keyRetireOrgCmd struct{}

// Run destroys the older keys of an organization.
func (keyRetireOrgCmd) Run(ctx context.Context, r *run) error {
	s, who, err := r.keyOrg(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would destroy the older keys of the organization. Nothing was done.")
		return nil
	}
	if err := s.RetireOrg(ctx, who); err != nil {
		return err
	}
	r.note("The organization has one key. Backups made before still hold the older ones, sealed under the master key.")
	return nil
}

// keyStatus is where the keys of a store are and how many open it.
type keyStatus struct {
	keys.Where

	Rotating bool        `json:"rotating"` // the master key before the last rotation still opens the store
	Since    *time.Time  `json:"rotating_since,omitempty"`
	Behind   bool        `json:"behind"` // and is the one in its place
	Orgs     []orgStatus `json:"organizations"`
}

type orgStatus struct {
	Org  string `json:"id"`
	Name string `json:"name"`
	keys.Status
}

func readKeyStatus(ctx context.Context, s *suite.Suite, w *keys.Where) (out *keyStatus, err error) {
	out = &keyStatus{Where: *w, Orgs: []orgStatus{}}
	since, behind, err := s.MasterWaits(ctx)
	if err != nil {
		return nil, err
	}
	if out.Behind, out.Rotating = behind, !since.IsZero(); out.Rotating {
		out.Since = &since
	}
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return nil, err
	}
	for i := range orgs {
		k, err := s.KeysOf(ctx, access.Console(orgs[i].ID))
		if err != nil {
			return nil, err
		}
		out.Orgs = append(out.Orgs, orgStatus{Org: orgs[i].ID, Name: orgs[i].Name, Status: k})
	}
	return out, nil
}

func printKeys(p *paper, v *keyStatus) {
	printWhere(p, &v.Where)
	switch {
	case v.Behind:
		p.line("%s  the store is under the master key that follows this one: a rotation broke off, or the new key is not in its place. Say: assay key rotate master", p.paint(red, "FAILED"))
	case v.Rotating:
		p.line("The master key before the rotation of %s still leads to this one. When everything that serves the store was restarted, say: assay key retire master",
			moment(v.Since, time.Local))
	}
	for i := range v.Orgs {
		o := &v.Orgs[i]
		switch {
		case o.Keys == 1:
			p.line("%s  %s   one key", p.paint(green, "ok"), o.Name)
		case o.ResealedAt.IsZero():
			p.line("%s   %d keys, rotated %s; not everything is under the newest yet. What is left, says: assay key rotate org --resume", o.Name, o.Keys, moment(&o.RotatedAt, time.Local))
		default:
			p.line("%s   %d keys, rotated %s; everything is under the newest. From a day later: assay key retire org", o.Name, o.Keys, moment(&o.RotatedAt, time.Local))
		}
	}
}
