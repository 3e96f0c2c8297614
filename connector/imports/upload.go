package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// Upload is a file that somebody brings, as a source. It is read once.
type Upload struct {
	Declaration Declaration
	Format      Format
	Name        string // of the file, for the manifest
	File        io.Reader
	Now         clock.Clock

	// WrittenAt is when the source wrote it; zero if it was just now. A list of
	// what is that is older than a week tells nothing about today.
	WrittenAt time.Time
	// From and To are the span from which the file holds every event. Zero: it
	// is not said, and the listing is incomplete.
	From, To time.Time

	// Summary is what came of the file, once Collect has returned.
	Summary Summary
}

// renewal is how long an uploaded list tells what there is.
const renewal = 7 * 24 * time.Hour

// Product describes it as manifests do.
func (u *Upload) Product() connector.Product {
	p := Product()
	return connector.Product{Name: p.Name, Version: p.Version, Title: u.Declaration.Title, Kinds: []resource.Schema{u.Declaration.Schema}}
}

// Authority is the declaration's.
func (u *Upload) Authority(context.Context) (string, error) { return u.Declaration.Authority, nil }

// Collect reads the file.
func (u *Upload) Collect(ctx context.Context, run *connector.Run) error {
	kind, call := u.Declaration.Kind, "read "+u.Name
	sum, err := read(ctx, &u.Declaration, u.File, u.Format, run)
	u.Summary = sum
	run.Page(call, "", sum.Kept)
	run.Upstream(call, sum.Rows)
	if err != nil {
		return err
	}
	sum.Tell(run, kind)
	a := age{written: u.WrittenAt, renewed: renewal, from: u.From, to: u.To}
	if a.written.IsZero() {
		a.written = u.Now()
	}
	a.tell(run, &u.Declaration, u.Now())
	run.Complete(kind)
	return nil
}

// read reads a file's rows into the run.
func read(ctx context.Context, d *Declaration, file io.Reader, format Format, run *connector.Run) (Summary, error) {
	return Read(ctx, *d, file, format, func(line int, r connector.Resource) error {
		if line%10000 == 0 {
			run.Say(fmt.Sprintf("Reading line %d", line))
		}
		return run.Emit(ctx, r)
	})
}

var errEnough = errors.New("a row can be kept")

// shown is how many refusals a file is refused with when no row is kept.
const shown = 5

// Check reads a file up to the first row that can be kept. The error says why
// the file cannot be read as the kind at all: its encoding, its form, or that
// every row is refused.
func Check(ctx context.Context, d Declaration, file io.Reader, format Format) error {
	sum, err := Read(ctx, d, file, format, func(int, connector.Resource) error { return errEnough })
	if errors.Is(err, errEnough) {
		return nil
	}
	if err != nil || sum.RefusedTotal == 0 {
		return err
	}
	var reasons []string
	for _, r := range sum.Refused[:min(shown, len(sum.Refused))] {
		reasons = append(reasons, r.String())
	}
	return fault.New(fault.Invalid, "None of the %d rows can be kept as %s, so nothing was saved. %s.", sum.RefusedTotal, d.Kind, strings.Join(reasons, ". "))
}
