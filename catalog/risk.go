package catalog

import (
	"cmp"
	"io/fs"
	"maps"
	"regexp"
	"slices"

	"assay/internal/criteria"
)

// ScenarioID identifies a risk scenario, such as RS-07. An id is never given to
// another scenario.
type ScenarioID string

// RiskCategory says where a risk comes from. risks/library.yaml lists the
// categories; the risk policy asks that an assessment looks at each.
type RiskCategory string

// Scenario is a risk that many service organizations have. An org that takes it
// up gets its own risk, which it then rates for itself.
type Scenario struct {
	ID          ScenarioID    `yaml:"id"`
	Title       string        `yaml:"title"`
	Category    RiskCategory  `yaml:"category"`
	Event       string        `yaml:"event"` // what could happen
	Causes      []string      `yaml:"causes"`
	Consequence string        `yaml:"consequence"`
	Criteria    []criteria.ID `yaml:"criteria"`   // the foremost first; CC3.3 marks fraud
	Controls    []ControlID   `yaml:"controls"`   // those that treat it, the foremost first
	Likelihood  Rating        `yaml:"likelihood"` // before controls
	Impact      Rating        `yaml:"impact"`     // before controls
	Questions   []string      `yaml:"questions"`  // whose answers help to rate it
}

// Rating is a suggested step of a scale, and why.
type Rating struct {
	Step   int    `yaml:"step"` // from 1 to 5
	Reason string `yaml:"reason"`
}

// ScaleStep is one step of the scale of likelihood or impact.
type ScaleStep struct {
	Name    string `yaml:"name"`
	Meaning string `yaml:"meaning"`
}

// RiskScales says what the steps mean; each scale has five, step 1 first.
type RiskScales struct {
	Likelihood []ScaleStep `yaml:"likelihood"`
	Impact     []ScaleStep `yaml:"impact"`
}

// highestStep is the last step of each scale.
const highestStep = 5

// riskWords is what risks/library.yaml says.
type riskWords struct {
	Categories map[RiskCategory]string `yaml:"categories"`
	Scales     RiskScales              `yaml:"scales"`
}

// Scenarios lists the risk scenarios by id.
func (l *Library) Scenarios() []Scenario { return slices.Clone(l.scenarios) }

// Scenario finds a risk scenario.
func (l *Library) Scenario(id ScenarioID) (Scenario, bool) {
	return find(l.scenarios, func(s Scenario) bool { return s.ID == id })
}

// ScenariosFor lists the scenarios that a control treats, by id.
func (l *Library) ScenariosFor(id ControlID) []Scenario {
	return where(l.scenarios, func(s Scenario) bool { return slices.Contains(s.Controls, id) })
}

// RiskCategories gives the meaning of each category of risk.
func (l *Library) RiskCategories() map[RiskCategory]string { return maps.Clone(l.riskWords.Categories) }

// RiskScales gives the meaning of the steps of likelihood and impact.
func (l *Library) RiskScales() RiskScales { return l.riskWords.Scales }

func (l *Library) loadRisks(fsys fs.FS) []error {
	const folder = "risks"
	files, wrong := readAll[Scenario](fsys, folder, libraryFile)
	if err := decodeFile(fsys, folder+"/"+libraryFile, &l.riskWords); err != nil {
		return append(wrong, err)
	}
	slices.SortStableFunc(files, func(a, b read[Scenario]) int { return cmp.Compare(a.value.ID, b.value.ID) })
	l.scenarios, _ = index(files, &wrong, func(s Scenario) ScenarioID { return s.ID })
	for _, f := range files {
		object := objections(f.name, &wrong)
		named(object, "id", f.name, string(f.value.ID))
		f.value.validate(l, object)
	}
	object := objections(folder+"/"+libraryFile, &wrong)
	for _, category := range slices.Sorted(maps.Keys(l.riskWords.Categories)) {
		filled(object, "categories."+string(category), l.riskWords.Categories[category])
	}
	scale(object, "scales.likelihood", l.riskWords.Scales.Likelihood)
	scale(object, "scales.impact", l.riskWords.Scales.Impact)
	return wrong
}

func scale(object objection, field string, steps []ScaleStep) {
	if len(steps) != highestStep {
		object(field, "has %d steps, not %d", len(steps), highestStep)
	}
	for _, s := range steps {
		filled(object, field+".name", s.Name)
		filled(object, field+".meaning", s.Meaning)
	}
}

var scenarioForm = regexp.MustCompile(`^RS-\d{2}$`)

func (s Scenario) validate(l *Library, object objection) {
	if !scenarioForm.MatchString(string(s.ID)) {
		object("id", "%q has not the form of RS-01", s.ID)
	}
	filled(object, "title", s.Title)
	filled(object, "event", s.Event)
	filled(object, "consequence", s.Consequence)
	oneOf(object, "category", s.Category, slices.Sorted(maps.Keys(l.riskWords.Categories)))
	listed(object, "causes", s.Causes)
	listed(object, "questions", s.Questions)
	listed(object, "criteria", s.Criteria)
	resolve(object, "criteria", s.Criteria, isCriterion(l.criteria))
	listed(object, "controls", s.Controls)
	resolve(object, "controls", s.Controls, l.isControl)
	s.Likelihood.validate("likelihood", object)
	s.Impact.validate("impact", object)
}

func (r Rating) validate(field string, object objection) {
	if r.Step < 1 || r.Step > highestStep {
		object(field+".step", "%d is not from 1 to %d", r.Step, highestStep)
	}
	filled(object, field+".reason", r.Reason)
}
