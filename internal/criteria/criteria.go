package criteria

import "slices"

// CategoryID identifies a trust services category.
type CategoryID string

// The five categories, in the publication's order.
const (
	Security            CategoryID = "security"
	Availability        CategoryID = "availability"
	Confidentiality     CategoryID = "confidentiality"
	ProcessingIntegrity CategoryID = "processing_integrity"
	Privacy             CategoryID = "privacy"
)

// CategoryIDs lists the five categories in the publication's order.
func CategoryIDs() []CategoryID {
	return []CategoryID{Security, Availability, Confidentiality, ProcessingIntegrity, Privacy}
}

// Known reports whether it is one of the five categories.
func (c CategoryID) Known() bool { return slices.Contains(CategoryIDs(), c) }

// Common in the place of a category says that a series belongs to all of them.
const Common CategoryID = "common"

// Framework is the publication that the criteria come from.
type Framework struct {
	ID            string `yaml:"id"`
	Name          string `yaml:"name"`
	Publisher     string `yaml:"publisher"`
	Notice        string `yaml:"notice"`         // whose words these are; shown wherever the paraphrase is
	CriteriaCount int    `yaml:"criteria_count"` // as published; a Library has exactly so many
}

// Category is one of the subjects that a SOC 2 report can cover.
type Category struct {
	ID   CategoryID `yaml:"id"`
	Name string     `yaml:"name"`
}

// Series is a group of criteria with a heading.
type Series struct {
	ID        SeriesID   `yaml:"id"`
	Name      string     `yaml:"name"`
	AppliesTo CategoryID `yaml:"applies_to"` // the category that adds it, or Common
}

// Categories lists the categories that the series belongs to.
func (s Series) Categories() []CategoryID {
	if s.AppliesTo == Common {
		return CategoryIDs()
	}
	return []CategoryID{s.AppliesTo}
}

// Criterion is one thing that the organization's controls must achieve.
type Criterion struct {
	ID            ID             `yaml:"id"`
	Title         string         `yaml:"title"`
	COSOPrinciple int            `yaml:"coso_principle"` // 1 to 17 for the first 17 common criteria, else 0
	Summary       string         `yaml:"summary"`        // our paraphrase
	PointsOfFocus []PointOfFocus `yaml:"points_of_focus"`

	Series     SeriesID     `yaml:"-"` // the Library fills it from the id
	Categories []CategoryID `yaml:"-"` // the Library fills it from the series
}

// In reports whether the criterion is examined when the category is in scope.
func (c Criterion) In(category CategoryID) bool {
	return slices.Contains(c.Categories, category)
}

// Source says where a point of focus comes from.
type Source string

// The sources.
const (
	COSO         Source = "coso"         // the COSO framework
	Supplemental Source = "supplemental" // added for the trust services criteria
	OwnReading   Source = "own_reading"  // ours, where the publication offers none that fits
)

// Sources lists the sources.
func Sources() []Source { return []Source{COSO, Supplemental, OwnReading} }

// PrivacyRole is the part that an organization plays for personal information.
type PrivacyRole string

// The roles.
const (
	Controller PrivacyRole = "controller" // decides why and how it is processed
	Processor  PrivacyRole = "processor"  // processes it on a controller's instructions
)

// PrivacyRoles lists the roles.
func PrivacyRoles() []PrivacyRole { return []PrivacyRole{Controller, Processor} }

// PointOfFocus is a characteristic to consider when judging a criterion. Points
// help to judge; they are not requirements to be met one by one.
type PointOfFocus struct {
	ID     PointID       `yaml:"id"`
	Text   string        `yaml:"text"` // our paraphrase
	Source Source        `yaml:"source"`
	Scope  []CategoryID  `yaml:"scope"` // only when one of these is in scope; empty: always
	Roles  []PrivacyRole `yaml:"roles"` // only for these roles; empty: for any
}

// Applies reports whether the point is worth considering for a report on the
// given categories by an organization in the given roles. Without roles, which
// is an organization that has not said, points for any role apply.
func (p PointOfFocus) Applies(categories []CategoryID, roles []PrivacyRole) bool {
	inScope := len(p.Scope) == 0 || slices.ContainsFunc(p.Scope, func(c CategoryID) bool {
		return slices.Contains(categories, c)
	})
	inRole := len(p.Roles) == 0 || len(roles) == 0 || slices.ContainsFunc(p.Roles, func(r PrivacyRole) bool {
		return slices.Contains(roles, r)
	})
	return inScope && inRole
}

// ReportType is one of the two kinds of SOC 2 report.
type ReportType string

// The report types.
const (
	Type1 ReportType = "type1" // the design of controls as of a date
	Type2 ReportType = "type2" // their design and operation over a period
)

// ReportTypes lists the report types.
func ReportTypes() []ReportType { return []ReportType{Type1, Type2} }

// DescriptionID identifies a description criterion as published, DC1 to DC9.
type DescriptionID string

// DescriptionCriterion is one thing that the system description must tell.
type DescriptionCriterion struct {
	ID          DescriptionID `yaml:"id"`
	Title       string        `yaml:"title"`
	Summary     string        `yaml:"summary"`      // our paraphrase
	ReportTypes []ReportType  `yaml:"report_types"` // only for these; empty: for both
}
