package duty_test

import (
	"slices"
	"testing"

	"assay/internal/access"
	"assay/internal/duty"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/task"
)

// What lies ahead comes besides what waits: occurrences of the period, evidence to renew,
// tasks, and the last day of the period.
func TestWhatComes(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.control()
		h.must(h.Tasks.Ask(ctx, h.lead, task.Task{Title: "Send the chart", Assignee: h.owner.ID, DueOn: standing.NewDate(2026, 8, 20)}))
		_, err := h.Evidence.Attest(ctx, h.owner, evidence.Details{
			Title: "The book", Controls: []string{"LK-01"}, Frequency: standing.Quarterly, From: standing.NewDate(2026, 4, 1), To: standing.NewDate(2026, 6, 15),
		}, "I have read the book of the quarter and found it whole.")
		h.must(err)
		coming := func(who access.Actor, everybody bool, until standing.Date) []duty.Duty {
			t.Helper()
			list, err := h.Duties.Coming(ctx, who, everybody, until)
			h.must(err)
			return list
		}
		today := standing.NewDate(2026, 6, 15)
		all, err := h.Duties.All(ctx, h.lead)
		h.must(err)
		if got, want := says(coming(h.lead, true, today)), says(all); got != want {
			t.Errorf("by today comes\n%s\nand waits\n%s", got, want)
		}
		far := coming(h.lead, true, today+400)
		for _, want := range []string{
			"activity: Walk the room by 06-12!", "activity: Walk the room by 07-12", "activity: Walk the room by 08-12", "asked: Send the chart by 08-20", "evidence: Add evidence again: The book by 09-22",
		} {
			if !slices.ContainsFunc(far, func(d duty.Duty) bool { return says([]duty.Duty{d}) == want }) {
				t.Errorf("%q does not come:\n%s", want, says(far))
			}
		}
		sc, err := h.Programs.Get(ctx, h.lead, "")
		h.must(err)
		last := slices.IndexFunc(far, func(d duty.Duty) bool { return d.Kind == duty.Milestone && d.DueOn == sc.To-1 })
		if last < 0 {
			t.Errorf("the end of the period does not come:\n%s", says(far))
		}
		waiting := slices.DeleteFunc(slices.Clone(far), func(d duty.Duty) bool { return d.Ahead })
		if got, want := says(waiting), says(all); got != want {
			t.Errorf("of what comes waits\n%s\nand\n%s", got, want)
		}
		before := 0
		for _, days := range []standing.Date{0, 10, 30, 100, 400} {
			list := coming(h.lead, true, today+days)
			for i := range list {
				if d := &list[i]; d.Kind != duty.Asked && d.DueOn > today+days+7 { // an open window ends a week after
					t.Errorf("by day %d comes %s", days, says(list[i:i+1]))
				}
			}
			if len(list) < before {
				t.Errorf("by day %d come %d, and before %d", days, len(list), before)
			}
			before = len(list)
		}
		if list := coming(h.second, false, today+400); !slices.ContainsFunc(list, func(d duty.Duty) bool { return d.Title == "Walk the room" }) {
			t.Error("a lead does not answer for everything")
		}
		_, err = h.Duties.Coming(ctx, h.auditor, true, today)
		h.want(fault.Forbidden, err)
	})
}
