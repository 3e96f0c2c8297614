package collect

import (
	"context"
	"sync"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/kit/fault"
)

// Preview is what a dry run saw of one kind.
type Preview struct {
	connector.Report
	Title  string
	Sample []connector.Resource // the first five, as they would be stored
	Errors []string             // resources that do not fit
}

const sampleRows = 5

// Try reads a connection that is not saved yet and keeps nothing.
func (s Service) Try(ctx context.Context, who access.Actor, n New) (out []Preview, calls []connector.Call, err error) {
	if _, err := who.May(access.ConnectorEdit); err != nil {
		return nil, nil, err
	}
	p, plain, secrets, err := s.prepare(&n)
	if err != nil {
		return nil, nil, err
	}
	now := s.DB.Now()()
	src, err := s.open(&p, setUp{plain: plain, secrets: secrets, period: connector.Period{From: now.Add(-30 * 24 * time.Hour), To: now}})
	if err != nil {
		return nil, nil, err
	}
	defer s.closed(ctx, src)
	hush := newHush(secrets)
	seen := map[string]*Preview{}
	for i := range p.Kinds {
		seen[p.Kinds[i].Kind] = &Preview{Title: p.Kinds[i].Title}
	}
	run := connector.NewRun(s.DB.Now(), kindNames(&p), nil, nil)
	var mu sync.Mutex
	run.SetSink(func(_ context.Context, r connector.Resource) error {
		mu.Lock()
		defer mu.Unlock()
		look(&p, seen[r.Kind], r)
		return nil
	})
	if problem := s.guarded(ctx, func() error { return src.Collect(ctx, run) }); problem != nil {
		return nil, hush.calls(run.Calls()), fault.New(fault.Invalid, "%s could not be read: %s. Nothing was saved.", p.Title, hush.clip(problem.Error()))
	}
	for _, r := range hush.reports(run.Reports()) {
		v := seen[r.Kind]
		v.Report = r
		out = append(out, *v)
	}
	return out, hush.calls(run.Calls()), nil
}

func look(p *connector.Product, v *Preview, r connector.Resource) {
	for i := range p.Kinds {
		if p.Kinds[i].Kind != r.Kind {
			continue
		}
		if _, err := p.Kinds[i].Normalize(r.Fields, r.Unavailable); err != nil && len(v.Errors) < sampleRows {
			v.Errors = append(v.Errors, r.ID+": "+clip(err.Error()))
		}
	}
	if len(v.Sample) < sampleRows {
		v.Sample = append(v.Sample, r)
	}
}
