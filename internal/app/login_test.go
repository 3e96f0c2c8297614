package app_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/cli"
	"assay/internal/org"
)

// TestLoginThroughABrowser signs a command line in without a password: it asks, its
// person answers in a session, and it works with the token until it signs out.
func TestLoginThroughABrowser(t *testing.T) {
	s, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Rehearsal: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close(context.Background()) }()
	o, err := s.Orgs.Create(t.Context(), org.New{Name: "Larkspur", Zone: "Etc/UTC"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Auth.Enroll(t.Context(), access.Console(o.ID), auth.New{Email: "ada@larkspur.example", Name: "Ada", Role: access.RoleOwner}); err != nil {
		t.Fatal(err)
	}
	link, _, err := s.Auth.Reset(t.Context(), "ada@larkspur.example")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := s.Auth.UseReset(t.Context(), link, "moss-ladder-tin-oboe-417", auth.From{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	who, err := s.Auth.Actor(t.Context(), opened.Token, "", auth.From{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer((&api.Server{Suite: s}).Handler())
	defer server.Close()
	home := t.TempDir()
	var out, said bytes.Buffer
	run := func(wait func(code string) error, args ...string) int {
		out.Reset()
		said.Reset()
		p := cli.Program{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said, Env: map[string]string{"HOME": home}, Now: s.Now, Open: app.Open}
		p.Wait = func(context.Context, time.Duration) error {
			return wait(regexp.MustCompile(`[B-Z]{4}-[B-Z]{4}`).FindString(said.String()))
		}
		return p.Run(t.Context())
	}
	file := filepath.Join(home, ".config", "assay", "login.json")
	refuse := func(code string) error {
		return s.Devices.Refuse(t.Context(), who, code, auth.From{Address: "127.0.0.1"})
	}
	if got := run(refuse, "login", server.URL); got != 6 || !strings.Contains(said.String(), "refused in the browser") {
		t.Fatalf("exit %d\n%s", got, &said)
	}
	if _, err := os.Stat(file); err == nil {
		t.Fatal("a refused command line keeps a token")
	}
	waits := 0
	approve := func(code string) error {
		if waits++; waits < 2 {
			return nil // is told to wait
		}
		_, err := s.Devices.Approve(t.Context(), who, code, auth.From{Address: "127.0.0.1"})
		return err
	}
	if got := run(approve, "login", server.URL, "--role", "viewer", "--scope", "control.read,token.edit", "--days", "3"); got != 0 || !strings.Contains(out.String(), "Signed in to Larkspur") {
		t.Fatalf("exit %d\n%s%s", got, &out, &said)
	}
	for _, want := range []string{server.URL + "/device\n", server.URL + "/device?code=", "3 days"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("lacks %q:\n%s", want, &said)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	none := func(string) error { t.Error("waits"); return nil }
	if got := run(none, "whoami"); got != 0 || !strings.Contains(out.String(), "viewer of Larkspur") {
		t.Errorf("exit %d\n%s%s", got, &out, &said)
	}
	if got := run(none, "person", "list"); got != 6 {
		t.Errorf("exit %d\n%s%s", got, &out, &said)
	}
	list, err := s.Auth.Tokens(t.Context(), who)
	if err != nil || len(list) != 1 || list[0].State(s.Now()) != "active" {
		t.Fatalf("%+v %v", list, err)
	}
	if got := run(none, "logout"); got != 0 || !strings.Contains(said.String(), "the token is ended") {
		t.Errorf("exit %d\n%s", got, &said)
	}
	if list, err = s.Auth.Tokens(t.Context(), who); err != nil || list[0].State(s.Now()) != "revoked" {
		t.Errorf("%+v %v", list, err)
	}
	if got := run(none, "whoami"); got == 0 {
		t.Errorf("still signed in: %s", &out)
	}
}
