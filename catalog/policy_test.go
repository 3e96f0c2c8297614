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
	"pgregory.net/rapid"

	"assay/catalog"
	"assay/internal/kit/fault"
)

func TestEveryFaultOfAPolicyIsRefused(t *testing.T) {
	const policy, library = "policies/PLC-AAA.md", "policies/library.yaml"
	cases := []struct{ name, file, old, with, want string }{
		{"no front matter", policy, "---\nid", "id", policy + ": the file does not begin with front matter"},
		{"front matter is open", policy, "default: 'yes'}\n---\n", "default: 'yes'}\n", policy + ": the file does not begin with front matter"},
		{"unknown field", policy, "form: policy", "forms: policy", policy + `: front matter: line 5: there is no field "forms"`},
		{"form of an id", policy, "id: PLC-AAA", "id: AAA", policy + `: id: "AAA" has not the form of PLC-ACP`},
		{"id of another file", policy, "id: PLC-AAA", "id: PLC-AAB", policy + `: id: is "PLC-AAB"`},
		{"unknown criterion", policy, "[CC1.1]", "[CC9.9]", policy + `: criteria: there is no "CC9.9"`},
		{"unknown control", policy, "GOV-01: [1, 2]", "GOV-77: [1]", policy + `: controls: there is no "GOV-77"`},
		{"no control", policy, "{GOV-01: [1, 2]}", "{}", policy + ": controls: is empty"},
		{"unknown statement", policy, "[1, 2]", "[1, 3]", policy + ": controls.GOV-01: there is no statement 3"},
		{"no statement", policy, "[1, 2]", "[]", policy + ": controls.GOV-01: names 0 statements"},
		{"statement of a notice", "policies/PLC-BBB.md", "GOV-02: []", "GOV-02: [1]", "policies/PLC-BBB.md: controls.GOV-02: names 1 statements"},
		{"unknown owner", policy, "owner_role: CEO", "owner_role: Chief", policy + `: owner_role: "Chief"`},
		{"unknown approver", policy, "approver_role: CTO", "approver_role: CEO", policy + `: approver_role: "CEO"`},
		{"unknown audience", policy, "audience: everyone", "audience: nobody", policy + `: audience: "nobody"`},
		{"unknown interval", policy, "reviewed: annual", "reviewed: yearly", policy + `: reviewed: "yearly"`},
		{"unknown relation", policy, "[PLC-BBB]", "[PLC-CCC]", policy + `: related: there is no "PLC-CCC"`},
		{"related to itself", policy, "[PLC-BBB]", "[PLC-AAA]", policy + `: related: there is no "PLC-AAA"`},
		{"unknown shared setting", policy, "[org_name]", "[org_name, planet]", policy + `: shared: there is no "planet"`},
		{"setting declared twice", policy, "key: days", "key: org_name", policy + ": settings: org_name is declared already"},
		{"form of a key", policy, "key: days", "key: Days", policy + `: settings.Days.key: "Days" has not the form`},
		{"no label", policy, "label: Days", "label: ''", policy + ": settings.days.label: is empty"},
		{"unknown type", policy, "type: frequency", "type: interval", policy + `: settings.often.type: "interval"`},
		{"no default", policy, "default: monthly", "default: ''", policy + ": settings.often.default: is empty"},
		{"default out of bounds", policy, "default: '5'", "default: '10'", policy + `: settings.days.default: "10"`},
		{"unknown default", policy, "default: high", "default: top", policy + `: settings.grade.default: "top"`},
		{"bounds", policy, "min: 1, max: 9", "min: 9, max: 1", policy + ": settings.days.min: 9 is not less"},
		{"rarest of nothing", policy, "rarest: monthly, ", "", policy + `: settings.often.rarest: "" does not go with`},
		{"rarest of a number", policy, "unit: day", "unit: day, rarest: annual", policy + `: settings.days.rarest: "annual" does not go with`},
		{"default rarer than allowed", policy, "rarest: monthly", "rarest: weekly", policy + `: settings.often.default: "monthly"`},
		{"bounds of words", policy, "type: frequency", "type: frequency, max: 3", policy + ": settings.often.unit: "},
		{"choice of nothing", policy, "choices: [high, low]", "choices: []", policy + ": settings.grade.choices: there are 0"},
		{"choices of a text", library, "type: text", "type: text, choices: [a]", library + ": settings.org_name.choices: there are 1"},
		{"check without parameter", policy, "unit: day", "unit: day, checks: [{check: a.b}]", policy + ": settings.days.checks.param: is empty"},
		{"undeclared placeholder", policy, "within {{days}}", "within {{dayz}}", policy + ": text: {{dayz}} is no setting"},
		{"unused setting", policy, "within {{days}}", "within days", policy + ": settings: days is not used"},
		{"unused shared setting", policy, "{{org_name}} acts", "We act", policy + ": settings: org_name is not used"},
		{"setting that nobody uses", library, "type: text}", "type: text}\n- {key: other, label: Other, type: text}", library + ": settings: no policy uses other"},
		{"open placeholder", policy, "{{days}}", "{{days", policy + ": text: a placeholder is not closed"},
		{"yes or no as words", policy, "{{grade}}", "{{grade}} {{office}}", policy + ": text: {{office}} is of type yes_no"},
		{"words as yes or no", policy, "{{if office}}", "{{if grade}}", policy + ": text: {{grade}} is of type choice"},
		{"part within a part", policy, "The office", "{{if office}}\nThe office", policy + ": text: {{if office}} stands where"},
		{"part not closed", policy, "There is none.\n{{end}}", "There is none.", policy + ": text: the last part is not closed"},
		{"part not begun", policy, "{{if office}}", "", policy + ": text: {{end}} stands where"},
		{"statement within a part", policy, "There is none.", "3. There is none.", policy + ": text: a numbered line stands within a part"},
		{"number left out", policy, "2. What", "3. What", policy + ": text: statement 3 is not the next, which is 2"},
		{"heading left out", policy, "## Purpose", "### Purpose", policy + ": text: the headings are"},
		{"heading of nothing", "policies/PLC-BBB.md", "We answer in {{days}}.", "", `policies/PLC-BBB.md: text: there is nothing below the heading "Who we are"`},
		{"no headings", library, "[Purpose, Statements]", "[]", library + ": headings.policy: is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := small(t)
			replace(t, files, c.file, c.old, c.with)
			l, err := catalog.Load(files)
			if err == nil || l != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %q", err, c.want)
			}
		})
	}
}

func TestFill(t *testing.T) {
	l, err := catalog.Load(small(t))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := l.Policy("PLC-AAA")
	cases := []struct {
		name    string
		values  map[catalog.SettingKey]string
		want    []string
		never   string
		missing []catalog.SettingKey
	}{
		{
			"nothing answered", nil,
			[]string{"**[to be filled in: Name]** acts.", "The office is open.", "looks every month, within 5 days.", "What is high comes"},
			"There is none.",
			[]catalog.SettingKey{"org_name"},
		},
		{
			"all answered",
			map[catalog.SettingKey]string{"org_name": "Fern", "days": "1", "often": "weekly", "grade": "low", "office": "no"},
			[]string{"Fern acts.", "There is none.", "looks every week, within 1 day.", "What is low comes"},
			"office is open", nil,
		},
		{
			"values that are not admitted",
			map[catalog.SettingKey]string{"org_name": "a\nb", "days": "10", "often": "yearly", "grade": "top", "office": "perhaps"},
			[]string{"The office is open.", "There is none.", "[to be filled in: How often]", "within **[to be filled in: Days]**"},
			"top",
			[]catalog.SettingKey{"org_name", "office", "often", "days", "grade"},
		},
		{
			"a value that looks like Markdown",
			map[catalog.SettingKey]string{"org_name": "# *Fern* <b>{{days}}|"},
			[]string{`\# \*Fern\* \<b\>\{\{days\}\}\| acts.`},
			"5 days}}", nil,
		},
		{
			"an empty value leaves the gap",
			map[catalog.SettingKey]string{"org_name": "", "days": ""},
			[]string{"[to be filled in: Name]", "[to be filled in: Days]"},
			"5 days",
			[]catalog.SettingKey{"org_name", "days"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, missing := catalog.Fill(p, c.values)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing from\n%s", want, got)
				}
			}
			if strings.Contains(got, c.never) || strings.Contains(got, "\n\n\n") || strings.Contains(got, "{{end") {
				t.Errorf("%q is in\n%s", c.never, got)
			}
			if !slices.Equal(missing, c.missing) {
				t.Errorf("missing %q, want %q", missing, c.missing)
			}
		})
	}
}

// No value can add a line, a heading, a list, a cell or a placeholder to a policy.
func TestNoValueChangesTheStructure(t *testing.T) {
	l, err := catalog.Load(small(t))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := l.Policy("PLC-AAA")
	p.Body += "\n| {{org_name}} | {{org_name}} |\n\n{{org_name}}\n"
	plain, _ := catalog.Fill(p, map[catalog.SettingKey]string{"org_name": "Fern"})
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.SampledFrom([]rune("ab1 #*_-+=|`<>[](){}\\&~.\n\t"))).Draw(t, "value")
		got, missing := catalog.Fill(p, map[catalog.SettingKey]string{"org_name": value})
		if strings.Count(got, "\n") != strings.Count(plain, "\n") {
			t.Fatalf("%q adds a line:\n%s", value, got)
		}
		bare := regexp.MustCompile(`\\.`).ReplaceAllString(got, "x")
		for _, mark := range []string{"|", "`", "<", "{{", "\n#", "\n-", "\n+", "\n=", "\n1.", "\n1)", "\n11."} {
			if strings.Count(bare, mark) != strings.Count(plain, mark) {
				t.Fatalf("%q adds %q:\n%s", value, mark, got)
			}
		}
		if admitted := strings.TrimSpace(value) != "" && !strings.Contains(value, "\n"); admitted == slices.Contains(missing, "org_name") {
			t.Fatalf("%q is missing: %q", value, missing)
		}
	})
}

func TestPoliciesResolveBothWays(t *testing.T) {
	l := load(t)
	for _, p := range l.Policies() {
		if found, ok := l.Policy(p.ID); !ok || found.Title != p.Title {
			t.Errorf("%s is not found by its id", p.ID)
		}
		is := func(o catalog.Policy) bool { return o.ID == p.ID }
		for _, id := range p.Controls {
			if !slices.ContainsFunc(l.PoliciesFor(id), is) {
				t.Errorf("%s names %s and is not found from it", p.ID, id)
			}
		}
		for _, id := range p.Criteria {
			if !slices.ContainsFunc(l.PoliciesForCriterion(id), is) {
				t.Errorf("%s names %s and is not found from it", p.ID, id)
			}
		}
		if len(p.Controls) != len(p.Backs) {
			t.Errorf("%s: %d controls of %d", p.ID, len(p.Controls), len(p.Backs))
		}
	}
	for _, s := range l.Settings() {
		if found, ok := l.Setting(s.Key); !ok || found.Label != s.Label {
			t.Errorf("%s is not found by its key", s.Key)
		}
	}
	if _, ok := l.Policy("PLC-ZZZ"); ok || l.Audiences()["everyone"] == "" {
		t.Error("a policy that there is not, or nobody in the audience")
	}
}

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
	params := checkParams(t)
	bound := 0
	for _, s := range load(t).Settings() {
		for _, of := range s.Checks {
			bound++
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
