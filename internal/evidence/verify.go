package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/blob"
	"assay/internal/kit/canon"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

// Step is one thing that was recomputed.
type Step struct {
	Name string // "object", "content", "details", "leaf", "included", "signed"
	OK   bool
	Text string // what holds, or what is wrong
}

// Verification is what recomputing a piece of evidence found. It holds only if
// every step does.
type Verification struct {
	Holds   bool
	Pending bool // written, not yet in its place in the log: nothing is wrong, and nothing proven
	Steps   []Step
	Index   int64
	Leaf    tlog.Hash
	Size    uint64 // of the log in which it is included
	Root    tlog.Hash
	Path    []tlog.Hash // from the leaf to the root
	Signed  []byte      // the signed head, if there is one that includes it
}

func (v *Verification) step(name string, err error, text string) bool {
	if err != nil {
		text = err.Error()
	}
	v.Steps = append(v.Steps, Step{Name: name, OK: err == nil, Text: text})
	return err == nil
}

// Verify recomputes a piece of evidence from what is stored: the ciphertext's
// hash, the commitments to content and words, the leaf against the row, and the
// leaf's place in the log. What does not hold is a failed step, not an error.
func (s Service) Verify(ctx context.Context, who access.Actor, evidenceID string) (v Verification, err error) {
	g, err := who.May(access.EvidenceRead)
	if err != nil {
		return v, err
	}
	var e Evidence
	var key secret.Key
	var keyErr error
	var leaf *tlog.Envelope
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if e, err = load(tx, evidenceID); err != nil {
			return err
		}
		if e.Blob != "" {
			key, keyErr = s.dataKey(tx, &e)
		}
		leaf, err = s.verifyLog(tx, &e, &v)
		return err
	})
	if err != nil || leaf == nil {
		return v, err
	}
	v.step("details", e.sameDetails(leaf), "the words about it are those that the log commits to")
	if e.Blob != "" {
		if s.verifyObject(ctx, &e, &v) && keyErr == nil {
			keyErr = s.sameContent(ctx, &e, key, leaf)
		}
		v.step("content", keyErr, fmt.Sprintf("the %d bytes are those that the log commits to", e.Size))
	}
	v.Holds = true
	for _, st := range v.Steps {
		v.Holds = v.Holds && st.OK
	}
	return v, ctx.Err()
}

func (s Service) verifyObject(ctx context.Context, e *Evidence, v *Verification) bool {
	return v.step("object", blob.Check(ctx, s.Blobs, e.Blob), "the stored file has the SHA-256 "+e.Blob)
}

func (s Service) sameContent(ctx context.Context, e *Evidence, key secret.Key, leaf *tlog.Envelope) (err error) {
	rc, err := s.decrypt(ctx, e, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	commit := tlog.NewCommit(e.blobSalt, tlog.BlobPath)
	n, err := io.Copy(commit, rc)
	if err != nil {
		return err
	}
	if n != e.Size || tlog.B64(commit.Sum(nil)) != leaf.Blobs[0].Plain {
		return errors.New("the content is not the one that the log commits to")
	}
	return nil
}

func (e *Evidence) sameDetails(leaf *tlog.Envelope) error {
	words, err := e.Words()
	if err != nil {
		return err
	}
	commit := tlog.Commit(e.salt, DetailsPath, words)
	if tlog.B64(commit[:]) != leaf.Commit[DetailsPath] {
		return errors.New("the words about it are not those that the log commits to")
	}
	return nil
}

// verifyLog checks the leaf and its place, and returns it; nil if it cannot be
// judged further.
func (s Service) verifyLog(tx *db.Tx, e *Evidence, v *Verification) (*tlog.Envelope, error) {
	place, err := ledger.Find(tx, e.Leaf)
	if err != nil {
		v.step("leaf", err, "")
		return nil, nil
	}
	if place.Pending {
		v.Pending = true
		return nil, nil
	}
	l, err := ledger.Read(tx, place.Index)
	if err != nil {
		return nil, err
	}
	v.Index, v.Leaf = place.Index, tlog.LeafHash(l.Bytes)
	leaf, err := tlog.Decode(l.Bytes)
	if err == nil && l.Hash != v.Leaf {
		err = errors.New("the entry in the log does not have its hash")
	}
	if err == nil {
		collection, refErr := s.collection(tx, e)
		err = errors.Join(refErr, e.sameLeaf(leaf, collection))
	}
	if !v.step("leaf", err, fmt.Sprintf("entry %d of the log says what the row says", place.Index)) {
		return nil, nil
	}
	return leaf, s.included(tx, v)
}

// sameLeaf compares the row with what the leaf says in the open.
func (e *Evidence) sameLeaf(leaf *tlog.Envelope, collection string) error {
	want, err := canon.Marshal(e.body(collection))
	if err != nil {
		return err
	}
	got, err := canon.Marshal(leaf.Body)
	switch {
	case err != nil:
		return err
	case leaf.Type != "evidence.captured" || leaf.ID != e.Leaf || leaf.Actor != e.By || !leaf.At.Equal(e.At) || !bytes.Equal(want, got):
		return errors.New("the row and its entry in the log differ")
	case e.Blob == "" && len(leaf.Blobs) == 0:
		return nil
	case len(leaf.Blobs) != 1 || leaf.Blobs[0].Name != e.Blob || leaf.Blobs[0].Size != e.Size || leaf.Blobs[0].Media != e.Media:
		return errors.New("the file is not the one that the entry in the log names")
	}
	return nil
}

// included proves the leaf's place in the newest signed head that covers it,
// else in the present head.
func (s Service) included(tx *db.Tx, v *Verification) error {
	head, err := ledger.Head(tx)
	if err != nil {
		return err
	}
	signed, err := ledger.Checkpoints(tx, 1)
	if err != nil {
		return err
	}
	if len(signed) == 1 && signed[0].Size > v.Index {
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		at, err := tlog.OpenCheckpoint(signed[0].Note, o.Verifier())
		if v.step("signed", err, fmt.Sprintf("the head of %d entries is signed", signed[0].Size)) {
			head, v.Signed = at, signed[0].Note
		}
	}
	v.Size, v.Root = head.Size, head.Root
	index := uint64(v.Index) //nolint:gosec // never negative
	v.Path, err = tlog.ProveInclusion(index, head.Size, ledger.Subtrees(tx, head.Size))
	if err == nil {
		err = tlog.VerifyInclusion(index, head.Size, v.Leaf, v.Path, head.Root)
	}
	if err != nil && !fault.Is(err, fault.Internal) {
		return err
	}
	v.step("included", err, fmt.Sprintf("a path of %d hashes leads to the head of %d entries", len(v.Path), head.Size))
	return nil
}
