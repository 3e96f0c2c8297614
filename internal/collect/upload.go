package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/imports"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/trail"
)

// DefaultMaxImport is how large an imported file may be unless the operator
// says otherwise, in bytes.
const DefaultMaxImport = 512 << 20

// Upload is a file of resources of a declared kind.
type Upload struct {
	Kind   string
	Format string // json, ndjson or csv; empty: as Name ends
	Name   string // of the file; need not be one

	// WrittenAt is when the source wrote the file, if that was not just now.
	WrittenAt time.Time
	// From and To are the span of which the file holds every event; for event
	// kinds, and both or neither.
	From, To time.Time

	File *secret.Spool
}

// Imported is what came of an upload.
type Imported struct {
	Connection string
	Kind       DeclaredKind
	Collection fact.Collection // zero for a dry run
	Report     connector.Report
	Rows, Kept int
	Refused    []imports.Refusal    // the first imports.MostRefused
	RefusedAll int                  // how many there were
	Sample     []connector.Resource // of a dry run: the first five
}

// Spool keeps an upload's content until it is read. The caller closes it.
func (s Service) Spool(ctx context.Context, src io.Reader) (*secret.Spool, error) {
	sp, err := secret.NewSpool(s.SpoolDir, src, s.MostImported())
	switch {
	case errors.Is(err, secret.ErrTooLarge):
		return nil, fault.New(fault.TooLarge, "The file is larger than %d MiB, the limit of this installation. Nothing was saved: split the file, or have the operator raise the limit.", s.MostImported()>>20)
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	}
	return sp, nil
}

// MostImported is how large an imported file may be, in bytes.
func (s Service) MostImported() int64 {
	if s.MaxImport > 0 {
		return s.MaxImport
	}
	return DefaultMaxImport
}

// TryImport reads a file whole and keeps nothing of it.
func (s Service) TryImport(ctx context.Context, who access.Actor, u Upload) (out Imported, err error) {
	grant, err := who.May(access.ImportAdd)
	if err != nil {
		return out, err
	}
	src, err := s.source(ctx, grant, &u, &out)
	if err != nil {
		return out, err
	}
	run := connector.NewRun(s.DB.Now(), []string{u.Kind}, func(_ context.Context, r connector.Resource) error {
		if len(out.Sample) < sampleRows {
			out.Sample = append(out.Sample, r)
		}
		return nil
	}, nil)
	if err := src.Collect(ctx, run); err != nil {
		return out, err
	}
	out.told(src, run)
	return out, nil
}

// Import reads a file as a collection of its kind: intent before, manifest
// after, and then the checks that it concerns. A row that does not fit is
// refused and the listing is incomplete; the others are kept. A file that
// cannot be read as the kind at all is an Invalid fault, and leaves no trace.
func (s Service) Import(ctx context.Context, who access.Actor, u Upload) (out Imported, err error) {
	grant, err := who.May(access.ImportAdd)
	if err != nil {
		return out, err
	}
	src, err := s.source(ctx, grant, &u, &out)
	if err != nil {
		return out, err
	}
	if err := imports.Check(ctx, src.Declaration, u.File.Open(), src.Format); err != nil {
		return out, err
	}
	p := src.Product()
	session, err := s.Memory.Begin(ctx, s.DB, s.Keys, grant, fact.Origin{
		Connection: out.Connection, Connector: p.Name, Version: p.Version, Scope: src.Declaration.Authority, Parameters: u.parameters(src, &out.Kind),
	}, p.Kinds)
	if err != nil {
		return out, err
	}
	run := connector.NewRun(s.DB.Now(), kindNames(&p), nil, nil)
	run.SetSink((&target{}).sink(session, run))
	problem, lost := s.attend(ctx, session, func(ctx context.Context) error {
		return s.guarded(ctx, func() error { return src.Collect(ctx, run) })
	})
	if err := errors.Join(lost, problem); err != nil {
		return out, errors.Join(err, session.Abort(ctx, "The file could not be read to its end."))
	}
	out.told(src, run)
	out.Collection, err = session.Finish(ctx, fact.Result{Calls: run.Calls(), Reports: run.Reports(), Then: s.afterImport(&out, &u)})
	if err != nil {
		return out, errors.Join(err, session.Abort(ctx, "It could not be written."))
	}
	return out, nil
}

// source is the upload as a connector's source, ready to be read.
func (s Service) source(ctx context.Context, grant access.Grant, u *Upload, out *Imported) (*imports.Upload, error) {
	if u.File == nil {
		return nil, fault.Fields("Nothing was imported.", fault.Field{Name: "file", Text: "Bring a file."})
	}
	err := s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		have, err := kindVersions(tx, u.Kind)
		if err != nil {
			return err
		}
		c, err := load(tx, ImportID(u.Kind))
		if len(have) == 0 || fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "There is no declared kind %q. Declare it first.", u.Kind)
		}
		if err == nil && c.State == Paused {
			err = fault.New(fault.Conflict, "The import of %s is paused. Resume it first.", u.Kind)
		}
		out.Connection, out.Kind = c.ID, have[0]
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := u.valid(s.DB.Now()()); err != nil {
		return nil, err
	}
	format, err := imports.ParseFormat(u.Format, u.Name)
	if err != nil {
		return nil, fault.Fields("Nothing was imported.", fault.Field{Name: "format", Text: fault.Text(err)})
	}
	return &imports.Upload{
		Declaration: out.Kind.Declaration, Format: format, Name: u.Name, File: u.File.Open(), Now: s.DB.Now(),
		WrittenAt: u.WrittenAt, From: u.From, To: u.To,
	}, nil
}

// valid tidies what was said about the file.
func (u *Upload) valid(now time.Time) error {
	u.Name = path.Base(strings.ReplaceAll(u.Name, `\`, "/"))
	u.Name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, u.Name)
	if u.Name == "" || u.Name == "." || u.Name == "/" {
		u.Name = "upload"
	}
	var wrong []fault.Field
	note := func(broken bool, name, text string) {
		if broken {
			wrong = append(wrong, fault.Field{Name: name, Text: text})
		}
	}
	const skew = 5 * time.Minute
	note(len(u.Name) > 200, "file", "At most 200 characters.")
	note(u.WrittenAt.After(now.Add(skew)), "written_at", "It lies in the future.")
	note(u.From.IsZero() != u.To.IsZero(), "covers_to", "Say both: from when and until when the file holds every event.")
	note(!u.To.IsZero() && !u.To.After(u.From), "covers_to", "It must be after the time that it covers from.")
	note(u.To.After(now.Add(skew)), "covers_to", "A file cannot hold what is still to happen.")
	if len(wrong) > 0 {
		return fault.Fields("Nothing was imported.", wrong...)
	}
	return nil
}

func (u *Upload) parameters(src *imports.Upload, k *DeclaredKind) map[string]string {
	out := map[string]string{
		"file": u.Name, "format": string(src.Format), "bytes": strconv.FormatInt(u.File.Size, 10), "sha256": u.File.Sum,
		"declaration": k.Text, "declaration_sha256": k.Hash,
	}
	for name, at := range map[string]time.Time{"written_at": u.WrittenAt, "covers_from": u.From, "covers_to": u.To} {
		if !at.IsZero() {
			out[name] = clock.Format(at)
		}
	}
	return out
}

func (o *Imported) told(src *imports.Upload, run *connector.Run) {
	sum := &src.Summary
	o.Rows, o.Kept, o.Refused, o.RefusedAll = sum.Rows, sum.Kept, sum.Refused, sum.RefusedTotal
	o.Report = run.Reports()[0]
}

// afterImport queues what follows, and writes who brought what.
func (s Service) afterImport(out *Imported, u *Upload) func(*db.Tx, fact.Collection) error {
	t := &target{connection: Connection{ID: out.Connection, Authority: out.Kind.Authority}}
	then := s.then(t, out.Kind.Authority, nil)
	return func(tx *db.Tx, c fact.Collection) error {
		if err := then(tx, c); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "import", Object: out.Connection, Label: out.Kind.Title, Detail: map[string]string{
			"collection": strconv.FormatInt(c.Seq, 10), "file": u.Name, "sha256": u.File.Sum,
			"rows": fmt.Sprintf("%d kept, %d refused", out.Kept, out.RefusedAll),
		}})
	}
}
