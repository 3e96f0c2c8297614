// Package all is the one list of the registers that are declared as data, in the
// order in which commands and operations name them.
//
// Invariant: a register that owns others comes before them.
package all

import (
	"assay/internal/continuity"
	"assay/internal/description"
	"assay/internal/engagement"
	"assay/internal/gap"
	"assay/internal/governance"
	"assay/internal/incident"
	"assay/internal/integrity"
	"assay/internal/inventory"
	"assay/internal/privacy"
	"assay/internal/register"
	"assay/internal/review"
	"assay/internal/risk"
	"assay/internal/training"
	"assay/internal/vendor"
)

// Declarations lists the registers.
func Declarations() []register.Declaration {
	return []register.Declaration{
		risk.Declaration(), risk.Assessments(), gap.Declaration(), gap.Questions(), gap.Assessments(),
		vendor.Declaration(), vendor.Reports(), vendor.Expectations(), vendor.Reliances(),
		incident.Declaration(), incident.Events(), incident.Actions(), incident.Reports(),
		continuity.Declaration(), continuity.Tests(),
		inventory.Assets(), inventory.Classes(), inventory.Stores(), inventory.Flows(), inventory.Disposals(),
		privacy.Requests(), privacy.Notices(), privacy.Processing(), privacy.Disclosures(), privacy.Consents(),
		integrity.Errors(), integrity.Declaration(), integrity.Runs(),
		training.Courses(), training.Completions(), training.Exercises(),
		review.Declaration(), governance.Findings(), governance.Meetings(), engagement.Declaration(), engagement.Requests(), engagement.Populations(), engagement.Samples(), engagement.Sheets(), engagement.Exceptions(),
		description.Declaration(), description.UserControls(),
	}
}
