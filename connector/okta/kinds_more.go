package okta

import (
	"assay/connector/field"
	"assay/internal/resource"
)

func deviceKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindDevice, "Okta devices", "name",
		field.Personal(field.Must("name", s, "its name, often its holder's")),
		field.Must("status", s, "CREATED, ACTIVE, SUSPENDED, DEACTIVATED"),
		field.Must("active", b, "it can be used"),
		field.May("platform", s, "WINDOWS, MACOS, IOS, ANDROID …"),
		field.May("os_version", s, "as the device tells"),
		field.May("encryption", s, "ALL_INTERNAL_VOLUMES, FULL, USER, SYSTEM_VOLUME, NONE; absent where the device does not tell"),
		field.May("encrypted", b, "what it keeps is encrypted, as Okta counts it: FULL, USER and ALL_INTERNAL_VOLUMES are; absent where the device does not tell"),
		field.May("managed", b, "device management is installed; absent where no user is linked"),
		field.May("screen_locked", b, "a code or a fingerprint opens it, for every user linked; absent where it does not tell"),
		field.May("jailbroken", b, "its protection was taken off; absent where it does not tell"),
		field.Must("created_at", resource.Time, "when it was registered"),
		field.List(field.Must("users", s, "ids of its users, sorted")),
	)
}

func tokenKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	return field.State(kindToken, "Okta API tokens", "name",
		field.Must("name", s, "its name"),
		field.May("client", s, "what it was made for; absent where Okta does not say"),
		field.Must("user", s, "id of the user whose power it has"),
		field.Must("super_admin", b, "that user is a super administrator"),
		field.Must("created_at", t, "when it was made"),
		field.Volatile(field.May("expires_at", t, "when it ends unless it is used: thirty days after its last use, as Okta keeps it")),
		field.Must("network_bound", b, "it works from named networks only"),
	)
}

func streamKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindStream, "Okta log streams", "name",
		field.Must("name", s, "its name"),
		field.Must("type", s, "aws_eventbridge, splunk_cloud_logstreaming …"),
		field.Must("active", b, "the system log flows"),
	)
}

func event(kind, title string, fields ...resource.Field) resource.Schema {
	const s, t = resource.String, resource.Time
	return resource.Schema{
		Kind: kind, Version: 1, Title: title, Family: resource.Event, Label: "event", At: "at",
		Fields: append([]resource.Field{
			field.Must("at", t, "when it was published"),
			field.Must("event", s, "its type, as Okta words it"),
			field.Must("text", s, "what Okta says of it, cut after 200 bytes"),
			field.Must("actor", s, "id of who did it"),
			field.Must("actor_type", s, "User, SystemPrincipal, PublicClientApp …"),
			field.Personal(field.May("actor_name", s, "the actor's login, or name")),
			field.May("result", s, "how it ended: SUCCESS, FAILURE, SKIPPED, ALLOW, DENY, CHALLENGE, UNKNOWN"),
			field.May("reason", s, "why, where Okta says so"),
		}, fields...),
	}
}

func signInKind() resource.Schema {
	return event(kindSignIn, "Sign-ins to Okta",
		field.Must("succeeded", resource.Bool, "a session began"),
	)
}

func adminKind() resource.Schema {
	const s = resource.String
	return event(kindAdmin, "Administration of Okta",
		field.Objects(field.Must("targets", s, "what it was done to, in Okta's order"), field.Must("type", s, "User, AppInstance, PolicyEntity …"), field.Must("id", s, "its id")),
	)
}
