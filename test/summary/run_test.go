package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name  string
		input string
		want  []string
		not   []string
		ok    bool
	}{
		{
			name: "passes",
			input: `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"T"}
{"Action":"output","Package":"a","Test":"T","Output":"=== RUN   T\n"}
{"Action":"pass","Package":"a","Test":"T"}
{"Action":"output","Package":"a","Output":"PASS\n"}
{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}
{"Action":"pass","Package":"a"}
`,
			want: []string{"ok  \ta\t0.1s\n", "1 passed, 0 failed, 0 skipped\n"},
			not:  []string{"=== RUN", "PASS\n"},
			ok:   true,
		},
		{
			name: "a package that never ends",
			input: `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"T"}
{"Action":"pass","Package":"a","Test":"T"}
`,
			want: []string{"FAIL\ta [ended without a result]", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name:  "the go command objects",
			input: "go: go.mod file not found in current directory\n",
			want:  []string{"go: go.mod file not found", "0 passed, 1 failed, 0 skipped"},
		},
		{
			name:  "nothing",
			input: "",
			want:  []string{"0 passed, 0 failed, 0 skipped"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := summarize(t, test.input)
			compare(t, got, test.want, test.not)
			if ok != test.ok {
				t.Errorf("ok is %v, want %v", ok, test.ok)
			}
		})
	}
}

// TestRealRun holds the program against the go command that is installed.
func TestRealRun(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"go.mod":           "module m\n\ngo 1.26\n",
		"good/g_test.go":   "package good\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) { t.Log(\"quiet\") }\n\nfunc TestLater(t *testing.T) { t.Skip(\"no server\") }\n",
		"bad/b_test.go":    "package bad\n\nimport \"testing\"\n\nfunc TestBad(t *testing.T) { t.Run(\"sub\", func(t *testing.T) { t.Error(\"one is not two\") }) }\n\nfunc TestFine(t *testing.T) { t.Log(\"hidden\") }\n",
		"panics/p_test.go": "package panics\n\nimport \"testing\"\n\nfunc TestPanics(t *testing.T) { var m map[string]int; m[\"x\"] = 1 }\n",
		"broken/b_test.go": "package broken\n\nimport \"testing\"\n\nfunc TestBroken(t *testing.T) { undefinedThing() }\n",
		"none/none.go":     "package none\n",
	}
	for name, body := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", "./...")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("go test passed a module that does not build")
	}
	got, ok := summarize(t, string(out))
	compare(t, got, []string{
		"ok  \tm/good", "?   \tm/none\t[no test files]",
		"--- FAIL: TestBad/sub", "one is not two", "FAIL\tm/bad",
		"panic: assignment to entry in nil map", "FAIL\tm/panics",
		"undefined: undefinedThing", "FAIL\tm/broken [build failed]",
		"Skipped:\n  no server\n    m/good TestLater\n",
		"\n2 passed, 4 failed, 1 skipped\n",
	}, []string{"quiet", "hidden", "=== RUN"})
	if ok {
		t.Error("ok is true for a failing run")
	}
}

func summarize(t *testing.T, input string) (string, bool) {
	t.Helper()
	var out strings.Builder
	r := newRun(&out)
	if err := r.read(strings.NewReader(input)); err != nil {
		t.Fatal(err)
	}
	ok := r.finish()
	return out.String(), ok
}

func compare(t *testing.T, got string, want, not []string) {
	t.Helper()
	for _, w := range want {
		if strings.Count(got, w) != 1 {
			t.Errorf("%q does not occur once", w)
		}
	}
	for _, n := range not {
		if strings.Contains(got, n) {
			t.Errorf("%q should not be shown", n)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}
