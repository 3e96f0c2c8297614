package demo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// code is Larkspur's organization on GitHub.
func (w *world) code() system {
	return system{product: "github", title: "GitHub", lists: map[string]list{
		"github.pull_request": w.changes, "github.organization": w.organization, "github.branch": w.branches,
		"github.dependabot_alert": w.alerts,
	}}
}

const gitHost = "larkspur/"

func repositories() []string { return []string{"service", "web", "infrastructure"} }

func (w *world) organization(int) []row {
	return []row{{"5081277", fields{
		"name": "larkspur", "two_factor_required": true, "default_permission": "read", "members_create_public": false, "verified": true, "plan": "team", "single_sign_on": false, "single_sign_on_enforced": false, "audit_streams": 0,
		"owners": []string{gitID("sara.nystrom"), gitID("tom.okafor")},
	}}}
}

// gitID is the number of somebody's account.
func gitID(login string) string { return strconv.Itoa(3_000_000 + pick(1_000_000, "git", login)) }

func (w *world) branches(int) (out []row) {
	for i, name := range repositories() {
		out = append(out, row{strconv.Itoa(70_211_000+i) + "/main", fields{
			"name": gitHost + name + " main", "repository": gitHost + name, "branch": "main", "archived": false, "protected": true, "by": []string{"protection"},
			"pull_request_required": true, "required_approvals": 1, "reviews_bind_everybody": true, "stale_dismissed": true, "last_push_approved": true,
			"code_owners": false, "required_checks": []string{"lint", "test"}, "up_to_date": true, "force_push_blocked": true, "deletion_blocked": true, "signed": false,
		}})
	}
	return out
}

// alert is a weakness in something that Larkspur builds with: found one day,
// mended another, or not yet.
type alert struct {
	name, of, severity string
	found, fixed       int
}

func weaknesses() []alert {
	return []alert{
		{"CVE-2025-48121", "Go github.com/jackc/pgx/v5", "high", 12, 25},
		{"CVE-2026-10442", "npm webpack-dev-server", "critical", 71, 78},
		{"CVE-2026-15501", "Go golang.org/x/net", "high", 140, 162},
		{"CVE-2026-22310", "Go golang.org/x/crypto", "high", 208, 221},
		{"CVE-2026-27015", "npm form-data", "critical", 268, 272},
		{"CVE-2026-31402", "Go github.com/golang-jwt/jwt/v5", "critical", 346, 0},
	}
}

func (w *world) alerts(day int) (out []row) {
	for i, a := range weaknesses() {
		if day >= a.found && (a.fixed == 0 || day < a.fixed) {
			out = append(out, row{alertID(i), fields{
				"name": a.name, "repository": repositoryOf(&a), "package": a.of, "severity": a.severity, "found_at": w.at(a.found, 5, 0), "fix_available": true, "scope": "runtime",
			}})
		}
	}
	return out
}

func alertID(i int) string { return fmt.Sprintf("70211000/%d", 31+i) }

func repositoryOf(a *alert) string {
	if strings.HasPrefix(a.of, "npm") {
		return gitHost + "web"
	}
	return gitHost + "service"
}

const (
	changesPerYear = 520
	changesMore    = 1650 // for each further multiple: at 100 there are a million rows of facts and results
)

// yearly is how many changes the year has.
func (w *world) yearly() int { return changesPerYear + changesMore*(w.scale-1) }

// changes that went in up to and including a day, in the order of time.
func (w *world) changes(day int) []row {
	if w.merged == nil {
		for i := range w.yearly() {
			w.merged = append(w.merged, w.change(i))
		}
		slices.SortStableFunc(w.merged, func(a, b row) int { return a.at().Compare(b.at()) })
	}
	end, _ := slices.BinarySearchFunc(w.merged, w.at(day+1, 0, 0), func(r row, t time.Time) int { return r.at().Compare(t) })
	return w.merged[:end]
}

// change is a pull request that was merged.
func (w *world) change(i int) row {
	authors := []string{"sara.nystrom", "ines.moreau", "aiko.tanaka", "liam.byrne", "fatima.zahra", "mateo.silva", "daniel.kim", "dana.kowalski"}
	total := w.yearly()
	d := i * begun / total
	if weekday := w.date(d).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		d = min(d+2, begun-1) // nobody releases on a weekend
	}
	a := pick(len(authors), "author", i)
	m := (a + 1 + pick(len(authors)-1, "merger", i)) % len(authors)
	reviewed := w.scale > 1 || i != unreviewedA*total/begun+1 && i != unreviewedB*total/begun+1
	at := w.at(d, 9+pick(8, "hour", i), pick(60, "minute", i))
	f := fields{
		"at": at, "repository": gitHost + repositories()[pick(3, "repository", i)], "number": i + 4000,
		"title": []string{"Fix", "Add", "Change", "Remove", "Update"}[pick(5, "verb", i)] + " " +
			[]string{"invoice export", "login page", "rate limits", "search index", "audit view", "worker queue", "order import", "webhooks"}[pick(8, "noun", i)] +
			" (#" + strconv.Itoa(i+4000) + ")",
		"opened_at": at.Add(-time.Duration(20+pick(600, "open", i)) * time.Minute), "branch": "main",
		"head": fmt.Sprintf("%08x%032x", pick(1<<31, "head", i), i), "merge": fmt.Sprintf("%08x%032x", pick(1<<31, "merge", i), i),
		"author": authors[a], "author_key": gitID(authors[a]), "merged_by": authors[m], "merged_by_key": gitID(authors[m]), "automated": false, "self_merged": false,
		"approvals": []any{}, "reviewed": reviewed, "reviewed_latest": reviewed, "tests": 2, "tested": true, "issues": 1,
	}
	if reviewed {
		f["approvals"] = []any{map[string]any{"by_key": gitID(authors[m]), "at": at.Add(-time.Duration(3+pick(15, "approved", i)) * time.Minute), "latest": true}}
	}
	return row{strconv.Itoa(90_400_000 + i), f}
}
