package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// linked is everything that the verifier is made of, beside Go's own library: who
// reads it before trusting it reads this.
var linked = []string{
	"assay/internal/kit/bag", "assay/internal/kit/canon", "assay/internal/kit/clock", "assay/internal/kit/fault", "assay/internal/kit/sealed", "assay/internal/kit/tlog", "assay/internal/kit/tsa",
	"assay/internal/kit/witness", "assay/internal/pack", "assay/internal/resource", "assay/internal/rule", "assay/internal/rule/closure", "assay/internal/sample",

	"cel.dev/cel-go", "cel.dev/expr", "github.com/antlr4-go/antlr/v4", "go.yaml.in/yaml/v3", "google.golang.org/genproto/googleapis/api", // the language of checks
	"google.golang.org/genproto/googleapis/rpc", "google.golang.org/protobuf", "golang.org/x/exp", "golang.org/x/text",

	"filippo.io/age", "filippo.io/hpke", "golang.org/x/crypto", "golang.org/x/sys", // packages that are encrypted

	"golang.org/x/mod", // notes and trees of logs
}

func TestLinked(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{else}}{{.Module.Path}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(out))
	slices.Sort(got)
	got = slices.DeleteFunc(slices.Compact(got), func(s string) bool { return s == "assay/cmd/assay-verify" })
	want := slices.Sorted(slices.Values(linked))
	for _, s := range got {
		if !slices.Contains(want, s) {
			t.Errorf("%s is linked and not listed", s)
		}
	}
	for _, s := range want {
		if !slices.Contains(got, s) {
			t.Errorf("%s is listed and not linked", s)
		}
	}
}
