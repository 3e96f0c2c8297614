package api

import (
	"context"
	"encoding/json"
	"time"

	"assay/connector/imports"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/suite"
)

func importOperations() []Operation {
	return []Operation{
		{ID: "import.test", Method: post, Path: "/kinds/{kind}/imports/test", Permission: access.ImportAdd, Streams: true, Summary: "Read a file of a declared kind whole, and keep nothing.", Do: receives(testImport)},
		{ID: "import.add", Method: post, Path: "/kinds/{kind}/imports", Permission: access.ImportAdd, Streams: true, Summary: "Bring in a file as a collection of a declared kind.", Do: receives(addImport)},
	}
}

// KindDeclareIn is a declaration.
type KindDeclareIn struct {
	Body struct {
		Declaration string `json:"declaration" doc:"The kind, its fields and its id, in YAML: docs/user/connectors/import.md."`
	}
}

// DeclaredKind is a version of a kind that the organization declared itself.
type DeclaredKind struct {
	Kind        string         `json:"kind"`
	Version     int            `json:"version"`
	Title       string         `json:"title"`
	Family      string         `json:"family" enum:"state,event"`
	Facets      []string       `json:"facets"`
	Authority   string         `json:"authority" doc:"Who gives out the ids."`
	Connection  string         `json:"connection" doc:"Of the files that are brought in."`
	Declaration string         `json:"declaration" doc:"As it was declared, YAML."`
	Hash        string         `json:"hash" doc:"SHA-256 of the declaration, hex."`
	Schema      map[string]any `json:"schema"`
	DeclaredAt  time.Time      `json:"declared_at"`
	DeclaredBy  string         `json:"declared_by"`
}

func declaredOf(k *collect.DeclaredKind) (DeclaredKind, error) {
	of := kindOfSchema(&k.Schema)
	out := DeclaredKind{
		Kind: of.Kind, Version: of.Version, Title: of.Title, Family: of.Family, Facets: of.Facets, Authority: k.Authority,
		Connection: collect.ImportID(k.Kind), Declaration: k.Text, Hash: k.Hash, DeclaredAt: k.DeclaredAt, DeclaredBy: k.DeclaredBy,
	}
	text, err := json.Marshal(&k.Schema)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out.Schema)
}

func declareKind(ctx context.Context, s *suite.Suite, who access.Actor, in *KindDeclareIn) (*DeclaredKind, error) {
	k, err := s.Connectors.DeclareKind(ctx, who, []byte(in.Body.Declaration))
	if err != nil {
		return nil, err
	}
	out, err := declaredOf(&k)
	return &out, err
}

// KindVersions are the versions of a kind.
type KindVersions struct {
	Versions []DeclaredKind `json:"versions"`
}

func listKindVersions(ctx context.Context, s *suite.Suite, who access.Actor, in *KindIn) (*KindVersions, error) {
	list, err := s.Connectors.KindVersions(ctx, who, in.Kind)
	if err != nil {
		return nil, err
	}
	out := &KindVersions{Versions: []DeclaredKind{}}
	for i := range list {
		k, err := declaredOf(&list[i])
		if err != nil {
			return nil, err
		}
		out.Versions = append(out.Versions, k)
	}
	return out, nil
}

// ImportIn says what a file is.
type ImportIn struct {
	Kind       string `path:"kind" doc:"A kind that the organization declared."`
	File       string `query:"file" maxLength:"200" doc:"Its name."`
	Format     string `query:"format" enum:"json,ndjson,csv" doc:"How it is written; as its name ends if absent."`
	WrittenAt  string `query:"written_at" doc:"When the source wrote it, if that was not just now: 2026-01-31T10:00:00Z."`
	CoversFrom string `query:"covers_from" doc:"For events: the time from which the file holds every one."`
	CoversTo   string `query:"covers_to" doc:"For events: the time until which it does."`
}

func (in *ImportIn) upload(file *secret.Spool) (u collect.Upload, err error) {
	u = collect.Upload{Kind: in.Kind, Format: in.Format, Name: in.File, File: file}
	var wrong []fault.Field
	for _, f := range []struct {
		name, text string
		at         *time.Time
	}{{"written_at", in.WrittenAt, &u.WrittenAt}, {"covers_from", in.CoversFrom, &u.From}, {"covers_to", in.CoversTo, &u.To}} {
		if f.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, f.text)
		if err != nil {
			wrong = append(wrong, fault.Field{Name: f.name, Text: "Give a time such as 2026-01-31T10:00:00Z."})
		}
		*f.at = clock.Trunc(at)
	}
	if len(wrong) > 0 {
		return u, fault.Fields("Nothing was imported.", wrong...)
	}
	return u, nil
}

// Import says what came of a file.
type Import struct {
	Connection string            `json:"connection"`
	Kind       string            `json:"kind"`
	Version    int               `json:"version" doc:"Of the kind."`
	Saved      bool              `json:"saved" doc:"False for a dry run."`
	Collection *Collection       `json:"collection,omitempty"`
	Rows       int               `json:"rows" doc:"In the file."`
	Kept       int               `json:"kept"`
	RefusedAll int               `json:"refused_total"`
	Refused    []imports.Refusal `json:"refused" doc:"The first 1,000, with line and reason."`
	Complete   bool              `json:"complete" doc:"Every row was kept and the file tells of the present, or of its span."`
	Problems   []string          `json:"problems" doc:"Why it is not complete, and notes."`
	From       *time.Time        `json:"from,omitempty" doc:"Of the time that is covered, for events."`
	To         *time.Time        `json:"to,omitempty"`
	Sample     []SampleResource  `json:"sample" doc:"The first five, of a dry run."`
}

func importOf(i *collect.Imported) *Import {
	out := &Import{
		Connection: i.Connection, Kind: i.Kind.Kind, Version: i.Kind.Version, Rows: i.Rows, Kept: i.Kept, RefusedAll: i.RefusedAll,
		Refused: orNone(i.Refused), Complete: i.Report.Complete, Problems: orNone(i.Report.Problems), From: maybe(i.Report.From), To: maybe(i.Report.To),
		Sample: []SampleResource{},
	}
	if i.Collection.Seq > 0 {
		out.Saved, out.Collection = true, collectionOf(&i.Collection)
	}
	for j := range i.Sample {
		out.Sample = append(out.Sample, SampleResource{i.Sample[j].ID, i.Sample[j].Fields, orNone(i.Sample[j].Unavailable)})
	}
	return out
}

func testImport(ctx context.Context, s *suite.Suite, who access.Actor, in *ImportIn, file *secret.Spool) (*Import, error) {
	u, err := in.upload(file)
	if err != nil {
		return nil, err
	}
	out, err := s.Connectors.TryImport(ctx, who, u)
	if err != nil {
		return nil, err
	}
	return importOf(&out), nil
}

func addImport(ctx context.Context, s *suite.Suite, who access.Actor, in *ImportIn, file *secret.Spool) (*Import, error) {
	u, err := in.upload(file)
	if err != nil {
		return nil, err
	}
	out, err := s.Connectors.Import(ctx, who, u)
	if err != nil {
		return nil, err
	}
	return importOf(&out), nil
}
