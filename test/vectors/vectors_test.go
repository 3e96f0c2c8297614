package vectors

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"assay/internal/kit/canon"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

var update = flag.Bool("update", false, "write the vectors again")

// golden reads the vectors of a file into the first; with -update it writes what
// make returns before.
func golden[T any](t *testing.T, file string, build func() T) (v T) {
	t.Helper()
	if *update {
		b, err := json.MarshalIndent(build(), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(b, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// refusal is something that every reader must refuse; bytes that are no text are
// in hexadecimal.
type refusal struct {
	Why  string `json:"why"`
	Text string `json:"text,omitempty"`
	Hex  string `json:"hex,omitempty"`
}

func refuse(why, text string) refusal {
	if utf8.ValidString(text) {
		return refusal{Why: why, Text: text}
	}
	return refusal{Why: why, Hex: hex.EncodeToString([]byte(text))}
}

func (r refusal) bytes(t *testing.T) []byte {
	t.Helper()
	if r.Hex == "" {
		return []byte(r.Text)
	}
	return unhex(t, r.Hex)
}

// edited makes refusals of a right text, each by one edit.
func edited(text string, edits map[string][2]string) (out []refusal) {
	for _, why := range slices.Sorted(maps.Keys(edits)) {
		out = append(out, refuse(why, strings.Replace(text, edits[why][0], edits[why][1], 1)))
	}
	return out
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hash(t *testing.T, s string) tlog.Hash {
	t.Helper()
	h, err := tlog.ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hashes(t *testing.T, list []string) []tlog.Hash {
	t.Helper()
	out := make([]tlog.Hash, 0, len(list))
	for _, s := range list {
		out = append(out, hash(t, s))
	}
	return out
}

func texts(list []tlog.Hash) []string {
	out := make([]string, 0, len(list))
	for _, h := range list {
		out = append(out, h.String())
	}
	return out
}

type canonVectors struct {
	Accepted []string  `json:"accepted"`
	Refused  []refusal `json:"refused"`
}

func TestCanon(t *testing.T) {
	v := golden(t, "canon.json", func() canonVectors {
		return canonVectors{
			Accepted: []string{
				`{}`, `[]`, `""`, `0`, `-1`, `9007199254740991`, `-9007199254740991`, `true`, `false`, `{"a":1,"b":[true,"x",{}]}`,
				"\"\u007f\u2028é\U0001F600/\"", `"\"\\\b\t\n\f\r\u0000\u001f"`, "{\"\":0,\"A\":0,\"a\":0,\"é\":0,\"\U0001F600\":0,\"\uFB33\":0}",
				strings.Repeat("[", 64) + strings.Repeat("]", 64), "\"e\u0301\"",
			},
			Refused: []refusal{
				refuse("nothing", ""), refuse("a space", `{"a": 1}`), refuse("a space before", " 1"), refuse("a line feed after", "1\n"),
				refuse("null", "null"), refuse("null inside", `{"a":null}`), refuse("a fraction", "1.0"), refuse("an exponent", "1e2"),
				refuse("minus zero", "-0"), refuse("a leading zero", "01"), refuse("a plus", "+1"), refuse("2^53", "9007199254740992"),
				refuse("-2^53", "-9007199254740992"), refuse("very long", strings.Repeat("9", 400)), refuse("NaN", "NaN"),
				refuse("members out of order", `{"b":1,"a":2}`), refuse("a member twice", `{"a":1,"a":1}`),
				refuse("in the order of UTF-8, not of UTF-16", "{\"\uFB33\":0,\"\U0001F600\":0}"), refuse("a comma at the end", `[1,]`),
				refuse("cut off", `{"a":1`), refuse("two values", `1 2`), refuse("two values together", `{}{}`), refuse("single quotes", `'a'`),
				refuse("an escaped slash", `"\/"`), refuse("an escaped letter", `"\u0061"`), refuse("an escaped é", `"\u00e9"`),
				refuse("capitals in an escape", `"\u001F"`), refuse("a long escape of a line feed", `"\u000a"`), refuse("a bare line feed", "\"\n\""),
				refuse("a surrogate", `"\ud800"`), refuse("a pair of surrogates", `"\ud83d\ude00"`), refuse("not UTF-8", "\"\xff\""),
				refuse("a surrogate in UTF-8", "\"\xed\xa0\x80\""), refuse("too long a form of UTF-8", "\"\xc0\xaf\""),
				refuse("deeper than 64", strings.Repeat("[", 65)+strings.Repeat("]", 65)), refuse("a key that is no text", `{1:2}`),
				refuse("a byte order mark", "\uFEFF1"),
			},
		}
	})
	for _, s := range v.Accepted {
		if err := canon.Valid([]byte(s)); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, r := range v.Refused {
		if canon.Valid(r.bytes(t)) == nil {
			t.Errorf("%s: accepted", r.Why)
		}
	}
}

type leafVectors struct {
	Leaves []struct {
		Leaf string `json:"leaf"`
		Hash string `json:"hash"`
	} `json:"leaves"`
	Refused     []refusal    `json:"refused"`
	Commitments []commitment `json:"commitments"`
}

type commitment struct {
	Salt       string `json:"salt"` // base64
	Path       string `json:"path"`
	Value      string `json:"value"`
	Commitment string `json:"commitment"` // base64
}

func salt(first byte) tlog.Salt {
	var s tlog.Salt
	for i := range s {
		s[i] = first + byte(i)
	}
	return s
}

func committed(first byte, path, value string) commitment {
	s := salt(first)
	c := tlog.Commit(s, path, []byte(value))
	return commitment{tlog.B64(s[:]), path, value, tlog.B64(c[:])}
}

const (
	opened = "soc2.leaf/v1\n" + `{"actor":"console","anchor":"","at":"2026-01-02T03:04:05.678Z","body":{"epoch":1},"id":"lf_1","log":"example.invalid/soc2/1",` +
		`"prev":"","seq":0,"stream":"log","type":"log.opened","v":1}`
	full = "soc2.leaf/v1\n" + `{"actor":"usr_1","anchor":"","at":"2026-01-02T03:04:06.000Z",` +
		`"blobs":[{"media":"text/plain","name":"00","plain":"AAAA","size":8}],"body":{"evidence":"ev_1"},"commit":{"details":"AAAA"},"id":"lf_2",` +
		`"log":"example.invalid/soc2/1","prev":"","seq":0,"stream":"evidence","type":"evidence.captured","v":1}`
)

func TestLeaves(t *testing.T) {
	v := golden(t, "leaf.json", func() (v leafVectors) {
		for _, leaf := range []string{opened, full, strings.Replace(opened, "log.opened", "of.a_later_version", 1)} {
			v.Leaves = append(v.Leaves, struct {
				Leaf string `json:"leaf"`
				Hash string `json:"hash"`
			}{leaf, tlog.LeafHash([]byte(leaf)).String()})
		}
		edits := map[string][2]string{
			"another tag": {"leaf/v1", "leaf/v2"}, "no tag": {"soc2.leaf/v1\n", ""}, "another version": {`"v":1`, `"v":2`},
			"a member too much": {`"v":1`, `"v":1,"w":1`}, "a member missing": {`"actor":"usr_1",`, ""}, "a space": {`"seq":0`, `"seq": 0`},
			"a time without milliseconds": {".000Z", "Z"}, "a time of another zone": {".000Z", ".000+00:00"}, "no such day": {"01-02", "02-30"},
			"no commitments": {`{"details":"AAAA"}`, "{}"}, "no blobs": {`[{"media":"text/plain","name":"00","plain":"AAAA","size":8}]`, "[]"},
			"a blob of more members": {`"size":8`, `"size":8,"x":1`}, "a body that is a text": {`{"evidence":"ev_1"}`, `"x"`},
			"a number that is a text": {`"seq":0`, `"seq":"0"`}, "a line feed at the end": {`"v":1}`, "\"v\":1}\n"},
			"a carriage return in the tag": {"v1\n", "v1\r\n"}, "a commitment that is a number": {`"AAAA"},"id"`, `5},"id"`},
		}
		v.Refused = edited(full, edits)
		v.Commitments = []commitment{
			committed(0, "detail", "{}"), committed(1, "detail", "{}"), committed(0, "details", "{}"), committed(0, "detail", ""),
			committed(2, "personal", `{"email":"ann@example.com","name":"Ann Öst"}`), committed(3, "blob", "Ann\nBob\n"),
		}
		return v
	})
	for _, l := range v.Leaves {
		if _, err := tlog.Open([]byte(l.Leaf)); err != nil || tlog.LeafHash([]byte(l.Leaf)) != hash(t, l.Hash) {
			t.Errorf("%s: %v", l.Leaf, err)
		}
	}
	for _, r := range v.Refused {
		if _, err := tlog.Open(r.bytes(t)); err == nil {
			t.Errorf("%s: accepted", r.Why)
		}
	}
	for _, c := range v.Commitments {
		b, err := tlog.ParseB64(c.Salt)
		if err != nil {
			t.Fatal(err)
		}
		if got := tlog.Commit(tlog.Salt(b), c.Path, []byte(c.Value)); tlog.B64(got[:]) != c.Commitment {
			t.Errorf("%+v", c)
		}
	}
}

type recordVectors struct {
	Records []struct {
		Salt   string `json:"salt"`
		Record string `json:"record"`
		Hash   string `json:"hash"`
	} `json:"records"`
	Refused []refusal `json:"refused"`
	Sets    []struct {
		Hashes []string `json:"hashes"`
		Root   string   `json:"root"`
	} `json:"sets"`
	Runs []struct {
		Verdicts [][2]string `json:"verdicts"` // hash of the record, status
		Root     string      `json:"root"`
	} `json:"runs"`
}

const account = `{"authority":"acme","fields":{"mfa":false,"name":"Konto 1 ü"},"id":"id-001","kind":"test.account","part":"state",` +
	`"personal":"AAAA","schema":1,"unavailable":["admin"]}`

func verdicts(t *testing.T, list [][2]string) (out []tlog.Hash) {
	t.Helper()
	for _, v := range list {
		out = append(out, tlog.VerdictHash(hash(t, v[0]), v[1]))
	}
	return out
}

func TestRecords(t *testing.T) {
	v := golden(t, "record.json", func() (v recordVectors) {
		var all []tlog.Hash
		for i, record := range []string{account, account, strings.Replace(account, `"personal":"AAAA",`, "", 1), strings.Replace(account, `,"unavailable":["admin"]`, "", 1)} {
			s := salt(byte(i))
			h := tlog.RecordHash(s, []byte(record))
			all = append(all, h)
			v.Records = append(v.Records, struct {
				Salt   string `json:"salt"`
				Record string `json:"record"`
				Hash   string `json:"hash"`
			}{tlog.B64(s[:]), record, h.String()})
		}
		edits := map[string][2]string{
			"a member too much": {`"schema":1`, `"schema":1,"size":1`}, "a member missing": {`"authority":"acme",`, ""},
			"no commitment": {`"AAAA"`, `""`}, "nothing unavailable": {`["admin"]`, "[]"}, "fields that are a list": {`{"mfa":false,"name":"Konto 1 ü"}`, "[]"},
			"a null": {"false", "null"}, "a space": {`"schema":1`, `"schema": 1`},
		}
		v.Refused = edited(account, edits)
		for n := range len(all) + 1 {
			v.Sets = append(v.Sets, struct {
				Hashes []string `json:"hashes"`
				Root   string   `json:"root"`
			}{texts(all[:n]), resource.Root(all[:n]).String()})
		}
		twice := append(all[2:], all...)
		v.Sets = append(v.Sets, struct {
			Hashes []string `json:"hashes"`
			Root   string   `json:"root"`
		}{texts(twice), resource.Root(twice).String()})
		for _, said := range [][][2]string{
			{}, {{all[0].String(), "pass"}}, {{all[0].String(), "fail"}}, {{all[2].String(), "unknown"}, {all[1].String(), "pass"}, {all[0].String(), "excluded"}},
		} {
			v.Runs = append(v.Runs, struct {
				Verdicts [][2]string `json:"verdicts"`
				Root     string      `json:"root"`
			}{said, resource.Root(verdicts(t, said)).String()})
		}
		return v
	})
	for _, r := range v.Records {
		s, err := tlog.ParseB64(r.Salt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := resource.ParseRecord([]byte(r.Record)); err != nil || tlog.RecordHash(tlog.Salt(s), []byte(r.Record)) != hash(t, r.Hash) {
			t.Errorf("%s: %v", r.Record, err)
		}
	}
	for _, r := range v.Refused {
		if _, err := resource.ParseRecord(r.bytes(t)); err == nil {
			t.Errorf("%s: accepted", r.Why)
		}
	}
	for _, s := range v.Sets {
		if resource.Root(hashes(t, s.Hashes)) != hash(t, s.Root) {
			t.Errorf("%+v", s)
		}
	}
	for _, r := range v.Runs {
		if resource.Root(verdicts(t, r.Verdicts)) != hash(t, r.Root) {
			t.Errorf("%+v", r)
		}
	}
}

// TestFacets holds the vocabulary that is published to the one that is used.
func TestFacets(t *testing.T) {
	want := resource.Facets()
	got := golden(t, "facets.json", func() map[string]resource.Facet { return want })
	a, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Error("facets.json is not the vocabulary; a facet that changes needs another version, and -update")
	}
}

// TestPython has a verifier that shares no code with ours read the vectors.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("the vectors are not read by the second verifier: python3 is not installed")
	}
	out, err := exec.CommandContext(t.Context(), python, "../../docs/spec/verify.py", "--vectors", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(strings.TrimSpace(string(out)))
}
