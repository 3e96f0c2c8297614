package pack_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/internal/pack"
)

// long tells whether tests that take minutes are wanted.
func long() bool { return os.Getenv("ASSAY_LONG") != "" }

// flips tells which bits are flipped: all with ASSAY_LONG, else one bit of every
// fourth byte.
func flips(i, bit int) bool { return long() || i%4 == 0 && bit == i/4%8 }

// TestEveryBitOfAPackage flips the bits of a small package, one after the other.
func TestEveryBitOfAPackage(t *testing.T) {
	b := bytes.Clone(theHistory(t).little)
	t.Logf("%d bytes", len(b))
	for i := range b {
		for bit := range 8 {
			if !flips(i, bit) {
				continue
			}
			b[i] ^= 1 << bit
			if verify(t, b, pack.Options{}).Verified {
				t.Errorf("bit %d of byte %d can be flipped", bit, i)
			}
			b[i] ^= 1 << bit
		}
	}
	if !verify(t, b, pack.Options{}).Verified {
		t.Fatal("the package itself does not verify")
	}
}

func TestAThousandRandomFlips(t *testing.T) {
	b := bytes.Clone(theHistory(t).whole)
	for n := range 1000 {
		seed := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
		i, bit := int(binary.BigEndian.Uint32(seed[:]))%len(b), int(seed[4]%8)
		b[i] ^= 1 << bit
		if verify(t, b, pack.Options{}).Verified {
			t.Errorf("bit %d of byte %d can be flipped", bit, i)
		}
		b[i] ^= 1 << bit
	}
}

// proven are the files whose every bit the log proves: whoever holds the key can
// sign the manifests anew, and not alter them.
func proven(name string) bool {
	return name != pack.FileIndex && name != pack.FileHeader && !strings.HasPrefix(name, "results/")
}

// TestEveryBitThatIsProof flips bits of what is proof, and has the manifests
// made and signed anew by whoever holds the key.
func TestEveryBitThatIsProof(t *testing.T) {
	m := theHistory(t)
	x := unpack(t, m.little)
	n := 0
	for _, name := range slices.Clone(x.names) {
		if !proven(name) {
			continue
		}
		b := x.files[name]
		for i := range b {
			for bit := range 8 {
				if !flips(i, bit) {
					continue
				}
				n++
				b[i] ^= 1 << bit
				if verify(t, x.pack(m.tiny), pack.Options{}).Verified {
					t.Errorf("bit %d of byte %d of %s can be flipped", bit, i, name)
				}
				b[i] ^= 1 << bit
			}
		}
	}
	t.Logf("%d flips", n)
	if !verify(t, x.pack(m.tiny), pack.Options{}).Verified {
		t.Fatal("the package itself does not verify")
	}
}

// TestCuts takes the package's end off, and puts something in its place.
func TestCuts(t *testing.T) {
	b := theHistory(t).little
	for n := 97; n < len(b); n += 97 {
		if verify(t, b[:n], pack.Options{}).Verified || verify(t, append(bytes.Clone(b[:n]), b[n/2:]...), pack.Options{}).Verified {
			t.Errorf("cut at %d", n)
		}
	}
}

// FuzzVerify holds that nothing makes the verifier panic, and that no package
// verifies but those that were made.
func FuzzVerify(f *testing.F) {
	m := theHistory(f)
	f.Add(m.little, uint16(0), []byte{})
	f.Add(m.little, uint16(300), []byte("abc"))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, by []byte) {
		verify(t, b, pack.Options{})
		// The same, with the manifests made anew around an edited file.
		x := unpack(t, m.little)
		name := x.names[int(at)%len(x.names)]
		c := bytes.Clone(x.files[name])
		i := int(at) % (len(c) + 1)
		copy(c[i:], by)
		same := bytes.Equal(c, x.files[name])
		x.put(name, c)
		if r := verify(t, x.pack(m.tiny), pack.Options{}); r.Verified && !same && proven(name) {
			t.Fatalf("%s: %q at %d is believed", name, by, i)
		}
	})
}
