package web

import (
	"fmt"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

const neededRows = 8

// neededRow is something that must happen, and since or until when.
type neededRow struct {
	page.NeededRow
	at time.Time
}

// sources are the connections that bring nothing.
func (s *Server) sources(r *request) (rows []neededRow, err error) {
	if !r.who.Can(access.ConnectorRead) {
		return nil, nil
	}
	list, err := s.Suite.Connectors.List(r.Context(), r.who)
	for i := range list {
		c := &list[i]
		if !c.Troubled(r.now) {
			continue
		}
		sub := "No collection has run to its end yet"
		if !c.Success.IsZero() {
			sub = "Last collected " + ago(r.now, c.Success)
		}
		rows = append(rows, neededRow{at: c.Since(), NeededRow: page.NeededRow{
			Title: c.Name + " is not collected", Href: connectionHref(c.ID), Sub: sub,
			Due: view.Due{Text: "now", State: view.Fail}, Action: view.Action{Label: "Look", More: " at " + c.Name, Href: connectionHref(c.ID)},
		}})
	}
	return rows, err
}

// needed is what must happen, first due first.
func (s *Server) needed(r *request, o control.Overview, checks []check.Summary) (*page.NeededCard, error) {
	rows, err := s.sources(r)
	if err != nil {
		return nil, err
	}
	for i := range o.Controls {
		c := &o.Controls[i]
		for _, l := range c.Standing.Lanes {
			for _, occ := range l.Occurrences {
				if occ.Outcome != standing.Open && occ.Outcome != standing.Missed {
					continue
				}
				end := (occ.Last + 1).Start(r.loc)
				rows = append(rows, neededRow{at: end, NeededRow: page.NeededRow{
					Title: laneTitle(&c.Version, l.Key), Href: "/controls/" + c.Control + "?tab=activities", Sub: "Due " + occ.Due.Start(time.UTC).Format("2 Jan 2006"),
					Control: view.Ref{Label: c.Control, Href: "/controls/" + c.Control}, Owner: view.Who{Name: ownerOf(&c.Version)},
					Due: due(r, end), Action: view.Action{Label: "Record", More: " " + c.Control, Href: "/controls/" + c.Control + "/perform?lane=" + queryEscape(l.Key) + "&due=" + occ.Due.String()},
				}})
			}
		}
	}
	for i := range checks {
		c := &checks[i]
		if c.Failing == 0 {
			continue
		}
		rows = append(rows, neededRow{at: c.Oldest.Since, NeededRow: page.NeededRow{
			Title: c.Title, Href: "/checks/" + c.ID, Sub: fmt.Sprintf("%s failing, the oldest since %s", plural(c.Failing, "resource"), r.moment(c.Oldest.Since)),
			Control: firstControl(o, c.ID), Owner: ownerOfCheck(o, c.ID), Due: view.Due{Text: "now", State: view.Fail}, Action: view.Action{Label: "Fix", More: " " + c.Title, Href: "/checks/" + c.ID},
		}})
	}
	slices.SortStableFunc(rows, func(a, b neededRow) int { return a.at.Compare(b.at) })
	card := &page.NeededCard{Title: "What is needed", Count: view.Num(len(rows)), Hint: "Ordered by date."}
	for i := range rows[:min(len(rows), neededRows)] {
		card.Rows = append(card.Rows, rows[i].NeededRow)
	}
	if len(rows) > neededRows {
		card.All = view.Ref{Label: fmt.Sprintf("All %d", len(rows)), Href: "/tasks"}
	}
	if len(rows) == 0 {
		card.Empty = &view.Empty{Kind: view.NoneGood, Title: "Nothing is needed now", Text: view.Say("No activity is due, no check fails and every source is collected.")}
	}
	return card, nil
}

func due(r *request, end time.Time) view.Due {
	d := view.Due{Text: end.Add(-time.Second).In(r.loc).Format("2 Jan"), Sub: ago(r.now, end)}
	switch left := end.Sub(r.now); {
	case left < 24*time.Hour:
		d.State = view.Fail
	case left < 7*24*time.Hour:
		d.State = view.Warn
	}
	return d
}
