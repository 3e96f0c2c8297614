package api

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/projection"
	"assay/internal/suite"
)

func logOperations() []Operation {
	return []Operation{
		{ID: "log.head", Method: get, Path: "/log/head", Permission: access.LogRead, Summary: "How long the log is, and its newest signed head.", Do: does(headLog)},
		{ID: "log.list", Method: get, Path: "/log/entries", Permission: access.LogRead, Summary: "The log's entries, newest first.", Do: does(listLog)},
		{ID: "log.proof", Method: get, Path: "/log/entries/{id}/proof", Permission: access.LogRead, Summary: "That an entry is in the log, under a signed head.", Do: does(proveLog)},
		{ID: "log.consistency", Method: get, Path: "/log/consistency", Permission: access.LogRead, Summary: "That a longer log continues a shorter one.", Do: does(continueLog)},
		{ID: "log.verify", Method: get, Path: "/log/verify", Permission: access.LogRead, Summary: "Compute the whole stored log again and compare.", Do: does(verifyLog)},
	}
}

// Head is the end of a log.
type Head struct {
	Origin     string     `json:"origin" doc:"Name of the log."`
	Key        string     `json:"key" doc:"Verifier key, as C2SP signed-note writes it."`
	Size       int64      `json:"size"`
	Root       string     `json:"root" doc:"Merkle root, hex."`
	Pending    int64      `json:"pending" doc:"Entries that wait for their place."`
	Signed     int64      `json:"signed" doc:"Size that the newest signed head covers."`
	SignedAt   *time.Time `json:"signed_at,omitempty"`
	Checkpoint string     `json:"checkpoint,omitempty" doc:"The signed head, as C2SP tlog-checkpoint."`
	Stamps     []Seen     `json:"stamps" doc:"Authorities of time that are asked; none: the log's time is not anchored."`
	Witnesses  []Seen     `json:"witnesses" doc:"Witnesses that are asked."`
}

// Seen is somebody else than the operator who is asked about the log.
type Seen struct {
	Name    string     `json:"name"`
	Key     string     `json:"key,omitempty" doc:"Verifier key of a witness."`
	Size    int64      `json:"size" doc:"Entries that the newest stamp or cosignature covers."`
	At      *time.Time `json:"at,omitempty" doc:"When, by the clock of whoever was asked."`
	TriedAt *time.Time `json:"tried_at,omitempty"`
	Problem string     `json:"problem,omitempty" doc:"What went wrong when it was asked last."`
}

func seenOf(list []anchor.Source) []Seen {
	out := []Seen{}
	for i := range list {
		x := &list[i]
		out = append(out, Seen{x.Name, x.Key, x.Size, maybe(x.At), maybe(x.TriedAt), x.Problem})
	}
	return out
}

// logRead runs fn with the log in order: what waited has its place.
func logRead(ctx context.Context, s *suite.Suite, who access.Actor, fn func(*db.Tx) error) error {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return err
	}
	if err := ledger.Settle(ctx, s.DB, who.Org); err != nil {
		return err
	}
	return s.DB.Read(ctx, grant, fn)
}

func headLog(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (out *Head, err error) {
	err = logRead(ctx, s, who, func(tx *db.Tx) error {
		out, err = headOf(tx, s)
		return err
	})
	return out, err
}

func headOf(tx *db.Tx, s *suite.Suite) (*Head, error) {
	h, err := ledger.Head(tx)
	if err != nil {
		return nil, err
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return nil, err
	}
	seen, err := s.Anchors.State(tx)
	if err != nil {
		return nil, err
	}
	out := &Head{
		Origin: h.Origin, Key: o.Verifier(), Root: h.Root.String(), Stamps: seenOf(seen.Authorities), Witnesses: seenOf(seen.Witnesses),
	}
	if out.Size, out.Signed, out.Pending, err = ledger.Sizes(tx); err != nil {
		return nil, err
	}
	last, err := ledger.Checkpoints(tx, 1)
	if err != nil || len(last) == 0 {
		return out, err
	}
	out.SignedAt, out.Checkpoint = maybe(db.FromMs(last[0].At)), string(last[0].Note)
	return out, nil
}

// LogIn asks for a page of the log.
type LogIn struct{ Page }

// Leaf is an entry of the log.
type Leaf struct {
	Index  int64     `json:"index" doc:"From 0."`
	ID     string    `json:"id"`
	Type   string    `json:"type"`
	Stream string    `json:"stream"`
	Seq    int64     `json:"seq" doc:"Place in the stream, from 0."`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Hash   string    `json:"hash" doc:"Leaf hash, hex."`
}

func leafOf(l *ledger.Leaf) (Leaf, error) {
	e, err := tlog.Open(l.Bytes)
	if err != nil {
		return Leaf{}, fault.Wrap(fault.Tampered, err, "Entry %d of the log cannot be read. Keep a copy of the store and tell your auditor.", l.Index)
	}
	return Leaf{l.Index, e.ID, e.Type, e.Stream, e.Seq, e.At, e.Actor, l.Hash.String()}, nil
}

// Leaves is a page of the log.
type Leaves struct {
	Size    int64  `json:"size"`
	Entries []Leaf `json:"entries"`
	Next    string `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listLog(ctx context.Context, s *suite.Suite, who access.Actor, in *LogIn) (*Leaves, error) {
	out := &Leaves{Entries: []Leaf{}}
	err := logRead(ctx, s, who, func(tx *db.Tx) (err error) {
		if out.Size, _, _, err = ledger.Sizes(tx); err != nil {
			return err
		}
		to := out.Size
		if in.After != "" {
			if to, err = strconv.ParseInt(in.After, 10, 64); err != nil || to < 0 || to > out.Size {
				return fault.Wrap(fault.Invalid, err, "The page %q does not exist.", in.After)
			}
		}
		from := max(to-int64(in.Limit), 0)
		if from > 0 {
			out.Next = strconv.FormatInt(from, 10)
		}
		return ledger.Each(tx, from, to, func(l ledger.Leaf) error {
			v, err := leafOf(&l)
			out.Entries = append(out.Entries, v)
			return err
		})
	})
	slices.Reverse(out.Entries)
	return out, err
}

// Proof shows that an entry is in the log.
type Proof struct {
	Leaf       Leaf     `json:"leaf"`
	Bytes      string   `json:"bytes" doc:"The leaf, base64."`
	Size       int64    `json:"size" doc:"Of the signed head."`
	Hashes     []string `json:"hashes" doc:"Inclusion proof of RFC 6962, hex."`
	Checkpoint string   `json:"checkpoint"`
	Key        string   `json:"key"`
}

func proveLog(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Proof, error) {
	if _, err := who.May(access.LogRead); err != nil {
		return nil, err
	}
	cp, err := ledger.Sign(ctx, s.DB, s.Keys, who.Org) // so that the entry is under a signature
	if err != nil {
		return nil, err
	}
	out := &Proof{Size: cp.Size, Checkpoint: string(cp.Note)}
	err = logRead(ctx, s, who, func(tx *db.Tx) error {
		place, err := ledger.Find(tx, in.ID)
		if err != nil || place.ID == "" {
			return fault.Wrap(fault.NotFound, err, "There is no entry %q in this log.", in.ID)
		}
		l, err := ledger.Read(tx, place.Index)
		if err != nil {
			return err
		}
		if out.Leaf, err = leafOf(&l); err != nil {
			return err
		}
		size := uint64(cp.Size)                                                                  //nolint:gosec // never negative
		hashes, err := tlog.ProveInclusion(uint64(place.Index), size, ledger.Subtrees(tx, size)) //nolint:gosec // never negative
		if err != nil {
			return err
		}
		out.Bytes, out.Hashes = tlog.B64(l.Bytes), texts(hashes)
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		out.Key = o.Verifier()
		return nil
	})
	return out, err
}

func texts(hashes []tlog.Hash) []string {
	out := make([]string, 0, len(hashes))
	for _, h := range hashes {
		out = append(out, h.String())
	}
	return out
}

// ConsistencyIn names two sizes of the log.
type ConsistencyIn struct {
	From int64 `query:"from" minimum:"1" required:"true"`
	To   int64 `query:"to" minimum:"1" required:"true"`
}

// Consistency shows that a log continues.
type Consistency struct {
	From   int64    `json:"from"`
	To     int64    `json:"to"`
	Hashes []string `json:"hashes" doc:"Consistency proof of RFC 6962, hex."`
}

func continueLog(ctx context.Context, s *suite.Suite, who access.Actor, in *ConsistencyIn) (*Consistency, error) {
	out := &Consistency{From: in.From, To: in.To}
	err := logRead(ctx, s, who, func(tx *db.Tx) error {
		size, _, _, err := ledger.Sizes(tx)
		if err != nil {
			return err
		}
		if in.From > in.To || in.To > size {
			return fault.New(fault.Invalid, "The log has %d entries. Ask for sizes up to that, the smaller first.", size)
		}
		to := uint64(in.To)                                                                //nolint:gosec // never negative
		hashes, err := tlog.ProveConsistency(uint64(in.From), to, ledger.Subtrees(tx, to)) //nolint:gosec // never negative
		out.Hashes = texts(hashes)
		return err
	})
	return out, err
}

// Verified is what computing the log again found. A difference is an error.
type Verified struct {
	Entries     int64  `json:"entries"`
	Root        string `json:"root"`
	Checkpoints int    `json:"checkpoints" doc:"Signed heads that were compared."`
	Unsigned    int64  `json:"unsigned" doc:"Entries that no signed head covers yet."`
	Rows        int64  `json:"rows" doc:"Stored rows that say what the entries say."`
	Lost        int    `json:"lost" doc:"Entries whose rows were lost with the store, as an entry of the log says."`

	Missing []Missing `json:"missing" doc:"What the log shows to be missing, at most 200. It is no difference."`
	Further int       `json:"further_missing" doc:"How many more there are."`
}

// Missing is something that was not done, or not seen.
type Missing struct {
	Kind string    `json:"kind" enum:"slot,off,broken,number,untested,count,unsaid" doc:"slot: not collected when due; off: switched off; broken: a collection broke off; number: a collection of whose number there is no entry; untested: a check did not run; count: the source counts more than came; unsaid: the log does not say how often it is collected."`
	Of   string    `json:"of" doc:"The connection or the check."`
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero" doc:"Absent while it lasts."`
	What string    `json:"what" doc:"A sentence."`
}

const mostMissing = 200

func (v *Verified) missing(list []pack.Gap) {
	v.Missing = make([]Missing, 0, min(len(list), mostMissing))
	for _, g := range list[:cap(v.Missing)] {
		v.Missing = append(v.Missing, Missing{g.Kind, g.Of, g.From, g.To, g.What})
	}
	v.Further = len(list) - len(v.Missing)
}

// comparedHeads is how many of the newest signed heads are compared.
const comparedHeads = 50

func verifyLog(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Verified, error) {
	out := &Verified{}
	err := logRead(ctx, s, who, func(tx *db.Tx) error {
		v, err := ledger.Verify(tx)
		if err != nil {
			return err
		}
		out.Entries, out.Root = v.Leaves, v.Root.String()
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		list, err := ledger.Checkpoints(tx, comparedHeads)
		if err != nil {
			return err
		}
		out.Checkpoints, out.Unsigned = len(list), out.Entries
		for i := range list {
			if err := compare(tx, &list[i], o.Verifier()); err != nil {
				return err
			}
		}
		if len(list) > 0 {
			out.Unsigned -= list[0].Size
		}
		found, err := projection.Compare(tx, projection.Span{To: out.Entries})
		if err != nil {
			return err
		}
		out.Rows, out.Lost = found.Rows, found.Lost
		if err := found.Err(); err != nil {
			return err
		}
		gaps, err := projection.Missing(tx)
		out.missing(gaps)
		return err
	})
	return out, err
}

// compare holds a signed head to the stored log.
func compare(tx *db.Tx, c *ledger.Checkpoint, key string) error {
	differs := func(err error) error {
		return fault.Wrap(fault.Tampered, err,
			"The signed head of size %d does not fit the stored log. Keep a copy of the store and tell your auditor.", c.Size)
	}
	head, err := tlog.OpenCheckpoint(c.Note, key)
	if err != nil {
		return differs(err)
	}
	size, _, _, err := ledger.Sizes(tx)
	if err != nil {
		return err
	}
	if head.Size > uint64(size) || int64(head.Size) != c.Size { //nolint:gosec // never negative
		return differs(fmt.Errorf("log has %d entries, head %d", size, head.Size))
	}
	root, err := tlog.RootAt(head.Size, ledger.Subtrees(tx, head.Size))
	if err != nil {
		return err
	}
	if root != head.Root {
		return differs(fmt.Errorf("root is %s, head says %s", root, head.Root))
	}
	return nil
}
