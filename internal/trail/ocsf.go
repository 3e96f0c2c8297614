package trail

import (
	"encoding/json"
	"strings"
)

// OCSFVersion is the version of the Open Cybersecurity Schema Framework
// (https://schema.ocsf.io/1.3.0) in which OCSF writes.
const OCSFVersion = "1.3.0"

// The classes of OCSF 1.3.0 that entries become, and what happened in them.
const (
	classAuthentication = 3002
	classAPI            = 6003

	logon, logoff                        = 1, 2
	created, readOnly, updated, removed  = 1, 2, 3, 4
	otherActivity                        = 99
	success, failure                     = 1, 2
	severityInformational, severityLow   = 1, 2
	categoryIdentity, categoryActivities = 3, 6
)

type ocsfEvent struct {
	Activity int               `json:"activity_id"`
	Category int               `json:"category_uid"`
	Class    int               `json:"class_uid"`
	Type     int               `json:"type_uid"`
	Time     int64             `json:"time"` // milliseconds
	Severity int               `json:"severity_id"`
	Status   int               `json:"status_id"`
	Message  string            `json:"message"`
	Metadata ocsfMetadata      `json:"metadata"`
	Actor    *ocsfActor        `json:"actor,omitempty"`
	User     *ocsfUser         `json:"user,omitempty"`
	Service  *ocsfNamed        `json:"service,omitempty"`
	API      *ocsfAPI          `json:"api,omitempty"`
	From     ocsfEndpoint      `json:"src_endpoint"`
	Things   []ocsfThing       `json:"resources,omitempty"`
	Unmapped map[string]string `json:"unmapped,omitempty"`
}

type ocsfMetadata struct {
	UID     string      `json:"uid"` // the leaf in the log
	Version string      `json:"version"`
	Product ocsfProduct `json:"product"`
	Tenant  string      `json:"tenant_uid"`
	Name    string      `json:"log_name"`
}

type ocsfProduct struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor_name"`
}

type ocsfActor struct {
	User ocsfUser `json:"user"`
}

type ocsfUser struct {
	UID  string `json:"uid"`
	Name string `json:"name,omitempty"`
}

type ocsfNamed struct {
	Name string `json:"name"`
}

type ocsfAPI struct {
	Operation string    `json:"operation"`
	Service   ocsfNamed `json:"service"`
}

type ocsfEndpoint struct {
	IP   string `json:"ip,omitempty"`
	Name string `json:"name"` // the door
}

type ocsfThing struct {
	UID  string `json:"uid"`
	Name string `json:"name,omitempty"`
	Type string `json:"type"`
}

// OCSF is the entry of an organization as one line of OCSF JSON: a sign-in as
// Authentication, everything else as API Activity. What has no place of its own
// there is under unmapped.
func (e *Entry) OCSF(orgID string) ([]byte, error) {
	out := ocsfEvent{
		Time: e.At.UnixMilli(), Severity: severityInformational, Status: success, Message: e.Action + " " + e.Label,
		Metadata: ocsfMetadata{UID: e.ID, Version: OCSFVersion, Product: ocsfProduct{"Assay", "Assay"}, Tenant: orgID, Name: "trail"},
		From:     ocsfEndpoint{IP: e.Address, Name: e.Door}, Unmapped: e.Detail,
	}
	_, verb, _ := strings.Cut(e.Action, ".")
	if e.Refused() {
		out.Status, out.Severity = failure, severityLow
	}
	who := ocsfUser{e.Actor, e.Name}
	switch e.Action {
	case "session.begin", "session.prove", "session.refuse", "session.end":
		out.Category, out.Class, out.Activity = categoryIdentity, classAuthentication, logon
		if e.Action == "session.end" {
			out.Activity = logoff
		}
		out.User, out.Service = &who, &ocsfNamed{"Assay"}
	default:
		out.Category, out.Class, out.Activity = categoryActivities, classAPI, activityOf(verb, e.Detail)
		out.Actor, out.API = &ocsfActor{who}, &ocsfAPI{e.Action, ocsfNamed{"Assay"}}
		out.Things = []ocsfThing{{e.Object, e.Label, e.Noun}}
	}
	out.Type = 100*out.Class + out.Activity
	return json.Marshal(out)
}

// Refused reports whether the entry tells of something that was not let be done.
func (e *Entry) Refused() bool { return strings.HasSuffix(e.Action, ".refuse") }

// activityOf is what a verb does to what it is about.
func activityOf(verb string, detail map[string]string) int {
	switch {
	case detail["added"] != "" || verb == "add" || verb == "join" || verb == "invite" || verb == "declare" || verb == "import" || verb == "adopt":
		return created
	case verb == "read" || verb == "list" || verb == "export":
		return readOnly
	case detail["removed"] != "" || detail["revoked"] != "" || verb == "remove" || verb == "revoke":
		return removed
	case verb == "refuse":
		return otherActivity
	}
	return updated
}
