package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/standing"
	"assay/internal/task"
)

// A month shows what falls into it; the present one also what is late and what has no day.
func TestCalendar(t *testing.T) {
	h := newHouse(t) // on 15 June 2026
	h.get("", "/calendar").leads("/signin?next=%2Fcalendar")
	h.activity()
	who := access.Console(h.org.ID)
	for title, day := range map[string]standing.Date{"Send the chart": standing.NewDate(2026, 8, 20), "Some day": 0, "Buy a <b>lock": standing.NewDate(2026, 5, 4)} {
		if err := h.suite.Tasks.Ask(t.Context(), who, task.Task{Title: title, Assignee: h.users[owner], DueOn: day}); err != nil {
			t.Fatal(err)
		}
	}
	body := h.get(owner, "/calendar").is(http.StatusOK, "June 2026", "Restore a backup", "No day set", "Some day", "Late since 4 May 2026", "Buy a &lt;b&gt;lock", "Month after").lacks("Send the chart", "Month before").Body.String()
	if late, none := strings.Index(body, `id="d-2026-05-04"`), strings.Index(body, `id="d-none"`); late < 0 || none < late {
		t.Error("what is late does not come before what has no day")
	}
	h.get(owner, "/calendar?month=2026-08").is(http.StatusOK, "August 2026", "Send the chart", "1 thing on 20 Aug 2026", `href="#d-2026-08-20"`, "Month before").lacks("Some day", "Buy a")
	h.get(owner, "/calendar?month=2026-09").is(http.StatusOK, "September 2026", "Restore a backup", "Ahead")
	h.get(owner, "/calendar?month=2026-12").is(http.StatusOK, "The period of", "Day to know")
	h.get(owner, "/calendar?month=2026-08&type=activity").is(http.StatusOK).lacks("Send the chart")
	h.get(owner, "/calendar?month=2027-05").is(http.StatusOK, "Nothing in May 2027")
	h.get(owner, "/calendar?month=2027-06").is(http.StatusOK).lacks("Month after")
	for _, bad := range []string{"2026-13", "x", "99999-01", "2026-08-01", "%00"} {
		h.get(owner, "/calendar?month="+bad).is(http.StatusUnprocessableEntity, "is no month")
	}
	h.get(lead, "/calendar").is(http.StatusOK, "for you", "everybody’s").lacks("Some day")
	h.get(lead, "/calendar?whose=all").is(http.StatusOK, "for anybody", "Some day")
	h.get(viewer, "/calendar").is(http.StatusOK, "for you").lacks("Some day", "everybody’s")
	h.get(viewer, "/calendar?whose=all").is(http.StatusForbidden)
	h.get(heron, "/calendar?month=2026-08").is(http.StatusOK).lacks("Send the chart")
	h.get(owner, "/calendar?format=json&q=chart").is(http.StatusOK, `"day": "2026-08-20"`, `"title": "Send the chart"`).lacks("Some day")
	h.get(owner, "/calendar?format=csv").is(http.StatusOK, "2026-05-04,Buy a <b>lock")
}
