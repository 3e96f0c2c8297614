package arch

import (
	"path"
	"slices"
	"strings"
)

// floors lists the house from the ground up. A package may import packages of
// lower floors and, on its own floor, those to the left of it. A star stands
// for one folder that no floor names.
var floors = [][]string{
	{ // 0: know nothing of SOC 2
		"internal/kit/fault", "internal/kit/id", "internal/kit/clock", "internal/kit/canon", "internal/kit/sheet", "internal/kit/bag",
		"internal/kit/tlog", "internal/kit/witness", "internal/kit/tsa", "internal/kit/signer", "internal/kit/host", "internal/kit/outbound", "internal/kit/secret", "internal/kit/keyservice", "internal/kit/sealed", "internal/kit/blob", "internal/kit/mail", "internal/kit/paper", "internal/kit/document",
	},
	{ // 1: pure rules
		"internal/access", "internal/criteria", "internal/resource", "internal/rule/closure", "internal/rule", "internal/sample",
		"internal/standing", "internal/pack",
	},
	{ // 2: where facts come from, what SOC 2 says
		"connector", "connector/field", "connector/rest", "connector/recordings", "connector/aws/policy", "connector/*", "connector/all", "catalog",
	},
	{ // 3: what every noun stands on
		"internal/db", "internal/keys", "internal/ledger", "internal/trail", "internal/fact", "internal/job",
		"internal/anchor", "internal/org", "internal/factor", "internal/auth", "internal/device", "internal/sso", "internal/federation", "internal/scim", "internal/draft", "internal/register", "internal/portfolio", "internal/siem",
	},
	{ // 4: the registers
		"internal/program", "internal/licensed", "internal/member", "internal/task", "internal/finding", "internal/person", "internal/account", "internal/asset",
		"internal/vendor", "internal/policy", "internal/training", "internal/risk", "internal/incident",
		"internal/vuln", "internal/change", "internal/review", "internal/continuity", "internal/governance", "internal/gap", "internal/privacy", "internal/inventory", "internal/integrity", "internal/engagement", "internal/description", "internal/register/all",
	},
	{ // 5: the proof
		"internal/evidence", "internal/collect", "internal/check", "internal/activity", "internal/control", "internal/duty", "internal/notice", "internal/personal",
	},
	{ // 6: the audit
		"internal/system", "internal/population", "internal/sheet", "internal/readiness", "internal/rehearsal", "internal/report", "internal/workpaper", "internal/export", "internal/projection", "internal/backup", "internal/trust",
	},
	{ // 7: the doors
		"internal/suite", "internal/demo", "internal/scan", "internal/web/static", "internal/web/view", "internal/web/view/chart",
		"internal/web/view/page", "internal/web", "internal/api", "internal/cli",
	},
	{ // 8: puts the house together
		"internal/app",
	},
	{ // the programs
		"cmd/assay", "cmd/assay-verify",
	},
}

// outside lists what builds and tests the house but is not a part of it. It
// has no floor, and no room may import it.
var outside = []string{"internal/arch", "build/*", "test/*"}

// closed names everything that some packages may import, "std" being the
// standard library. An entry covers the packages below it. A vendor's SDK is
// added to its own connector's line and nowhere else.
var closed = map[string][]string{
	"internal/kit/*":        {"std", "internal/kit/*"},
	"internal/kit/blob":     {"std", "internal/kit/*", "github.com/minio/minio-go/v7"},
	"internal/kit/sheet":    {"std", "internal/kit/*", "github.com/xuri/excelize/v2"},
	"internal/kit/tlog":     {"std", "internal/kit/*", "golang.org/x/mod/sumdb", "github.com/transparency-dev"},
	"internal/kit/outbound": {"std", "internal/kit/*", "golang.org/x/net", "golang.org/x/time/rate"},
	"internal/kit/secret":   {"std", "internal/kit/*", "golang.org/x/crypto"},
	"internal/kit/sealed":   {"std", "internal/kit/*", "filippo.io/age"},
	"internal/kit/mail":     {"std", "internal/kit/*", "github.com/wneessen/go-mail"},
	"internal/kit/paper":    {"std", "internal/kit/*", "github.com/yuin/goldmark"},
	"internal/kit/document": {"std", "internal/kit/*", "codeberg.org/go-pdf/fpdf", "golang.org/x/image"},

	"internal/access":      {"std", "internal/kit/*"},
	"connector":            {"std", "internal/resource", "internal/kit/*"},
	"connector/field":      {"internal/resource"},
	"connector/rest":       {"std", "internal/kit/*", "connector"},
	"connector/*":          {"std", "internal/resource", "internal/kit/*", "connector", "connector/field", "connector/rest", "connector/recordings", "go.yaml.in/yaml/v3"},
	"connector/aws/policy": {"std"},
	"connector/aws": {
		"std", "internal/resource", "internal/kit/*", "connector", "connector/field", "connector/recordings", "connector/aws/policy",
		"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go",
	},
	"connector/domain":   {"std", "internal/resource", "internal/kit/*", "connector", "connector/field", "github.com/miekg/dns"},
	"connector/postgres": {"std", "internal/resource", "internal/kit/*", "connector", "connector/field", "github.com/jackc/pgx/v5"},
	"connector/all":      {"std", "internal/resource", "internal/kit/*", "connector", "connector/*"},
	"cmd/assay-verify":   append([]string{"std", "internal/kit/tlog", "internal/kit/witness", "internal/kit/tsa", "internal/kit/sealed"}, floors[1]...),
}

// offline lists what the pure rules of floor 1 may not touch, so that a verdict
// can be performed again anywhere.
var offline = []string{"database/sql", "net", "net/http", "os/exec"}

// roomy names the packages that may hold more than twelve files, with their
// number: a door has a file per noun or verb, what registers stand on one per use, a connector one per service, the
// verifier one per part of a package, the check language one per stage, the
// catalog one per kind of file, collecting one per way in which facts come, the
// demonstration one per system of Larkspur, facts one per step of a collection, reports one per kind and section, signing in one per way in, the house one per thing that it ties to another.
var roomy = map[string]int{
	"catalog":                18,
	"connector/*":            21,
	"internal/app":           14,
	"internal/auth":          25,
	"internal/check":         13,
	"internal/collect":       14,
	"internal/demo":          22,
	"internal/fact":          14,
	"internal/rule":          15,
	"internal/rule/closure":  13,
	"internal/pack":          19,
	"internal/register":      15,
	"internal/report":        14,
	"internal/web":           97,
	"internal/web/view/page": 42,
	"internal/api":           60,
	"internal/cli":           71,
}

type position struct{ floor, room int }

func (p position) below(q position) bool {
	return p.floor < q.floor || p.floor == q.floor && p.room < q.room
}

// place finds a package's floor and room. A package of test helpers, such as
// internal/db/dbtest, stands in the room of the package it is named after.
func place(pkg string) (position, bool) {
	if parent, ok := helperOf(pkg); ok {
		pkg = parent
	}
	for f, rooms := range floors {
		for r, room := range rooms {
			if room == pattern(pkg) {
				return position{f, r}, true
			}
		}
	}
	return position{}, false
}

// helperOf reports the package that pkg helps to test: its parent, whose name
// it carries before "test".
func helperOf(pkg string) (string, bool) {
	parent := path.Dir(pkg)
	return parent, path.Base(pkg) == path.Base(parent)+"test"
}

// pattern is the package itself where a floor names it, else the starred room
// that would hold it.
func pattern(pkg string) string {
	for _, rooms := range floors {
		if slices.Contains(rooms, pkg) {
			return pkg
		}
	}
	return path.Dir(pkg) + "/*"
}

// isOutside reports whether pkg only builds or tests the house.
func isOutside(pkg string) bool {
	return slices.ContainsFunc(outside, func(o string) bool {
		ok, _ := path.Match(o, pkg)
		return ok
	})
}

// lookup finds a package's own line in a table, else that of its folder.
func lookup[V any](table map[string]V, pkg string) (V, bool) {
	if v, ok := table[pkg]; ok {
		return v, true
	}
	v, ok := table[path.Dir(pkg)+"/*"]
	return v, ok
}

func allows(allowed []string, imp string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		if a == "std" {
			first, _, _ := strings.Cut(imp, "/")
			_, ours := place(imp)
			return !strings.Contains(first, ".") && !ours && !isOutside(imp)
		}
		ok, _ := path.Match(a, imp)
		return ok || strings.HasPrefix(imp, a+"/") && !strings.HasPrefix(a, "internal/") && a != "connector"
	})
}
