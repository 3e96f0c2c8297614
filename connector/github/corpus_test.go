package github

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/host"
)

// gathered is what a collection from a folder brought.
type gathered struct {
	by      map[string][]connector.Resource
	reports map[string]connector.Report
	calls   map[string]connector.Call
	err     error
}

func gather(t *testing.T, dir, org string) *gathered {
	t.Helper()
	var hand clock.Hand
	hand.Set(noon)
	src, err := Product().Open(connector.Config{"organization": org, "from": dir}, connector.Env{
		Now: hand.Now, HTTP: &http.Client{}, Host: host.Machine{}, AllowLocal: true, Period: connector.Period{From: noon.AddDate(-20, 0, 0), To: noon},
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Kind)
	}
	g := &gathered{by: map[string][]connector.Resource{}, reports: map[string]connector.Report{}, calls: map[string]connector.Call{}}
	seen := map[string]bool{}
	run := connector.NewRun(hand.Now, names, nil, nil)
	run.SetSink(func(_ context.Context, r connector.Resource) error {
		if seen[r.Kind+r.ID] {
			t.Errorf("%s %s was told twice", r.Kind, r.ID)
		}
		seen[r.Kind+r.ID] = true
		g.by[r.Kind] = append(g.by[r.Kind], r)
		return nil
	})
	g.err = src.Collect(t.Context(), run)
	for _, r := range run.Reports() {
		g.reports[r.Kind] = r
	}
	for _, c := range run.Calls() {
		g.calls[c.Name] = c
	}
	return g
}

func corpus(t *testing.T) string {
	t.Helper()
	root := os.Getenv("ASSAY_CORPUS")
	if root == "" {
		t.Skip("ASSAY_CORPUS does not name the folder of inputs")
	}
	return filepath.Join(root, "d04-github")
}

// Every file of the corpus is used or named with a reason, and nothing of it is
// taken for a whole list.
func TestEveryFileOfTheCorpusHasAFate(t *testing.T) {
	dir := corpus(t)
	g := gather(t, dir, "octokit-fixture-org")
	if g.err != nil {
		t.Fatal(g.err)
	}
	files, named := 0, 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "README.md" {
			return err
		}
		files++
		rel, _ := filepath.Rel(dir, path)
		if c, refused := g.calls["recording "+rel]; refused {
			named++
			if c.Problem == "" {
				t.Errorf("%s is refused without a reason", rel)
			}
		} else if rel != "fixtures/get-organization.json" {
			t.Errorf("%s is neither used nor named", rel)
		}
		return nil
	})
	if err != nil || files != 29 || named != 28 {
		t.Errorf("%d files, %d named, %v", files, named, err)
	}
	for _, r := range g.reports {
		if r.Complete || len(r.Problems) == 0 {
			t.Errorf("%s: complete %v, %v", r.Kind, r.Complete, r.Problems)
		}
	}
	orgs := g.by[kindOrg]
	if len(orgs) != 1 || orgs[0].ID != "1000" || orgs[0].Fields["two_factor_required"] != false || orgs[0].Fields["plan"] != "team" || !slices.Contains(orgs[0].Unavailable, "owners") {
		t.Errorf("the organization: %v", orgs)
	}
	if !strings.Contains(strings.Join(g.reports[kindRepository].Problems, " "), "no recording answers this") {
		t.Errorf("repositories: %v", g.reports[kindRepository].Problems)
	}
}

// The deliveries of the corpus, each organization's own, and twice the same is
// once.
func TestDeliveriesOfTheCorpus(t *testing.T) {
	dir := corpus(t)
	for org, want := range map[string]string{
		"Octocoders": "map[pull_request:11 pull_request_review:2 push:2 repository_vulnerability_alert:2]",
		"Codertocat": "map[deploy_key:2 pull_request:16 pull_request_review:2 push:5 repository_vulnerability_alert:2 workflow_run:1]",
	} {
		g := gather(t, filepath.Join(dir, "webhooks"), org)
		if g.err != nil {
			t.Fatal(g.err)
		}
		count := map[string]int{}
		for _, r := range g.by[kindDelivery] {
			count[fmt.Sprint(r.Fields["event"])]++
			if at, ok := r.Fields["at"].(time.Time); !ok || at.Year() < 2017 || at.Year() > 2026 {
				t.Errorf("%v was at %v", r.Fields["name"], r.Fields["at"])
			}
		}
		if got := fmt.Sprint(count); got != want {
			t.Errorf("%s: %s, want %s", org, got, want)
		}
		for name, why := range map[string]string{
			"security_advisory.json": "an event that the connector does not tell of", "deployment_review.json": "1 are about others", "push.json": "are about others than",
		} {
			if got := g.calls["recording "+name].Problem; !strings.Contains(got, why) {
				t.Errorf("%s: %q", name, got)
			}
		}
		if g.reports[kindDelivery].Complete {
			t.Error("deliveries are said to be all there are")
		}
	}
}

// A list that ends where a page does, and was saved without its head, may go on.
func TestAListThatEndsWhereAPageDoes(t *testing.T) {
	list := func(n int) string {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf(`{"id": %d, "login": "u%d", "type": "User"}`, i+1, i+1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	head := "HTTP/2 200\nx: y\n\n"
	for name, c := range map[string]struct {
		files map[string]string
		n     int
		whole bool
	}{
		"29":                       {map[string]string{"members.json": list(29)}, 29, true},
		"30 without a head":        {map[string]string{"members.json": list(30)}, 0, false},
		"30 with one":              {map[string]string{"members.json": head + list(30)}, 30, true},
		"100 without a head":       {map[string]string{"members.json": list(100)}, 0, false},
		"100 and another page":     {map[string]string{"members.json": list(100), "members.2.json": `[{"id": 900, "login": "z", "type": "User"}]`}, 101, true},
		"joined by gh --paginate":  {map[string]string{"members.json": list(100) + `[{"id": 900, "login": "z", "type": "User"}]`}, 101, true},
		"a second page is missing": {map[string]string{"members.json": list(100), "members.3.json": "[]"}, 0, false},
	} {
		dir := t.TempDir()
		for file, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		g := gather(t, dir, "example")
		if g.err != nil || len(g.by[kindMember]) != c.n || g.reports[kindMember].Complete != c.whole {
			t.Errorf("%s: %d members, complete %v, %v %v", name, len(g.by[kindMember]), g.reports[kindMember].Complete, g.reports[kindMember].Problems, g.err)
		}
	}
}

func TestWhoseTheRecordingsAre(t *testing.T) {
	dir := t.TempDir()
	open := func() error {
		_, err := openTape(t.Context(), &source{env: connector.Env{Host: host.Machine{}}, from: dir})
		return err
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.json", `[]`)
	if err := open(); err == nil {
		t.Error("nobody's were read")
	}
	write("b.json", `[{"method": "get", "path": "/orgs/one/repos", "status": 200, "response": []}]`)
	if err := open(); err != nil {
		t.Error(err)
	}
	write("c.json", `{"data": {"repository": {"nameWithOwner": "two/x"}}}`)
	if err := open(); err == nil {
		t.Error("recordings of two organizations were read as of one")
	}
}
