package recordings

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/connector"
	"assay/internal/kit/host"
)

func folder(t *testing.T, files map[string]string) *Folder {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Open(t.Context(), host.Machine{}, dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	whole := packed(t, `{"a": 1}`)
	files := map[string]string{
		"one.json": `{"a": 1}`, "two.ndjson": "{\"a\": 1}\n{\"a\": 2}\n", "packed.json.gz": whole, "mark.json": "\xef\xbb\xbf[1]",
		"head.json": "HTTP/2 200 \r\nlink: <https://api.example.com/x?page=2>; rel=\"next\"\r\ncontent-length: 99\r\n\r\n[1]",
		"cut.json":  `{"a": [1, 2`, "more.json": `{"a": 1}]`, "empty.json": "", "cut.json.gz": whole[:len(whole)-5], "words.txt": "nothing here", "cut-head.json": "HTTP/1.1 200 OK\r\nA: b",
		"README.md": "about", ".hidden": "x", "LICENSE": "y",
	}
	f := folder(t, files)
	want := map[string]int{"one.json": 1, "two.ndjson": 2, "packed.json.gz": 1, "mark.json": 1, "head.json": 1}
	if len(f.Names) != len(files)-3 {
		t.Errorf("listed %v", f.Names)
	}
	for _, name := range f.Names {
		file, err := f.Read(name)
		if err == nil {
			err = file.Parse()
		}
		if (err == nil) != (want[name] > 0) || err == nil && len(file.Docs) != want[name] || len(file.SHA256) != 64 {
			t.Errorf("%s: %d documents, %v", name, len(file.Docs), err)
		}
		if name == "head.json" && (file.Status != 200 || file.Link != "https://api.example.com/x?page=2") {
			t.Errorf("its head: %d %s", file.Status, file.Link)
		}
	}
}

func TestTransport(t *testing.T) {
	f := folder(t, map[string]string{
		"api/v1/users.json": `[{"id": 1}]`, "api/v1/users.2.json": "HTTP/2 200\nLink: <https://x/>; rel=\"next\"\n\n[{\"id\": 2}]",
		"api_v1_groups.json": `[]`, "apps.ndjson": "[1]\n[2]\n", "members.role=admin.json": `["ann"]`, "broken.json": `[`, "refused.json": "HTTP/1.1 403 Forbidden\n\n{}",
		"old/nobody.json": `[]`,
	})
	web := &Transport{Folder: f}
	client := &http.Client{Transport: web}
	get := func(address string) (status int, body, link string, err error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			return 0, "", "", err
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b), next(resp.Header.Values("Link")), err
	}
	const base = "https://api.example.com"
	_, body, link, err := get(base + "/api/v1/users?limit=200")
	if err != nil || body != `[{"id": 1}]` || link == "" {
		t.Fatal(body, link, err)
	}
	_, body, link, err = get(link)
	if err != nil || body != `[{"id": 2}]` || link == "" {
		t.Fatal(body, link, err)
	}
	if _, _, _, err = get(link); !errors.Is(err, ErrMissing) {
		t.Errorf("a third page that was not saved: %v", err)
	}
	for address, want := range map[string]string{
		"/api/v1/groups": `[]`, "/api/v1/apps?sort=name": `[1,2]`, "/orgs/x/members?role=admin&per_page=100": `["ann"]`,
	} {
		if _, body, _, err := get(base + address); err != nil || body != want {
			t.Errorf("%s: %q %v", address, body, err)
		}
	}
	for _, address := range []string{"/orgs/x/members", "/orgs/x/members?role=member", "/api/v1/groups?filter=x", "/api/v1/other", "/"} {
		if _, body, _, err := get(base + address); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %q %v", address, body, err)
		}
	}
	if _, _, _, err := get(base + "/broken"); err == nil || !strings.Contains(err.Error(), "broken.json is not taken") {
		t.Error(err)
	}
	if status, _, _, err := get(base + "/refused"); err != nil || status != http.StatusForbidden {
		t.Error(status, err)
	}
	if got := web.Unused(); !slices.Equal(got, []string{"old/nobody.json"}) {
		t.Errorf("unused: %v", got)
	}
}

func TestValid(t *testing.T) {
	for folder, c := range map[string]struct{ allow, want bool }{
		"/srv/recordings": {true, true}, "recordings": {true, false}, "/srv/../etc": {true, false}, "/srv/x": {false, false},
	} {
		if err := Valid(folder, connector.Env{Host: host.Machine{}, AllowLocal: c.allow}); (err == nil) != c.want {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("{}\n[]"))
	f.Add([]byte("HTTP/2 200\n\n[]"))
	f.Fuzz(func(_ *testing.T, body []byte) {
		file := File{Body: body}
		if bytes.HasPrefix(body, []byte("HTTP/")) && file.head() != nil {
			return
		}
		_ = file.Parse()
		_ = file.array()
	})
}
