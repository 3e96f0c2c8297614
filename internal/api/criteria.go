package api

import (
	"bytes"
	"context"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/licensed"
	"assay/internal/suite"
)

func criteriaOperations() []Operation {
	return []Operation{
		{ID: "criteria.list", Method: get, Path: "/criteria", Permission: access.CriteriaRead, Summary: "The criteria, the controls that serve them, and whether one is in scope.", Do: does(listCriteria)},
		{ID: "criteria.text", Method: get, Path: "/criteria/text", Permission: access.CriteriaText, Summary: "The organization's own licensed copy of the published wording.", Do: does(showLicensed)},
		{ID: "criteria.import", Method: post, Path: "/criteria/text", Permission: access.CriteriaImport, MaxBody: catalog.MaxLicensedFile + 1, Summary: "Import the published wording that the organization holds a licence to, for itself, in the place of the copy before.", Do: does(importLicensed)},
		{ID: "criteria.forget", Method: remove, Path: "/criteria/text", Permission: access.CriteriaImport, Summary: "Forget the licensed copy.", Do: does(forgetLicensed)},
	}
}

// LicensedIn is a file with the published wording.
type LicensedIn struct {
	File        string `query:"file" maxLength:"200" doc:"Its name, which ends in .csv, .yaml or .yml: columns id and text, or a mapping from id to text."`
	Publication string `query:"publication" maxLength:"200" doc:"What the organization holds, such as an edition."`
	RawBody     []byte `contentType:"application/octet-stream" json:"-"`
}

// LicensedCopy says what the organization's copy covers. The wording is not in it.
type LicensedCopy struct {
	Publication   string    `json:"publication"`
	Criteria      int       `json:"criteria" doc:"Criteria that it covers."`
	CriteriaAll   int       `json:"criteria_total"`
	PointsOfFocus int       `json:"points_of_focus" doc:"Points of focus that it covers."`
	PointsAll     int       `json:"points_of_focus_total"`
	ImportedAt    time.Time `json:"imported_at"`
	ImportedBy    string    `json:"imported_by" doc:"User id."`
	ImportedName  string    `json:"imported_by_name"`
}

func licensedOf(s *suite.Suite, c *licensed.Copy) LicensedCopy {
	out := LicensedCopy{Publication: c.Publication, ImportedAt: c.ImportedAt, ImportedBy: c.ImportedBy, ImportedName: c.Name}
	out.Criteria, out.PointsOfFocus = c.Count()
	out.CriteriaAll, out.PointsAll = licensed.Total(s.Library.Criteria())
	return out
}

func importLicensed(ctx context.Context, s *suite.Suite, who access.Actor, in *LicensedIn) (*LicensedCopy, error) {
	c, err := s.Licensed.Import(ctx, who, catalog.LicensedFile{Name: in.File, Publication: in.Publication, Body: bytes.NewReader(in.RawBody)})
	if err != nil {
		return nil, err
	}
	out := licensedOf(s, &c)
	return &out, nil
}

func forgetLicensed(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*none, error) {
	return &none{}, s.Licensed.Forget(ctx, who)
}

// LicensedText is the wording of one criterion or point of focus.
type LicensedText struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// LicensedTexts is the organization's licensed copy.
type LicensedTexts struct {
	LicensedCopy
	Texts []LicensedText `json:"texts" doc:"In the publication's order. They are the publisher's words: keep them to yourself."`
	Next  string         `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func showLicensed(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*LicensedTexts, error) {
	c, found, err := s.Licensed.Get(ctx, who)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.NotFound, "No licensed text was imported.")
	}
	out := &LicensedTexts{LicensedCopy: licensedOf(s, &c), Texts: []LicensedText{}}
	list, next := cut(c.Entries(), in.Page, func(e *criteria.LicensedEntry) string { return e.ID })
	for _, e := range list {
		out.Texts = append(out.Texts, LicensedText{e.ID, e.Text})
	}
	out.Next = next
	return out, nil
}
