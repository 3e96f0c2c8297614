package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/standing"
)

// length of the period in days, and how many of them have begun.
const (
	periodDays = 365
	begun      = 356
)

// world is Larkspur on every day of its year. Day 0 is the first of the
// period; what happened when is in the constants below.
type world struct {
	start standing.Date
	zone  *time.Location
	scale int

	merged []change // made on first use
}

// The story, by day of the period.
const (
	januaryLapse, januaryFixed = 44, 46   // a host misses its updates, fixed in time
	gapFrom, gapTo             = 73, 75   // the directory's token expired
	haasFrom, haasTo           = 96, 108  // a contractor without a second factor, past the limit
	chainLost, chainMended     = 132, 134 // a certificate was renewed by hand without its chain, mended in time
	leaverEnds, leaverOff      = 219, 222 // access removed two days late
	restoreDue, restoreDone    = 181, 198 // the June restore test, seventeen days late
	unreviewedA, unreviewedB   = 281, 294 // September
	octoberLapse, octoberFixed = 306, 308 // second factor off for a person, fixed in time
	legacyFrom                 = begun - 27
	openLapse                  = begun - 3 // two console users without a second factor, now
)

// pick is a number below n that depends on the words alone.
func pick(n int, words ...any) int {
	sum := sha256.Sum256([]byte(fmt.Sprint(words...)))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(n)) //nolint:gosec // n is small and positive
}

func (w *world) date(day int) standing.Date { return w.start + standing.Date(day) }

// at is an instant of a day, local time.
func (w *world) at(day, hour, minute int) time.Time {
	return w.date(day).Start(w.zone).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// human is somebody who works at Larkspur.
type human struct {
	name, title, group string
	contractor         bool
	from, to           int // days of the period; from below 0: before it; to 0: still here
}

func (h *human) email() string {
	return strings.ToLower(strings.NewReplacer(" ", ".", "ö", "o", "é", "e", "ø", "o", "ü", "u").Replace(h.name)) + "@larkspur.example"
}

func (h *human) login() string { return strings.TrimSuffix(h.email(), "@larkspur.example") }

// managerOf is the address of somebody's manager; the head has none.
func managerOf(h *human) string {
	leads := map[string]string{
		"Security": "Priya Raman", "Engineering": "Sara Nyström", "People": "Elena Duarte", "Support": "Maya Singh", "Product": "Chloe Martin",
		"Sales": "Noah Fischer", "Finance": "Erik Holm", "Legal": "Marcus Lindqvist", "Marketing": "Sofia Gonzalez", "Management": "",
	}
	name := leads[h.group]
	if name == h.name {
		name = "Marcus Lindqvist"
	}
	if name == "" {
		return ""
	}
	return (&human{name: name}).email()
}

func humans() []human {
	h := func(name, title, group string, from, to int) human {
		return human{name: name, title: title, group: group, from: from, to: to}
	}
	list := []human{
		h("Marcus Lindqvist", "CEO", "Management", -1400, 0), h("Priya Raman", "Security Lead", "Security", -900, 0),
		h("Tom Okafor", "Head of Infrastructure", "Engineering", -1100, 0), h("Elena Duarte", "Head of People", "People", -700, 0),
		h("Hugo Bianchi", "Support Engineer", "Support", 329, 0), h("Sara Nyström", "Engineering Lead", "Engineering", -1000, 0),
		h("Dana Kowalski", "Platform Engineer", "Engineering", -400, 0), h("Miguel Ortiz", "Platform Engineer", "Engineering", -380, 0),
		h("Ines Moreau", "Backend Engineer", "Engineering", -620, 0), h("Jonas Weber", "Backend Engineer", "Engineering", -210, leaverEnds),
		h("Aiko Tanaka", "Backend Engineer", "Engineering", -150, 0), h("Liam Byrne", "Frontend Engineer", "Engineering", -330, 0),
		h("Fatima Zahra", "Frontend Engineer", "Engineering", -95, 0), h("Oskar Nilsen", "Data Engineer", "Engineering", -505, 0),
		h("Grace Adeyemi", "QA Engineer", "Engineering", -260, 0), h("Pavel Novak", "QA Engineer", "Engineering", -410, 151),
		h("Chloe Martin", "Product Manager", "Product", -390, 0), h("Ravi Menon", "Product Manager", "Product", 62, 0),
		h("Hanna Virtanen", "Designer", "Product", -180, 0), h("Ben Carter", "Account Executive", "Sales", -300, 0),
		h("Yasmin Haddad", "Account Executive", "Sales", -120, 0), h("Noah Fischer", "Sales Lead", "Sales", -560, 0),
		h("Julia Santos", "Customer Success", "Support", -240, 0), h("Peter Ivanov", "Customer Success", "Support", -75, 264),
		h("Maya Singh", "Support Lead", "Support", -640, 0), h("Erik Holm", "Finance Lead", "Finance", -850, 0),
		h("Laura Rossi", "Accountant", "Finance", -290, 0), h("Samuel Osei", "Legal Counsel", "Legal", -170, 0),
		h("Nina Petrova", "Recruiter", "People", 118, 0), h("David Cohen", "Site Reliability Engineer", "Engineering", -480, 0),
		h("Amara Diallo", "Site Reliability Engineer", "Engineering", 177, 0), h("Viktor Larsen", "Backend Engineer", "Engineering", 233, 0),
		h("Sofia Gonzalez", "Marketing Lead", "Marketing", -520, 0), h("Kenji Mori", "Marketing", "Marketing", -140, 0),
		h("Emma Dubois", "Office Manager", "People", -730, 0), h("Arjun Patel", "Security Engineer", "Security", -85, 0),
		h("Klara Svensson", "Data Analyst", "Product", 290, 0), h("Mateo Silva", "Backend Engineer", "Engineering", -310, 0),
		h("Zoe Papadopoulos", "Support Engineer", "Support", -60, 0), h("Daniel Kim", "Frontend Engineer", "Engineering", -455, 0),
	}
	r := h("Robin Haas", "Contractor, migration", "Engineering", 95, 206)
	r.contractor = true
	return append(list, r)
}

// lastDay is the last day on which somebody signs in.
func lastDay(h *human) int {
	if h.to == 0 {
		return periodDays
	}
	return h.to
}

// accounts of the directory: who may sign in, and how.
func (w *world) accounts(day int) (out []map[string]any) {
	for _, h := range humans() {
		if day < h.from {
			continue
		}
		enabled := h.to == 0 || day <= h.to
		if h.name == "Jonas Weber" && day <= leaverOff {
			enabled = true
		}
		mfa := true
		if h.name == "Robin Haas" && day >= haasFrom && day <= haasTo || h.name == "Ben Carter" && day >= octoberLapse && day < octoberFixed {
			mfa = false
		}
		out = append(out, map[string]any{
			"id": "u-" + h.login(), "name": h.login(), "email": h.email(), "holder": "person", "enabled": enabled, "mfa": mfa,
			"admin": h.name == "Tom Okafor" || h.name == "Priya Raman", "created_at": w.at(max(h.from, -1400), 9, 0),
			"last_used_at": w.at(max(min(day, lastDay(&h))/7*7, h.from), 8, 30),
		})
	}
	for i := range (w.scale - 1) * 131 {
		out = append(out, map[string]any{
			"id": fmt.Sprintf("s-%05d", i), "name": fmt.Sprintf("svc-%05d", i), "email": fmt.Sprintf("svc-%05d@larkspur.example", i),
			"holder": "service", "enabled": true, "mfa": false, "admin": false, "created_at": w.at(-100, 9, 0),
		})
	}
	return out
}

// consoles are the users of the cloud's console.
func (w *world) consoles(day int) (out []map[string]any) {
	for _, name := range []string{"tom.okafor", "dana.kowalski", "miguel.ortiz", "david.cohen", "sara.nystrom", "arjun.patel", "ci-legacy"} {
		mfa, email := true, name+"@larkspur.example"
		if day >= openLapse && (name == "dana.kowalski" || name == "miguel.ortiz") {
			mfa = false
		}
		if name == "ci-legacy" { // has a console password since its migration, and Tom answers for it
			if day < legacyFrom {
				continue
			}
			mfa, email = false, "tom.okafor@larkspur.example"
		}
		out = append(out, map[string]any{
			"id": "AIDA" + strings.ToUpper(strings.NewReplacer(".", "", "-", "").Replace(name)), "name": name, "email": email,
			"holder": "person", "enabled": true, "mfa": mfa, "admin": name == "tom.okafor", "created_at": w.at(-300, 9, 0),
			"last_used_at": w.at(day/7*7, 8, 45),
		})
	}
	return out
}

// servers of production.
func (w *world) servers(day int) (out []map[string]any) {
	for i := range 24 * w.scale {
		role := []string{"api", "worker", "db", "edge"}[i%4]
		name := fmt.Sprintf("%s-%02d", role, i/4+1)
		pending := 0
		if i == 4 && day >= januaryLapse && day < januaryFixed || i == 0 && day >= 262 && day < 267 {
			pending = 3
		}
		out = append(out, map[string]any{
			"id": fmt.Sprintf("i-%08x", pick(1<<31, "server", i)) + strconv.Itoa(i), "name": name, "os": "Debian 12", "disk_encrypted": true, "firewall": true,
			"time_synced": true, "security_updates_pending": pending,
		})
	}
	return out
}

// stores hold customers' data.
func (w *world) stores(int) (out []map[string]any) {
	for i := range 12 * w.scale {
		name := []string{"orders", "customers", "invoices", "sessions", "exports", "attachments", "audit", "backups", "analytics", "search", "queues", "config"}[i%12]
		if i >= 12 {
			name = fmt.Sprintf("%s-%d", name, i/12)
		}
		out = append(out, map[string]any{"id": fmt.Sprintf("ds-%04d", i), "name": name, "encrypted": true, "public": false, "backed_up": true})
	}
	return out
}

// rules of the boundary.
func (w *world) rules(int) (out []map[string]any) {
	for i, port := range []int{80, 443, 443, 22, 5432, 6379, 9090, 443} {
		out = append(out, map[string]any{
			"id": fmt.Sprintf("sgr-%03d", i), "name": fmt.Sprintf("rule %d", i), "direction": "in", "protocol": "tcp", "port": port,
			"open_to_all": port == 80 || port == 443,
		})
	}
	return out
}

// findings of the scanner: found one day, fixed another.
func (w *world) findings(day int) (out []map[string]any) {
	for i, f := range []struct {
		name, component, severity string
		found, fixed              int
	}{
		{"CVE-2025-48121", "openssl", "high", 12, 25},
		{"CVE-2026-10442", "libxml2", "critical", 71, 78},
		{"CVE-2026-15501", "nginx", "high", 140, 162},
		{"CVE-2026-22310", "postgresql", "high", 208, 221},
		{"CVE-2026-27015", "sudo", "critical", 268, 272},
		{"CVE-2026-31402", "api-gateway", "critical", 346, 0},
	} {
		if day < f.found || f.fixed > 0 && day >= f.fixed {
			continue
		}
		out = append(out, map[string]any{
			"id": fmt.Sprintf("vf-%03d", i), "name": f.name, "component": f.component, "severity": f.severity, "found_at": w.at(f.found, 5, 0), "fix_available": true,
		})
	}
	return out
}

const (
	changesPerYear = 1318
	changesMore    = 1650 // for each further multiple: at 100 there are a million rows of facts and results
)

// yearly is how many changes the year has.
func (w *world) yearly() int { return changesPerYear + changesMore*(w.scale-1) }

// changes that went in up to and including a day, in the order of time.
func (w *world) changes(day int) []map[string]any {
	if w.merged == nil {
		for i := range w.yearly() {
			w.merged = append(w.merged, w.change(i))
		}
		slices.SortStableFunc(w.merged, func(a, b change) int { return a.at.Compare(b.at) })
	}
	var out []map[string]any
	for _, c := range w.merged {
		if c.day <= day {
			out = append(out, c.fields)
		}
	}
	return out
}

type change struct {
	day    int
	at     time.Time
	fields map[string]any
}

func (w *world) change(i int) change {
	authors := []string{"sara.nystrom", "ines.moreau", "aiko.tanaka", "liam.byrne", "fatima.zahra", "mateo.silva", "daniel.kim", "dana.kowalski"}
	total := w.yearly()
	d := i * begun / total
	if weekday := w.date(d).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		d = min(d+2, begun-1) // nobody releases on a weekend
	}
	a := pick(len(authors), "author", i)
	m := (a + 1 + pick(len(authors)-1, "merger", i)) % len(authors)
	unreviewed := w.scale == 1 && (i == unreviewedA*total/begun+1 || i == unreviewedB*total/begun+1)
	at := w.at(d, 9+pick(8, "hour", i), pick(60, "minute", i))
	return change{d, at, map[string]any{
		"id": fmt.Sprintf("pr-%d", i+4000), "at": at,
		"title": fmt.Sprintf("#%d %s %s", i+4000, []string{"Fix", "Add", "Change", "Remove", "Update"}[pick(5, "verb", i)],
			[]string{"invoice export", "login page", "rate limits", "search index", "audit view", "worker queue", "order import", "webhooks"}[pick(8, "noun", i)]),
		"author": authors[a], "merged_by": authors[m], "reviewed": !unreviewed, "tested": true, "direct": false,
		"emergency": !unreviewed && pick(90, "emergency", i) == 0,
	}}
}
