package connectortest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"assay/connector"
	"assay/internal/kit/host"
	"assay/internal/resource"
)

// notes is a product made up for this test: users behind a paged list, and a
// file on the host.
func notes() connector.Product {
	field := func(name string, t resource.Type) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: name}
	}
	mail := field("mail", resource.String)
	mail.Personal = true
	return connector.Product{
		Name: "notes", Version: "1",
		Kinds: []resource.Schema{
			{Kind: "notes.user", Version: 1, Family: resource.State, Fields: []resource.Field{field("name", resource.String), mail}},
			{Kind: "notes.server", Version: 1, Family: resource.State, Fields: []resource.Field{field("motd", resource.String), field("up", resource.Bool)}},
		},
		Open: func(c connector.Config, e connector.Env) (connector.Source, error) {
			if c["api"] == "" {
				return nil, fmt.Errorf("no api")
			}
			return &notesSource{api: c["api"], env: e}, nil
		},
	}
}

type notesSource struct {
	api string
	env connector.Env
}

func (s *notesSource) Authority(context.Context) (string, error) { return "notes.example", nil }

func (s *notesSource) Collect(ctx context.Context, run *connector.Run) error {
	if err := s.server(ctx, run); err != nil {
		return err
	}
	next := s.api + "/users"
	for next != "" {
		var page struct {
			Users []struct{ ID, Name, Mail string }
			Next  string
		}
		if err := s.get(ctx, next, &page); err != nil {
			run.Refuse("GET /users", err.Error())
			run.Incomplete("notes.user", "A page of users could not be read.")
			return nil
		}
		run.Page("GET /users", "", len(page.Users))
		for _, u := range page.Users {
			err := run.Emit(ctx, connector.Resource{Kind: "notes.user", ID: u.ID, Fields: map[string]any{"name": u.Name, "mail": u.Mail}})
			if err != nil {
				return err
			}
		}
		next = page.Next
	}
	run.Complete("notes.user")
	return nil
}

func (s *notesSource) server(ctx context.Context, run *connector.Run) error {
	res := connector.Resource{Kind: "notes.server", ID: "server", Fields: map[string]any{}}
	if motd, err := s.env.Host.ReadFile("/etc/motd"); err == nil {
		res.Fields["motd"] = strings.TrimSpace(string(motd))
	} else {
		res.Unavailable = append(res.Unavailable, "motd")
	}
	out, err := s.env.Host.Run(ctx, "notesd", "status")
	if err == nil {
		res.Fields["up"] = string(out) == "up\n"
	} else {
		run.Refuse("notesd status", err.Error())
		res.Unavailable = append(res.Unavailable, "up")
	}
	run.Complete("notes.server")
	return run.Emit(ctx, res)
}

func (s *notesSource) get(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := s.env.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func TestReplay(t *testing.T) { Replay(t, notes(), "testdata/*.txtar") }

func TestWhatAReplayObjectsTo(t *testing.T) {
	for name, c := range map[string]struct{ recording, want string }{
		"a request that was not recorded": {
			"-- settings --\napi: https://api.example.com\n", "no answer to GET https://api.example.com/users",
		},
		"an answer that nobody asked for": {
			"-- settings --\napi: https://api.example.com\n-- http GET https://api.example.com/users --\n200 OK\n\n{}\n-- http GET https://api.example.com/other --\n200 OK\n\n{}\n",
			"nobody asked for GET https://api.example.com/other",
		},
		"a resource twice": {
			"-- settings --\napi: https://api.example.com\n-- http GET https://api.example.com/users --\n200 OK\n\n{\"users\":[{\"id\":\"1\"},{\"id\":\"1\"}]}\n",
			"emitted twice",
		},
	} {
		rec, err := parse([]byte(c.recording))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(rec.play(t.Context(), notes()).objections, "; "); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	rec, err := parse([]byte("-- settings --\napi: https://api.example.com\n-- http GET https://api.example.com/users --\n200 OK\n\n{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	product := notes()
	product.Kinds[1].Fields = product.Kinds[1].Fields[:1] // the source emits a field that is not declared
	if got := strings.Join(rec.play(t.Context(), product).objections, "; "); !strings.Contains(got, "not a field of notes.server") {
		t.Errorf("an undeclared field: %q", got)
	}
}

func TestRecordingsThatAreNotFit(t *testing.T) {
	for text, fit := range map[string]bool{
		"alice@example.com 192.0.2.7 ::1":                  true,
		"chacha20-poly1305@openssh.com getty@tty1.service": true,
		"alice@acme.io":                                              false,
		"from 8.8.8.8 port 22":                                       false,
		"libc6 2.36-9.1.2.3":                                         true,
		"AKIA" + "ABCDEFGHIJKLMNOP":                                  false,
		"ghp_" + strings.Repeat("a", 36):                             false,
		"-----BEGIN OPENSSH PRIVATE" + " KEY-----":                   false,
		"root:$y$j9T$abcdefgh$" + strings.Repeat("x", 43) + ":1:0:":  false,
		"root:$y$x:1:0:":                                             true,
		"Authorization: Bearer abc":                                  false,
		"https://user:pass@example.com/":                             false,
		strings.Repeat("d", 32):                                      false,
		exampleID:                                                    true,
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5" + strings.Repeat("A", 48): false,
	} {
		got := unfit(&txtar.Archive{Files: []txtar.File{{Name: "file /x", Data: []byte(text + "\n")}}})
		if (len(got) == 0) != fit {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestMalformedRecordings(t *testing.T) {
	for _, text := range []string{
		"-- now --\nnoon\n", "-- period --\n2026-01-01T00:00:00Z\n", "-- settings --\nx\n", "-- file relative --\n",
		"-- file /x !gone --\n", "-- run x !0 --\n", "-- http GET http://example.com --\n200 OK\n\n", "-- http GET https://example.com --\nnonsense\n",
		"-- want luck --\n", "-- something --\n", "-- file /x @noon --\n", "-- file /x --\n-- file /x --\n", "-- base64 /x --\n***\n",
	} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// TestARecordingReplaysTheSame records a folder of this machine and plays it.
func TestARecordingReplaysTheSame(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"etc/motd": "welcome\n", "etc/bin": "a\x00b", "etc/sub/x": "1\n"} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("motd", filepath.Join(root, "etc/also")); err != nil {
		t.Fatal(err)
	}
	rec := &Recorder{Host: host.Machine{Root: root}, Scrub: func(_ string, b []byte) []byte {
		return []byte(strings.ReplaceAll(string(b), "welcome", "hello"))
	}}
	ask := func(h connector.Host) string {
		var b strings.Builder
		entries, err := h.ReadDir("/etc")
		fmt.Fprintln(&b, entries, err)
		for _, name := range []string{"/etc/motd", "/etc/bin", "/etc/also"} {
			text, err := h.ReadFile(name)
			fmt.Fprintf(&b, "%q %v\n", text, err)
		}
		target, err := h.Readlink("/etc/also")
		fmt.Fprintln(&b, target, err)
		_, err = h.Run(t.Context(), "nothing", "here")
		fmt.Fprintln(&b, err != nil)
		sub, err := h.ReadDir("/etc/sub")
		fmt.Fprintln(&b, sub, err)
		i, err := h.Stat("/etc/sub")
		fmt.Fprintln(&b, i.IsDir(), i.ModTime().UTC().Truncate(time.Second), err)
		return b.String()
	}
	live := strings.ReplaceAll(ask(rec), "welcome", "hello")
	again, err := parse(rec.Archive("A folder.", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	if replayed := ask(again.host); replayed != live {
		t.Errorf("live:\n%s\nreplayed:\n%s", live, replayed)
	}
}
