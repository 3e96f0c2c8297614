package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/outbound"
	"assay/internal/resource"
)

var update = flag.Bool("update", false, "write the want sections of recordings again")

// wants are the golden sections, in the order in which they are written.
var wants = []string{"authority", "resources", "reports", "calls", "error"}

// Replay runs the product over every recording that the pattern matches, each
// as a subtest named after its file.
func Replay(t *testing.T, product connector.Product, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings match %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			replay(t, product, file)
		})
	}
}

// read returns a file.
func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func replay(t *testing.T, product connector.Product, file string) {
	data := read(t, file)
	rec, err := parse(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, objection := range unfit(rec.archive) {
		t.Errorf("%s: %s", file, objection)
	}
	got := rec.play(t.Context(), product)
	for _, objection := range got.objections {
		t.Errorf("%s: %s", file, objection)
	}
	if *update {
		if err := os.WriteFile(file, rewritten(rec.archive, got.sections), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, name := range wants {
		if want, have := wanted(rec.archive, name), got.sections[name]; want != have {
			t.Errorf("%s: %s differ (-update writes them again)\n%s", file, name, difference(want, have))
		}
	}
}

// outcome is what came of a replay.
type outcome struct {
	sections   map[string]string
	objections []string
}

func (r *recording) play(ctx context.Context, product connector.Product) outcome {
	out := outcome{sections: map[string]string{}}
	var hand clock.Hand
	hand.Set(r.now)
	var run *connector.Run
	env := connector.Env{
		Now: hand.Now, Host: r.host, Period: r.period, AllowLocal: true, Hook: r.hook,
		HTTP: outbound.New(outbound.Options{
			Now: hand.Now, Base: r.web,
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, // pauses are partly random
			Retried: func(req *http.Request, _ string) {
				if run != nil {
					run.Retry(req.Method + " " + req.URL.Path)
				}
			},
		}),
	}
	kinds := map[string]*resource.Schema{}
	var names []string
	for i := range product.Kinds {
		kinds[product.Kinds[i].Kind] = &product.Kinds[i]
		names = append(names, product.Kinds[i].Kind)
	}
	source, err := product.Open(r.settings, env)
	if err != nil {
		out.sections["error"] = err.Error() + "\n"
		return out
	}
	authority, err := source.Authority(ctx)
	if err != nil {
		out.sections["error"] = err.Error() + "\n"
		return out
	}
	out.sections["authority"] = authority + "\n"

	seen := map[resource.Ref]bool{}
	var lines strings.Builder
	run = connector.NewRun(hand.Now, names, func(_ context.Context, res connector.Resource) error {
		out.note(&lines, kinds[res.Kind], res, authority, seen)
		return nil
	}, nil)
	if err := source.Collect(ctx, run); err != nil {
		out.sections["error"] = err.Error() + "\n"
	}
	out.sections["resources"] = lines.String()
	out.sections["reports"] = jsonLines(run.Reports())
	out.sections["calls"] = jsonLines(run.Calls())
	for _, line := range r.web.strange {
		out.objections = append(out.objections, "the recording has no answer to "+line)
	}
	for _, line := range r.web.unasked() {
		out.objections = append(out.objections, "nobody asked for "+line)
	}
	return out
}

// line is a resource as golden sections show it.
type line struct {
	Kind        string         `json:"kind"`
	Authority   string         `json:"authority,omitempty"` // where it is not the source's
	ID          string         `json:"id"`
	Fields      map[string]any `json:"fields"`
	Personal    map[string]any `json:"personal,omitempty"`
	Seen        map[string]any `json:"seen,omitempty"`
	Unavailable []string       `json:"unavailable,omitempty"`
}

func (out *outcome) note(lines *strings.Builder, kind *resource.Schema, r connector.Resource, authority string, seen map[resource.Ref]bool) {
	ref := resource.Ref{Kind: r.Kind, Authority: r.Authority, ID: r.ID}
	if ref.ID == "" {
		out.objections = append(out.objections, fmt.Sprintf("a %s has no id: %v", r.Kind, r.Fields))
	}
	if ref.Authority == authority {
		ref.Authority = ""
	}
	if seen[ref] {
		out.objections = append(out.objections, fmt.Sprintf("%s was emitted twice", ref))
	}
	seen[ref] = true
	parts, err := kind.Normalize(r.Fields, r.Unavailable)
	if err != nil {
		out.objections = append(out.objections, fmt.Sprintf("%s: %s", ref, strings.ReplaceAll(err.Error(), "\n", "; ")))
	}
	unavailable := slices.Clone(r.Unavailable)
	slices.Sort(unavailable)
	lines.WriteString(jsonLines([]line{{
		Kind: r.Kind, Authority: ref.Authority, ID: r.ID, Fields: parts.Core,
		Personal: parts.Personal, Seen: parts.Seen, Unavailable: unavailable,
	}}))
}

func jsonLines[T any](list []T) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, e := range list {
		if err := enc.Encode(e); err != nil {
			b.WriteString(err.Error() + "\n")
		}
	}
	return b.String()
}

func wanted(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == "want "+name {
			return string(f.Data)
		}
	}
	return ""
}

// rewritten is the recording with new golden sections at its end.
func rewritten(a *txtar.Archive, sections map[string]string) []byte {
	next := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if !strings.HasPrefix(f.Name, "want ") {
			next.Files = append(next.Files, f)
		}
	}
	for _, name := range wants {
		if text := sections[name]; text != "" {
			next.Files = append(next.Files, txtar.File{Name: "want " + name, Data: []byte(text)})
		}
	}
	return txtar.Format(next)
}

// difference lists the lines that only one side has.
func difference(want, have string) string {
	wantLines, haveLines := strings.Split(want, "\n"), strings.Split(have, "\n")
	var b strings.Builder
	for _, l := range wantLines {
		if !slices.Contains(haveLines, l) {
			b.WriteString("- " + l + "\n")
		}
	}
	for _, l := range haveLines {
		if !slices.Contains(wantLines, l) {
			b.WriteString("+ " + l + "\n")
		}
	}
	if b.Len() == 0 {
		return "the same lines in another order or number"
	}
	return b.String()
}

// Host is the machine that a recording holds, and the time at which it was
// recorded, for tests of what stands on connectors.
func Host(t *testing.T, file string) (connector.Host, time.Time) {
	t.Helper()
	rec, err := parse(read(t, file))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return rec.host, rec.now
}
