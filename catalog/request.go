package catalog

import (
	"regexp"

	"assay/internal/criteria"
)

// RequestID identifies a request, such as R-025. An id is never given to
// another request.
type RequestID string

// RequestType says what an auditor asks for.
type RequestType string

// The types of request.
const (
	AskDocument       RequestType = "document"
	AskPopulation     RequestType = "population"
	AskSample         RequestType = "sample"
	AskConfiguration  RequestType = "configuration"
	AskObservation    RequestType = "observation"
	AskInquiry        RequestType = "inquiry"
	AskRepresentation RequestType = "representation"
)

// RequestTypes lists the types of request.
func RequestTypes() []RequestType {
	return []RequestType{
		AskDocument, AskPopulation, AskSample, AskConfiguration, AskObservation, AskInquiry, AskRepresentation,
	}
}

// Phase says at which stage of the examination a request comes.
type Phase string

// The phases, in order.
const (
	Planning  Phase = "planning"
	Fieldwork Phase = "fieldwork"
	Reporting Phase = "reporting"
)

// Phases lists the phases in order.
func Phases() []Phase { return []Phase{Planning, Fieldwork, Reporting} }

// Timing says what span of time the answer has to cover.
type Timing string

// The timings.
const (
	AsOf       Timing = "as_of"  // one date
	OverPeriod Timing = "period" // the whole period; in a Type 1 examination, its date
)

// Timings lists the timings.
func Timings() []Timing { return []Timing{AsOf, OverPeriod} }

// Request is something that an auditor typically asks the organization for.
type Request struct {
	ID                  RequestID                `yaml:"id"`
	Title               string                   `yaml:"title"`
	Section             string                   `yaml:"section"` // one of the library's sections
	Type                RequestType              `yaml:"type"`
	Phase               Phase                    `yaml:"phase"`
	ReportTypes         []criteria.ReportType    `yaml:"report_types"`
	Timing              Timing                   `yaml:"timing"`
	Criteria            []criteria.ID            `yaml:"criteria"`
	DescriptionCriteria []criteria.DescriptionID `yaml:"description_criteria"` // may be empty
	Controls            []ControlID              `yaml:"controls"`             // those the answer serves to test
	Text                string                   `yaml:"text"`
	Reliability         string                   `yaml:"reliability"` // what makes the answer one to rely on
}

// requestForm is the form of a request's id.
var requestForm = regexp.MustCompile(`^R-\d{3}$`)

func (r Request) validate(l *Library, object objection) {
	if !requestForm.MatchString(string(r.ID)) {
		object("id", "%q has not the form of R-001", r.ID)
	}
	filled(object, "title", r.Title)
	filled(object, "text", r.Text)
	filled(object, "reliability", r.Reliability)
	oneOf(object, "section", r.Section, l.sections)
	oneOf(object, "type", r.Type, RequestTypes())
	oneOf(object, "phase", r.Phase, Phases())
	oneOf(object, "timing", r.Timing, Timings())
	listed(object, "report_types", r.ReportTypes)
	for _, t := range r.ReportTypes {
		oneOf(object, "report_types", t, criteria.ReportTypes())
	}
	listed(object, "criteria", r.Criteria)
	resolve(object, "criteria", r.Criteria, isCriterion(l.criteria))
	each(object, "description_criteria", r.DescriptionCriteria)
	resolve(object, "description_criteria", r.DescriptionCriteria, func(id criteria.DescriptionID) bool {
		_, ok := l.criteria.DescriptionCriterion(id)
		return ok
	})
	listed(object, "controls", r.Controls)
	resolve(object, "controls", r.Controls, l.isControl)
}
