package tlog

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// cosignerType is the byte before an Ed25519 key that cosigns checkpoints
// (C2SP tlog-cosignature); that of a log is 0x01.
const cosignerType = 0x04

// Signature is a line under a signed note that was read and not verified.
type Signature struct {
	Name string
	Raw  []byte // key id in 4 bytes, and what follows it
}

// Line is the signature as a line of a note.
func (s Signature) Line() string { return "— " + s.Name + " " + B64(s.Raw) + "\n" }

// KeyID is the number that stands before the signature.
func (s Signature) KeyID() uint32 { return binary.BigEndian.Uint32(s.Raw) }

// ParseSignature reads a line of a note, with its line feed, strictly.
func ParseSignature(line string) (s Signature, err error) {
	rest, dash := strings.CutPrefix(line, "— ")
	rest, end := strings.CutSuffix(rest, "\n")
	name, code, ok := strings.Cut(rest, " ")
	if !dash || !end || !ok || name == "" || strings.ContainsAny(name, "+ \t\r\n") {
		return s, fmt.Errorf("signature line %q", line)
	}
	if s.Raw, err = ParseB64(code); err != nil {
		return s, err
	}
	if len(s.Raw) < 5 {
		return s, fmt.Errorf("signature line of %s: %d bytes", name, len(s.Raw))
	}
	s.Name = name
	return s, nil
}

// maxSignatures is how many lines of signatures a note may have.
const maxSignatures = 64

// SplitNote splits a signed note into its text, with the last line feed, and
// its signatures. None of them is verified.
func SplitNote(signed []byte) (text string, sigs []Signature, err error) {
	all := string(signed)
	at := strings.LastIndex(all, "\n\n")
	if at < 0 {
		return "", nil, fmt.Errorf("note: no empty line before signatures")
	}
	for line := range strings.Lines(all[at+2:]) {
		s, err := ParseSignature(line)
		if err != nil {
			return "", nil, fmt.Errorf("note: %w", err)
		}
		if sigs = append(sigs, s); len(sigs) > maxSignatures {
			return "", nil, fmt.Errorf("note: more than %d signatures", maxSignatures)
		}
	}
	if len(sigs) == 0 {
		return "", nil, fmt.Errorf("note: no signature")
	}
	return all[:at+1], sigs, nil
}

// Notes splits a file of signed notes that stand one after the other, with or
// without empty lines between.
func Notes(b []byte) (out []string) {
	var note strings.Builder
	signed := false
	for line := range strings.Lines(string(b)) {
		sig := strings.HasPrefix(line, "— ")
		if signed && !sig {
			out = append(out, note.String())
			note.Reset()
		}
		if signed = sig; note.Len() > 0 || line != "\n" {
			note.WriteString(line)
		}
	}
	if note.Len() > 0 {
		out = append(out, note.String())
	}
	return out
}

// Cosigner signs checkpoints of others that it found to extend what it saw
// before: a witness (C2SP tlog-cosignature, Ed25519).
type Cosigner struct {
	name string
	key  ed25519.PrivateKey
}

// NewCosigner returns the witness with the name and the 32-byte seed.
func NewCosigner(name string, seed []byte) (*Cosigner, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("witness key: %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	if name == "" || strings.ContainsAny(name, "+ \t\r\n") {
		return nil, fmt.Errorf("witness name %q: it must not be empty nor hold blanks or +", name)
	}
	return &Cosigner{name: name, key: ed25519.NewKeyFromSeed(seed)}, nil
}

// Key is the public half.
func (c *Cosigner) Key() CosignerKey {
	pub, _ := c.key.Public().(ed25519.PublicKey) // an ed25519 key has an ed25519 public key
	return CosignerKey{Name: c.name, key: pub}
}

// Cosign signs the text of a checkpoint as seen at the instant, to the second.
func (c *Cosigner) Cosign(text string, at time.Time) Signature {
	seconds := uint64(max(at.Unix(), 0))
	raw := binary.BigEndian.AppendUint32(nil, c.Key().ID())
	raw = binary.BigEndian.AppendUint64(raw, seconds)
	return Signature{Name: c.name, Raw: append(raw, ed25519.Sign(c.key, cosigned(text, seconds))...)}
}

// cosigned is what a witness signs.
func cosigned(text string, seconds uint64) []byte {
	return []byte("cosignature/v1\ntime " + strconv.FormatUint(seconds, 10) + "\n" + text)
}

// CosignerKey is the public key of a witness.
type CosignerKey struct {
	Name string
	key  ed25519.PublicKey
}

// ParseCosigner reads a witness's verifier key, which has one spelling only.
func ParseCosigner(vkey string) (k CosignerKey, err error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" || strings.ContainsAny(parts[0], " \t\r\n") {
		return k, fmt.Errorf("witness key %q: want name+hash+key", vkey)
	}
	b, err := ParseB64(parts[2])
	if err != nil {
		return k, fmt.Errorf("witness key %q: %w", vkey, err)
	}
	if len(b) != 1+ed25519.PublicKeySize || b[0] != cosignerType {
		return k, fmt.Errorf("witness key %q: it is no Ed25519 key of a witness (type 0x04)", vkey)
	}
	k = CosignerKey{Name: parts[0], key: b[1:]}
	if k.String() != vkey {
		return k, fmt.Errorf("witness key %q: the middle is not the key's hash", vkey)
	}
	return k, nil
}

func (k CosignerKey) bytes() []byte { return append([]byte{cosignerType}, k.key...) }

// ID is the number that stands before its signatures.
func (k CosignerKey) ID() uint32 {
	h := sha256.New()
	h.Write([]byte(k.Name + "\n"))
	h.Write(k.bytes())
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// String is the key in the form that others pin: name+hash+key.
func (k CosignerKey) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.Name, k.ID(), base64.StdEncoding.EncodeToString(k.bytes()))
}

// Made tells whether a signature says that it is of this key.
func (k CosignerKey) Made(s Signature) bool { return s.Name == k.Name && s.KeyID() == k.ID() }

// Verify checks a cosignature over the text of a checkpoint and returns when
// the witness says it saw it.
func (k CosignerKey) Verify(text string, s Signature) (time.Time, error) {
	if !k.Made(s) || len(s.Raw) != 4+8+ed25519.SignatureSize {
		return time.Time{}, fmt.Errorf("cosignature: it is not of the witness %s", k.Name)
	}
	seconds := binary.BigEndian.Uint64(s.Raw[4:])
	if seconds > math.MaxInt64 || !ed25519.Verify(k.key, cosigned(text, seconds), s.Raw[12:]) {
		return time.Time{}, fmt.Errorf("cosignature: the signature of %s is wrong", k.Name)
	}
	return time.Unix(int64(seconds), 0).UTC(), nil
}

// OpenCosigned verifies a checkpoint that the log signed first and others may
// have signed after it, and returns the others' signatures, unverified.
func OpenCosigned(signed []byte, vkey string) (Checkpoint, []Signature, error) {
	text, sigs, err := SplitNote(signed)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := OpenCheckpoint([]byte(text+"\n"+sigs[0].Line()), vkey)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	seen := map[string]bool{}
	for _, s := range sigs {
		key := s.Name + string(s.Raw[:4])
		if seen[key] {
			return Checkpoint{}, nil, fmt.Errorf("note: %s signed twice", s.Name)
		}
		seen[key] = true
	}
	return c, sigs[1:], nil
}
