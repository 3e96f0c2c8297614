package scanner

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "scanner", Version: "1", Title: "Vulnerability scanners",
		Summary: "Reads the reports of vulnerability scanners from a folder: what was scanned and when, what was found, what it is in, and what became of it.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "folder", Label: "Folder", Required: true, Example: "/var/lib/scans", Help: "A folder of this machine in which the reports are kept, as the scanners wrote them."},
			{Name: "targets", Label: "Names of targets", Lines: true, Example: "registry.example.com/orders:* = Ordering service", Help: "Where scanners call something otherwise than your assets: a line each, with * for any text, and the first that fits counts."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"Let your scanners write their reports into a folder, each run a file of its own, and let Assay's account read it.",
				"Where a report does not say what was scanned, as most SARIF does not, begin its file name with the target and two hyphens: ordering-service--2026-01-05.sarif.",
				"Keep the reports for as long as your period and your audit last: how long a finding has been open is read from them each time.",
				"Put CISA's known_exploited_vulnerabilities.json and FIRST's epss_scores file beside them to have both at each finding.",
			},
			NotRead: []string{
				"snippets of source code, messages and matches, which can hold secrets",
				"who wrote a line that was found",
			},
		},
		Open: open,
	}
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	folder := strings.TrimSpace(c["folder"])
	names, err := parseNames(c["targets"])
	switch {
	case env.Host == nil || env.Now == nil:
		return nil, fault.New(fault.Invalid, "Reports cannot be read here: no host was given.")
	case err != nil:
		return nil, fault.Fields("The names of targets cannot be read.", fault.Field{Name: "targets", Text: err.Error()})
	case !path.IsAbs(folder) || path.Clean(folder) != folder:
		return nil, fault.Fields("The folder is not one.", fault.Field{Name: "folder", Text: "Give a whole path, such as /var/lib/scans."})
	case !env.AllowLocal:
		return nil, fault.Fields("Folders of this machine may not be read.", fault.Field{Name: "folder", Text: "The operator can allow it."})
	}
	return &source{env: env, folder: folder, names: names}, nil
}

type source struct {
	env    connector.Env
	folder string
	names  []rename
}

// Authority is the same everywhere: findings are known by what they are in.
func (s *source) Authority(context.Context) (string, error) { return "scanner", nil }

// rename is how a target that fits a pattern is called.
type rename struct {
	parts []string // between the stars
	name  string
}

const mostNames = 1000

func parseNames(text string) (out []rename, err error) {
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		at := strings.LastIndex(line, " = ")
		if at < 0 {
			return nil, fmt.Errorf("line %d: give a pattern, \" = \" and a name", i+1)
		}
		pattern, name := strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+3:])
		if pattern == "" || name == "" || len(out) == mostNames {
			return nil, fmt.Errorf("line %d: the pattern or the name is empty, or there are more than %d lines", i+1, mostNames)
		}
		out = append(out, rename{parts: strings.Split(pattern, "*"), name: name})
	}
	return out, nil
}

func (r *rename) fits(target string) bool {
	last := len(r.parts) - 1
	if last == 0 {
		return target == r.parts[0]
	}
	rest, ok := strings.CutPrefix(target, r.parts[0])
	for _, part := range r.parts[1:last] {
		at := strings.Index(rest, part)
		if !ok || at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return ok && strings.HasSuffix(rest, r.parts[last])
}

// called is what a target is called here.
func (s *source) called(target string) string {
	for i := range s.names {
		if s.names[i].fits(target) {
			return s.names[i].name
		}
	}
	return target
}
