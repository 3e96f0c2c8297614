package scan

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/rule"
	"assay/internal/suite"
)

// Options say what to look at.
type Options struct {
	Path string // a repository; none if empty
	Host bool   // this machine
	// Domains are looked at from outside.
	Domains []string
	// Recordings are folders of saved answers, by product: aws, github, okta, google_workspace.
	Recordings map[string]string
	// Organization is whose the recordings of GitHub are; empty where they say it.
	Organization string
	Zone         string // for days; UTC if empty
	// Since is from when on changes and events count; a year back if zero.
	Since time.Time
	// Progress hears what is being done. It may be nil.
	Progress func(text string)
}

// Report is what a scan found.
type Report struct {
	Org      string      `json:"org"` // id in the scan's own store
	Sources  []Source    `json:"sources"`
	Criteria []Criterion `json:"criteria"`
	Checks   []Check     `json:"checks"` // worst first
	Leaves   int64       `json:"leaves"`
}

// Source is one thing that was read.
type Source struct {
	Product  string   `json:"product"`
	Name     string   `json:"name"`
	Items    int      `json:"items"`
	Complete []string `json:"complete"` // kinds of which everything was listed
	Partial  []string `json:"partial"`  // kinds of which something may be missing
	Problems []string `json:"problems"` // why
	Refused  []string `json:"refused"`  // every request that was refused and every file that is not taken, with why
	Broken   string   `json:"broken"`   // why it could not be read to its end
}

// Check is one check and what it said.
type Check struct {
	ID          string           `json:"id"`
	Title       string           `json:"title"`
	Severity    string           `json:"severity"`
	Criteria    []string         `json:"criteria"`
	Status      rule.Status      `json:"status"`
	Reason      rule.Reason      `json:"reason"`
	Explain     string           `json:"explain"`
	Counts      rule.Counts      `json:"counts"`
	Failing     []Item           `json:"failing"`
	Remediation rule.Remediation `json:"remediation"`
}

// Item is one resource that fails.
type Item struct {
	Kind    string    `json:"kind"`
	ID      string    `json:"id"`
	Label   string    `json:"label"`
	Message string    `json:"message"`
	Since   time.Time `json:"since"`
}

// Criterion is how many of the checks that bear on a criterion say what.
type Criterion struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Fail    int    `json:"fail"`
	Unknown int    `json:"unknown"`
	Pass    int    `json:"pass"`
	Neutral int    `json:"neutral"`
}

// mostItems bounds how many failing resources of a check a report names.
const mostItems = 20

// Run looks, seals, judges and reports. The suite is used for nothing else.
func Run(ctx context.Context, s *suite.Suite, o Options) (*Report, error) {
	if o.Path == "" && !o.Host && len(o.Domains) == 0 && len(o.Recordings) == 0 {
		return nil, fault.New(fault.Invalid, "Say what to look at: a path, --host, --domain, recordings, or several of them.")
	}
	zone := o.Zone
	if zone == "" {
		zone = "UTC"
	}
	name, err := o.name()
	if err != nil {
		return nil, err
	}
	created, err := s.Orgs.Create(ctx, org.New{Name: "Scan of " + name, Zone: zone})
	if err != nil {
		return nil, err
	}
	who := access.Console(created.ID)
	r := &Report{Org: created.ID, Sources: []Source{}}
	o.span(s)
	for _, n := range o.sources() {
		src, err := o.read(ctx, s, who, n)
		if err != nil {
			return nil, err
		}
		r.Sources = append(r.Sources, src)
	}
	if err := nothingRead(r.Sources); err != nil {
		return nil, err
	}
	o.say("judging")
	if _, err := s.Checks.Install(ctx, who); err != nil {
		return nil, err
	}
	if _, err := s.Checks.Run(ctx, who); err != nil {
		return nil, err
	}
	if err := r.judge(ctx, s, who); err != nil {
		return nil, err
	}
	head, err := s.Head(ctx, who)
	r.Leaves = head.Size
	return r, err
}

// span makes the store's services, which are the scan's own, count what happened
// since it is wanted.
func (o *Options) span(s *suite.Suite) {
	if o.Since.IsZero() {
		return
	}
	collected, judged := s.Connectors.Period, s.Checks.Period
	s.Connectors.Period = func(tx *db.Tx) (connector.Period, error) {
		p, err := collected(tx)
		p.From = o.Since
		return p, err
	}
	s.Checks.Period = func(tx *db.Tx) (rule.Period, error) {
		p, err := judged(tx)
		p.From = o.Since
		return p, err
	}
}

// name is what the scan is of, and makes the paths whole.
func (o *Options) name() (string, error) {
	name := "this host"
	if !o.Host && len(o.Domains) > 0 {
		name = o.Domains[0]
	}
	folders := map[string]string{}
	for product, dir := range o.Recordings {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("recordings: %w", err)
		}
		folders[product] = abs
		if !o.Host && len(o.Domains) == 0 {
			name = filepath.Base(abs)
		}
	}
	o.Recordings = folders
	if o.Path != "" {
		abs, err := filepath.Abs(o.Path)
		if err != nil {
			return "", fmt.Errorf("path: %w", err)
		}
		o.Path, name = abs, filepath.Base(abs)
	}
	return name, nil
}

// nothingRead is a NotFound fault if no source could be read at all: a report
// on nothing has no failing check, and would look like a good one.
func nothingRead(sources []Source) error {
	var why []string
	for _, s := range sources {
		if s.Broken == "" || s.Items > 0 || len(s.Complete) > 0 {
			return nil
		}
		why = append(why, s.Broken)
	}
	return fault.New(fault.NotFound, "Nothing could be read: %s", strings.Join(why, " "))
}

func (o *Options) say(text string) {
	if o.Progress != nil {
		o.Progress(text)
	}
}

func (o *Options) sources() (out []collect.New) {
	if o.Path != "" {
		out = append(out, collect.New{Product: "git", Name: filepath.Base(o.Path), Settings: map[string]string{"repository": o.Path}})
	}
	if o.Host {
		out = append(out, collect.New{Product: "linux", Name: "This host"})
	}
	if len(o.Domains) > 0 {
		out = append(out, collect.New{Product: "domain", Name: strings.Join(o.Domains, ", "), Settings: map[string]string{"domains": strings.Join(o.Domains, "\n")}})
	}
	for _, product := range slices.Sorted(maps.Keys(o.Recordings)) {
		dir := o.Recordings[product]
		settings := map[string]string{"from": dir}
		if product == "github" && o.Organization != "" {
			settings["organization"] = o.Organization
		}
		out = append(out, collect.New{Product: product, Name: "Recordings in " + filepath.Base(dir), Settings: settings})
	}
	return out
}

// read adds a connection and collects it.
func (o *Options) read(ctx context.Context, s *suite.Suite, who access.Actor, n collect.New) (Source, error) {
	out := Source{Product: n.Product, Name: n.Name, Complete: []string{}, Partial: []string{}, Problems: []string{}, Refused: []string{}}
	c, err := s.Connectors.Add(ctx, who, n)
	if err != nil {
		return out, err
	}
	o.say("reading " + n.Name)
	run, err := s.Connectors.Run(ctx, who, c.ID, func(p connector.Progress) { o.say(p.Text) })
	if err != nil {
		return out, err
	}
	out.Items, out.Broken = run.Resources, run.Problem
	m, err := s.Facts.Manifest(ctx, who, c.ID, run.Seq)
	if err != nil {
		return out, err
	}
	for i := range m.Kinds {
		k := &m.Kinds[i]
		if k.Complete {
			out.Complete = append(out.Complete, k.Kind)
		} else {
			out.Partial = append(out.Partial, k.Kind)
		}
		for _, p := range k.Problems {
			if !slices.Contains(out.Problems, p) {
				out.Problems = append(out.Problems, p)
			}
		}
	}
	for i := range m.Calls {
		if call := &m.Calls[i]; call.Refused > 0 {
			out.Refused = append(out.Refused, call.Name+": "+call.Problem)
		}
	}
	return out, nil
}

// judge gathers what the checks said.
func (r *Report) judge(ctx context.Context, s *suite.Suite, who access.Actor) error {
	list, err := s.Checks.List(ctx, who)
	if err != nil {
		return err
	}
	r.Checks = []Check{}
	by := map[string]*Criterion{}
	for i := range list {
		c := &list[i]
		if c.Last == nil || c.Last.Reason == rule.NoCollection {
			continue // about something that was not looked at
		}
		d, err := s.Checks.Get(ctx, who, c.ID)
		if err != nil {
			return err
		}
		one := summarize(&d)
		r.Checks = append(r.Checks, one)
		for _, id := range one.Criteria {
			if by[id] == nil {
				by[id] = &Criterion{ID: id}
			}
			by[id].count(one.Status)
		}
	}
	slices.SortStableFunc(r.Checks, func(a, b Check) int {
		if x := rank(a.Status) - rank(b.Status); x != 0 {
			return x
		}
		if x := severity(a.Severity) - severity(b.Severity); x != 0 {
			return x
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, c := range s.Library.Criteria().Criteria() {
		if found := by[string(c.ID)]; found != nil {
			found.Title = c.Title
			r.Criteria = append(r.Criteria, *found)
		}
	}
	return nil
}

func summarize(d *check.Detail) Check {
	out := Check{
		ID: d.ID, Title: d.Title, Severity: string(d.Severity), Status: d.Last.Status, Reason: d.Last.Reason, Explain: d.Last.Explain,
		Counts: d.Last.Counts, Failing: []Item{}, Criteria: []string{}, Remediation: d.Remediation,
	}
	for _, c := range d.Criteria {
		out.Criteria = append(out.Criteria, c.ID)
	}
	for i := range d.Results {
		t := &d.Results[i]
		if t.Status == rule.Fail && len(out.Failing) < mostItems {
			since := t.Since
			if !t.At.IsZero() {
				since = t.At
			}
			out.Failing = append(out.Failing, Item{Kind: t.Ref.Kind, ID: t.Ref.ID, Label: t.Label, Message: t.Message, Since: since})
		}
	}
	return out
}

func (c *Criterion) count(s rule.Status) {
	switch s {
	case rule.Fail:
		c.Fail++
	case rule.Unknown:
		c.Unknown++
	case rule.Pass:
		c.Pass++
	case rule.Excluded, rule.NoOccurrence, rule.Out:
		c.Neutral++
	}
}

func rank(s rule.Status) int {
	return slices.Index([]rule.Status{rule.Fail, rule.Unknown, rule.Excluded, rule.NoOccurrence, rule.Pass}, s)
}

func severity(s string) int { return slices.Index([]string{"critical", "high", "medium", "low"}, s) }
