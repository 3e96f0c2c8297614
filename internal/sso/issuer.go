package sso

import (
	"context"
	"strings"

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

// AddIssuer adds an identity provider, which is asked what it says of itself. It
// vouches for whoever added it alone until another approved it.
func (s Service) AddIssuer(ctx context.Context, who access.Actor, in New) (i Issuer, err error) {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return i, err
	}
	if err := s.usable(ctx, who, &in); err != nil {
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
		if _, err := s.set(tx, &i, &in); err != nil {
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
func (s Service) usable(ctx context.Context, who access.Actor, in *New) error {
	if err := in.valid(s.AllowLocal); err != nil {
		return err
	}
	if in.Join != "" && !who.Gives(in.Join, "") {
		return fault.New(fault.Forbidden, "Newcomers would hold what you do not hold, and nobody hands that out. Ask a lead.")
	}
	if in.Kind == SAML {
		return nil
	}
	_, err := s.discover(ctx, in.Location, true)
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
	b, err := o.Secrets().Open(issuerContext(i.ID), i.secret)
	return secret.NewText(string(b)), err
}

func (i *Issuer) told(what string) trail.Act {
	join := string(i.Join)
	if join == "" {
		join = "nobody"
	}
	a := trail.Act{Noun: "issuer", Object: i.ID, Label: i.Name, Detail: map[string]string{
		what: "yes", "kind": string(i.Kind), "location": i.Location, "client": i.Client, "newcomers": join, "state": stateOf(i), "approved": "yes",
	}}
	if !i.Approved() {
		a.Detail["approved"] = "no: it vouches for " + i.By + " alone"
	}
	if i.Next != nil {
		a.Detail["waits"] = i.Next.Location + " " + i.Next.Client
	}
	return a
}

// EditIssuer changes an identity provider. What says who it is waits until another
// approved it; the rest is in force at once. All sessions for which it vouched end
// when it is paused.
func (s Service) EditIssuer(ctx context.Context, who access.Actor, issuerID string, in New) (i Issuer, err error) {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return i, err
	}
	if i, err = s.Issuer(ctx, who, issuerID); err != nil {
		return i, err
	}
	in.Kind = i.Kind
	if in.Kind == SAML && strings.TrimSpace(in.Metadata) == "" {
		in.Metadata = i.Metadata
	}
	if err := s.usable(ctx, who, &in); err != nil {
		return i, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if i, err = loadIssuer(tx, issuerID); err != nil {
			return err
		}
		moved, err := s.set(tx, &i, &in)
		if err != nil {
			return err
		}
		if err := saveIssuer(tx, &i); err != nil {
			return err
		}
		if moved {
			err = another(tx, &i)
		} else if i.Paused {
			err = auth.EndVia(tx, i.ID)
		}
		if err != nil {
			return err
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
