package git

import (
	"encoding/pem"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/kit/fault"
)

// serve answers for the folder's repositories over https, for whoever brings
// the token.
func serve(t *testing.T, folder, token string) (*httptest.Server, func(*options)) {
	t.Helper()
	r := &repo{t: t, dir: folder, who: "A <a@example.com>"}
	backend := filepath.Join(r.git("--exec-path"), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		t.Skip("git-http-backend is not installed")
	}
	handler := &cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + folder, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*", "GIT_CONFIG_KEY_1=uploadpack.allowFilter", "GIT_CONFIG_VALUE_1=true"}}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if rest, away := strings.CutPrefix(req.URL.Path, "/away"); away {
			http.Redirect(w, req, rest+"?"+req.URL.RawQuery, http.StatusFound)
			return
		}
		if _, password, _ := req.BasicAuth(); password != token {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, req)
	}))
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, func(o *options) { o.config["ca_file"], o.config["token"] = ca, token }
}

func TestARemoteRepositoryIsCopiedAndRemoved(t *testing.T) {
	r := newRepo(t)
	r.write(".gitlab-ci.yml", "x\n")
	r.commit("one")
	r.git("tag", "-a", "-m", "x", "v1")
	r.draft("release", "two")
	s, allowed := serve(t, filepath.Dir(r.dir), "t0ken")
	address := s.URL + "/service/.git"

	got := read(t, address, allowed)
	repo := got.one(kindRepository, "repository")
	if have := show(repo, "default_branch", "branch_known_from", "ci_tools", "tags"); have != "default_branch=main branch_known_from=head ci_tools=[gitlab_ci] tags=1" {
		t.Error(have)
	}
	if got.authority != "git:"+r.git("rev-list", "--max-parents=0", "main") || got.subjects(kindCommit) != "one" {
		t.Errorf("%s %s", got.authority, got.subjects(kindCommit))
	}
	if rep := got.reports[kindMerge]; !rep.To.Equal(day(31)) || !rep.Complete {
		t.Errorf("%+v", rep)
	}
	if got := read(t, address, allowed, func(o *options) { o.config["branch"] = "release" }); got.subjects(kindCommit) != "one, two" {
		t.Errorf("%s", got.subjects(kindCommit))
	}
}

func TestCopiesThatAreRefused(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	s, allowed := serve(t, filepath.Dir(r.dir), "t0ken")
	for name, c := range map[string]struct {
		path   string
		change func(*options)
		want   string
	}{
		"a wrong token":            {"/service/.git", func(o *options) { o.config["token"] = "wr0ng" }, "token"},
		"no token":                 {"/service/.git", func(o *options) { delete(o.config, "token") }, "token"},
		"a redirect":               {"/away/service/.git", func(*options) {}, "leads to another"},
		"no such repository":       {"/nothing/.git", func(*options) {}, "no such repository"},
		"no such branch":           {"/service/.git", func(o *options) { o.config["branch"] = "gone" }, "no such branch"},
		"a strange certificate":    {"/service/.git", func(o *options) { delete(o.config, "ca_file") }, "certificate"},
		"a network that is ours":   {"/service/.git", func(o *options) { o.env.AllowLocal = false }, "does not call"},
		"metadata, though allowed": {"", func(o *options) { o.config["repository"] = "https://169.254.169.254/x" }, "does not call"},
		"an unknown host":          {"", func(o *options) { o.config["repository"] = "ssh://host.invalid/x" }, "not known"},
	} {
		_, err := tryRead(t, s.URL+c.path, allowed, c.change)
		if fault.Of(err) != fault.Invalid || !strings.Contains(fault.Text(err), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%s: the token is in the error: %v", name, err)
		}
	}
}

func TestSSHIsCalledWithoutRoomForMore(t *testing.T) {
	w := &workplace{temp: t.TempDir()}
	at, err := locate("git@git.example.com:team/x.git", false)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := resolve(t.Context(), at.url, false)
	if err == nil {
		t.Fatalf("git.example.com has the address %s", addr)
	}
	addr, err = resolve(t.Context(), mustURL(t, "ssh://93.184.215.14/x"), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.reach(at.url, addr, map[string]string{"ssh_key": "KEY\r\nKEY", "known_hosts": "it's"}); err != nil {
		t.Fatal(err)
	}
	command := strings.Join(w.env, " ")
	for _, part := range []string{"'-F' 'none'", "StrictHostKeyChecking=yes", "'HostName=93.184.215.14'", "'HostKeyAlias=git.example.com'", "IdentityAgent=none", w.temp + "/key'"} {
		if !strings.Contains(command, part) {
			t.Errorf("%s is not in %s", part, command)
		}
	}
	if b, err := os.ReadFile(filepath.Join(w.temp, "key")); err != nil || string(b) != "KEY\nKEY\n" {
		t.Errorf("%q %v", b, err)
	}
}
