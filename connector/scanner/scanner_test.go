package scanner

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/host"
	"assay/internal/resource"
)

func TestReplay(t *testing.T) {
	connectortest.Replay(t, Product(), "testdata/*.txtar")
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		folder, targets string
		local           bool
	}{{"", "", true}, {"scans", "", true}, {"/a/../b", "", true}, {"/scans", "", false}, {"/scans", "no equals sign", true}, {"/scans", " = name", true}} {
		if _, err := Product().Open(connector.Config{"folder": c.folder, "targets": c.targets}, connector.Env{Now: clock.System, Host: host.Machine{}, AllowLocal: c.local}); fault.Of(err) != fault.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestNamesOfTargets(t *testing.T) {
	names, err := parseNames("a/*:1.* = first\nexact = second\n*-db = third\n* = rest")
	if err != nil {
		t.Fatal(err)
	}
	s := &source{names: names}
	for target, want := range map[string]string{"a/x:1.2": "first", "a/x:2": "rest", "exact": "second", "orders-db": "third", "exactly": "rest"} {
		if got := s.called(target); got != want {
			t.Errorf("%s is called %s, want %s", target, got, want)
		}
	}
	if got := (&source{}).called("x"); got != "x" {
		t.Error(got)
	}
}

// trivy is a report that holds these vulnerabilities.
func trivy(target string, at time.Time, ids ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"SchemaVersion":2,"CreatedAt":%q,"ArtifactName":%q,"Results":[{"Target":"lock","Vulnerabilities":[`, at.Format(time.RFC3339), target)
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"VulnerabilityID":%q,"PkgName":"pkg","InstalledVersion":"1","Severity":"HIGH","Description":"long text that is not read"}`, id)
	}
	b.WriteString("]}]}")
	return b.String()
}

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

// collected reads files of a folder, and returns what was told and said.
func collected(t *testing.T, files map[string]string) (map[string]connector.Resource, []connector.Report) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fromFolder(t, dir)
}

func fromFolder(t *testing.T, dir string) (map[string]connector.Resource, []connector.Report) {
	t.Helper()
	source, err := Product().Open(connector.Config{"folder": dir}, connector.Env{
		Now: clock.System, Host: host.Machine{}, AllowLocal: true, Period: connector.Period{From: time.Unix(1, 0), To: clock.System()},
	})
	if err != nil {
		t.Fatal(err)
	}
	kinds := Kinds()
	told := map[string]connector.Resource{}
	run := connector.NewRun(clock.System, every(), func(_ context.Context, r connector.Resource) error {
		at := slices.IndexFunc(kinds, func(k resource.Schema) bool { return k.Kind == r.Kind })
		if _, err := kinds[at].Normalize(r.Fields, r.Unavailable); err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
		if _, twice := told[r.Kind+" "+r.ID]; twice {
			t.Errorf("%s %s was told twice", r.Kind, r.ID)
		}
		told[r.Kind+" "+r.ID] = r
		return nil
	}, nil)
	if err := source.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	return told, run.Reports()
}

func TestLifeOfAFinding(t *testing.T) {
	told, _ := collected(t, map[string]string{
		"1.json": trivy("app", day(1), "CVE-2025-0001", "CVE-2025-0002", "CVE-2025-0003"),
		"2.json": trivy("app", day(8), "CVE-2025-0001"),
		"3.json": trivy("app", day(15), "CVE-2025-0001", "CVE-2025-0003"),
		"4.json": trivy("other", day(22)), // says nothing of app
	})
	for id, want := range map[string]string{
		"scanner.finding CVE-2025-0001 pkg@1 app": "2026-01-01 2026-01-01",
		"scanner.closed CVE-2025-0002 pkg@1 app":  "2026-01-01 2026-01-01",
		"scanner.finding CVE-2025-0003 pkg@1 app": "2026-01-15 2026-01-01", // came back
	} {
		r, ok := told[id]
		if !ok {
			t.Errorf("%s is not told", id)
			continue
		}
		found, _ := r.Fields["found_at"].(time.Time)
		first, _ := r.Fields["first_at"].(time.Time)
		if got := found.Format(time.DateOnly) + " " + first.Format(time.DateOnly); got != want {
			t.Errorf("%s: found and first %s, want %s", id, got, want)
		}
	}
	if at := told["scanner.closed CVE-2025-0002 pkg@1 app"].Fields["fixed_at"]; at != day(8) {
		t.Error("fixed at", at)
	}
}

// A scan that says of itself that it broke off proves no fix, and two tools must agree.
func TestWhatProvesNoFix(t *testing.T) {
	sarif := func(at time.Time, ok bool, results string) string {
		return fmt.Sprintf(`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"S"}},"invocations":[{"executionSuccessful":%t,"endTimeUtc":%q}],"results":[%s]}]}`, ok, at.Format(time.RFC3339), results)
	}
	hit := `{"ruleId":"r","locations":[{"physicalLocation":{"artifactLocation":{"uri":"f.go"}}}]}`
	told, _ := collected(t, map[string]string{"app--1.sarif": sarif(day(1), true, hit), "app--2.sarif": sarif(day(8), false, "")})
	if _, ok := told["scanner.finding r f.go@ app S f.go"]; !ok {
		t.Error("a broken scan closed a finding", told)
	}
	told, _ = collected(t, map[string]string{"app--1.sarif": sarif(day(1), true, hit), "app--2.sarif": sarif(day(8), true, "")})
	if _, ok := told["scanner.closed r f.go@ app S f.go"]; !ok {
		t.Error("a whole scan did not close a finding", told)
	}
	grype := `{"matches":[{"vulnerability":{"id":"CVE-2025-0001","severity":"Low"},"artifact":{"name":"pkg","version":"v1"}}],"source":{"target":"app"},"descriptor":{"timestamp":"2026-01-02T00:00:00Z"}}`
	told, _ = collected(t, map[string]string{"1.json": trivy("app", day(1), "CVE-2025-0001"), "2.json": trivy("app", day(8)), "g.json": grype})
	r, ok := told["scanner.finding CVE-2025-0001 pkg@1 app"]
	if !ok || r.Fields["severity"] != "low" {
		t.Error("what Grype alone still reports is not open, or as Trivy rated it", told)
	}
}

// An id that stands for two CVEs joins neither.
func TestAliasesThatAreNotOne(t *testing.T) {
	grype := func(id string, related ...string) string {
		var list []string
		for _, r := range related {
			list = append(list, fmt.Sprintf(`{"id":%q}`, r))
		}
		return fmt.Sprintf(`{"vulnerability":{"id":%q,"severity":"High"},"relatedVulnerabilities":[%s],"artifact":{"name":"pkg","version":"1"}}`, id, strings.Join(list, ","))
	}
	told, _ := collected(t, map[string]string{"g.json": `{"matches":[` + strings.Join([]string{
		grype("DLA-1-1", "CVE-2025-0001", "CVE-2025-0002"), grype("CVE-2025-0001"), grype("GHSA-2222-3333-4444", "CVE-2025-0002"), grype("CVE-2025-0002"),
	}, ",") + `],"source":{"target":"app"},"descriptor":{"timestamp":"2026-01-02T00:00:00Z"}}`})
	var ids []string
	for key := range told {
		if id, ok := strings.CutPrefix(key, "scanner.finding "); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if want := []string{"CVE-2025-0001 pkg@1 app", "CVE-2025-0002 pkg@1 app", "DLA-1-1 pkg@1 app"}; !slices.Equal(ids, want) {
		t.Errorf("%q, want %q", ids, want)
	}
}

func TestNothingIsNoProof(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no file":       {},
		"a catalog":     {"kev.json": `{"catalogVersion":"2026.01.20","vulnerabilities":[{"cveID":"CVE-2025-0001","dueDate":"2026-02-09"}]}`},
		"the same, not": {"1.json": trivy("app", day(1), "CVE-2025-0001"), "2.json": trivy("app", day(1), "CVE-2025-0001", "CVE-2025-0002")},
		"deep":          {"1.json": trivy("app", day(1)), "d.json": `{"SchemaVersion":2,"x":` + strings.Repeat("[", 100_000)},
		"deep XML":      {"1.json": trivy("app", day(1)), "d.xml": "<nmaprun>" + strings.Repeat("<a>", 100_000)},
		"a huge value":  {"1.json": trivy("app", day(1)), "d.json": `{"SchemaVersion":2,"ArtifactName":"` + strings.Repeat("x", 3*mostValue) + `"}`},
	} {
		_, reports := collected(t, files)
		for _, r := range reports {
			if r.Kind == kindFinding && r.Complete {
				t.Errorf("%s: the findings are said to be complete", name)
			}
		}
	}
	if _, reports := collected(t, map[string]string{"1.json": trivy("app", day(1))}); !slices.ContainsFunc(reports, func(r connector.Report) bool { return r.Kind == kindFinding && r.Complete }) {
		t.Error("a whole scan that found nothing is not complete")
	}
}

// TestRealReports reads what real tools wrote, and what the makers of CycloneDX give
// as valid and as not.
func TestRealReports(t *testing.T) {
	corpus := os.Getenv("ASSAY_CORPUS")
	if corpus == "" {
		t.Skip("ASSAY_CORPUS is not set")
	}
	get := func(name string) (*content, error) {
		body, err := os.ReadFile(filepath.Join(corpus, name))
		if err != nil {
			t.Fatal(err)
		}
		return read(file{name: filepath.Base(name), at: day(1)}, bytes.NewReader(body))
	}
	c, err := get("d07-openscap/host-a.arf.xml.gz")
	if err != nil || len(c.scans) != 1 || len(c.scans[0].found) != 18 || c.scans[0].target != "vm" || c.scans[0].release != "1.3.7" || c.scans[0].found[0].title == "" {
		t.Errorf("OpenSCAP: %v", err)
	}
	c, err = get("d18-scanner-output/gitleaks-terragoat.sarif.json")
	if err != nil || len(c.scans) != 1 || len(c.scans[0].found) != 4 || !c.scans[0].byFile {
		t.Errorf("SARIF: %v", err)
	}
	c, err = get("d09-sbom/cisa-kev.json.gz")
	if err != nil || len(c.known) != 1404 || c.known["CVE-2025-48384"] != "2025-09-15" {
		t.Errorf("KEV: %v", err)
	}
	for _, version := range []string{"2", "3", "4"} {
		if c, err = get("d09-sbom/laravel-7.12.0-bom.1." + version + ".json"); err != nil || len(c.parts) < 50 || len(c.scans) != 0 {
			t.Errorf("CycloneDX 1.%s: %v", version, err)
		}
	}
	if c, err = get("d09-sbom/vex/Use-Cases_Case-11_vex.json"); err != nil || len(c.vex) == 0 || c.vex[0].why != "code_not_reachable" {
		t.Errorf("VEX: %v", err)
	}
	valid, err := filepath.Glob(filepath.Join(corpus, "d21-cyclonedx-conformance", "valid-*.json"))
	if err != nil || len(valid) < 30 {
		t.Fatal(valid, err)
	}
	for _, name := range valid {
		rel, _ := filepath.Rel(corpus, name)
		if _, err := get(rel); err != nil {
			t.Errorf("%s: %v", rel, err)
		}
	}
}

// TestManyFindings reads 200,000 findings twice and stays within its memory.
func TestManyFindings(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	for n := range 2 {
		ids := make([]string, 200_000)
		for i := range ids {
			ids[i] = fmt.Sprintf("CVE-2025-%06d", i)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := io.WriteString(z, trivy("app", day(1+7*n), ids...)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json.gz", n)), packed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, err := Product().Open(connector.Config{"folder": dir}, connector.Env{
		Now: clock.System, Host: host.Machine{}, AllowLocal: true, Period: connector.Period{From: time.Unix(1, 0), To: clock.System()},
	})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	told, most := 0, uint64(0)
	run := connector.NewRun(clock.System, every(), func(context.Context, connector.Resource) error {
		if told++; told%50_000 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse-before.HeapInuse)
		}
		return nil
	}, nil)
	start := clock.System()
	if err := source.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d told in %s, %d MiB at most", told, clock.System().Sub(start).Round(10*time.Millisecond), most>>20)
	if told < 200_000 || most > 250<<20 {
		t.Errorf("%d told, %d MiB", told, most>>20)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		trivy("app", day(1), "CVE-2025-0001"),
		`{"matches":[{"vulnerability":{"id":"CVE-2025-0001","severity":"Low"},"artifact":{"name":"pkg","version":"v1"}}],"source":{"target":"app"},"descriptor":{"timestamp":"2026-01-02T00:00:00Z"}}`,
		`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"S","rules":[{"id":"r"}]}},"results":[{"ruleIndex":0,"locations":[{"physicalLocation":{"artifactLocation":{"uri":"f.go"}}}]}]}]}`,
		`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"name":"a","purl":"pkg:npm/a@1","bom-ref":"a"}],"vulnerabilities":[{"id":"CVE-2025-0001","affects":[{"ref":"a"}]},{"id":"x","analysis":{"state":"not_affected"},"affects":[{"ref":"a","versions":[{"version":"1","status":"unaffected"}]}]}]}`,
		`{"results":[{"source":{"path":"go.mod"},"packages":[{"package":{"name":"a","version":"1"},"vulnerabilities":[{"id":"GO-2025-0001","aliases":["CVE-2025-0001"]}],"groups":[{"ids":["GO-2025-0001"],"max_severity":"5.0"}]}]}]}`,
		`{"id":"GO-2025-0001","modified":"2025-01-01T00:00:00Z","aliases":["CVE-2025-0001"]}`,
		`{"catalogVersion":"2026.01.20","vulnerabilities":[{"cveID":"CVE-2025-0001","dueDate":"2026-02-09"}]}`,
		"cve,epss,percentile\nCVE-2025-0001,0.5,0.5\n",
		`<nmaprun start="1"><host endtime="2"><status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="22"><state state="open"/></port></ports></host><runstats><finished exit="success"/></runstats></nmaprun>`,
		`<NessusClientData_v2><Report><ReportHost name="h"><HostProperties><tag name="HOST_END_TIMESTAMP">5</tag></HostProperties><ReportItem port="1" severity="2" pluginID="3"><cve>CVE-2025-0001</cve></ReportItem></ReportHost></Report></NessusClientData_v2>`,
		`<asset-report-collection><TestResult end-time="2026-01-01T00:00:00Z"><target>h</target><rule-result idref="r" severity="low"><result>fail</result></rule-result></TestResult></asset-report-collection>`,
	} {
		f.Add([]byte(text))
	}
	kinds := Kinds()
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := read(file{name: "x.json", at: day(1)}, bytes.NewReader(body))
		if err != nil {
			return
		}
		c := &collection{
			source: &source{env: connector.Env{Now: clock.System, Period: connector.Period{From: day(1), To: day(20)}}}, serial: map[string]int32{}, findings: map[string]*finding{},
			cves: map[string][]string{}, parts: map[string]component{}, ports: map[string]portSeen{},
		}
		c.run = connector.NewRun(clock.System, every(), func(_ context.Context, r connector.Resource) error {
			at := slices.IndexFunc(kinds, func(k resource.Schema) bool { return k.Kind == r.Kind })
			if _, err := kinds[at].Normalize(r.Fields, r.Unavailable); err != nil || r.ID == "" {
				t.Errorf("%s %q: %v", r.Kind, r.ID, err)
			}
			return nil
		}, nil)
		c.take("x.json", got)
		if err := c.tell(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
