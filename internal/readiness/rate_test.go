package readiness

import (
	"strings"
	"testing"

	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/gap"
	"assay/internal/register"
	"assay/internal/standing"
)

var today = standing.NewDate(2026, 6, 15)

// shown is a control that stood so today, and operated on as many days.
func shown(id string, state standing.State, days int, of ...string) control.Listed {
	c := control.Listed{Phase: control.Holding}
	c.Control, c.Title, c.Owner, c.Criteria, c.Lanes = id, "Title", "usr_1", of, []control.Lane{{ID: "check/x"}}
	c.Standing.Summary.Days.Operated = days
	c.Standing.Spans = []standing.Span{{From: today - 9, To: today, State: standing.Deviation}, {From: today, To: today + 1, State: state}}
	return c
}

func with(c control.Listed, change func(*control.Listed)) control.Listed {
	change(&c)
	return c
}

func question(id, answer string, pairs ...string) register.Record {
	r := register.Record{ID: id, Values: register.Values{"title": {"Is it so?"}, "criteria": {"CC6.1"}}}
	if answer != "" {
		r.Values.Set("answer", answer)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Values[pairs[i]] = append(r.Values[pairs[i]], pairs[i+1])
	}
	return r
}

func TestRating(t *testing.T) {
	works, fails := shown("IAM-01", standing.Operated, 5, "CC6.1"), shown("IAM-02", standing.Failing, 5, "CC6.1")
	for name, c := range map[string]struct {
		controls  []control.Listed
		questions []register.Record
		want      Rating
		reasons   string // causes
	}{
		"nothing serves it":           {nil, nil, NotMet, "no_control:CC6.1"},
		"another criterion's":         {[]control.Listed{shown("A", standing.Operated, 5, "CC6.2")}, nil, NotMet, "no_control:CC6.1"},
		"it works":                    {[]control.Listed{works}, nil, Met, ""},
		"fixed in time":               {[]control.Listed{shown("A", standing.Fixed, 0, "CC6.1"), works}, nil, Unknown, "unseen:A"},
		"one fails":                   {[]control.Listed{works, fails}, nil, Partly, "failing:IAM-02"},
		"a deviation goes on":         {[]control.Listed{works, shown("A", standing.Deviation, 5, "CC6.1")}, nil, Partly, "failing:A"},
		"the only one fails":          {[]control.Listed{fails}, nil, NotMet, "failing:IAM-02"},
		"one is unseen":               {[]control.Listed{works, shown("A", standing.NoEvidence, 5, "CC6.1")}, nil, Unknown, "unseen:A"},
		"one fails and one is unseen": {[]control.Listed{works, fails, shown("A", standing.NoEvidence, 5, "CC6.1")}, nil, Partly, "failing:IAM-02 unseen:A"},
		"nothing is due today":        {[]control.Listed{shown("A", standing.NotDue, 1, "CC6.1")}, nil, Met, ""},
		"nothing was ever due":        {[]control.Listed{shown("A", standing.NotDue, 0, "CC6.1")}, nil, Unknown, "unseen:A"},
		"an activity was late":        {[]control.Listed{with(shown("A", standing.NotDue, 0, "CC6.1"), func(c *control.Listed) { c.Standing.Summary.Activities.Late = 1 })}, nil, Met, ""},
		"it is to come":               {[]control.Listed{with(works, func(c *control.Listed) { c.Phase = control.Planned })}, nil, Unknown, "unseen:IAM-01"},
		"it is retired":               {[]control.Listed{with(works, func(c *control.Listed) { c.Phase = control.Retired })}, nil, NotMet, "no_control:CC6.1"},
		"nothing watches it":          {[]control.Listed{works, with(shown("A", standing.NotDue, 0, "CC6.1"), func(c *control.Listed) { c.Lanes = nil })}, nil, Partly, "unwatched:A"},
		"nobody owns it":              {[]control.Listed{with(works, func(c *control.Listed) { c.Owner = "" })}, nil, Partly, "no_owner:IAM-01"},
		"a role owns it":              {[]control.Listed{with(works, func(c *control.Listed) { c.Owner, c.OwnerRole = "", "CTO" })}, nil, Met, ""},
		"a question is open":          {[]control.Listed{works}, []register.Record{question("Q-1", "")}, Unknown, ":Q-1"},
		"answered yes":                {[]control.Listed{works}, []register.Record{question("Q-1", gap.AnswerYes)}, Met, ""},
		"answered no":                 {[]control.Listed{works}, []register.Record{question("Q-1", gap.AnswerNo, "note", "Nobody does.")}, Partly, "answered:Q-1"},
		"answered in part":            {[]control.Listed{works}, []register.Record{question("Q-1", gap.AnswerPart, "note", "Some.")}, Partly, "answered:Q-1"},
		"does not apply":              {[]control.Listed{works}, []register.Record{question("Q-1", gap.AnswerNone, "note", "No offices.")}, Met, ""},
		"only an answer":              {nil, []register.Record{question("Q-1", gap.AnswerYes)}, NotMet, "no_control:CC6.1"},
		"known, so not asked":         {[]control.Listed{works}, []register.Record{question("Q-1", "", "controls", "IAM-01")}, Met, ""},
		"known in part, so asked":     {[]control.Listed{works}, []register.Record{question("Q-1", "", "controls", "IAM-01", "controls", "IAM-09")}, Unknown, ":Q-1"},
		"a no about what is known":    {[]control.Listed{works}, []register.Record{question("Q-1", gap.AnswerNo, "controls", "IAM-01")}, Partly, "answered:Q-1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := newRater(c.controls, c.questions, today).rate(&criteria.Criterion{ID: "CC6.1"})
			var causes []string
			for i := range got.Reasons {
				causes = append(causes, got.Reasons[i].key("CC6.1"))
			}
			if got.Rating != c.want || strings.Join(causes, " ") != c.reasons {
				t.Errorf("%s %v, want %s %s", got.Rating, causes, c.want, c.reasons)
			}
		})
	}
}

// One thing that is wrong is one gap, however many criteria it touches, as heavy as
// the worst of them.
func TestGapsAreFoundOnce(t *testing.T) {
	r := newRater([]control.Listed{
		shown("A", standing.Failing, 5, "CC6.1", "CC6.2"), shown("B", standing.Operated, 5, "CC6.1"), shown("C", standing.NoEvidence, 5, "CC6.3"),
	}, []register.Record{question("Q-1", "")}, today)
	var rated []Rated
	for _, id := range []criteria.ID{"CC6.1", "CC6.2", "CC6.3"} {
		rated = append(rated, r.rate(&criteria.Criterion{ID: id}))
	}
	found := gaps(append(rated, Rated{ID: "CC6.4", Rating: NotRelevant, Reasons: []Reason{{Text: "No offices."}}}))
	var got []string
	for _, f := range found {
		got = append(got, f.Key+" "+f.Weight+" "+f.Effort+" "+strings.Join(f.Criteria, ","))
	}
	if want := "failing:A high days CC6.1,CC6.2|unseen:C low hours CC6.3"; strings.Join(got, "|") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func open(weight, effort, owner, due string) register.Record {
	r := register.Record{State: gap.Open, ID: weight + effort + owner, Values: register.Values{"weight": {weight}, "effort": {effort}}}
	r.Values.Set("owner", owner)
	r.Values.Set("due_on", due)
	return r
}

func TestStart(t *testing.T) {
	for name, c := range map[string]struct {
		open    []register.Record
		unknown int
		on      string
		why     string
	}{
		"nothing open":    {nil, 0, "2026-06-15", "No gap is open."},
		"not written":     {nil, 2, "", "2 gaps are found"},
		"without a day":   {[]register.Record{open("high", "days", "", ""), open("low", "days", "", "2026-07-01")}, 0, "", "1 open gap is without a day"},
		"late":            {[]register.Record{open("high", "days", "", "2026-06-14")}, 0, "", "1 open gap is late"},
		"due today":       {[]register.Record{open("high", "days", "", "2026-06-15")}, 0, "2026-06-16", "The day after the last of 1"},
		"the last counts": {[]register.Record{open("high", "days", "", "2026-07-31"), open("low", "days", "", "2026-07-01")}, 0, "2026-08-01", "The day after the last of 2"},
	} {
		t.Run(name, func(t *testing.T) {
			got := start(c.open, c.unknown, today)
			on := ""
			if got.On != 0 {
				on = got.On.String()
			}
			if on != c.on || !strings.HasPrefix(got.Why, c.why) {
				t.Errorf("%q, %s", on, got.Why)
			}
		})
	}
}

// Each owner closes theirs one after the other, the heaviest first; a day that
// somebody gave stays.
func TestPlan(t *testing.T) {
	got := plan([]register.Record{
		open("low", "hours", "ann", ""), open("high", "weeks", "ann", ""), open("high", "days", "bob", ""), open("medium", "hours", "", ""), open("medium", "days", "ann", "2026-06-20"),
	}, today)
	var days []string
	for _, d := range got {
		days = append(days, d.id+" "+d.on.String())
	}
	if want := "highweeksann 2026-07-13|highdaysbob 2026-06-22|mediumhours 2026-06-16|lowhoursann 2026-07-14"; strings.Join(days, "|") != want {
		t.Errorf("%v, want %s", days, want)
	}
}
