package tlog

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is a tree head (C2SP tlog-checkpoint, without extension lines).
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

// Text is the note's text.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + B64(c.Root[:]) + "\n"
}

// ParseCheckpoint reads a note's text strictly.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("checkpoint: want three lines")
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	b, err := ParseB64(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	root, err := HashFrom(b)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// Signer signs checkpoints and manifests with a log's Ed25519 key, as C2SP
// signed-note has it (signature type 0x01).
type Signer struct {
	name string
	key  ed25519.PrivateKey
}

// NewSigner returns the signer with the name and the 32-byte seed.
func NewSigner(name string, seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("log key: %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	if name == "" || strings.ContainsAny(name, "+ \t\r\n") {
		return nil, fmt.Errorf("log key name %q", name)
	}
	return &Signer{name: name, key: ed25519.NewKeyFromSeed(seed)}, nil
}

// Name is the key's name: the log's origin.
func (s *Signer) Name() string { return s.name }

func (s *Signer) public() []byte {
	pub, _ := s.key.Public().(ed25519.PublicKey) // an ed25519 key has an ed25519 public key
	return append([]byte{0x01}, pub...)
}

// KeyHash is the number that stands before the signature.
func (s *Signer) KeyHash() uint32 {
	h := sha256.New()
	h.Write([]byte(s.name + "\n"))
	h.Write(s.public())
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// Sign returns the raw signature, for note.Sign.
func (s *Signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// Verifier is the public key in the form that others pin: name+hash+key.
func (s *Signer) Verifier() string {
	return fmt.Sprintf("%s+%08x+%s", s.name, s.KeyHash(), base64.StdEncoding.EncodeToString(s.public()))
}

// SignText returns the signed note over text, which must end in a newline.
func (s *Signer) SignText(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, s)
}

// OpenText verifies a signed note under one verifier key, strictly: exactly
// one signature, and the bytes that were signed are the bytes that are read.
func OpenText(signed []byte, vkey string) (string, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return "", fmt.Errorf("verifier key: %w", err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("note: %w", err)
	}
	again, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs})
	if err != nil {
		return "", fmt.Errorf("note: %w", err)
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 || string(again) != string(signed) {
		return "", fmt.Errorf("note: want exactly one canonical signature")
	}
	if _, err := ParseB64(n.Sigs[0].Base64); err != nil {
		return "", fmt.Errorf("note: signature: %w", err) // trailing bits are not signed
	}
	return n.Text, nil
}

// OpenCheckpoint verifies a signed checkpoint whose origin must be the key's
// name.
func OpenCheckpoint(signed []byte, vkey string) (Checkpoint, error) {
	text, err := OpenText(signed, vkey)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := ParseCheckpoint(text)
	if err != nil {
		return Checkpoint{}, err
	}
	if name, _, _ := strings.Cut(vkey, "+"); name != c.Origin {
		return Checkpoint{}, fmt.Errorf("checkpoint of %q signed by the key of %q", c.Origin, name)
	}
	return c, nil
}

// CheckVerifier reports what is wrong with a verifier key, which has one
// spelling only.
func CheckVerifier(vkey string) error {
	if _, err := note.NewVerifier(vkey); err != nil {
		return fmt.Errorf("verifier key %q: %w", vkey, err)
	}
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || len(parts[1]) != 8 || strings.ToLower(parts[1]) != parts[1] {
		return fmt.Errorf("verifier key %q: want eight lower-case hexadecimal digits in the middle", vkey)
	}
	if _, err := ParseB64(parts[2]); err != nil {
		return fmt.Errorf("verifier key %q: %w", vkey, err)
	}
	return nil
}
