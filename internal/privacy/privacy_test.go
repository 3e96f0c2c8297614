package privacy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/privacy"
	"assay/internal/register"
	"assay/internal/standing"
)

func declarations() []register.Declaration {
	return []register.Declaration{privacy.Requests(), privacy.Notices(), privacy.Processing(), privacy.Disclosures(), privacy.Consents()}
}

func world(settings ...string) *register.World {
	w := &register.World{Today: standing.NewDate(2026, 6, 2), Now: time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC), Zone: time.UTC, Settings: register.Values{}}
	for i := 0; i+1 < len(settings); i += 2 {
		w.Settings.Set(settings[i], settings[i+1])
	}
	return w
}

func record(state string, pairs ...string) *register.Record {
	r := &register.Record{State: state, Values: register.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Values.Set(pairs[i], pairs[i+1])
	}
	return r
}

func names(bad []fault.Field) string {
	var out []string
	for _, f := range bad {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

func TestDeclared(t *testing.T) {
	for _, d := range declarations() {
		if err := d.Valid(); err != nil {
			t.Error(err)
		}
	}
}

// The last day to answer on is that of the law, unless the house promises less.
func TestDue(t *testing.T) {
	day := standing.NewDate
	for name, tt := range map[string]struct {
		law      string
		received standing.Date
		extended bool
		house    int
		want     standing.Date
	}{
		"a month":                          {"gdpr", day(2026, 4, 15), false, 90, day(2026, 5, 15)},
		"a month that is shorter":          {"gdpr", day(2026, 1, 31), false, 90, day(2026, 2, 28)},
		"three months with an extension":   {"gdpr", day(2026, 1, 31), true, 30, day(2026, 4, 30)},
		"the house promises less":          {"gdpr", day(2026, 4, 15), false, 10, day(2026, 4, 25)},
		"britain":                          {"uk_gdpr", day(2026, 4, 15), false, 90, day(2026, 5, 15)},
		"california":                       {"ccpa", day(2026, 4, 1), false, 90, day(2026, 5, 16)},
		"california with an extension":     {"ccpa", day(2026, 4, 1), true, 5, day(2026, 6, 30)},
		"california and the house":         {"ccpa", day(2026, 4, 1), false, 30, day(2026, 5, 1)},
		"a promise is what was promised":   {"contract", day(2026, 4, 1), false, 60, day(2026, 5, 31)},
		"a promise is not extended by law": {"contract", day(2026, 4, 1), true, 60, day(2026, 5, 31)},
	} {
		if got := privacy.Due(tt.law, tt.received, tt.extended, tt.house); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// Nobody gets data before somebody saw who they are, and what is erased is erased
// somewhere.
func TestAnswering(t *testing.T) {
	d := privacy.Requests()
	answer, _ := d.Move("answer")
	for name, tt := range map[string]struct {
		r     *register.Record
		wrong string
	}{
		"a stranger asks for a copy":  {record(privacy.Received, "wish", "access"), "answer"},
		"identified":                  {record(privacy.Verified, "wish", "access"), ""},
		"a question needs nobody":     {record(privacy.Received, "wish", "question"), ""},
		"erased nowhere":              {record(privacy.Verified, "wish", "deletion"), "places"},
		"erased in the order service": {record(privacy.Verified, "wish", "deletion", "places", "Orders, backups"), ""},
		"a stranger has it corrected": {record(privacy.Received, "wish", "correction"), "answer places"},
	} {
		if got := names(answer.Ready(tt.r, world())); got != tt.wrong {
			t.Errorf("%s: %q is wrong, want %q", name, got, tt.wrong)
		}
	}
	pass, _ := d.Move("pass")
	extend, _ := d.Move("extend")
	if pass.If(record(privacy.Received, "role", "controller")) || !pass.If(record(privacy.Received, "role", "processor")) {
		t.Error("only a processor passes a request on")
	}
	if extend.If(record(privacy.Received, "law", "contract")) || extend.If(record(privacy.Received, "law", "gdpr", "extended_on", "2026-05-01")) || !extend.If(record(privacy.Received, "law", "gdpr")) {
		t.Error("the law is extended once, and a promise never")
	}
	late := record(privacy.Received, "law", "gdpr", "received_on", "2026-05-01")
	d.Derive(late, world("house_days", "30"))
	if got := names(extend.Ready(late, world())); late.Get("due_on") != "2026-05-31" || got != "extended_why" {
		t.Errorf("due on %s, and an extension afterwards: %q", late.Get("due_on"), got)
	}
	if tone, word := d.Badge(late, world()); tone != register.Bad || word != "Late" {
		t.Errorf("a late request is %q", word)
	}
	late.State = privacy.Done
	late.Values.Set("answered_on", "2026-06-01")
	d.Derive(late, world("house_days", "30"))
	if late.Get("took_days") != "31" || late.Get("in_time") != register.No {
		t.Errorf("it took %s days, in time: %s", late.Get("took_days"), late.Get("in_time"))
	}
}

// A disclosure without a basis is an incident; one with a basis says what it rests
// on.
func TestDisclosing(t *testing.T) {
	d := privacy.Disclosures()
	for name, tt := range map[string]struct {
		pairs []string
		wrong string
	}{
		"by duty":          {[]string{"disclosed_on", "2026-06-01", "basis", "duty", "agreement", "order 12"}, ""},
		"by duty, of what": {[]string{"disclosed_on", "2026-06-01", "basis", "duty"}, "agreement"},
		"tomorrow":         {[]string{"disclosed_on", "2026-06-03", "basis", "duty", "agreement", "order 12"}, "disclosed_on"},
		"without a basis":  {[]string{"disclosed_on", "2026-06-01", "basis", "none"}, "incident"},
		"an incident":      {[]string{"disclosed_on", "2026-06-01", "basis", "none", "incident", "IN-01"}, ""},
		"known beforehand": {[]string{"disclosed_on", "2026-06-01", "basis", "none", "incident", "IN-01", "known_on", "2026-05-31"}, "known_on"},
	} {
		if got := names(d.Check(record("kept", tt.pairs...), world())); got != tt.wrong {
			t.Errorf("%s: %q is wrong, want %q", name, got, tt.wrong)
		}
	}
	r := record("kept", "basis", "none")
	if d.Complete(r, world()); r.Get("controls") != "PRV-14" {
		t.Errorf("an unauthorized disclosure counts for %s", r.Get("controls"))
	}
}

// What was taken back stops within the days that the settings leave.
func TestConsent(t *testing.T) {
	d := privacy.Consents()
	r := record("withdrawn", "given_on", "2026-05-01", "withdrawn_on", "2026-05-20", "stopped_on", "2026-05-24")
	d.Derive(r, world("stop_days", "3"))
	if r.Get("stop_by") != "2026-05-23" || r.Get("stop_days") != "4" {
		t.Errorf("stop by %s, after %s days", r.Get("stop_by"), r.Get("stop_days"))
	}
	withdraw, _ := d.Move("withdraw")
	stop, _ := d.Move("stop")
	if got := names(withdraw.Ready(record("given", "given_on", "2026-05-01", "withdrawn_on", "2026-04-30"), world())); got != "withdrawn_on" {
		t.Errorf("taken back before it was given: %q", got)
	}
	if got := names(stop.Ready(record("withdrawn", "withdrawn_on", "2026-05-20", "stopped_on", "2026-06-03"), world())); got != "stopped_on" {
		t.Errorf("stopped tomorrow: %q", got)
	}
}

// A notice lacks what it does not say it covers, needs a text to be put in force,
// and processing has a ground that fits the part that is played.
func TestNoticesAndProcessing(t *testing.T) {
	d := privacy.Notices()
	r := record(privacy.Draft, "in_force_on", "2025-06-02")
	r.Values["covers"] = []string{"purposes", "choices", "kinds", "collection", "use", "disposal", "access", "disclosure", "security", "quality", "changes"}
	d.Derive(r, world())
	if got := r.List("lacks"); !slices.Equal(got, []string{"monitoring"}) || r.Get("review_due_on") != "2026-06-02" {
		t.Errorf("it lacks %q, review due %s", got, r.Get("review_due_on"))
	}
	publish, _ := d.Move("publish")
	if got := names(publish.Ready(r, world())); got != "announced" {
		t.Errorf("a notice without a text: %q", got)
	}
	r.Values.Set("text", "We keep your orders.")
	if got := names(publish.Ready(r, world())); got != "" {
		t.Errorf("a notice with a text: %q", got)
	}
	p := privacy.Processing()
	for name, tt := range map[string]struct {
		pairs []string
		wrong string
	}{
		"a processor is instructed":   {[]string{"role", "processor", "basis", "instruction"}, ""},
		"a controller is instructed":  {[]string{"role", "controller", "basis", "instruction"}, "basis"},
		"assessed, and nothing shows": {[]string{"role", "controller", "basis", "contract", "impact", "done"}, "assessment"},
	} {
		if got := names(p.Check(record("active", tt.pairs...), world())); got != tt.wrong {
			t.Errorf("%s: %q is wrong, want %q", name, got, tt.wrong)
		}
	}
}
