package sso

import (
	"slices"
	"strings"
	"time"

	"github.com/crewjam/saml"

	"assay/internal/auth"
	"assay/internal/kit/fault"
)

// said is what a SAML issuer said of somebody, checked, on its way through the browser.
type said struct {
	Subject  string     `json:"subject"`
	Email    string     `json:"email"`
	Claimed  string     `json:"claimed"`
	Name     string     `json:"name"`
	Means    auth.Means `json:"means"`
	ProvenAt time.Time  `json:"proven_at"`
}

// addressNames and nameNames are the attributes by which providers tell an address and a
// name, in the order in which they are believed.
var (
	addressNames = []string{"email", "mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "http://schemas.xmlsoap.org/claims/EmailAddress"}
	nameNames    = []string{"displayName", "name", "cn", "urn:oid:2.16.840.1.113730.3.1.241", "urn:oid:2.5.4.3", "http://schemas.microsoft.com/identity/claims/displayname", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"}
)

// attributeOf is the first value of the first attribute that has one of the names; empty
// if none has.
func attributeOf(a *saml.Assertion, names []string) string {
	for _, name := range names {
		for i := range a.AttributeStatements {
			for _, v := range a.AttributeStatements[i].Attributes {
				if (strings.EqualFold(v.Name, name) || strings.EqualFold(v.FriendlyName, name)) && len(v.Values) > 0 {
					return strings.TrimSpace(v.Values[0].Value)
				}
			}
		}
	}
	return ""
}

// personIn is who an assertion is about. The issuer speaks for the addresses of the
// organization's own domains alone, which is looked at when it is used.
func personIn(a *saml.Assertion) *said {
	out := &said{Means: auth.BySSO}
	out.Claimed, out.Name = attributeOf(a, addressNames), attributeOf(a, nameNames)
	id := a.Subject.NameID
	if id != nil && out.Claimed == "" && strings.Contains(id.Value, "@") && id.Format != string(saml.PersistentNameIDFormat) && id.Format != string(saml.TransientNameIDFormat) {
		out.Claimed = strings.TrimSpace(id.Value)
	}
	if address, err := auth.Email(out.Claimed); err == nil {
		out.Email = address
	}
	switch {
	case id == nil || id.Value == "" || id.Format == string(saml.TransientNameIDFormat): // another at each sign-in
		out.Subject = out.Email
	default:
		out.Subject = id.Value
	}
	first := &a.AuthnStatements[0]
	out.ProvenAt = first.AuthnInstant
	if c := first.AuthnContext.AuthnContextClassRef; c != nil {
		out.Means = meansOf(c.Value)
	}
	return out
}

// meansOf is how somebody showed who they are, by the classes of SAML Authentication
// Context, REFEDS MFA, and Microsoft's.
func meansOf(class string) auth.Means {
	switch class = strings.TrimSpace(class); {
	case slices.Contains([]string{"urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI", "urn:oasis:names:tc:SAML:2.0:ac:classes:X509", "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient"}, class):
		return auth.BySSOKey
	case slices.Contains([]string{
		"https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn", "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
		"urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract", "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
	}, class):
		return auth.BySSOCode
	}
	return auth.BySSO
}

// answered is the person whom a SAML issuer spoke of, as the browser brings it back.
func (f *flow) answered() (person, error) {
	if f.Said == nil {
		return person{}, fault.New(fault.Unauthenticated, "The identity provider has not answered yet. Begin again.")
	}
	return person{subject: f.Said.Subject, email: f.Said.Email, claimed: f.Said.Claimed, name: f.Said.Name, means: f.Said.Means, provenAt: f.Said.ProvenAt}, nil
}
