package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"assay/connector"
	"assay/internal/kit/fault"
)

const devices = `
kind: acme.device
version: 1
family: state
authority: devices.example.com
id: [serial]
fields:
  - {name: serial, type: string}
  - {name: owner, type: string, optional: true, personal: true}
  - {name: disks, type: int, optional: true}
  - {name: encrypted, type: bool}
  - {name: seen, type: time, optional: true}
  - {name: bought, type: date, optional: true}
  - {name: tags, type: list, optional: true, of: {type: string}}
  - {name: price, type: decimal, optional: true}
read:
  encrypted: {path: disk.encrypted}
  owner: {lower: true, absent: ["-"]}
  disks: {unavailable: ["?"]}
`

func declared(t testing.TB, text string) Declaration {
	t.Helper()
	d, err := ParseDeclaration([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// taken reads a file and says what was kept and refused, a line each.
func taken(t testing.TB, d Declaration, f Format, text string) (kept, refused string, sum Summary) {
	t.Helper()
	var rows []string
	sum, err := Read(t.Context(), d, strings.NewReader(text), f, func(line int, r connector.Resource) error {
		b, err := json.Marshal(r.Fields)
		rows = append(rows, fmt.Sprintf("%d %s %s %v", line, r.ID, b, r.Unavailable))
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if sum.Kept != len(rows) || sum.Rows != sum.Kept+sum.RefusedTotal {
		t.Errorf("%+v, kept %d", sum, len(rows))
	}
	var no []string
	for _, r := range sum.Refused {
		no = append(no, r.String())
	}
	return strings.Join(rows, "\n"), strings.Join(no, "\n"), sum
}

func TestFormatsSayTheSame(t *testing.T) {
	d := declared(t, devices)
	want := `LINE a {"bought":"2026-01-31","disks":9007199254740993,"encrypted":true,"owner":"alice@example.com","price":"1.10","seen":"2026-01-31T10:00:00+01:00","serial":"a","tags":["x","y"]} []
LINE b {"encrypted":false,"serial":"b"} [disks]`
	for name, c := range map[string]struct {
		format Format
		lines  [2]int
		text   string
	}{
		"json": {JSON, [2]int{2, 5}, `[
{"serial":"a","owner":"Alice@Example.com","disks":9007199254740993,"disk":{"encrypted":true,"extra":1},"seen":"2026-01-31T10:00:00+01:00","bought":"2026-01-31","tags":["x","y"],"price":"1.10","more":{}},


{"serial":"b","owner":null,"disks":"?",
 "disk.encrypted":false}
]
`},
		"ndjson": {NDJSON, [2]int{1, 3}, `{"serial":"a","owner":"Alice@Example.com","disks":9007199254740993,"disk":{"encrypted":true},"seen":"2026-01-31T10:00:00+01:00","bought":"2026-01-31","tags":["x","y"],"price":"1.10"}

{"serial":"b","owner":"-","disks":"?","disk":{"encrypted":false}}`},
		"ndjson, marked and with line ends of another kind": {NDJSON, [2]int{1, 2}, "\xef\xbb\xbf" + `{"serial":"a","owner":"Alice@Example.com","disks":9007199254740993,"disk":{"encrypted":true},"seen":"2026-01-31T10:00:00+01:00","bought":"2026-01-31","tags":["x","y"],"price":"1.10"}` + "\r\n" + `{"serial":"b","disks":"?","disk":{"encrypted":false}}` + "\r\n"},
		"csv": {CSV, [2]int{2, 4}, "\xef\xbb\xbfserial,owner,disks,disk.encrypted,seen,bought,tags,price,more\r\na,Alice@Example.com,9007199254740993,Yes,2026-01-31T10:00:00+01:00,2026-01-31,x; y,1.10,\"of\nall\"\r\nb,,?,0,,,,,\r\n"},
	} {
		got, refused, sum := taken(t, d, c.format, c.text)
		expected := strings.Replace(strings.Replace(want, "LINE", strconv.Itoa(c.lines[0]), 1), "LINE", strconv.Itoa(c.lines[1]), 1)
		if got != expected || refused != "" || !sum.Complete() {
			t.Errorf("%s:\n%s\nwant\n%s\nrefused %s", name, got, expected, refused)
		}
	}
}

func TestRowsThatAreRefused(t *testing.T) {
	const good = `{"serial":"ok","disk":{"encrypted":true}}`
	d := declared(t, devices)
	for text, want := range map[string]string{
		`{"serial":"a"}`: "line 1, encrypted: required, and absent",
		`{"serial":"a","disk":{"encrypted":"yes"}}`:                   `line 1, encrypted: string "yes" is not a bool`,
		`{"serial":1,"disk":{"encrypted":true}}`:                      "line 1, serial: json.Number \"1\" is not a string",
		`{"serial":"","disk":{"encrypted":true}}`:                     "line 1, serial: it belongs to the id, and is empty or unavailable",
		`{"serial":"a","disk":{"encrypted":true},"disks":1.5}`:        `line 1, disks: "1.5" is not an integer`,
		`{"serial":"a","disk":{"encrypted":true},"seen":"yesterday"}`: `line 1, seen: "yesterday" is not an RFC 3339 time with a zone`,
		`{"serial":"a","disk":{"encrypted":true},"tags":[1]}`:         `line 1, tags: element 0: json.Number "1" is not a string`,
		`{"serial":"ok","disk":{"encrypted":false}}` + "\n" + good:    "line 2, serial: the id ok stands in an earlier row already",
		`[]`:                              "line 1: it is not an object",
		`null`:                            "line 1: it is not an object",
		`{"serial":"a","serial":"b"}`:     `line 1: the member "serial" stands there twice`,
		`{"serial":"a"} {}`:               "line 1: it is not JSON: there is something after the value (byte 16)",
		`{"serial":"\ud800"}`:             "line 1: it is not JSON: half a character stands in a text (byte 18)",
		`{"serial":"\u0000"}`:             "line 1: it holds a NUL character",
		`{"serial":"a` + "\x00" + `"}`:    "line 1: it holds a NUL byte",
		`{"serial":01}`:                   "line 1: it is not JSON: an object does not end (byte 12)",
		`{"serial":"a",}`:                 "line 1: it is not JSON: a member's name is missing (byte 15)",
		`{"x":` + strings.Repeat("[", 40): "line 1: it has more than 32 objects and lists within each other",
		`{"x":"` + strings.Repeat("x", 5<<20) + `"}`: "line 1: it is longer than 4 MiB",
	} {
		if !strings.Contains(text, "\n") {
			text += "\n" + good
		}
		kept, refused, sum := taken(t, d, NDJSON, text+"\n")
		if refused != want || sum.Kept != 1 || sum.Complete() {
			t.Errorf("%.80s: refused %q, want %q; kept %s", text, refused, want, kept)
		}
	}
}

func TestEndsThatAreNone(t *testing.T) {
	d := declared(t, devices)
	row := `{"serial":"%s","disk":{"encrypted":true}}`
	one, two := fmt.Sprintf(row, "1"), fmt.Sprintf(row, "2")
	for _, c := range []struct {
		format     Format
		text, want string
		kept       int
	}{
		{NDJSON, one + "\n" + two[:20], "line 2: the file ends within this row", 1},
		{NDJSON, one + "\n" + two, "", 2},
		{JSON, "[" + one + ",\n" + two[:20], "line 2: the file ends within this row", 1},
		{JSON, "[" + one + ",\n" + two, "line 2: the file ends before its list does", 2},
		{JSON, "[" + one + ",\n", "line 2: the file ends before its list does", 1},
		{JSON, "[" + one + ",]", "line 1: there is no row after the last comma", 1},
		{JSON, "[" + one + " " + two + "]", "line 1: there is no comma between two rows; the rest was not read", 1},
		{JSON, "[" + one + "]\nmore", "line 2: there is something after the end of the list", 1},
		{JSON, "[" + one + "]\n", "", 1},
		{JSON, "[]", "", 0},
		{JSON, "[1," + one + "]", "line 1: it is not an object", 1},
		{JSON, "[" + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "," + one + "]", "line 1: it has more than 32 objects and lists within each other", 1},
		{JSON, `[{"x":"` + strings.Repeat("]", 5<<20) + `"},` + one + "]", "line 1: it is longer than 4 MiB", 1},
		{JSON, `[{"x":"\"]\\"},` + one + "]", "line 1, serial: required, and absent (and 1 more)", 1},
		{CSV, "serial,disk.encrypted\n1,yes\n2", "line 3: it has 1 cells, the heading has 2", 1},
		{CSV, "serial,disk.encrypted\n1,yes\n\"2,no\n3,no\n", "line 3: a quote stands where none may, or is not closed", 1},
		{CSV, "serial,disk.encrypted\n1,yes\na\"b,no\n3,no\n", "line 3: a quote stands in a cell that does not begin with one", 2},
		{CSV, "serial,disk.encrypted\n1,yes\n\"" + strings.Repeat("x\n", 5<<20), "line 3: it is longer than 4 MiB, perhaps because a quote is not closed; the rest was not read", 1},
		{CSV, "serial,disk.encrypted\n", "", 0},
		{CSV, "serial,disk.encrypted\n1,maybe\n", `line 2, encrypted: "maybe" is neither true, yes, 1 nor false, no, 0`, 0},
		{CSV, "disk.encrypted,serial\ntrue,x,y\ntrue,x\n", "line 2: it has 3 cells, the heading has 2", 1},
	} {
		kept, refused, sum := taken(t, d, c.format, c.text)
		if !strings.HasPrefix(refused, c.want) || sum.Kept != c.kept || sum.Complete() != (c.want == "") || c.want == "" && refused != "" {
			t.Errorf("%s %.60q: refused %q, want %q; kept %s", c.format, c.text, refused, c.want, kept)
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	d := declared(t, devices)
	inside := d
	inside.Rows = "data.list"
	for _, c := range []struct {
		d      Declaration
		format Format
		text   string
		want   string
	}{
		{d, JSON, "", "empty"},
		{d, NDJSON, "", "empty"},
		{d, NDJSON, "\n\n", "empty"},
		{d, CSV, "", "lacks even a heading"},
		{d, JSON, `{"serial":"a"}`, "an object, not a list"},
		{d, JSON, `7`, "no list"},
		{d, JSON, "\xff\xfe[\x00]\x00", "UTF-16"},
		{d, CSV, "s\x00e\x00r\x00", "UTF-16"},
		{d, CSV, "serial,disk.encrypted\nJ\xfcrgen,yes\n", "Latin-1"},
		{d, CSV, "PK\x03\x04xxxx", "spreadsheet"},
		{d, NDJSON, "\x1f\x8b\x08", "compressed"},
		{d, CSV, "serial;disk.encrypted\na;yes\n", "is the separator right?"},
		{d, CSV, "serial,serial\n", "twice"},
		{d, CSV, "serial\n", `no column "disk.encrypted"`},
		{d, CSV, "\"serial\n", "heading could not be read"},
		{d, Format("xlsx"), "x", "not known"},
		{inside, JSON, `{"data":{}}`, "no list at data.list"},
		{inside, JSON, `[]`, "no list at data.list"},
		{inside, JSON, `{"data":{"list":{}}}`, "an object, not a list"},
		{inside, JSON, `{"data`, "no list at data.list"},
		{inside, JSON, `{"data":1}`, "no list at data.list"},
	} {
		sum, err := Read(t.Context(), c.d, strings.NewReader(c.text), c.format, func(int, connector.Resource) error { return nil })
		if fault.Of(err) != fault.Invalid || !strings.Contains(fault.Text(err), c.want) || sum.Complete() {
			t.Errorf("%s %q: %v", c.format, c.text, err)
		}
	}
}

func TestAListInsideADocument(t *testing.T) {
	d := declared(t, devices)
	d.Rows = "data.list"
	rows := `[{"serial":"1","disk":{"encrypted":true}}]`
	for text, whole := range map[string]bool{
		`{"before":[1,"]}",{"data":3}],"data":{"x":null,"list":` + rows + `,"y":{"z":[]}},"after":"}"}`: true,
		`{"data":{"list":` + rows + `}}` + "\n":                                                         true,
		`{"data":{"list":` + rows + `}`:                                                                 false,
		`{"data":{"list":` + rows + `,"x":`:                                                             false,
		`{"data":{"list":` + rows + `}} {}`:                                                             false,
	} {
		kept, refused, sum := taken(t, d, JSON, text)
		if sum.Kept != 1 || sum.Complete() != whole {
			t.Errorf("%s: %s, refused %s", text, kept, refused)
		}
	}
}

func TestTimesWordsAndNestedObjects(t *testing.T) {
	d := declared(t, `
kind: acme.change
version: 2
title: Changes
family: event
at: at
authority: x
id: [at, day]
fields:
  - {name: at, type: time}
  - {name: day, type: date}
  - {name: ms, type: time, optional: true}
  - {name: urgent, type: bool, optional: true}
  - {name: who, type: object, optional: true, fields: [{name: name, type: string}]}
  - {name: marks, type: map, optional: true, of: {type: int}}
  - {name: steps, type: list, optional: true, of: {type: object, fields: [{name: done, type: bool}]}}
read:
  at: {time: "DD.MM.YYYY hh:mm:ss", zone: Europe/Berlin}
  day: {time: "MM/DD/YYYY"}
  ms: {time: unix_ms}
  urgent: {true: [J], false: [N]}
facets:
  - {facet: change, version: 1, fields: {at: {from: at}, emergency: {from: urgent}}}
`)
	good := `{"at":"%s","day":"01/31/2026","ms":1767225600123,"urgent":"J","who":{"name":"a","pay":1},"marks":{"x":1},"steps":[{"done":true,"note":"n"}]}`
	kept, refused, _ := taken(t, d, NDJSON, fmt.Sprintf(good, "31.07.2026 10:00:00"))
	want := `1 2026-07-31T08:00:00.000Z/2026-01-31 {"at":"2026-07-31T10:00:00+02:00","day":"2026-01-31","marks":{"x":1},"ms":"2026-01-01T00:00:00.123Z","steps":[{"done":true}],"urgent":true,"who":{"name":"a"}} []`
	if kept != want || refused != "" {
		t.Errorf("%s\nwant\n%s\n%s", kept, want, refused)
	}
	for at, want := range map[string]string{
		"29.03.2026 02:30:00":  `"29.03.2026 02:30:00" is no time in Europe/Berlin`,
		"31.02.2026 02:30:00":  `is not of the form`,
		"2026-01-01T00:00:00Z": `is not of the form`,
	} {
		if _, refused, _ := taken(t, d, NDJSON, fmt.Sprintf(good, at)); !strings.Contains(refused, want) {
			t.Errorf("%s: %s", at, refused)
		}
	}
	if _, err := Read(t.Context(), d, strings.NewReader("at,day\n"), CSV, nil); fault.Of(err) != fault.Invalid || !strings.Contains(fault.Text(err), "cannot hold") {
		t.Errorf("an object in CSV: %v", err)
	}
}

func TestIDsOfSeveralFieldsAreDistinct(t *testing.T) {
	d := declared(t, strings.Replace(strings.Replace(devices, "id: [serial]", "id: [serial, model]", 1), "fields:", "fields:\n  - {name: model, type: string}", 1))
	_, refused, sum := taken(t, d, NDJSON, `{"serial":"a/b","model":"c","disk":{"encrypted":true}}
{"serial":"a","model":"b/c","disk":{"encrypted":true}}
{"serial":"a%2Fb","model":"c","disk":{"encrypted":true}}
`)
	if sum.Kept != 3 {
		t.Error(refused)
	}
}

func TestReadingStops(t *testing.T) {
	d := declared(t, devices)
	text := strings.Repeat(`{"serial":"a","disk":{"encrypted":true}}`+"\n", 5000)
	stop := errors.New("stop")
	if sum, err := Read(t.Context(), d, strings.NewReader(text), NDJSON, func(int, connector.Resource) error { return stop }); !errors.Is(err, stop) || sum.Whole {
		t.Errorf("%+v %v", sum, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, d, strings.NewReader(text), NDJSON, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	broken := io.MultiReader(strings.NewReader(text), failing{})
	if sum, err := Read(t.Context(), d, broken, NDJSON, func(int, connector.Resource) error { return nil }); !errors.Is(err, errDisk) || sum.Whole || sum.RefusedTotal != 4999 || len(sum.Refused) != MostRefused {
		t.Errorf("%d refused, %d kept with reasons, %v", sum.RefusedTotal, len(sum.Refused), err)
	}
}

var errDisk = errors.New("the disk is gone")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errDisk }

// endless makes rows of about a kilobyte as they are read.
type endless struct {
	rows, row int
	left      []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.left) == 0 {
		if e.row == e.rows {
			return 0, io.EOF
		}
		e.row++
		e.left = fmt.Appendf(nil, `{"serial":"s%d","disk":{"encrypted":true},"tags":["%s"],"other":"%s"}`+"\n", e.row, strings.Repeat("t", 400), strings.Repeat("o", 500))
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a file of 200 MB")
	}
	var most uint64
	d := declared(t, devices)
	sum, err := Read(t.Context(), d, &endless{rows: 200_000}, NDJSON, func(line int, _ connector.Resource) error {
		if line%20_000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	})
	if err != nil || sum.Kept != 200_000 || most > 40<<20 {
		t.Errorf("%+v %v, %d MiB", sum, err, most>>20)
	}
}

func BenchmarkRead(b *testing.B) {
	d := declared(b, devices)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(b.Context(), d, &endless{rows: 10_000}, NDJSON, func(int, connector.Resource) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
}

func FuzzRead(f *testing.F) {
	d := declared(f, devices)
	inside := d
	inside.Rows = "a.b"
	f.Add("serial,disk.encrypted\na,yes\n\"b\nc\",no\n")
	f.Add(`[{"serial":"a","disk":{"encrypted":true}},{"serial":"\u00e9\ud83d\ude00"}]`)
	f.Add(`{"a":{"b":[{}]}}`)
	f.Add("{\"serial\":\"a\",\"disk.encrypted\":false}\r\n{")
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []Format{JSON, NDJSON, CSV} {
			for _, one := range []Declaration{d, inside} {
				seen := map[string]bool{}
				last := 0
				sum, err := Read(t.Context(), one, strings.NewReader(text), format, func(line int, r connector.Resource) error {
					if seen[r.ID] || r.ID == "" || line < last {
						t.Fatalf("%s: id %q, line %d after %d", format, r.ID, line, last)
					}
					seen[r.ID], last = true, line
					_, err := one.Normalize(r.Fields, r.Unavailable)
					return err
				})
				if err != nil && fault.Of(err) != fault.Invalid {
					t.Fatal(err)
				}
				if sum.Rows != sum.Kept+sum.RefusedTotal || err == nil && !sum.Complete() && sum.RefusedTotal == 0 {
					t.Fatalf("%+v", sum)
				}
			}
		}
		if got, err := parseJSON([]byte(text)); err == nil && utf8.ValidString(text) {
			theirs := json.NewDecoder(strings.NewReader(text))
			theirs.UseNumber()
			var want any
			if theirErr := theirs.Decode(&want); theirErr != nil {
				t.Fatalf("%q: taken, and not by encoding/json: %v", text, theirErr)
			}
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(want)
			if string(a) != string(b) {
				t.Fatalf("%q: %s, not %s", text, a, b)
			}
		}
	})
}
