package id

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// New returns a new id such as "per_01k9…" made at the given time. Ids of one
// process and millisecond sort as they were made.
func New(prefix string, at time.Time) string {
	return prefix + "_" + encode(newest.next(uint64(at.UnixMilli())))
}

// last is the id made last: 48 bits of milliseconds and 80 of chance.
type last struct {
	mu     sync.Mutex
	hi, lo uint64 // guarded by mu
}

var newest last //nolint:gochecknoglobals // an order, not configuration

func (l *last) next(ms uint64) (b [16]byte) {
	var chance [10]byte
	_, _ = rand.Read(chance[:]) // crypto/rand.Read never fails (Go 1.24)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hi>>16 == ms {
		lo := l.lo + 1 + uint64(binary.BigEndian.Uint32(chance[:]))
		if lo < l.lo {
			l.hi++
		}
		l.lo = lo
	} else {
		l.hi, l.lo = ms<<16|uint64(binary.BigEndian.Uint16(chance[8:])), binary.BigEndian.Uint64(chance[:])
	}
	binary.BigEndian.PutUint64(b[:8], l.hi)
	binary.BigEndian.PutUint64(b[8:], l.lo)
	return b
}

func encode(b [16]byte) string {
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [26]byte
	for i := 25; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

// Valid reports whether s is an id with the prefix.
func Valid(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(rest) != 26 {
		return false
	}
	for _, c := range []byte(rest) {
		if strings.IndexByte(alphabet, c) < 0 {
			return false
		}
	}
	return true
}

// Token returns n random bytes in hexadecimal, for things that must not be
// guessed: sessions, invitations, nonces.
func Token(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
