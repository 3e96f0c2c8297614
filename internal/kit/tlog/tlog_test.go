package tlog_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	ours "assay/internal/kit/tlog"
)

type tree []ours.Hash

func newTree(n int) tree {
	t := tree{}
	for i := range n {
		t = append(t, ours.LeafHash([]byte{byte(i), byte(i >> 8)}))
	}
	return t
}

func (t tree) at(level int, index uint64) (ours.Hash, error) {
	w := uint64(1) << level
	return ours.Root(t[index*w : (index+1)*w]), nil
}

// reference reads hashes for golang.org/x/mod/sumdb/tlog.
func (t tree) reference() tlog.HashReader {
	return tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range idx {
			level, n := tlog.SplitStoredHashIndex(i)
			h, _ := t.at(level, uint64(n))
			out = append(out, tlog.Hash(h))
		}
		return out, nil
	})
}

func TestRootsAndProofsAgreeWithTheReference(t *testing.T) {
	full := newTree(200)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		old := rapid.IntRange(1, n).Draw(t, "old")
		tr := full[:n]
		want, err := tlog.TreeHash(int64(n), tr.reference())
		if err != nil {
			t.Fatal(err)
		}
		root := ours.Root(tr)
		if root != ours.Hash(want) {
			t.Fatal("root")
		}
		path, err := ours.ProveInclusion(uint64(i), uint64(n), tr.at)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := tlog.ProveRecord(int64(n), int64(i), tr.reference())
		if err != nil {
			t.Fatal(err)
		}
		if len(theirs) != len(path) {
			t.Fatalf("inclusion: %d hashes, reference %d", len(path), len(theirs))
		}
		for k := range path {
			if path[k] != ours.Hash(theirs[k]) {
				t.Fatal("inclusion differs")
			}
		}
		if err := ours.VerifyInclusion(uint64(i), uint64(n), tr[i], path, root); err != nil {
			t.Fatal(err)
		}
		proof, err := ours.ProveConsistency(uint64(old), uint64(n), tr.at)
		if err != nil {
			t.Fatal(err)
		}
		if err := ours.VerifyConsistency(uint64(old), uint64(n), ours.Root(tr[:old]), root, proof); err != nil {
			t.Fatal(err)
		}
		forged := ours.Root(newTree(old - 1))
		if ours.VerifyConsistency(uint64(old), uint64(n), forged, root, proof) == nil {
			t.Fatal("a forged old root is accepted")
		}
		if len(path) > 0 {
			k := rapid.IntRange(0, len(path)-1).Draw(t, "k")
			path[k][0] ^= 1
			if ours.VerifyInclusion(uint64(i), uint64(n), tr[i], path, root) == nil {
				t.Fatal("an altered path is accepted")
			}
		}
	})
}

func TestFrontierResumes(t *testing.T) {
	full := newTree(300)
	var f ours.Frontier
	for i, h := range full {
		again, err := ours.NewFrontier(f.Size(), f.Hashes())
		if err != nil {
			t.Fatal(err)
		}
		again.Append(h, func(level int, index uint64, got ours.Hash) {
			if want, _ := full.at(level, index); got != want {
				t.Fatalf("subtree %d/%d", level, index)
			}
		})
		f = again
		if f.Root() != ours.Root(full[:i+1]) {
			t.Fatalf("root at %d", i+1)
		}
	}
	if _, err := ours.NewFrontier(3, full[:1]); err == nil {
		t.Fatal("a frontier with a missing hash is accepted")
	}
}

func TestLeafRoundTripsAndRefusesEveryOtherSpelling(t *testing.T) {
	e := ours.Envelope{
		Type: "check.result", Log: "assay.invalid/soc2/x", ID: "lf_1", At: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC),
		Actor: "usr_1", Stream: "check/a", Seq: 7, Prev: "00", Body: map[string]any{"n": 3, "s": "é"},
		Commit: map[string]string{"detail": "AAAA"}, Blobs: []ours.Blob{{Name: "n", Size: 1, Media: "text/csv", Plain: "p"}},
	}
	leaf, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	d, err := ours.Decode(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.Encode(); err != nil || !bytes.Equal(again, leaf) {
		t.Fatalf("%s %v", again, err)
	}
	for i := range leaf {
		for bit := range 8 {
			bad := bytes.Clone(leaf)
			bad[i] ^= 1 << bit
			if d, err := ours.Decode(bad); err == nil {
				if again, _ := d.Encode(); !bytes.Equal(again, bad) {
					t.Fatalf("bit %d of byte %d is not read", bit, i)
				}
			}
		}
	}
	for _, bad := range []string{" ", "\n", "{}"} {
		if _, err := ours.Decode(append(bytes.Clone(leaf), bad...)); err == nil {
			t.Fatalf("%q after the end is accepted", bad)
		}
	}
	e.Body = map[string]any{"text": strings.Repeat("x", 1<<16)}
	if _, err := e.Encode(); err == nil {
		t.Fatal("a leaf over the limit is accepted")
	}
}

func TestCheckpoint(t *testing.T) {
	s, err := ours.NewSigner("assay.invalid/soc2/x", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	want := ours.Checkpoint{Origin: s.Name(), Size: 5, Root: ours.LeafHash(nil)}
	signed, err := s.SignText(want.Text())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ours.OpenCheckpoint(signed, s.Verifier())
	if err != nil || got != want {
		t.Fatalf("%+v %v", got, err)
	}
	for i := range signed {
		for bit := range 8 {
			bad := bytes.Clone(signed)
			bad[i] ^= 1 << bit
			if _, err := ours.OpenCheckpoint(bad, s.Verifier()); err == nil {
				t.Fatalf("bit %d of byte %d can be flipped:\n%s", bit, i, bad)
			}
		}
	}
	other, err := ours.NewSigner("assay.invalid/soc2/y", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ours.OpenCheckpoint(signed, other.Verifier()); err == nil {
		t.Fatal("another log's key is accepted")
	}
}

func TestTilePaths(t *testing.T) {
	for want, tile := range map[string]ours.Tile{
		"tile/0/x001/x234/067":     {Level: 0, Index: 1234067, Width: 256},
		"tile/0/x001/x234/067.p/8": {Level: 0, Index: 1234067, Width: 8},
		"tile/entries/000.p/3":     {Level: -1, Index: 0, Width: 3},
		"tile/1/001":               {Level: 1, Index: 1, Width: 256},
	} {
		if got := tile.Path(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if n := len(ours.Tiles(70000)); n != 274*2+2+1 {
		t.Fatalf("%d tiles", n)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(ours.LeafTag + `{"actor":"","anchor":"","at":"2026-01-01T00:00:00.000Z","body":{},"id":"","log":"","prev":"","seq":0,"stream":"","type":"","v":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ours.Decode(b)
		if err != nil {
			return
		}
		if again, err := e.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("decoded bytes do not encode to themselves: %s %v", again, err)
		}
	})
}

func TestLeafMembersAreExact(t *testing.T) {
	good := `{"actor":"","anchor":"","at":"2026-01-01T00:00:00.000Z","body":{},"id":"","log":"","prev":"","seq":0,"stream":"","type":"","v":1}`
	if _, err := ours.Decode([]byte(ours.LeafTag + good)); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string][2]string{
		"missing":        {`"actor":"",`, ``},
		"unknown":        {`"v":1`, `"v":1,"w":1`},
		"empty commit":   {`"id"`, `"commit":{},"id"`},
		"commit of ints": {`"id"`, `"commit":{"a":1},"id"`},
		"empty blobs":    {`"body"`, `"blobs":[],"body"`},
		"blob members":   {`"body"`, `"blobs":[{"name":"a"}],"body"`},
		"comma in time":  {`00.000Z`, `00,000Z`},
		"body is a list": {`"body":{}`, `"body":[]`},
		"version":        {`"v":1`, `"v":2`},
		"seq":            {`"seq":0`, `"seq":"0"`},
	} {
		if _, err := ours.Decode([]byte(ours.LeafTag + strings.Replace(good, edit[0], edit[1], 1))); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	e := ours.Envelope{
		Type: "trail.entry", Log: "assay.invalid/soc2/0123456789abcdef", ID: "lf_01k9abcdefghjkmnpqrstvwxyz", At: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC),
		Actor: "usr_01k9abcdefghjkmnpqrstvwxyz", Stream: "trail", Seq: 7123, Prev: strings.Repeat("a0", 32),
		Body:   map[string]any{"action": "control.edit", "noun": "control", "object": "ctl_01k9abcdefghjkmnpqrstvwxyz", "door": "web"},
		Commit: map[string]string{"detail": strings.Repeat("A", 43) + "="},
	}
	leaf, err := e.Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(leaf)))
	for b.Loop() {
		if _, err := ours.Open(leaf); err != nil {
			b.Fatal(err)
		}
	}
}

func TestVerifierKeysHaveOneSpelling(t *testing.T) {
	s, err := ours.NewSigner("assay.invalid/soc2/x", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	good := s.Verifier()
	if err := ours.CheckVerifier(good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		for bit := range 8 {
			bad := []byte(good)
			bad[i] ^= 1 << bit
			if err := ours.CheckVerifier(string(bad)); err == nil {
				t.Errorf("%s is accepted", bad)
			}
		}
	}
}
