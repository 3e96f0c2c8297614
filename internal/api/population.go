package api

import (
	"context"
	"io"

	"assay/internal/access"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/suite"
)

// populationOperations are those of populations besides what every register has.
func populationOperations() []Operation {
	return []Operation{
		{ID: "population.items", Method: get, Path: "/populations/{id}/items", Permission: access.PopulationRead, Summary: "Every item of a captured population, with its record; a workbook has the query on its first sheet, JSON is what the log commits to.", Do: sends(populationFile)},
	}
}

// PopulationFileIn asks for the items of a population.
type PopulationFileIn struct {
	ID     string `path:"id"`
	Format string `query:"format" enum:"csv,json,xlsx" default:"csv"`
}

func populationFile(ctx context.Context, s *suite.Suite, who access.Actor, in *PopulationFileIn) (*File, error) {
	p, err := s.Populations.Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	as := population.Format(in.Format)
	if as == "" {
		as = population.CSV
	}
	return &File{Name: in.ID + "." + string(as), Type: register.Format(as).MediaType(), Write: func(w io.Writer) error { return p.Write(as, w) }}, nil
}
