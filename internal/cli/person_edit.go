package cli

import (
	"context"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type personEditCmd struct {
	Person     string  `arg:"" help:"Id."`
	Name       *string `help:"Full name."`
	Email      *string `help:"Work address."`
	Title      *string `help:"Role in the organization."`
	Group      *string `help:"Department."`
	Manager    *string `placeholder:"ID" help:"Id of the manager; empty for none."`
	Employment *string `placeholder:"WORD" help:"employee or contractor."`
	Starts     *string `placeholder:"DATE" help:"First day of work."`
	Ends       *string `placeholder:"DATE" help:"Last day of work; empty while it is not known."`
	ExternalID *string `name:"external-id" placeholder:"ID" help:"In the personnel system."`
}

// Run changes what is given and keeps the rest.
func (c *personEditCmd) Run(ctx context.Context, r *run) error {
	have, err := call[api.PersonDetail](ctx, r, "person.show", &api.ID{ID: c.Person})
	if err != nil {
		return err
	}
	in := &api.PersonEditIn{ID: have.ID, Body: have.PersonFields}
	given := false
	for _, f := range []struct {
		flag *string
		into *string
	}{
		{c.Name, &in.Body.Name},
		{c.Email, &in.Body.Email},
		{c.Title, &in.Body.Title},
		{c.Group, &in.Body.Group},
		{c.Manager, &in.Body.Manager},
		{c.Employment, &in.Body.Employment},
		{c.Starts, &in.Body.StartsOn},
		{c.Ends, &in.Body.EndsOn},
		{c.ExternalID, &in.Body.ExternalID},
	} {
		if f.flag != nil {
			*f.into, given = *f.flag, true
		}
	}
	if !given {
		return fault.New(fault.Invalid, "Say what to change, such as --title. What is not given stays.")
	}
	if _, err := change[nothing](ctx, r, "person.edit", in); err != nil {
		return err
	}
	r.note("%s is changed. What was before is in the history.", in.Body.Name)
	return nil
}
