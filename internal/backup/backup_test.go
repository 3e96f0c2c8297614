package backup_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"assay/internal/access"
	"assay/internal/backup"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export"
	"assay/internal/export/exporttest"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/projection"
	"assay/internal/trail"
)

// site is a store with a place for its copies.
type site struct {
	*exporttest.House
	t     *testing.T
	place string
	key   []byte
	*backup.Service
}

func newSite(t *testing.T, d *db.DB, hand *clock.Hand) *site {
	t.Helper()
	s := &site{House: exporttest.New(t, d, hand, "test.invalid"), t: t, place: t.TempDir()}
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	s.key = []byte(k.String() + "\n")
	data := t.TempDir()
	s.write(filepath.Join(data, "backup.yaml"), "to: "+s.place+"\nrecipients: ["+k.Recipient().String()+"]\nkeep: {last: 2}\n")
	s.write(filepath.Join(data, "keys", "master.key"), strings.Repeat("k", 32))
	s.write(filepath.Join(data, "anchor", "witnesses"), "quorum none\n")
	s.Service = s.service(d, data, s.Evidence.Blobs)
	return s
}

func (s *site) write(file, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) service(d *db.DB, data string, objects blob.Store) *backup.Service {
	s.t.Helper()
	c, err := backup.LoadConfig(filepath.Join(data, "backup.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	return &backup.Service{
		DB: d, Keys: s.Ring, Objects: objects, Orgs: org.Service{DB: d, Keys: s.Ring}, Config: c, Data: data,
		MadeBy: "test", Now: s.Hand.Now, Log: slog.New(slog.DiscardHandler),
	}
}

func (s *site) make() *backup.Made {
	s.t.Helper()
	s.Hand.Add(time.Minute)
	made, err := s.Make(s.t.Context(), access.Console)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func (s *site) in(url string) *backup.In {
	data := s.t.TempDir()
	s.write(filepath.Join(data, "keys", "master.key"), strings.Repeat("k", 32))
	return &backup.In{
		From: backup.Door{At: s.place}, Identity: s.key, Data: data, Master: keys.Place{Dir: filepath.Join(data, "keys")}, DB: url, Objects: blob.Folder{Dir: filepath.Join(data, "blobs")}, Now: s.Hand.Now,
	}
}

// restored puts the newest copy back into an empty database and opens it.
func (s *site) restored(url string) *backup.Service {
	s.t.Helper()
	in := s.in(url)
	if _, err := backup.Restore(s.t.Context(), in); err != nil {
		s.t.Fatal(err)
	}
	d, err := db.Open(s.t.Context(), db.Config{URL: url, Now: s.Hand.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = d.Close() })
	if err := backup.Hold(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
	return s.service(d, in.Data, in.Objects)
}

func (s *site) examine(b *backup.Service) *backup.LogState {
	s.t.Helper()
	list, err := b.Examine(s.t.Context())
	if err != nil || len(list) != 1 {
		s.t.Fatalf("%d logs: %v", len(list), err)
	}
	return &list[0]
}

func rows(t *testing.T, d *db.DB, except ...string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := d.Dump(t.Context(), &b, append(except, "auth_session", "backup_run", "backup_turn", "backup_hold", "backup_mirror"), nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func empties(t *testing.T) []string {
	return slices.DeleteFunc([]string{filepath.Join(t.TempDir(), "back.db"), dbtest.Another(t)}, func(s string) bool { return s == "" })
}

func (s *site) history(days int) {
	s.Days(days)
	if err := ledger.Settle(s.t.Context(), s.House.DB, s.Org.ID); err != nil {
		s.t.Fatal(err)
	}
	s.Sign()
}

// What was copied from either engine comes back whole on either, read-only until it
// is accepted.
func TestBackAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		s := newSite(t, d, hand)
		s.history(8)
		before := rows(t, d)
		made := s.make()
		if made.Objects == 0 || made.New != made.Objects || made.Rows == 0 || len(made.Logs) != 1 {
			t.Fatalf("%+v", made)
		}
		for i, url := range empties(t) {
			back := s.restored(url)
			if rows(t, back.DB) != before {
				t.Error("other rows came back")
			}
			if i > 0 {
				continue // the mark of what is signed is one for both
			}
			l := s.examine(back)
			if !l.Sound() || l.Rows == 0 {
				t.Errorf("%+v", l)
			}
			grant, err := access.Console(s.Org.ID).May(access.OrgEdit)
			if err != nil {
				t.Fatal(err)
			}
			write := func() error { return back.DB.Write(t.Context(), grant, func(*db.Tx) error { return nil }) }
			if err := write(); !fault.Is(err, fault.Conflict) {
				t.Errorf("changed before it was accepted: %v", err)
			}
			if err := back.DB.Look(t.Context(), grant, func(tx *db.Tx) error {
				return trail.Add(tx, trail.Act{Action: "session.begin", Noun: "user", Object: "x"})
			}); err != nil || s.examine(back).Size != l.Size {
				t.Errorf("looking is refused, or leaves a trail: %v", err)
			}
			if _, err := back.Accept(t.Context(), access.Console); err != nil {
				t.Fatal(err)
			}
			if err := write(); err != nil {
				t.Errorf("not changed after it was accepted: %v", err)
			}
			if _, err := back.Accept(t.Context(), access.Console); !fault.Is(err, fault.Conflict) {
				t.Errorf("accepted twice: %v", err)
			}
			if b, err := os.ReadFile(filepath.Join(back.Data, "anchor", "witnesses")); err != nil || string(b) != "quorum none\n" {
				t.Errorf("settings: %q %v", b, err)
			}
		}
	})
}

// A copy that is older than what was signed says so. With the log mirror it goes on,
// and the log says which entries have no rows.
func TestAnOldCopyGoesOnWithTheMirror(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		s := newSite(t, d, hand)
		s.history(4)
		mirror := func() {
			if err := s.Mirror(t.Context(), s.Org.ID); err != nil {
				t.Fatal(err)
			}
		}
		mirror()
		made := s.make()
		s.history(3)
		mirror()
		mirror() // nothing is new
		size := s.Sign().Size
		back := s.restored(empties(t)[0])
		l := s.examine(back)
		if l.Size != made.Logs[0].Size || l.Missing != size-l.Size || l.Here != l.Missing || l.Missing == 0 || l.Problem != "" || l.Sound() {
			t.Fatalf("%+v", l)
		}
		out, err := back.Accept(t.Context(), access.Console)
		if err != nil || len(out) != 1 || out[0].Replayed != l.Missing || out[0].Size <= size {
			t.Fatalf("%+v %v", out, err)
		}
		after := s.examine(back)
		if after.Problem != "" || after.Missing != 0 {
			t.Errorf("%+v", after)
		}
		grant, err := access.Console(s.Org.ID).May(access.LogRead)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.DB.Read(t.Context(), grant, func(tx *db.Tx) error {
			found, err := projection.Compare(tx, projection.Span{To: after.Size})
			if err == nil && found.Lost == 0 {
				t.Error("no entry is said to have lost its row")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := back.Mirror(t.Context(), s.Org.ID); err != nil {
			t.Errorf("the mirror does not take what follows: %v", err)
		}
		items := *s.Evidence
		items.DB, items.Blobs = back.DB, back.Objects
		packages := export.Service{DB: back.DB, Keys: s.Ring, MadeBy: "test", Evidence: &items}
		if _, err := packages.Package(t.Context(), s.Lead("usr_a"), export.PackageIn{Name: "x"}, io.Discard); !fault.Is(err, fault.Tampered) {
			t.Errorf("a package that lacks what was lost is made as if it were whole: %v", err)
		}
	})
}

// Without what is missing, the log does not go on.
func TestAnOldCopyWithoutAMirrorIsRefused(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	s := newSite(t, d, hand)
	s.history(3)
	s.make()
	s.history(2)
	back := s.restored(empties(t)[0])
	if l := s.examine(back); l.Missing == 0 || l.Here != 0 {
		t.Fatalf("%+v", l)
	}
	if _, err := back.Accept(t.Context(), access.Console); !fault.Is(err, fault.Tampered) {
		t.Errorf("accepted: %v", err)
	}
	if !back.DB.IsHeld() {
		t.Error("it may be changed")
	}
}

// A mirror refuses a log that forgot what it has, or has other entries.
func TestTheMirrorOnlyGrows(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	s := newSite(t, d, hand)
	s.history(2)
	s.make()
	s.history(1)
	if err := s.Mirror(t.Context(), s.Org.ID); err != nil {
		t.Fatal(err)
	}
	old := s.restored(empties(t)[0])
	old.DB.Hold(nil) // somebody who knows how
	if err := old.Mirror(t.Context(), s.Org.ID); !fault.Is(err, fault.Tampered) {
		t.Errorf("an old copy is mirrored: %v", err)
	}
}

// Whatever bit of a copy is changed, it is not put back.
func TestAlteredCopiesAreRefused(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	s := newSite(t, d, hand)
	s.history(2)
	s.make()
	var files []string
	if err := filepath.WalkDir(s.place, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (strings.HasSuffix(path, ".age") || blob.ValidName(e.Name())) {
			files = append(files, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, file := range files {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 12 {
			bad := bytes.Clone(good)
			at := random.IntN(len(bad))
			bad[at] ^= 1 << random.IntN(8)
			if err := errors.Join(os.Chmod(file, 0o600), os.WriteFile(file, bad, 0o600)); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Restore(t.Context(), s.in(filepath.Join(t.TempDir(), "back.db"))); err == nil {
				t.Errorf("%s, byte %d of %d: it was put back", filepath.Base(file), at, len(bad))
			}
		}
		if err := os.WriteFile(file, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backup.Restore(t.Context(), s.in(empties(t)[0])); err != nil {
		t.Errorf("unaltered: %v", err)
	}
}

func TestWhichCopiesStay(t *testing.T) {
	var list []backup.Copy
	at := time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC)
	for range 400 * 2 {
		list = append(list, backup.Copy{ID: at.Format("20060102T150405Z"), At: at})
		at = at.Add(-12 * time.Hour)
	}
	for want, keep := range map[string]backup.Keep{
		"20260331T230000Z":                                                                     {Last: 1},
		"20260331T110000Z 20260331T230000Z":                                                    {Last: 2},
		"20260329T230000Z 20260330T230000Z 20260331T230000Z":                                   {Last: 1, Daily: 3},
		"20260322T230000Z 20260329T230000Z 20260331T230000Z":                                   {Last: 1, Weekly: 3},
		"20260131T230000Z 20260228T230000Z 20260331T230000Z":                                   {Last: 1, Monthly: 3},
		"20260131T230000Z 20260228T230000Z 20260329T230000Z 20260330T230000Z 20260331T230000Z": {Last: 1, Daily: 3, Monthly: 3},
	} {
		var got []string
		for id := range keep.Kept(list) {
			got = append(got, id)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%+v keeps %v, want %s", keep, got, want)
		}
	}
}

// Copies and objects that nobody needs go; what another copy needs stays.
func TestOldCopiesGo(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	s := newSite(t, d, hand)
	s.history(8)
	first := s.make()
	second := s.make()
	if second.New != 0 || second.Objects != first.Objects {
		t.Errorf("objects travelled twice: %+v", second)
	}
	s.history(8)
	third := s.make()
	if third.New == 0 || !slices.Equal(third.Forgot, []string{first.ID}) {
		t.Errorf("%+v", third)
	}
	list, err := s.List(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != third.ID || list[1].ID != second.ID {
		t.Fatalf("%+v %v", list, err)
	}
	in := s.in(filepath.Join(t.TempDir(), "back.db"))
	in.ID = second.ID
	if back, err := backup.Restore(t.Context(), in); err != nil || back.Moved != second.Objects {
		t.Errorf("%+v %v", back, err)
	}
}

// A copy that broke off is none, and the next one takes its turn.
func TestACopyThatBrokeOff(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	s := newSite(t, d, hand)
	s.history(2)
	objects := s.Objects
	s.Objects = blob.Folder{Dir: t.TempDir()} // whose objects are gone
	hand.Add(time.Minute)
	if _, err := s.Make(t.Context(), access.Console); err == nil {
		t.Fatal("made without the objects")
	}
	if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	s.Objects = objects
	s.make()
	if _, err := backup.Restore(t.Context(), s.in(filepath.Join(t.TempDir(), "back.db"))); err != nil {
		t.Error(err)
	}
	grant, err := access.Console(s.Org.ID).May(access.LogRead)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Read(t.Context(), grant, func(tx *db.Tx) error {
		runs, err := backup.Runs(tx, 9)
		if err == nil && (len(runs) != 2 || !runs[0].OK || runs[1].OK || runs[1].Problem == "") {
			t.Errorf("%+v", runs)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A copy is put back beside the store to see that it can be: the log says so, and
// says when it cannot.
func TestACopyIsTried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		s := newSite(t, d, hand)
		s.history(8)
		made := s.make()
		s.history(1) // the store goes on
		runs := func() (list []backup.Run) {
			t.Helper()
			if err := ledger.Settle(t.Context(), d, s.Org.ID); err != nil {
				t.Fatal(err)
			}
			grant, err := access.Console(s.Org.ID).May(access.LogRead)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Read(t.Context(), grant, func(tx *db.Tx) (err error) {
				list, err = backup.Runs(tx, 9)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return list
		}
		hand.Add(time.Minute)
		out, err := s.Test(t.Context(), s.key, "", access.Console)
		if err != nil || out.ID != made.ID || out.Moved != made.Objects || len(out.Logs) != 1 || out.Logs[0].Size != made.Logs[0].Size {
			t.Fatalf("%+v %v", out, err)
		}
		if list := runs(); len(list) != 2 || list[0].Kind != backup.KindTest || !list[0].OK || list[0].Size != made.Logs[0].Size || list[0].Root != made.Logs[0].Root {
			t.Errorf("%+v", list)
		}
		file := filepath.Join(s.place, made.File)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		s.write(file, string(b))
		hand.Add(time.Minute)
		if _, err := s.Test(t.Context(), s.key, "", access.Console); !fault.Is(err, fault.Tampered) {
			t.Errorf("an altered copy: %v", err)
		}
		if list := runs(); len(list) != 3 || list[0].OK || list[0].Problem == "" || list[0].Backup != made.ID {
			t.Errorf("%+v", list)
		}
		if left, err := filepath.Glob(filepath.Join(s.Data, ".restore-*")); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
}

// What was said of a copy cannot be edited.
func TestEditedRunsAreFound(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	s := newSite(t, d, hand)
	s.history(1)
	s.make()
	grant, err := access.Console(s.Org.ID).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range []string{
		`UPDATE backup_run SET size = size + 1`, `UPDATE backup_run SET at = at - 1000`, `UPDATE backup_run SET ok = NOT ok`, `UPDATE backup_run SET sha256 = 'x'`,
		`UPDATE backup_run SET kind = 'test'`, `UPDATE backup_run SET objects = objects + 1`, `DELETE FROM backup_run`, ``,
	} {
		undone := errors.New("undone")
		if err := d.Write(t.Context(), grant, func(tx *db.Tx) error {
			if edit != "" {
				if _, err := tx.Exec(edit); err != nil {
					return err
				}
			}
			head, err := ledger.Head(tx)
			if err != nil {
				return err
			}
			found, err := projection.Compare(tx, projection.Span{To: int64(head.Size)})
			if err == nil && (found.Err() == nil) != (edit == "") {
				t.Errorf("%q: %v", edit, found.Err())
			}
			return errors.Join(err, undone)
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
	}
}

func TestCopiesComeDue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		s := newSite(t, d, hand)
		s.history(1)
		for _, step := range []struct {
			after time.Duration
			want  bool
		}{{0, true}, {0, false}, {23 * time.Hour, false}, {time.Hour, true}, {72 * time.Hour, true}, {time.Minute, false}} {
			hand.Add(step.after)
			if did, err := s.Tend(t.Context()); err != nil || did != step.want {
				t.Errorf("after %s: %v %v", step.after, did, err)
			}
		}
	})
}

// A copy is named by its second: the second one of a second takes the next, and is not refused.
func TestTwoCopiesOfASecond(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	s := newSite(t, d, hand)
	s.history(1)
	first := s.make()
	begun := true
	s.Now = func() time.Time { // the store's second passes while it is waited for
		if begun = !begun; begun {
			return hand.Now().Add(time.Second)
		}
		return hand.Now()
	}
	second, err := s.Make(t.Context(), access.Console)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(t.Context()); err != nil || len(list) != 2 || second.ID == first.ID {
		t.Errorf("%s after %s: %d copies, %v", second.ID, first.ID, len(list), err)
	}
}

func TestSettings(t *testing.T) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to := k.Recipient().String()
	for text, ok := range map[string]bool{
		"to: /x\nrecipients: [" + to + "]":                            true,
		"to: /x\nrecipients: [" + to + "]\nevery: 6h":                 true,
		"to: /x\nrecipients: [" + to + "]\nevery: 1m":                 false,
		"to: /x\nrecipients: [" + to + "]\nkeep: {last: 0, daily: 3}": false,
		"to: /x\nrecipients: []":                                      false,
		"to: /x\nrecipients: [age1]":                                  false,
		"recipients: [" + to + "]":                                    false,
		"to: /x\nwhat: 1":                                             false,
		"":                                                            false,
	} {
		file := filepath.Join(t.TempDir(), "backup.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.LoadConfig(file); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	if c, err := backup.LoadConfig(filepath.Join(t.TempDir(), "none")); c != nil || err != nil {
		t.Errorf("%v %v", c, err)
	}
}
