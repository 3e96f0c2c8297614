package sso

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/crewjam/saml"
)

// FuzzSAML reads metadata and answers that anybody could send: nothing breaks, and
// nothing that is not signed is believed.
func FuzzSAML(f *testing.F) {
	const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>MIIB</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/></IDPSSODescriptor></EntityDescriptor>`
	const answer = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="r" Version="2.0" InResponseTo="id-1"><saml:Issuer>https://idp.example</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="a" Version="2.0"><saml:Issuer>https://idp.example</saml:Issuer><saml:Subject><saml:NameID>x</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>`
	f.Add(metadata, answer)
	f.Add("", "")
	f.Add("<a/>", "<a/>")
	f.Fuzz(func(t *testing.T, metadata, answer string) {
		d, err := described(metadata, false)
		if err == nil && (d.EntityID == "" || signOnAddress(d, false) == "") {
			t.Errorf("metadata without %q %q was taken", d.EntityID, signOnAddress(d, false))
		}
		i := &Issuer{ID: "idp_1", Kind: SAML, Metadata: metadata}
		if a, err := (Service{}).asserted(i, &flow{Origin: "https://assay.example", Request: "id-1"}, base64.StdEncoding.EncodeToString([]byte(answer))); err == nil {
			t.Errorf("an answer that nobody signed was believed: %v", personIn(a))
		}
		_ = meansOf(answer)
		_ = saml.TimeNow().Before(time.Time{})
	})
}
