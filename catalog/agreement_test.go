package catalog_test

import (
	"bytes"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"assay/catalog"
	"assay/internal/kit/fault"
)

// rank orders the periodic frequencies, the most frequent first.
var rank = map[catalog.Frequency]int{
	catalog.Daily: 1, catalog.Weekly: 2, catalog.Monthly: 3, catalog.Quarterly: 4, catalog.Semiannual: 5, catalog.Annual: 6,
}

var saysPeriod = map[catalog.Frequency]*regexp.Regexp{
	catalog.Daily:      regexp.MustCompile(`(?i)\b(daily|every (business )?day|each (business )?day)\b`),
	catalog.Weekly:     regexp.MustCompile(`(?i)\b(weekly|every week|each week)\b`),
	catalog.Monthly:    regexp.MustCompile(`(?i)\b(monthly|every month|each month)\b`),
	catalog.Quarterly:  regexp.MustCompile(`(?i)\b(quarterly|every quarter|each quarter)\b`),
	catalog.Semiannual: regexp.MustCompile(`(?i)\bevery six months\b`),
	catalog.Annual:     regexp.MustCompile(`(?i)\b(yearly|every year|each year|once a year)\b`),
}

// A policy must not promise less often than the control whose wording an auditor
// tests: with the least frequent values that an org can choose, one of the
// statements that a periodic control rests on says its period or a shorter one. A notice is itself what the control asks
// for, and is reviewed as often as the control says.
func TestPoliciesSayHowOftenAsTheirControlsDo(t *testing.T) {
	l, looked := load(t), 0
	for _, c := range l.Controls() {
		most, periodic := rank[c.Frequency]
		policies := l.PoliciesFor(c.ID)
		if !periodic || len(policies) == 0 {
			continue
		}
		looked++
		said := slices.ContainsFunc(policies, func(p catalog.Policy) bool {
			filled := filledStatements(p)
			return p.Form == catalog.NoticeForm && rank[p.Reviewed] <= most ||
				slices.ContainsFunc(p.Backs[c.ID], func(n int) bool { return saysAtLeast(filled[n-1], most) })
		})
		if !said {
			t.Errorf("%s is %s, and no statement that calls for it says so", c.ID, c.Frequency)
		}
	}
	if looked < 50 {
		t.Errorf("looked at %d controls only", looked)
	}
}

func saysAtLeast(statement string, most int) bool {
	for frequency, form := range saysPeriod {
		if rank[frequency] <= most && form.MatchString(statement) {
			return true
		}
	}
	return false
}

// Every control stands on a policy, and every criterion is named by one.
func TestEveryControlStandsOnAPolicy(t *testing.T) {
	l := load(t)
	for _, c := range l.Controls() {
		if len(l.PoliciesFor(c.ID)) == 0 {
			t.Errorf("no policy stands behind %s", c.ID)
		}
	}
	for _, c := range l.Criteria().Criteria() {
		if len(l.PoliciesForCriterion(c.ID)) == 0 {
			t.Errorf("no policy names %s", c.ID)
		}
	}
	if n := len(l.Policies()); n < 25 {
		t.Errorf("%d policies, there were 25", n)
	}
}

// filledStatements are the statements as the least frequent values make them.
func filledStatements(p catalog.Policy) []string {
	var all []string
	rarest := map[catalog.SettingKey]string{}
	for _, s := range p.Settings {
		if s.Type == catalog.FrequencySetting {
			rarest[s.Key] = string(s.Rarest)
		}
	}
	for _, s := range p.Statements {
		q := p
		q.Body = s
		text, _ := catalog.Fill(q, rarest)
		all = append(all, text)
	}
	return all
}

// What a policy promises and what a check measures is one number: the default of
// a setting is that of the parameter, and no org can choose what the check could
// not be set to.
func TestSettingsAgreeWithTheParametersOfChecks(t *testing.T) {
	params, l, bound := checkParams(t), load(t), 0
	for _, s := range l.Settings() {
		for _, of := range s.Checks {
			bound++
			if found, ok := l.SettingOf(of); !ok || found.Key != s.Key {
				t.Errorf("%s is not found from %s of %s", s.Key, of.Param, of.Check)
			}
			param, ok := params[of.Check][of.Param]
			switch {
			case !ok:
				t.Errorf("%s: there is no parameter %s of %s", s.Key, of.Param, of.Check)
			case s.Type != catalog.NumberSetting || param.Type != "int":
				t.Errorf("%s is a %s and %s of %s an %s", s.Key, s.Type, of.Param, of.Check, param.Type)
			case param.Default != s.Default || atoi(t, param.Min) > s.Min || atoi(t, param.Max) < s.Max:
				t.Errorf("%s is %s from %d to %d, and %s of %s is %s from %s to %s",
					s.Key, s.Default, s.Min, s.Max, of.Param, of.Check, param.Default, param.Min, param.Max)
			}
		}
	}
	if bound < 5 {
		t.Errorf("only %d settings are bound to a check", bound)
	}
}

type checkParam struct {
	Type    string `yaml:"type"`
	Default string `yaml:"default"`
	Min     string `yaml:"min"`
	Max     string `yaml:"max"`
}

func checkParams(t *testing.T) map[string]map[string]checkParam {
	t.Helper()
	all := map[string]map[string]checkParam{}
	err := fs.WalkDir(catalog.Checks(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		content, err := fs.ReadFile(catalog.Checks(), name)
		if err != nil {
			return err
		}
		var check struct {
			ID     string               `yaml:"id"`
			Params map[string]yaml.Node `yaml:"params"`
		}
		if err := yaml.NewDecoder(bytes.NewReader(content)).Decode(&check); err != nil {
			return err
		}
		all[check.ID] = map[string]checkParam{}
		for key, node := range check.Params {
			var p checkParam
			if err := node.Decode(&p); err == nil { // a list's default is none of ours
				all[check.ID][key] = p
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Error(err)
	}
	return n
}

// Numbers that a control's wording gives as the usual one are the defaults.
func TestSettingsAgreeWithTheWordingOfControls(t *testing.T) {
	l := load(t)
	cases := []struct {
		control catalog.ControlID
		says    string
		setting catalog.SettingKey
		value   string
	}{
		{"IAM-08", "one business day", "removal_business_days", "1"},
		{"IAM-09", "each quarter", "access_review", "quarterly"},
		{"IAM-11", "monthly by default", "privileged_review", "monthly"},
		{"VUL-01", "at least monthly", "scan_interval", "monthly"},
		{"CHG-11", "at least monthly", "reconcile_interval", "monthly"},

		{"GOV-02", "at least quarterly", "meeting_interval", "quarterly"},
		{"MON-04", "at least quarterly", "metrics_review", "quarterly"},
		{"LOG-02", "12 months by default", "log_months", "12"},
		{"LOG-05", "at least monthly", "log_review", "monthly"},
		{"NET-02", "at least every six months", "rule_review", "semiannual"},
		{"HRS-11", "at least quarterly", "phish_interval", "quarterly"},
		{"RSK-05", "at least quarterly", "risk_review", "quarterly"},
		{"AVL-03", "at least yearly", "recovery_test", "annual"},
		{"AVL-06", "at least quarterly", "restore_test", "quarterly"},
		{"PHY-03", "at least quarterly", "physical_review", "quarterly"},
		{"PIN-10", "at least quarterly", "quality_review", "quarterly"},
	}
	for _, c := range cases {
		control, _ := l.Control(c.control)
		setting, ok := l.Setting(c.setting)
		if !strings.Contains(control.Description, c.says) || !ok || setting.Default != c.value {
			t.Errorf("%s says %q: %s; the default of %s is %q", c.control, c.says, control.Description, c.setting, setting.Default)
		}
	}
}

func TestSettingsAdmit(t *testing.T) {
	l := load(t)
	cases := []struct {
		key     catalog.SettingKey
		good    []string
		refused []string
	}{
		{"inactive_days", []string{"7", "180"}, []string{"6", "181", "", "ninety", "90 days"}},
		{"access_review", []string{"weekly", "quarterly"}, []string{"semiannual", "annual", "per_event", "continuous", "often", ""}},
		{"release_gate", []string{"medium"}, []string{"low", ""}},
		{"org_name", []string{"Fern & Co"}, []string{"", " ", "a\nb", strings.Repeat("a", 401)}},
	}
	for _, c := range cases {
		s, ok := l.Setting(c.key)
		if !ok {
			t.Errorf("there is no %s", c.key)
		}
		for _, value := range c.good {
			if err := s.Admit(value); err != nil {
				t.Errorf("%s: %q: %v", c.key, value, err)
			}
		}
		for _, value := range c.refused {
			if err := s.Admit(value); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %q is admitted: %v", c.key, value, err)
			}
		}
	}
}

// How the policies are worded: short sentences that bind somebody, and none of
// the words that a report must not hold.
func TestWordingOfPolicies(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\b(the entity|best practices?|world[- ]class|bank[- ]grade|robust|leverag\w+|seamless|state of the art|compliant|certified|as appropriate|where feasible|periodically|regularly|in a timely manner|reasonable)\b`)
	for _, p := range load(t).Policies() {
		text, _ := catalog.Fill(p, nil)
		if found := banned.FindString(text); found != "" {
			t.Errorf("%s says %q", p.ID, found)
		}
		if p.Form == catalog.RuleForm && len(p.Statements) < 8 {
			t.Errorf("%s has %d statements", p.ID, len(p.Statements))
		}
		sentence(t, string(p.ID), p.Summary)
		for i, s := range p.Statements {
			sentence(t, string(p.ID)+" "+strconv.Itoa(i+1), s)
			if n := len(strings.Fields(s)); n > 65 {
				t.Errorf("%s: statement %d has %d words", p.ID, i+1, n)
			}
		}
		if title, _, _ := strings.Cut(p.Body, "\n"); title != "# "+p.Title {
			t.Errorf("%s: the text begins %q", p.ID, title)
		}
	}
}

// Whoever a policy binds by role is somebody whom the control library knows.
func TestPoliciesNameKnownRoles(t *testing.T) {
	l := load(t)
	known := append(l.OwnerRoles(), "CTO")
	role := regexp.MustCompile(`\b(?:[A-Z][A-Za-z]+ )?(?:Lead|Officer|Manager|Counsel)\b`)
	for _, p := range l.Policies() {
		text, _ := catalog.Fill(p, nil)
		for _, found := range role.FindAllString(text, -1) {
			if found = strings.TrimPrefix(found, "The "); !slices.Contains(known, found) {
				t.Errorf("%s speaks of the %q", p.ID, found)
			}
		}
		_, review, _ := strings.Cut(text, "\n## Review\n")
		if p.Form == catalog.RuleForm && (!strings.Contains(review, p.OwnerRole) || !strings.Contains(review, p.ApproverRole) ||
			!saysAtLeast(review, rank[p.Reviewed])) {
			t.Errorf("%s: the review does not say that the %s reviews it %s and the %s approves it: %s", p.ID, p.OwnerRole, p.Reviewed, p.ApproverRole, review)
		}
	}
}

// Times that hang together: what is promised to customers leaves room for what it
// rests on.
func TestTimesHangTogether(t *testing.T) {
	l := load(t)
	n := func(key catalog.SettingKey) int {
		s, ok := l.Setting(key)
		if !ok {
			t.Fatalf("there is no setting %s", key)
		}
		return atoi(t, s.Default)
	}
	cases := []struct {
		what        string
		least, most int
	}{
		{"a former customer's data leaves the backups by the promised day", n("exit_days") + n("backup_days"), n("exit_backup_days")},
		{"vendors report before customers have to be told", n("vendor_report_hours"), n("customer_notice_hours") - 1},
		{"what is exploited is fixed first", n("exploited_days"), n("fix_days_critical")},
		{"critical before high", n("fix_days_critical"), n("fix_days_high")},
		{"high before medium", n("fix_days_high"), n("fix_days_medium")},
		{"medium before low", n("fix_days_medium"), n("fix_days_low")},
		{"a vulnerability is no slower to fix than any finding", n("fix_days_high"), n("finding_days_high")},
		{"a daily backup meets the recovery point", 24, n("rpo_hours")},
		{"a backup is mended before the next but one", n("backup_fix_hours"), 24},
		{"logs online no longer than in all", n("log_online_days"), n("log_months") * 30},
		{"a password alone is longer", n("password_length"), n("password_length_alone") - 1},
		{"what is passed on leaves time to answer", n("pass_on_days"), n("rights_days") - 1},
		{"the Security Lead accepts less than the CEO", n("risk_appetite"), n("risk_ceo_score") - 1},
	}
	for _, c := range cases {
		if c.least > c.most {
			t.Errorf("%s: %d is more than %d", c.what, c.least, c.most)
		}
	}
}
