package tlog_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/tlog"
)

func cosigner(t testing.TB, name string, seed byte) *tlog.Cosigner {
	t.Helper()
	c, err := tlog.NewCosigner(name, bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCosignatures(t *testing.T) {
	s, err := tlog.NewSigner("log.example/soc2/1", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	w := cosigner(t, "witness.example/w", 2)
	head := tlog.Checkpoint{Origin: s.Name(), Size: 7, Root: tlog.Hash{1}}
	note, err := s.SignText(head.Text())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_700_000_000, 0).UTC()
	sig := w.Cosign(head.Text(), at)
	both := string(note) + sig.Line()
	got, sigs, err := tlog.OpenCosigned([]byte(both), s.Verifier())
	if err != nil || got != head || len(sigs) != 1 {
		t.Fatalf("%+v %v %v", got, sigs, err)
	}
	key, err := tlog.ParseCosigner(w.Key().String())
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := key.Verify(head.Text(), sigs[0]); err != nil || !seen.Equal(at) {
		t.Errorf("%v %v", seen, err)
	}
	if _, err := key.Verify(strings.Replace(head.Text(), "7", "8", 1), sigs[0]); err == nil {
		t.Error("another checkpoint")
	}
	for i := range sigs[0].Raw {
		b := bytes.Clone(sigs[0].Raw)
		b[i] ^= 1
		if _, err := key.Verify(head.Text(), tlog.Signature{Name: key.Name, Raw: b}); err == nil {
			t.Errorf("byte %d", i)
		}
	}
	if _, err := cosigner(t, "witness.example/w", 3).Key().Verify(head.Text(), sigs[0]); err == nil {
		t.Error("another key")
	}
	for name, b := range map[string]string{
		"nobody": head.Text(), "twice": both + sig.Line(), "the witness first": head.Text() + "\n" + sig.Line() + strings.SplitAfter(string(note), "\n\n")[1],
		"a blank": strings.Replace(both, "— witness", "—  witness", 1), "a line": both + "x\n", "no end": strings.TrimSuffix(both, "\n"),
	} {
		if _, _, err := tlog.OpenCosigned([]byte(b), s.Verifier()); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := tlog.OpenCheckpoint([]byte(both), s.Verifier()); err == nil {
		t.Error("a checkpoint of the log alone has one signature")
	}
	for name, v := range map[string]string{
		"a log's key": s.Verifier(), "nothing": "", "no key": "a+00000000+", "another hash": strings.Replace(w.Key().String(), "+", "+0", 1)[:len(w.Key().String())],
	} {
		if _, err := tlog.ParseCosigner(v); err == nil {
			t.Errorf("key: %s", name)
		}
	}
	if notes := tlog.Notes([]byte(both + "\n" + string(note) + both)); len(notes) != 3 || notes[0] != both || notes[1] != string(note) || notes[2] != both {
		t.Errorf("%q", notes)
	}
}

func TestPolicies(t *testing.T) {
	s, err := tlog.NewSigner("log.example/soc2/1", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	names := []string{"X1", "X2", "X3", "Y1", "Y2"}
	for i, n := range names {
		lines = append(lines, "witness "+n+" "+cosigner(t, "w.example/"+n, byte(i+2)).Key().String())
	}
	all := "log " + s.Verifier() + "\n" + strings.Join(lines, "\n") + "\n"
	groups := all + "group X 2 X1 X2 X3\ngroup Y any Y1 Y2\ngroup both all X Y\n"
	for _, c := range []struct {
		text, by string
		met      bool
	}{
		{all + "quorum none\n", "", true},
		{all + "quorum X1\n", "X2 X3 Y1 Y2", false},
		{all + "quorum X1\n", "X1", true},
		{groups + "quorum both\n", "X1 X3 Y2", true},
		{groups + "quorum both\n", "X1 X2 X3", false},
		{groups + "quorum both\n", "X1 Y1 Y2", false},
		{groups + "quorum X\n", "X1 Y1 Y2", false},
		{groups + "quorum Y # none\n", "", false},
	} {
		p, err := tlog.ParsePolicy(c.text)
		if strings.Contains(c.text, "# none") {
			if err == nil {
				t.Error("a comment after a line is none")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if met := p.Witnessed(func(w tlog.Witness) bool { return strings.Contains(c.by, w.Name) }); met != c.met {
			t.Errorf("%q by %q: %t", c.text[len(all):], c.by, met)
		}
	}
	for name, text := range map[string]string{
		"no quorum": groups, "an unknown quorum": all + "quorum Z\n", "a quorum before": "quorum X\n" + groups, "a group before": "group X any X1\n" + all + "quorum X\n",
		"a member twice": groups + "group Z any X1\nquorum Z\n", "a member twice in one": all + "group X 2 X1 X1\nquorum X\n", "too many": all + "group X 4 X1 X2 X3\nquorum X\n",
		"none of them": all + "group X 0 X1\nquorum X\n", "01": all + "group X 01 X1\nquorum X\n", "no member": all + "group X any\nquorum X\n",
		"the name none": all + "group none any X1\nquorum none\n", "a name twice": all + "group X1 any X2\nquorum X1\n", "a log twice": "log " + s.Verifier() + "\n" + all + "quorum none\n",
		"a witness twice": all + strings.Replace(lines[0], "X1", "X9", 1) + "\nquorum none\n", "a log's key": all + "witness Z " + s.Verifier() + "\nquorum none\n",
		"a return": "quorum none\r\n", "two quorums": "quorum none\nquorum none\n", "another word": "quorum none\ncadence 1h\n",
	} {
		if _, err := tlog.ParsePolicy(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzOpenCosigned(f *testing.F) {
	f.Add("a\n1\nAAAA\n\n— a AAAAAAAA\n")
	f.Fuzz(func(t *testing.T, b string) {
		text, sigs, err := tlog.SplitNote([]byte(b))
		if err != nil {
			return
		}
		again := text + "\n"
		var againSb143 strings.Builder
		for _, s := range sigs {
			againSb143.WriteString(s.Line())
		}
		again += againSb143.String()
		if again != b {
			t.Fatalf("%q is also %q", b, again)
		}
	})
}
