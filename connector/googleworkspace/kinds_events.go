package googleworkspace

import (
	"assay/connector/field"
	"assay/internal/resource"
)

func event(kind, title string, fields ...resource.Field) resource.Schema {
	const s, t = resource.String, resource.Time
	return resource.Schema{
		Kind: kind, Version: 1, Title: title, Family: resource.Event, Label: "event", At: "at",
		Fields: append([]resource.Field{
			field.Must("at", t, "when it happened"),
			field.Must("event", s, "its name, as Google words it"),
			field.May("actor", s, "id of the user who did it; absent when Google names none"),
			field.Personal(field.May("actor_name", s, "the actor's address, lower case")),
		}, fields...),
	}
}

func signInKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return event(kindSignIn, "Sign-ins to Google",
		field.May("succeeded", b, "it is a sign-in that went well, or one that was refused; absent for other events, such as challenges"),
		field.May("method", s, "google_password, saml, exchange, reauth, unknown"),
		field.May("suspicious", b, "Google found it unusual"),
	)
}

func adminKind() resource.Schema {
	const s = resource.String
	return event(kindAdmin, "Administration of Google Workspace",
		field.Must("area", s, "what it is about: USER_SETTINGS, GROUP_SETTINGS, DELEGATED_ADMIN_SETTINGS, SECURITY_SETTINGS …"),
		field.Personal(field.May("target", s, "address of the user that it was done to, lower case")),
		field.May("group", s, "address of the group"),
		field.May("role", s, "name of the role"),
		field.May("setting", s, "name of the setting"),
	)
}

func letInKind() resource.Schema {
	const s = resource.String
	return event(kindLetIn, "Applications let in and put out",
		field.Must("client", s, "the application's id"),
		field.May("name", s, "the application's name, as it gives it"),
		field.List(field.Must("scopes", s, "what it may do, sorted")),
	)
}
