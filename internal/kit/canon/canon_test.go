package canon_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"assay/internal/kit/canon"
)

func value(depth int) *rapid.Generator[any] {
	leaf := []*rapid.Generator[any]{
		rapid.String().AsAny(), rapid.Bool().AsAny(),
		rapid.Int64Range(-canon.MaxInt, canon.MaxInt).AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(leaf...)
	}
	return rapid.OneOf(append(leaf,
		rapid.SliceOfN(value(depth-1), 0, 4).AsAny(),
		rapid.MapOfN(rapid.String(), value(depth-1), 0, 5).AsAny(),
	)...)
}

func TestAgreesWithAnIndependentImplementation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(3).Draw(t, "value")
		got, err := canon.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		want, err := jcs.Transform(plain)
		if err != nil {
			t.Skip("the other implementation takes only objects and arrays at the top")
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

func TestKeysSortByUTF16(t *testing.T) {
	got, err := canon.Marshal(map[string]any{"\U0001F600": 1, "\uFB33": 2, "é": 3, "z": 4, "": 5})
	if err != nil {
		t.Fatal(err)
	}
	if want := "{\"\":5,\"z\":4,\"é\":3,\"\U0001F600\":1,\"\uFB33\":2}"; string(got) != want {
		t.Fatalf("got %s", got)
	}
}

func TestRefuses(t *testing.T) {
	for name, v := range map[string]any{
		"float": 1.5, "null": nil, "big": int64(1 << 53), "small": int64(-1 << 53),
		"bad utf-8": "\xff", "bad key": map[string]any{"\xff": 1}, "number": json.Number("1.5"),
		"nested": []any{map[string]any{"a": nil}},
	} {
		if out, err := canon.Marshal(v); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}
