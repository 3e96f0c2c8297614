package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"assay/connector"
	"assay/internal/collect"
	"assay/internal/resource"
)

// authority gives out the ids of everything that is made up. Nobody else does:
// no name below .invalid can be given to anybody (RFC 2606).
const authority = collect.MadeUp

const weekly = 7 * 24 * time.Hour

// fields of a resource, as its kind declares them.
type fields map[string]any

// row is a resource on a day.
type row struct {
	id     string
	fields fields
}

// at is when an event happened.
func (r row) at() time.Time {
	at, _ := r.fields["at"].(time.Time)
	return at
}

// list tells what there is of a kind on a day.
type list func(day int) []row

// system is one of Larkspur's: a product that everybody can connect, and what it
// would tell of Larkspur.
type system struct {
	product, title string
	every          time.Duration // each day if zero
	also           []int         // days on which somebody has it collected besides
	lists          map[string]list
	fails          func(day int) (call, why string)
}

// systems are the longest first: they are collected side by side.
func (w *world) systems() []system {
	return []system{w.code(), w.directory(), w.hosts(), w.operators(), w.cloud(), w.edge(), w.database()}
}

// due reports whether the system is collected on a day.
func (s *system) due(day int) bool {
	return s.every == 0 || day%7 == 0 || day == begun-1 || slices.Contains(s.also, day)
}

// among is the system's product, which reads Larkspur instead of calling
// anybody, with those of its kinds that Larkspur has. today tells which day it is.
func (w *world) among(products []connector.Product, s system, today func() int) (connector.Product, error) {
	i := slices.IndexFunc(products, func(p connector.Product) bool { return p.Name == s.product })
	if i < 0 {
		return connector.Product{}, fmt.Errorf("there is no connector %q", s.product)
	}
	p := products[i]
	var kinds []resource.Schema
	for _, k := range p.Kinds {
		if s.lists[k.Kind] != nil {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) != len(s.lists) {
		return p, fmt.Errorf("%s does not declare all that Larkspur has of it", s.product)
	}
	p.Kinds, p.Settings, p.Every = kinds, nil, s.every
	p.Open = func(_ connector.Config, env connector.Env) (connector.Source, error) {
		return &source{world: w, system: s, kinds: kinds, today: today, env: env}, nil
	}
	return p, nil
}

type source struct {
	world  *world
	system system
	kinds  []resource.Schema
	today  func() int
	env    connector.Env
}

// Authority is the one of everything made up.
func (s *source) Authority(context.Context) (string, error) { return authority, nil }

// Collect emits what the system shows on the day.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	day := s.today()
	if s.system.fails != nil {
		if call, why := s.system.fails(day); call != "" {
			run.Refuse(call, why)
			return errors.New(call + ": " + why)
		}
	}
	for i := range s.kinds {
		if err := s.list(ctx, run, &s.kinds[i], day); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) list(ctx context.Context, run *connector.Run, k *resource.Schema, day int) error {
	rows := s.system.lists[k.Kind](day)
	from := s.world.at(0, 0, 0)
	if until := run.Covered(k.Kind); !until.IsZero() { // what was listed before is asked for no more
		from = until.AddDate(0, 0, -3)
		rows = since(rows, from)
	}
	for _, r := range rows {
		if k.Family == resource.Event && r.at().After(s.env.Now()) {
			continue // has not happened yet
		}
		if err := run.Emit(ctx, connector.Resource{Kind: k.Kind, ID: r.id, Fields: r.fields}); err != nil {
			return err
		}
	}
	run.Page("list "+k.Kind, "", len(rows))
	run.Upstream("list "+k.Kind, len(rows))
	if k.Family == resource.Event {
		run.Covers(k.Kind, from, s.env.Now())
	}
	run.Complete(k.Kind)
	return nil
}

// since are the events of a list in time order from an instant on.
func since(rows []row, from time.Time) []row {
	first, _ := slices.BinarySearchFunc(rows, from, func(r row, from time.Time) int { return r.at().Compare(from) })
	return rows[first:]
}
