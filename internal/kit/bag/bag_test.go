package bag_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"assay/internal/kit/bag"
)

func sign(sum [sha256.Size]byte) ([]byte, error) { return fmt.Appendf(nil, "signed %x\n", sum), nil }

func write(t testing.TB, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := bag.NewWriter(&b)
	for i, f := range files {
		var err error
		if i%2 == 0 {
			err = w.Add(f[0], []byte(f[1]))
		} else {
			err = w.Stream(f[0], func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f[1])), nil })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	totals, err := w.Close([]bag.Field{{Name: "Source-Organization", Value: "Åre: Café"}}, sign)
	if err != nil {
		t.Fatal(err)
	}
	if totals.Bytes != int64(b.Len()) || totals.Files != len(files) {
		t.Fatalf("%+v", totals)
	}
	return b.Bytes()
}

func small(t testing.TB) []byte {
	return write(t, [2]string{"index.html", "<p>hello"}, [2]string{"log/checkpoint", "x\n"}, [2]string{"records/0000.ndjson", ""})
}

// check reads everything there is.
func check(b []byte) error {
	g, err := bag.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	for i, f := range g.Files() {
		if i%2 == 0 {
			_, err = g.Read(f.Name, 1<<20)
		} else {
			err = g.Copy(io.Discard, f.Name)
		}
		if err != nil {
			return err
		}
	}
	if left := g.Unread(); len(left) > 0 {
		return fmt.Errorf("not read: %v", left)
	}
	signature, sum := g.Signed()
	if want, _ := sign(sum); !bytes.Equal(signature, want) {
		return errors.New("signature")
	}
	return nil
}

func TestRoundTrip(t *testing.T) {
	b := small(t)
	if err := check(b); err != nil {
		t.Fatal(err)
	}
	g, err := bag.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := g.Read("index.html", 100); err != nil || string(got) != "<p>hello" {
		t.Fatalf("%q %v", got, err)
	}
	if got, err := g.Piece("index.html", 3, 5); err != nil || string(got) != "hello" {
		t.Fatalf("%q %v", got, err)
	}
	if left := g.Unread(); len(left) != 2 {
		t.Fatal(left)
	}
	if info := g.Info(); info[0].Value != "Åre: Café" || info[1].Value != "10.3" {
		t.Fatal(info)
	}
	for _, err := range []error{
		func() error { _, err := g.Read("absent", 1); return err }(), func() error { _, err := g.Read("index.html", 7); return err }(),
		func() error { _, err := g.Piece("index.html", 3, 6); return err }(), g.Copy(io.Discard, "absent"),
	} {
		if err == nil {
			t.Error("accepted")
		}
	}
}

func TestOthersReadIt(t *testing.T) {
	b := small(t)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) != 8 {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "a.zip")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tool := range [][]string{
		{"unzip", "-q", file, "-d", dir},
		{"sh", "-c", "cd " + dir + " && sha256sum --quiet -c manifest-sha256.txt && sha256sum --quiet -c tagmanifest-sha256.txt"},
		{"python3", "-m", "zipfile", "-t", file},
	} {
		if _, err := exec.LookPath(tool[0]); err != nil {
			t.Log("not tried: " + tool[0])
			continue
		}
		if out, err := exec.CommandContext(t.Context(), tool[0], tool[1:]...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", tool, err, out)
		}
	}
}

func TestEveryBitCounts(t *testing.T) {
	b := small(t)
	for i := range b {
		for bit := range 8 {
			b[i] ^= 1 << bit
			if check(b) == nil {
				t.Errorf("bit %d of byte %d can be flipped", bit, i)
			}
			b[i] ^= 1 << bit
		}
	}
	for n := range b {
		if check(b[:n]) == nil {
			t.Errorf("the first %d bytes are accepted", n)
		}
	}
	for _, more := range []string{"\x00", "PK\x05\x06", strings.Repeat("\x00", 22)} {
		if check(append(bytes.Clone(b), more...)) == nil || check(append([]byte(more), b...)) == nil {
			t.Errorf("%q before or after is accepted", more)
		}
	}
}

func TestManyFiles(t *testing.T) {
	var b bytes.Buffer
	w := bag.NewWriter(&b)
	for i := range 70_000 {
		if err := w.Add(fmt.Sprintf("a/%d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(nil, sign); err != nil {
		t.Fatal(err)
	}
	if err := check(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(z.File) != 70_005 {
		t.Fatal(err)
	}
	end := b.Bytes()[b.Len()-98:]
	for i := 0; i < len(end); i += 19 {
		end[i] ^= 1
		if _, err := bag.Open(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
			t.Errorf("byte %d of the end records can be altered", i)
		}
		end[i] ^= 1
	}
}

func TestNames(t *testing.T) {
	for _, bad := range []string{
		"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".hidden", "a/.b", "-x", "a b", "a\\b", "C:x", "é", "a\x00", "a\nb",
		strings.Repeat("a", 300), "A.TXT", "a.txt/b", "d",
	} {
		w := bag.NewWriter(io.Discard)
		if err := w.Add("a.txt", nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Add("d/e/f", nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Add(bad, nil); err == nil {
			t.Errorf("%q is accepted", bad)
		}
		if err := w.Add("fine", nil); err == nil {
			t.Error("a writer that failed goes on")
		}
	}
}

func TestWriterFails(t *testing.T) {
	w := bag.NewWriter(io.Discard)
	n := 0
	err := w.Stream("a", func() (io.ReadCloser, error) {
		n++
		return io.NopCloser(strings.NewReader(strconv.Itoa(n))), nil
	})
	if err == nil {
		t.Error("a file that changes while it is written is accepted")
	}
	w = bag.NewWriter(io.Discard)
	if _, err := w.Close([]bag.Field{{Name: "A", Value: "b\nc"}}, sign); err == nil {
		t.Error("two lines of information")
	}
}

// others are zips that a general reader opens and this one must not.
func TestOtherZips(t *testing.T) {
	header := func(edit func(h *zip.FileHeader)) []byte {
		src, err := zip.NewReader(bytes.NewReader(small(t)), int64(len(small(t))))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range src.File {
			h := zip.FileHeader{Name: f.Name}
			edit(&h)
			out, err := w.CreateHeader(&h)
			if err != nil {
				t.Fatal(err)
			}
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(out, in); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, b := range map[string][]byte{
		"packed again":   header(func(h *zip.FileHeader) { h.Method = zip.Store }),
		"deflated":       header(func(h *zip.FileHeader) { h.Method = zip.Deflate }),
		"link":           header(func(h *zip.FileHeader) { h.SetMode(os.ModeSymlink | 0o777) }),
		"comment":        header(func(h *zip.FileHeader) { h.Comment = "x" }),
		"up":             header(func(h *zip.FileHeader) { h.Name = "../" + h.Name }),
		"absolute":       header(func(h *zip.FileHeader) { h.Name = "/" + h.Name }),
		"all one name":   header(func(h *zip.FileHeader) { h.Name = "data/x" }),
		"empty file":     {},
		"only an end":    append([]byte("PK\x05\x06"), make([]byte, 18)...),
		"not a zip":      []byte("hello, this is no zip file at all, is it?"),
		"giant promises": giant(t),
	} {
		if check(b) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// giant is a small file whose directory says that it holds very much.
func giant(t *testing.T) []byte {
	b := small(t)
	i := bytes.Index(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[i+20:], 0xfffffff0)
	binary.LittleEndian.PutUint32(b[i+24:], 0xfffffff0)
	return b
}

func TestRenamed(t *testing.T) {
	b := small(t)
	for name, bad := range map[string][]byte{
		"another file":  bytes.Replace(b, []byte("data/index.html"), []byte("data/indey.html"), 1),
		"renamed twice": bytes.ReplaceAll(b, []byte("data/index.html"), []byte("data/indey.html")),
	} {
		if check(bad) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(small(f))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := check(b); err != nil {
			return
		}
		if _, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err != nil {
			t.Fatalf("others cannot read it: %v", err)
		}
	})
}
