package cli

import (
	"archive/zip"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/export"
	"assay/internal/kit/fault"
	"assay/internal/rule"
	"assay/internal/scan"
	"assay/internal/suite"
)

type scanCmd struct {
	Path   string   `arg:"" optional:"" placeholder:"PATH" help:"A repository. This folder if nothing else is to be looked at."`
	Host   bool     `help:"Look at this machine too."`
	Domain []string `placeholder:"NAME" help:"Look at a domain of yours from outside: DNS, sender authentication, TLS, headers."`
	AWS    string   `name:"aws-from" placeholder:"DIR" help:"Look at recordings of AWS: what its command line printed, credential reports, log files of CloudTrail."`
	GitHub string   `name:"github-from" placeholder:"DIR" help:"Look at recordings of GitHub: answers of its API, one or several a file, and webhook deliveries."`
	Org    string   `name:"github-organization" placeholder:"NAME" help:"Of which organization the recordings of GitHub are, where they do not say."`
	Okta   string   `name:"okta-from" placeholder:"DIR" help:"Look at recordings of Okta: answers of its API, named by their path."`
	Google string   `name:"google-from" placeholder:"DIR" help:"Look at recordings of Google Workspace: answers of its APIs, named by their path."`
	Since  string   `placeholder:"DATE" help:"Judge changes and events from this day on, such as 2026-01-31. A year back unless given."`
	All    bool     `help:"Name the checks that pass, every failing item, and every request and file that was refused."`

	Package string `placeholder:"FILE" help:"Write what was seen and said as a package that anybody can verify."`
	Report  string `placeholder:"FILE" help:"Write the package's own first page, as HTML."`
}

// shownItems is how many failing items of a check are named without --all.
const shownItems = 5

// Run looks at a repository, this machine and domains, in a store that is thrown away.
func (c *scanCmd) Run(ctx context.Context, r *run) error {
	if r.Server != "" || r.Data != "" {
		return fault.New(fault.Invalid, "A scan has a store of its own: give neither --data nor --server.")
	}
	since, err := c.since(r.Now())
	if err != nil {
		return err
	}
	if c.Path == "" && !c.Host && len(c.Domain) == 0 && len(c.recordings()) == 0 {
		c.Path = "."
	}
	dir, err := os.MkdirTemp("", "assay-scan-*")
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := r.Open(ctx, suite.Config{Data: dir, Rehearsal: true, AllowLocal: true, Log: r.log})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close(ctx) }()
	begun := r.Now()
	rep, err := scan.Run(ctx, s, scan.Options{
		Path: c.Path, Host: c.Host, Domains: c.Domain, Recordings: c.recordings(), Organization: c.Org, Since: since, Progress: func(text string) { r.note("%s …", text) },
	})
	if err != nil {
		return err
	}
	if err := c.write(ctx, s, rep.Org, dir); err != nil {
		return err
	}
	if err := emit(r, rep, func(p *paper, rep *scan.Report) { c.print(p, rep, r.Now().Sub(begun).Seconds()) }); err != nil {
		return err
	}
	return verdictOf(rep)
}

// since is the first day that counts, or the zero time.
func (c *scanCmd) since(now time.Time) (time.Time, error) {
	if c.Since == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, c.Since, time.UTC)
	if err != nil || day.After(now) {
		return day, fault.New(fault.Invalid, "--since takes a day that has begun, such as 2026-01-31.")
	}
	return day, nil
}

// recordings are the folders to look at, by product.
func (c *scanCmd) recordings() map[string]string {
	out := map[string]string{}
	for product, dir := range map[string]string{"aws": c.AWS, "github": c.GitHub, "okta": c.Okta, "google_workspace": c.Google} {
		if dir != "" {
			out[product] = dir
		}
	}
	return out
}

// write writes the package and its first page, where they are wanted.
func (c *scanCmd) write(ctx context.Context, s *suite.Suite, org, dir string) error {
	if c.Package == "" && c.Report == "" {
		return nil
	}
	path := c.Package
	if path == "" {
		path = filepath.Join(dir, "package.zip")
	}
	if _, err := writePackage(ctx, s, access.Console(org), export.PackageIn{Name: "Scan"}, target{path: path}); err != nil {
		return err
	}
	if c.Report == "" {
		return nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer func() { _ = z.Close() }()
	b, err := fs.ReadFile(z, "data/index.html")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return os.WriteFile(c.Report, b, 0o644) //nolint:gosec // a report is for handing on
}

// verdictOf is the exit code's error: failing beats not knowing, and what could
// not be read to its end is not known.
func verdictOf(rep *scan.Report) error {
	unknown := slices.ContainsFunc(rep.Sources, func(s scan.Source) bool { return s.Broken != "" })
	for i := range rep.Checks {
		switch rep.Checks[i].Status {
		case rule.Fail:
			return found(exitFailing)
		case rule.Unknown:
			unknown = true
		case rule.Pass, rule.Excluded, rule.NoOccurrence, rule.Out:
		}
	}
	if unknown {
		return found(exitUnknown)
	}
	return nil
}

func (c *scanCmd) print(p *paper, rep *scan.Report, seconds float64) {
	for _, s := range rep.Sources {
		p.line("%s  %d resources, %s complete, %s incomplete", s.Name, s.Items, count(len(s.Complete), "kind", "kinds"), count(len(s.Partial), "kind", "kinds"))
		if s.Broken != "" {
			p.line("  %s %s", p.paint(red, "broke off:"), s.Broken)
		}
		for _, problem := range s.Problems {
			p.line("  %s %s", p.paint(yellow, "not seen:"), problem)
		}
		if !c.All {
			continue
		}
		for _, refused := range s.Refused {
			p.line("  %s %s", p.paint(yellow, "refused:"), refused)
		}
	}
	p.line("")
	rows := [][]string{{"criterion", "failing", "unknown", "pass", "nothing to judge", ""}}
	for _, k := range rep.Criteria {
		rows = append(rows, []string{k.ID, strconv.Itoa(k.Fail), strconv.Itoa(k.Unknown), strconv.Itoa(k.Pass), strconv.Itoa(k.Neutral), k.Title})
	}
	p.table(rows)
	for i := range rep.Checks {
		c.printCheck(p, &rep.Checks[i])
	}
	p.line("")
	p.line("%d checks, %d log entries, %.1f s. Unknown is not a pass: what could not be seen is named above.", len(rep.Checks), rep.Leaves, seconds)
}

func (c *scanCmd) printCheck(p *paper, k *scan.Check) {
	mark, colour := "✓", green
	switch k.Status {
	case rule.Fail:
		mark, colour = "✗", red
	case rule.Unknown:
		mark, colour = "?", yellow
	case rule.Pass, rule.Excluded, rule.NoOccurrence, rule.Out:
		if !c.All {
			return
		}
		if k.Status != rule.Pass {
			mark, colour = "–", yellow
		}
	}
	p.line("")
	p.line("%s %s  %s  [%s] %s", p.paint(colour, mark), k.Title, k.ID, k.Severity, strings.Join(k.Criteria, " "))
	if k.Status != rule.Fail {
		p.line("    %s", k.Explain)
		return
	}
	shown := k.Failing
	if !c.All && len(shown) > shownItems {
		shown = shown[:shownItems]
	}
	for _, f := range shown {
		label := f.Label
		if label == "" {
			label = f.ID
		}
		p.line("    %s  %s", clip(label, 40), f.Message)
	}
	if more := k.Counts.Fail - len(shown); more > 0 {
		p.line("    and %d more", more)
	}
	if k.Remediation.Text != "" {
		p.line("    fix: %s", k.Remediation.Text)
	}
	if k.Remediation.CLI != "" {
		p.line("         %s", strings.ReplaceAll(strings.TrimSpace(k.Remediation.CLI), "\n", "\n         "))
	}
}
