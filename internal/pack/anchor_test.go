package pack_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/kit/tsa"
	"assay/internal/kit/tsa/tsatest"
	"assay/internal/ledger"
	"assay/internal/pack"
)

// seen is a history that others saw, day by day.
type seen struct {
	outside *exporttest.Outside
	house   *exporttest.House
	whole   []byte
	early   []byte
	signer  *tlog.Signer
}

func theSeen(t *testing.T) *seen {
	t.Helper()
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	s := &seen{house: h, outside: h.Outside()}
	s.outside.Days(6)
	s.early, _ = h.Package(time.Time{}, time.Time{})
	s.outside.Days(3)
	s.whole, _ = h.Package(time.Time{}, time.Time{})
	s.signer = signerOf(t, h)
	return s
}

func (s *seen) options(t testing.TB) pack.Options {
	t.Helper()
	p, err := pack.ParsePolicy(s.outside.Policy)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := tsa.ParseRoots(s.outside.Roots)
	if err != nil {
		t.Fatal(err)
	}
	return pack.Options{Policy: p, Time: &pack.Time{Roots: roots, Cadence: 25 * time.Hour}}
}

func TestAnchors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := exporttest.New(t, d, hand, "test.invalid")
		plain, _ := h.Package(time.Time{}, time.Time{})
		if r := verify(t, plain, pack.Options{}); !r.Verified || r.Anchors.Stamps != 0 || !bytes.Contains(plain, []byte(pack.FormatV1)) {
			t.Errorf("%+v", r)
		}
		s := &seen{house: h, outside: h.Outside()}
		s.outside.Days(3)
		b, _ := h.Package(time.Time{}, time.Time{})
		r := verify(t, b, s.options(t))
		if a := r.Anchors; !r.Verified || a.Stamps != 8 || len(a.Authorities) != 2 || !slices.Equal(a.Witnesses, []string{"w"}) || a.Cosignatures != 3 || a.Tail > 2 || !a.Trusted {
			t.Errorf("%+v\n%+v", r.Problems, a)
		}
		for _, n := range r.NotProven {
			if strings.Contains(n, "When things") || strings.Contains(n, "only history") {
				t.Error(n)
			}
		}
		if _, err := ledgerVerified(t, h); err != nil {
			t.Error(err)
		}
		part, _ := h.Package(h.Begun().Add(24*time.Hour), h.Begun().Add(48*time.Hour))
		if r := verify(t, part, s.options(t)); !r.Verified {
			t.Errorf("%+v", r.Problems)
		}
		if r := verify(t, b, pack.Options{}); !r.Verified || r.Anchors.Trusted || len(r.Anchors.Witnesses) != 0 {
			t.Errorf("%+v", r)
		}
	})
}

func ledgerVerified(t *testing.T, h *exporttest.House) (v ledger.Verification, err error) {
	t.Helper()
	g, gerr := access.Console(h.Org.ID).May(access.LogRead)
	if gerr != nil {
		t.Fatal(gerr)
	}
	err = h.DB.Read(t.Context(), g, func(tx *db.Tx) error {
		v, err = ledger.Verify(tx)
		return err
	})
	return v, err
}

// second runs the verifier that shares no code with ours, and returns its exit
// code and what it says.
func second(t *testing.T, b []byte, args map[string]string) (code int, said string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	tsatest.FindOpenSSL(t)
	dir := t.TempDir()
	line := []string{"../../docs/spec/verify.py"}
	put := func(name string, b []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		value := args[name]
		if strings.Contains(value, "\n") {
			value = put(name, []byte(value))
		}
		line = append(line, "--"+name, value)
	}
	out, err := exec.CommandContext(t.Context(), python, append(line, put("package.zip", b))...).CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode(), string(out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, string(out)
}

// both has both verifiers refuse, and returns what the first says.
func (s *seen) both(t *testing.T, b []byte, o pack.Options, policy string) string {
	t.Helper()
	got := refused(t, b, o)
	if code, said := second(t, b, map[string]string{"policy": policy, "time-roots": string(s.outside.Roots), "cadence": "25h"}); code != 10 {
		t.Errorf("the second verifier ends with %d: %s", code, said)
	}
	return got
}

// stamps finds the entries that name tokens.
func stamps(list []*tlog.Envelope) []*tlog.Envelope { return leaves(list, "anchor.tsa", "") }

// rechain makes every entry name the newest token before it.
func rechain(list []*tlog.Envelope) []*tlog.Envelope {
	newest := ""
	for _, e := range list {
		e.Anchor = newest
		if e.Type == "anchor.tsa" {
			newest, _ = e.Body["token"].(string)
		}
	}
	return list
}

// unwitnessed puts something else in the place of what witnesses said.
func unwitnessed(list []*tlog.Envelope) []*tlog.Envelope {
	for _, e := range leaves(list, "anchor.witness", "") {
		e.Type = "something.else"
	}
	return list
}

// rewriting is what the operator can do to a log that others saw: he holds the
// log's key, writes the log anew and signs it.
var rewriting = map[string]struct {
	edit func(s *seen, list []*tlog.Envelope) []*tlog.Envelope
	want string
}{
	"history rewritten, old tokens kept": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		list[3].Actor = "usr_z"
		return unwitnessed(list)
	}, "imprint differs"},
	"history rewritten, old cosignatures kept": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		list[3].Actor = "usr_z"
		return list
	}, "signature of witness.invalid/w is wrong"},
	"history rewritten, tokens and their entries left out": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		list[3].Actor = "usr_z"
		return rechain(slices.DeleteFunc(list, func(e *tlog.Envelope) bool { return strings.HasPrefix(e.Type, "anchor.") }))
	}, "the log has none"},
	"an entry that does not name the newest token": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		list[len(list)-1].Anchor = ""
		return list
	}, "the newest before it"},
	"a token named before it was there": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		stamps(list)[0].Body["size"] = int64(1 << 40)
		return list
	}, "stands at"},
	"a token's time": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		last := stamps(list)
		last[len(last)-1].Body["time"] = "2026-01-01T00:00:00.000Z"
		return list
	}, "the log says that it says"},
	"a token of nothing": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		last := stamps(list)
		last[len(last)-1].Body["token"] = strings.Repeat("0", 64)
		return rechain(list)
	}, "is missing"},
	"tokens swapped": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		all := stamps(list)
		a, b := all[0], all[len(all)-1]
		a.Body["token"], b.Body["token"] = b.Body["token"], a.Body["token"]
		a.Body["time"], b.Body["time"] = b.Body["time"], a.Body["time"]
		return rechain(unwitnessed(list))
	}, "imprint differs"},
	"a witness's word": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		all := leaves(list, "anchor.witness", "")
		all[0].Body["cosignature"] = all[len(all)-1].Body["cosignature"]
		return list
	}, "wrong"},
	"a witness's time": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "anchor.witness", "")[0].Body["time"] = "2026-01-01T00:00:00.000Z"
		return list
	}, "the witness says"},
	"an anchor in another's stream": {func(_ *seen, list []*tlog.Envelope) []*tlog.Envelope {
		for _, e := range stamps(list) {
			e.Stream = "trail"
		}
		return list
	}, "it is in the stream trail"},
}

func TestRewriting(t *testing.T) {
	s := theSeen(t)
	o := s.options(t)
	if r := verify(t, s.whole, o); !r.Verified {
		t.Fatalf("%+v", r.Problems)
	}
	code, said := second(t, s.whole, map[string]string{"policy": s.outside.Policy, "time-roots": string(s.outside.Roots), "cadence": "25h"})
	if code != 0 || !strings.Contains(said, " time stamps under the roots given, cosigned by w; under the key of the policy") {
		t.Errorf("the second verifier ends with %d: %s", code, said)
	}
	// Whoever asks for no witness still finds each by the tokens or by the entries.
	none, err := pack.ParsePolicy("log " + s.signer.Verifier() + "\nquorum none\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(rewriting)) {
		t.Run(name, func(t *testing.T) {
			x := unpack(t, s.whole)
			x.forge(s.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope { return rewriting[name].edit(s, list) })
			b := x.pack(s.signer)
			refused(t, b, o)
			x.put(pack.FileCosigned, nil)
			got := s.both(t, x.pack(s.signer), pack.Options{Policy: none, Time: o.Time}, "log "+s.signer.Verifier()+"\nquorum none\n")
			if !strings.Contains(got, rewriting[name].want) {
				t.Errorf("refused for another reason: %s", got)
			}
			t.Log(got)
		})
	}
}

// TestWithoutTheWitness holds that a rewritten log, and one that others did not
// see to its end, lack what the policy asks for.
func TestWithoutTheWitness(t *testing.T) {
	s := theSeen(t)
	o := s.options(t)
	for name, edit := range map[string]func(x *box){
		"no cosigned checkpoint":  func(x *box) { x.put(pack.FileCosigned, nil) },
		"the log's own signature": func(x *box) { x.put(pack.FileCosigned, x.files[pack.FileCheckpoint]) },
		"an earlier checkpoint":   func(x *box) { x.put(pack.FileCosigned, unpack(t, s.early).files[pack.FileCosigned]) },
		"a line edited": func(x *box) {
			b := bytes.Clone(x.files[pack.FileCosigned])
			b[len(b)-20] ^= 1
			x.put(pack.FileCosigned, b)
		},
		"a token removed": func(x *box) { x.put(x.first("anchors/", ".tst"), nil) },
		"a token edited":  func(x *box) { x.flip(x.first("anchors/", ".tst")) },
		"a token put in":  func(x *box) { x.put(pack.TokenFile(strings.Repeat("0", 64)), []byte("x")) },
		"a note put in":   func(x *box) { x.put("anchors/note", []byte("x")) },
		"the old format":  func(x *box) { x.edit(pack.FileHeader, pack.FormatV2, pack.FormatV1) },
		"history rewritten": func(x *box) {
			x.forge(s.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope {
				for _, e := range list { // all that others said is left out, and everything dated now
					e.At = list[len(list)-1].At
				}
				return list
			})
		},
	} {
		x := unpack(t, s.whole)
		edit(x)
		t.Logf("%s: %s", name, s.both(t, x.pack(s.signer), o, s.outside.Policy))
	}
	s.outside.Lost["witness"] = true
	b, _ := s.house.Package(time.Time{}, time.Time{})
	if got := s.both(t, b, o, s.outside.Policy); !strings.Contains(got, "quorum is not met") {
		t.Error(got)
	}
}

// dated is a log made to measure: entries at given hours, stamped at others.
type dated struct {
	signer *tlog.Signer
	tsa    *tsatest.Authority
	now    time.Time
}

func hour(n float64) time.Time {
	return time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n * float64(time.Hour)))
}

// timeline makes a package of a log whose entries claim hours, or which stamps
// them: "3.5" is an entry that claims 3:30, "@4" a stamp over all before at 4:00.
func (d *dated) timeline(t *testing.T, little []byte, steps ...string) []byte {
	t.Helper()
	x := unpack(t, little)
	first := x.entries()[0]
	for _, n := range slices.Clone(x.names) {
		for _, dir := range []string{"records/", "collections/", "kinds/", "checks/", "trail/", "results/", "objects/"} {
			if strings.HasPrefix(n, dir) {
				x.put(n, nil)
			}
		}
	}
	x.put(pack.FileExclusions, []byte("[]\n"))
	x.edit(pack.FileHeader, pack.FormatV1, pack.FormatV2)
	first.At, first.Anchor = hour(0), ""
	list := []*tlog.Envelope{first}
	hashes := func() (out []tlog.Hash) {
		ends, seqs := map[string]string{}, map[string]int64{}
		for _, e := range list {
			e.Seq, e.Prev = seqs[e.Stream], ends[e.Stream]
			b, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			h := tlog.LeafHash(b)
			ends[e.Stream], seqs[e.Stream], out = h.String(), e.Seq+1, append(out, h)
		}
		return out
	}
	for i, step := range steps {
		at, stamped := strings.CutPrefix(step, "@")
		n, err := strconv.ParseFloat(at, 64)
		if err != nil {
			t.Fatal(err)
		}
		e := &tlog.Envelope{Type: "something.else", Log: first.Log, ID: "lf_" + strconv.Itoa(i), At: hour(n), Stream: "x", Body: map[string]any{}}
		if stamped {
			d.now = hour(n)
			c := tlog.Checkpoint{Origin: first.Log, Size: uint64(len(list)), Root: tlog.Root(hashes())}
			token := d.tsa.Token(pack.StampHash(c), nil)
			sum := tlog.Hash(sha256.Sum256(token))
			e.Type, e.Stream = "anchor.tsa", "anchor"
			e.Body = map[string]any{"authority": "a", "size": int64(len(list)), "token": sum.String(), "time": clock.Format(d.now)}
			x.put(pack.TokenFile(sum.String()), token)
		}
		list = rechain(append(list, e))
	}
	x.forge(d.signer, true, func([]*tlog.Envelope) []*tlog.Envelope { return list })
	return x.pack(d.signer)
}

// TestBoundsOfTime holds the two bounds and the cadence, each against an operator
// who holds the key and buys fresh tokens.
func TestBoundsOfTime(t *testing.T) {
	m := theHistory(t)
	d := &dated{signer: m.tiny, now: hour(0)}
	d.tsa = tsatest.New(t, func() time.Time { return d.now })
	roots, err := tsa.ParseRoots(d.tsa.PEM())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why   string
		steps string
		want  string
	}{
		{"honest", "0.2 0.9 @1 1.5 1.9 @2 2.5 @3", ""},
		{"clocks differ a little", "0.2 1.05 @1 0.95 @2", ""},
		{"nothing for days", "0.5 @1 71.5 @72", ""},
		{"the last stamp is not of the end", "0.5 @1 1.5 2.4", ""},
		{"an entry put in and back-dated", "0.5 @1 1.5 0.7 @2", "back-dated"},
		{"back-dated within the skew and the cadence", "0.5 @1 0.97 @2", ""},
		{"post-dated", "0.5 @1 2.5 @2", "post-dated"},
		{"everything made anew, one late token", "0.5 10.5 20.5 30.5 @40", "was due within"},
		{"everything made anew, fresh tokens for all", "0.5 @40 1.5 @40.1 2.5 @40.2", "was due within"},
		{"stamps failed for hours", "0.5 @1 1.5 @9", "was due within"},
		{"stamps ended", "0.5 @1 1.5 9.5", "was due within"},
		{"no stamp", "0.5 1.5", "the log has none"},
		{"tokens of another order", "0.5 @3 2.5 @1", "post-dated"},
	} {
		b := d.timeline(t, m.little, strings.Fields(c.steps)...)
		r := verify(t, b, pack.Options{Time: &pack.Time{Roots: roots}})
		got := ""
		if !r.Verified {
			got = r.Problems[0].What
		}
		if c.want == "" && !r.Verified || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v", c.why, r.Problems)
		}
		if code, said := second(t, b, map[string]string{"time-roots": string(d.tsa.PEM())}); (code == 0) != r.Verified {
			t.Errorf("%s: the second verifier ends with %d: %s", c.why, code, said)
		}
		if !verify(t, b, pack.Options{}).Verified { // without roots, nothing is said of time
			t.Errorf("%s: not consistent by itself", c.why)
		}
	}
	// Stamps that were promised later than the log began.
	b := d.timeline(t, m.little, strings.Fields("1 2 3 40 @40.5 41 @42")...)
	r := verify(t, b, pack.Options{Time: &pack.Time{Roots: roots, From: hour(40)}})
	if !r.Verified || r.Anchors.Before != 4 || !strings.Contains(strings.Join(r.NotProven, " "), "When 4 entries") {
		t.Errorf("%+v %+v", r.Problems, r.Anchors)
	}
	other, err := tsa.ParseRoots(tsatest.New(t, func() time.Time { return hour(0) }).PEM())
	if err != nil {
		t.Fatal(err)
	}
	if got := refused(t, b, pack.Options{Time: &pack.Time{Roots: other}}); !strings.Contains(got, "certificate") {
		t.Error(got)
	}
}

// TestTheWitnessStopsAPackage holds that nothing is exported of a log that a
// witness saw otherwise, and that whoever is away stops nothing.
func TestTheWitnessStopsAPackage(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	o := h.Outside()
	o.Days(1)
	o.Lost["north"] = true
	h.Package(time.Time{}, time.Time{})
	o.Lost["north"], o.Lost["south"] = false, true
	g, err := access.Job(h.Org.ID, "test").May(access.LogRead)
	if err != nil {
		t.Fatal(err)
	}
	o.Round()
	var state anchor.State
	if err := d.Read(t.Context(), g, func(tx *db.Tx) error {
		state, err = o.Service.State(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if a := state.Authorities; len(a) != 2 || a[0].Problem != "" && a[1].Problem == "" || a[0].Size == 0 || state.Witnesses[0].Size == 0 {
		t.Errorf("%+v", state)
	}
	// A witness that cosigned another history of more entries.
	s := signerOf(t, h)
	other := tlog.Checkpoint{Origin: s.Name(), Size: 1 << 20, Root: tlog.Hash{1}}
	note, err := s.SignText(other.Text())
	if err != nil {
		t.Fatal(err)
	}
	o.Reset(string(note))
	var b bytes.Buffer
	_, err = h.Export.Package(t.Context(), h.Lead("usr_a"), exporttest.Everything(), &b)
	if !fault.Is(err, fault.Tampered) || !strings.Contains(err.Error(), "witness") || b.Len() > 0 {
		t.Errorf("%v", err)
	}
}
