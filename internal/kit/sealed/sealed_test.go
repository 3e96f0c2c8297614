package sealed_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"filippo.io/age"

	"assay/internal/kit/sealed"
)

func key(t *testing.T) (identity, recipient string) {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return k.String(), k.Recipient().String()
}

func seal(t *testing.T, content []byte, to ...string) []byte {
	t.Helper()
	r, err := sealed.ParseRecipients(to)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := r.Write(&b)
	if err == nil {
		_, err = w.Write(content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(b []byte, identity string) ([]byte, error) {
	r, n, err := sealed.Open(bytes.NewReader(b), int64(len(b)), []byte(identity+"\n"))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, n))
}

func TestWhoeverHasAKeyReadsIt(t *testing.T) {
	ann, toAnn := key(t)
	bo, toBo := key(t)
	eve, _ := key(t)
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 65535, 65536, 65537, 200_000} {
		content := bytes.Repeat([]byte("x"), size)
		b := seal(t, content, toAnn, toBo)
		if !sealed.Is(bytes.NewReader(b)) || sealed.Is(bytes.NewReader(content)) {
			t.Error("what is encrypted is not known by its beginning")
		}
		for _, who := range []string{ann, bo, "# a note\n" + eve + "\n" + ann} {
			if got, err := open(b, who); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
		if _, err := open(b, eve); !errors.Is(err, sealed.ErrOther) {
			t.Error(err)
		}
		if got, err := open(seal(t, content, pq.Recipient().String()), pq.String()); err != nil || !bytes.Equal(got, content) {
			t.Error(err)
		}
	}
	if _, err := open(seal(t, nil, toAnn), "nonsense"); err == nil || errors.Is(err, sealed.ErrOther) {
		t.Error(err)
	}
	for _, wrong := range [][]string{{}, {""}, {"age1x"}, {ann}, {toAnn, "x"}, {toAnn + "\n" + toBo}, {toAnn, pq.Recipient().String()}} {
		_, err := sealed.ParseRecipients(wrong)
		if err == nil {
			t.Errorf("%q is accepted", wrong)
		} else if strings.Contains(err.Error(), ann) {
			t.Error("a secret key is repeated")
		}
	}
}

func TestAlteredCiphertextIsFound(t *testing.T) {
	ann, toAnn := key(t)
	content := bytes.Repeat([]byte("0123456789"), 20_000)
	b := seal(t, content, toAnn)
	random := rand.New(rand.NewPCG(1, 2))
	broken := func(b []byte) {
		t.Helper()
		_, err := open(b, ann)
		if _, ok := errors.AsType[*sealed.Error](err); !ok && !errors.Is(err, sealed.ErrOther) {
			t.Errorf("%v", err)
		}
	}
	for range 300 {
		c := bytes.Clone(b)
		c[random.IntN(len(c))] ^= 1 << random.IntN(8)
		broken(c)
	}
	for _, c := range [][]byte{nil, b[:10], b[:200], b[:len(b)-1], b[:len(b)-20_000], append(bytes.Clone(b), 0), append(bytes.Clone(b), b...)} {
		broken(c)
	}
}
