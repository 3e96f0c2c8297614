package okta

import "assay/internal/resource"

func deviceKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindDevice, "Okta devices", "name",
		personal(must("name", s, "its name, often its holder's")),
		must("status", s, "CREATED, ACTIVE, SUSPENDED, DEACTIVATED"),
		must("active", b, "it can be used"),
		may("platform", s, "WINDOWS, MACOS, IOS, ANDROID …"),
		may("os_version", s, "as the device tells"),
		may("encryption", s, "ALL_INTERNAL_VOLUMES, FULL, USER, SYSTEM_VOLUME, NONE; absent where the device does not tell"),
		may("encrypted", b, "what it keeps is encrypted, as Okta counts it: FULL, USER and ALL_INTERNAL_VOLUMES are; absent where the device does not tell"),
		may("managed", b, "device management is installed; absent where no user is linked"),
		may("screen_locked", b, "a code or a fingerprint opens it, for every user linked; absent where it does not tell"),
		may("jailbroken", b, "its protection was taken off; absent where it does not tell"),
		must("created_at", resource.Time, "when it was registered"),
		listOf(must("users", s, "ids of its users, sorted")),
	)
}

func tokenKind() resource.Schema {
	const s, b, t = resource.String, resource.Bool, resource.Time
	return state(kindToken, "Okta API tokens", "name",
		must("name", s, "its name"),
		may("client", s, "what it was made for; absent where Okta does not say"),
		must("user", s, "id of the user whose power it has"),
		must("super_admin", b, "that user is a super administrator"),
		must("created_at", t, "when it was made"),
		volatile(may("expires_at", t, "when it ends unless it is used: thirty days after its last use, as Okta keeps it")),
		must("network_bound", b, "it works from named networks only"),
	)
}

func streamKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindStream, "Okta log streams", "name",
		must("name", s, "its name"),
		must("type", s, "aws_eventbridge, splunk_cloud_logstreaming …"),
		must("active", b, "the system log flows"),
	)
}

func event(kind, title string, fields ...resource.Field) resource.Schema {
	const s, t = resource.String, resource.Time
	return resource.Schema{
		Kind: kind, Version: 1, Title: title, Family: resource.Event, Label: "event", At: "at",
		Fields: append([]resource.Field{
			must("at", t, "when it was published"),
			must("event", s, "its type, as Okta words it"),
			must("text", s, "what Okta says of it, cut after 200 bytes"),
			must("actor", s, "id of who did it"),
			must("actor_type", s, "User, SystemPrincipal, PublicClientApp …"),
			personal(may("actor_name", s, "the actor's login, or name")),
			may("result", s, "how it ended: SUCCESS, FAILURE, SKIPPED, ALLOW, DENY, CHALLENGE, UNKNOWN"),
			may("reason", s, "why, where Okta says so"),
		}, fields...),
	}
}

func signInKind() resource.Schema {
	return event(kindSignIn, "Sign-ins to Okta",
		must("succeeded", resource.Bool, "a session began"),
	)
}

func adminKind() resource.Schema {
	const s = resource.String
	return event(kindAdmin, "Administration of Okta",
		objects(must("targets", s, "what it was done to, in Okta's order"), must("type", s, "User, AppInstance, PolicyEntity …"), must("id", s, "its id")),
	)
}
