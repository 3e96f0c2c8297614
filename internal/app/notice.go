package app

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/notice"
	"assay/internal/siem"
	"assay/internal/suite"
	"assay/internal/trail"
)

// events are what leads are told of at once: connections that bring nothing, who
// was made a lead, and rows that do not agree with the log; and what people are told
// of themselves: that they signed in from elsewhere.
func events(s *suite.Suite) func(ctx context.Context, org string) ([]notice.Event, error) {
	return func(ctx context.Context, org string) ([]notice.Event, error) {
		who := access.Job(org, "notice")
		list, err := s.Connectors.List(ctx, who)
		if err != nil {
			return nil, err
		}
		var out []notice.Event
		for i := range list {
			if c := &list[i]; !c.Register && c.Overdue(s.Now()) {
				out = append(out, notice.Event{
					Key:   "connection/" + c.ID + "/" + strconv.FormatInt(c.Since().Unix(), 10),
					Title: fmt.Sprintf("%s has brought nothing since %s", c.Name, c.Since().UTC().Format("2 Jan 15:04 UTC")),
					Why:   "It is to bring something every " + c.Every.String() + ". What its checks are about is unknown once the last collection is too old.",
					Href:  "/connectors/" + c.ID,
				})
			}
		}
		grant, err := who.May(access.OrgRead)
		if err != nil {
			return nil, err
		}
		return out, s.DB.Read(ctx, grant, func(tx *db.Tx) error {
			more, err := recorded(tx)
			out = append(out, more...)
			return err
		})
	}
}

// recorded are the events of the last day that the trail and the queue tell of.
func recorded(tx *db.Tx) (out []notice.Event, err error) {
	acts, err := trail.List(tx, trail.Filter{Noun: "user", From: tx.Now().Add(-24 * time.Hour), Limit: 200})
	if err != nil {
		return nil, err
	}
	for i := range acts {
		if a := &acts[i]; strings.HasSuffix(a.Detail["role"], "→ "+string(access.RoleLead)) {
			out = append(out, notice.Event{
				Key: "lead/" + a.ID, Title: a.Label + " was made a lead", Why: "By " + a.Name + ". A lead may do everything in the organization but approve their own.", Href: "/settings/users",
			})
		}
	}
	seen, err := arrived(tx)
	if err != nil {
		return nil, err
	}
	out = append(out, seen...)
	jobs, err := job.Recent(tx, 50)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		if j := &jobs[i]; j.Name == jobCompare && j.State == job.Failed {
			out = append(out, notice.Event{
				Key: "compare/" + j.ID, Title: "What is stored does not agree with the log", Why: "Somebody changed what had been sealed, or the store is damaged. The page says what was found.", Href: "/log",
			})
		}
	}
	away, err := siem.Failing(tx, siemPatience)
	for i := range away {
		d := &away[i]
		out = append(out, notice.Event{
			Key: "siem/" + d.ID + "/" + strconv.FormatInt(d.Since.Unix(), 10), Title: d.Name + " has taken no entries of the trail since " + d.Since.UTC().Format("2 Jan 15:04 UTC"),
			Why: "Nothing is lost: it gets everything once it takes entries again. " + d.Problem + ".", Href: "/settings/siem",
		})
	}
	return out, err
}

// arrived are the sign-ins of the last day from where the user had not signed in
// before, each told to that user alone.
func arrived(tx *db.Tx) (out []notice.Event, err error) {
	const most = 1000 // of one page; a day may have many
	f := trail.Filter{Noun: "user", Action: "session.begin", From: tx.Now().Add(-24 * time.Hour), Limit: most}
	for {
		acts, err := trail.List(tx, f)
		if err != nil {
			return nil, err
		}
		for i := range acts {
			if a := &acts[i]; a.Detail["device"] == "new" {
				out = append(out, notice.Event{
					Key: "device/" + a.ID, User: a.Object, Title: "New sign-in to your account",
					Why: fmt.Sprintf("On %s from %s, with %s. You had not signed in from there before. If it was you, there is nothing to do. If not: sign it out on the page below, change your password, and tell a lead.",
						a.At.UTC().Format("2 Jan 2006 15:04 UTC"), cmp.Or(a.Address, "an address that is not known"), cmp.Or(a.Detail["agent"], "a browser that does not say which")),
					Href: "/settings/me",
				})
			}
		}
		if len(acts) < most {
			return out, nil
		}
		f.Before = acts[len(acts)-1].ID
	}
}

// siemPatience is how long a SIEM may be away before leads are told.
const siemPatience = time.Hour
