package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/kit/fault"
)

// Run collects one connection or register now.
func (s Service) Run(ctx context.Context, who access.Actor, connection string, progress func(connector.Progress)) (c fact.Collection, err error) {
	grant, err := who.May(access.ConnectorSync)
	if err != nil {
		return fact.Collection{}, err
	}
	t, err := s.target(ctx, grant, connection)
	if err != nil {
		return fact.Collection{}, err
	}
	defer func() { err = errors.Join(err, closed(t.source)) }()
	authority, authErr := t.source.Authority(ctx)
	if authErr != nil {
		authority = t.connection.Authority
	}
	session, err := s.Memory.Begin(ctx, s.DB, s.Keys, grant, fact.Origin{
		Connection: connection, Connector: t.product.Name, Version: t.product.Version, Scope: authority, Parameters: t.parameters(),
	}, t.product.Kinds)
	if err != nil {
		return fact.Collection{}, err
	}
	run := connector.NewRun(s.DB.Now(), kindNames(&t.product), nil, progress)
	run.SetSink(sink(session, run))
	problem := authErr
	if problem == nil {
		problem = t.source.Collect(ctx, run)
	}
	if ctx.Err() != nil {
		return fact.Collection{}, errors.Join(ctx.Err(), session.Abort(ctx, "It was interrupted."))
	}
	result := fact.Result{Calls: run.Calls(), Reports: run.Reports(), Then: s.then(t, authority)}
	if problem != nil {
		result.Problem = clip(problem.Error())
	}
	c, err = session.Finish(ctx, result)
	if err != nil {
		return c, errors.Join(err, session.Abort(ctx, "It could not be written."))
	}
	return c, nil
}

// closed lets go of what a source holds, if it holds anything.
func closed(src connector.Source) error {
	if c, ok := src.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// target is a connection ready to be read.
type target struct {
	connection Connection
	product    connector.Product
	source     connector.Source
}

func (t *target) parameters() map[string]string { return t.connection.Settings }

func (s Service) target(ctx context.Context, grant access.Grant, connection string) (*target, error) {
	t := &target{}
	var with setUp
	err := s.DB.Read(ctx, grant, func(tx *db.Tx) (err error) {
		if t.connection, err = s.find(tx, connection); err != nil {
			return err
		}
		if s.Period != nil {
			if with.period, err = s.Period(tx); err != nil {
				return err
			}
		}
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		with.pseudonyms = o.Pseudonyms()
		with.secrets, err = s.unseal(tx, &t.connection)
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.connection.Uploaded() {
		return nil, t.connection.notCollected()
	}
	if t.connection.State == Paused {
		return nil, fault.New(fault.Conflict, "The connection %s is paused. Resume it first.", t.connection.Name)
	}
	var ok bool
	if t.product, ok = s.register(grant.Org(), connection); !ok {
		if t.product, err = s.Product(t.connection.Product); err != nil {
			return nil, err
		}
	}
	with.plain = t.connection.Settings
	t.source, err = s.open(&t.product, with)
	return t, err
}

func kindNames(p *connector.Product) []string {
	var names []string
	for i := range p.Kinds {
		names = append(names, p.Kinds[i].Kind)
	}
	return names
}

// sink keeps resources. One that does not fit its schema is left out and its
// kind is incomplete; anything else stops the collection.
func sink(session *fact.Session, run *connector.Run) connector.Sink {
	return func(ctx context.Context, r connector.Resource) error {
		err := session.Put(ctx, r)
		if refused, ok := errors.AsType[*fact.RefusedError](err); ok {
			run.Incomplete(r.Kind, clip(fmt.Sprintf("%s was not kept: %v", r.ID, refused.Err)))
			return nil
		}
		return err
	}
}

func clip(s string) string {
	const most = 500
	if len(s) > most {
		return s[:most] + " …"
	}
	return s
}

// then queues what follows, and remembers whose ids these are.
func (s Service) then(t *target, authority string) func(*db.Tx, fact.Collection) error {
	return func(tx *db.Tx, c fact.Collection) error {
		if !t.connection.Register && !t.connection.Uploaded() && t.connection.Authority != authority {
			t.connection.Authority = authority
			if err := save(tx, &t.connection); err != nil {
				return err
			}
		}
		if s.Then == "" {
			return nil
		}
		return job.Add(tx, s.Then, c.Connection, tx.Now())
	}
}

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
	defer func() { err = errors.Join(err, closed(src)) }()
	seen := map[string]*Preview{}
	for i := range p.Kinds {
		seen[p.Kinds[i].Kind] = &Preview{Title: p.Kinds[i].Title}
	}
	run := connector.NewRun(s.DB.Now(), kindNames(&p), nil, nil)
	run.SetSink(func(_ context.Context, r connector.Resource) error {
		look(&p, seen[r.Kind], r)
		return nil
	})
	if err := src.Collect(ctx, run); err != nil {
		return nil, run.Calls(), fault.Wrap(fault.Invalid, err, "%s could not be read: %v. Nothing was saved.", p.Title, err)
	}
	for _, r := range run.Reports() {
		v := seen[r.Kind]
		v.Report = r
		out = append(out, *v)
	}
	return out, run.Calls(), nil
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
