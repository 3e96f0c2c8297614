package tlog

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math/bits"
)

// Hash is a SHA-256 value.
type Hash [sha256.Size]byte

// String is the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads lower-case hexadecimal and nothing else.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) {
		return h, fmt.Errorf("hash %q: want 64 hexadecimal digits", s)
	}
	for i := range h {
		hi, lo := nibble(s[2*i]), nibble(s[2*i+1])
		if hi > 15 || lo > 15 {
			return Hash{}, fmt.Errorf("hash %q: want lower-case hexadecimal", s)
		}
		h[i] = hi<<4 | lo
	}
	return h, nil
}

func nibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// HashFrom copies a stored hash of exactly 32 bytes.
func HashFrom(b []byte) (Hash, error) {
	var h Hash
	if len(b) != len(h) {
		return h, fmt.Errorf("hash: %d bytes, want 32", len(b))
	}
	copy(h[:], b)
	return h, nil
}

// LeafHash is the hash of a leaf (RFC 6962, 2.1).
func LeafHash(data []byte) Hash {
	d := sha256.New()
	d.Write([]byte{0})
	d.Write(data)
	return Hash(d.Sum(nil))
}

// NodeHash is the hash of an inner node (RFC 6962, 2.1).
func NodeHash(l, r Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], l[:])
	copy(b[1+sha256.Size:], r[:])
	return sha256.Sum256(b[:])
}

// EmptyRoot is the root of a tree without leaves: SHA-256 of nothing.
func EmptyRoot() Hash { return sha256.Sum256(nil) }

// Frontier is the right edge of a growing tree: the roots of its complete
// subtrees, largest first. Its zero value is the empty tree.
type Frontier struct {
	size   uint64
	hashes []Hash
}

// NewFrontier restores a frontier; there is one hash for each bit set in size.
func NewFrontier(size uint64, hashes []Hash) (Frontier, error) {
	if bits.OnesCount64(size) != len(hashes) {
		return Frontier{}, fmt.Errorf("frontier of size %d: %d hashes, want %d", size, len(hashes), bits.OnesCount64(size))
	}
	return Frontier{size: size, hashes: append([]Hash(nil), hashes...)}, nil
}

// Size is the number of leaves.
func (f *Frontier) Size() uint64 { return f.size }

// Hashes are the roots of the complete subtrees, largest first.
func (f *Frontier) Hashes() []Hash { return f.hashes }

// Append adds a leaf hash. For each complete subtree that it closes it calls
// closed, if not nil, with the subtree's level (leaves are level 0) and its
// index on that level.
func (f *Frontier) Append(leaf Hash, closed func(level int, index uint64, h Hash)) {
	h, level := leaf, 0
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.hashes) - 1
		h = NodeHash(f.hashes[last], h)
		f.hashes = f.hashes[:last]
		level++
		if closed != nil {
			closed(level, f.size>>level, h)
		}
	}
	f.hashes = append(f.hashes, h)
	f.size++
}

// Root is the tree's root hash.
func (f *Frontier) Root() Hash {
	if len(f.hashes) == 0 {
		return EmptyRoot()
	}
	h := f.hashes[len(f.hashes)-1]
	for i := len(f.hashes) - 2; i >= 0; i-- {
		h = NodeHash(f.hashes[i], h)
	}
	return h
}

// Root is the root of the tree over the given leaf hashes.
func Root(leaves []Hash) Hash {
	var f Frontier
	for _, h := range leaves {
		f.Append(h, nil)
	}
	return f.Root()
}

// Salt makes a commitment unguessable; erasing it makes the commitment mute.
type Salt [32]byte

// NewSalt returns a random salt.
func NewSalt() Salt {
	var s Salt
	_, _ = rand.Read(s[:]) // never fails (Go 1.24)
	return s
}

// SaltFrom copies a stored salt of exactly 32 bytes.
func SaltFrom(b []byte) (Salt, error) {
	var s Salt
	if len(b) != len(s) {
		return s, fmt.Errorf("salt: %d bytes, want 32", len(b))
	}
	copy(s[:], b)
	return s, nil
}

const (
	commitTag  = "soc2.commit/v1\n"
	recordTag  = "soc2.record/v1\n"
	verdictTag = "soc2.verdict/v1\n"
)

// Commit binds value under salt and a path that says what it is
// (docs/spec/leaf.md, commitments).
func Commit(salt Salt, path string, value []byte) Hash {
	m := NewCommit(salt, path)
	m.Write(value)
	return Hash(m.Sum(nil))
}

// NewCommit is Commit for a value that is written piece by piece; its Sum is
// the commitment.
func NewCommit(salt Salt, path string) hash.Hash {
	m := hmac.New(sha256.New, salt[:])
	m.Write([]byte(commitTag))
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(path))) //nolint:gosec // paths are short constants
	m.Write(n[:])
	m.Write([]byte(path))
	return m
}

// RecordHash is the leaf hash of one record in a collection's own tree.
func RecordHash(salt Salt, record []byte) Hash {
	d := sha256.New()
	d.Write([]byte{0})
	d.Write([]byte(recordTag))
	d.Write(salt[:])
	d.Write(record)
	return Hash(d.Sum(nil))
}

// VerdictHash is the leaf hash of one verdict in a run's own tree: what was
// said (status, a short word) about the record with the given hash.
func VerdictHash(record Hash, status string) Hash {
	b := make([]byte, 0, 96) // on the stack: a run has as many as it judged resources
	b = append(b, 0)
	b = append(b, verdictTag...)
	b = append(b, record[:]...)
	b = append(b, status...)
	return sha256.Sum256(b)
}

// B64 is strict standard base64, the only form in leaves.
func B64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// ParseB64 reads what B64 wrote and nothing else.
func ParseB64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("base64 %q: %w", s, err)
	}
	if B64(b) != s { // line breaks are ignored by the decoder
		return nil, fmt.Errorf("base64 %q: not canonical", s)
	}
	return b, nil
}
