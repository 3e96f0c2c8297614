package statuspage

import "assay/internal/resource"

const (
	kindComponent = "status_page.component"
	kindIncident  = "status_page.incident"
)

// Kinds declares everything that the connector can tell about a page.
func Kinds() []resource.Schema {
	const s, i, t = resource.String, resource.Int, resource.Time
	return []resource.Schema{
		{
			Kind: kindComponent, Version: 1, Title: "Components", Family: resource.State, Label: "name", Fields: []resource.Field{
				{Name: "name", Type: s, Meaning: "as the page shows it"},
				{Name: "status", Type: s, Meaning: "operational, degraded_performance, partial_outage, major_outage, under_maintenance"},
				{Name: "changed_at", Type: t, Meaning: "when its owner last changed it"},
			},
		},
		{
			Kind: kindIncident, Version: 1, Title: "Incidents told", Family: resource.Event, Label: "name", At: "at", Fields: []resource.Field{
				{Name: "at", Type: t, Meaning: "when it began, as its owner says"},
				{Name: "name", Type: s, Meaning: "as the page shows it"},
				{Name: "impact", Type: s, Meaning: "none, minor, major, critical, maintenance"},
				{Name: "status", Type: s, Meaning: "investigating, identified, monitoring, resolved, postmortem"},
				{Name: "updates", Type: i, Meaning: "messages that were shown about it"},
				{Name: "told_at", Type: t, Optional: true, Meaning: "when the first of them was written; absent without any"},
				{Name: "resolved_at", Type: t, Optional: true, Meaning: "when it ended; absent while it lasts"},
			},
		},
	}
}
