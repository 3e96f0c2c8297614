package licensed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Service is the use cases of the licensed text.
type Service struct {
	DB       *db.DB
	Keys     *keys.Ring
	Criteria *criteria.Library
}

// sealed is what a row's body opens to.
type sealed struct {
	Publication string            `json:"publication"`
	Texts       map[string]string `json:"texts"` // by id
}

func sealContext(org string) string { return "soc2.licensed/v1 " + org }

// Import reads the organization's copy of the published wording and keeps it in
// the place of the one before. A file that is wrong in one line is refused
// whole, with its lines: see catalog.ReadLicensedText.
func (s Service) Import(ctx context.Context, who access.Actor, file catalog.LicensedFile) (c Copy, err error) {
	grant, err := who.May(access.CriteriaImport)
	if err != nil {
		return c, err
	}
	if err := validPublication(file.Publication); err != nil {
		return c, err
	}
	if c.LicensedText, err = catalog.ReadLicensedText(s.Criteria, file); err != nil {
		return Copy{}, err
	}
	content := sealed{Publication: c.Publication, Texts: map[string]string{}}
	for _, e := range c.Entries() {
		content.Texts[e.ID] = e.Text
	}
	whole, points := c.Count()
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		ring, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		c.ImportedAt, c.ImportedBy, c.Name = tx.Now(), tx.Actor().ID, tx.Actor().Name
		r := row{at: c.ImportedAt, by: c.ImportedBy, name: c.Name}
		if r.body, err = ring.Secrets().Seal(sealContext(tx.Org()), []byte(db.ToJSON(content))); err != nil {
			return err
		}
		if err := put(tx, &r); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "criteria", Object: "licensed", Label: "Licensed text", Detail: map[string]string{
			"publication": c.Publication, "criteria": strconv.Itoa(whole), "points_of_focus": strconv.Itoa(points),
		}})
	})
	if err != nil {
		return Copy{}, err
	}
	return c, nil
}

// Forget removes the copy; NotFound when there is none.
func (s Service) Forget(ctx context.Context, who access.Actor) error {
	grant, err := who.May(access.CriteriaImport)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		had, err := drop(tx)
		if err != nil {
			return err
		}
		if !had {
			return fault.New(fault.NotFound, "No licensed text was imported, so that there is none to forget.")
		}
		return trail.Add(tx, trail.Act{Action: "criteria.forget", Noun: "criteria", Object: "licensed", Label: "Licensed text"})
	})
}

// Get returns the organization's copy, and whether it has one. Wording of ids
// that the library does not know any more is left out.
func (s Service) Get(ctx context.Context, who access.Actor) (c Copy, found bool, err error) {
	grant, err := who.May(access.CriteriaText)
	if err != nil {
		return c, false, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		r, has, err := load(tx)
		if err != nil || !has {
			return err
		}
		content, err := s.open(tx, r.body)
		if err != nil {
			return err
		}
		if c.LicensedText, err = s.text(&content); err != nil {
			return err
		}
		c.ImportedAt, c.ImportedBy, c.Name, found = r.at, r.by, r.name, true
		return nil
	})
	return c, found, err
}

func (s Service) open(tx *db.Tx, body []byte) (content sealed, err error) {
	ring, err := s.Keys.Open(tx)
	if err != nil {
		return content, err
	}
	plain, err := ring.Secrets().Open(sealContext(tx.Org()), body)
	if err != nil {
		return content, fmt.Errorf("open the licensed text: %w", err)
	}
	if err := json.Unmarshal(plain, &content); err != nil {
		return content, fmt.Errorf("read the licensed text: %w", err)
	}
	return content, nil
}

func (s Service) text(content *sealed) (criteria.LicensedText, error) {
	var entries []criteria.LicensedEntry
	for id, text := range content.Texts {
		_, criterion := s.Criteria.Criterion(criteria.ID(id))
		_, point := s.Criteria.Point(criteria.PointID(id))
		if criterion || point {
			entries = append(entries, criteria.LicensedEntry{ID: id, Text: text})
		}
	}
	if len(entries) == 0 {
		return criteria.LicensedText{Publication: content.Publication}, nil
	}
	slices.SortFunc(entries, func(a, b criteria.LicensedEntry) int { return criteria.Compare(a.ID, b.ID) })
	return s.Criteria.License(content.Publication, entries)
}
