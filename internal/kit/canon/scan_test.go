package canon_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/kit/canon"
)

// numbers turns integers into what Parse gives.
func numbers(v any) any {
	switch v := v.(type) {
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, numbers(e))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = numbers(e)
		}
		return out
	}
	return v
}

func TestParseReadsWhatMarshalWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := numbers(value(3).Draw(t, "value"))
		b, err := canon.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := canon.Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		again, err := canon.Marshal(got)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%s became %s: %v", b, again, err)
		}
		tail := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "tail")
		if b[0] == '"' || b[0] == '{' || b[0] == '[' {
			rest, err := canon.Skip(append(slices.Clone(b), tail...))
			if err != nil || !bytes.Equal(rest, tail) {
				t.Fatalf("after %s: %q, %v", b, rest, err)
			}
		}
	})
}

func TestParseRefusesEveryOtherSpelling(t *testing.T) {
	for name, b := range map[string]string{
		"empty": "", "space": ` 1`, "space after": `1 `, "space inside": `{"a": 1}`, "null": `null`, "float": `1.0`, "exponent": `1e3`,
		"zeros": `01`, "minus zero": `-0`, "minus": `-`, "plus": `+1`, "too big": `9007199254740992`, "too small": `-9007199254740992`,
		"huge": `99999999999999999999999999`, "order": `{"b":1,"a":2}`, "twice": `{"a":1,"a":2}`, "comma": `[1,]`, "comma in object": `{"a":1,}`,
		"slash": `"\/"`, "escaped letter": `"\u0061"`, "escaped tab": `"\u0009"`, "upper case": `"\u001F"`, "escaped e": `"\u00e9"`,
		"control": "\"\n\"", "bad utf-8": "\"\xff\"", "surrogate": "\"\xed\xa0\x80\"", "overlong": "\"\xc0\x80\"", "open string": `"a`, "open list": `[1`,
		"open object": `{"a":1`, "no value": `{"a"}`, "word": `tru`, "two values": `1 2`, "end": `{}{}`, "deep": strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"utf-16 order": "{\"\uFB33\":1,\"\U0001F600\":2}", "escaped order": `{"\\":1,"A":2}`,
	} {
		if v, err := canon.Parse([]byte(b)); err == nil {
			t.Errorf("%s: %s is read as %v", name, b, v)
		}
	}
	for _, b := range []string{`{}`, `[]`, `{"A":1,"\\":2}`, `"\u001f\b\t\n\f\r\"\\"`, `-9007199254740991`, `0`, "\"\u2028\x7f\"", "{\"\U0001F600\":1,\"\uFB33\":2}"} {
		if err := canon.Valid([]byte(b)); err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
}

func TestMembersAndElements(t *testing.T) {
	var got []string
	err := canon.Members([]byte(`{"a":1,"b\n":[2,"x"],"c":{"d":true}}`), func(key, value []byte) error {
		got = append(got, string(key)+"="+string(value))
		return nil
	})
	if want := "a=1|b\n=[2,\"x\"]|c={\"d\":true}"; err != nil || strings.Join(got, "|") != want {
		t.Fatalf("%q %v", got, err)
	}
	got = nil
	err = canon.Elements([]byte(`[1,"x",[]]`), func(value []byte) error {
		got = append(got, string(value))
		return nil
	})
	if err != nil || strings.Join(got, "|") != `1|"x"|[]` {
		t.Fatalf("%q %v", got, err)
	}
	if s, err := canon.Text([]byte(`"a\u0001é"`)); err != nil || s != "a\x01é" {
		t.Fatalf("%q %v", s, err)
	}
	if n, err := canon.Int([]byte(`-12`)); err != nil || n != -12 {
		t.Fatal(n, err)
	}
	if v, err := canon.Bool([]byte(`true`)); err != nil || !v {
		t.Fatal(v, err)
	}
	for _, wrong := range []string{``, `1`, `"x`, `"a" `, `[`} {
		if _, err := canon.Text([]byte(wrong)); err == nil {
			t.Errorf("%q is a string", wrong)
		}
	}
	for _, wrong := range []string{``, `"1"`, `1 `, `-`} {
		if _, err := canon.Int([]byte(wrong)); err == nil {
			t.Errorf("%q is an integer", wrong)
		}
	}
}

// FuzzParse holds that what is read is exactly what Marshal writes.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,true,"\u001f\"é"],"b":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := canon.Parse(b)
		if (err == nil) != (canon.Valid(b) == nil) {
			t.Fatal("Parse and Valid disagree")
		}
		if err != nil {
			return
		}
		if again, err := canon.Marshal(v); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q is read, and written as %q: %v", b, again, err)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	doc := []byte(`{"authority":"acme","fields":{"arn":"arn:aws:s3:::bucket-number-12345","created_at":"2026-01-02T03:04:05.000Z","encrypted":true,"name":"bucket-number-12345","public":false,"size":123456789,"tags":{"env":"production","owner":"platform","team":"storage"}},"id":"bucket-number-12345","kind":"aws.bucket","part":"state","schema":3}`)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if err := canon.Valid(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func TestWalkIsMembersOfWhatWasChecked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, err := canon.Marshal(rapid.OneOf(
			rapid.MapOfN(rapid.String(), value(2), 0, 5).AsAny(), rapid.SliceOfN(value(2), 0, 5).AsAny()).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		if b[0] == '{' {
			err = canon.Members(b, func(key, value []byte) error {
				want = append(want, string(key), string(value))
				return nil
			})
			_ = canon.Walk(b, func(key, value []byte) error {
				got = append(got, string(key), string(value))
				return nil
			})
		} else {
			err = canon.Elements(b, func(value []byte) error {
				want = append(want, string(value))
				return nil
			})
			_ = canon.WalkElements(b, func(value []byte) error {
				got = append(got, string(value))
				return nil
			})
		}
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q (%v)", b, got, want, err)
		}
	})
}

// FuzzWalk holds that Walk ends on anything.
func FuzzWalk(f *testing.F) {
	f.Add([]byte(`{"a":[1,true,"\u001f\"é"],"b":{}}`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = canon.WalkElements(b, func([]byte) error { return nil })
		_ = canon.Walk(b, func(_, _ []byte) error { return nil })
	})
}
