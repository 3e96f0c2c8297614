package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/internal/kit/bag"
	"assay/internal/kit/sealed"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
	"assay/internal/rule"
)

// Options are what the verifier is given beside the package.
type Options struct {
	Policy *Policy          // keys that are believed; nil: the package's own
	Pin    []byte           // signed checkpoints, one after the other, that must be prefixes of the log
	Time   *Time            // whose word on time is believed; nil: nobody's
	Now    func() time.Time // for measuring; nil: nothing is measured
	CELGo  bool             // cel-go alone performs checks again, without what is compiled beyond it
}

// verifier is one verification.
type verifier struct {
	ctx  context.Context //nolint:containedctx // lives as long as the call
	opts Options
	bag  *bag.Bag
	rep  *Report
	mu   sync.Mutex // guards rep where several goroutines object

	header *Header
	vkey   string
	pins   map[uint64]tlog.Hash // roots that were kept, by size
	points map[uint64]tlog.Hash // signed roots, by size

	kinds    map[tlog.Hash]*resource.Schema
	families map[string]resource.Family
	versions map[kindVersion]*resource.Schema
	names    []string // of the kinds, sorted
	checks   map[tlog.Hash]*rule.Definition

	plan       Plan
	manifests  map[place]*logged
	begun      map[place]bool // collections that have no manifest yet
	runs       runs
	records    records
	exclusions map[string]resource.Ref // approved, by id
	anchored   anchored
	gaps       Gaps
}

// place is a collection.
type place struct {
	connection string
	seq        int64
}

// logged is a manifest as the log has it.
type logged struct {
	manifestLeaf
	index    uint64
	commit   string
	here     bool                // in the package
	problems map[string][]string // why a kind is not complete
}

type kindVersion struct {
	kind    string
	version int
}

// errStop ends a verification after an objection that makes going on useless.
var errStop = errors.New("stopped")

// ErrNoIdentity says that a package is encrypted and no key was given.
var ErrNoIdentity = errors.New("the package is encrypted: give your age key with --identity FILE")

// Read is Verify of a package as it was written, decrypted on the way if it is
// encrypted, without any of it being written anywhere. identity is the contents of
// a file of age identities, and may be nil. Ciphertext that was altered is
// something wrong with the package.
func Read(ctx context.Context, r io.ReaderAt, size int64, identity []byte, o Options) (*Report, error) {
	if !sealed.Is(r) {
		return Verify(ctx, r, size, o)
	}
	if identity == nil {
		return nil, ErrNoIdentity
	}
	plain, n, err := sealed.Open(r, size, identity)
	rep := &Report{}
	if err == nil {
		rep, err = Verify(ctx, plain, n, o)
	}
	if altered, ok := errors.AsType[*sealed.Error](err); ok {
		return Refused(rep, altered.Error()), nil
	}
	return rep, err
}

// Verify verifies the package. The error is that of reading it; whatever is
// wrong with the package is in the report.
func Verify(ctx context.Context, r io.ReaderAt, size int64, o Options) (rep *Report, err error) {
	if o.Now == nil {
		o.Now = func() time.Time { return time.Time{} }
	}
	rep = &Report{Format: ReportFormat, Trust: FromPackage, Problems: []Problem{}, NotProven: []string{}, Gaps: []Gap{}}
	v := &verifier{ctx: ctx, opts: o, rep: rep}
	defer func() {
		if x := recover(); x != nil {
			rep.Verified = false
			rep.object("", "The verifier failed on this package (%v). It is not verified.", x)
		}
	}()
	begun := o.Now()
	err = v.all(r, size)
	rep.Took = o.Now().Sub(begun)
	if errors.Is(err, errStop) {
		err = nil
	}
	if err != nil {
		return rep, err
	}
	if v.header != nil {
		rep.NotProven = rep.notProven(v.header)
		rep.gaps(v.gaps.List(v.header.From, v.header.To), len(v.gaps.Unsaid()))
	}
	return rep, nil
}

func (v *verifier) all(r io.ReaderAt, size int64) error {
	for _, step := range []func() error{
		func() error { return v.open(r, size) },
		v.trust, v.readKinds, v.readChecks, v.readLog, v.readAnchors, v.readRecords, v.readCollections, v.readTrail, v.readExclusions, v.readObjects, v.readPapers,
		v.readRest,
	} {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if err := v.settle("", step()); err != nil {
			return err
		}
	}
	if len(v.rep.Problems) > 0 {
		return errStop // what is not whole is not performed
	}
	begun := v.opts.Now()
	err := v.settle("", v.replay())
	v.rep.Performing = v.opts.Now().Sub(begun)
	if err != nil {
		return err
	}
	v.rep.Verified = len(v.rep.Problems) == 0
	return nil
}

// fresh is how long the listings of a check are good for.
func (v *verifier) fresh(definition tlog.Hash, params map[string]string) time.Duration {
	d := v.checks[definition]
	if d == nil {
		return 0
	}
	return d.FreshFor(params)
}

// settle turns what is wrong with the package into an objection after which
// nothing more can be said, and leaves other errors alone.
func (v *verifier) settle(where string, err error) error {
	if err == nil || errors.Is(err, errStop) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if v.note(where, err) {
		return errStop
	}
	return err
}

// note makes an objection of an error that is about the package.
func (v *verifier) note(where string, err error) bool {
	if b, ok := errors.AsType[*bag.Error](err); ok {
		v.object(b.File, "%s", b.Text)
		return true
	}
	if w, ok := errors.AsType[*wrongError](err); ok {
		if w.where != "" {
			where = w.where
		}
		v.object(where, "%s", w.what)
		return true
	}
	return false
}

func (v *verifier) object(where, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rep.object(where, format, args...)
}

// wrongError is something wrong with the package.
type wrongError struct{ where, what string }

// Error says what.
func (w *wrongError) Error() string { return w.where + ": " + w.what }

func wrong(where, format string, args ...any) error {
	return &wrongError{where, fmt.Sprintf(format, args...)}
}

// at says of an error at which entry of the log it was met, if it is about the
// package and does not say where.
func at(index uint64, err error) error {
	if _, ok := errors.AsType[*bag.Error](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	if w, ok := errors.AsType[*wrongError](err); ok && w.where != "" {
		return err
	}
	return wrong(entryName(index), "%v.", err)
}

func data(name string) string { return "data/" + name }

func (v *verifier) open(r io.ReaderAt, size int64) (err error) {
	if v.bag, err = bag.Open(r, size); err != nil {
		return err
	}
	t := v.bag.Totals()
	v.rep.Files, v.rep.Bytes = t.Files, t.Bytes
	b, err := v.bag.Read(FileHeader, maxDocument)
	if err != nil {
		return err
	}
	if v.header, err = parseHeader(b); err != nil {
		return wrong(data(FileHeader), "It is not a package's header: %v.", err)
	}
	h, rep := v.header, v.rep
	rep.Origin, rep.Org, rep.Name, rep.From, rep.To = h.Origin, h.Org, h.Name, h.From, h.To
	rep.MadeAt, rep.MadeBy, rep.Demonstration = h.MadeAt, h.MadeBy, Demonstration(h.Origin)
	v.plan = Plan{From: h.From, To: h.To, Papers: h.Format == FormatV3}
	v.gaps.Fresh = v.fresh
	rep.Anchors.Trusted = v.opts.Time != nil
	later := func(f bag.File) bool { return strings.HasPrefix(f.Name, dirAnchors) }
	if h.Format == FormatV1 && slices.ContainsFunc(v.bag.Files(), later) {
		return wrong(data(dirAnchors), "A package of %s has no such files.", FormatV1)
	}
	return nil
}

// The sizes that files of a package do not exceed.
const (
	maxDocument = 1 << 20
	maxLines    = 64 << 20 // a file of lines
	maxManifest = 256 << 20
	maxDelta    = 2 << 30
	maxBundle   = tlog.TileWidth * (tlog.MaxLeaf + 2)
)

// trust finds the key, and verifies the signature of the package.
func (v *verifier) trust() error {
	b, err := v.bag.Read(FileKeys, maxDocument)
	if err != nil {
		return err
	}
	origin, vkey, err := parseKeys(b)
	if err != nil {
		return wrong(data(FileKeys), "It cannot be read: %v.", err)
	}
	if err := tlog.CheckVerifier(vkey); err != nil {
		return wrong(data(FileKeys), "It holds no key: %v.", err)
	}
	if origin != v.header.Origin || tlog.VerifierName(vkey) != origin {
		return wrong(data(FileKeys), "It is not the key of %s.", v.header.Origin)
	}
	if v.vkey, err = v.believed(vkey); err != nil {
		return err
	}
	signature, sum := v.bag.Signed()
	signed, err := tlog.OpenText(signature, v.vkey)
	if err != nil {
		return wrong(bag.Signature, "The package is not signed by the key of %s: %v.", origin, err)
	}
	if signed != SignedText(v.header.Format, origin, sum) {
		return wrong(bag.Signature, "What is signed is not this package: a file was altered and the manifests were made again.")
	}
	if v.opts.Pin == nil {
		return nil
	}
	return v.readPins()
}

// readPins reads the checkpoints that the user kept: each is of this log.
func (v *verifier) readPins() error {
	v.pins = map[uint64]tlog.Hash{}
	for _, note := range tlog.Notes(v.opts.Pin) {
		pin, err := tlog.OpenCheckpoint([]byte(note), v.vkey)
		if err != nil {
			return wrong("pin", "The pin is not a checkpoint signed by the key of %s: %v.", v.header.Origin, err)
		}
		if root, known := v.pins[pin.Size]; known && root != pin.Root {
			v.rep.Fork = true
			return wrong("pin", "Two pins of size %d have different roots: the log has two histories (a fork).", pin.Size)
		}
		v.pins[pin.Size] = pin.Root
	}
	if len(v.pins) == 0 {
		return wrong("pin", "The file holds no checkpoint.")
	}
	if v.rep.Trust == FromPackage {
		v.rep.Trust = FromPin
	}
	return nil
}

// believed is the key under which the log is verified.
func (v *verifier) believed(own string) (string, error) {
	if v.opts.Policy == nil {
		return own, nil
	}
	v.rep.Trust = FromPolicy
	for _, vkey := range v.opts.Policy.Logs {
		if vkey == own {
			return vkey, nil
		}
	}
	for _, vkey := range v.opts.Policy.Logs {
		if tlog.VerifierName(vkey) == v.header.Origin {
			return "", wrong(data(FileKeys), "The policy has another key for %s: this package was signed by somebody else.", v.header.Origin)
		}
	}
	return "", wrong(data(FileKeys), "The policy does not name the log %s.", v.header.Origin)
}

// inOrder does the work of n parts at once and hands over what they give in
// order. It stops at the first error. A panic in a part is an error.
func inOrder[T any](ctx context.Context, n int, work func(i int) (T, error), fold func(i int, part T) error) error {
	type done struct {
		part T
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan chan done, 2*runtime.GOMAXPROCS(0))
	go func() {
		defer close(queue)
		for i := range n {
			out := make(chan done, 1)
			select {
			case queue <- out:
			case <-ctx.Done():
				return
			}
			go func() {
				d := done{err: errors.New("not done")}
				defer func() {
					if x := recover(); x != nil {
						d.err = wrong("", "The verifier failed on this package (%v). It is not verified.", x)
					}
					out <- d
				}()
				d.part, d.err = work(i)
			}()
		}
	}()
	i := 0
	for out := range queue {
		d := <-out
		if d.err == nil {
			d.err = fold(i, d.part)
		}
		if d.err != nil {
			return d.err
		}
		i++
	}
	if i < n {
		return ctx.Err()
	}
	return nil
}
