package scan_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/org"
	"assay/internal/rule"
	"assay/internal/scan"
)

// corpus is a folder of real inputs, or the test is skipped and says so.
func corpus(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("ASSAY_CORPUS")
	if root == "" {
		t.Skip("ASSAY_CORPUS is not set: it names a folder with real inputs, among them " + name)
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the corpus has no %s: %v", name, err)
	}
	return dir
}

// with lists the checks that said this.
func with(rep *scan.Report, s rule.Status) string {
	var out []string
	for i := range rep.Checks {
		if rep.Checks[i].Status == s {
			out = append(out, rep.Checks[i].ID)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// What checks say of recordings that others made: exactly what they tell. What
// they do not tell is unknown, and a listing that is not whole passes nothing.
func TestRecordingsOfTheCorpusAreJudged(t *testing.T) {
	for _, c := range []struct {
		product, folder, organization string
		complete, pass, fail          string
		failing                       map[string]string
	}{
		{"aws", "d01-aws-cli-samples", "", "aws.account", "", "aws.ec2.image.public", map[string]string{
			"aws.ec2.image.public": "ami-1234567890EXAMPLE is public",
		}},
		{
			"aws", "d02-aws-iam-small", "", "aws.account aws.iam.group aws.iam.policy aws.iam.role aws.iam.user",
			"aws.iam.policy.full_control aws.iam.role.anyone aws.iam.role.external_id aws.iam.role.provider",
			"aws.iam.role.admin aws.iam.user.admin aws.iam.user.direct",
			map[string]string{"aws.iam.user.admin": "obama is an administrator and is not named as one|userwithlotsofpermissions is an administrator and is not named as one"},
		},
		{"aws", "d03-cloudtrail", "", "", "", "aws.cloudtrail.event.logging", map[string]string{
			"aws.cloudtrail.event.logging": "DeleteFlowLogs was done on 2023-07-10|DeleteLogGroup was done on 2023-07-10|" +
				"DeleteTrail of stratus-red-team-ctes-trail-qyxyekjbtk was done on 2023-07-10|" +
				"PutEventSelectors of stratus-red-team-ctes-trail-qyxyekjbtk was done on 2023-07-10|" +
				"PutEventSelectors of stratus-red-team-ctes-trail-qyxyekjbtk was done on 2023-07-10",
		}},
		{"github", "d04-github", "octokit-fixture-org", "", "", "github.organization.public_repositories github.organization.two_factor", nil},
		{"github", "d04-github", "Codertocat", "", "", "", nil},
	} {
		t.Run(c.folder+" "+c.organization, func(t *testing.T) {
			dir := corpus(t, c.folder)
			rep, err := scan.Run(t.Context(), open(t, now()), scan.Options{
				Recordings: map[string]string{c.product: dir}, Organization: c.organization, Since: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC),
			})
			if err != nil {
				t.Fatal(err)
			}
			holds(t, rep)
			if got := with(rep, rule.Pass); got != c.pass {
				t.Errorf("these pass: %s", got)
			}
			if got := with(rep, rule.Fail); got != c.fail {
				t.Errorf("these fail: %s", got)
			}
			for id, want := range c.failing {
				if got := failing(rep, id); got != want {
					t.Errorf("%s: %s", id, got)
				}
			}
			src := rep.Sources[0]
			slices.Sort(src.Complete)
			if got := strings.Join(src.Complete, " "); got != c.complete || len(src.Partial) < 20 {
				t.Errorf("complete: %s, and %d are not", got, len(src.Partial))
			}
			if c.folder == "d03-cloudtrail" { // no listing of trails is there, so that nobody can say of which buckets logs were taken
				for i := range rep.Checks {
					if k := &rep.Checks[i]; k.ID == "aws.cloudtrail.event.kept" && (k.Status != rule.Unknown || k.Counts.Unknown != 5) {
						t.Errorf("%s: %s %+v", k.ID, k.Status, k.Counts)
					}
				}
			}
			malformed(t, dir, src.Refused)
		})
	}
}

// malformed asserts that each file that is no JSON, as its name says, is among
// what was refused.
func malformed(t *testing.T, dir string, refused []string) {
	t.Helper()
	named := strings.Join(refused, "\n")
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		if err == nil && strings.Contains(rel, ".malformed.") && !strings.Contains(named, "recording "+rel+": ") {
			t.Errorf("%s is not named", rel)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Reports that are empty or broken are named, and the whole ones beside them pass
// nothing; a report that failed is told.
func TestReportsOfTheCorpusAreJudged(t *testing.T) {
	dir := corpus(t, "d08-dmarc")
	said, problems := judged(t, collect.New{Product: "mailreport", Name: "Reports", Settings: map[string]string{"folder": dir}}, time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC))
	for _, name := range []string{"empty.xml", "invalid_utf_8.xml", "ikea.com_example.de_1538690400_1538776800.xml"} {
		if !strings.Contains(problems["mailreport.dmarc"], name+" is not taken: ") {
			t.Errorf("%s is not named: %s", name, problems["mailreport.dmarc"])
		}
	}
	if len(said) != 3 {
		t.Errorf("%d checks said something", len(said))
	}
	for id, want := range map[string]int{"mailreport.dmarc.forged": 9, "mailreport.dmarc.passing": 9, "mailreport.tls.encrypted": 3} {
		if got := said[id]; got.Status != rule.Fail || got.Counts.Population != want || got.Counts.Pass+got.Counts.Fail != want {
			t.Errorf("%s: %s %+v, want %d reports", id, got.Status, got.Counts, want)
		}
	}
}

// Certificates are judged on a stated day as they were then; that they have ended
// since, and that one of the chains was signed with SHA-1, is told all the same.
func TestCertificatesOfTheCorpusAreJudged(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t, "d13-tls-certificates"), "*.pem"))
	if err != nil || len(files) == 0 {
		t.Fatal("no certificates", err)
	}
	var chains []string
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		chains = append(chains, string(b))
	}
	said, problems := judged(t, collect.New{Product: "domain", Name: "Certificates", Settings: map[string]string{
		"domains": "example.com", "hosts": "tcp.example.com:1", "resolver": "127.0.0.1:1", "certificates": strings.Join(chains, "\n"), "as_of": "2020-06-01",
	}}, now().AddDate(-1, 0, 0))
	for id, want := range map[string]rule.Status{"any.certificate.expiry": rule.Fail, "any.certificate.strength": rule.Fail, "any.certificate.trusted": rule.Fail} {
		if said[id].Status != want {
			t.Errorf("%s: %q, want %q", id, said[id].Status, want)
		}
	}
	for id, s := range said {
		if s.Status == rule.Pass {
			t.Errorf("%s passes", id)
		}
	}
	if expiry, strength := said["any.certificate.expiry"].Counts, said["any.certificate.strength"].Counts; expiry.Fail != 15 || strength.Fail != 1 || strength.Pass != 14 {
		t.Errorf("15 certificates, one of them in two files: %+v %+v", expiry, strength)
	}
	if problems["domain.certificate"] != "" {
		t.Error(problems["domain.certificate"])
	}
}

// judged collects a connection whose period begins on a day, and says what its
// checks said and what is missing of each kind.
func judged(t *testing.T, n collect.New, since time.Time) (said map[string]check.Run, problems map[string]string) {
	t.Helper()
	s := open(t, now())
	s.Connectors.Period = func(*db.Tx) (connector.Period, error) { return connector.Period{From: since, To: now()}, nil }
	s.Checks.Period = func(*db.Tx) (rule.Period, error) { return rule.Period{From: since, To: now()}, nil }
	ctx := t.Context()
	created, err := s.Orgs.Create(ctx, org.New{Name: "Example", Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	who := access.Console(created.ID)
	c, err := s.Connectors.Add(ctx, who, n)
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Connectors.Run(ctx, who, c.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Facts.Manifest(ctx, who, c.ID, run.Seq)
	if err != nil {
		t.Fatal(err)
	}
	problems = map[string]string{}
	for i := range m.Kinds {
		problems[m.Kinds[i].Kind] = strings.Join(m.Kinds[i].Problems, "\n")
	}
	if _, err := s.Checks.Install(ctx, who); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Checks.Run(ctx, who); err != nil {
		t.Fatal(err)
	}
	list, err := s.Checks.List(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	said = map[string]check.Run{}
	for i := range list {
		if last := list[i].Last; last != nil && last.Reason != rule.NoCollection {
			said[list[i].ID] = *last
		}
	}
	return said, problems
}
