package rule

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

const corpusDir = "../../test/corpus/d10"

// explained says why a verdict differs from the label, by policy and case.
var explained = map[string]string{
	"aws_rds_instance_snapshot_public_access/Instance Snapshot Can Be Returned By All":  "the state writes the list AttributeValues as a single word, which the product never does: the row is refused",
	"aws_rds_instance_snapshot_public_access/Instance Snapshot Can Be Returned By Some": "as above",
	"aws_alb_ssl_policy/Strong Ciphers Internet Facing":                                 "the listener names a policy that the state does not describe, so nothing tells which protocols it speaks",
}

type labelled struct {
	Name      string         `json:"name"`
	Compliant bool           `json:"compliant"`
	Resource  map[string]any `json:"resource"`
}

// TestLabelledStates holds that checks written by hand say of the public
// states what their authors say.
func TestLabelledStates(t *testing.T) {
	corpus := os.Getenv("ASSAY_CORPUS")
	if corpus == "" {
		t.Skip("ASSAY_CORPUS names no folder with d10-labelled-aws-resources")
	}
	kinds := corpusKinds(t)
	files, err := filepath.Glob(filepath.Join(corpusDir, "checks", "*.yaml"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d checks, %v", len(files), err)
	}
	cases, agreed, differ := 0, 0, map[string]string{}
	for _, file := range files {
		policy := strings.TrimSuffix(filepath.Base(file), ".yaml")
		p := corpusProgram(t, file, kinds)
		for _, c := range corpusCases(t, filepath.Join(corpus, "d10-labelled-aws-resources", policy+".json")) {
			cases++
			name := policy + "/" + c.Name
			want, got := "fail", stateVerdict(t, p, c, name)
			if c.Compliant {
				want = "pass"
			}
			if got == "out" { // what a check does not count, its label calls compliant
				got = "pass"
			}
			if got == want {
				agreed++
				continue
			}
			differ[name] = got
			if explained[name] == "" {
				t.Errorf("%s: %s, labelled %s", name, got, want)
			} else {
				t.Logf("%s: %s, labelled %s: %s", name, got, want, explained[name])
			}
		}
	}
	for name := range explained {
		if differ[name] == "" {
			t.Errorf("%s agrees, or is gone; its explanation is not needed", name)
		}
	}
	t.Logf("%d policies, %d states: %d agree, %d differ and are explained", len(files), cases, agreed, len(differ))
}

// TestLabelledStatesDamaged holds on real states what the properties hold on
// made ones.
func TestLabelledStatesDamaged(t *testing.T) {
	corpus := os.Getenv("ASSAY_CORPUS")
	if corpus == "" {
		t.Skip("ASSAY_CORPUS names no folder with d10-labelled-aws-resources")
	}
	kinds := corpusKinds(t)
	files, _ := filepath.Glob(filepath.Join(corpusDir, "checks", "*.yaml"))
	for _, file := range files {
		policy := strings.TrimSuffix(filepath.Base(file), ".yaml")
		p := corpusProgram(t, file, kinds)
		for _, c := range corpusCases(t, filepath.Join(corpus, "d10-labelled-aws-resources", policy+".json")) {
			v, err := imported(p.own.schema, c, policy)
			if err != nil {
				continue
			}
			before := verdictOf(judge(t, p, stateOffering(v)), v.ID)
			for _, f := range p.own.schema.Fields {
				refused, wrong := *v, *v
				refused.Unavailable = []string{f.Name}
				wrong.Fields = maps.Clone(v.Fields)
				wrong.Fields[f.Name] = []any{[]any{}}
				for _, damaged := range []*resource.View{&refused, &wrong} {
					after := verdictOf(judge(t, p, stateOffering(damaged)), v.ID)
					if after != before && after != "unknown/error" {
						t.Errorf("%s/%s without %s: %s became %s", policy, c.Name, f.Name, before, after)
					}
				}
			}
		}
	}
}

func corpusKinds(t *testing.T) Kinds {
	files, err := filepath.Glob(filepath.Join(corpusDir, "kinds", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := Kinds{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dec := yaml.NewDecoder(bytes.NewReader(text))
		dec.KnownFields(true)
		var s resource.Schema
		if err := dec.Decode(&s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := s.Valid(); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		kinds[s.Kind] = &s
	}
	return kinds
}

func corpusProgram(t *testing.T, file string, kinds Kinds) *Program {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(d, kinds, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func corpusCases(t *testing.T, file string) []labelled {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w struct {
		Cases []labelled `json:"cases"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&w); err != nil || len(w.Cases) == 0 {
		t.Fatalf("%s: %d cases, %v", file, len(w.Cases), err)
	}
	return w.Cases
}

// stateVerdict imports one state and judges it. A row that is not as declared
// is refused, and the listing without it incomplete.
func stateVerdict(t *testing.T, p *Program, c labelled, id string) string {
	v, err := imported(p.own.schema, c, id)
	if err != nil {
		in := stateOffering(nil)
		in.Listings = []Listing{{Kind: p.own.schema.Kind, Connection: "import", At: noon, Problems: []string{err.Error()}}}
		out := judge(t, p, in)
		return said(out.Status, out.Reason)
	}
	return verdictOf(judge(t, p, stateOffering(v)), v.ID)
}

func stateOffering(v *resource.View) Input {
	in := Input{Now: noon, Resources: map[string][]*resource.View{}}
	if v != nil {
		in.Resources[v.Kind] = []*resource.View{v}
		in.Listings = []Listing{{Kind: v.Kind, Connection: "import", Complete: true, At: noon, Items: 1}}
	}
	return in
}

// imported is a state as an import would store it: the declared fields only.
func imported(s *resource.Schema, c labelled, id string) (*resource.View, error) {
	declared, _ := only(s.Fields, c.Resource).(map[string]any)
	parts, err := s.Normalize(declared, nil)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(parts.Core)
	if err != nil {
		return nil, err
	}
	fields, err := resource.ParseFields(b)
	return &resource.View{
		Ref: resource.Ref{Kind: s.Kind, Authority: "import", ID: id}, Schema: s, Hash: tlog.LeafHash([]byte(id)), Fields: fields,
	}, err
}

func only(fields []resource.Field, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, f := range fields {
			if e, ok := v[f.Name]; ok {
				out[f.Name] = onlyField(f, e)
			}
		}
		return out
	default:
		return v
	}
}

func onlyField(f resource.Field, v any) any {
	switch {
	case f.Type == resource.Object:
		return only(f.Fields, v)
	case f.Type == resource.List && slices.Contains([]resource.Type{resource.Object, resource.List, resource.Map}, f.Of.Type):
		list, ok := v.([]any)
		if !ok {
			return v
		}
		out := make([]any, len(list))
		for i := range list {
			out[i] = onlyField(*f.Of, list[i])
		}
		return out
	case f.Type == resource.Map && f.Of.Type == resource.Object:
		m, ok := v.(map[string]any)
		if !ok {
			return v
		}
		out := map[string]any{}
		for k := range m {
			out[k] = onlyField(*f.Of, m[k])
		}
		return out
	}
	return v
}
