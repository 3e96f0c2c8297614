package api

import (
	"context"
	"io"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/export"
	"assay/internal/suite"
)

// engagementOperations are those of engagements besides what every register has.
func engagementOperations() []Operation {
	return []Operation{
		{
			ID: "engagement.workpapers", Method: get, Path: "/engagements/{id}/workpapers", Permission: access.EngagementWorkpapers,
			Summary: "The working papers of an engagement in an evidence package, a zip that assay-verify verifies offline.", Do: sends(workpapers),
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
