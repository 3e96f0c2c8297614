package rule

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/resource"
)

// apart puts fields where a collection would: into the state, the personal part
// and the volatile part.
func apart(s *resource.Schema, fields map[string]any) (state, personal, seen map[string]any) {
	state, personal, seen = map[string]any{}, map[string]any{}, map[string]any{}
	for name, v := range fields {
		f, _ := s.Field(name)
		switch {
		case v == nil:
		case f.Personal:
			personal[name] = v
		case f.Volatile:
			seen[name] = v
		default:
			state[name] = v
		}
	}
	return state, personal, seen
}

// raw is the view as it would be stored.
func raw(t tester, v *resource.View) (Raw, bool) {
	t.Helper()
	state, personal, seen := apart(v.Schema, v.Fields)
	var refused []string
	for _, name := range v.Unavailable {
		if !slices.Contains(refused, name) {
			refused = append(refused, name)
		}
	}
	slices.Sort(refused)
	out := Raw{}
	record := resource.Record{Ref: v.Ref, Part: resource.PartState, Schema: v.Schema.Version, Fields: state, Unavailable: refused}
	if len(personal) > 0 {
		b, err := resource.PersonalBytes(personal)
		if err != nil {
			return Raw{}, false // values that no record holds
		}
		out.Personal, record.Personal = string(b), "AAAA"
	}
	b, err := record.Bytes()
	if err != nil {
		return Raw{}, false
	}
	out.Record = string(b)
	if len(seen) > 0 {
		b, err := (&resource.Record{Ref: v.Ref, Part: resource.PartSeen, Schema: v.Schema.Version, Fields: seen}).Bytes()
		if err != nil {
			return Raw{}, false
		}
		out.Seen = string(b)
	}
	return out, true
}

// comesBack is the view as it comes back from where it is stored.
func comesBack(v *resource.View) *resource.View {
	out := *v
	out.Fields = map[string]any{}
	for name, value := range v.Fields {
		if value == nil {
			continue
		}
		b, err := canon.Marshal(value)
		if err != nil {
			continue
		}
		out.Fields[name], _ = canon.Parse(b)
	}
	return &out
}

// TestSweepAgrees holds that checks which read stored bytes together say what
// each of them says of the view by itself.
func TestSweepAgrees(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(7, 7))}
	kinds := differentialKinds()
	for i := range kinds["test.thing"].Fields {
		f := &kinds["test.thing"].Fields[i]
		f.Personal, f.Volatile = f.Name == "s2", f.Name == "t2" || f.Name == "li"
	}
	var programs []*Program
	for len(programs) < 60 {
		lines := strings.NewReplacer("(a)", "(r.b)", "a && !a", "r.b").Replace(quote(d.lone('b', 3)))
		def, err := Parse([]byte(strings.Join([]string{
			"id: test.drawn", "version: 1", "title: It holds", "kind: test.thing", "freshness: 26h", "severity: low",
			"params: {n: {type: int, default: 3}, word: {type: string, default: ab}, list: {type: list, default: 'a,b'}, u: {type: duration, default: 36h}, d: {type: decimal, default: '0.5'}, pattern: {type: string, default: '^[a-c]+$'}}",
			"where: " + quote(d.of("true", d.lone('b', 1))), "assert: " + lines, "message: " + quote(d.lone('s', 1)),
		}, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		if p, err := Compile(def, kinds, nil); err == nil {
			programs = append(programs, p)
		}
	}
	programs[3].assert.fast, programs[5].message.fast = nil, nil // cel-go is asked
	sweep, err := NewSweep(noon, programs...)
	if err != nil {
		t.Fatal(err)
	}
	said, compared := make([]Said, len(programs)), map[Status]int{}
	for range 400 {
		v := d.view("one")
		v.Schema = kinds["test.thing"]
		bytes, ok := raw(t, v)
		if !ok {
			continue
		}
		ref, err := sweep.Read(bytes)
		if err != nil || ref != v.Ref {
			t.Fatalf("%s: %s, %v", bytes.Record, ref, err)
		}
		if err := sweep.Judge(said); err != nil {
			t.Fatal(err)
		}
		in := offering()
		in.Resources["test.thing"] = []*resource.View{comesBack(v)}
		in.Listings = append(in.Listings, Listing{Kind: "test.thing", Connection: "c1", Complete: true, At: in.Now.Add(-time.Hour), Items: 1})
		for i, p := range programs {
			out := judge(t, p, in)
			want := Said{Status: Out, FlipsAt: out.FlipsAt}
			if len(out.Verdicts) == 1 {
				want.Status, want.Reason, want.Message = out.Verdicts[0].Status, out.Verdicts[0].Reason, out.Verdicts[0].Message
			}
			if said[i] != want {
				t.Fatalf("where %s\nassert %s\nof %s %s %s: %+v, want %+v", p.def.Where, p.def.Assert, bytes.Record, bytes.Personal, bytes.Seen, said[i], want)
			}
			compared[want.Status]++
		}
	}
	t.Log(compared)
	if compared[Pass] < 500 || compared[Fail] < 500 || compared[Unknown] < 500 || compared[Out] < 500 {
		t.Errorf("too few were compared: %v", compared)
	}
}

// lone draws an expression of one resource: no lookups and no lets.
func (d dice) lone(kind byte, depth int) string {
	for {
		e := d.expression(kind, depth)
		if !usesLet(e) && !strings.Contains(e, "people") && !strings.Contains(e, "byn") {
			return e
		}
	}
}

// TestSweepRefuses holds that what is not stored as it must be is refused.
func TestSweepRefuses(t *testing.T) {
	p := compile(t)
	sweep, err := NewSweep(noon, p)
	if err != nil {
		t.Fatal(err)
	}
	good, _ := raw(t, account("a", nil))
	if _, err := sweep.Read(good); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]Raw{
		"cut off":          {Record: good.Record[:len(good.Record)-1]},
		"with a tail":      {Record: good.Record + " "},
		"another part":     {Record: strings.Replace(good.Record, `"state"`, `"seen"`, 1)},
		"a personal part":  {Record: good.Record, Personal: `{}`},
		"a seen part":      {Record: good.Record, Seen: good.Record},
		"not canonical":    {Record: strings.Replace(good.Record, `"mfa":true`, `"mfa": true`, 1)},
		"a skipped number": {Record: strings.Replace(good.Record, `"uid":1000`, `"uid":1e3`, 1)},
	} {
		if _, err := sweep.Read(bad); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := NewSweep(noon); err == nil {
		t.Error("a sweep without checks")
	}
	if _, err := NewSweep(noon, p, compile(t, "lookups: {people: {kind: assay.person, by: email}}", "assert: r.email in people")); err == nil {
		t.Error("a sweep that looks up")
	}
}

// TestSweepOlderSchema holds that a field which the version of the record did
// not declare cannot be told.
func TestSweepOlderSchema(t *testing.T) {
	p := compile(t)
	sweep, err := NewSweep(noon, p)
	if err != nil {
		t.Fatal(err)
	}
	older := *testKinds()["host.account"]
	older.Version = 0
	older.Fields = slices.DeleteFunc(slices.Clone(older.Fields), func(f resource.Field) bool { return f.Name == "mfa" })
	r, _ := raw(t, account("a", nil))
	r.Schema = &older
	said := make([]Said, 1)
	if _, err := sweep.Read(r); err != nil {
		t.Fatal(err)
	}
	if err := sweep.Judge(said); err != nil || said[0].Status != Unknown || said[0].Message != "Cannot tell: mfa could not be read." {
		t.Errorf("%+v, %v", said[0], err)
	}
}
