package api

import (
	"context"
	"io"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/export"
	"assay/internal/standing"
	"assay/internal/suite"
)

// engagementOperations are those of engagements besides what every register has.
func engagementOperations() []Operation {
	return []Operation{
		{
			ID: "engagement.workpapers", Method: get, Path: "/engagements/{id}/workpapers", Permission: access.EngagementWorkpapers,
			Summary: "The working papers of an engagement in an evidence package, a zip that assay-verify verifies offline.", Do: sends(workpapers),
		},
		{
			ID: "engagement.roll_forward", Method: post, Path: "/engagements/{id}/roll-forward", Permission: access.EngagementEdit,
			Summary: "Draft the engagement that follows: the same scope, firm, requests, populations, samples and tests, planned anew.", Do: does(rollForward),
		},
		{
			ID: "engagement.compare", Method: get, Path: "/engagements/{id}/compare", Permission: access.EngagementRead,
			Summary: "An engagement beside the one before it.", Do: does(compareYears),
		},
	}
}

// WorkpapersIn says whose working papers are wanted.
type WorkpapersIn struct {
	ID string `path:"id" doc:"Such as EN-01."`
}

func workpapers(ctx context.Context, s *suite.Suite, who access.Actor, in *WorkpapersIn) (*File, error) {
	if _, err := who.May(access.EngagementWorkpapers); err != nil {
		return nil, err
	}
	if _, err := s.Registers.Get(ctx, who, engagement.Noun, in.ID); err != nil {
		return nil, err
	}
	return &File{Name: in.ID + "-workpapers.zip", Type: "application/zip", Write: func(w io.Writer) error {
		_, err := s.Exports.Workpapers(ctx, who, export.PapersIn{Engagement: in.ID}, w)
		return err
	}}, nil
}

// RollForwardIn says what the next engagement is about.
type RollForwardIn struct {
	ID   string `path:"id" doc:"Such as EN-01."`
	Body struct {
		Title  string `json:"title,omitempty" maxLength:"200"`
		From   string `json:"from,omitempty" doc:"First day; the day after the period before if absent."`
		To     string `json:"to,omitempty" doc:"Last day; twelve months on if absent."`
		AsOf   string `json:"as_of,omitempty" doc:"Of a Type 1; twelve months on if absent."`
		Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Needed while the engagement before has not ended."`
	}
}

// RolledForward is what was carried.
type RolledForward struct {
	ID          string    `json:"id"`
	Requests    int       `json:"requests"`
	Populations int       `json:"populations"`
	Samples     int       `json:"samples"`
	Sheets      int       `json:"sheets"`
	Corrections []string  `json:"corrections" doc:"Findings that are still open."`
	NotCarried  []NotTold `json:"not_carried"`
}

// NotTold is a record that was not carried.
type NotTold struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

func rollForward(ctx context.Context, s *suite.Suite, who access.Actor, in *RollForwardIn) (*RolledForward, error) {
	want := engagement.Rolling{Title: in.Body.Title, Reason: in.Body.Reason}
	for _, d := range []struct {
		name, text string
		to         *standing.Date
	}{{"from", in.Body.From, &want.From}, {"to", in.Body.To, &want.To}, {"as_of", in.Body.AsOf, &want.AsOf}} {
		if d.text == "" {
			continue
		}
		var err error
		if *d.to, err = dateOf(d.name, d.text); err != nil {
			return nil, err
		}
	}
	out, err := s.Years.Roll(ctx, who, in.ID, want)
	if err != nil {
		return nil, err
	}
	v := &RolledForward{
		ID: out.ID, Requests: out.Requests, Populations: out.Populations, Samples: out.Samples, Sheets: out.Sheets, Corrections: append([]string{}, out.Corrections...), NotCarried: []NotTold{},
	}
	for _, left := range out.Left {
		v.NotCarried = append(v.NotCarried, NotTold(left))
	}
	return v, nil
}

// YearOf is what there is of one engagement.
type YearOf struct {
	ID         string `json:"id"`
	Requests   int    `json:"requests"`
	Sheets     int    `json:"sheets"`
	Reviewed   int    `json:"reviewed" doc:"Of the sheets."`
	Deviating  int    `json:"deviating" doc:"Of those reviewed."`
	Exceptions int    `json:"exceptions"`
}

// YearsCompared is an engagement beside the one before it.
type YearsCompared struct {
	Now     YearOf   `json:"now"`
	Before  YearOf   `json:"before"`
	Again   []string `json:"again" doc:"Controls with an exception in both."`
	Settled []string `json:"settled" doc:"Controls with an exception before, and every test reviewed without one now."`
}

func compareYears(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*YearsCompared, error) {
	c, err := s.Years.Compare(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return &YearsCompared{YearOf(c.Now), YearOf(c.Before), append([]string{}, c.Again...), append([]string{}, c.Settled...)}, nil
}
