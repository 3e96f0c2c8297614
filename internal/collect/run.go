package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// ErrIdle is wrapped by what Run says of a connection that is not collected:
// it is paused, or there is none.
var ErrIdle = errors.New("the connection is not collected")

// Run collects one connection or register now. What goes wrong at the source is
// in the collection, not in the error; a collection that was cut off is
// interrupted, and keeps nothing but its intent.
func (s Service) Run(ctx context.Context, who access.Actor, connection string, progress func(connector.Progress)) (c fact.Collection, err error) {
	grant, err := who.May(access.ConnectorSync)
	if err != nil {
		return fact.Collection{}, err
	}
	t, err := s.target(ctx, grant, connection)
	if err != nil {
		return fact.Collection{}, err
	}
	defer s.closed(ctx, t.source)
	session, err := s.Memory.Begin(ctx, s.DB, s.Keys, grant, fact.Origin{
		Connection: connection, Connector: t.product.Name, Version: t.product.Version, Scope: t.connection.Authority, Parameters: t.parameters(),
		Resumes: !t.connection.Register,
	}, t.product.Kinds)
	if err != nil {
		return fact.Collection{}, err
	}
	run := connector.NewRun(s.DB.Now(), kindNames(&t.product), nil, t.hush.progress(progress))
	run.SetCovered(t.covered, t.since)
	run.SetPositions(session.Left(), session.Reached)
	run.SetSink(t.sink(session, run))
	authority := t.connection.Authority
	problem, lost := s.attend(ctx, session, func(ctx context.Context) (err error) {
		authority, err = s.read(ctx, t, session, run)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return fact.Collection{}, errors.Join(ctx.Err(), session.Abort(ctx, "It was interrupted."))
	case lost != nil:
		return fact.Collection{}, errors.Join(lost, session.Abort(ctx, "It could not say that it was alive."))
	}
	result := fact.Result{Calls: t.hush.calls(run.Calls()), Reports: t.hush.reports(run.Reports()), Then: s.then(t, authority, problem)}
	if problem != nil {
		result.Problem = t.hush.clip(problem.Error())
	}
	c, err = session.Finish(ctx, result)
	if err != nil {
		return c, errors.Join(err, session.Abort(ctx, "It could not be written."))
	}
	return c, nil
}

// read asks the source, and returns whose ids it gave out. The ids of a
// connection have one authority for ever: a listing of another place says
// nothing about what this one held.
func (s Service) read(ctx context.Context, t *target, session *fact.Session, run *connector.Run) (authority string, err error) {
	known := t.connection.Authority
	authority, err = guard(ctx, &s, func() (string, error) { return t.source.Authority(ctx) })
	if err != nil {
		return known, err
	}
	if known != "" && authority != known {
		return known, fault.New(fault.Conflict,
			"It reads %s now, and read %s before. Connect it as a source of its own, so that what was there is not taken for gone.", authority, known)
	}
	session.From(authority)
	return authority, s.guarded(ctx, func() error { return t.source.Collect(ctx, run) })
}

// errStuck is a connector that went on although it was told to stop.
var errStuck = errors.New("the connector did not stop when it was told to, and was left behind")

// mostGrace is how long a connector may take to stop when it is told to.
const mostGrace = 10 * time.Second

// guarded calls a connector. One that panics, or does not stop when the context
// ends, broke off, and nothing else did: whoever waits for it goes on. What one
// that was left behind still reports is not taken any more.
func (s Service) guarded(ctx context.Context, call func() error) error {
	_, err := guard(ctx, &s, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// panicked is the error of a connector that panicked.
func (s *Service) panicked(ctx context.Context, p any) error {
	if s.Log != nil {
		s.Log.ErrorContext(ctx, "connector panicked", "stack", string(debug.Stack()))
	}
	return fmt.Errorf("the connector has a mistake and broke off: %v", p)
}

func guard[T any](ctx context.Context, s *Service, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	ended := make(chan result, 1)
	go func() {
		var r result
		defer func() { ended <- r }()
		defer func() {
			if p := recover(); p != nil {
				r.err = s.panicked(ctx, p)
			}
		}()
		r.value, r.err = call()
	}()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-ctx.Done():
	}
	grace := time.NewTimer(cmp.Or(s.Grace, mostGrace))
	defer grace.Stop()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-grace.C:
	}
	if s.Log != nil {
		s.Log.ErrorContext(ctx, "connector left behind", "err", context.Cause(ctx))
	}
	var none T
	return none, errStuck
}

// closed lets go of what a source holds, if it holds anything. What was
// collected stands, even if that goes wrong.
func (s Service) closed(ctx context.Context, src connector.Source) {
	c, ok := src.(io.Closer)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(s.Grace, mostGrace))
	defer cancel()
	if err := s.guarded(ctx, c.Close); err != nil && s.Log != nil {
		s.Log.WarnContext(ctx, "source not closed", "err", err)
	}
}

const (
	mostTime = 6 * time.Hour
	everyMin = fact.Silence / 5
)

var errTime = errors.New("the time is up")

// attend calls read with a time limit, and says meanwhile that the collection
// is alive. Lost says that it is not any more.
func (s Service) attend(ctx context.Context, session *fact.Session, read func(context.Context) error) (problem, lost error) {
	limit := cmp.Or(s.Limit, mostTime)
	limited, cancel := context.WithTimeoutCause(ctx, limit, errTime)
	defer cancel()
	attended, stop := context.WithCancelCause(limited)
	defer stop(nil)
	beat := s.Beat
	if beat == nil {
		tick := time.NewTicker(everyMin)
		defer tick.Stop()
		beat = tick.C
	}
	ended := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-attended.Done():
				return
			case <-beat:
			}
			if err := session.Beat(attended); fault.Is(err, fault.Conflict) {
				lost = err
				stop(err)
				return
			}
		}
	})
	problem = read(attended)
	close(ended)
	beating.Wait()
	if problem != nil && errors.Is(context.Cause(attended), errTime) {
		problem = fmt.Errorf("it did not end within %s and was stopped", limit)
	}
	return problem, lost
}

// target is a connection ready to be read.
type target struct {
	connection Connection
	product    connector.Product
	source     connector.Source
	hush       hush
	covered    map[string]connector.Period
	since      time.Time // when the period began
	messages   []connector.Message
}

func (t *target) parameters() map[string]string { return t.connection.Settings }

func (s Service) target(ctx context.Context, grant access.Grant, connection string) (*target, error) {
	t := &target{}
	var with setUp
	err := s.DB.Read(ctx, grant, func(tx *db.Tx) (err error) {
		if t.connection, err = s.find(tx, connection); err != nil {
			return idle(err)
		}
		if err := s.since(tx, t, &with); err != nil {
			return err
		}
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		with.pseudonyms = o.Pseudonyms()
		if with.secrets, err = s.unseal(tx, &t.connection); err != nil {
			return err
		}
		with.messages, err = s.received(tx, connection)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.isThere(&t.connection); err != nil {
		return nil, err
	}
	if t.connection.State == Paused {
		return nil, fault.Wrap(fault.Conflict, ErrIdle, "The connection %s is paused. Resume it first.", t.connection.Name)
	}
	var ok bool
	if t.product, ok = s.register(grant.Org(), connection); !ok {
		if t.product, err = s.Product(t.connection.Product); err != nil {
			return nil, err
		}
	}
	if t.product.Receive != nil {
		with.hook = HookPath(grant.Org(), connection)
	}
	with.plain, t.hush = t.connection.Settings, newHush(with.secrets)
	t.messages = with.messages
	t.source, err = s.open(&t.product, with)
	return t, err
}

// since finds the span that events are wanted for, and what was told of it before.
func (s Service) since(tx *db.Tx, t *target, with *setUp) (err error) {
	if !s.listsEvents(tx.Org(), &t.connection) {
		return nil
	}
	if s.Period != nil {
		if with.period, err = s.Period(tx); err != nil {
			return err
		}
	}
	t.since = with.period.From
	t.covered, err = fact.Covered(tx, t.connection.ID, t.parameters())
	return err
}

// listsEvents tells whether a connection may tell of what happens at an instant.
func (s Service) listsEvents(tenant string, c *Connection) bool {
	p, ok := s.register(tenant, c.ID)
	if !ok {
		var err error
		if p, err = s.Product(c.Product); err != nil || p.Declare != nil {
			return true
		}
	}
	for i := range p.Kinds {
		if p.Kinds[i].Family == resource.Event {
			return true
		}
	}
	return false
}

// idle says of a connection that is not there that it is not collected.
func idle(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(fault.NotFound, ErrIdle, "There is no such connection, or it was removed.")
	}
	return err
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
func (t *target) sink(session *fact.Session, run *connector.Run) connector.Sink {
	return func(ctx context.Context, r connector.Resource) error {
		err := session.Put(ctx, r)
		if refused, ok := errors.AsType[*fact.RefusedError](err); ok {
			run.Incomplete(r.Kind, t.hush.clip(fmt.Sprintf("%s was not kept: %v", r.ID, refused.Err)))
			return nil
		}
		return err
	}
}

// then queues what follows, and remembers whose ids these are.
func (s Service) then(t *target, authority string, problem error) func(*db.Tx, fact.Collection) error {
	return func(tx *db.Tx, c fact.Collection) error {
		if !t.connection.Register && !t.connection.Uploaded() && t.connection.Authority != authority {
			if err := saveAuthority(tx, t.connection.ID, authority); err != nil {
				return err
			}
		}
		if err := t.told(tx, problem != nil); err != nil || s.Then == "" {
			return err
		}
		return job.Add(tx, s.Then, c.Connection, tx.Now())
	}
}
