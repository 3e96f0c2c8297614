package pack_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

// leaves finds entries of a type; of a check, if named.
func leaves(list []*tlog.Envelope, kind, check string) (out []*tlog.Envelope) {
	for _, e := range list {
		if e.Type == kind && (check == "" || e.Body["check"] == check) {
			out = append(out, e)
		}
	}
	return out
}

// last is the newest result of a check.
func last(list []*tlog.Envelope, check string) *tlog.Envelope {
	all := leaves(list, "check.result", check)
	return all[len(all)-1]
}

func without(list []*tlog.Envelope, gone *tlog.Envelope) []*tlog.Envelope {
	return slices.DeleteFunc(list, func(e *tlog.Envelope) bool { return e == gone })
}

// array and object take parts of a body; a wrong one is empty, and the test that
// edits it fails.
func array(v any) []any {
	l, _ := v.([]any)
	return l
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func inputs(e *tlog.Envelope) []any { return array(e.Body["inputs"]) }

func inputOf(e *tlog.Envelope, kind, connection string) map[string]any {
	for _, in := range inputs(e) {
		if m := object(in); m["kind"] == kind && m["connection"] == connection {
			return m
		}
	}
	return nil
}

const mfa = "test.account.mfa"

// lies are what somebody can write who holds the key and writes the whole log
// anew, so that every hash and signature is right. What the log means must tell.
var lies = map[string]struct {
	edit func(list []*tlog.Envelope) []*tlog.Envelope
	want string
}{
	"verdict": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["status"] = "pass"
		return list
	}, "performed again it is fail"},
	"reason": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["reason"] = "stale"
		return list
	}, "performed again it is fail"},
	"counts": {func(list []*tlog.Envelope) []*tlog.Envelope {
		c := object(last(list, mfa).Body["counts"])
		c["pass"], c["fail"] = json.Number("99"), json.Number("0")
		return list
	}, "performed again it counts"},
	"root of verdicts": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["root"] = strings.Repeat("0", 64)
		return list
	}, "verdicts on single resources"},
	"result left out": {func(list []*tlog.Envelope) []*tlog.Envelope {
		return without(list, leaves(list, "check.result", mfa)[0])
	}, "no result of it was recorded"},
	"two results": {func(list []*tlog.Envelope) []*tlog.Envelope {
		twice := *last(list, mfa)
		twice.ID = "lf_twice"
		return append(list, &twice)
	}, "no run of test.account.mfa was begun"},
	"result without an intent": {func(list []*tlog.Envelope) []*tlog.Envelope {
		all := leaves(list, "check.intent", "")
		return without(list, all[len(all)-1])
	}, "a result needs an intent"},
	"run that broke and did not": {func(list []*tlog.Envelope) []*tlog.Envelope {
		r := last(list, mfa)
		i := slices.Index(list, r)
		list[i] = &tlog.Envelope{
			Type: "check.broken", Log: r.Log, ID: "lf_b", At: r.At, Stream: "check/other",
			Body: map[string]any{"batch": r.Body["batch"], "check": "other"},
		}
		return list
	}, "was not begun"},
	"older collection": {func(list []*tlog.Envelope) []*tlog.Envelope {
		all := leaves(list, "check.result", mfa)
		r, older := all[len(all)-1], all[len(all)-2]
		new, old := inputOf(r, "test.account", "con_a"), inputOf(older, "test.account", "con_a")
		new["seq"], new["leaf"] = old["seq"], old["leaf"]
		return list
	}, "there was the newer collection"},
	"collection under another number": {func(list []*tlog.Envelope) []*tlog.Envelope {
		inputOf(last(list, mfa), "test.account", "con_a")["leaf"] = "lf_x"
		return list
	}, "is not the entry lf_x"},
	"collection that never was": {func(list []*tlog.Envelope) []*tlog.Envelope {
		inputOf(last(list, mfa), "test.account", "con_a")["seq"] = json.Number("999")
		return list
	}, "con_a"},
	"source left out": {func(list []*tlog.Envelope) []*tlog.Envelope {
		r := last(list, mfa)
		r.Body["inputs"] = slices.DeleteFunc(inputs(r), func(in any) bool { return object(in)["connection"] == "con_a" })
		return list
	}, "con_a lists test.account and was left out"},
	"source too much": {func(list []*tlog.Envelope) []*tlog.Envelope {
		r := last(list, mfa)
		r.Body["inputs"] = append(inputs(r), inputs(r)[0])
		return list
	}, "twice"},
	"use of an input": {func(list []*tlog.Envelope) []*tlog.Envelope {
		inputOf(last(list, mfa), "test.account", "con_a")["use"] = "require"
		return list
	}, "used as"},
	"other definition": {func(list []*tlog.Envelope) []*tlog.Envelope {
		r, other := last(list, mfa), last(list, "test.account.known")
		hash := other.Body["hash"]
		for _, i := range leaves(list, "check.intent", "") {
			for _, run := range array(i.Body["runs"]) {
				if m := object(run); i.Body["batch"] == r.Body["batch"] && m["check"] == mfa {
					m["hash"] = hash
				}
			}
		}
		r.Body["hash"] = hash
		return list
	}, "another definition was in force"},
	"definition not the intended": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["hash"] = last(list, "test.account.known").Body["hash"]
		return list
	}, "was begun with the definition"},
	"parameter": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, "test.account.used").Body["params"] = map[string]any{"idle": "90d"}
		return list
	}, "another definition was in force"},
	"parameter as it was before": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, "test.account.used").Body["params"] = map[string]any{}
		return list
	}, "another definition was in force"},
	"program": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["program"] = strings.Repeat("0", 64)
		return list
	}, "do not make the program"},
	"instant": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["now"] = "2026-01-10T00:00:00.000Z"
		return list
	}, "it says that it was judged at"},
	"period of events": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, "test.merge.reviewed").Body["from"] = "2026-01-20T00:00:00.000Z"
		return list
	}, "performed again"},
	"exclusion that was lifted": {func(list []*tlog.Envelope) []*tlog.Envelope {
		ended := leaves(list, "exclusion.ended", "")[0].Body["exclusion"]
		r := last(list, mfa)
		r.Body["exclusions"] = append(array(r.Body["exclusions"]), ended)
		return list
	}, "counted and was not in force"},
	"exclusion of another": {func(list []*tlog.Envelope) []*tlog.Envelope {
		r := last(list, mfa)
		r.Body["exclusions"] = append(array(r.Body["exclusions"]), "exc_x")
		return list
	}, "not approved for it"},
	"exclusion that did not count": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["exclusions"] = []any{}
		return list
	}, "was in force and did not count"},
	"exclusion prolonged": {func(list []*tlog.Envelope) []*tlog.Envelope {
		for _, x := range leaves(list, "exclusion.approved", "") {
			x.Body["from"] = "2026-01-01T00:00:00.000Z"
		}
		return list
	}, "nothing is retroactive"},
	"definition made retroactive": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "check.defined", mfa)[0].Body["effective_at"] = "2026-01-01T00:00:00.000Z"
		return list
	}, "nothing is retroactive"},
	"connection said to be off": {func(list []*tlog.Envelope) []*tlog.Envelope {
		for _, e := range list {
			if e.Type == "connector.disabled" {
				e.Body["connection"], e.Stream = "con_z", "connection/con_z"
			}
		}
		return list
	}, "con_b lists test.account and was left out"},
	"manifest's completeness": {func(list []*tlog.Envelope) []*tlog.Envelope {
		for _, e := range leaves(list, "collection.manifest", "") {
			for _, k := range array(e.Body["kinds"]) {
				object(k)["complete"] = true
			}
		}
		return list
	}, "disagree"},
	"manifest's root": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "collection.manifest", "")[4].Body["root"] = strings.Repeat("0", 64)
		return list
	}, "disagree"},
	"collection that was not begun": {func(list []*tlog.Envelope) []*tlog.Envelope {
		return without(list, leaves(list, "collection.intent", "")[3])
	}, "a manifest needs an intent before it"},
	"collection begun twice": {func(list []*tlog.Envelope) []*tlog.Envelope {
		first := leaves(list, "collection.intent", "")[0]
		twice := *first
		twice.ID = "lf_twice"
		return slices.Insert(list, slices.Index(list, first), &twice)
	}, "again"},
	"manifest removed": {func(list []*tlog.Envelope) []*tlog.Envelope {
		return without(list, leaves(list, "collection.manifest", "")[3])
	}, ""},
	"kind's declaration removed": {func(list []*tlog.Envelope) []*tlog.Envelope {
		return without(list, leaves(list, "kind.declared", "")[0])
	}, ""},
	"definition's declaration removed": {func(list []*tlog.Envelope) []*tlog.Envelope {
		return without(list, leaves(list, "check.defined", mfa)[0])
	}, ""},
	"trail entry removed": {func(list []*tlog.Envelope) []*tlog.Envelope {
		return without(list, leaves(list, "trail.entry", "")[2])
	}, "put in"},
	"evidence removed": {func(list []*tlog.Envelope) []*tlog.Envelope {
		return without(list, leaves(list, "evidence.captured", "")[1])
	}, "Nothing in the log speaks"},
	"another log's entry": {func(list []*tlog.Envelope) []*tlog.Envelope {
		list[7].Log = "elsewhere.invalid/soc2/x"
		return list
	}, "It belongs to the log"},
	"no beginning":    {func(list []*tlog.Envelope) []*tlog.Envelope { return list[1:] }, "A log begins with"},
	"members missing": {func(list []*tlog.Envelope) []*tlog.Envelope { delete(last(list, mfa).Body, "status"); return list }, "members are missing"},
	"member of another type": {func(list []*tlog.Envelope) []*tlog.Envelope {
		last(list, mfa).Body["counts"] = "none"
		return list
	}, "counts"},
	"body that is not what its type says": {func(list []*tlog.Envelope) []*tlog.Envelope {
		for _, e := range list {
			if strings.HasPrefix(e.Type, "check.") {
				e.Body = map[string]any{"x": "y"}
			}
		}
		return list
	}, "members are missing"},
	"switch in another's stream": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "connector.disabled", "")[0].Stream = "connection/con_a"
		return list
	}, "it is in the stream connection/con_a"},
	"kind in another's stream": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "kind.declared", "")[0].Stream = "kind/x"
		return list
	}, "it is in the stream kind/x"},
	"broken run in another's stream": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "check.broken", "")[0].Stream = "check/x"
		return list
	}, "it is in the stream check/x"},
	"exclusion in another's stream": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "exclusion.approved", "")[0].Stream = "exclusion/x"
		return list
	}, "it is in the stream exclusion/x"},
	"end of an exclusion in another's stream": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "exclusion.ended", "")[0].Stream = "exclusion/x"
		return list
	}, "it is in the stream exclusion/x"},
	"evidence in another's stream": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "evidence.captured", "")[0].Stream = "trail"
		return list
	}, "it is in the stream trail"},
	"trail entry in another's stream": {func(list []*tlog.Envelope) []*tlog.Envelope {
		leaves(list, "trail.entry", "")[0].Stream = "evidence"
		return list
	}, "it is in the stream evidence"},
	"stream of another": {func(list []*tlog.Envelope) []*tlog.Envelope { last(list, mfa).Stream = "check/x"; return list }, "it is in the stream check/x"},
}

func TestLies(t *testing.T) {
	m := theHistory(t)
	for _, name := range slices.Sorted(maps.Keys(lies)) {
		t.Run(name, func(t *testing.T) {
			x := unpack(t, m.whole)
			x.forge(m.signer, true, lies[name].edit)
			got := refused(t, x.pack(m.signer), pack.Options{})
			if !strings.Contains(got, lies[name].want) {
				t.Errorf("refused for another reason: %s", got)
			}
			t.Log(got)
		})
	}
}

// TestForgingAloneIsNoLie holds that a log written anew without a lie
// verifies, so that lies are refused for what they say.
func TestForgingAloneIsNoLie(t *testing.T) {
	m := theHistory(t)
	x := unpack(t, m.whole)
	x.forge(m.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope { return list })
	if r := verify(t, x.pack(m.signer), pack.Options{}); !r.Verified {
		t.Fatalf("%+v", r.Problems)
	}
}

func TestGapsAndBrokenChains(t *testing.T) {
	m := theHistory(t)
	for name, edit := range map[string]func(list []*tlog.Envelope) []*tlog.Envelope{
		"entry left out": func(list []*tlog.Envelope) []*tlog.Envelope { return append(list[:50:50], list[51:]...) },
		"entries swapped": func(list []*tlog.Envelope) []*tlog.Envelope {
			all := leaves(list, "trail.entry", "")
			i, j := slices.Index(list, all[2]), slices.Index(list, all[3])
			list[i], list[j] = list[j], list[i]
			return list
		},
		"entry twice":  func(list []*tlog.Envelope) []*tlog.Envelope { return append(list[:50:50], list[49:]...) },
		"number":       func(list []*tlog.Envelope) []*tlog.Envelope { list[50].Seq++; return list },
		"link":         func(list []*tlog.Envelope) []*tlog.Envelope { list[80].Prev = strings.Repeat("0", 64); return list },
		"entry edited": func(list []*tlog.Envelope) []*tlog.Envelope { list[5].Actor = "usr_x"; return list },
	} {
		x := unpack(t, m.whole)
		x.forge(m.signer, false, edit)
		if got := refused(t, x.pack(m.signer), pack.Options{}); !strings.Contains(got, "continue its stream") {
			t.Errorf("%s: %s", name, got)
		}
	}
	// The tiles made anew, but the checkpoint is the old one.
	x := unpack(t, m.whole)
	old := x.files[pack.FileCheckpoint]
	x.forge(m.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope {
		list[len(list)-1].Actor = "usr_x"
		return list
	})
	x.put(pack.FileCheckpoint, old)
	if got := refused(t, x.pack(m.signer), pack.Options{}); !strings.Contains(got, "the signed checkpoint says") {
		t.Error(got)
	}
}

// TestABatchThatNeverWas holds that whoever holds the key and leaves out the
// last batch of runs, with its intents, is found by a pin and by nothing else:
// within the package there is nothing that it would contradict.
func TestABatchThatNeverWas(t *testing.T) {
	m := theHistory(t)
	newest := unpack(t, m.whole).files[pack.FileCheckpoint]
	x := unpack(t, m.whole)
	x.forge(m.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope {
		begun := leaves(list, "check.intent", "")
		batch := begun[len(begun)-1].Body["batch"]
		return slices.DeleteFunc(list, func(e *tlog.Envelope) bool { return e.Body["batch"] == batch })
	})
	x.put(pack.ResultsFile(0), x.withoutRuns())
	b := x.pack(m.signer)
	if r := verify(t, b, pack.Options{}); !r.Verified {
		t.Fatalf("a history without its last batch: %+v", r.Problems)
	}
	// The log is shorter than the newest pin says.
	if got := refused(t, b, pack.Options{Pin: newest}); !strings.Contains(got, "cut") {
		t.Error(got)
	}
	// It grows again, to what it was and beyond.
	x.forge(m.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope {
		for i := range 40 {
			list = append(list, &tlog.Envelope{
				Type: "later.than_this", Log: m.signer.Name(), ID: fmt.Sprintf("lf_%d", i), At: list[len(list)-1].At, Stream: "later",
			})
		}
		return list
	})
	b = x.pack(m.signer)
	if r := verify(t, b, pack.Options{}); !r.Verified {
		t.Fatalf("%+v", r.Problems)
	}
	if got := refused(t, b, pack.Options{Pin: newest}); !strings.Contains(got, "fork") {
		t.Error(got)
	}
}

// withoutRuns returns the results without those of runs that are not in the log.
func (x *box) withoutRuns() []byte {
	runs := map[string]bool{}
	for _, e := range leaves(x.entries(), "check.result", "") {
		runs[fmt.Sprint(e.Body["run"])] = true
	}
	var out []byte
	for _, line := range x.lines(pack.ResultsFile(0)) {
		var s map[string]string
		if line == "" || json.Unmarshal([]byte(line), &s) != nil || !runs[s["run_in"]] {
			continue
		}
		if !runs[s["run_out"]] {
			line = strings.Replace(line, `"run_out":"`+s["run_out"], `"run_out":"`, 1)
			line = strings.Replace(line, `"until":"`+s["until"], `"until":"`, 1)
		}
		out = append(out, line...)
	}
	return out
}

// TestTheLogOfAnother holds that a key that is known makes no log of somebody
// else its own.
func TestTheLogOfAnother(t *testing.T) {
	m := theHistory(t)
	both := &pack.Policy{Logs: []string{m.signer.Verifier(), m.tiny.Verifier()}}
	if r := verify(t, m.little, pack.Options{Policy: both}); !r.Verified || r.Origin != m.tiny.Name() {
		t.Fatalf("%+v", r)
	}
	x := unpack(t, m.little)
	keys, err := pack.Keys(m.signer.Name(), m.signer.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	if got := refused(t, x.pack(m.signer), pack.Options{Policy: both}); !strings.Contains(got, "not signed by the key") {
		t.Error(got)
	}
	x.put(pack.FileKeys, keys)
	if got := refused(t, x.pack(m.signer), pack.Options{Policy: both}); !strings.Contains(got, "not the key of") {
		t.Error(got)
	}
	x.edit(pack.FileHeader, m.tiny.Name(), m.signer.Name())
	if got := refused(t, x.pack(m.signer), pack.Options{Policy: both}); !strings.Contains(got, "checkpoint") {
		t.Error(got)
	}
	x.forge(m.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope { return list })
	if got := refused(t, x.pack(m.signer), pack.Options{Policy: both}); !strings.Contains(got, "belongs to the log "+m.tiny.Name()) {
		t.Error(got)
	}
	pin := unpack(t, m.whole).files[pack.FileCheckpoint]
	if got := refused(t, m.little, pack.Options{Policy: both, Pin: pin}); !strings.Contains(got, "pin") {
		t.Error(got)
	}
}

// TestAHiddenCollectionIsCounted holds that a collection of which the manifest
// was left out is named, though nothing can tell what it saw.
func TestAHiddenCollectionIsCounted(t *testing.T) {
	m := theHistory(t)
	r := verify(t, m.whole, pack.Options{})
	if r.Interrupted != 3 || !strings.Contains(strings.Join(r.NotProven, " "), "3 collections saw that were begun") {
		t.Errorf("%d interrupted; not proven: %q", r.Interrupted, r.NotProven)
	}
	if r := verify(t, m.little, pack.Options{}); r.Interrupted != 0 || strings.Contains(strings.Join(r.NotProven, " "), "were begun") {
		t.Errorf("%+v", r)
	}
}

// TestTextsThatTwoReadersReadDifferently holds that a declaration or a manifest
// says one thing, to whatever reader: the log commits to each.
func TestTextsThatTwoReadersReadDifferently(t *testing.T) {
	m := theHistory(t)
	manifest := pack.CollectionFile("con_a", 1, pack.ManifestExt)
	for name, edit := range map[string]func(text string) string{
		"something after the end": func(s string) string { return s + " ]" },
		"a member twice":          func(s string) string { return strings.Replace(s, "{", `{"kinds":[],`, 1) },
		"a member in capitals":    func(s string) string { return strings.Replace(s, "{", `{"Kinds":[],`, 1) },
		"a member twice inside":   func(s string) string { return strings.Replace(s, `"name"`, `"name":"x","name"`, 1) },
	} {
		x := unpack(t, m.little)
		text := []byte(edit(string(x.files[manifest])))
		x.put(manifest, text)
		raw, err := tlog.ParseB64(strings.TrimSuffix(string(x.files[pack.CollectionFile("con_a", 1, pack.SaltExt)]), "\n"))
		if err != nil {
			t.Fatal(err)
		}
		commit := tlog.Commit(tlog.Salt(raw), pack.ManifestPath, text)
		x.forge(m.tiny, true, func(list []*tlog.Envelope) []*tlog.Envelope {
			leaves(list, "collection.manifest", "")[0].Commit[pack.ManifestPath] = tlog.B64(commit[:])
			return list
		})
		if got := refused(t, x.pack(m.tiny), pack.Options{}); !strings.Contains(got, "cannot be read") {
			t.Errorf("manifest, %s: %s", name, got)
		}
		x = unpack(t, m.little)
		old := x.first("kinds/", "")
		kind := []byte(strings.ReplaceAll(edit(string(x.files[old])), "kinds", "title"))
		hash := sha256.Sum256(kind)
		x.put(old, nil)
		x.put(pack.KindFile(hex.EncodeToString(hash[:])), kind)
		x.forge(m.tiny, true, func(list []*tlog.Envelope) []*tlog.Envelope {
			leaves(list, "kind.declared", "")[0].Body["hash"] = hex.EncodeToString(hash[:])
			return list
		})
		if got := refused(t, x.pack(m.tiny), pack.Options{}); !strings.Contains(got, "cannot be read") {
			t.Errorf("kind, %s: %s", name, got)
		}
	}
}

// TestALogOfGiantPromises holds that what a stranger signs for his own log does
// not make the verifier prepare for it.
func TestALogOfGiantPromises(t *testing.T) {
	m := theHistory(t)
	x := unpack(t, m.little)
	c := tlog.Checkpoint{Origin: m.tiny.Name(), Size: 1 << 52}
	note, err := m.tiny.SignText(c.Text())
	if err != nil {
		t.Fatal(err)
	}
	x.put(pack.FileCheckpoint, note)
	x.edit(pack.FileHeader, fmt.Sprintf(`"size":%d`, len(x.entries())), fmt.Sprintf(`"size":%d`, c.Size))
	if got := refused(t, x.pack(m.tiny), pack.Options{}); !strings.Contains(got, "has only") {
		t.Error(got)
	}
}

// TestPartial holds that a period does not hide what is in it.
func TestPartial(t *testing.T) {
	m := theHistory(t)
	if r := verify(t, m.partial, pack.Options{}); !r.Verified || r.Runs.Outside == 0 || !strings.Contains(strings.Join(r.NotProven, " "), "outside the period") {
		t.Fatalf("%+v", r)
	}
	for name, edit := range map[string]func(x *box){
		"a collection of the period removed": func(x *box) { x.removeAll("collections/register/test/9.") },
		"the base removed":                   func(x *box) { x.put(x.first("collections/con_a/", pack.DeltaExt), nil) },
		"the period widened": func(x *box) {
			x.edit(pack.FileHeader, `"from":"2026-01-09`, `"from":"2026-01-02`)
		},
		"the period narrowed": func(x *box) {
			x.edit(pack.FileHeader, `"from":"2026-01-09`, `"from":"2026-01-12`)
		},
		"trail removed": func(x *box) { x.put(pack.TrailFile(0), nil) },
	} {
		x := unpack(t, m.partial)
		edit(x)
		if got := refused(t, x.pack(m.signer), pack.Options{}); got == "" {
			t.Errorf("%s is believed", name)
		}
	}
	x := unpack(t, m.partial)
	x.forge(m.signer, true, func(list []*tlog.Envelope) []*tlog.Envelope {
		for _, e := range leaves(list, "check.result", mfa) {
			if strings.HasPrefix(fmt.Sprint(e.Body["now"]), "2026-01-12") {
				e.Body["status"] = "pass"
			}
		}
		return list
	})
	if got := refused(t, x.pack(m.signer), pack.Options{}); !strings.Contains(got, "performed again") {
		t.Error(got)
	}
}
