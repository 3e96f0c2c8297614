package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/sealed"
	"assay/internal/pack"
)

type desk struct {
	t   *testing.T
	dir string
}

func (d *desk) put(name string, b []byte) string {
	d.t.Helper()
	file := filepath.Join(d.dir, name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return file
}

func (d *desk) run(want int, args ...string) (stdout, stderr string) {
	d.t.Helper()
	var out, problems bytes.Buffer
	if got := run(d.t.Context(), args, &out, &problems); got != want {
		d.t.Errorf("%v: exit %d, want %d\n%s%s", args, got, want, out.String(), problems.String())
	}
	return out.String(), problems.String()
}

func holds(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not said:\n%s", w, text)
		}
	}
}

func TestVerify(t *testing.T) {
	store, hand := dbtest.SQLite(t)
	h := exporttest.New(t, store, hand, "larkspur.demo.invalid")
	h.Little()
	early, _ := h.Package(time.Time{}, time.Time{})
	h.Hand.Add(time.Hour)
	h.Run()
	late, _ := h.Package(time.Time{}, time.Time{})
	d := &desk{t, t.TempDir()}
	one, two, pin := d.put("one.zip", early), d.put("two.zip", late), filepath.Join(d.dir, "pin")

	out, _ := d.run(0, one)
	holds(t, out, "DEMONSTRATION", "VERIFIED, self-consistent only: the keys came from the package", "performed again", "test.account.mfa", "Not proven")
	out, _ = d.run(0, one, "--write-pin", pin)
	holds(t, out, "VERIFIED")
	out, _ = d.run(0, "--pin", pin, two)
	holds(t, out, "VERIFIED under the key of the pin", "entries are those of the pin")
	d.run(0, "--pin", pin, "--write-pin", pin, two)
	out, _ = d.run(10, one, "--pin", pin)
	holds(t, out, "NOT VERIFIED", "PROBLEM  pin", "cut")

	var r pack.Report
	out, _ = d.run(0, "--json", two)
	if err := json.Unmarshal([]byte(out), &r); err != nil || !r.Verified || !r.Demonstration || r.Runs.Performed != r.Runs.Same || r.Runs.Performed == 0 {
		t.Errorf("%v %+v", err, r)
	}
	signed, err := os.ReadFile(pin)
	if err != nil {
		t.Fatal(err)
	}
	origin, _, _ := strings.Cut(string(signed), "\n")
	if r.Origin != origin {
		t.Errorf("pin of %s", origin)
	}
	at := bytes.Index(late, []byte(`"keys":["`)) + 9
	vkey, _, _ := strings.Cut(string(late[at:]), `"`)
	good := d.put("policy", []byte("log "+vkey+"\nquorum none\n"))
	out, _ = d.run(0, "--policy", good, two)
	holds(t, out, "VERIFIED under the key of the policy")

	bad := bytes.Clone(late)
	bad[bytes.Index(bad, []byte(`"mfa":false`))+7] ^= 1
	three := d.put("three.zip", bad)
	out, _ = d.run(10, three)
	holds(t, out, "PROBLEM  data/records/0000.ndjson", "altered", "NOT VERIFIED")
	d.run(10, three, "--write-pin", pin)
	if again, _ := os.ReadFile(pin); !bytes.Equal(again, signed) {
		t.Error("a package that does not verify replaced the pin")
	}
	out, _ = d.run(10, "--json", three)
	holds(t, out, `"verified": false`)
}

func TestSealed(t *testing.T) {
	store, hand := dbtest.SQLite(t)
	h := exporttest.New(t, store, hand, "test.invalid")
	h.Little()
	plain, _ := h.Package(time.Time{}, time.Time{})
	to, err := sealed.ParseRecipients([]string{"age1re7kucfk7glt20n5l693hazccuvyus9ev25aywsfcyghfkhhd53qtmh5xz"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := to.Write(&b)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	d := &desk{t, t.TempDir()}
	key, other := d.put("key", []byte("AGE-SECRET-KEY-16WEHQCERTYUSFHUQCFNN72FP8SL2XRRXGXA7EHVMPWPZA0HRHPEQGRAVWR\n")), d.put("other", []byte("AGE-SECRET-KEY-14C5VF5QHL86E07EXSE4P58A97H8VTNAWTAD6AKNZFRRDUQX89QKQVFZZGL\n"))
	file := d.put("one.age", b.Bytes())
	out, _ := d.run(0, "--identity", key, file)
	holds(t, out, "VERIFIED, self-consistent only")
	again, _ := d.run(0, d.put("one.zip", plain))
	if strings.Contains(again, "PROBLEM") || len(again) != len(out) && !strings.Contains(again, "took") {
		t.Error("the same package is reported in another way")
	}
	_, problems := d.run(1, file)
	holds(t, problems, "the package is encrypted", "--identity")
	_, problems = d.run(1, "--identity", other, file)
	holds(t, problems, "encrypted to other keys")
	d.run(1, "--identity", filepath.Join(d.dir, "absent"), file)
	d.run(1, "--identity", file, file)
	for _, at := range []int{30, 150, 400, b.Len() / 2, b.Len() - 1} {
		c := bytes.Clone(b.Bytes())
		c[at] ^= 1
		bad := d.put("bad.age", c)
		var said bytes.Buffer
		if code := run(t.Context(), []string{"--identity", key, bad}, &said, &said); code != 10 && code != 1 || strings.Contains(said.String(), "\nVERIFIED") {
			t.Errorf("byte %d flipped: exit %d\n%s", at, code, said.String())
		} else if at > 400 && code != 10 {
			t.Errorf("byte %d flipped: exit %d", at, code)
		}
	}
	pin := filepath.Join(d.dir, "pin")
	if got := runPin(t.Context(), []string{"--pin", pin, "--identity", key, file}, &b, &b); got != 0 {
		t.Errorf("pin: exit %d", got)
	}
	d.run(0, "--identity", key, "--pin", pin, file)
}

func TestHTML(t *testing.T) {
	store, hand := dbtest.SQLite(t)
	h := exporttest.New(t, store, hand, "test.invalid")
	h.Little()
	b, _ := h.Package(time.Time{}, time.Time{}) // of "Test <package>"
	d := &desk{t, t.TempDir()}
	out, _ := d.run(0, "--html", d.put("one.zip", b))
	holds(t, out, `<h1 class="good">VERIFIED, self-consistent only`, "Test &lt;package&gt;", "Åsa &amp; &lt;Sons&gt;", "Not proven:")
	if strings.Contains(out, "<package>") || strings.Contains(out, "<script") || strings.Contains(out, "http:") || strings.Contains(out, "https:") {
		t.Error("what came from the package is more than text")
	}
	out, _ = d.run(10, "--html", d.put("none.zip", []byte("x")))
	holds(t, out, `<h1 class="bad">NOT VERIFIED`)
	d.run(2, "--html", "--json", d.dir)
}

func TestUsage(t *testing.T) {
	d := &desk{t, t.TempDir()}
	text := d.put("text", []byte("hello\x1b[31m"))
	out, _ := d.run(10, text)
	holds(t, out, "This is not a package", "NOT VERIFIED")
	d.run(10, d.put("empty", nil))
	for _, args := range [][]string{
		{}, {"--json"}, {text, text}, {"--unknown", text}, {"--policy"},
	} {
		_, problems := d.run(2, args...)
		holds(t, problems, "usage: assay-verify")
	}
	d.run(2, "--policy", text, text)
	d.run(1, filepath.Join(d.dir, "absent"))
	d.run(1, d.dir)
	d.run(1, "--pin", filepath.Join(d.dir, "absent"), text)
	d.run(1, "--policy", filepath.Join(d.dir, "absent"), text)
	out, _ = d.run(0, "--help")
	holds(t, out, "usage: assay-verify")
	out, _ = d.run(0, "--version")
	holds(t, out, "assay-verify dev")
}

func TestTerminalsAreNotSteered(t *testing.T) {
	if got := plain("a\x1b[2Jb\u202ec\nd"); got != "a\uFFFD[2Jb\uFFFDc\uFFFDd" {
		t.Errorf("%q", got)
	}
}
