package year_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/rule"
	"assay/internal/standing"
)

// days writes the days of a state as one text: first to last, both included.
// Spans that differ in how they are known, and touch, are one.
func days(spans []standing.Span, state standing.State) string {
	var whole []standing.Period
	for _, s := range spans {
		switch n := len(whole); {
		case s.State != state:
		case n > 0 && whole[n-1].To == s.From:
			whole[n-1].To = s.To
		default:
			whole = append(whole, standing.Period{From: s.From, To: s.To})
		}
	}
	var out []string
	for _, p := range whole {
		if p.To == p.From+1 {
			out = append(out, p.From.String())
		} else {
			out = append(out, fmt.Sprintf("%s to %s", p.From, p.To-1))
		}
	}
	return strings.Join(out, ", ")
}

func TestWhichControlsDeviateAndWhy(t *testing.T) {
	l := larkspur(t)
	want := map[string]struct{ days, why string }{
		"AVL-06": {"2026-06-01 to 2026-06-17", "activity/quarterly 2026-05-31"},
		"CHG-03": {"2026-09-08, 2026-09-21", strings.Join([]string{
			"check/any.change.reviewed github.pull_request 90400411", "check/any.change.reviewed github.pull_request 90400430",
			"check/github.pull_request.latest_approved github.pull_request 90400411", "check/github.pull_request.latest_approved github.pull_request 90400430",
		}, "\n")},
		"HRS-13": {"2026-07-10 to 2026-07-12", "check/any.account.leaver okta.user 00ujonasweber"},
		"IAM-03": {"2026-03-10 to 2026-03-20", "check/any.account.mfa okta.user 00urobinhaas\ncheck/okta.user.strong_factor okta.user 00urobinhaas"},
		"IAM-08": {"2026-07-10 to 2026-07-12", "check/any.account.leaver okta.user 00ujonasweber"},
	}
	o, err := l.Controls.List(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Controls) != l.year.Controls || len(o.Controls) < 100 {
		t.Errorf("%d controls listed, %d adopted", len(o.Controls), l.year.Controls)
	}
	for i := range o.Controls {
		c := &o.Controls[i]
		w, deviates := want[c.Control]
		if got := days(c.Standing.Spans, standing.Deviation); got != w.days {
			t.Errorf("%s is in deviation on %q, want %q", c.Control, got, w.days)
		}
		if !deviates {
			continue
		}
		delete(want, c.Control)
		var why []string
		for _, lane := range l.detail(t, c.Control).Standing.Lanes {
			for _, d := range lane.Deviations {
				why = append(why, strings.TrimSpace(d.Lane+" "+strings.ReplaceAll(d.Resource, " larkspur.demo.invalid/", " ")))
			}
		}
		slices.Sort(why)
		if got := strings.Join(why, "\n"); got != w.why {
			t.Errorf("%s deviates by\n%s\nwant\n%s", c.Control, got, w.why)
		}
	}
	for id := range want {
		t.Errorf("%s is not among the controls", id)
	}
	if o.Position.Deviation != 5 {
		t.Errorf("the position counts %d controls in deviation", o.Position.Deviation)
	}
}

// What was planted is found by the checks of the catalog, and nothing else is:
// these are all resources that any check ever called failing, or could not judge.
func TestWhatTheChecksFound(t *testing.T) {
	l := larkspur(t)
	want := []string{
		"any.account.leaver okta.user 00ujonasweber fail",
		"any.account.mfa aws.iam.user AIDACILEGACY fail", // until it was excluded
		"any.account.mfa aws.iam.user AIDADANAKOWALSKI fail",
		"any.account.mfa aws.iam.user AIDAMIGUELORTIZ fail",
		"any.account.mfa okta.user 00ubencarter fail",
		"any.account.mfa okta.user 00urobinhaas fail",
		"any.certificate.trusted domain.endpoint api.larkspur.example:443 fail",
		"any.change.reviewed github.pull_request 90400411 fail",
		"any.change.reviewed github.pull_request 90400430 fail",
		"any.host.security_updates linux.host 0000000000000000000000005eed0000 fail",
		"any.host.security_updates linux.host 0000000000000000000000005eed0001 fail",
		"aws.iam.user.mfa aws.iam.user AIDACILEGACY fail",
		"aws.iam.user.mfa aws.iam.user AIDADANAKOWALSKI fail",
		"aws.iam.user.mfa aws.iam.user AIDAMIGUELORTIZ fail",
		"github.pull_request.latest_approved github.pull_request 90400411 fail",
		"github.pull_request.latest_approved github.pull_request 90400430 fail",
		"okta.user.strong_factor okta.user 00ubencarter fail",
		"okta.user.strong_factor okta.user 00urobinhaas fail",
	}
	slices.Sort(want)
	var got []string
	l.read(t, func(tx *db.Tx) (err error) {
		got, err = db.All(tx, func(scan db.Scan) (string, error) {
			var check, kind, id, status, reason string
			err := scan(&check, &kind, &id, &status, &reason)
			return strings.TrimSpace(fmt.Sprint(check, " ", kind, " ", id, " ", status, " ", reason)), err
		}, `SELECT DISTINCT check_id, kind, native_id, status, reason FROM check_result WHERE org_id = $1
			AND kind NOT LIKE 'program.%' AND status IN ('fail', 'unknown') AND reason <> 'incomplete'`, tx.Org())
		return err
	})
	slices.Sort(got)
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("found\n%s\nwant\n%s", a, b)
	}
}

func TestFailuresInsideTheLimit(t *testing.T) {
	l := larkspur(t)
	for _, c := range []struct {
		control string
		state   standing.State
		days    string
	}{
		{"IAM-03", standing.Fixed, "2026-10-03 to 2026-10-05, 2026-10-26 to 2026-10-28"},
		{"IAM-03", standing.Failing, "2026-03-07 to 2026-03-09, 2026-11-19 to 2026-11-21"},
		{"VUL-03", standing.Fixed, "2026-01-14 to 2026-01-16, 2026-08-20 to 2026-08-25"},
		{"CRY-01", standing.Fixed, "2026-04-12 to 2026-04-14"},
		{"IAM-08", standing.Failing, "2026-07-09"},
		{"HRS-13", standing.Failing, "2026-07-09"},
	} {
		if got := days(l.detail(t, c.control).Standing.Spans, c.state); got != c.days {
			t.Errorf("%s is %s on %q, want %q", c.control, c.state, got, c.days)
		}
	}
}

// For two days in February the directory could not be read: what rests on it
// has no evidence, and nothing else is touched.
func TestTheGapIsNoEvidence(t *testing.T) {
	l := larkspur(t)
	from, to := standing.NewDate(2026, 2, 12), standing.NewDate(2026, 2, 14)
	dark := []string{"HRS-13", "IAM-01", "IAM-03", "IAM-08", "IAM-10"}
	o, err := l.Controls.List(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	var none []string
	for i := range o.Controls {
		c := &o.Controls[i]
		got := days(c.Standing.Spans, standing.NoEvidence)
		if got != "" {
			none = append(none, c.Control)
		}
		if got != "" && got != "2026-02-12 to 2026-02-13" {
			t.Errorf("%s has no evidence on %s", c.Control, got)
		}
		for _, s := range c.Standing.Spans {
			if slices.Contains(dark, c.Control) && s.State == standing.Operated && s.From < to && s.To > from {
				t.Errorf("%s operated from %s to %s, across the gap", c.Control, s.From, s.To)
			}
		}
	}
	if !slices.Equal(none, dark) {
		t.Errorf("no evidence for %v, want %v", none, dark)
	}
}

func TestTheExclusionIsShown(t *testing.T) {
	l := larkspur(t)
	d, err := l.Checks.Get(t.Context(), l.lead, "any.account.mfa")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Exclusions) != 1 {
		t.Fatalf("%d exclusions", len(d.Exclusions))
	}
	e := d.Exclusions[0]
	if e.State != check.Approved || e.Ref.ID != "AIDACILEGACY" || e.AskedBy == e.ApprovedBy || e.Reason == "" || !e.Until.After(l.Now()) {
		t.Errorf("%+v", e)
	}
	shown := 0
	for i := range d.Results {
		if d.Results[i].Status == rule.Excluded {
			shown++
			if d.Results[i].Ref != e.Ref {
				t.Errorf("%v is excluded", d.Results[i].Ref)
			}
		}
	}
	if shown != 1 || d.Last.Counts.Excluded != 1 || d.Last.Status != rule.Fail {
		t.Errorf("%d shown, %d counted, the check says %s", shown, d.Last.Counts.Excluded, d.Last.Status)
	}
	if got := failing(&d); !slices.Equal(got, []string{"AIDADANAKOWALSKI", "AIDAMIGUELORTIZ"}) {
		t.Errorf("failing now: %v", got)
	}
	said := false
	for _, s := range l.detail(t, "IAM-03").Standing.Spans {
		said = said || s.Note.Has(standing.NoteExcluded)
	}
	if !said {
		t.Error("the control's year does not say that something was excluded")
	}
}

func failing(d *check.Detail) (out []string) {
	for i := range d.Results {
		if d.Results[i].Status == rule.Fail {
			out = append(out, d.Results[i].Ref.ID)
		}
	}
	slices.Sort(out)
	return out
}
