package cli

import (
	"context"
	"slices"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type controlEditCmd struct {
	Control   string   `arg:"" help:"Id, such as IAM-03."`
	Title     *string  `help:"What it is, in a line."`
	Statement *string  `help:"What it says, as it will read in the report."`
	Criteria  []string `placeholder:"ID" help:"All that it helps to meet, commas between."`
	Owner     *string  `placeholder:"USER" help:"Id or address of the member who answers for it; empty for nobody."`
	OwnerRole *string  `name:"owner-role" help:"Who answers for it, as a role."`
	Frequency *string  `placeholder:"WORD" help:"How often it operates, such as continuous or quarterly."`
	FixLimit  *string  `name:"fix-limit" placeholder:"SPAN" help:"How long a failure may last, as the statement says: 3d, 12h; empty if it does not."`
	On        string   `placeholder:"DATE" help:"First day on which this holds; today if it is not given."`
	Reason    string   `required:"" help:"Why it changes. The auditor reads this."`
}

// Run appends a version in which what is given differs.
func (c *controlEditCmd) Run(ctx context.Context, r *run) error {
	d, err := call[api.ControlDetail](ctx, r, "control.show", &api.ControlIn{ID: c.Control})
	if err != nil {
		return err
	}
	newest := d.Versions[len(d.Versions)-1]
	if newest.Version != d.Version {
		return fault.New(fault.Conflict, "Version %d of %s is to hold from %s. Change that one on its page.", newest.Version, d.ID, newest.EffectiveOn)
	}
	in := &api.SaveIn{ID: d.ID}
	b := &in.Body
	b.EffectiveOn, b.Reason, b.BasedOn = c.On, c.Reason, d.Version
	if b.EffectiveOn == "" {
		b.EffectiveOn = r.Now().In(time.Local).Format(time.DateOnly)
	}
	b.Title, b.Statement, b.Criteria, b.Owner, b.OwnerName, b.OwnerRole = d.Title, d.Statement, d.Criteria, d.Owner, d.OwnerName, d.OwnerRole
	b.Frequency, b.Nature, b.Kind, b.Key, b.FixLimit, b.Lanes = d.Frequency, d.Nature, d.Kind, d.Key, d.FixLimit, d.Control.Lanes
	given := len(c.Criteria) > 0 || c.Owner != nil
	for _, f := range []struct{ flag, into *string }{
		{c.Title, &b.Title},
		{c.Statement, &b.Statement},
		{c.OwnerRole, &b.OwnerRole},
		{c.Frequency, &b.Frequency},
		{c.FixLimit, &b.FixLimit},
	} {
		if f.flag != nil {
			*f.into, given = *f.flag, true
		}
	}
	if !given {
		return fault.New(fault.Invalid, "Say what to change, such as --owner. What is not given stays.")
	}
	if len(c.Criteria) > 0 {
		b.Criteria = c.Criteria
	}
	if c.Owner != nil {
		if b.Owner, b.OwnerName, err = c.owner(ctx, r); err != nil {
			return err
		}
	}
	out, err := change[api.Wording](ctx, r, "control.save", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, w *api.Wording) {
		p.line("Version %d of %s holds from %s. What was before is in its history.", w.Version, c.Control, w.EffectiveOn)
	})
}

// owner finds the member who is named.
func (c *controlEditCmd) owner(ctx context.Context, r *run) (id, name string, err error) {
	if *c.Owner == "" {
		return "", "", nil
	}
	list, err := whole[api.Users](ctx, r, "user.list", &api.UsersIn{})
	if err != nil {
		return "", "", err
	}
	i := slices.IndexFunc(list.Users, func(u api.User) bool { return u.ID == *c.Owner || u.Email == *c.Owner })
	if i < 0 {
		return "", "", fault.New(fault.NotFound, "No member has the id or the address %q: assay user list", *c.Owner)
	}
	return list.Users[i].ID, list.Users[i].Name, nil
}
