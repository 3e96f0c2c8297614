package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/draft"
	"assay/internal/kit/fault"
)

// staged is a file that was looked at and not brought in: what a draft keeps of
// it beside the file itself.
type staged struct {
	Kind      string           `json:"kind"`
	Format    string           `json:"format,omitempty"`
	Name      string           `json:"name"`
	WrittenAt time.Time        `json:"written_at,omitzero"`
	From      time.Time        `json:"from,omitzero"`
	To        time.Time        `json:"to,omitzero"`
	Found     collect.Imported `json:"found"` // without the kind, which may have changed since
}

// stage keeps an upload and what was found in it, under the key if it had one.
func (s *Server) stage(r *request, key string, u *collect.Upload, found *collect.Imported) (string, error) {
	grant, err := r.who.May(access.ImportAdd)
	if err != nil {
		return "", err
	}
	x := staged{Kind: u.Kind, Format: u.Format, Name: u.Name, WrittenAt: u.WrittenAt, From: u.From, To: u.To, Found: *found}
	x.Found.Kind = collect.DeclaredKind{}
	body, err := json.Marshal(x)
	if err != nil {
		return "", err
	}
	return s.Suite.Drafts.Keep(r.Context(), grant, draft.Draft{Key: key, Kind: draft.Import, Body: body, File: u.File})
}

// staged returns what was found in the person's file. One that is not there any
// more is NotFound.
func (s *Server) staged(r *request, key string) (collect.Imported, error) {
	grant, err := r.who.May(access.ImportAdd)
	if err != nil {
		return collect.Imported{}, err
	}
	d, err := s.Suite.Drafts.Look(r.Context(), grant, draft.Import, key)
	if err != nil {
		return collect.Imported{}, err
	}
	x, err := unstaged(&d)
	if err != nil {
		return x.Found, err
	}
	kinds, err := s.Suite.Connectors.DeclaredKinds(r.Context(), r.who)
	i := slices.IndexFunc(kinds, func(k collect.DeclaredKind) bool { return k.Kind == x.Kind })
	if err == nil && i < 0 {
		err = fault.New(fault.NotFound, "The kind %s is not declared any more.", x.Kind)
	}
	if err != nil {
		return x.Found, err
	}
	x.Found.Kind = kinds[i]
	return x.Found, nil
}

// unstage takes the person's file: nobody finds it any more, and the caller
// closes it.
func (s *Server) unstage(r *request, key string) (collect.Upload, staged, error) {
	grant, err := r.who.May(access.ImportAdd)
	if err != nil {
		return collect.Upload{}, staged{}, err
	}
	d, err := s.Suite.Drafts.Take(r.Context(), grant, draft.Import, key)
	if err != nil {
		return collect.Upload{}, staged{}, err
	}
	x, err := unstaged(&d)
	if err != nil {
		return collect.Upload{}, x, errors.Join(err, d.File.Close())
	}
	return collect.Upload{Kind: x.Kind, Format: x.Format, Name: x.Name, WrittenAt: x.WrittenAt, From: x.From, To: x.To, File: d.File}, x, nil
}

func unstaged(d *draft.Draft) (x staged, err error) {
	dec := json.NewDecoder(bytes.NewReader(d.Body))
	dec.UseNumber() // the first rows are shown as they will be kept
	err = dec.Decode(&x)
	return x, err
}
