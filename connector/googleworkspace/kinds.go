package googleworkspace

import (
	"assay/connector/field"
	"assay/internal/resource"
)

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

func mapOf(f resource.Field) resource.Field {
	f.Type = resource.Map
	f.Of = &resource.Field{Type: resource.String}
	return f
}

func orgKind() resource.Schema {
	const s = resource.String
	return field.State(kindOrg, "Google Workspace organizations", "name",
		field.Must("name", s, "its first domain"),
		field.List(field.Must("super_admins", s, "ids of the users who are super administrators and can sign in, sorted")),
	)
}

func userKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	k := field.State(kindUser, "Google Workspace users", "email",
		field.Personal(field.Must("email", s, "first address, with which they sign in, lower case")),
		field.Personal(field.May("name", s, "full name")),
		field.Must("enabled", b, "can sign in: neither suspended nor archived"),
		field.Must("suspended", b, "is suspended"),
		field.May("suspension", s, "why, as Google words it: ADMIN, UNDER13, WEB_LOGIN_REQUIRED, ABUSE …"),
		field.Must("archived", b, "is archived"),
		field.Must("super_admin", b, "is a super administrator"),
		field.Must("admin", b, "is a super or a delegated administrator"),
		field.List(field.Must("roles", s, "administrators' roles, their own and their groups', sorted")),
		field.Must("two_step", b, "has 2-Step Verification"),
		field.Must("two_step_enforced", b, "cannot sign in without 2-Step Verification"),
		field.Must("second_factor", b, "has 2-Step Verification and cannot do without"),
		field.May("unit", s, "path of the organizational unit"),
		field.Must("created_at", t, "when the account was made"),
		field.Volatile(field.May("last_used_at", t, "last sign-in; absent before the first")),
	)
	k.Facets = []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": field.From("email"), "email": field.From("email"), "holder": {Value: "person"}, "enabled": field.From("enabled"), "admin": field.From("admin"),
		"mfa": field.From("second_factor"), "created_at": field.From("created_at"), "last_used_at": field.From("last_used_at"),
	}}}
	return k
}

func groupKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindGroup, "Google groups", "email",
		field.Must("email", s, "its address"),
		field.Must("name", s, "its name"),
		field.Objects(field.Must("members", s, "who is in it, by id"), field.Must("id", s, "of the user, group or customer"),
			field.Must("role", s, "OWNER, MANAGER or MEMBER"), field.Must("type", s, "USER, GROUP, CUSTOMER or EXTERNAL")),
		field.Must("everybody", b, "the whole organization is in it"),
		field.Must("outsiders", resource.Int, "members who do not belong to the organization"),
	)
}

func assignmentKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindAssignment, "Administrators' roles", "role",
		field.Must("role", s, "its name"),
		field.Must("super", b, "it may do everything"),
		field.Must("assignee", s, "id of the user or group"),
		field.May("assignee_type", s, "USER or GROUP"),
		field.Must("scope", s, "CUSTOMER or ORG_UNIT"),
	)
}

func grantKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindGrant, "Applications that people let in", "name",
		field.Must("name", s, "the application's name, as it gives it"),
		field.Must("client", s, "its id"),
		field.Must("user", s, "id of the user"),
		field.Must("native", b, "it is installed on a device"),
		field.Must("anonymous", b, "it is not registered with Google"),
		field.List(field.Must("scopes", s, "what it may do, sorted")),
	)
}

func mobileKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	return field.State(kindMobile, "Mobile devices", "model",
		field.Must("model", s, "its model"),
		field.Must("type", s, "ANDROID, IOS_SYNC, GOOGLE_SYNC …"),
		field.May("os", s, "system and release"),
		field.Must("status", s, "APPROVED, BLOCKED, PENDING, WIPED, UNPROVISIONED …"),
		field.Must("approved", b, "it may read the organization's data"),
		field.Personal(field.List(field.May("users", s, "addresses of its users"))),
		field.May("encrypted", b, "what it keeps is encrypted; absent where the device does not tell"),
		field.May("password_on", b, "a code opens it; absent where the device does not tell"),
		field.May("compromised", b, "its protection was taken off; absent where the device does not tell"),
		field.May("debugging", b, "it can be read over a cable; absent where the device does not tell"),
		field.May("first_seen_at", t, "when it first fetched data"),
		field.Volatile(field.May("last_used_at", t, "when it last fetched data")),
	)
}

func chromeKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	return field.State(kindChrome, "ChromeOS devices", "model",
		field.Must("model", s, "its model"),
		field.Must("status", s, "ACTIVE, DISABLED, DEPROVISIONED …"),
		field.Must("active", b, "it is managed and in use"),
		field.Personal(field.May("user", s, "to whom it was given, as noted in the console")),
		field.May("os_version", s, "release"),
		field.May("developer_mode", b, "its system can be changed; absent where the device does not tell"),
		field.Volatile(field.May("last_used_at", t, "when it last reported")),
	)
}

func settingKind() resource.Schema {
	const s = resource.String
	return field.State(kindSetting, "Settings of Google Workspace", "setting",
		field.Must("setting", s, "its name, such as security.password"),
		field.Must("unit_id", s, "the organizational unit that it holds for"),
		field.May("unit", s, "the unit's path; absent when the unit is gone"),
		field.May("group", s, "the group that it holds for; absent when it is for all of the unit"),
		field.Words(field.Must("origin", s, "who set it"), "ADMIN", "SYSTEM"),
		mapOf(field.Must("value", s, "what it is set to, by the names that Google gives")),
	)
}

func alertKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindAlert, "Alert rules", "name",
		field.Must("name", s, "its name"),
		field.Must("active", b, "it is on"),
		field.Must("super_admins", b, "all super administrators hear of it"),
		field.Must("recipients", resource.Int, "others who hear of it"),
		field.May("severity", s, "HIGH, MEDIUM, LOW; absent where none is set"),
	)
}
