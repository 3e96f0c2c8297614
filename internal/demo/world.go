package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
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

	merged []row // changes, made on first use
}

// The story, by day of the period.
// lateLeaver is whose account was on after the last day.
const lateLeaver = "Jonas Weber"

const (
	januaryLapse, januaryFixed = 44, 46   // a host misses its updates, fixed in time
	gapFrom, gapTo             = 73, 75   // the directory's token expired
	augustLapse, augustFixed   = 262, 267 // another host misses its updates, fixed in time
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

func (h *human) email() string { return h.login() + "@larkspur.example" }

func (h *human) login() string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(h.name), " ", "."), "ö", "o")
}

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
		h("Ines Moreau", "Backend Engineer", "Engineering", -620, 0), h(lateLeaver, "Backend Engineer", "Engineering", -210, leaverEnds),
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
