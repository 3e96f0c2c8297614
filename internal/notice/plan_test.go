package notice

import (
	"strings"
	"testing"
	"time"

	"assay/internal/duty"
	"assay/internal/task"
)

func situate(now time.Time, mine ...duty.Duty) *situation {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return &situation{Org: "Larkspur", Origin: "https://assay.example.com", Now: now, Zone: zone, Mine: mine, Told: map[said]bool{}}
}

func thing(id string, kind duty.Kind, due time.Time) duty.Duty {
	return duty.Duty{Task: task.Task{ID: id, Title: "Do " + id, Control: "IAM-09"}, Kind: kind, Due: due}
}

// A duty is mentioned as it comes nearer, once at each step, and on no day between.
func TestADutyIsMentionedAsItComesNearer(t *testing.T) {
	due := time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC) // midnight in Stockholm
	r := &recipient{User: "usr_1", Address: "tom@example.com", Hour: 8}
	told := map[said]bool{}
	var days []int
	for left := 30; left >= -6; left-- {
		s := situate(due.AddDate(0, 0, -left).Add(-15*time.Hour), thing("due_1", duty.Approval, due)) // nine in the morning
		s.Told = told
		p := planFor(r, s)
		for _, tell := range p.Tells {
			told[tell] = true
		}
		if len(p.Messages) > 0 {
			days = append(days, left)
		}
	}
	// when it appears, within 14 and 3 days, on its last day, once it is late, and late for three days
	want := []int{30, 13, 2, 0, -1, -4}
	if len(days) != len(want) {
		t.Fatalf("written %v days before, want %v", days, want)
	}
	for i := range want {
		if days[i] != want[i] {
			t.Fatalf("written %v days before, want %v", days, want)
		}
	}
}

func TestTheHourIsThePersonsOwn(t *testing.T) {
	s := situate(time.Date(2026, 6, 15, 5, 59, 0, 0, time.UTC), thing("due_1", duty.Policy, time.Time{})) // 07:59
	r := &recipient{User: "usr_1", Hour: 8}
	if p := planFor(r, s); len(p.Messages) != 0 {
		t.Errorf("written before eight: %+v", p.Messages)
	}
	s.Now = s.Now.Add(time.Minute)
	p := planFor(r, s)
	if len(p.Messages) != 1 || p.Messages[0].Subject != "Larkspur: 1 thing waits for you" || p.Messages[0].Key != "digest/usr_1/2026-06-15" {
		t.Errorf("at eight: %+v", p.Messages)
	}
	s.Digested = true
	if p := planFor(r, s); len(p.Messages) != 0 {
		t.Error("written twice a day")
	}
}

func TestWhatDeviatesWithinADayIsSaidAtOnce(t *testing.T) {
	now := time.Date(2026, 6, 15, 20, 0, 0, 0, time.UTC)
	r := &recipient{User: "usr_1", Hour: 23}
	s := situate(now, thing("due_1", duty.Check, now.Add(23*time.Hour)), thing("due_2", duty.Policy, now.Add(23*time.Hour)), thing("due_3", duty.Activity, now.Add(25*time.Hour)))
	p := planFor(r, s)
	if len(p.Messages) != 1 || p.Messages[0].Kind != Urgent || !strings.Contains(p.Messages[0].Text, "Do due_1 (IAM-09)") || strings.Contains(p.Messages[0].Text, "due_2") {
		t.Fatalf("%+v", p.Messages)
	}
	for _, tell := range p.Tells {
		s.Told[tell] = true
	}
	if p := planFor(r, s); len(p.Messages) != 0 {
		t.Errorf("said twice: %+v", p.Messages)
	}
}

// Leads hear of what others have left for three days, and only leads.
func TestLeadsHearOfWhatIsLeft(t *testing.T) {
	now := time.Date(2026, 6, 15, 9, 0, 0, 0, time.UTC)
	for _, lead := range []bool{true, false} {
		s := situate(now)
		s.Others = []duty.Duty{thing("due_1", duty.Activity, now.Add(-73*time.Hour)), thing("due_2", duty.Activity, now.Add(-71*time.Hour))}
		p := planFor(&recipient{User: "usr_1", Lead: lead, Hour: 8}, s)
		if got := len(p.Messages) == 1; got != lead {
			t.Errorf("lead %v: %+v", lead, p.Messages)
		}
		if lead && (!strings.Contains(p.Messages[0].Text, "due_1") || strings.Contains(p.Messages[0].Text, "due_2")) {
			t.Error(p.Messages[0].Text)
		}
	}
}

func TestALongListIsCut(t *testing.T) {
	now := time.Date(2026, 6, 15, 9, 0, 0, 0, time.UTC)
	s := situate(now)
	for i := range mostLines + 7 {
		s.Mine = append(s.Mine, thing("due_"+string(rune('A'+i)), duty.Policy, now.Add(-time.Hour)))
	}
	p := planFor(&recipient{User: "usr_1", Hour: 8}, s)
	if len(p.Messages) != 1 || !strings.Contains(p.Messages[0].Text, "and 7 more") || p.Messages[0].Subject != "Larkspur: 27 things wait for you, 27 late" {
		t.Errorf("%+v", p.Messages)
	}
}
