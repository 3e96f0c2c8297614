package auth

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed" // the list of common passwords
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/crypto/argon2"

	"assay/internal/kit/fault"
)

//go:embed common.txt
var common string

// The rules of a password (NIST SP 800-63B, 5.1.1.2: length and a list of
// refused ones, no rules about kinds of characters).
const (
	minPassword = 12  // characters
	maxPassword = 256 // bytes
)

// argon2id parameters as OWASP's cheat sheet gives them.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	keyLen    = 32
	saltLen   = 16
)

// checkPassword returns what is wrong with a new password. Words are names that
// an attacker would try first: of the user and the organization.
func checkPassword(password string, words ...string) error {
	refuse := func(why string) error {
		return fault.Fields("The password was not accepted.", fault.Field{Name: "password", Text: why})
	}
	switch n := len([]rune(password)); {
	case n < minPassword:
		return refuse(fmt.Sprintf("Use at least %d characters; a few unrelated words are good.", minPassword))
	case len(password) > maxPassword:
		return refuse(fmt.Sprintf("Use at most %d bytes.", maxPassword))
	}
	if distinct(password) < 5 {
		return refuse("It repeats the same few characters.")
	}
	low := strings.ToLower(password)
	bare := skeleton(low)
	for line := bufio.NewScanner(strings.NewReader(common)); line.Scan(); {
		if c := line.Text(); c == low || c == bare || bare != "" && strings.ReplaceAll(bare, c, "") == "" {
			return refuse("It is one of the first passwords that anybody tries.")
		}
	}
	for _, w := range parts(words) {
		if left := strings.ReplaceAll(skeleton(low), skeleton(w), ""); len([]rune(left)) < 6 && left != skeleton(low) {
			return refuse("It is made of a name that anybody could guess.")
		}
	}
	return nil
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// skeleton is what is left of a password without the digits and signs put
// around and in between, and with those that stand for letters read as such.
func skeleton(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	s = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t").Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

// parts splits names into words worth refusing.
func parts(words []string) []string {
	var out []string
	for _, w := range words {
		fields := strings.FieldsFunc(strings.ToLower(w), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, f := range append(fields, strings.Join(fields, "")) {
			if len(skeleton(f)) >= 4 {
				out = append(out, f)
			}
		}
	}
	return out
}

// hashPassword returns the PHC string of an argon2id hash.
func (s Service) hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails (Go 1.24)
	key, err := s.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return phcHead() + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key), nil
}

func phcHead() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, memoryKiB, passes, lanes)
}

// derive takes one of the turns, so that many attempts at once do not take all
// memory.
func (s Service) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	if s.Turns != nil {
		select {
		case s.Turns <- struct{}{}:
			defer func() { <-s.Turns }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyLen), nil
}

// verifyPassword reports whether the password belongs to the PHC string. An
// empty or foreign one costs the same and is never right.
func (s Service) verifyPassword(ctx context.Context, phc, password string) (bool, error) {
	if len(password) > maxPassword {
		password = password[:maxPassword] // a new password is never that long
		phc = ""
	}
	salt, want := make([]byte, saltLen), make([]byte, keyLen)
	rest, ours := strings.CutPrefix(phc, phcHead())
	if saltText, keyText, ok := strings.Cut(rest, "$"); ours && ok {
		b64 := base64.RawStdEncoding.Strict()
		savedSalt, err1 := b64.DecodeString(saltText)
		key, err2 := b64.DecodeString(keyText)
		if ours = err1 == nil && err2 == nil && len(savedSalt) == saltLen && len(key) == keyLen; ours {
			salt, want = savedSalt, key
		}
	}
	got, err := s.derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && ours, nil
}
