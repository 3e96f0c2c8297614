package catalog_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"assay/catalog"
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
		{
			"parameter of two settings", policy, "unit: day, default: '5', min: 1, max: 9}\n",
			"unit: day, default: '5', min: 1, max: 9, checks: [{check: a.b, param: c}]}\n- {key: more, label: More, type: number, default: '5', min: 1, max: 9, checks: [{check: a.b, param: c}]}\n",
			policy + ": settings: c of a.b is bound to days already, and to more",
		},
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
