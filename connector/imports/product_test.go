package imports

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// collected reads a file through the product.
func collected(t *testing.T, config connector.Config) ([]connector.Resource, connector.Report) {
	t.Helper()
	env := connector.Env{Now: func() time.Time { return noon }, AllowLocal: true}
	p, err := Product().With(config)
	if err != nil {
		t.Fatal(err)
	}
	source, err := p.Open(config, env)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := source.Authority(t.Context()); err != nil || a != "devices.example.com" {
		t.Errorf("%s %v", a, err)
	}
	var out []connector.Resource
	run := connector.NewRun(env.Now, []string{p.Kinds[0].Kind}, func(_ context.Context, r connector.Resource) error {
		out = append(out, r)
		return nil
	}, nil)
	if err := source.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	return out, run.Reports()[0]
}

func file(t *testing.T, name, text string, written time.Time) string {
	t.Helper()
	full := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(full, written, written); err != nil {
		t.Fatal(err)
	}
	return full
}

func TestAFileIsReadAgain(t *testing.T) {
	good := `{"serial":"a","disk":{"encrypted":true}}` + "\n"
	for name, c := range map[string]struct {
		text    string
		written time.Time
		more    connector.Config
		items   int
		problem string
	}{
		"whole":             {good, noon.Add(-time.Hour), nil, 1, ""},
		"with a wrong row":  {good + "{}\n", noon.Add(-time.Hour), nil, 1, "Rows refused: 1 of 2.; line 2, serial: required, and absent (and 1 more)"},
		"old":               {good, noon.AddDate(0, 0, -8), nil, 1, "last written on 2026-02-22"},
		"old, and let":      {good, noon.AddDate(-1, 0, 0), connector.Config{"renewed": "0"}, 1, ""},
		"of another format": {good, noon, connector.Config{"format": "csv"}, 0, "heading could not be read"},
	} {
		config := connector.Config{"path": file(t, "x.ndjson", c.text, c.written), "declaration": devices}
		maps.Copy(config, c.more)
		got, rep := collected(t, config)
		problems := strings.Join(rep.Problems, "; ")
		if len(got) != c.items || rep.Complete != (c.problem == "") || !strings.Contains(problems, c.problem) {
			t.Errorf("%s: %d items, %+v", name, len(got), rep)
		}
	}
	if _, rep := collected(t, connector.Config{"path": "/nowhere/x.json", "declaration": devices}); rep.Complete || !strings.Contains(fmt.Sprint(rep.Problems), "not there") {
		t.Errorf("%+v", rep)
	}
	if _, rep := collected(t, connector.Config{"path": t.TempDir(), "format": "json", "declaration": devices}); rep.Complete || !strings.Contains(fmt.Sprint(rep.Problems), "plain file") {
		t.Errorf("%+v", rep)
	}
}

func TestEventsCoverASpan(t *testing.T) {
	events := strings.NewReplacer("family: state", "family: event\nat: at", "fields:\n", "fields:\n  - {name: at, type: time}\n").Replace(devices)
	row := `{"serial":"a","at":"2026-01-01T00:00:00Z","disk":{"encrypted":true}}` + "\n"
	config := connector.Config{"path": file(t, "x.ndjson", row, noon.AddDate(0, -1, 0)), "declaration": events}
	if _, rep := collected(t, config); rep.Complete || !rep.From.IsZero() {
		t.Errorf("nothing is said about the span: %+v", rep)
	}
	config["covers_from"] = "2025-12-01T00:00:00Z"
	if _, rep := collected(t, config); !rep.Complete || !rep.To.Equal(noon.AddDate(0, -1, 0)) || rep.From.Year() != 2025 {
		t.Errorf("%+v", rep)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for name, c := range map[string]connector.Config{
		"path":        {"path": "x.json", "declaration": devices},
		"format":      {"path": "/x.txt", "declaration": devices},
		"declaration": {"path": "/x.json", "declaration": "kind: x"},
		"renewed":     {"path": "/x.json", "declaration": devices, "renewed": "soon"},
		"covers_from": {"path": "/x.json", "declaration": devices, "covers_from": "spring"},
	} {
		_, err := Product().Open(c, connector.Env{Now: func() time.Time { return noon }, AllowLocal: true})
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Product().Open(connector.Config{"path": "/x.json", "declaration": devices}, connector.Env{Now: func() time.Time { return noon }}); fault.Of(err) != fault.Forbidden {
		t.Errorf("a path that the operator did not allow: %v", err)
	}
	if _, err := Product().With(connector.Config{"declaration": "kind: x"}); fault.Of(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	if _, err := ParseDeclaration([]byte(example)); err != nil {
		t.Errorf("the example in the form: %v", err)
	}
}
