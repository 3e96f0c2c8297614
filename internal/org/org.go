package org

import (
	"regexp"
	"strings"
	"time"

	"assay/internal/kit/fault"
)

// Org is one service organization.
type Org struct {
	ID        string
	Name      string
	Slug      string // for --org and links: lower case, digits, hyphens
	Service   string // what it provides, one sentence
	Zone      string // IANA name of the zone in which the present day is counted
	Zones     []Term // every zone there was and will be, oldest first
	Next      Term   // the zone to come; zero if none is planned
	Demo      bool
	Setup     string // step of the set-up that is still to do; empty when done
	CreatedAt time.Time
}

var slugChars = regexp.MustCompile(`[^a-z0-9]+`)

// slugOf makes a slug of a name.
func slugOf(name string) string {
	s := strings.Trim(slugChars.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if s == "" {
		return "org"
	}
	if len(s) > 40 {
		s = strings.Trim(s[:40], "-")
	}
	return s
}

// Valid checks what a person entered.
func (o *Org) Valid() error {
	var wrong []fault.Field
	if o.Name = strings.TrimSpace(o.Name); o.Name == "" || len(o.Name) > 200 {
		wrong = append(wrong, fault.Field{Name: "name", Text: "Give the organization's name, at most 200 characters."})
	}
	if len(o.Service) > 2000 {
		wrong = append(wrong, fault.Field{Name: "service", Text: "At most 2,000 characters."})
	}
	if _, err := time.LoadLocation(o.Zone); err != nil || o.Zone == "" || o.Zone == "Local" {
		wrong = append(wrong, fault.Field{Name: "zone", Text: "Give an IANA time zone such as Europe/Stockholm."})
	}
	if len(wrong) > 0 {
		return fault.Fields("The organization was not saved.", wrong...)
	}
	return nil
}
