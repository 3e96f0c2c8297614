package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/catalog"
)

func TestEveryFaultOfAScenarioIsRefused(t *testing.T) {
	const risk, library = "risks/RS-01.yaml", "risks/library.yaml"
	cases := []struct{ name, file, old, with, want string }{
		{"unknown field", risk, "event:", "what:", risk + `: line 4: there is no field "what"`},
		{"form of an id", risk, "id: RS-01", "id: RS-1", risk + `: id: "RS-1" has not the form`},
		{"id of another file", risk, "id: RS-01", "id: RS-02", risk + `: id: is "RS-02"`},
		{"unknown category", risk, "category: fraud", "category: deceit", risk + `: category: "deceit"`},
		{"no cause", risk, "[a cause]", "[]", risk + ": causes: is empty"},
		{"no question", risk, "['Does it?']", "[]", risk + ": questions: is empty"},
		{"no event", risk, "Something happens.", "''", risk + ": event: is empty"},
		{"unknown criterion", risk, "[CC1.1]", "[CC8.8]", risk + `: criteria: there is no "CC8.8"`},
		{"unknown control", risk, "[GOV-01]", "[GOV-99]", risk + `: controls: there is no "GOV-99"`},
		{"step off the scale", risk, "step: 2", "step: 6", risk + ": likelihood.step: 6 is not from 1 to 5"},
		{"no step", risk, "step: 3", "step: 0", risk + ": impact.step: 0 is not"},
		{"no reason", risk, "reason: It is moderate.", "reason: ''", risk + ": impact.reason: is empty"},
		{"short scale", library, "  - {name: e, meaning: E.}\n", "", library + ": scales.likelihood: has 4 steps"},
		{"step without meaning", library, "meaning: E.", "meaning: ''", library + ": scales.impact.meaning: is empty"},
		{"category without meaning", library, "{fraud: Deceit.}", "{fraud: ''}", library + ": categories.fraud: is empty"},
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

// The scenarios are what an org begins its assessment with: every category and
// fraud are among them, and each is treated by more than one kind of control.
func TestScenarios(t *testing.T) {
	l := load(t)
	seen, fraud, titles := map[catalog.RiskCategory]int{}, 0, map[string]bool{}
	for _, s := range l.Scenarios() {
		seen[s.Category]++
		if slices.Contains(s.Criteria, "CC3.3") {
			fraud++
		}
		if (s.Category == "fraud") != slices.Contains(s.Criteria, "CC3.3") {
			t.Errorf("%s is of the category %s and names %q", s.ID, s.Category, s.Criteria)
		}
		if titles[s.Title] {
			t.Errorf("%s: the title is there twice", s.ID)
		}
		titles[s.Title] = true
		for _, text := range []string{s.Event, s.Consequence, s.Likelihood.Reason, s.Impact.Reason} {
			sentence(t, string(s.ID), text)
		}
		for _, q := range s.Questions {
			if !strings.HasSuffix(q, "?") {
				t.Errorf("%s: no question: %s", s.ID, q)
			}
		}
		kinds := map[catalog.ControlKind]bool{}
		for _, id := range s.Controls {
			c, _ := l.Control(id)
			kinds[c.Kind] = true
			if !slices.ContainsFunc(l.ScenariosFor(id), func(o catalog.Scenario) bool { return o.ID == s.ID }) {
				t.Errorf("%s names %s and is not found from it", s.ID, id)
			}
		}
		if len(kinds) < 2 {
			t.Errorf("%s: all its controls are of one kind", s.ID)
		}
		if found, ok := l.Scenario(s.ID); !ok || found.Title != s.Title {
			t.Errorf("%s is not found by its id", s.ID)
		}
	}
	for category := range l.RiskCategories() {
		if seen[category] == 0 {
			t.Errorf("no scenario is of the category %s", category)
		}
	}
	if n := len(l.Scenarios()); n < 30 || fraud < 4 {
		t.Errorf("%d scenarios, %d of fraud, there were 30 and 5", n, fraud)
	}
}

// The policy that people sign and the register that they fill in use one scale.
func TestTheRiskPolicyStatesTheScales(t *testing.T) {
	l := load(t)
	p, _ := l.Policy("PLC-RSK")
	scales := l.RiskScales()
	for i := range scales.Likelihood {
		a, b := scales.Likelihood[i], scales.Impact[i]
		row := fmt.Sprintf("| %d %s | %s | %d %s | %s |", i+1, a.Name, a.Meaning, i+1, b.Name, b.Meaning)
		if !strings.Contains(p.Body, row) {
			t.Errorf("the risk policy does not say %s", row)
		}
	}
	for category := range l.RiskCategories() {
		if !strings.Contains(p.Statements[2], string(category)) {
			t.Errorf("the risk policy does not ask for %s: %s", category, p.Statements[2])
		}
	}
}
