package aws

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/host"
	"assay/internal/kit/outbound"
	"assay/internal/resource"
)

// corpus is a folder of real recordings, or the test is skipped, loudly.
func corpus(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("ASSAY_CORPUS")
	if root == "" {
		t.Skip("ASSAY_CORPUS is not set: it names a folder with real recordings of AWS, among them " + name)
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the corpus has no %s: %v", name, err)
	}
	return dir
}

// gathered is what came of a collection.
type gathered struct {
	by      map[string][]connector.Resource
	reports map[string]connector.Report
	calls   map[string]connector.Call
	err     error
}

// gather collects from recordings, and holds every resource to its schema.
func gather(t *testing.T, dir string, config connector.Config) *gathered {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	config["from"] = dir
	src, err := Product().Open(config, connector.Env{
		Now: now, HTTP: outbound.New(outbound.Options{Now: now}), Host: host.Machine{}, AllowLocal: true,
		Period: connector.Period{From: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), To: now()},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := &gathered{by: map[string][]connector.Resource{}, reports: map[string]connector.Report{}, calls: map[string]connector.Call{}}
	kinds := map[string]*resource.Schema{}
	var names []string
	for _, k := range Kinds() {
		kinds[k.Kind] = &k
		names = append(names, k.Kind)
	}
	run := connector.NewRun(now, names, func(_ context.Context, r connector.Resource) error {
		if _, err := kinds[r.Kind].Normalize(r.Fields, r.Unavailable); err != nil {
			t.Errorf("%s %s: %v", r.Kind, r.ID, err)
		}
		g.by[r.Kind] = append(g.by[r.Kind], r)
		return nil
	}, nil)
	g.err = src.Collect(t.Context(), run)
	for _, r := range run.Reports() {
		g.reports[r.Kind] = r
	}
	for _, c := range run.Calls() {
		g.calls[c.Name] = c
	}
	return g
}

// whose lists the names of the resources of which a field is true.
func (g *gathered) whose(kind, field string) (names []string) {
	for _, r := range g.by[kind] {
		if r.Fields[field] == true {
			names = append(names, fmt.Sprint(r.Fields["name"]))
		}
	}
	slices.Sort(names)
	return names
}

func TestAdministratorsOfTheCorpus(t *testing.T) {
	g := gather(t, corpus(t, "d02-aws-iam-small"), connector.Config{})
	if g.err != nil {
		t.Fatal(g.err)
	}
	if got := strings.Join(g.whose(kindUser, "admin"), " "); got != "obama userwithlotsofpermissions" {
		t.Errorf("administrators: %s", got)
	}
	for kind, n := range map[string]int{kindUser: 3, kindGroup: 2, kindRole: 3} {
		if len(g.by[kind]) != n || !g.reports[kind].Complete {
			t.Errorf("%s: %d, complete %v, %v", kind, len(g.by[kind]), g.reports[kind].Complete, g.reports[kind].Problems)
		}
	}
	if c := g.calls["iam GetAccountAuthorizationDetails"]; c.Items != 3+2+3+32 {
		t.Errorf("%d were listed", c.Items)
	}
	for _, r := range g.by[kindUser] {
		if !slices.Contains(r.Unavailable, "mfa") || !slices.Contains(r.Unavailable, "password_enabled") {
			t.Errorf("%s: without a credential report, and unavailable is %v", r.ID, r.Unavailable)
		}
		if r.Fields["name"] == "obama" && fmt.Sprint(r.Fields["admin_by"]) != "[AdministratorAccess group admin: AdministratorAccess]" {
			t.Errorf("obama is one by %v", r.Fields["admin_by"])
		}
	}
	for _, kind := range []string{kindBucket, kindVolume, kindDatabase, kindKey, kindTrail, kindEvent} {
		if g.reports[kind].Complete {
			t.Errorf("%s is complete, and there is no recording of it", kind)
		}
	}
}

func TestLoggingChangesOfTheCorpus(t *testing.T) {
	g := gather(t, corpus(t, "d03-cloudtrail"), connector.Config{})
	if g.err != nil {
		t.Fatal(g.err)
	}
	if n := g.calls["recording of CloudTrail"].Items; n != 1448 {
		t.Errorf("%d events, want 1448", n)
	}
	var got []string
	for _, r := range g.by[kindEvent] {
		at, _ := r.Fields["at"].(time.Time)
		switch name := fmt.Sprint(r.Fields["name"]); name {
		case "StopLogging", "DeleteTrail", "PutEventSelectors", "PutBucketLifecycle", "DeleteFlowLogs", "LeaveOrganization":
			result := "done"
			if r.Fields["ok"] != true {
				result, _ = r.Fields["error"].(string)
			}
			got = append(got, at.Format("15:04:05 ")+name+" "+result)
		}
		if r.Fields["account"] != "123837392027" {
			t.Errorf("%s is of account %v", r.ID, r.Fields["account"])
		}
	}
	slices.Sort(got)
	want := []string{
		"11:59:02 DeleteTrail TrailNotFoundException",
		"12:00:08 PutEventSelectors done",
		"12:00:35 PutBucketLifecycle done",
		"12:00:42 StopLogging TrailNotFoundException",
		"12:01:23 StopLogging TrailNotFoundException",
		"12:01:27 StopLogging TrailNotFoundException",
		"12:02:05 LeaveOrganization AccessDenied",
		"12:02:26 DeleteFlowLogs done",
		"12:07:49 PutEventSelectors done",
		"12:08:04 DeleteTrail done",
	}
	if !slices.Equal(got, want) {
		t.Errorf("logging changes:\n%s", strings.Join(got, "\n"))
	}
	if g.reports[kindEvent].Complete {
		t.Error("log files are said to be whole, which they do not tell")
	}
}

func TestEveryFileOfTheCorpusHasAFate(t *testing.T) {
	dir := corpus(t, "d01-aws-cli-samples")
	g := gather(t, dir, connector.Config{"regions": "us-east-1"})
	if g.err != nil {
		t.Fatal(g.err)
	}
	malformed, named := 0, 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "README.md" {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		c, refused := g.calls["recording "+rel]
		if refused {
			named++
			if c.Problem == "" {
				t.Errorf("%s is refused without a reason", rel)
			}
		}
		if strings.Contains(rel, ".malformed.") {
			malformed++
			if !refused {
				t.Errorf("%s is malformed and was taken", rel)
			}
		}
		return nil
	})
	if err != nil || malformed < 100 || named < malformed {
		t.Errorf("%d malformed, %d named, %v", malformed, named, err)
	}
	for _, r := range g.reports { // whose the files are, and of which region, is stated
		if r.Complete && r.Kind != kindAccount && r.Kind != kindRegion {
			t.Errorf("%s is said to be complete", r.Kind)
		}
	}
}

// Late and repeated deliveries change nothing: the same files twice, and some of
// them in another order, tell of the same events.
func TestEventsDeliveredTwice(t *testing.T) {
	dir := corpus(t, "d03-cloudtrail")
	once := gather(t, dir, connector.Config{})
	files := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(body)
		files[fmt.Sprintf("late/%02d.json", len(names)-i)] = string(body)
	}
	twice := gather(t, folder(t, files), connector.Config{})
	ids := func(g *gathered) (out []string) {
		for _, r := range g.by[kindEvent] {
			out = append(out, fmt.Sprint(r.ID, r.Fields))
		}
		slices.Sort(out)
		return out
	}
	if a, b := ids(once), ids(twice); len(a) == 0 || !slices.Equal(a, b) {
		t.Errorf("%d events once, %d twice", len(a), len(b))
	}
}
