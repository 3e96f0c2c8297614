package sso

import (
	"context"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/secret"
	"assay/internal/trail"
)

const mostIssuers = 20

// Issuers lists the organization's identity providers.
func (s Service) Issuers(ctx context.Context, who access.Actor) (list []Issuer, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = issuers(tx)
		return err
	})
	return list, err
}

// Issuer returns one of the organization's identity providers.
func (s Service) Issuer(ctx context.Context, who access.Actor, issuerID string) (i Issuer, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return i, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		i, err = loadIssuer(tx, issuerID)
		return err
	})
	return i, err
}

// AddIssuer adds an identity provider, which is asked what it says of itself.
func (s Service) AddIssuer(ctx context.Context, who access.Actor, in New) (i Issuer, err error) {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return i, err
	}
	if err := s.usable(ctx, &in); err != nil {
		return i, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		list, err := issuers(tx)
		if err == nil && len(list) >= mostIssuers {
			err = fault.New(fault.Conflict, "An organization can have %d identity providers.", mostIssuers)
		}
		if err != nil {
			return err
		}
		i = Issuer{ID: id.New("idp", tx.Now()), Org: tx.Org(), Kind: in.Kind, AddedAt: tx.Now(), secret: []byte{}}
		if err := s.set(tx, &i, &in); err != nil {
			return err
		}
		if err := insertIssuer(tx, &i); err != nil {
			return err
		}
		return trail.Add(tx, i.told("added"))
	})
	return i, err
}

// usable checks an issuer to be, by asking it.
func (s Service) usable(ctx context.Context, in *New) error {
	if err := in.valid(s.AllowLocal); err != nil {
		return err
	}
	_, err := s.discover(ctx, in.Location, true)
	return err
}

// set copies what a person may change.
func (s Service) set(tx *db.Tx, i *Issuer, in *New) error {
	i.Name, i.Location, i.Client, i.Metadata, i.Join, i.Paused, i.UpdatedAt = in.Name, in.Location, in.Client, in.Metadata, in.Join, in.Paused, tx.Now()
	if in.Secret.Empty() {
		return nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	i.secret, err = o.Secrets().Seal("sso.issuer "+i.ID, []byte(in.Secret.Reveal()))
	return err
}

// revealed opens the secret of an issuer.
func (s Service) revealed(tx *db.Tx, i *Issuer) (secret.Text, error) {
	if len(i.secret) == 0 {
		return secret.Text{}, nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return secret.Text{}, err
	}
	b, err := o.Secrets().Open("sso.issuer "+i.ID, i.secret)
	return secret.NewText(string(b)), err
}

func (i *Issuer) told(what string) trail.Act {
	join := string(i.Join)
	if join == "" {
		join = "nobody"
	}
	return trail.Act{Noun: "issuer", Object: i.ID, Label: i.Name, Detail: map[string]string{
		what: "yes", "kind": string(i.Kind), "location": i.Location, "client": i.Client, "newcomers": join, "state": stateOf(i),
	}}
}

// EditIssuer changes an identity provider. Another location is somebody else:
// everybody is then found by their address again, and all sessions end for which
// it vouched. They end, too, when it is paused.
func (s Service) EditIssuer(ctx context.Context, who access.Actor, issuerID string, in New) (i Issuer, err error) {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return i, err
	}
	if i, err = s.Issuer(ctx, who, issuerID); err != nil {
		return i, err
	}
	in.Kind = i.Kind
	if err := s.usable(ctx, &in); err != nil {
		return i, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if i, err = loadIssuer(tx, issuerID); err != nil {
			return err
		}
		moved := i.Location != in.Location
		if err := s.set(tx, &i, &in); err != nil {
			return err
		}
		if err := saveIssuer(tx, &i); err != nil {
			return err
		}
		if moved {
			if err := forgetSubjects(tx, i.ID); err != nil {
				return err
			}
		}
		if moved || i.Paused {
			if err := auth.EndVia(tx, i.ID); err != nil {
				return err
			}
		}
		return trail.Add(tx, i.told("changed"))
	})
	return i, err
}

// RemoveIssuer removes an identity provider and ends all sessions for which it
// vouched. People stay members.
func (s Service) RemoveIssuer(ctx context.Context, who access.Actor, issuerID string) error {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		i, err := loadIssuer(tx, issuerID)
		if err != nil {
			return err
		}
		if err := removeIssuer(tx, i.ID); err != nil {
			return err
		}
		if err := auth.EndVia(tx, i.ID); err != nil {
			return err
		}
		return trail.Add(tx, i.told("removed"))
	})
}

// Any reports whether anybody here signs in through an identity provider.
func (s Service) Any(ctx context.Context) (some bool, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		n, err := countIssuers(tx)
		some = n > 0
		return err
	})
	return some, err
}

// For lists who vouches for an address, whether or not anybody has it: by its
// domain alone.
func (s Service) For(ctx context.Context, address string) (list []Issuer, err error) {
	email, err := auth.Email(address)
	if err != nil {
		return nil, err
	}
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		list, err = issuersOf(tx, domainOf(email))
		return err
	})
	if err == nil && len(list) == 0 {
		err = fault.Fields("No organization here signs such addresses in.", fault.Field{Name: "email", Text: "No identity provider vouches for addresses of " + domainOf(email) + "."})
	}
	return list, err
}
