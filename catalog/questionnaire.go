package catalog

import (
	"cmp"
	"io/fs"
	"regexp"
	"slices"

	"assay/internal/criteria"
)

// QuestionnaireID identifies a questionnaire, such as vendor.
type QuestionnaireID string

// Direction says who answers a questionnaire.
type Direction string

// The directions.
const (
	AskVendors      Direction = "ask_vendors"      // the org sends it to its vendors
	AnswerCustomers Direction = "answer_customers" // the org answers it for its customers
	AskOurselves    Direction = "ask_ourselves"    // the org answers it for itself, to know where it stands
)

// Directions lists the directions.
func Directions() []Direction { return []Direction{AskVendors, AnswerCustomers, AskOurselves} }

// AnswerKind says what an answer is.
type AnswerKind string

// The kinds of answer.
const (
	AnswerYesNo    AnswerKind = "yes_no" // with room for a remark
	AnswerText     AnswerKind = "text"
	AnswerNumber   AnswerKind = "number"
	AnswerDate     AnswerKind = "date"
	AnswerChoice   AnswerKind = "choice"   // one of Choices
	AnswerDocument AnswerKind = "document" // a file
)

// AnswerKinds lists the kinds of answer.
func AnswerKinds() []AnswerKind {
	return []AnswerKind{AnswerYesNo, AnswerText, AnswerNumber, AnswerDate, AnswerChoice, AnswerDocument}
}

// VendorTier says how much depends on a vendor; the vendor policy defines the
// tiers.
type VendorTier string

// The tiers.
const (
	TierCritical VendorTier = "critical"
	TierHigh     VendorTier = "high"
	TierMedium   VendorTier = "medium"
	TierLow      VendorTier = "low"
)

// VendorTiers lists the tiers, the highest first.
func VendorTiers() []VendorTier {
	return []VendorTier{TierCritical, TierHigh, TierMedium, TierLow}
}

// Questionnaire is a list of questions about security, sent to vendors, answered
// for customers or asked of oneself.
type Questionnaire struct {
	ID        QuestionnaireID  `yaml:"id"`
	Title     string           `yaml:"title"`
	Summary   string           `yaml:"summary"`
	Version   int              `yaml:"version"`
	Direction Direction        `yaml:"direction"`
	Sections  []string         `yaml:"sections"` // in order
	Questions []SurveyQuestion `yaml:"questions"`
}

// SurveyQuestion is one question of a questionnaire.
type SurveyQuestion struct {
	ID       string        `yaml:"id"` // never given to another question
	Section  string        `yaml:"section"`
	Tier     VendorTier    `yaml:"tier"` // with AskVendors, the lowest tier that is asked; else empty
	Ask      string        `yaml:"ask"`
	Kind     AnswerKind    `yaml:"kind"`
	Choices  []string      `yaml:"choices"`  // with AnswerChoice
	Expect   string        `yaml:"expect"`   // with AnswerYesNo, the answer that raises no question
	Good     string        `yaml:"good"`     // what a good answer says
	Evidence []string      `yaml:"evidence"` // what shows that the answer is true
	Criteria []criteria.ID `yaml:"criteria"`
	Controls []ControlID   `yaml:"controls"` // of ours: those that ask for it, or that answer it
}

// Questionnaires lists the questionnaires by id.
func (l *Library) Questionnaires() []Questionnaire { return slices.Clone(l.questionnaires) }

// Questionnaire finds a questionnaire.
func (l *Library) Questionnaire(id QuestionnaireID) (Questionnaire, bool) {
	return find(l.questionnaires, func(q Questionnaire) bool { return q.ID == id })
}

// For lists the questions that a vendor of the tier is asked: those of its own
// tier and of lower ones.
func (q Questionnaire) For(tier VendorTier) []SurveyQuestion {
	tiers := VendorTiers()
	return where(q.Questions, func(i SurveyQuestion) bool {
		return slices.Index(tiers, i.Tier) >= slices.Index(tiers, tier)
	})
}

func (l *Library) loadQuestionnaires(fsys fs.FS) []error {
	files, wrong := readAll[Questionnaire](fsys, "questionnaires")
	slices.SortStableFunc(files, func(a, b read[Questionnaire]) int { return cmp.Compare(a.value.ID, b.value.ID) })
	l.questionnaires, _ = index(files, &wrong, func(q Questionnaire) QuestionnaireID { return q.ID })
	for _, f := range files {
		object := objections(f.name, &wrong)
		named(object, "id", f.name, string(f.value.ID))
		f.value.validate(l, object)
	}
	return wrong
}

func (q Questionnaire) validate(l *Library, object objection) {
	filled(object, "title", q.Title)
	filled(object, "summary", q.Summary)
	if q.Version < 1 {
		object("version", "begins with 1")
	}
	oneOf(object, "direction", q.Direction, Directions())
	listed(object, "sections", q.Sections)
	ids := make([]string, 0, len(q.Questions))
	for _, i := range q.Questions {
		ids = append(ids, i.ID)
		i.validate(l, q, func(field, format string, args ...any) { object("questions."+i.ID+"."+field, format, args...) })
	}
	listed(object, "questions", ids)
}

// surveyForm is the form of a question's id: a letter for the questionnaire.
var surveyForm = regexp.MustCompile(`^[A-Z]-\d{2}$`)

func (i SurveyQuestion) validate(l *Library, of Questionnaire, object objection) {
	if !surveyForm.MatchString(i.ID) {
		object("id", "%q has not the form of V-01", i.ID)
	}
	oneOf(object, "section", i.Section, of.Sections)
	if of.Direction == AskVendors {
		oneOf(object, "tier", i.Tier, VendorTiers())
	} else if i.Tier != "" {
		object("tier", "%q does not go with direction %s", i.Tier, of.Direction)
	}
	filled(object, "ask", i.Ask)
	filled(object, "good", i.Good)
	oneOf(object, "kind", i.Kind, AnswerKinds())
	if (i.Kind == AnswerChoice) != (len(i.Choices) > 1) {
		object("choices", "there are %d, which does not go with kind %s", len(i.Choices), i.Kind)
	}
	each(object, "choices", i.Choices)
	if (i.Kind == AnswerYesNo) != (i.Expect == "yes" || i.Expect == "no") {
		object("expect", "%q does not go with kind %s", i.Expect, i.Kind)
	}
	listed(object, "evidence", i.Evidence)
	listed(object, "criteria", i.Criteria)
	resolve(object, "criteria", i.Criteria, isCriterion(l.criteria))
	listed(object, "controls", i.Controls)
	resolve(object, "controls", i.Controls, l.isControl)
}
