package page_test

import "assay/internal/web/view/page"

// gallery lists every page in its states.
func gallery() []sheet {
	return []sheet{
		{"dashboard", page.Readiness(shell("readiness", "Readiness", crumb("Readiness")), readiness())},
		{"controls", page.Controls(shell("controls", "Controls", crumb("Controls")), controls())},
		{"control", page.Control(shell("controls", "AC-04", crumb("Controls"), crumb("AC-04")), controlPage())},
		{"control-checks", page.Control(shell("controls", "AC-04", crumb("Controls"), crumb("AC-04")), controlChecksTab())},
		{"control-activities", page.Control(shell("controls", "AC-04", crumb("Controls"), crumb("AC-04")), controlActivitiesTab())},
		{"control-deviations", page.Control(shell("controls", "AC-04", crumb("Controls"), crumb("AC-04")), controlDeviationsTab())},
		{"control-versions", page.Control(shell("controls", "AC-04", crumb("Controls"), crumb("AC-04")), controlVersionsTab())},
		{"checks", page.Checks(shell("checks", "Checks", crumb("Checks")), checks())},
		{"check", page.Check(shell("checks", "AWS console users have MFA", crumb("Checks"), crumb("aws.iam.user.mfa")), checkPage())},
	}
}
