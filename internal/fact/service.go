package fact

import (
	"context"
	"encoding/json"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/resource"
)

// Service is the use cases that read facts.
type Service struct {
	DB   *db.DB
	Keys *keys.Ring
}

// Population is the present members of a kind, by every given connection.
type Population struct {
	Schema   *resource.Schema
	Listings []Listing
	Views    []*resource.View
}

// Population returns what is known of a kind now.
func (s Service) Population(ctx context.Context, who access.Actor, kind string, connections []string) (p Population, err error) {
	grant, err := who.May(access.FactRead)
	if err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if p.Schema, err = Schema(tx, kind, 0); err != nil {
			return err
		}
		if p.Listings, err = Listings(tx, kind, connections); err != nil {
			return err
		}
		var r Reader
		for i := range p.Listings {
			views, err := r.Members(tx, s.Keys, &p.Listings[i])
			if err != nil {
				return err
			}
			p.Views = append(p.Views, views...)
		}
		return nil
	})
	return p, err
}

// Manifest returns how a collection was produced.
func (s Service) Manifest(ctx context.Context, who access.Actor, connection string, seq int64) (m Manifest, err error) {
	grant, err := who.May(access.FactRead)
	if err != nil {
		return m, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		b, _, err := ManifestOf(tx, connection, seq)
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &m)
	})
	return m, err
}
