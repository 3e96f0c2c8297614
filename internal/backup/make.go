package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/sealed"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/trail"
)

// Service makes copies of an open store, and looks at one that was put back.
type Service struct {
	DB      *db.DB
	Keys    *keys.Ring
	Objects blob.Store
	Orgs    org.Service
	Anchors *anchor.Service
	Config  *Config // nil: no copies are wanted
	Door    Door    // its At is the config's
	Data    string  // the store's folder
	MadeBy  string
	Now     clock.Clock
	Log     *slog.Logger
}

// Made is what Make did.
type Made struct {
	Copy
	Place   string   `json:"place"`
	New     int      `json:"new_objects"` // that no copy before had
	Forgot  []string `json:"forgotten"`   // copies that no rule keeps
	Problem string   `json:"problem,omitempty"`
}

func (s *Service) wanted() error {
	if s.Config == nil {
		return fault.New(fault.Invalid, "Say in %s where backups go and to whose keys they are encrypted.", filepath.Join(s.Data, "backup.yaml"))
	}
	return nil
}

// Make makes a copy now. A log in the store that is not what was written is copied
// all the same, and named in Problem: a Tampered fault comes with the copy.
func (s *Service) Make(ctx context.Context, who func(whom string) access.Actor) (*Made, error) {
	if err := s.wanted(); err != nil {
		return nil, err
	}
	mine, err := s.claim(ctx, false)
	if err != nil {
		return nil, err
	}
	if !mine {
		return nil, fault.New(fault.Busy, "A backup is being made already. Wait for it.")
	}
	return s.turn(ctx, who)
}

// Tend makes a copy if one is due and nobody else does. It reports whether it did.
func (s *Service) Tend(ctx context.Context) (bool, error) {
	if s.Config == nil || s.DB.IsHeld() {
		return false, nil
	}
	mine, err := s.claim(ctx, true)
	if err != nil || !mine {
		return false, err
	}
	_, err = s.turn(ctx, func(whom string) access.Actor { return access.Job(whom, "backup") })
	return true, err
}

const (
	turnTime = 10 * time.Minute // how long a turn lasts that nobody extends
	again    = time.Hour        // how soon after a failure it is tried again
)

func (s *Service) claim(ctx context.Context, onlyDue bool) (mine bool, err error) {
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		mine, err = claim(tx, tx.Now().Add(turnTime), onlyDue)
		return err
	})
	return mine, err
}

// turn makes a copy, keeping the turn while it works, and records what became of
// it.
func (s *Service) turn(ctx context.Context, who func(whom string) access.Actor) (*Made, error) {
	begun := s.Now()
	working, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.stay(working)
	}()
	made, err := s.make(ctx, begun)
	stop()
	<-done
	if made == nil {
		made = &Made{Place: s.Config.To}
	}
	next := begun.Add(s.Config.Every)
	if err != nil {
		next = s.Now().Add(min(again, s.Config.Every))
	}
	ctx = context.WithoutCancel(ctx)
	err = errors.Join(err, s.record(ctx, who, made, begun, err))
	if err == nil {
		place, openErr := s.place(ctx)
		if openErr == nil {
			made.Forgot, openErr = place.Prune(ctx, s.Config.Keep)
		}
		err = openErr
	}
	return made, errors.Join(err, s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return endTurn(tx, next) }))
}

func (s *Service) stay(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return extendTurn(tx, tx.Now().Add(turnTime)) }); err != nil {
				s.Log.WarnContext(ctx, "keep the turn of backups", "err", err)
			}
		}
	}
}

func (s *Service) place(ctx context.Context) (*Place, error) {
	door := s.Door
	door.At = s.Config.To
	return door.Open(ctx)
}

// without are the tables of which no row is copied: who is signed in must sign in
// again, and what people had half entered is gone after half an hour anyway.
func without() []string {
	return []string{"auth_session", "draft_entry", "api_idempotency", "backup_turn", "backup_hold", "backup_mirror"}
}

func (s *Service) make(ctx context.Context, begun time.Time) (*Made, error) {
	place, err := s.place(ctx)
	if err != nil {
		return nil, err
	}
	if begun, err = s.freeSecond(ctx, place, begun); err != nil {
		return nil, err
	}
	h := &head{Format: format, ID: begun.UTC().Format(idForm), At: begun, MadeBy: s.MadeBy}
	if h.Files, err = settings(s.Data); err != nil {
		return nil, err
	}
	made := &Made{Place: s.Config.To, Copy: Copy{ID: h.ID, At: begun, File: rowsOf(h.ID), MadeBy: s.MadeBy}}
	to, once, err := s.Config.keys.Once()
	if err != nil {
		return nil, err
	}
	if err := s.send(ctx, place, made, to, h); err != nil {
		return made, fmt.Errorf("write the backup: %w", err)
	}
	r, rows, err := back(ctx, place, &made.Copy, once)
	if err != nil {
		return made, fmt.Errorf("read the backup back: %w", err)
	}
	if rows != made.Rows {
		return made, fault.New(fault.Tampered, "%d rows were written to the backup and %d were read back.", made.Rows, rows)
	}
	var wrong error
	if made.Logs, wrong = r.list(); wrong != nil {
		made.Problem = wrong.Error()
	}
	if err := s.objects(ctx, place, made, slices.Sorted(maps.Keys(r.objects))); err != nil {
		return made, err
	}
	text, err := json.MarshalIndent(&made.Copy, "", "  ")
	if err != nil {
		return made, err
	}
	return made, errors.Join(place.shelf.Write(ctx, fileOf(made.ID), bytes.NewReader(append(text, '\n'))), wrong)
}

// freeSecond is when a copy may say it began: a copy is named by its second, so the next one of
// a second waits for the second after.
func (s *Service) freeSecond(ctx context.Context, place *Place, begun time.Time) (time.Time, error) {
	for range 2 {
		if _, err := place.copy(ctx, begun.UTC().Format(idForm)); err != nil {
			return begun, nil //nolint:nilerr // there is none of this second
		}
		select {
		case <-ctx.Done():
			return begun, ctx.Err()
		case <-time.After(begun.Truncate(time.Second).Add(time.Second).Sub(begun)):
			begun = s.Now()
		}
	}
	return begun, fault.New(fault.Conflict, "There is a backup of this second already. Say it again.")
}

// settings are the files beside the store that say how it is run; keys and marks
// are not among them.
func settings(data string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, name := range []string{"backup.yaml", "anchor/witnesses", "anchor/authorities", "anchor/roots.pem"} {
		b, err := os.ReadFile(filepath.Join(data, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[name] = b
	}
	return out, nil
}

// send writes the encrypted rows to a file without a name, and that to the place.
func (s *Service) send(ctx context.Context, place *Place, made *Made, to *sealed.Recipients, h *head) error {
	f, err := os.CreateTemp(s.Data, ".backup-*")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	sum := sha256.New()
	if err := content(io.MultiWriter(f, sum), to, h, func(w io.Writer) error {
		made.Rows, err = s.DB.Dump(ctx, w, without(), map[string]string{"ledger_leaf": "org_id, idx"})
		return err
	}); err != nil {
		return err
	}
	made.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if made.Bytes, err = f.Seek(0, io.SeekCurrent); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return place.shelf.Write(ctx, made.File, f)
}

// back reads the rows of a copy from where they lie, to the end.
func back(ctx context.Context, place *Place, c *Copy, identity []byte) (r *reader, rows int64, err error) {
	err = place.plain(ctx, c, identity, func(_ head, plain io.Reader) error {
		r, rows, err = read(plain)
		return err
	})
	return r, rows, err
}

// plain hands out the plain content of a copy, and sees that what lay there was
// what the copy says.
func (p *Place) plain(ctx context.Context, c *Copy, identity []byte, fn func(head, io.Reader) error) (err error) {
	rc, err := p.shelf.Read(ctx, c.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	sum := sha256.New()
	src := io.TeeReader(rc, sum)
	h, plain, err := opened(src, identity)
	if err == nil && h.ID != c.ID {
		err = fault.New(fault.Tampered, "The file of the backup %s is of the backup %s.", c.ID, h.ID)
	}
	if err == nil {
		err = fn(h, plain)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, io.MultiReader(plain, src))
	}
	if errors.Is(err, sealed.ErrOther) {
		return fault.Wrap(fault.Invalid, err, "The age key does not open this backup: it was encrypted to other keys.")
	}
	altered, ok := errors.AsType[*sealed.Error](err)
	if got := hex.EncodeToString(sum.Sum(nil)); ok || err == nil && got != c.SHA256 {
		return fault.Wrap(fault.Tampered, altered, "The backup %s is not what was written there.", c.ID)
	}
	return err
}

// scrubbed is one of how many objects is read again at each copy.
const scrubbed = 30

// objects copies those that the place does not have, and reads a part of those that
// it has.
func (s *Service) objects(ctx context.Context, place *Place, made *Made, names []string) error {
	made.Objects = len(names)
	have, err := place.shelf.Names(ctx, "objects/")
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, name := range have {
		there[name[strings.LastIndexByte(name, '/')+1:]] = true
	}
	day := uint64(s.Now().Unix() / int64(daily/time.Second)) //nolint:gosec // after 1970
	for i, name := range names {
		switch {
		case !there[name]:
			if err := move(ctx, place.objects, s.Objects, name); err != nil {
				return err
			}
			made.New++
		case (uint64(i)+day)%scrubbed == 0:
			if err := blob.Check(ctx, place.objects, name); err != nil {
				return fmt.Errorf("object %s of the backups: %w", name, err)
			}
		}
	}
	return place.shelf.Write(ctx, objectsOf(made.ID), strings.NewReader(strings.Join(names, "\n")+"\n"))
}

// move copies an object; Put compares its hash.
func move(ctx context.Context, to, from blob.Store, name string) error {
	rc, err := from.Get(ctx, name)
	if err != nil {
		return err
	}
	return errors.Join(to.Put(ctx, name, rc), rc.Close())
}

// record tells each organization's log what became of the copy.
func (s *Service) record(ctx context.Context, who func(whom string) access.Actor, made *Made, begun time.Time, failed error) error {
	orgs, err := s.Orgs.All(ctx)
	for i := range orgs {
		err = errors.Join(err, s.note(ctx, who(orgs[i].ID), made, begun, failed))
	}
	return err
}

func (s *Service) note(ctx context.Context, actor access.Actor, made *Made, begun time.Time, failed error) error {
	grant, err := actor.May(access.LogRead)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		r := &Run{Kind: KindBackup, Backup: made.ID, At: begun, Place: made.Place, OK: failed == nil}
		r.SHA256, r.Bytes, r.Objects = made.SHA256, made.Bytes, int64(made.Objects)
		for _, l := range made.Logs {
			if l.Org == tx.Org() {
				r.Size, r.Root = l.Size, l.Root
			}
		}
		if failed != nil {
			r.Problem = failed.Error()
		}
		return r.add(tx, trail.Act{Action: "backup.make", Noun: "backup", Object: made.ID, Label: made.ID})
	})
}

// add writes a run, its entry in the log, and who did it.
func (r *Run) add(tx *db.Tx, act trail.Act) error {
	r.ID, r.Leaf, r.EndedAt = id.New("bk", tx.Now()), ledger.NewID(tx.Now()), tx.Now()
	if _, err := ledger.Append(tx, ledger.Entry{ID: r.Leaf, Type: "backup.run", Stream: "backup", Body: r.body()}); err != nil {
		return err
	}
	return errors.Join(trail.Add(tx, act), insertRun(tx, r))
}

// body is what the entry says of a run.
func (r *Run) body() map[string]any {
	return map[string]any{
		"run": r.ID, "kind": r.Kind, "ok": r.OK, "backup": r.Backup, "sha256": r.SHA256, "bytes": r.Bytes, "objects": r.Objects, "size": r.Size, "root": r.Root, "begun": clock.Format(r.At),
	}
}
