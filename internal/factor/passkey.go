package factor

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"assay/internal/db"
	"assay/internal/kit/fault"
)

// Passkey is one key pair of a user, on a device or in a password manager.
type Passkey struct {
	ID        string // the credential's own, base64url
	Name      string
	Site      string // the name under which the server was reached
	Synced    bool   // its holder may copy it to other devices
	CreatedAt time.Time
	LastAt    time.Time

	credential webauthn.Credential
}

// ceremonyFor is how long a person has to touch a key.
const ceremonyFor = 5 * time.Minute

// Purposes of a ceremony: what was begun as one cannot be ended as another.
const (
	purposeAdd   = "factor.passkey add "
	purposeEnter = "factor.passkey enter"
)

// Ceremony is a question to a person's browser. Options go to
// navigator.credentials as they are, Sealed comes back with the answer.
type Ceremony struct {
	Options string // JSON
	Sealed  string
}

// site is the server as browsers name it. Passkeys need a name: an address of
// numbers has none.
func site(origin string) (*webauthn.WebAuthn, string, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" {
		return nil, "", fault.New(fault.Invalid, "Passkeys need the name of this server.")
	}
	name := u.Hostname()
	if _, err := netip.ParseAddr(name); err == nil {
		return nil, "", fault.New(fault.Invalid, "Passkeys work only where the server is reached by a name; on this machine, open localhost.")
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: name, RPDisplayName: "Assay", RPOrigins: []string{origin},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Enforce: false, Timeout: ceremonyFor, TimeoutUVD: ceremonyFor},
			Registration: webauthn.TimeoutConfig{Enforce: false, Timeout: ceremonyFor, TimeoutUVD: ceremonyFor},
		},
	})
	if err != nil {
		return nil, "", fmt.Errorf("passkeys at %s: %w", origin, err)
	}
	return w, name, nil
}

// Usable reports whether passkeys can work where the server was reached.
func Usable(origin string) bool {
	_, _, err := site(origin)
	return err == nil
}

// holder is a user as the library wants to see one.
type holder struct {
	id, name, account string
	keys              []Passkey
}

func (h *holder) WebAuthnID() []byte          { return []byte(h.id) }
func (h *holder) WebAuthnName() string        { return h.account }
func (h *holder) WebAuthnDisplayName() string { return h.name }

func (h *holder) WebAuthnCredentials() (out []webauthn.Credential) {
	for i := range h.keys {
		out = append(out, h.keys[i].credential)
	}
	return out
}

// Holder is whose passkey it is to be.
type Holder struct{ ID, Name, Account string }

// BeginPasskey asks a browser for a new passkey.
func (s Service) BeginPasskey(tx *db.Tx, u Holder, origin string) (Ceremony, error) {
	w, name, err := site(origin)
	if err != nil {
		return Ceremony{}, err
	}
	h := &holder{id: u.ID, name: u.Name, account: u.Account}
	if h.keys, err = passkeysAt(tx, u.ID, name); err != nil {
		return Ceremony{}, err
	}
	ask, session, err := w.BeginRegistration(h,
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: new(true), UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return s.ceremony(purposeAdd+u.ID, tx.Now(), ask.Response, session)
}

func (s Service) ceremony(purpose string, now time.Time, ask, session any) (c Ceremony, err error) {
	options, err := json.Marshal(ask)
	if err != nil {
		return c, err
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return c, err
	}
	c.Options = string(options)
	c.Sealed, err = s.wrap(purpose, now.Add(ceremonyFor), kept)
	return c, err
}

// Answer is what a browser answered to a ceremony.
type Answer struct {
	Sealed string
	JSON   string
	Origin string
}

var errPasskey = errors.New("the passkey was not accepted")

func refusedKey(err error) error {
	return fault.Wrap(fault.Unauthenticated, errors.Join(errPasskey, err), "The passkey was not accepted. Try again.")
}

// begun is the session of a ceremony that was answered for the first time.
func (s Service) begun(tx *db.Tx, purpose string, a Answer) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	kept, err := s.unwrap(purpose, a.Sealed, tx.Now())
	if err != nil {
		return session, fault.Wrap(fault.Unauthenticated, err, "That took too long. Try again.")
	}
	if err := json.Unmarshal(kept, &session); err != nil {
		return session, err
	}
	first, err := useOnce(tx, hashOf(a.Sealed), tx.Now().Add(ceremonyFor))
	if err == nil && !first {
		err = refusedKey(errors.New("the ceremony was answered before"))
	}
	return session, err
}

// AddPasskey stores a new passkey under a name of the user's choice.
func (s Service) AddPasskey(tx *db.Tx, u Holder, a Answer, name string) (Passkey, error) {
	w, at, err := site(a.Origin)
	if err != nil {
		return Passkey{}, err
	}
	session, err := s.begun(tx, purposeAdd+u.ID, a)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(a.JSON))
	if err != nil {
		return Passkey{}, refusedKey(err)
	}
	c, err := w.CreateCredential(&holder{id: u.ID, name: u.Name, account: u.Account}, session, parsed)
	if err != nil {
		return Passkey{}, refusedKey(err)
	}
	if !c.Flags.UserVerified {
		return Passkey{}, refusedKey(errors.New("it did not verify its user"))
	}
	if name = strings.Join(strings.Fields(name), " "); name == "" {
		name = "Passkey"
	}
	if len(name) > 100 {
		return Passkey{}, fault.Fields("The passkey was not added.", fault.Field{Name: "name", Text: "At most 100 characters."})
	}
	k := Passkey{ID: idOf(c.ID), Name: name, Site: at, Synced: c.Flags.BackupEligible, CreatedAt: tx.Now(), credential: *c}
	if err := insertPasskey(tx, u.ID, &k); err != nil {
		if fault.Is(err, fault.Conflict) {
			err = fault.Wrap(fault.Conflict, err, "This passkey is here already.")
		}
		return Passkey{}, err
	}
	return k, nil
}

// BeginEntry asks a browser to show a passkey: any that it has for this server.
func (s Service) BeginEntry(origin string, now time.Time) (Ceremony, error) {
	w, _, err := site(origin)
	if err != nil {
		return Ceremony{}, err
	}
	ask, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return s.ceremony(purposeEnter, now, ask.Response, session)
}

// Entered returns the user whose passkey was shown, and the passkey. Anything
// that is not right is one Unauthenticated fault.
func (s Service) Entered(tx *db.Tx, a Answer) (userID string, k Passkey, err error) {
	w, at, err := site(a.Origin)
	if err != nil {
		return "", k, err
	}
	session, err := s.begun(tx, purposeEnter, a)
	if err != nil {
		return "", k, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.JSON))
	if err != nil {
		return "", k, refusedKey(err)
	}
	h := &holder{}
	find := func(_, handle []byte) (webauthn.User, error) {
		h.id = string(handle)
		h.keys, err = passkeysAt(tx, h.id, at)
		return h, err
	}
	_, c, err := w.ValidatePasskeyLogin(find, session, parsed)
	if err != nil {
		return "", k, refusedKey(err)
	}
	if !c.Flags.UserVerified || c.Authenticator.CloneWarning {
		return "", k, refusedKey(errors.New("it did not verify its user, or was copied"))
	}
	for i := range h.keys {
		if h.keys[i].ID == idOf(c.ID) {
			k = h.keys[i]
		}
	}
	k.credential, k.LastAt = *c, tx.Now()
	return h.id, k, touchPasskey(tx, h.id, &k)
}

// RenamePasskey gives a passkey another name.
func RenamePasskey(tx *db.Tx, userID, passkeyID, name string) error {
	if name = strings.Join(strings.Fields(name), " "); name == "" || len(name) > 100 {
		return fault.Fields("The passkey keeps its name.", fault.Field{Name: "name", Text: "Give a name of at most 100 characters."})
	}
	return noneIsLost(renamePasskey(tx, userID, passkeyID, name))
}

// RemovePasskey forgets a passkey.
func RemovePasskey(tx *db.Tx, userID, passkeyID string) error {
	return noneIsLost(removePasskey(tx, userID, passkeyID))
}

func noneIsLost(n int64, err error) error {
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "There is no such passkey of yours.")
	}
	return err
}
