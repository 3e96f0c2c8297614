package scanner

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"assay/connector"
)

const mostFiles = 20_000

const reading = "read reports"

// collection is the folder as far as it was read.
type collection struct {
	*source
	run      *connector.Run
	series   []*series
	serial   map[string]int32 // tool and target
	findings map[string]*finding
	cves     map[string][]string // of ids that are none: the CVEs that they stand for
	vex      []statement
	parts    map[string]component
	ports    map[string]portSeen
	known    *content // the newest catalog
	scores   *content // the newest scores
}

// series is all scans of one target by one tool.
type series struct {
	tool, target string
	scans        []scanned
	portsOnly    bool
}

// scanned is one scan as it is remembered.
type scanned struct {
	at      time.Time
	release string
	byFile  bool
	broken  bool
	found   int
}

type portSeen struct {
	port
	target string
	at     time.Time
	in     int32 // series
}

// Collect reads the folder once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	entries, err := s.env.Host.ReadDir(s.folder)
	if err != nil {
		run.Refuse("list the folder", clip(err.Error()))
		return fmt.Errorf("list the folder of reports: %w", err)
	}
	run.Page("list the folder", "", len(entries))
	c := &collection{
		source: s, run: run, serial: map[string]int32{}, findings: map[string]*finding{}, cves: map[string][]string{},
		parts: map[string]component{}, ports: map[string]portSeen{},
	}
	if len(entries) > mostFiles {
		for _, kind := range every() {
			run.Truncate("list the folder", kind, fmt.Sprintf("The folder holds more than %d files: keep those of the period.", mostFiles))
		}
		entries = entries[:mostFiles]
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		run.Say("Reading " + e.Name())
		if err := c.file(e.Name()); err != nil {
			c.refuse(fmt.Sprintf("%s is not taken: %s.", clip(e.Name()), strings.TrimSuffix(clip(err.Error()), ".")))
		}
	}
	return c.tell(ctx)
}

// refuse notes what was not taken, and of which anything could have been told.
func (c *collection) refuse(why string) {
	c.run.Refuse(reading, why)
	for _, kind := range every() {
		c.run.Incomplete(kind, why)
	}
}

// file takes what one file says, all of it or nothing.
func (c *collection) file(name string) error {
	full := path.Join(c.folder, name)
	info, err := c.env.Host.Stat(full)
	if err != nil {
		return err
	}
	r, err := c.open(full)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	got, err := read(file{name: name, at: info.ModTime().UTC().Truncate(time.Second)}, r)
	if err != nil {
		return err
	}
	c.take(name, got)
	return nil
}

func (c *collection) open(full string) (io.ReadCloser, error) {
	if o, ok := c.env.Host.(connector.Opener); ok {
		return o.Open(full)
	}
	body, err := c.env.Host.ReadFile(full)
	return io.NopCloser(bytes.NewReader(body)), err
}

// take adds what a file says to what others said.
func (c *collection) take(name string, got *content) {
	for _, s := range got.scans {
		c.scan(name, s)
		c.run.Page(reading, "", len(s.found)+len(s.ports))
	}
	for _, p := range got.parts {
		p.target = c.called(p.target)
		c.parts[p.target+" "+cmp.Or(p.purl, p.name+"@"+p.release)] = p
	}
	c.vex = append(c.vex, got.vex...)
	for _, ids := range got.aliases {
		c.relate(ids)
	}
	if got.known != nil && (c.known == nil || got.knownOn > c.known.knownOn) {
		c.known = got
	}
	if got.scores != nil && (c.scores == nil || got.scoredOn > c.scores.scoredOn) {
		c.scores = got
	}
	if len(got.scans) == 0 {
		c.run.Page(reading, "", len(got.parts)+len(got.vex)+len(got.known)+len(got.scores))
	}
}

// scan remembers a scan, in its place among those of its target.
func (c *collection) scan(file string, s *scan) {
	s.target = c.called(s.target)
	key := s.tool + "\n" + s.target
	n, ok := c.serial[key]
	if !ok {
		n = int32(len(c.series)) //nolint:gosec // files are bounded
		c.serial[key] = n
		c.series = append(c.series, &series{tool: s.tool, target: s.target, portsOnly: s.portsOnly})
	}
	row := c.series[n]
	count := len(s.found) + len(s.ports)
	at := slices.IndexFunc(row.scans, func(o scanned) bool { return o.at.Equal(s.at) })
	switch {
	case at < 0:
		row.scans = append(row.scans, scanned{at: s.at, release: s.release, byFile: s.byFile, broken: s.broken, found: count})
	case row.scans[at].found != count:
		row.scans[at].broken = true
		c.refuse(clip(file+" states the scan of "+s.target+" by "+s.tool+" of "+s.at.Format(time.RFC3339)+" otherwise than another file") + ".")
	default: // the same report again
		row.scans[at].broken = row.scans[at].broken || s.broken
	}
	for i := range s.found {
		c.found(n, s, &s.found[i])
	}
	for _, p := range s.ports {
		id := fmt.Sprintf("%s %s/%d", s.target, p.protocol, p.number)
		if before, ok := c.ports[id]; !ok || before.at.Before(s.at) {
			c.ports[id] = portSeen{port: p, target: s.target, at: s.at, in: n}
		}
	}
}

func isCVE(id string) bool { return strings.HasPrefix(id, "CVE-") && published.MatchString(id) }

// relate notes which CVEs the ids of one vulnerability stand for.
func (c *collection) relate(ids []string) {
	if len(ids) < 2 {
		return
	}
	for _, cve := range ids {
		if !isCVE(cve) {
			continue
		}
		for _, id := range ids {
			if !isCVE(id) && !slices.Contains(c.cves[id], cve) {
				c.cves[id] = append(c.cves[id], cve)
			}
		}
	}
}

// canonical is the id by which a vulnerability is known here.
func (c *collection) canonical(id string) string {
	if cves := c.cves[id]; len(cves) == 1 && !isCVE(id) {
		return cves[0]
	}
	return id
}
