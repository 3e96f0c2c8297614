package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"assay/catalog"
	"assay/internal/criteria"
)

func TestEveryFaultOfAQuestionnaireIsRefused(t *testing.T) {
	const file = "questionnaires/vendor.yaml"
	cases := []struct{ name, old, with, want string }{
		{"unknown field", "summary:", "about:", file + `: line 3: there is no field "about"`},
		{"id of another file", "id: vendor", "id: customer", file + `: id: is "customer"`},
		{"no version", "version: 1", "version: 0", file + ": version: begins with 1"},
		{"unknown direction", "ask_vendors", "ask_all", file + `: direction: "ask_all"`},
		{"tier of a customer's question", "ask_vendors", "answer_customers", file + `: questions.V-01.tier: "low" does not go with`},
		{"form of an id", "id: V-01", "id: V1", file + `: questions.V1.id: "V1" has not the form`},
		{"id twice", "id: V-02", "id: V-01", file + `: questions: "V-01" is there twice`},
		{"unknown section", "section: All, tier: low", "section: None, tier: low", file + `: questions.V-01.section: "None"`},
		{"unknown tier", "tier: low", "tier: small", file + `: questions.V-01.tier: "small"`},
		{"unknown kind", "kind: text", "kind: prose", file + `: questions.V-01.kind: "prose"`},
		{"choice of nothing", "kind: text", "kind: choice", file + ": questions.V-01.choices: there are 0"},
		{"choices of a yes", "kind: choice", "kind: text", file + ": questions.V-03.choices: there are 2"},
		{"nothing expected", "expect: 'no', ", "", file + `: questions.V-02.expect: ""`},
		{"text expected", "kind: text,", "kind: text, expect: 'yes',", file + `: questions.V-01.expect: "yes"`},
		{"nothing good", "good: Something.", "good: ''", file + ": questions.V-01.good: is empty"},
		{"unknown criterion", "[CC1.1], controls: [GOV-01]}\n- {id: V-02", "[CC1.8], controls: [GOV-01]}\n- {id: V-02", file + `: questions.V-01.criteria: there is no "CC1.8"`},
		{"unknown control", "[GOV-01]}\n- {id: V-02", "[GOV-88]}\n- {id: V-02", file + `: questions.V-01.controls: there is no "GOV-88"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := small(t)
			replace(t, files, file, c.old, c.with)
			l, err := catalog.Load(files)
			if err == nil || l != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %q", err, c.want)
			}
		})
	}
}

func TestAVendorIsAskedByTier(t *testing.T) {
	l, err := catalog.Load(small(t))
	if err != nil {
		t.Fatal(err)
	}
	q, ok := l.Questionnaire("vendor")
	if !ok {
		t.Fatal("there is no questionnaire for vendors")
	}
	for tier, want := range map[catalog.VendorTier]string{
		catalog.TierCritical: "V-01 V-02 V-03", catalog.TierHigh: "V-01 V-02", catalog.TierMedium: "V-01", catalog.TierLow: "V-01",
	} {
		var got []string
		for _, i := range q.For(tier) {
			got = append(got, i.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is asked %q, want %s", tier, got, want)
		}
	}
}

func TestQuestionnaires(t *testing.T) {
	l := load(t)
	for id, want := range map[catalog.QuestionnaireID]int{"vendor": 40, "customer": 60, "readiness": 50} {
		q, ok := l.Questionnaire(id)
		if !ok || len(q.Questions) < want {
			t.Errorf("%s has %d questions, there were %d", id, len(q.Questions), want)
		}
		asked := map[string]bool{}
		for _, i := range q.Questions {
			if asked[i.Ask] {
				t.Errorf("%s: %s is asked twice", id, i.ID)
			}
			asked[i.Ask] = true
			sentence(t, i.ID, i.Good)
			if !strings.HasSuffix(i.Ask, "?") && i.Kind != catalog.AnswerDocument {
				t.Errorf("%s: no question: %s", i.ID, i.Ask)
			}
		}
	}
	vendor, _ := l.Questionnaire("vendor")
	if short := len(vendor.For(catalog.TierMedium)); short < 10 || short > 20 {
		t.Errorf("the short questionnaire of the vendor policy has %d questions", short)
	}
	customer, _ := l.Questionnaire("customer")
	for _, series := range []criteria.SeriesID{"CC1", "CC2", "CC3", "CC4", "CC5", "CC6", "CC7", "CC8", "CC9", "A1", "C1"} {
		for _, c := range l.Criteria().InSeries(series) {
			if series == "CC6" && !slices.ContainsFunc(customer.Questions, func(i catalog.SurveyQuestion) bool { return slices.Contains(i.Criteria, c.ID) }) {
				t.Errorf("no customer asks about %s", c.ID)
			}
		}
		if !slices.ContainsFunc(customer.Questions, func(i catalog.SurveyQuestion) bool {
			return slices.ContainsFunc(i.Criteria, func(c criteria.ID) bool { return c.Series() == series })
		}) {
			t.Errorf("no customer asks about %s", series)
		}
	}
}

// We ask of vendors no less than our own policies promise.
func TestQuestionsAgreeWithThePolicies(t *testing.T) {
	l := load(t)
	vendor, _ := l.Questionnaire("vendor")
	for id, key := range map[string]catalog.SettingKey{
		"V-05": "vendor_report_months", "V-30": "vendor_report_hours", "V-40": "vendor_delete_days",
	} {
		s, _ := l.Setting(key)
		i := slices.IndexFunc(vendor.Questions, func(q catalog.SurveyQuestion) bool { return q.ID == id })
		if i < 0 || s.Default == "" || !strings.Contains(vendor.Questions[i].Good, s.Default) {
			t.Errorf("%s does not say %s, the default of %s", id, s.Default, key)
		}
	}
}
