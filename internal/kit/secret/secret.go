package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"log/slog"
)

const mask = "[secret]"

// Text is a credential. Its zero value is empty.
type Text struct{ s string }

// NewText wraps a credential.
func NewText(s string) Text { return Text{s} }

// Reveal returns the plain value, at the one place that needs it.
func (t Text) Reveal() string { return t.s }

// Empty reports whether there is nothing inside.
func (t Text) Empty() bool { return t.s == "" }

// String is the mask, for fmt.
func (t Text) String() string { return mask }

// GoString is the mask, for %#v.
func (t Text) GoString() string { return mask }

// Format is the mask for every verb.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// LogValue is the mask, for slog.
func (t Text) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText is the mask, for JSON and YAML.
func (t Text) MarshalText() ([]byte, error) { return []byte(mask), nil }

// Equal compares in constant time.
func (t Text) Equal(o Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.s), []byte(o.s)) == 1
}

// Key is a 256-bit key. It prints as the mask.
type Key struct{ b [32]byte }

// NewKey returns a random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k.b[:]) // never fails (Go 1.24)
	return k
}

// KeyFrom returns the key in b, which must be 32 bytes.
func KeyFrom(b []byte) (Key, error) {
	var k Key
	if len(b) != len(k.b) {
		return k, fmt.Errorf("key: %d bytes, want %d", len(b), len(k.b))
	}
	copy(k.b[:], b)
	return k, nil
}

// Bytes returns the raw key, for wrapping it under another.
func (k Key) Bytes() []byte { return k.b[:] }

// Format is the mask for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// LogValue is the mask, for slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText is the mask, for JSON and YAML.
func (k Key) MarshalText() ([]byte, error) { return []byte(mask), nil }

// Derive returns a key for one purpose, by HMAC-SHA-256 over its name.
func (k Key) Derive(purpose string) Key {
	return Key{[32]byte(k.MAC([]byte("soc2.derive/v1\n" + purpose)))}
}

// MAC returns HMAC-SHA-256 of b under the key.
func (k Key) MAC(b []byte) []byte {
	m := hmac.New(sha256.New, k.b[:])
	m.Write(b)
	return m.Sum(nil)
}

// MACs returns HMAC-SHA-256 under the key for one who computes many: Reset it
// before each.
func (k Key) MACs() hash.Hash { return hmac.New(sha256.New, k.b[:]) }

// ErrOpen means that a sealed value was altered, belongs to another context,
// or was sealed under another key.
var ErrOpen = errors.New("sealed value does not open: altered, moved, or another key")

// Seal encrypts plain for the context. The result is nonce || ciphertext.
func (k Key) Seal(context string, plain []byte) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, []byte(context)), nil
}

// Open decrypts what Seal made for the same context, or returns ErrOpen.
func (k Key) Open(context string, sealed []byte) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrOpen
	}
	plain, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(context))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func (k Key) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.b[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
