package factor

import (
	"bytes"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// Time-based codes are those of RFC 6238 as every authenticator app makes them:
// SHA-1, six digits, thirty seconds.
const (
	step     = 30 * time.Second
	digits   = 6
	secretOf = 20               // bytes
	leeway   = 1                // steps before and after
	offerFor = 15 * time.Minute // to set an app up
)

// Service seals and opens what belongs to users.
type Service struct {
	// Key is the installation's key for users' secrets.
	Key secret.Key
}

// Offer is a secret that a user may set an authenticator app up with. Nothing
// is stored until a code shows that it was done.
type Offer struct {
	Secret  secret.Text // base32, for typing
	URL     secret.Text // otpauth://…
	Picture []byte      // a PNG of the URL as a QR code
	Sealed  string      // to be sent back with the first code
}

// offered is what an Offer seals.
func offered(userID string) string { return "factor.offer " + userID }

// Offer makes a secret for a user, who knows the installation as issuer.
func (s Service) Offer(userID, issuer, account string, now time.Time) (Offer, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: plainLabel(issuer), AccountName: plainLabel(account), SecretSize: secretOf})
	if err != nil {
		return Offer{}, fmt.Errorf("secret for codes: %w", err)
	}
	img, err := key.Image(232, 232)
	if err != nil {
		return Offer{}, fmt.Errorf("picture of a secret: %w", err)
	}
	var pic bytes.Buffer
	if err := png.Encode(&pic, img); err != nil {
		return Offer{}, fmt.Errorf("picture of a secret: %w", err)
	}
	sealed, err := s.wrap(offered(userID), now.Add(offerFor), []byte(key.Secret()))
	if err != nil {
		return Offer{}, err
	}
	return Offer{Secret: secret.NewText(key.Secret()), URL: secret.NewText(key.URL()), Picture: pic.Bytes(), Sealed: sealed}, nil
}

// plainLabel is a name without what the URL of an authenticator app gives a
// meaning to.
func plainLabel(s string) string {
	s = strings.TrimSpace(strings.NewReplacer(":", " ", "/", " ", "\x00", "").Replace(s))
	if s == "" {
		return "Assay"
	}
	return s
}

// taken is the secret of an offer that the user sends back.
func (s Service) taken(userID, sealed string, now time.Time) (string, error) {
	b, err := s.unwrap(offered(userID), sealed, now)
	if err != nil {
		return "", fault.New(fault.Conflict, "This offer has expired. Load the page again and scan the new code.")
	}
	return string(b), nil
}

// stepOf finds the time step of which the code is, among those that count now
// and lie after the last one used.
func stepOf(key, code string, now time.Time, last int64) (int64, bool) {
	code = strings.Join(strings.Fields(code), "")
	if len(code) != digits {
		return 0, false
	}
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key); err != nil {
		return 0, false
	}
	at, found := now.Unix()/int64(step/time.Second), int64(0)
	ok := 0
	for n := at - leeway; n <= at+leeway; n++ {
		want, err := hotp.GenerateCodeCustom(key, uint64(n), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // steps are counted from 1970
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && n > last {
			found, ok = n, 1
		}
	}
	return found, ok == 1
}
