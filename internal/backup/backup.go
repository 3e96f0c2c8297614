package backup

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Copy is one copy, as its place lists it.
type Copy struct {
	ID      string    `json:"id"` // "20260302T101500Z": when it was begun
	At      time.Time `json:"at"`
	File    string    `json:"file"`   // of the encrypted rows
	Bytes   int64     `json:"bytes"`  // of it
	SHA256  string    `json:"sha256"` // of it
	Rows    int64     `json:"rows"`
	Objects int       `json:"objects"`
	Logs    []Log     `json:"logs"`
	MadeBy  string    `json:"made_by"`
}

// Log is how far a log had come in a copy.
type Log struct {
	Org    string `json:"org"`
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"` // hex
}

const idForm = "20060102T150405Z"

func validID(id string) bool {
	t, err := time.Parse(idForm, id)
	return err == nil && t.Format(idForm) == id
}

// The names of a copy's files. The first is written last: without it there is no
// copy.
func fileOf(id string) string    { return "backups/" + id + ".json" }
func rowsOf(id string) string    { return "backups/" + id + ".rows.age" }
func objectsOf(id string) string { return "backups/" + id + ".objects" }

// Kept are the copies that stay, of those listed from the newest on.
func (k Keep) Kept(copies []Copy) map[string]bool {
	keep := map[string]bool{}
	week := func(t time.Time) string {
		y, w := t.ISOWeek()
		return fmt.Sprintf("%d/%d", y, w)
	}
	for _, rule := range []struct {
		most int
		of   func(time.Time) string
	}{
		{k.Last, func(t time.Time) string { return t.Format(time.RFC3339Nano) }},
		{k.Daily, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{k.Weekly, week},
		{k.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		seen := map[string]bool{}
		for i := range copies {
			of := rule.of(copies[i].At.UTC())
			if seen[of] || len(seen) >= rule.most {
				continue
			}
			seen[of], keep[copies[i].ID] = true, true
		}
	}
	return keep
}

// objectList reads the names of a copy's objects.
func objectList(text string) []string {
	list := strings.Fields(text)
	slices.Sort(list)
	return slices.Compact(list)
}
