package googleworkspace

import "assay/internal/resource"

// The kinds, as the collectors name them.
const (
	kindOrg        = "google_workspace.organization"
	kindUser       = "google_workspace.user"
	kindGroup      = "google_workspace.group"
	kindAssignment = "google_workspace.role_assignment"
	kindGrant      = "google_workspace.grant"
	kindMobile     = "google_workspace.mobile_device"
	kindChrome     = "google_workspace.chrome_device"
	kindSetting    = "google_workspace.setting"
	kindAlert      = "google_workspace.alert_rule"
	kindSignIn     = "google_workspace.sign_in"
	kindAdmin      = "google_workspace.administration"
	kindLetIn      = "google_workspace.authorization"
)

// Kinds declares everything that the connector can tell about an organization.
func Kinds() []resource.Schema {
	return []resource.Schema{
		orgKind(), userKind(), groupKind(), assignmentKind(), grantKind(), mobileKind(), chromeKind(), settingKind(), alertKind(),
		signInKind(), adminKind(), letInKind(),
	}
}

func must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

func may(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

func words(f resource.Field, enum ...string) resource.Field {
	f.Enum = enum
	return f
}

func personal(f resource.Field) resource.Field {
	f.Personal = true
	return f
}

func volatile(f resource.Field) resource.Field {
	f.Volatile = true
	return f
}

func listOf(f resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.String}
	return f
}

func mapOf(f resource.Field) resource.Field {
	f.Type = resource.Map
	f.Of = &resource.Field{Type: resource.String}
	return f
}

func objects(f resource.Field, members ...resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.Object, Fields: members}
	return f
}

func state(kind, title, label string, fields ...resource.Field) resource.Schema {
	return resource.Schema{Kind: kind, Version: 1, Title: title, Family: resource.State, Label: label, Fields: fields}
}

func orgKind() resource.Schema {
	const s = resource.String
	return state(kindOrg, "Google Workspace organizations", "name",
		must("name", s, "its first domain"),
		listOf(must("super_admins", s, "ids of the users who are super administrators and can sign in, sorted")),
	)
}

func userKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	k := state(kindUser, "Google Workspace users", "email",
		personal(must("email", s, "first address, with which they sign in, lower case")),
		personal(may("name", s, "full name")),
		must("enabled", b, "can sign in: neither suspended nor archived"),
		must("suspended", b, "is suspended"),
		may("suspension", s, "why, as Google words it: ADMIN, UNDER13, WEB_LOGIN_REQUIRED, ABUSE …"),
		must("archived", b, "is archived"),
		must("super_admin", b, "is a super administrator"),
		must("admin", b, "is a super or a delegated administrator"),
		listOf(must("roles", s, "administrators' roles, their own and their groups', sorted")),
		must("two_step", b, "has 2-Step Verification"),
		must("two_step_enforced", b, "cannot sign in without 2-Step Verification"),
		must("second_factor", b, "has 2-Step Verification and cannot do without"),
		may("unit", s, "path of the organizational unit"),
		must("created_at", t, "when the account was made"),
		volatile(may("last_used_at", t, "last sign-in; absent before the first")),
	)
	from := func(field string) resource.Mapping { return resource.Mapping{From: field} }
	k.Facets = []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": from("email"), "email": from("email"), "holder": {Value: "person"}, "enabled": from("enabled"), "admin": from("admin"),
		"mfa": from("second_factor"), "created_at": from("created_at"), "last_used_at": from("last_used_at"),
	}}}
	return k
}

func groupKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindGroup, "Google groups", "email",
		must("email", s, "its address"),
		must("name", s, "its name"),
		objects(must("members", s, "who is in it, by id"), must("id", s, "of the user, group or customer"),
			must("role", s, "OWNER, MANAGER or MEMBER"), must("type", s, "USER, GROUP, CUSTOMER or EXTERNAL")),
		must("everybody", b, "the whole organization is in it"),
		must("outsiders", resource.Int, "members who do not belong to the organization"),
	)
}

func assignmentKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindAssignment, "Administrators' roles", "role",
		must("role", s, "its name"),
		must("super", b, "it may do everything"),
		must("assignee", s, "id of the user or group"),
		may("assignee_type", s, "USER or GROUP"),
		must("scope", s, "CUSTOMER or ORG_UNIT"),
	)
}

func grantKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindGrant, "Applications that people let in", "name",
		must("name", s, "the application's name, as it gives it"),
		must("client", s, "its id"),
		must("user", s, "id of the user"),
		must("native", b, "it is installed on a device"),
		must("anonymous", b, "it is not registered with Google"),
		listOf(must("scopes", s, "what it may do, sorted")),
	)
}

func mobileKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	return state(kindMobile, "Mobile devices", "model",
		must("model", s, "its model"),
		must("type", s, "ANDROID, IOS_SYNC, GOOGLE_SYNC …"),
		may("os", s, "system and release"),
		must("status", s, "APPROVED, BLOCKED, PENDING, WIPED, UNPROVISIONED …"),
		must("approved", b, "it may read the organization's data"),
		personal(listOf(may("users", s, "addresses of its users"))),
		may("encrypted", b, "what it keeps is encrypted; absent where the device does not tell"),
		may("password_on", b, "a code opens it; absent where the device does not tell"),
		may("compromised", b, "its protection was taken off; absent where the device does not tell"),
		may("debugging", b, "it can be read over a cable; absent where the device does not tell"),
		may("first_seen_at", t, "when it first fetched data"),
		volatile(may("last_used_at", t, "when it last fetched data")),
	)
}

func chromeKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	return state(kindChrome, "ChromeOS devices", "model",
		must("model", s, "its model"),
		must("status", s, "ACTIVE, DISABLED, DEPROVISIONED …"),
		must("active", b, "it is managed and in use"),
		personal(may("user", s, "to whom it was given, as noted in the console")),
		may("os_version", s, "release"),
		may("developer_mode", b, "its system can be changed; absent where the device does not tell"),
		volatile(may("last_used_at", t, "when it last reported")),
	)
}

func settingKind() resource.Schema {
	const s = resource.String
	return state(kindSetting, "Settings of Google Workspace", "setting",
		must("setting", s, "its name, such as security.password"),
		must("unit_id", s, "the organizational unit that it holds for"),
		may("unit", s, "the unit's path; absent when the unit is gone"),
		may("group", s, "the group that it holds for; absent when it is for all of the unit"),
		words(must("origin", s, "who set it"), "ADMIN", "SYSTEM"),
		mapOf(must("value", s, "what it is set to, by the names that Google gives")),
	)
}

func alertKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindAlert, "Alert rules", "name",
		must("name", s, "its name"),
		must("active", b, "it is on"),
		must("super_admins", b, "all super administrators hear of it"),
		must("recipients", resource.Int, "others who hear of it"),
		may("severity", s, "HIGH, MEDIUM, LOW; absent where none is set"),
	)
}
