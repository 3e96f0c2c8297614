package pack_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"

	"assay/internal/kit/tlog"
	"assay/internal/pack"
	"assay/internal/resource"
)

// lines splits a file into its lines, with their ends.
func (x *box) lines(name string) []string { return strings.SplitAfter(string(x.files[name]), "\n") }

// addRecord makes a record of the given one with another salt, in its place.
func (x *box) addRecord(edit func(*pack.Record)) tlog.Hash {
	x.t.Helper()
	name := pack.RecordsFile(0)
	list := x.lines(name)
	start := strings.Index(list[0], `"record":`) + len(`"record":`)
	end := strings.LastIndex(list[0], `,"salt":`)
	r := pack.Record{Salt: tlog.Salt{1}, Bytes: []byte(list[0][start:end])}
	if rec, err := resource.ParseRecord(r.Bytes); err != nil || rec.Personal != "" {
		rec.Personal = ""
		if r.Bytes, err = rec.Bytes(); err != nil {
			x.t.Fatal(err)
		}
	}
	if edit != nil {
		edit(&r)
	}
	r.Hash = tlog.RecordHash(r.Salt, r.Bytes)
	list = append(list[:len(list)-1], string(r.Append(nil)))
	slices.SortFunc(list, func(a, b string) int {
		return strings.Compare(a[strings.Index(a, `"hash"`):], b[strings.Index(b, `"hash"`):])
	})
	x.put(name, []byte(strings.Join(list, "")))
	return r.Hash
}

// withPersonal is the number of a line with a personal part.
func (x *box) withPersonal() int {
	return slices.IndexFunc(x.lines(pack.RecordsFile(0)), func(l string) bool { return strings.Contains(l, `"personal":{`) })
}

// tampering is everything that can be done to a package without writing its log
// anew. Each is tried by somebody who cannot sign, and by whoever holds the key
// and signs the manifests anew.
var tampering = map[string]func(x *box){
	"record edited": func(x *box) { x.edit(pack.RecordsFile(0), `"mfa":false`, `"mfa":true`) },
	"record edited and hashed anew": func(x *box) {
		name := pack.RecordsFile(0)
		list := x.lines(name)
		old := list[0][strings.Index(list[0], `"hash":"`)+8:][:64]
		x.addRecord(nil)
		x.put(name, []byte(strings.ReplaceAll(string(x.files[name]), list[0], "")))
		_ = old
	},
	"record removed": func(x *box) {
		x.put(pack.RecordsFile(0), []byte(strings.Join(x.lines(pack.RecordsFile(0))[1:], "")))
	},
	"record added": func(x *box) { x.addRecord(nil) },
	"record twice": func(x *box) {
		list := x.lines(pack.RecordsFile(0))
		x.put(pack.RecordsFile(0), []byte(list[0]+strings.Join(list, "")))
	},
	"records swapped": func(x *box) {
		list := x.lines(pack.RecordsFile(0))
		list[0], list[1] = list[1], list[0]
		x.put(pack.RecordsFile(0), []byte(strings.Join(list, "")))
	},
	"record swapped for another in a collection": func(x *box) {
		h := x.addRecord(nil)
		name := x.first("collections/con_a/1", pack.DeltaExt)
		list := x.lines(name)
		list[0] = "+" + h.String() + "\n"
		list = list[:len(list)-1]
		slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[1:], b[1:]) })
		x.put(name, []byte(strings.Join(list, "")))
	},
	"records gone": func(x *box) { x.put(pack.RecordsFile(0), nil) },
	"salt of a record": func(x *box) {
		x.edit(pack.RecordsFile(0), `"salt":"`, `"salt":"`+strings.Repeat("A", 43)+`="}`+"\n"+`{"x":"`)
	},
	"personal part edited": func(x *box) { x.edit(pack.RecordsFile(0), `"personal":{"email":"p`, `"personal":{"email":"q`) },
	"personal part removed": func(x *box) {
		list := x.lines(pack.RecordsFile(0))
		i := x.withPersonal()
		from := strings.Index(list[i], `,"personal":`)
		list[i] = list[i][:from] + list[i][strings.Index(list[i], `,"record":`):]
		x.put(pack.RecordsFile(0), []byte(strings.Join(list, "")))
	},
	"member added to a delta": func(x *box) {
		h := x.addRecord(nil)
		name := x.first("collections/con_a/1", pack.DeltaExt)
		list := append(x.lines(name), "+"+h.String()+"\n")
		list = slices.DeleteFunc(list, func(l string) bool { return l == "" })
		slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[1:], b[1:]) })
		x.put(name, []byte(strings.Join(list, "")))
	},
	"member removed from a delta": func(x *box) {
		name := x.first("collections/con_a/1", pack.DeltaExt)
		x.put(name, []byte(strings.Join(x.lines(name)[1:], "")))
	},
	"delta removed":      func(x *box) { x.put(x.first("collections/con_a/", pack.DeltaExt), nil) },
	"delta emptied":      func(x *box) { x.put(x.first("collections/con_a/", pack.DeltaExt), []byte{}) },
	"delta reversed":     func(x *box) { x.edit(x.first("collections/con_a/2", pack.DeltaExt), "-", "+") },
	"delta put in":       func(x *box) { x.put("collections/con_a/999.delta", []byte("+"+strings.Repeat("0", 64)+"\n")) },
	"manifest edited":    func(x *box) { x.edit(x.first("collections/con_a/", ".json"), `"complete": true`, `"complete": false`) },
	"manifest reworded":  func(x *box) { x.edit(x.first("collections/con_a/", ".json"), `"List"`, `"Lisp"`) },
	"manifest removed":   func(x *box) { x.put(x.first("collections/con_a/", ".json"), nil) },
	"manifest's salt":    func(x *box) { x.put(x.first("collections/con_a/", ".salt"), []byte(strings.Repeat("A", 43)+"=\n")) },
	"manifests swapped":  func(x *box) { x.swap("collections/con_a/1.json", "collections/con_a/2.json") },
	"collection removed": func(x *box) { x.removeAll("collections/con_a/1.") },
	"last collection removed": func(x *box) {
		x.put("collections/register/test/20.json", nil)
		x.put("collections/register/test/20.salt", nil)
	},
	"verdict changed in an entry": func(x *box) { x.edit("log/tile/entries/000", `"status":"fail"`, `"status":"pass"`) },
	"entry edited":                func(x *box) { x.edit("log/tile/entries/000", `"actor":"usr_a"`, `"actor":"usr_b"`) },
	"entry's type":                func(x *box) { x.edit("log/tile/entries/000", `"check.intent"`, `"chock.intent"`) },
	"bundle cut": func(x *box) {
		n := "log/tile/entries/000"
		x.put(n, x.files[n][:len(x.files[n])-1])
	},
	"bundle removed":            func(x *box) { x.put("log/tile/entries/000", nil) },
	"tile edited":               func(x *box) { x.flip("log/tile/0/000") },
	"upper tile edited":         func(x *box) { x.flip("log/tile/1/000.p/1") },
	"tile removed":              func(x *box) { x.put("log/tile/0/000", nil) },
	"tile put in":               func(x *box) { x.put("log/tile/2/000.p/1", make([]byte, 32)) },
	"checkpoint edited":         func(x *box) { x.flip(pack.FileCheckpoint) },
	"checkpoint removed":        func(x *box) { x.put(pack.FileCheckpoint, nil) },
	"earlier checkpoint":        func(x *box) { x.put(pack.FileCheckpoint, x.files[x.first("log/checkpoints/", "")]) },
	"checkpoint renamed":        func(x *box) { x.rename(x.first("log/checkpoints/", ""), "log/checkpoints/5") },
	"checkpoint of size 07":     func(x *box) { x.rename(x.first("log/checkpoints/", ""), "log/checkpoints/07") },
	"keys edited":               func(x *box) { x.flip(pack.FileKeys) },
	"keys with spaces":          func(x *box) { x.put(pack.FileKeys, append([]byte(" "), x.files[pack.FileKeys]...)) },
	"definition edited":         func(x *box) { x.editIn("checks/", `"severity":"high"`, `"severity":"low"`) },
	"definition removed":        func(x *box) { x.put(x.first("checks/", ""), nil) },
	"definition under its hash": func(x *box) { x.rehash("checks/", `"freshness":"26h"`, `"freshness":"99d"`) },
	"kind edited":               func(x *box) { x.editIn("kinds/", `"Accounts"`, `"Occounts"`) },
	"kind removed":              func(x *box) { x.put(x.first("kinds/", ""), nil) },
	"kind put in":               func(x *box) { x.rehash("kinds/", `"version":1`, `"version":2`) },
	"trail entry edited":        func(x *box) { x.edit(pack.TrailFile(0), `"name":"Name of usr_a"`, `"name":"Name of usr_b"`) },
	"trail entry removed": func(x *box) {
		x.put(pack.TrailFile(0), []byte(strings.Join(x.lines(pack.TrailFile(0))[1:], "")))
	},
	"trail entry twice": func(x *box) {
		x.put(pack.TrailFile(0), append(x.files[pack.TrailFile(0)], x.lines(pack.TrailFile(0))[0]...))
	},
	"trail entry put in": func(x *box) {
		e := pack.TrailEntry{Leaf: "lf_x", Detail: []byte(`{}`)}
		b, _ := e.Append(x.files[pack.TrailFile(0)])
		x.put(pack.TrailFile(0), b)
	},
	"trail gone":          func(x *box) { x.put(pack.TrailFile(0), nil) },
	"exclusion's reason":  func(x *box) { x.edit(pack.FileExclusions, "A robot", "No robot") },
	"exclusion's subject": func(x *box) { x.edit(pack.FileExclusions, `"id":"id-0`, `"id":"id-1`) },
	"exclusion removed":   func(x *box) { x.put(pack.FileExclusions, []byte("[]\n")) },
	"exclusions gone":     func(x *box) { x.put(pack.FileExclusions, nil) },
	"evidence edited":     func(x *box) { x.editIn("objects/", "Ann", "Ana") },
	"evidence cut":        func(x *box) { n := x.first("objects/", "0.txt"); x.put(n, x.files[n][:3]) },
	"evidence removed":    func(x *box) { x.put(x.first("objects/", "0.txt"), nil) },
	"evidence reworded":   func(x *box) { x.edit(x.first("objects/", "salts.json"), "Visitor", "Vasitor") },
	"evidence gone":       func(x *box) { x.removeAll("objects/") },
	"evidence put in":     func(x *box) { x.put("objects/ev_x/0.txt", []byte("hello")) },
	"result removed": func(x *box) {
		x.put(pack.ResultsFile(0), []byte(strings.Join(x.lines(pack.ResultsFile(0))[1:], "")))
	},
	"result put in": func(x *box) {
		x.put(pack.ResultsFile(0), append(x.files[pack.ResultsFile(0)], x.lines(pack.ResultsFile(0))[0]...))
	},
	"result's verdict": func(x *box) { x.edit(pack.ResultsFile(0), `"status":"fail"`, `"status":"excluded"`) },
	"result's subject": func(x *box) { x.edit(pack.ResultsFile(0), `"id":"id-001"`, `"id":"id-002"`) },
	"results gone":     func(x *box) { x.put(pack.ResultsFile(0), nil) },
	"period narrowed": func(x *box) {
		x.edit(pack.FileHeader, `"from":""`, `"from":"2026-01-10T00:00:00.000Z"`)
		x.edit(pack.FileHeader, `"to":""`, `"to":"2026-01-12T00:00:00.000Z"`)
	},
	"evidence disowned":    func(x *box) { x.edit(pack.FileHeader, `"objects":true`, `"objects":false`) },
	"log cut":              func(x *box) { x.edit(pack.FileHeader, `"size":2`, `"size":1`) },
	"header spaced":        func(x *box) { x.edit(pack.FileHeader, `:`, `: `) },
	"header gone":          func(x *box) { x.put(pack.FileHeader, nil) },
	"file put in":          func(x *box) { x.put("note.txt", []byte("hello")) },
	"line without end":     func(x *box) { n := pack.TrailFile(0); x.put(n, x.files[n][:len(x.files[n])-1]) },
	"file number left out": func(x *box) { x.rename(pack.RecordsFile(0), pack.RecordsFile(1)) },
}

func (x *box) swap(a, b string)       { x.files[a], x.files[b] = x.files[b], x.files[a] }
func (x *box) rename(from, to string) { b := x.files[from]; x.put(from, nil); x.put(to, b) }
func (x *box) flip(name string)       { b := bytes.Clone(x.files[name]); b[len(b)/2] ^= 1; x.put(name, b) }

func (x *box) removeAll(prefix string) {
	for _, n := range slices.Clone(x.names) {
		if strings.HasPrefix(n, prefix) {
			x.put(n, nil)
		}
	}
}

// editIn is edit of the first file of a folder that holds the text.
func (x *box) editIn(prefix, old, by string) {
	x.t.Helper()
	for _, n := range x.names {
		if strings.HasPrefix(n, prefix) && bytes.Contains(x.files[n], []byte(old)) {
			x.edit(n, old, by)
			return
		}
	}
	x.t.Fatalf("no file of %s holds %q", prefix, old)
}

// rehash adds an edited copy of a file that is named by its hash.
func (x *box) rehash(prefix, old, by string) {
	x.t.Helper()
	for _, n := range x.names {
		if strings.HasPrefix(n, prefix) && bytes.Contains(x.files[n], []byte(old)) {
			b := bytes.Replace(bytes.Clone(x.files[n]), []byte(old), []byte(by), 1)
			sum := sha256.Sum256(b)
			x.put(prefix+hex.EncodeToString(sum[:])+".json", b)
			return
		}
	}
	x.t.Fatalf("no file of %s holds %q", prefix, old)
}

func TestTampering(t *testing.T) {
	m := theHistory(t)
	for _, name := range slices.Sorted(maps.Keys(tampering)) {
		t.Run(name, func(t *testing.T) {
			x := unpack(t, m.whole)
			tampering[name](x)
			var last string
			for who, b := range map[string][]byte{
				"whoever cannot sign": x.pack(nil), "whoever has another key": x.pack(m.other), "whoever holds the key": x.pack(m.signer),
			} {
				if last = refused(t, b, pack.Options{}); last == "" {
					t.Errorf("%s is believed", who)
				} else if who == "whoever holds the key" {
					t.Log(last)
				}
			}
		})
	}
	// What is not proof can be written anew by whoever holds the key, and by
	// nobody else.
	for name, edit := range map[string]func(x *box){
		"index":    func(x *box) { x.edit(pack.FileIndex, "</h1>", "!</h1>") },
		"standing": func(x *box) { x.put(pack.FileStanding, []byte("{}")) },
		"name":     func(x *box) { x.edit(pack.FileHeader, `"name":"Test`, `"name":"Best`) },
		"label":    func(x *box) { x.edit(pack.ResultsFile(0), `"label":"Konto`, `"label":"Conto`) },
	} {
		x := unpack(t, m.whole)
		edit(x)
		if refused(t, x.pack(nil), pack.Options{}) == "" || refused(t, x.pack(m.other), pack.Options{}) == "" {
			t.Errorf("%s: edited by somebody else", name)
		}
		if r := verify(t, x.pack(m.signer), pack.Options{}); !r.Verified {
			t.Errorf("%s: %+v", name, r.Problems)
		}
	}
}

func TestAnotherKey(t *testing.T) {
	m := theHistory(t)
	x := unpack(t, m.whole)
	keys, err := pack.Keys(m.other.Name(), m.other.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	x.put(pack.FileKeys, keys)
	if got := refused(t, x.pack(m.other), pack.Options{}); !strings.Contains(got, "checkpoint") {
		t.Error(got)
	}
	x.forge(m.other, true, func(list []*tlog.Envelope) []*tlog.Envelope { return list })
	all := x.pack(m.other)
	if r := verify(t, all, pack.Options{}); !r.Verified || r.Trust != pack.FromPackage {
		t.Errorf("a package that is consistent in itself: %+v", r)
	}
	policy := &pack.Policy{Logs: []string{m.signer.Verifier()}}
	if got := refused(t, all, pack.Options{Policy: policy}); !strings.Contains(got, "another key") {
		t.Error(got)
	}
	pin := unpack(t, m.early).files[pack.FileCheckpoint]
	if got := refused(t, all, pack.Options{Pin: pin}); !strings.Contains(got, "pin") {
		t.Error(got)
	}
	if r := verify(t, m.whole, pack.Options{Policy: policy, Pin: pin}); !r.Verified || r.Trust != pack.FromPolicy || r.Log.PinnedAt == 0 {
		t.Errorf("%+v", r)
	}
	if r := verify(t, m.whole, pack.Options{Pin: pin}); !r.Verified || r.Trust != pack.FromPin {
		t.Errorf("%+v", r)
	}
	foreign, err := tlog.NewSigner("elsewhere.invalid/soc2/x", bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if got := refused(t, m.whole, pack.Options{Policy: &pack.Policy{Logs: []string{foreign.Verifier()}}}); !strings.Contains(got, "does not name") {
		t.Error(got)
	}
}

func TestPins(t *testing.T) {
	m := theHistory(t)
	newest := unpack(t, m.whole).files[pack.FileCheckpoint]
	if got := refused(t, m.early, pack.Options{Pin: newest}); !strings.Contains(got, "cut") {
		t.Error(got)
	}
	for _, pin := range [][]byte{{}, []byte("x"), newest[:len(newest)-1], append([]byte(" "), newest...)} {
		if got := refused(t, m.whole, pack.Options{Pin: pin}); !strings.Contains(got, "pin") {
			t.Errorf("%q: %s", pin, got)
		}
	}
	// Whoever holds the key writes another history.
	x := unpack(t, m.whole)
	x.forge(m.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope {
		for _, e := range list {
			if e.Type == "trail.entry" {
				e.Actor = "usr_z"
			}
		}
		return list
	})
	fork := x.pack(m.signer)
	if r := verify(t, fork, pack.Options{}); !r.Verified {
		t.Fatalf("%+v", r.Problems)
	}
	early := unpack(t, m.early).files[pack.FileCheckpoint]
	if got := refused(t, fork, pack.Options{Pin: early}); !strings.Contains(got, "fork") {
		t.Error(got)
	}
	if got := refused(t, fork, pack.Options{Pin: newest}); !strings.Contains(got, "fork") {
		t.Error(got)
	}
	// Two histories in one package.
	x.put(pack.CheckpointFile(uint64(len(x.entries()))), newest)
	if got := refused(t, x.pack(m.signer), pack.Options{}); !strings.Contains(got, "two histories") {
		t.Error(got)
	}
	if verify(t, m.whole, pack.Options{}).Log.PinnedAt != 0 {
		t.Error("pinned without a pin")
	}
}
