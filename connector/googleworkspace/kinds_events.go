package googleworkspace

import "assay/internal/resource"

func event(kind, title string, fields ...resource.Field) resource.Schema {
	const s, t = resource.String, resource.Time
	return resource.Schema{
		Kind: kind, Version: 1, Title: title, Family: resource.Event, Label: "event", At: "at",
		Fields: append([]resource.Field{
			must("at", t, "when it happened"),
			must("event", s, "its name, as Google words it"),
			may("actor", s, "id of the user who did it; absent when Google names none"),
			personal(may("actor_name", s, "the actor's address, lower case")),
		}, fields...),
	}
}

func signInKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return event(kindSignIn, "Sign-ins to Google",
		may("succeeded", b, "it is a sign-in that went well, or one that was refused; absent for other events, such as challenges"),
		may("method", s, "google_password, saml, exchange, reauth, unknown"),
		may("suspicious", b, "Google found it unusual"),
	)
}

func adminKind() resource.Schema {
	const s = resource.String
	return event(kindAdmin, "Administration of Google Workspace",
		must("area", s, "what it is about: USER_SETTINGS, GROUP_SETTINGS, DELEGATED_ADMIN_SETTINGS, SECURITY_SETTINGS …"),
		personal(may("target", s, "address of the user that it was done to, lower case")),
		may("group", s, "address of the group"),
		may("role", s, "name of the role"),
		may("setting", s, "name of the setting"),
	)
}

func letInKind() resource.Schema {
	const s = resource.String
	return event(kindLetIn, "Applications let in and put out",
		must("client", s, "the application's id"),
		may("name", s, "the application's name, as it gives it"),
		listOf(must("scopes", s, "what it may do, sorted")),
	)
}
