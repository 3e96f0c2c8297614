package okta

import "assay/internal/resource"

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

func must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

func may(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

func in(unit string, f resource.Field) resource.Field {
	f.Unit = unit
	return f
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

func objects(f resource.Field, members ...resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.Object, Fields: members}
	return f
}

func state(kind, title, label string, fields ...resource.Field) resource.Schema {
	return resource.Schema{Kind: kind, Version: 1, Title: title, Family: resource.State, Label: label, Fields: fields}
}

func orgKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindOrg, "Okta organizations", "name",
		must("name", s, "the first part of its domain"),
		may("engine", s, "idx (Identity Engine) or v1 (Classic Engine); absent where Okta does not say"),
		listOf(must("super_admins", s, "ids of the users who are super administrators, sorted")),
		must("log_streamed", b, "a log stream that is active takes the system log elsewhere"),
		must("support_access", b, "Okta's support may sign in to the organization now"),
	)
}

func userKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	k := state(kindUser, "Okta users", "login",
		personal(must("login", s, "name with which they sign in")),
		personal(may("email", s, "work address, lower case; absent without one")),
		personal(may("name", s, "first and last name")),
		must("status", s, "as Okta words it: STAGED, PROVISIONED, ACTIVE, RECOVERY, LOCKED_OUT, PASSWORD_EXPIRED, SUSPENDED, DEPROVISIONED"),
		must("enabled", b, "can sign in, now or after a reset: neither staged nor suspended nor deactivated"),
		must("created_at", t, "when the account was made"),
		may("activated_at", t, "when it was activated; absent before"),
		may("status_changed_at", t, "when the status became what it is; absent where Okta does not say"),
		may("password_changed_at", t, "absent without a password here"),
		volatile(may("last_used_at", t, "last sign-in; absent before the first")),
		may("provider", s, "who checks the credentials: OKTA, ACTIVE_DIRECTORY, LDAP, FEDERATION, SOCIAL, IMPORT"),
		objects(must("factors", s, "factors enrolled, sorted; empty for who is deactivated"),
			must("type", s, "push, signed_nonce, webauthn, token:software:totp, sms …"), must("provider", s, "OKTA, FIDO, GOOGLE …"), must("active", b, "it can be used")),
		must("second_factor", b, "an active factor beside the password, not e-mail and no question"),
		must("strong_factor", b, "one that a telephone network does not carry"),
		must("phishing_resistant", b, "one that a false page cannot use: WebAuthn, FIDO U2F, FastPass"),
		listOf(must("roles", s, "administrators' roles, their own and their groups', sorted; a custom role as CUSTOM and its name")),
		must("admin", b, "has a role other than reading"),
		must("super_admin", b, "is a super administrator"),
	)
	from := func(field string) resource.Mapping { return resource.Mapping{From: field} }
	k.Facets = []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": from("login"), "email": from("email"), "holder": {Value: "person"}, "enabled": from("enabled"), "admin": from("admin"),
		"mfa": from("second_factor"), "created_at": from("created_at"), "last_used_at": from("last_used_at"),
	}}}
	return k
}

func groupKind() resource.Schema {
	const s = resource.String
	return state(kindGroup, "Okta groups", "name",
		must("name", s, "its name"),
		must("type", s, "OKTA_GROUP, APP_GROUP (kept by an application or directory) or BUILT_IN"),
		listOf(must("members", s, "ids of its users, sorted")),
	)
}

func appKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return state(kindApp, "Okta applications", "label",
		must("label", s, "its name for people"),
		must("name", s, "which product it is; saasure is Okta's own administration"),
		must("active", b, "people can sign in through it"),
		must("sign_on_mode", s, "SAML_2_0, OPENID_CONNECT, BOOKMARK, BROWSER_PLUGIN …"),
		must("created_at", resource.Time, "when it was added"),
		must("policy", s, "id of the policy for signing in to it"),
		objects(must("rules", s, "the policy's rules in their order; a member is absent where a rule's method is not known here"),
			must("name", s, "its name"), must("priority", i, "order, from 0"), must("active", b, "it applies"), must("allows", b, "it lets people in"),
			may("requires_mfa", b, "it asks for two factors"), may("phishing_resistant", b, "it asks for one that a false page cannot use")),
		must("requires_mfa", b, "every active rule that lets people in asks for two factors"),
		must("phishing_resistant", b, "every active rule that lets people in asks for a factor that a false page cannot use"),
	)
}

func assignmentKind() resource.Schema {
	const s = resource.String
	return state(kindAssignment, "Applications that people may use", "name",
		must("name", s, "the application's name for people"),
		must("app", s, "id of the application"),
		must("user", s, "id of the user"),
		words(must("scope", s, "given to the user, or by way of a group"), "USER", "GROUP"),
		may("status", s, "as Okta words it: ACTIVE, PROVISIONED, SUSPENDED …"),
		must("created_at", resource.Time, "since when"),
	)
}

func sessionKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return state(kindSession, "Rules of sessions", "name",
		must("name", s, "policy and rule"),
		must("policy", s, "id of the policy"),
		must("active", b, "the policy and the rule apply"),
		must("allows", b, "it lets people in"),
		must("requires_mfa", b, "it asks for a second factor"),
		may("prompt", s, "how often it asks for the second factor: ALWAYS, DEVICE, SESSION; absent without"),
		in("minutes", must("idle_minutes", i, "without use until a session ends")),
		in("minutes", must("lifetime_minutes", i, "until a session ends; 0 is never")),
		must("persistent", b, "a session outlives the browser"),
	)
}

func passwordKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return state(kindPassword, "Policies of passwords", "name",
		must("name", s, "its name"),
		must("active", b, "it applies"),
		must("min_length", i, "characters at least"),
		must("history", i, "former passwords that are refused; 0 is none"),
		must("max_attempts", i, "wrong ones until the account is locked; 0 is never"),
		in("days", must("max_age_days", i, "until it must be changed; 0 is never")),
		must("common_refused", b, "common passwords are refused"),
		must("name_refused", b, "the user's name in it is refused"),
	)
}

func enrollmentKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindEnrollment, "Policies of enrolment", "name",
		must("name", s, "its name"),
		must("active", b, "it applies"),
		listOf(must("required", s, "authenticators that must be enrolled, sorted")),
		listOf(must("optional", s, "authenticators that may be enrolled, sorted")),
	)
}

func authenticatorKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindAuthenticator, "Authenticators", "name",
		must("name", s, "its name"),
		must("key", s, "okta_verify, webauthn, okta_password, phone_number, security_question …"),
		must("type", s, "app, security_key, password, phone, email …"),
		must("active", b, "it can be used"),
	)
}
