package check

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"slices"

	"golang.org/x/sync/errgroup"

	"assay/internal/db"
	"assay/internal/kit/secret"
	"assay/internal/resource"
	"assay/internal/rule"
)

// flow is a run over kinds of which one is too large to be there as a whole: it
// is told the resources as they are read, with the other flows, and its verdicts
// wait on disk. What it needs of memory does not grow with the kind, but for the
// 32 bytes of each verdict that the root is made of.
type flow struct {
	j       *judged
	judging *rule.Judging
	spool   *spool
}

// isLarge tells whether a kind is read resource by resource instead of as a
// whole: it does not fit into what is remembered, and one connection alone lists
// it, so that nothing has to be put together.
func (b *batch) isLarge(tx *db.Tx, kind string) (bool, error) {
	large, known := b.large[kind]
	if known || len(b.listings[kind]) != 1 {
		return large, nil
	}
	fits, err := b.memory.reader.Fits(tx, &b.listings[kind][0])
	b.large[kind] = err == nil && !fits
	return !fits, err
}

// diverted makes a flow of a run over a large kind; then nothing is left to be
// judged now.
func (b *batch) diverted(j *judged, in *rule.Input) ([]*flow, *rule.Input) {
	if !slices.ContainsFunc(j.program.Needs().Judged, func(kind string) bool { return b.large[kind] && in.Resources[kind] == nil }) {
		return b.flows, in
	}
	in.Held, in.Hold = nil, false
	j.in = in
	return append(b.flows, &flow{j: j}), nil
}

// togetherAtMost is how many resources are read before they are judged.
const togetherAtMost = 512

// stream performs the runs over large kinds. Each kind is read once for all of
// them.
func (b *batch) stream(ctx context.Context, tx *db.Tx) error {
	var kinds []string
	for _, f := range b.flows {
		if err := f.begin(ctx, b.s.SpoolDir); err != nil {
			return err
		}
		kinds = append(kinds, f.j.program.Needs().Judged...)
	}
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		flows := slices.DeleteFunc(slices.Clone(b.flows), func(f *flow) bool {
			return !slices.Contains(f.j.program.Needs().Judged, kind)
		})
		if err := b.streamKind(ctx, tx, kind, flows); err != nil {
			return fmt.Errorf("judge %s: %w", kind, err)
		}
	}
	for _, f := range b.flows {
		if err := f.end(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) streamKind(ctx context.Context, tx *db.Tx, kind string, flows []*flow) error {
	if !b.large[kind] {
		return side(flows, func(f *flow) error { return f.judging.TakeKind(ctx, kind) })()
	}
	next := make([]*resource.View, 0, togetherAtMost)
	wait := func() error { return nil }
	step := func() error {
		if err := wait(); err != nil {
			return err
		}
		part := next
		next = make([]*resource.View, 0, togetherAtMost)
		wait = side(flows, func(f *flow) error { return f.take(ctx, part) }) // while more is read
		return nil
	}
	err := b.memory.reader.Each(tx, b.s.Keys, &b.listings[kind][0], func(v *resource.View) error {
		if next = append(next, v); len(next) == togetherAtMost {
			return step()
		}
		return nil
	})
	if err == nil {
		err = step()
	}
	return errors.Join(err, wait())
}

// side does the same for every flow, on all processors. It returns what waits
// for the end.
func side(flows []*flow, do func(*flow) error) (wait func() error) {
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	done := make(chan error, 1)
	go func() {
		for _, f := range flows {
			all.Go(func() (err error) {
				defer func() {
					if p := recover(); p != nil {
						err = fmt.Errorf("check %s: judging panicked: %v\n%s", f.j.run.Check, p, debug.Stack())
					}
				}()
				return do(f)
			})
		}
		done <- all.Wait()
	}()
	return func() error {
		err := <-done
		done <- err // for whoever asks again
		return err
	}
}

func (f *flow) begin(ctx context.Context, dir string) (err error) {
	f.spool = newSpool(dir)
	f.j.spool = f.spool
	in := *f.j.in
	in.Verdict = f.spool.put
	f.judging, err = f.j.program.Begin(ctx, in)
	return err
}

func (f *flow) take(ctx context.Context, part []*resource.View) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i := range part {
		if err := f.judging.Take(part[i : i+1]); err != nil {
			return fmt.Errorf("check %s: %w", f.j.run.Check, err)
		}
	}
	return nil
}

func (f *flow) end(ctx context.Context) (err error) {
	if f.j.outcome, err = f.judging.End(ctx); err != nil {
		return err
	}
	f.j.says()
	return f.spool.end()
}

// forget lets go of the verdicts that waited.
func (b *batch) forget() {
	for _, f := range b.flows {
		if f.spool != nil {
			f.spool.close()
		}
	}
}

// spool holds verdicts on disk. They are put in by one goroutine; after its end
// they can be read.
type spool struct {
	pipe *io.PipeWriter
	out  *bufio.Writer
	enc  *gob.Encoder
	made chan made
	disk *secret.Spool
}

type made struct {
	disk *secret.Spool
	err  error
}

func newSpool(dir string) *spool {
	r, w := io.Pipe()
	s := &spool{pipe: w, out: bufio.NewWriterSize(w, 1<<16), made: make(chan made, 1)}
	s.enc = gob.NewEncoder(s.out)
	go func() {
		disk, err := secret.NewSpool(dir, r, math.MaxInt64-1)
		_ = r.CloseWithError(errors.Join(errors.New("no more is kept"), err)) // always nil
		s.made <- made{disk, err}
	}()
	return s
}

func (s *spool) put(v *rule.Verdict) error { return s.enc.Encode(v) }

func (s *spool) end() error {
	err := errors.Join(s.out.Flush(), s.pipe.Close())
	m := <-s.made
	s.made = nil
	s.disk = m.disk
	return errors.Join(err, m.err)
}

func (s *spool) each(fn func(*rule.Verdict) error) error {
	dec := gob.NewDecoder(bufio.NewReaderSize(s.disk.Open(), 1<<16))
	for {
		var v rule.Verdict
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read verdicts back: %w", err)
		}
		if err := fn(&v); err != nil {
			return err
		}
	}
}

// close may be called at any time, once.
func (s *spool) close() {
	if s.made != nil { // it was never ended
		_ = s.pipe.CloseWithError(errors.New("the batch broke off")) // always nil
		s.disk = (<-s.made).disk
	}
	if s.disk != nil {
		_ = s.disk.Close() // it has no name and its key is gone
	}
}
