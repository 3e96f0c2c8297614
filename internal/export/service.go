package export

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/evidence"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/bag"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/pack"
	"assay/internal/resource"
	"assay/internal/trail"
	"assay/internal/workpaper"
)

// Service is the use cases of packages.
type Service struct {
	DB     *db.DB
	Keys   *keys.Ring
	MadeBy string // program and version, for the header
	// Evidence holds the evidence files. Nil: the package goes without them, and
	// says so.
	Evidence *evidence.Service
	// Anchor has others than the operator see the log, and returns the size of the
	// head that they saw. Nil: nobody is asked.
	Anchor func(ctx context.Context, org string) (size int64, err error)
	// Controls returns the controls of a period for the index. It may be nil.
	Controls func(tx *db.Tx, from, to time.Time) ([]Control, error)
	// Standing returns the standing of the controls over a period, as JSON, for
	// readers. It may be nil.
	Standing func(tx *db.Tx, from, to time.Time) ([]byte, error)
	// Papers gathers the working papers of engagements. It may be nil where nobody
	// asks for them.
	Papers *workpaper.Service
}

// Control is a row of the index.
type Control struct {
	ID       string
	Title    string
	Criteria []string
	Headline string // how it stood over the period, in a sentence
}

// PackageIn says which package is wanted.
type PackageIn struct {
	From, To time.Time // half-open; both zero for everything there is
	Name     string    // for people
	For      []string  // public keys that the caller encrypts it to, for the trail; none: it is not encrypted
}

// Summary is what was written.
type Summary struct {
	Origin      string    `json:"origin"`
	Size        int64     `json:"size"` // of the log
	From        time.Time `json:"from,omitzero"`
	To          time.Time `json:"to,omitzero"`
	Files       int       `json:"files"`
	Bytes       int64     `json:"bytes"`
	Collections int       `json:"collections"`
	Records     int       `json:"records"`
	Results     int       `json:"results"`
	Trail       int       `json:"trail"`
	Objects     int       `json:"objects"`
	Papers      int       `json:"papers,omitempty"` // files of an engagement
}

// Package writes a package to w. The export itself is a trail entry in the log
// of the package.
func (s Service) Package(ctx context.Context, who access.Actor, in PackageIn, w io.Writer) (Summary, error) {
	grant, err := who.May(access.PackageExport)
	if err != nil {
		return Summary{}, err
	}
	if err := in.valid(); err != nil {
		return Summary{}, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		detail := map[string]string{}
		if !in.From.IsZero() {
			detail["from"], detail["to"] = clock.Format(in.From), clock.Format(in.To)
		}
		if len(in.For) > 0 {
			detail["encrypted_to"] = strings.Join(in.For, " ")
		}
		return trail.Add(tx, trail.Act{Noun: "package", Label: in.Name, Detail: detail})
	})
	if err != nil {
		return Summary{}, err
	}
	return s.write(ctx, grant, &exporting{s: s, in: in, bag: bag.NewWriter(w)})
}

// write signs the log and writes what is to be written.
func (s Service) write(ctx context.Context, grant access.Grant, x *exporting) (Summary, error) {
	var err error
	if x.size, err = s.sign(ctx, grant.Org()); err != nil {
		return Summary{}, err
	}
	err = s.DB.Read(ctx, grant, x.all)
	return x.sum, err
}

// sign signs the log, has others see it, and returns the size of what they saw.
func (s Service) sign(ctx context.Context, id string) (int64, error) {
	if s.Anchor != nil {
		return s.Anchor(ctx, id)
	}
	head, err := ledger.Sign(ctx, s.DB, s.Keys, id)
	return head.Size, err
}

func (in *PackageIn) valid() error {
	switch {
	case in.From.IsZero() != in.To.IsZero():
		return fault.New(fault.Invalid, "Give both ends of the period, or neither for everything there is.")
	case !in.From.IsZero() && !in.From.Before(in.To):
		return fault.New(fault.Invalid, "The period must end after it begins.")
	case len(in.Name) > 200:
		return fault.New(fault.Invalid, "The package's name is longer than 200 characters.")
	}
	in.From, in.To = clock.Trunc(in.From), clock.Trunc(in.To)
	return nil
}

// exporting is one package being written in one transaction.
type exporting struct {
	s    Service
	in   PackageIn
	size int64  // of the log in the package
	note []byte // its signed checkpoint
	bag  *bag.Writer
	sum  Summary
	org  org.Org
	keys keys.Org

	engagement string // whose working papers are in it; empty for none

	header   pack.Header
	plan     pack.Plan
	families map[string]resource.Family
	spans    []pack.Span
	wanted   []tlog.Hash // records that are members, ascending once all are known
	titles   map[string]string
	index    index
}

func (x *exporting) all(tx *db.Tx) error {
	for _, step := range []func(*db.Tx) error{
		x.begin, x.log, x.anchors, x.kinds, x.checks, x.manifests, x.deltas, x.records, x.results, x.exclusions, x.objects, x.trail, x.papers, x.readers, x.end,
	} {
		if err := step(tx); err != nil {
			return err
		}
		if err := tx.Context().Err(); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporting) begin(tx *db.Tx) (err error) {
	if x.org, err = org.Load(tx); err != nil {
		return err
	}
	if x.keys, err = x.s.Keys.Open(tx); err != nil {
		return err
	}
	last, found, err := ledger.CheckpointOf(tx, x.size)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("package: the log has no checkpoint of size %d", x.size)
	}
	c, err := tlog.OpenCheckpoint(last.Note, x.keys.Verifier())
	if err != nil {
		return fault.Wrap(fault.Tampered, err, "The newest signed checkpoint does not verify. Nothing was exported.")
	}
	x.header = pack.Header{
		Format: pack.FormatV1, Origin: c.Origin, Size: c.Size, Org: x.org.Name, Name: x.in.Name, From: x.in.From, To: x.in.To,
		MadeAt: tx.Now(), MadeBy: x.s.MadeBy, Objects: x.s.Evidence != nil,
	}
	x.plan = pack.Plan{From: x.in.From, To: x.in.To, Papers: x.engagement != ""}
	if x.plan.Papers {
		x.header.Format = pack.FormatV3
	}
	x.sum = Summary{Origin: c.Origin, Size: int64(c.Size), From: x.in.From, To: x.in.To} //nolint:gosec // far below 2^63
	x.index.root, x.note = c.Root, last.Note
	if err := x.bag.Add(pack.FileCheckpoint, last.Note); err != nil {
		return err
	}
	return x.checkpoints(tx, c.Size)
}

func (x *exporting) checkpoints(tx *db.Tx, size uint64) error {
	b, err := pack.Keys(x.header.Origin, x.keys.Verifier())
	if err != nil {
		return err
	}
	if err := x.bag.Add(pack.FileKeys, b); err != nil {
		return err
	}
	list, err := ledger.DailyCheckpoints(tx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if uint64(c.Size) > size { //nolint:gosec // never negative
			continue
		}
		if err := x.bag.Add(pack.CheckpointFile(uint64(c.Size)), c.Note); err != nil { //nolint:gosec // never negative
			return err
		}
	}
	return nil
}

// kinds writes the declarations that the log names.
func (x *exporting) kinds(tx *db.Tx) error {
	list, err := fact.Declarations(tx)
	if err != nil {
		return err
	}
	texts := map[string]string{}
	x.families = map[string]resource.Family{}
	for _, d := range list {
		texts[d.Hash] = d.Text
	}
	for _, hash := range x.plan.Kinds() {
		text, ok := texts[hash]
		if !ok {
			return lost("the declaration of a kind with the hash %s", hash)
		}
		if err := x.bag.Add(pack.KindFile(hash), []byte(text)); err != nil {
			return err
		}
	}
	kinds, err := fact.Kinds(tx)
	if err != nil {
		return err
	}
	for name, s := range kinds {
		x.families[name] = s.Family
	}
	x.spans = x.plan.Collections(x.families)
	return nil
}

// lost is the error when the log names something that is not stored.
func lost(format string, args ...any) error {
	return fault.Wrap(fault.Tampered, fmt.Errorf(format, args...),
		"The log names something that is not stored any more. Nothing complete can be exported. Keep a copy of the store and tell your auditor.")
}

func (x *exporting) end(tx *db.Tx) error {
	ctx := tx.Context()
	b, err := x.header.Encode()
	if err != nil {
		return err
	}
	if err := x.bag.Add(pack.FileHeader, b); err != nil {
		return err
	}
	if err := x.bag.Add(pack.FileIndex, x.page()); err != nil {
		return err
	}
	info := []bag.Field{
		{Name: "Bagging-Date", Value: x.header.MadeAt.Format(time.DateOnly)},
		{Name: "Bag-Software-Agent", Value: oneLine(x.s.MadeBy)},
		{Name: "Source-Organization", Value: oneLine(x.org.Name)},
		{Name: "External-Identifier", Value: oneLine(x.header.Origin)},
	}
	totals, err := x.bag.Close(info, func(sum [sha256.Size]byte) ([]byte, error) {
		return x.s.Keys.SignManifest(ctx, x.keys, pack.SignedText(x.header.Format, x.header.Origin, sum))
	})
	x.sum.Files, x.sum.Bytes = totals.Files, totals.Bytes
	return err
}
