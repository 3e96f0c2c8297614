package web

import (
	"fmt"
	"strings"
	"time"

	"assay/internal/rule"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
)

// The states as pictures and badges show them.

func drawn(s standing.State) chart.State {
	switch s {
	case standing.Deviation:
		return chart.Deviation
	case standing.NoEvidence:
		return chart.None
	case standing.Failing:
		return chart.Failing
	case standing.Fixed:
		return chart.Fixed
	case standing.Operated:
		return chart.Operated
	case standing.NotDue:
		return chart.NotDue
	}
	return chart.None
}

func groupBadge(group string, sum standing.Summary) view.Badge {
	switch group {
	case standing.GroupDeviation.String():
		return view.Badge{State: view.Fail, Label: plural(max(sum.Deviations, 1), "deviation")}
	case standing.GroupActionNeeded.String():
		return view.Badge{State: view.Warn, Label: "Action needed"}
	case standing.GroupOperated.String():
		return view.Badge{State: view.Pass, Label: "Operated"}
	}
	return view.Badge{State: view.None, Label: "Not due"}
}

func runBadge(s rule.Status, reason rule.Reason) view.Badge {
	switch s {
	case rule.Pass:
		return view.Badge{State: view.Pass, Label: "Pass"}
	case rule.Fail:
		return view.Badge{State: view.Fail, Label: "Failing"}
	case rule.Excluded:
		return view.Badge{State: view.None, Label: "Excluded"}
	case rule.NoOccurrence:
		return view.Badge{State: view.None, Label: "No occurrence"}
	case rule.Unknown, rule.Out:
	}
	return view.Badge{State: view.None, Label: "Unknown: " + reasonWord(reason)}
}

func reasonWord(r rule.Reason) string {
	switch r {
	case rule.NoCollection:
		return "never collected"
	case rule.Stale:
		return "stale"
	case rule.Incomplete:
		return "incomplete"
	case rule.Disagree:
		return "sources disagree"
	case rule.Error:
		return "could not be read"
	case rule.NoReason:
	}
	return "not judged"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "y") && !strings.HasSuffix(word, "ay") {
		return view.Num(n) + " " + strings.TrimSuffix(word, "y") + "ies"
	}
	return view.Num(n) + " " + word + "s"
}

// ago is the distance of a time from now, in words.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	if d < 0 {
		return "in " + span(-d)
	}
	return span(d) + " ago"
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return plural(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return plural(int(d/time.Hour), "hour")
	}
	return plural(int(d/(24*time.Hour)), "day")
}

func dateSpan(from, to standing.Date) string {
	a, b := from.Start(time.UTC), (to - 1).Start(time.UTC)
	if from == to-1 {
		return a.Format("2 Jan")
	}
	if a.Month() == b.Month() && a.Year() == b.Year() {
		return fmt.Sprintf("%d–%s", a.Day(), b.Format("2 Jan"))
	}
	return a.Format("2 Jan") + " – " + b.Format("2 Jan")
}

// checkDef is a check of the catalog.
type checkDef = rule.Definition
