package factor

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
)

// State is what a user has.
type State struct {
	CodesSince time.Time // when time-based codes were set up; zero if they are not
	Passkeys   []Passkey // oldest first
	Recovery   int       // recovery codes left
}

// Any reports whether a password alone no longer lets the user in.
func (s *State) Any() bool { return s.Codes() || len(s.Passkeys) > 0 }

// Codes reports whether an authenticator app is set up.
func (s *State) Codes() bool { return !s.CodesSince.IsZero() }

// Of returns what a user has.
func Of(tx *db.Tx, userID string) (s State, err error) {
	if s.CodesSince, err = codesSince(tx, userID); err != nil {
		return s, err
	}
	if s.Passkeys, err = passkeys(tx, userID); err != nil {
		return s, err
	}
	s.Recovery, err = countCodes(tx, userID)
	return s, err
}

// AddCodes stores the secret of an offer, once a code of it shows that the app
// has it.
func (s Service) AddCodes(tx *db.Tx, userID, sealed, code string) error {
	key, err := s.taken(userID, sealed, tx.Now())
	if err != nil {
		return err
	}
	if since, err := codesSince(tx, userID); err != nil || !since.IsZero() {
		if err == nil {
			err = fault.New(fault.Conflict, "An authenticator app is set up already. Remove it first.")
		}
		return err
	}
	at, ok := stepOf(key, code, tx.Now(), 0)
	if !ok {
		return fault.Fields("The app was not set up.", fault.Field{Name: "code", Text: "This is not the code that the app shows now. Check the time of the phone."})
	}
	kept, err := s.Key.Seal("factor.totp "+userID, []byte(key))
	if err != nil {
		return err
	}
	return insertTOTP(tx, userID, kept, at)
}

// UseCode reports whether a time-based code is right, and uses its step up.
func (s Service) UseCode(tx *db.Tx, userID, code string) (bool, error) {
	kept, last, found, err := loadTOTP(tx, userID)
	if err != nil || !found {
		return false, err
	}
	key, err := s.Key.Open("factor.totp "+userID, kept)
	if err != nil {
		return false, err
	}
	at, ok := stepOf(string(key), code, tx.Now(), last)
	if !ok {
		return false, nil
	}
	return takeStep(tx, userID, at)
}

// RemoveCodes forgets the authenticator app.
func RemoveCodes(tx *db.Tx, userID string) error { return removeTOTP(tx, userID) }

// Clear forgets everything that a user has.
func Clear(tx *db.Tx, userID string) error { return clearAll(tx, userID) }

const recoveryCodes = 10

// Renew makes recovery codes in place of those that were. They are returned
// once; only their hashes are kept.
func Renew(tx *db.Tx, userID string) ([]string, error) {
	if err := removeCodes(tx, userID); err != nil {
		return nil, err
	}
	out := make([]string, 0, recoveryCodes)
	for range recoveryCodes {
		var b [10]byte
		_, _ = rand.Read(b[:]) // never fails (Go 1.24)
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		if err := insertCode(tx, userID, hashOf(text)); err != nil {
			return nil, err
		}
		out = append(out, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
	}
	return out, nil
}

// UseRecovery reports whether a recovery code is right, and uses it up.
func UseRecovery(tx *db.Tx, userID, code string) (bool, error) {
	return takeCode(tx, userID, hashOf(bare(code)))
}

// IsRecovery reports whether what was typed has the form of a recovery code.
func IsRecovery(code string) bool { return len(bare(code)) == 16 }

func bare(code string) string {
	return strings.ToLower(strings.NewReplacer("-", "", " ", "", "\t", "").Replace(code))
}

func hashOf(text string) []byte {
	h := sha256.Sum256([]byte(text))
	return h[:]
}
