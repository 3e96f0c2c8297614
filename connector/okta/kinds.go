package okta

import (
	"assay/connector/field"
	"assay/internal/resource"
)

// The kinds, as the collectors name them.
const (
	kindOrg           = "okta.organization"
	kindUser          = "okta.user"
	kindGroup         = "okta.group"
	kindApp           = "okta.app"
	kindAssignment    = "okta.assignment"
	kindSession       = "okta.session_rule"
	kindPassword      = "okta.password_policy"
	kindEnrollment    = "okta.enrollment_policy"
	kindAuthenticator = "okta.authenticator"
	kindDevice        = "okta.device"
	kindToken         = "okta.api_token"
	kindStream        = "okta.log_stream"
	kindSignIn        = "okta.sign_in"
	kindAdmin         = "okta.administration"
)

// Kinds declares everything that the connector can tell about an organization.
func Kinds() []resource.Schema {
	return []resource.Schema{
		orgKind(), userKind(), groupKind(), appKind(), assignmentKind(), sessionKind(), passwordKind(), enrollmentKind(),
		authenticatorKind(), deviceKind(), tokenKind(), streamKind(), signInKind(), adminKind(),
	}
}

func orgKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindOrg, "Okta organizations", "name",
		field.Must("name", s, "the first part of its domain"),
		field.May("engine", s, "idx (Identity Engine) or v1 (Classic Engine); absent where Okta does not say"),
		field.List(field.Must("super_admins", s, "ids of the users who are super administrators, sorted")),
		field.Must("log_streamed", b, "a log stream that is active takes the system log elsewhere"),
		field.Must("support_access", b, "Okta's support may sign in to the organization now"),
	)
}

func userKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	k := field.State(kindUser, "Okta users", "login",
		field.Personal(field.Must("login", s, "name with which they sign in")),
		field.Personal(field.May("email", s, "work address, lower case; absent without one")),
		field.Personal(field.May("name", s, "first and last name")),
		field.Must("status", s, "as Okta words it: STAGED, PROVISIONED, ACTIVE, RECOVERY, LOCKED_OUT, PASSWORD_EXPIRED, SUSPENDED, DEPROVISIONED"),
		field.Must("enabled", b, "can sign in, now or after a reset: neither staged nor suspended nor deactivated"),
		field.Must("created_at", t, "when the account was made"),
		field.May("activated_at", t, "when it was activated; absent before"),
		field.May("status_changed_at", t, "when the status became what it is; absent where Okta does not say"),
		field.May("password_changed_at", t, "absent without a password here"),
		field.Volatile(field.May("last_used_at", t, "last sign-in; absent before the first")),
		field.May("provider", s, "who checks the credentials: OKTA, ACTIVE_DIRECTORY, LDAP, FEDERATION, SOCIAL, IMPORT"),
		field.Objects(field.Must("factors", s, "factors enrolled, sorted; empty for who is deactivated"),
			field.Must("type", s, "push, signed_nonce, webauthn, token:software:totp, sms …"), field.Must("provider", s, "OKTA, FIDO, GOOGLE …"), field.Must("active", b, "it can be used")),
		field.Must("second_factor", b, "an active factor beside the password, not e-mail and no question"),
		field.Must("strong_factor", b, "one that a telephone network does not carry"),
		field.Must("phishing_resistant", b, "one that a false page cannot use: WebAuthn, FIDO U2F, FastPass"),
		field.List(field.Must("roles", s, "administrators' roles, their own and their groups', sorted; a custom role as CUSTOM and its name")),
		field.Must("admin", b, "has a role other than reading"),
		field.Must("super_admin", b, "is a super administrator"),
	)
	k.Facets = []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": field.From("login"), "email": field.From("email"), "holder": {Value: "person"}, "enabled": field.From("enabled"), "admin": field.From("admin"),
		"mfa": field.From("second_factor"), "created_at": field.From("created_at"), "last_used_at": field.From("last_used_at"),
	}}}
	return k
}

func groupKind() resource.Schema {
	const s = resource.String
	return field.State(kindGroup, "Okta groups", "name",
		field.Must("name", s, "its name"),
		field.Must("type", s, "OKTA_GROUP, APP_GROUP (kept by an application or directory) or BUILT_IN"),
		field.List(field.Must("members", s, "ids of its users, sorted")),
	)
}

func appKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return field.State(kindApp, "Okta applications", "label",
		field.Must("label", s, "its name for people"),
		field.Must("name", s, "which product it is; saasure is Okta's own administration"),
		field.Must("active", b, "people can sign in through it"),
		field.Must("sign_on_mode", s, "SAML_2_0, OPENID_CONNECT, BOOKMARK, BROWSER_PLUGIN …"),
		field.Must("created_at", resource.Time, "when it was added"),
		field.Must("policy", s, "id of the policy for signing in to it"),
		field.Objects(field.Must("rules", s, "the policy's rules in their order; a member is absent where a rule's method is not known here"),
			field.Must("name", s, "its name"), field.Must("priority", i, "order, from 0"), field.Must("active", b, "it applies"), field.Must("allows", b, "it lets people in"),
			field.May("requires_mfa", b, "it asks for two factors"), field.May("phishing_resistant", b, "it asks for one that a false page cannot use")),
		field.Must("requires_mfa", b, "every active rule that lets people in asks for two factors"),
		field.Must("phishing_resistant", b, "every active rule that lets people in asks for a factor that a false page cannot use"),
	)
}

func assignmentKind() resource.Schema {
	const s = resource.String
	return field.State(kindAssignment, "Applications that people may use", "name",
		field.Must("name", s, "the application's name for people"),
		field.Must("app", s, "id of the application"),
		field.Must("user", s, "id of the user"),
		field.Words(field.Must("scope", s, "given to the user, or by way of a group"), "USER", "GROUP"),
		field.May("status", s, "as Okta words it: ACTIVE, PROVISIONED, SUSPENDED …"),
		field.Must("created_at", resource.Time, "since when"),
	)
}

func sessionKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return field.State(kindSession, "Rules of sessions", "name",
		field.Must("name", s, "policy and rule"),
		field.Must("policy", s, "id of the policy"),
		field.Must("active", b, "the policy and the rule apply"),
		field.Must("allows", b, "it lets people in"),
		field.Must("requires_mfa", b, "it asks for a second factor"),
		field.May("prompt", s, "how often it asks for the second factor: ALWAYS, DEVICE, SESSION; absent without"),
		field.In(field.Must("idle_minutes", i, "without use until a session ends"), "minutes"),
		field.In(field.Must("lifetime_minutes", i, "until a session ends; 0 is never"), "minutes"),
		field.Must("persistent", b, "a session outlives the browser"),
	)
}

func passwordKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return field.State(kindPassword, "Policies of passwords", "name",
		field.Must("name", s, "its name"),
		field.Must("active", b, "it applies"),
		field.Must("min_length", i, "characters at least"),
		field.Must("history", i, "former passwords that are refused; 0 is none"),
		field.Must("max_attempts", i, "wrong ones until the account is locked; 0 is never"),
		field.In(field.Must("max_age_days", i, "until it must be changed; 0 is never"), "days"),
		field.Must("common_refused", b, "common passwords are refused"),
		field.Must("name_refused", b, "the user's name in it is refused"),
	)
}

func enrollmentKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindEnrollment, "Policies of enrolment", "name",
		field.Must("name", s, "its name"),
		field.Must("active", b, "it applies"),
		field.List(field.Must("required", s, "authenticators that must be enrolled, sorted")),
		field.List(field.Must("optional", s, "authenticators that may be enrolled, sorted")),
	)
}

func authenticatorKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindAuthenticator, "Authenticators", "name",
		field.Must("name", s, "its name"),
		field.Must("key", s, "okta_verify, webauthn, okta_password, phone_number, security_question …"),
		field.Must("type", s, "app, security_key, password, phone, email …"),
		field.Must("active", b, "it can be used"),
	)
}
