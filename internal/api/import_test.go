package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/api"
)

const declaration = "kind: acme.device\nversion: 1\nfamily: state\nauthority: devices.example.com\nid: [serial]\n" +
	"fields:\n  - {name: serial, type: string}\n  - {name: encrypted, type: bool}\n"

func (w *world) declare(text string) {
	w.t.Helper()
	b, err := json.Marshal(map[string]string{"declaration": text})
	if err != nil {
		w.t.Fatal(err)
	}
	w.must("POST", "/kinds", string(b))
}

const importPath = api.Prefix + "/kinds/acme.device/imports"

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.declare(declaration)
		const file = "serial,encrypted\na,yes\nb,perhaps\n"
		try := w.ask("POST", importPath+"/test?file=d.csv", w.lead(), file, "Content-Type", "text/csv").json(t)
		if try["saved"] != false || try["kept"] != 1.0 || try["complete"] != false {
			t.Errorf("a dry run: %v", try)
		}
		add := func(token string, header ...string) reply {
			return w.ask("POST", importPath+"?file=d.csv", token, file, append([]string{"Content-Type", "text/csv"}, header...)...)
		}
		first := add(w.ours.tokens[access.RoleOwner], keyHeader, "k")
		got := first.json(t)
		refused, _ := got["refused"].([]any)
		one, _ := refused[0].(map[string]any)
		if first.status != 200 || got["saved"] != true || one["line"] != 3.0 || one["field"] != "encrypted" {
			t.Fatalf("%d %s", first.status, first.body)
		}
		if again := add(w.ours.tokens[access.RoleOwner], keyHeader, "k"); again.header.Get("Idempotent-Replay") != "true" || string(again.body) != string(first.body) {
			t.Errorf("the same again: %d %s", again.status, again.body)
		}
		other := w.ask("POST", importPath+"?file=d.csv", w.ours.tokens[access.RoleOwner], file+"c,yes\n", keyHeader, "k", "Content-Type", "text/csv")
		if other.status != http.StatusConflict {
			t.Errorf("another file under the same key: %d %s", other.status, other.body)
		}
		if second := add(w.lead()); !strings.Contains(string(second.body), `"seq":2,`) {
			t.Errorf("without a key: %d %s", second.status, second.body)
		}
		kinds, _ := w.must("GET", "/kinds", "")["kinds"].([]any)
		found := false
		for _, k := range kinds {
			m, _ := k.(map[string]any)
			found = found || m["kind"] == "acme.device" && m["origin"] == "org"
		}
		if !found {
			t.Errorf("kinds: %v", kinds)
		}
		if facts := w.must("GET", "/kinds/acme.device/resources", ""); facts["total"] != 1.0 || facts["complete"] != false {
			t.Errorf("resources: %v", facts)
		}
	})
}

func TestImportsThatAreRefused(t *testing.T) {
	w := newWorld(t, "")
	w.declare(declaration)
	w.suite.Connectors.MaxImport = 1 << 20
	const file = "serial,encrypted\na,yes\n"
	for name, c := range map[string]struct {
		query, body string
		header      []string
		status      int
		want        string
	}{
		"a form":             {"?file=d.csv", file, []string{"Content-Type", "multipart/form-data; boundary=x"}, 422, "Send the file itself"},
		"a compressed body":  {"?file=d.csv", file, []string{"Content-Encoding", "gzip"}, 422, "Send the file as it is"},
		"too large":          {"?file=d.csv", strings.Repeat("x", 1<<20+1), nil, 413, "larger than 1 MiB"},
		"too large, a key":   {"?file=d.csv", strings.Repeat("x", 1<<20+1), []string{keyHeader, "k"}, 413, "larger than 1 MiB"},
		"no format":          {"", file, nil, 422, "Nothing was imported"},
		"an unknown format":  {"?format=xlsx", file, nil, 422, ""},
		"an unknown member":  {"?file=d.csv&nonsense=1", file, nil, 422, ""},
		"a time that is not": {"?file=d.csv&covers_from=yesterday", file, nil, 422, "Nothing was imported"},
		"nothing":            {"?file=d.csv", "", nil, 422, "lacks even a heading"},
		"another kind":       {"?file=d.csv", "sha\na\n", nil, 422, `no column`},
	} {
		if !strings.Contains(strings.Join(c.header, " "), "Content-Type") {
			c.header = append(c.header, "Content-Type", "text/csv")
		}
		for _, path := range []string{importPath, importPath + "/test"} {
			r := w.ask("POST", path+c.query, w.lead(), c.body, c.header...)
			if r.status != c.status || !strings.Contains(string(r.body), c.want) || r.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %s, want %d %q", name, r.status, r.body, c.status, c.want)
			}
		}
	}
	if r := w.ask("GET", api.Prefix+"/connections/import%2Facme.device", w.lead(), ""); !strings.Contains(string(r.body), `"collections":[]`) {
		t.Errorf("a refused file was collected: %s", r.body)
	}
}

// A file that the network cuts off is not taken for whole.
func TestAnImportThatIsCutOff(t *testing.T) {
	w := newWorld(t, "")
	w.declare(declaration)
	for _, key := range []string{"", "k"} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+importPath+"?file=d.csv", strings.NewReader("serial,encrypted\na,yes\n"))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = 1000 // more than there is
		req.Header.Set("Authorization", "Bearer "+w.lead())
		req.Header.Set("Content-Type", "text/csv")
		req.Header.Set(keyHeader, key)
		if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode < 400 {
				t.Errorf("half a file was answered with %d", res.StatusCode)
			}
		}
	}
	if r := w.ask("GET", api.Prefix+"/connections/import%2Facme.device", w.lead(), ""); !strings.Contains(string(r.body), `"collections":[]`) {
		t.Errorf("half a file was collected: %s", r.body)
	}
}

// inManual is the declaration of the kind that the manual's worked example has.
func inManual(t *testing.T, kind string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/user/connectors/import.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(page), "```") {
		if text, ok := strings.CutPrefix(block, "yaml\n"); ok && strings.HasPrefix(text, "kind: "+kind+"\n") {
			return text
		}
	}
	t.Fatalf("the manual declares no %s", kind)
	return ""
}

// The history of a repository as another tool wrote it, brought in over the
// API as the manual says, is judged by a check over changes of every product.
func TestAHistoryIsImportedAndJudged(t *testing.T) {
	dir := os.Getenv("ASSAY_CORPUS")
	if dir == "" {
		t.Skip("ASSAY_CORPUS does not name the folder of real inputs")
	}
	file, err := os.ReadFile(filepath.Join(dir, "d05-git-history", "terragoat.commits.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "")
	w.must("POST", "/programs", `{"name":"FY22","type":"type2","categories":["security"],"from":"2022-01-01","to":"2022-12-31"}`)
	w.declare(inManual(t, "forge.commit"))
	c := (&api.Server{Suite: w.suite}).Client(access.Console(w.ours.org.ID))
	in := &api.ImportIn{Kind: "forge.commit", File: "commits.ndjson", CoversFrom: "2020-01-01T00:00:00Z", CoversTo: "2023-06-01T00:00:00Z"}
	for seq := range 2 {
		got, err := api.Send[api.Import](t.Context(), c, "import.add", in, api.Content{Type: "application/x-ndjson", Reader: bytes.NewReader(file), Size: int64(len(file))})
		if err != nil || got.Kept != 259 || !got.Complete || got.Collection.Seq != int64(seq)+1 || got.Collection.Added != 259*(1-seq) || got.Collection.Removed != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := w.suite.Worker.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := ownMerges(t, file, "2022-01-01T00:00:00+01:00", "2023-01-01T00:00:00+01:00")
	check := w.must("GET", "/checks/any.change.merged_by_other", "")
	if check["status"] != "fail" || check["failing"] != float64(want) {
		t.Errorf("%v failing, want %d: %.2000s", check["failing"], want, fmt.Sprint(check))
	}
}

// ownMerges counts the commits of a span that their authors put in themselves.
func ownMerges(t *testing.T, file []byte, from, to string) (n int) {
	t.Helper()
	moment := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for line := range strings.Lines(string(file)) {
		var c struct {
			At     string `json:"commit_date"`
			Author string `json:"author_email"`
			By     string `json:"committer_email"`
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		if at := moment(c.At); !at.Before(moment(from)) && at.Before(moment(to)) && strings.EqualFold(c.Author, c.By) {
			n++
		}
	}
	return n
}
