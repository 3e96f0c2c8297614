package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of evidence.
type Service struct {
	DB    *db.DB
	Keys  *keys.Ring
	Blobs blob.Store
	// Spool is the folder in which ciphertext waits for its place; the
	// system's own if empty.
	Spool string
	// Known reports, by its error, a control that does not exist. It may be
	// nil.
	Known func(tx *db.Tx, control string) error
	// Changed names the work that follows a change, queued in its transaction
	// with the argument "register/evidence": collecting the register. Empty: none.
	Changed string
	// Then runs in the transaction of a new piece. It may be nil.
	Then func(*db.Tx) error
}

// Stream is the stream of all leaves about evidence: within it a missing piece
// is seen.
const Stream = "evidence"

// Upload adds a file of at most MaxSize bytes.
func (s Service) Upload(ctx context.Context, who access.Actor, d Details, name string, r io.Reader) (Evidence, error) {
	return s.add(ctx, who, Evidence{Kind: Uploaded, Details: d, File: fileName(name)}, r)
}

// Keep adds a file for a use case that asked for a permission of its own, in its
// transaction: what it made, and freezes.
func (s Service) Keep(tx *db.Tx, d Details, name string, r io.Reader) (Evidence, error) {
	e := Evidence{Kind: Uploaded, Details: d, File: fileName(name)}
	if e.Controls == nil {
		e.Controls = []string{} // it shows none: it is what came of them
	}
	e.salt = tlog.NewSalt()
	c, err := s.store(tx.Context(), &e, r)
	if err != nil {
		return e, err
	}
	if err := tx.Lock("evidence " + tx.Org()); err != nil {
		return e, err
	}
	return e, s.seal(tx, &e, &c)
}

// Attest adds a statement of the actor: what was done or seen, in their own
// words, which are kept as a text file.
func (s Service) Attest(ctx context.Context, who access.Actor, d Details, statement string) (Evidence, error) {
	statement = strings.TrimSpace(strings.ReplaceAll(statement, "\r\n", "\n"))
	if len(statement) < 10 || len(statement) > maxStatement {
		return Evidence{}, fault.Fields("The statement was not added.",
			fault.Field{Name: "statement", Text: "Say in a sentence or more what was done, when, and what came of it; at most 20,000 characters."})
	}
	return s.add(ctx, who, Evidence{Kind: Attested, Details: d, File: "statement.txt"}, strings.NewReader(statement+"\n"))
}

// Refer adds a collection as evidence: what it saw stays where it is, under its
// own leaf.
func (s Service) Refer(ctx context.Context, who access.Actor, d Details, connection string, seq int64) (Evidence, error) {
	return s.add(ctx, who, Evidence{Kind: Collected, Details: d, Connection: connection, Seq: seq}, nil)
}

func (s Service) add(ctx context.Context, who access.Actor, e Evidence, r io.Reader) (Evidence, error) {
	g, err := who.May(access.EvidenceAdd)
	if err != nil {
		return Evidence{}, err
	}
	if err := e.clean(); err != nil {
		return Evidence{}, err
	}
	e.salt = tlog.NewSalt()
	var c content
	if r != nil {
		if c, err = s.store(ctx, &e, r); err != nil {
			return Evidence{}, err
		}
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("evidence " + tx.Org()); err != nil { // one head per lane and control
			return err
		}
		return s.seal(tx, &e, &c)
	})
	if err != nil {
		return Evidence{}, err // the object, if any, opens for nobody
	}
	return e, nil
}

// content is what was stored of a file.
type content struct {
	key   secret.Key
	plain tlog.Hash // commitment
}

// store encrypts the content to a temporary file while reading what it is, and
// puts the ciphertext into the object store.
func (s Service) store(ctx context.Context, e *Evidence, r io.Reader) (c content, err error) {
	tmp, err := os.CreateTemp(s.Spool, "assay-evidence-*")
	if err != nil {
		return c, fmt.Errorf("spool evidence: %w", err)
	}
	defer func() { err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name())) }()
	c.key, e.blobSalt = secret.NewKey(), tlog.NewSalt()
	commit, sniff := tlog.NewCommit(e.blobSalt, tlog.BlobPath), &sniffer{}
	limited := io.LimitReader(r, MaxSize+1)
	e.Size, err = c.key.SealStream(tmp, io.TeeReader(limited, io.MultiWriter(commit, sniff)))
	switch {
	case err != nil:
		return c, fmt.Errorf("read evidence: %w", err)
	case e.Size > MaxSize:
		return c, fault.New(fault.TooLarge, "The file is larger than %d MiB. Split it, or leave out what is not needed.", MaxSize>>20)
	case e.Size == 0:
		return c, fault.Fields("The evidence was not added.", fault.Field{Name: "file", Text: "The file is empty."})
	}
	e.Media = sniff.media()
	c.plain = tlog.Hash(commit.Sum(nil))
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return c, err
	}
	if e.Blob, _, err = blob.Name(tmp); err != nil {
		return c, err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return c, err
	}
	return c, s.Blobs.Put(ctx, e.Blob, tmp)
}

func keyContext(orgID, name string) string { return "soc2.blob/v1 " + orgID + " " + name }

// seal writes row, trail and leaf.
func (s Service) seal(tx *db.Tx, e *Evidence, c *content) error {
	if err := s.complete(tx, e, c); err != nil {
		return err
	}
	collection, err := s.collection(tx, e)
	if err != nil {
		return err
	}
	if err := supersede(tx, e); err != nil {
		return err
	}
	words, err := e.Words()
	if err != nil {
		return err
	}
	commit := tlog.Commit(e.salt, DetailsPath, words)
	entry := ledger.Entry{
		Type: "evidence.captured", Stream: Stream, Body: e.body(collection),
		Commit: map[string]string{DetailsPath: tlog.B64(commit[:])},
	}
	if e.Blob != "" {
		entry.Blobs = []tlog.Blob{{Name: e.Blob, Size: e.Size, Media: e.Media, Plain: tlog.B64(c.plain[:])}}
	}
	entries := []ledger.Entry{entry}
	if e.Supersedes != "" {
		entries = append(entries, ledger.Entry{
			Type: "evidence.superseded", Stream: Stream, Body: map[string]any{"evidence": e.Supersedes, "by": e.ID},
		})
	}
	ids, err := ledger.Append(tx, entries...)
	if err != nil {
		return err
	}
	e.Leaf = ids[0]
	if err := insert(tx, e); err != nil {
		return err
	}
	if err := trail.Add(tx, trail.Act{Noun: "evidence", Object: e.ID, Label: e.Title, Detail: map[string]string{
		"kind": string(e.Kind), "controls": strings.Join(e.Controls, ", "), "covers": e.From.String() + " – " + (e.To - 1).String(),
		"supersedes": e.Supersedes,
	}}); err != nil {
		return err
	}
	if s.Changed != "" {
		if err := job.Add(tx, s.Changed, "register/"+ProductName, tx.Now().Add(settle)); err != nil {
			return err
		}
	}
	if s.Then == nil {
		return nil
	}
	return s.Then(tx)
}

const settle = time.Minute // so that one collection takes many changes

func (s Service) complete(tx *db.Tx, e *Evidence, c *content) error {
	for _, control := range e.Controls {
		if s.Known == nil {
			break
		}
		if err := s.Known(tx, control); err != nil {
			return err
		}
	}
	today, err := today(tx)
	if err != nil {
		return err
	}
	year, _, _ := today.Civil()
	e.ID, e.At, e.By, e.ByName = trail.NewObject(tx, "ev"), tx.Now(), tx.Actor().ID, tx.Actor().Name
	e.DueOn, e.KeepUntil = e.dueOn(), standing.NewDate(year+keepYears, 12, 31)
	if e.Blob == "" {
		return nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	e.dataKey, err = o.Blobs().Seal(keyContext(tx.Org(), e.Blob), c.key.Bytes())
	return err
}

func today(tx *db.Tx) (standing.Date, error) {
	o, err := org.Load(tx)
	if err != nil {
		return 0, err
	}
	return standing.DayOf(tx.Now(), o.Location()), nil
}

// collection is the leaf of what a reference refers to.
func (s Service) collection(tx *db.Tx, e *Evidence) (string, error) {
	if e.Kind != Collected {
		return "", nil
	}
	c, err := fact.Find(tx, e.Connection, e.Seq)
	if err != nil {
		return "", err
	}
	if c.Leaf == "" {
		return "", fault.New(fault.Conflict, "The collection has not ended, so there is nothing to refer to.")
	}
	return c.Leaf, nil
}

func supersede(tx *db.Tx, e *Evidence) error {
	if e.Supersedes == "" {
		return nil
	}
	old, err := load(tx, e.Supersedes)
	if err != nil {
		return err
	}
	if old.SupersededBy != "" {
		return fault.New(fault.Conflict, "It was corrected already, by %s. Correct that one.", old.SupersededBy)
	}
	return markSuperseded(tx, old.ID, e.ID)
}
