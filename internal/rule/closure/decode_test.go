package closure

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/internal/kit/canon"
	"assay/internal/resource"
)

func shape() (*Shape, []string) {
	inner := []resource.Field{
		{Name: "on", Type: resource.Bool},
		{Name: "n", Type: resource.Int, Optional: true},
		{Name: "names", Type: resource.List, Of: &resource.Field{Type: resource.String}, Optional: true},
	}
	fields := []resource.Field{
		{Name: "b", Type: resource.Bool},
		{Name: "i", Type: resource.Int},
		{Name: "d", Type: resource.Decimal, Optional: true},
		{Name: "s", Type: resource.String},
		{Name: "e", Type: resource.String, Enum: []string{"x", "y"}},
		{Name: "t", Type: resource.Time},
		{Name: "day", Type: resource.Date, Optional: true},
		{Name: "l", Type: resource.List, Of: &resource.Field{Type: resource.Int}},
		{Name: "o", Type: resource.Object, Fields: inner, Optional: true},
		{Name: "lo", Type: resource.List, Of: &resource.Field{Type: resource.Object, Fields: inner}, Optional: true},
		{Name: "m", Type: resource.Map, Of: &resource.Field{Type: resource.String}, Optional: true},
		{Name: "mm", Type: resource.Map, Of: &resource.Field{Type: resource.Map, Of: &resource.Field{Type: resource.Int}}, Optional: true},
	}
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return Shapes{}.Add("test.kind", fields), names
}

var seeds = []string{
	`{"b":true,"i":1,"d":"0.5","s":"a\n\"b","e":"x","t":"2026-01-01T00:00:00.000Z","day":"2024-02-29","l":[1,-2,3],"o":{"on":true},"lo":[{"n":7,"on":false},{"names":["a","b"],"on":true}],"m":{"a":"b","c":""},"mm":{"x":{"y":1}}}`,
	`{"b":1,"d":"1e5","day":"2026-02-30","e":"z","i":"9007199254740993","l":["x"],"lo":[{"n":7}],"m":{"a":1},"o":{"more":1,"on":true},"s":true,"t":"2026-01-01T24:00:00.000Z"}`,
	`{"b":false,"i":-0,"s":"\u001f\u000b"}`, `{"i":-9007199254740991,"m":{"\ud800":"x"}}`, `{"i":9007199254740992}`, `{}`, `[]`, `{"a":[[[[{"b":[]}]]]]}`, `{"b":true,"b":true}`, `{"m":{"":"", "a":"b"}}`,
	"{\"m\":{\"\U00010000\":\"1\",\"\ue000\":\"2\"},\"s\":\"ÄÖ€\"}", "{\"m\":{\"\ue000\":\"2\",\"\U00010000\":\"1\"}}", `{"lo":[],"o":{}}`, `{"s":"a`, `{"s":"a"}x`, `{"i":01}`, `{"i":1.5}`, `{"s":null}`, `{"b":true,"i":1 }`,
}

// sorted puts the members of a seed, which is written for people, in order.
func sorted(t *testing.T, text string) string {
	if v, err := resource.ParseFields([]byte(text)); err == nil {
		b, err := canon.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return text
}

// agree holds the reader of bytes to the reader of parsed fields.
func agree(t *testing.T, text string) {
	sh, names := shape()
	r := sh.Reader(names)
	for range 2 { // the second time it knows the order
		r.Start()
		err := r.Fields(text)
		values, wrong := resource.ParseFields([]byte(text))
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%q: %v, but ParseFields says %v", text, err, wrong)
		}
		if err != nil {
			continue
		}
		r.Unavailable("e")
		got, want := r.Resource(), sh.New(resource.Ref{}, Fields{Values: values, Unavailable: []string{"e"}})
		for i := range names {
			if !alike(&got.slots[i], want.slot(i)) {
				t.Fatalf("%q: %s is %+v, want %+v", text, names[i], got.slots[i], *want.slot(i))
			}
		}
	}
}

// alike compares values, for which no list and an empty one are the same.
func alike(a, b *Value) bool {
	if len(a.list) != len(b.list) {
		return false
	}
	for i := range a.list {
		if !alike(&a.list[i], &b.list[i]) {
			return false
		}
	}
	return a.state == b.state && a.num == b.num && a.nanos == b.nanos && a.text == b.text
}

func TestReaderAgrees(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	for _, seed := range seeds {
		for _, text := range []string{seed, sorted(t, seed)} {
			agree(t, text)
			for range 3000 { // damaged by a byte or a piece
				b := []byte(text)
				from, to := dice.IntN(len(b)), dice.IntN(len(b))
				switch dice.IntN(4) {
				case 0:
					b[from] = byte(dice.IntN(256))
				case 1:
					b = slices.Delete(b, min(from, to), max(from, to))
				case 2:
					b[from] = b[to]
				default:
					b = slices.Insert(b, from, b[to:min(to+3, len(b))]...)
				}
				agree(t, string(b))
			}
		}
	}
}

// TestReaderReadsRecords holds that a record is taken exactly when ScanRecord
// takes it.
func TestReaderReadsRecords(t *testing.T) {
	whole := &resource.Record{
		Ref: resource.Ref{Kind: "test.kind", Authority: "host-1", ID: `a"b`}, Part: resource.PartState, Schema: 3,
		Fields: map[string]any{"b": true, "i": 1, "s": "x"}, Unavailable: []string{"t", "e"}, Personal: "AAAA",
	}
	b, err := whole.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sh, names := shape()
	r := sh.Reader(names)
	same := func(text string) {
		r.Start()
		h, err := r.Record(text)
		want, _, wrong := resource.ScanRecord([]byte(text))
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%s: %v, but ScanRecord says %v", text, err, wrong)
		}
		if err == nil && (h.Part != want.Part || h.Schema != want.Schema || h.Personal != (want.Personal != "") || r.Resource().Ref != want.Ref) {
			t.Fatalf("%s: %+v %+v", text, h, r.res.Ref)
		}
	}
	same(string(b))
	if s := r.Resource().slots[sh.slots["t"]].state; s != unavailable {
		t.Errorf("t is %d", s)
	}
	dice := rand.New(rand.NewPCG(2, 1))
	for _, piece := range []string{`"AAAA"`, `["t","e"]`, `"state"`, `3`, `{"b":true,"i":1,"s":"x"}`, `"test.kind"`} {
		for _, other := range []string{`""`, `[]`, `1`, `true`, `{}`, `["x",1]`, `"x"`, `-1`, `"3"`, `[[]]`} {
			same(strings.Replace(string(b), piece, other, 1))
		}
	}
	for range 30_000 {
		c := slices.Clone(b)
		from, to := dice.IntN(len(c)), dice.IntN(len(c))
		if dice.IntN(2) == 0 {
			c = slices.Delete(c, min(from, to), max(from, to))
		} else {
			c[from] = c[to]
		}
		same(string(c))
	}
}

// FuzzReader is TestReaderAgrees for a fuzzer.
func FuzzReader(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(agree)
}
