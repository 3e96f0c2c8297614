package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/bag"
	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

type packageVectors struct {
	Key      string            `json:"key"`
	Seeds    map[string]string `json:"seeds"` // of "key" and "other", hexadecimal
	Policies map[string]string `json:"policies"`
	Pins     map[string]string `json:"pins"`
	Roots    string            `json:"roots,omitempty"`   // of the authorities of time, PEM
	Cadence  string            `json:"cadence,omitempty"` // that time is verified with
	Cases    []packageCase     `json:"cases"`
}

type packageCase struct {
	Name   string `json:"name"`
	Edits  []edit `json:"edits,omitempty"`
	Sign   string `json:"sign,omitempty"`
	Policy string `json:"policy,omitempty"`
	Pin    string `json:"pin,omitempty"`
	Time   bool   `json:"time,omitempty"` // with the roots
	Exit   int    `json:"exit"`
}

type edit struct {
	Op   string `json:"op"`
	File string `json:"file,omitempty"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
	Text string `json:"text,omitempty"`
	To   string `json:"to,omitempty"`
	With string `json:"with,omitempty"`
	At   int    `json:"at,omitempty"`
	Bit  int    `json:"bit,omitempty"`
	Hex  string `json:"hex,omitempty"`
}

// contents is a package unpacked.
type contents struct {
	names []string
	files map[string][]byte
	info  []bag.Field
	sig   []byte

	second bool // of the second format
}

func unpack(t *testing.T, b []byte) *contents {
	t.Helper()
	g, err := bag.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	c := &contents{files: map[string][]byte{}, info: g.Info()}
	c.info = c.info[:len(c.info)-1] // Payload-Oxum is written anew
	c.second = g.Has(pack.FileCosigned)
	c.sig, _ = g.Signed()
	for _, f := range g.Files() {
		c.names = append(c.names, f.Name)
		if c.files[f.Name], err = g.Read(f.Name, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// pack makes the bag anew; without a signer under the signature that it had.
func (c *contents) pack(t *testing.T, s *tlog.Signer) []byte {
	t.Helper()
	var b bytes.Buffer
	w := bag.NewWriter(&b)
	for _, n := range c.names {
		if err := w.Add(n, c.files[n]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(c.info, func(sum [sha256.Size]byte) ([]byte, error) {
		if s == nil {
			return c.sig, nil
		}
		format := pack.FormatV1
		if bytes.Contains(c.files[pack.FileHeader], []byte(pack.FormatV2)) && c.second {
			format = pack.FormatV2
		}
		return s.SignText(pack.SignedText(format, s.Name(), sum))
	}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (c *contents) edit(t *testing.T, e edit) {
	t.Helper()
	i := -1
	for at, n := range c.names {
		if n == e.File {
			i = at
		}
	}
	if i < 0 && e.Op != "add" {
		t.Fatalf("there is no file %s", e.File)
	}
	switch e.Op {
	case "replace":
		if !bytes.Contains(c.files[e.File], []byte(e.Old)) {
			t.Fatalf("%s does not hold %q", e.File, e.Old)
		}
		c.files[e.File] = bytes.Replace(c.files[e.File], []byte(e.Old), []byte(e.New), 1)
	case "remove":
		c.names = append(c.names[:i:i], c.names[i+1:]...)
	case "add":
		c.names, c.files[e.File] = append(c.names, e.File), []byte(e.Text)
	case "rename":
		c.names[i], c.files[e.To] = e.To, c.files[e.File]
	case "swap":
		c.files[e.File], c.files[e.With] = c.files[e.With], c.files[e.File]
	default:
		t.Fatalf("no such edit: %s", e.Op)
	}
}

// apply does what a case says.
func (v *packageVectors) apply(t *testing.T, b []byte, c *packageCase) []byte {
	t.Helper()
	box := unpack(t, b)
	b = bytes.Clone(b)
	again := c.Sign != ""
	var raw []edit
	for _, e := range c.Edits {
		switch e.Op {
		case "flip", "set", "insert", "cut":
			raw = append(raw, e)
		default:
			box.edit(t, e)
			again = true
		}
	}
	if again {
		var s *tlog.Signer
		if c.Sign != "old" {
			var err error
			if s, err = tlog.NewSigner(tlog.VerifierName(v.Key), unhex(t, v.Seeds[c.Sign])); err != nil {
				t.Fatal(err)
			}
		}
		b = box.pack(t, s)
	}
	for _, e := range raw {
		switch by := unhex(t, e.Hex); e.Op {
		case "flip":
			b[e.At] ^= 1 << e.Bit
		case "set":
			copy(b[e.At:], by)
		case "insert":
			b = append(b[:e.At:e.At], append(by, b[e.At:]...)...)
		case "cut":
			b = b[:e.At]
		}
	}
	return b
}

// makePackage makes a little package under a key that everybody has.
func makePackage(t *testing.T) (b []byte, v packageVectors) {
	t.Helper()
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "vectors.demo.invalid")
	h.Little()
	h.Sign()
	h.Hand.Add(24 * time.Hour) // a package has one checkpoint of a day
	h.Run()
	b, sum := h.Package(time.Time{}, time.Time{})
	key, other := signer(t, sum.Origin, 1), signer(t, sum.Origin, 2)
	box := unpack(t, b)
	v.Pins = map[string]string{}
	for _, n := range box.names {
		if !strings.HasPrefix(n, "log/checkpoint") {
			continue
		}
		text, _, _ := strings.Cut(string(box.files[n]), "\n\n")
		box.files[n] = []byte(sign(t, key, text+"\n"))
		if n == pack.FileCheckpoint {
			v.Pins["newest"] = string(box.files[n])
			v.Pins["of another key"] = sign(t, other, text+"\n")
			lines := strings.Split(text, "\n")
			v.Pins["longer"] = sign(t, key, lines[0]+"\n9"+lines[1]+"\n"+lines[2]+"\n")
			empty := tlog.Hash{}
			v.Pins["of another history"] = sign(t, key, lines[0]+"\n7\n"+tlog.B64(empty[:])+"\n")
			v.Pins["of another log"] = sign(t, signer(t, "elsewhere.demo.invalid/soc2/1", 1), "elsewhere.demo.invalid/soc2/1\n"+lines[1]+"\n"+lines[2]+"\n")
		} else {
			v.Pins["earlier"] = string(box.files[n])
		}
	}
	keys, err := pack.Keys(sum.Origin, key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	box.files[pack.FileKeys] = keys
	one, two := salt(1), salt(2)
	v.Key = key.Verifier()
	v.Seeds = map[string]string{"key": hex.EncodeToString(one[:]), "other": hex.EncodeToString(two[:])}
	v.Policies = map[string]string{
		"names the key": "log " + v.Key + "\nquorum none\n", "names another key": "log " + other.Verifier() + "\nquorum none\n",
		"names another log": "log " + signer(t, "elsewhere.demo.invalid/soc2/1", 1).Verifier() + "\nquorum none\n",
	}
	b = box.pack(t, key)
	v.Cases = append(trustCases(), append(payloadCases(t, box), containerCases(t, b)...)...)
	return b, v
}

func trustCases() []packageCase {
	return []packageCase{
		{Name: "as it is"},
		{Name: "made anew and signed", Sign: "key"},
		{Name: "made anew under the old signature", Sign: "old"},
		{Name: "the policy names the key", Policy: "names the key"},
		{Name: "the policy names another key", Policy: "names another key", Exit: 10},
		{Name: "the policy names another log", Policy: "names another log", Exit: 10},
		{Name: "an earlier pin", Pin: "earlier"},
		{Name: "the newest pin, and the policy", Pin: "newest", Policy: "names the key"},
		{Name: "a pin of a longer log: the package was cut, or is old", Pin: "longer", Exit: 10},
		{Name: "a pin of another history", Pin: "of another history", Exit: 10},
		{Name: "a pin of another key", Pin: "of another key", Exit: 10},
		{Name: "a pin of another log", Pin: "of another log", Exit: 10},
		{Name: "signed by another key of the same name", Sign: "other", Exit: 10},
	}
}

// payloadCases are edits after which the bag is made anew, by whoever cannot
// sign and by whoever can.
func payloadCases(t *testing.T, box *contents) (out []packageCase) {
	t.Helper()
	first := func(prefix string) string {
		for _, n := range box.names {
			if strings.HasPrefix(n, prefix) {
				return n
			}
		}
		t.Fatalf("no file %s", prefix)
		return ""
	}
	bundle, checkpoint := first("log/tile/entries/"), first("log/checkpoints/")
	for name, edits := range map[string][]edit{
		"a record's field":             {{Op: "replace", File: "records/0000.ndjson", Old: `"mfa":true`, New: `"mfa":false`}},
		"a personal field":             {{Op: "replace", File: "records/0000.ndjson", Old: "person0@", New: "person9@"}},
		"no records":                   {{Op: "remove", File: "records/0000.ndjson"}},
		"records from 1":               {{Op: "rename", File: "records/0000.ndjson", To: "records/0001.ndjson"}},
		"a manifest's word":            {{Op: "replace", File: "collections/con_a/1.json", Old: `"List"`, New: `"Lost"`}},
		"no manifest":                  {{Op: "remove", File: "collections/con_a/1.json"}},
		"no salt":                      {{Op: "remove", File: "collections/con_a/1.salt"}},
		"no delta":                     {{Op: "remove", File: "collections/con_a/1.delta"}},
		"a delta the other way round":  {{Op: "replace", File: "collections/con_a/1.delta", Old: "+", New: "-"}},
		"a delta of nothing":           {{Op: "add", File: "collections/con_a/2.delta"}},
		"a definition":                 {{Op: "replace", File: first("checks/"), Old: `"high"`, New: `"low"`}},
		"no definition":                {{Op: "remove", File: first("checks/")}},
		"no kind":                      {{Op: "remove", File: first("kinds/")}},
		"an entry's verdict":           {{Op: "replace", File: bundle, Old: `"status":"fail"`, New: `"status":"pass"`}},
		"an entry's actor":             {{Op: "replace", File: bundle, Old: `"actor":"usr_a"`, New: `"actor":"usr_b"`}},
		"no entries":                   {{Op: "remove", File: bundle}},
		"no tile":                      {{Op: "remove", File: first("log/tile/0/")}},
		"a tile too much":              {{Op: "add", File: "log/tile/1/000.p/1", Text: strings.Repeat("x", 32)}},
		"no checkpoint":                {{Op: "remove", File: pack.FileCheckpoint}},
		"an older checkpoint":          {{Op: "swap", File: pack.FileCheckpoint, With: checkpoint}},
		"a checkpoint of another name": {{Op: "rename", File: checkpoint, To: checkpoint + "0"}},
		"a trail entry's words":        {{Op: "replace", File: "trail/0000.ndjson", Old: "Name of usr_a", New: "Name of usr_b"}},
		"no trail":                     {{Op: "remove", File: "trail/0000.ndjson"}},
		"an exclusion's reason":        {{Op: "replace", File: pack.FileExclusions, Old: "robot", New: "human"}},
		"no exclusions":                {{Op: "replace", File: pack.FileExclusions, Old: string(box.files[pack.FileExclusions]), New: "[]\n"}},
		"a result's subject":           {{Op: "replace", File: "results/0000.ndjson", Old: "id-001", New: "id-000"}},
		"no results":                   {{Op: "remove", File: "results/0000.ndjson"}},
		"an evidence's words":          {{Op: "replace", File: first("objects/"), Old: "building", New: "basement"}},
		"no evidence":                  {{Op: "remove", File: first("objects/")}},
		"evidence disowned":            {{Op: "replace", File: pack.FileHeader, Old: `"objects":true`, New: `"objects":false`}},
		"a period":                     {{Op: "replace", File: pack.FileHeader, Old: `"from":""`, New: `"from":"2026-01-01T00:00:00.000Z"`}},
		"a longer log":                 {{Op: "replace", File: pack.FileHeader, Old: `"size":`, New: `"size":1`}},
		"a format to come":             {{Op: "replace", File: pack.FileHeader, Old: "soc2.package/v1", New: "soc2.package/v2"}},
		"a member to come":             {{Op: "replace", File: pack.FileHeader, Old: `"format"`, New: `"extra":1,"format"`}},
		"a space":                      {{Op: "replace", File: pack.FileHeader, Old: `:`, New: `: `}},
		"a file":                       {{Op: "add", File: "notes.txt", Text: "hello"}},
		"no header":                    {{Op: "remove", File: pack.FileHeader}},
		"no keys":                      {{Op: "remove", File: pack.FileKeys}},
	} {
		out = append(out, packageCase{Name: name + ", under the old signature", Edits: edits, Sign: "old", Exit: 10},
			packageCase{Name: name + ", signed anew", Edits: edits, Sign: "key", Exit: 10})
	}
	for name, e := range map[string]edit{
		"the index":         {Op: "replace", File: pack.FileIndex, Old: "</h1>", New: "!</h1>"},
		"no index":          {Op: "remove", File: pack.FileIndex},
		"a label":           {Op: "replace", File: "results/0000.ndjson", Old: "Konto", New: "Conto"},
		"the org's name":    {Op: "replace", File: pack.FileHeader, Old: "Sons", New: "Sans"},
		"no old checkpoint": {Op: "remove", File: checkpoint},
	} {
		out = append(out, packageCase{Name: name + ", under the old signature", Edits: []edit{e}, Sign: "old", Exit: 10},
			packageCase{Name: name + ", signed anew: it is no proof", Edits: []edit{e}, Sign: "key"})
	}
	return sorted(out)
}

func sorted(list []packageCase) []packageCase {
	for i := range list {
		for j := i; j > 0 && list[j].Name < list[j-1].Name; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	return list
}

// containerCases are edits of single fields of the zip's structures.
func containerCases(t *testing.T, b []byte) (out []packageCase) {
	t.Helper()
	le := binary.LittleEndian
	end := len(b) - 22
	list := int(le.Uint32(b[end+16:]))
	for name, at := range map[string]int{
		"local: version needed": 4, "local: flags": 6, "local: method": 8, "local: time": 10, "local: date": 12, "local: CRC": 14,
		"local: size": 18, "local: unpacked size": 22, "local: length of the name": 26, "local: length of extra": 28, "local: name": 30,
		"list: version made by": list + 4, "list: system": list + 5, "list: version needed": list + 6, "list: flags": list + 8, "list: method": list + 10,
		"list: time": list + 12, "list: date": list + 14, "list: CRC": list + 16, "list: size": list + 20, "list: unpacked size": list + 24,
		"list: length of the name": list + 28, "list: length of extra": list + 30, "list: length of the comment": list + 32, "list: disk": list + 34,
		"list: internal attributes": list + 36, "list: attributes": list + 38, "list: a link": list + 41, "list: offset": list + 42, "list: name": list + 46,
		"end: signature": end, "end: disk": end + 4, "end: disk of the list": end + 6, "end: members here": end + 8, "end: members": end + 10,
		"end: length of the list": end + 12, "end: offset of the list": end + 16, "end: length of the comment": end + 20,
		"content": 30 + int(le.Uint16(b[26:])),
	} {
		bit := 0
		if name == "list: a link" {
			bit = 5
		}
		out = append(out, packageCase{Name: "flip in " + name, Edits: []edit{{Op: "flip", At: at, Bit: bit}}, Exit: 10})
	}
	return sorted(append(out,
		packageCase{Name: "cut in the middle", Edits: []edit{{Op: "cut", At: len(b) / 2}}, Exit: 10},
		packageCase{Name: "cut to nothing", Edits: []edit{{Op: "cut"}}, Exit: 10},
		packageCase{Name: "the last byte cut off", Edits: []edit{{Op: "cut", At: len(b) - 1}}, Exit: 10},
		packageCase{Name: "a byte before", Edits: []edit{{Op: "insert", Hex: "00"}}, Exit: 10},
		packageCase{Name: "a byte after", Edits: []edit{{Op: "insert", At: len(b), Hex: "00"}}, Exit: 10},
		packageCase{Name: "an end after the end", Edits: []edit{{Op: "insert", At: len(b), Hex: hex.EncodeToString(b[end:])}}, Exit: 10},
		packageCase{Name: "a byte between contents and list", Edits: []edit{{Op: "insert", At: list, Hex: "00"}}, Exit: 10},
		packageCase{Name: "a giant size", Edits: []edit{{Op: "set", At: list + 20, Hex: "f0fffffff0ffffff"}}, Exit: 10},
		packageCase{Name: "very many members", Edits: []edit{{Op: "set", At: end + 8, Hex: "feff"}, {Op: "set", At: end + 10, Hex: "feff"}}, Exit: 10},
	))
}

// TestPackage holds assay-verify to the exit code of every case.
func TestPackage(t *testing.T) {
	for name, build := range map[string]func(*testing.T) ([]byte, packageVectors){"package": makePackage, "anchored": makeAnchored, "erased": makeErased} {
		t.Run(name, func(t *testing.T) { runCases(t, name, build) })
	}
}

func runCases(t *testing.T, name string, build func(*testing.T) ([]byte, packageVectors)) {
	t.Helper()
	v := golden(t, name+".json", func() packageVectors {
		b, v := build(t)
		if err := os.WriteFile(name+".zip", b, 0o600); err != nil {
			t.Fatal(err)
		}
		return v
	})
	b, err := os.ReadFile(name + ".zip")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "assay-verify")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/assay-verify").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	put := func(name string, b []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for i := range v.Cases {
		c := &v.Cases[i]
		args := []string{put("package.zip", v.apply(t, b, c))}
		if c.Policy != "" {
			args = append(args, "--policy", put("policy", []byte(v.Policies[c.Policy])))
		}
		if c.Time {
			args = append(args, "--time-roots", put("roots", []byte(v.Roots)), "--cadence", v.Cadence)
		}
		if c.Pin != "" {
			args = append(args, "--pin", put("pin", []byte(v.Pins[c.Pin])))
		}
		out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		code := 0
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			code = failed.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.Exit || code == 10 && !strings.Contains(string(out), "PROBLEM") {
			t.Errorf("%s: exit code %d, want %d\n%s", c.Name, code, c.Exit, out)
		}
	}
	t.Logf("%d cases on a package of %d bytes", len(v.Cases), len(b))
}
