package mailreport

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/host"
)

func TestReplay(t *testing.T) {
	connectortest.Replay(t, Product(), "testdata/*.txtar")
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		folder string
		local  bool
	}{{"", true}, {"reports", true}, {"/a/../b", true}, {"/reports", false}} {
		if _, err := Product().Open(connector.Config{"folder": c.folder}, connector.Env{Now: clock.System, Host: host.Machine{}, AllowLocal: c.local}); fault.Of(err) != fault.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// packed is a file of zeros, which shrinks to almost nothing.
func packed(t *testing.T, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsUnpackedIsBounded(t *testing.T) {
	if _, err := read("x.gz", packed(t, mostBytes+1), 0); err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") {
		t.Error(err)
	}
	var many bytes.Buffer
	z := zip.NewWriter(&many)
	for range mostParts + 1 {
		w, err := z.Create("x.json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(`{"organization-name":"x","report-id":"1","date-range":{"start-datetime":"2026-01-01T00:00:00Z","end-datetime":"2026-01-02T00:00:00Z"},"policies":[{"policy":{"policy-domain":"a.test"},"summary":{"total-successful-session-count":1,"total-failure-session-count":0}}]}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if some, err := read("x.zip", many.Bytes(), 0); err == nil || len(some) != mostParts {
		t.Error(len(some), err)
	}
	deep := []byte("<x/>")
	for range mostDepth + 2 {
		var out bytes.Buffer
		g := gzip.NewWriter(&out)
		_, _ = g.Write(deep)
		_ = g.Close()
		deep = out.Bytes()
	}
	if _, err := read("x.gz", deep, 0); err == nil || !strings.Contains(err.Error(), "too deeply") {
		t.Error(err)
	}
}

// TestRealReports reads reports that receivers sent, some of which are broken.
func TestRealReports(t *testing.T) {
	corpus := os.Getenv("ASSAY_CORPUS")
	if corpus == "" {
		t.Skip("ASSAY_CORPUS is not set")
	}
	dir, err := filepath.Abs(filepath.Join(corpus, "d08-dmarc"))
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]int{ // how many reports each file holds; every other one is refused
		"_example.com_1538204542_1538463818.xml": 1, "addisonfoods.com_example.com_1536105600_1536191999.xml": 1, "changed-input.xml": 1,
		"example.net_example.com_1529366400_1529452799.xml": 1, "nice-input.xml": 1, "nice-input.xml.gz": 1, "nice-input.xml.zip": 1,
		"report_with_upper_cased_pass.xml": 1, "veeam.com_example.com_1530133200_1530219600.xml": 1, "smtp_tls.json": 1, "mail.ru.json": 1,
		"google.com_smtp_tls_report.eml": 1, "Report_domain-_borschow.com_Submitter-_google.com_Report-ID-_949348866075514174.eml": 1, "twilight.eml": 1,
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal("no reports", err)
	}
	for _, f := range files {
		body, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		some, err := read(f.Name(), body, 0)
		if want := taken[f.Name()]; len(some) != want || (err == nil) != (want > 0) {
			t.Errorf("%s: %d reports, %v", f.Name(), len(some), err)
		}
		for _, r := range some {
			t.Log(f.Name(), r.id, r.fields["messages"], r.fields["passed"], r.fields["succeeded"], r.fields["failed"])
		}
	}
	source, err := Product().Open(connector.Config{"folder": dir}, connector.Env{
		Now: clock.System, Host: host.Machine{}, AllowLocal: true, Period: connector.Period{From: time.Unix(1, 0), To: clock.System()},
	})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	run := connector.NewRun(clock.System, []string{kindDMARC, kindTLS}, func(context.Context, connector.Resource) error { told++; return nil }, nil)
	if err := source.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Reports() {
		if r.Complete {
			t.Errorf("%s is complete beside broken files", r.Kind)
		}
	}
	if want := len(taken) - 2; told != want { // nice-input is there three times
		t.Errorf("%d reports, want %d", told, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("x.xml", []byte(`<feedback><report_metadata><org_name>a</org_name><report_id>1</report_id><date_range><begin>1</begin><end>2</end></date_range></report_metadata><policy_published><domain>a.test</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip><count>1</count></row></record></feedback>`))
	f.Add("x.json", []byte(`{"organization-name":"x","report-id":"1","date-range":{"start-datetime":"2026-01-01T00:00:00Z","end-datetime":"2026-01-02T00:00:00Z"},"policies":[{"policy":{"policy-domain":"a.test"},"summary":{"total-successful-session-count":1,"total-failure-session-count":0}}]}`))
	f.Add("x.eml", []byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/xml\n\n<x/>\n--b--\n"))
	kinds := Kinds()
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		some, err := read(name, body, 0)
		if err == nil && len(some) == 0 {
			t.Error("neither reports nor a problem")
		}
		for _, r := range some {
			schema := &kinds[0]
			if r.kind == kindTLS {
				schema = &kinds[1]
			}
			if _, err := schema.Normalize(r.fields, nil); err != nil {
				t.Errorf("%s: %v", r.id, err)
			}
		}
	})
}
