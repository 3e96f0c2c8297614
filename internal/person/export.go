package person

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"

	"assay/internal/access"
	"assay/internal/db"
)

// ExportCSV writes the people that the filter finds, in the form that Import
// reads; managers by external id or address.
func (s Service) ExportCSV(ctx context.Context, who access.Actor, f Filter, w io.Writer) error {
	l, named, err := s.everybody(ctx, who, f)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(append(columnNames(), "state")); err != nil {
		return err
	}
	for i := range l.People {
		p := &l.People[i]
		cells := []string{
			p.ExternalID, p.Name, p.Email, p.Title, p.Group, named[p.Manager], string(p.Employment),
			p.StartsOn.String(), p.EndsOn.String(), string(p.State),
		}
		for i := range cells {
			cells[i] = guard(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ExportedPerson is a person in the JSON export.
type ExportedPerson struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Email      string     `json:"email,omitempty"`
	Title      string     `json:"title,omitempty"`
	Group      string     `json:"group,omitempty"`
	Manager    string     `json:"manager,omitempty"` // id
	Employment Employment `json:"employment"`
	StartsOn   string     `json:"starts_on"`
	EndsOn     string     `json:"ends_on,omitempty"`
	ExternalID string     `json:"external_id,omitempty"`
	State      State      `json:"state"`
}

// Exported is the person as exports and the API show them.
func (l *Listed) Exported() ExportedPerson {
	return ExportedPerson{
		ID: l.ID, Name: l.Name, Email: l.Email, Title: l.Title, Group: l.Group, Manager: l.Manager, Employment: l.Employment,
		StartsOn: l.StartsOn.String(), EndsOn: l.EndsOn.String(), ExternalID: l.ExternalID, State: l.State,
	}
}

// ExportJSON writes the people that the filter finds as one array.
func (s Service) ExportJSON(ctx context.Context, who access.Actor, f Filter, w io.Writer) error {
	l, _, err := s.everybody(ctx, who, f)
	if err != nil {
		return err
	}
	out := make([]ExportedPerson, 0, len(l.People))
	for i := range l.People {
		out = append(out, l.People[i].Exported())
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// everybody is List without pages, and how to name a manager in a file.
func (s Service) everybody(ctx context.Context, who access.Actor, f Filter) (l Listing, named map[string]string, err error) {
	g, err := who.May(access.PersonRead)
	if err != nil {
		return l, nil, err
	}
	f.After, f.Limit = "", 0
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if l, err = listing(tx, &f); err != nil {
			return err
		}
		people, err := all(tx)
		named = map[string]string{}
		for i := range people {
			p := &people[i]
			switch {
			case p.ExternalID != "":
				named[p.ID] = p.ExternalID
			case p.Email != "":
				named[p.ID] = p.Email
			default:
				named[p.ID] = p.Name
			}
		}
		return err
	})
	return l, named, err
}
