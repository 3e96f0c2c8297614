package web

import (
	"fmt"

	"assay/internal/engagement"
	"assay/internal/register"
	"assay/internal/web/view"
)

// sheetFace is the face of the firm's tests.
func sheetFace() face {
	return face{
		nav: "sheets", columns: []string{"control", "rows", "left", "deviated", "outcome"}, answer: sheetAnswer,
		empty: "The firm plans a test of a control here: which procedures, which attributes, and of which items. Where a check covers an attribute, its sealed verdicts on the very items are filled in.",
	}
}

func sheetAnswer(_ *registerPage, l *register.Listing) view.Text {
	n, out := l.Counts["state"], l.Counts["outcome"]
	t := view.Text{view.B(fmt.Sprintf("%d of %s", n[engagement.SheetReviewed], plural(l.All-n[engagement.SheetOff], "test"))), view.T(" reviewed")}
	if n := n[engagement.SheetPrepared]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d prepared", n)))
	}
	if n := out[engagement.Deviations]; n > 0 {
		t = append(t, view.T(", "), view.B(view.Num(n)), view.T(" with deviations"))
	}
	if n := out[engagement.NoOccurrence]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d of what did not occur", n)))
	}
	return append(t, view.T("."))
}
