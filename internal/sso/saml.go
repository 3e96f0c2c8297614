package sso

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	xrv "github.com/mattermost/xml-roundtrip-validator"
	dsig "github.com/russellhaering/goxmldsig"

	"assay/internal/db"
	"assay/internal/kit/fault"
)

// The limits of what is read.
const (
	mostMetadata = 512 << 10
	mostAnswer   = 384 << 10
	saidLimit    = time.Minute // for the browser to come back with what was checked
	usedFor      = time.Hour   // an assertion is remembered; it counts for minutes
)

// described reads what a SAML issuer says of itself, and refuses what nobody could sign
// in with.
func described(text string, local bool) (*saml.EntityDescriptor, error) {
	wrong := func(why string) error {
		return fault.Fields("The identity provider was not saved.", fault.Field{Name: "metadata", Text: why})
	}
	if len(text) > mostMetadata {
		return nil, wrong("The metadata is longer than 512 KiB.")
	}
	if err := plain(text); err != nil {
		return nil, wrong("This is no XML that can be trusted to mean one thing. Paste the provider's metadata as it is.")
	}
	d, err := oneEntity([]byte(text))
	if err != nil {
		return nil, wrong("This is no SAML metadata of one identity provider. Paste the provider's metadata as it is.")
	}
	if d.EntityID == "" || len(d.EntityID) > 1024 || len(d.IDPSSODescriptors) == 0 {
		return nil, wrong("The metadata names no identity provider: is it that of a service?")
	}
	if signOnAddress(d, local) == "" {
		return nil, wrong("The metadata names no sign-in address by HTTP-Redirect over HTTPS.")
	}
	if why := uncertified(d); why != "" {
		return nil, wrong(why)
	}
	return d, nil
}

// plain refuses text that is not one element of XML, or that two parsers could take for
// two things: declarations of entities, names that change when they are written again.
func plain(text string) error {
	if err := xrv.Validate(strings.NewReader(text)); err != nil {
		return err
	}
	depth, roots := 0, 0
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.Directive:
			return errors.New("a declaration")
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if roots != 1 {
		return errors.New("not one element")
	}
	return nil
}

// oneEntity is the entity of a document that holds one, by itself or in a list.
func oneEntity(text []byte) (*saml.EntityDescriptor, error) {
	var one saml.EntityDescriptor
	if err := xml.Unmarshal(text, &one); err == nil {
		return &one, nil
	}
	var list saml.EntitiesDescriptor
	if err := xml.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	if len(list.EntityDescriptors) != 1 {
		return nil, errors.New("not one entity")
	}
	return &list.EntityDescriptors[0], nil
}

// signOnAddress is where browsers go; empty if there is no usable one.
func signOnAddress(d *saml.EntityDescriptor, local bool) string {
	for i := range d.IDPSSODescriptors {
		for _, e := range d.IDPSSODescriptors[i].SingleSignOnServices {
			u, err := url.Parse(e.Location)
			if e.Binding == saml.HTTPRedirectBinding && err == nil && len(e.Location) <= 1000 && u.Host != "" && u.User == nil && u.Fragment == "" && (u.Scheme == "https" || local && u.Scheme == "http") {
				return e.Location
			}
		}
	}
	return ""
}

// uncertified says what is wrong with metadata without a certificate that can be read, by
// which its answers are told from anybody's; empty if nothing is.
func uncertified(d *saml.EntityDescriptor) string {
	n := 0
	for i := range d.IDPSSODescriptors {
		for _, k := range d.IDPSSODescriptors[i].KeyDescriptors {
			if k.Use != "" && k.Use != "signing" {
				continue
			}
			for _, c := range k.KeyInfo.X509Data.X509Certificates {
				der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Data), ""))
				if err == nil {
					_, err = x509.ParseCertificate(der)
				}
				if err != nil {
					return "A signing certificate in the metadata cannot be read."
				}
				n++
			}
		}
	}
	if n == 0 {
		return "The metadata holds no signing certificate."
	}
	return ""
}

// service is this installation as a SAML issuer knows it.
func (i *Issuer) service(origin string, d *saml.EntityDescriptor) (*saml.ServiceProvider, error) {
	acs, err := url.Parse(origin + i.Callback())
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(origin + i.Described())
	if err != nil {
		return nil, err
	}
	return &saml.ServiceProvider{
		EntityID: at.String(), MetadataURL: *at, AcsURL: *acs, IDPMetadata: d, AuthnNameIDFormat: saml.UnspecifiedNameIDFormat, SignatureVerifier: strong{},
	}, nil
}

// Described is the path at which this installation says of itself, to a SAML issuer, what
// it is; with the origin it is also its entity id.
func (i *Issuer) Described() string { return "/signin/saml/" + i.ID + "/metadata" }

// strong verifies signatures, and refuses algorithms that can be forged.
type strong struct{}

func (strong) VerifySignature(c *dsig.ValidationContext, el *etree.Element) error {
	for _, tag := range []string{"SignatureMethod", "DigestMethod"} {
		for _, m := range el.FindElements(".//" + tag) {
			if algorithm := m.SelectAttrValue("Algorithm", ""); !slices.Contains([]string{
				dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod, dsig.ECDSASHA256SignatureMethod, dsig.ECDSASHA384SignatureMethod, dsig.ECDSASHA512SignatureMethod,
				"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
			}, algorithm) {
				return fmt.Errorf("%w: %s", errWeak, words(algorithm))
			}
		}
	}
	_, err := c.Validate(el)
	return err
}

var errWeak = errors.New("signed in a way that can be forged")

// Metadata is what this installation says of itself to a SAML issuer of any
// organization: public, and needed before the issuer can be set up.
func (s Service) Metadata(ctx context.Context, issuerID, origin string) ([]byte, error) {
	var i Issuer
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		var found bool
		var err error
		if i, found, err = findIssuer(tx, issuerID); err == nil && (!found || i.Kind != SAML) {
			err = fault.New(fault.NotFound, "There is no such identity provider.")
		}
		return err
	}); err != nil {
		return nil, err
	}
	sp, err := i.service(origin, nil)
	if err != nil {
		return nil, err
	}
	d := sp.Metadata()
	d.ValidUntil = time.Time{}
	for k := range d.SPSSODescriptors { // what is not spoken here
		v := &d.SPSSODescriptors[k]
		v.SingleLogoutServices, v.ValidUntil = nil, nil
		v.AssertionConsumerServices = slices.DeleteFunc(v.AssertionConsumerServices, func(e saml.IndexedEndpoint) bool { return e.Binding != saml.HTTPPostBinding })
	}
	return xml.MarshalIndent(d, "", "  ")
}

// askSAML is where the browser goes to sign in at a SAML issuer.
func (s Service) askSAML(i *Issuer, f *flow) (string, error) {
	d, err := described(i.Metadata, s.AllowLocal)
	if err != nil {
		return "", fault.Wrap(fault.Conflict, err, "%s has no metadata yet that could be used. Whoever set it up has to add it.", i.Name)
	}
	sp, err := i.service(f.Origin, d)
	if err != nil {
		return "", err
	}
	if f.Prove {
		again := true
		sp.ForceAuthn = &again
	}
	req, err := sp.MakeAuthenticationRequest(signOnAddress(d, s.AllowLocal), saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	if err != nil {
		return "", err
	}
	f.Request = req.ID
	to, err := req.Redirect(f.State, sp)
	if err != nil {
		return "", err
	}
	return to.String(), nil
}

// Hear takes what a SAML issuer posts by the browser, and returns what the browser keeps
// in place of what it kept. The session of whoever comes is not known yet: browsers do not
// send it with what another site posts. It is with what follows.
func (s Service) Hear(ctx context.Context, in Back) (sealed string, err error) {
	f, err := s.unseal(in.Sealed, in.Issuer)
	if err != nil {
		return "", err
	}
	i, _, err := s.asked(ctx, in.Issuer)
	if err != nil {
		return "", err
	}
	if i.Kind != SAML || subtle.ConstantTimeCompare([]byte(in.Query.Get("RelayState")), []byte(f.State)) != 1 || f.Request == "" {
		return "", fault.New(fault.Unauthenticated, "The answer does not belong to the sign-in that this browser began. Begin again.")
	}
	a, err := s.asserted(&i, &f, in.Query.Get("SAMLResponse"))
	if err != nil {
		return "", err
	}
	if err := s.once(ctx, &i, a); err != nil {
		return "", err
	}
	f.Said, f.Until = personIn(a), s.DB.Now()().Add(saidLimit)
	if f.Said.Subject == "" || len(f.Said.Subject) > 1100 {
		return "", fault.New(fault.Unauthenticated, "%s does not say who you are.", i.Name)
	}
	return s.seal(&f)
}

// asserted checks an answer and returns what it asserts.
func (s Service) asserted(i *Issuer, f *flow, text string) (a *saml.Assertion, err error) {
	unbelieved := func(cause error) error {
		return fault.Wrap(fault.Unauthenticated, cause, "What %s says of you cannot be believed: it is not signed by it as its metadata says, not for this installation and this sign-in, or has expired.", i.Name)
	}
	if len(text) > mostAnswer {
		return nil, unbelieved(errors.New("too long"))
	}
	answer, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		err = plain(string(answer))
	}
	if err != nil {
		return nil, unbelieved(err)
	}
	d, err := described(i.Metadata, s.AllowLocal)
	if err != nil {
		return nil, err
	}
	sp, err := i.service(f.Origin, d)
	if err != nil {
		return nil, err
	}
	defer func() { // the library follows what an answer may leave out
		if p := recover(); p != nil {
			a, err = nil, unbelieved(fmt.Errorf("%v", p))
		}
	}()
	a, err = sp.ParseXMLResponse(answer, []string{f.Request}, sp.AcsURL)
	if bad, ok := errors.AsType[*saml.InvalidResponseError](err); ok {
		if status, ok := errors.AsType[saml.ErrBadStatus](bad.PrivateErr); ok {
			return nil, fault.New(fault.Unauthenticated, "%s did not sign you in: %s", i.Name, words(status.Status[strings.LastIndexByte(status.Status, ':')+1:]))
		}
		err = bad.PrivateErr
	}
	if err != nil {
		return nil, unbelieved(err)
	}
	return a, whole(a, unbelieved)
}

// whole refuses an assertion that leaves out what the library takes for granted: to whom
// it was given (SAML Profiles 4.1.4.2: a bearer confirmation), and for whom (Core 2.5.1.4).
func whole(a *saml.Assertion, unbelieved func(error) error) error {
	bearer := slices.ContainsFunc(a.Subject.SubjectConfirmations, func(c saml.SubjectConfirmation) bool {
		return c.Method == "urn:oasis:names:tc:SAML:2.0:cm:bearer" && c.SubjectConfirmationData != nil && !c.SubjectConfirmationData.NotOnOrAfter.IsZero()
	})
	switch {
	case !bearer:
		return unbelieved(errors.New("no bearer confirmation"))
	case len(a.Conditions.AudienceRestrictions) == 0:
		return unbelieved(errors.New("no audience"))
	case a.ID == "" || len(a.AuthnStatements) == 0:
		return unbelieved(errors.New("no id or no statement of a sign-in"))
	}
	return nil
}

// once refuses an assertion that was shown before.
func (s Service) once(ctx context.Context, i *Issuer, a *saml.Assertion) error {
	h := sha256.Sum256([]byte(i.ID + "\x00" + a.ID))
	err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return use(tx, h[:], tx.Now().Add(usedFor)) })
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(fault.Unauthenticated, err, "What %s said of you was shown before. Begin again.", i.Name)
	}
	return err
}
