package rule

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/internal/kit/canon"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Definition is a check as its author wrote it (docs/spec/check.md, document).
type Definition struct {
	ID          string            `yaml:"id" json:"id"` // "linux.sshd.root_login": dotted, lower case
	Version     int               `yaml:"version" json:"version"`
	Title       string            `yaml:"title" json:"title"`                                 // what is true when it passes
	Description string            `yaml:"description,omitempty" json:"description,omitempty"` // why it matters
	Kind        string            `yaml:"kind,omitempty" json:"kind,omitempty"`               // the kind it is about; or
	Facet       string            `yaml:"facet,omitempty" json:"facet,omitempty"`             // every kind that claims this facet
	Scope       Scope             `yaml:"scope,omitempty" json:"scope,omitempty"`
	Where       string            `yaml:"where,omitempty" json:"where,omitempty"` // CEL: who is in the population; empty is everybody
	Let         []Let             `yaml:"let,omitempty" json:"let,omitempty"`     // named parts of assert and message, in order
	Assert      string            `yaml:"assert" json:"assert"`                   // CEL: what must hold
	Message     string            `yaml:"message,omitempty" json:"message,omitempty"`
	Params      map[string]Param  `yaml:"params,omitempty" json:"params,omitempty"`
	Lookups     map[string]Lookup `yaml:"lookups,omitempty" json:"lookups,omitempty"`
	Requires    []string          `yaml:"requires,omitempty" json:"requires,omitempty"`         // further kinds whose listing must be complete
	Empty       Empty             `yaml:"empty,omitempty" json:"empty,omitempty"`               // what an empty listing proves
	EmptySecond string            `yaml:"empty_second,omitempty" json:"empty_second,omitempty"` // kind that must be empty too
	Freshness   string            `yaml:"freshness" json:"freshness"`                           // "26h", "35d": how old a listing may be
	Severity    Severity          `yaml:"severity" json:"severity"`
	SLA         map[string]string `yaml:"sla,omitempty" json:"sla,omitempty"` // suggested fix limits by severity, "7d"
	Criteria    []Criterion       `yaml:"criteria,omitempty" json:"criteria,omitempty"`
	Controls    []string          `yaml:"controls,omitempty" json:"controls,omitempty"` // of the control library
	Remediation Remediation       `yaml:"remediation,omitempty" json:"remediation,omitzero"`
	Tests       []Test            `yaml:"tests,omitempty" json:"-"` // golden cases; not part of the hash
}

// Scope says what one verdict is about.
type Scope string

// The scopes.
const (
	ScopeResource   Scope = "resource"   // each resource; the default
	ScopePopulation Scope = "population" // all of them together
)

// Empty says what a complete, fresh and empty listing proves.
type Empty string

// What an empty listing proves.
const (
	EmptyNever  Empty = "never"  // nothing: there is always one, so the listing is wrong; the default
	EmptyProven Empty = "proven" // that there is nothing to judge
)

// Severity is how bad a failure is.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Let is a named part of the expressions that follow it.
type Let struct {
	Name string `yaml:"name" json:"name"`
	Expr string `yaml:"expr" json:"expr"`
}

// Lookup is a complete listing of another kind, or of every kind that claims a
// facet, by one of its fields of type string, int or date, or by "id()".
type Lookup struct {
	Kind  string `yaml:"kind,omitempty" json:"kind,omitempty"`
	Facet string `yaml:"facet,omitempty" json:"facet,omitempty"`
	By    string `yaml:"by" json:"by"`
}

// byID looks a resource up by the id that its provider gave it.
const byID = "id()"

// Criterion is a criterion that a check bears on.
type Criterion struct {
	ID       string   `yaml:"id" json:"id"` // "CC6.1"
	Strength Strength `yaml:"strength" json:"strength"`
}

// Strength is how far a check bears on a criterion. Only direct evidence
// covers one.
type Strength string

// The strengths.
const (
	Direct     Strength = "direct"
	Supporting Strength = "supporting"
)

// Remediation says how to put a failure right.
type Remediation struct {
	Text      string `yaml:"text,omitempty" json:"text,omitempty"`
	Console   string `yaml:"console,omitempty" json:"console,omitempty"` // where to click
	CLI       string `yaml:"cli,omitempty" json:"cli,omitempty"`
	Terraform string `yaml:"terraform,omitempty" json:"terraform,omitempty"`
}

// MaxDefinition is the largest definition read, in bytes.
const MaxDefinition = 256 << 10

// Parse reads a definition from YAML. The error is of kind fault.Invalid and
// names the field. An unknown field, a second document and a value out of its
// bounds are refused. Expressions are checked by Compile.
func Parse(text []byte) (*Definition, error) {
	if len(text) > MaxDefinition {
		return nil, fault.New(fault.TooLarge, "The check is longer than %d KiB.", MaxDefinition>>10)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var d Definition
	if err := dec.Decode(&d); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.Invalid, "The check is empty.")
		}
		return nil, fault.New(fault.Invalid, "The check cannot be read: %s.", yamlProblem(text, err))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "The file holds more than one document; write one check per file.")
	}
	if err := d.valid(); err != nil {
		return nil, err
	}
	return &d, nil
}

// yamlProblem words an error of the YAML reader with the field instead of the
// line alone.
func yamlProblem(text []byte, err error) string {
	var problems []string
	for line := range strings.Lines(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n")) {
		line = strings.TrimSpace(line)
		line, _, _ = strings.Cut(line, " in type rule.")
		if m := yamlLine.FindStringSubmatch(line); m != nil {
			if path := pathAt(text, m[1]); path != "" {
				line = path + " (line " + m[1] + "): " + m[2]
			}
		}
		problems = append(problems, line)
	}
	return strings.Join(problems, "; ")
}

var yamlLine = regexp.MustCompile(`^line ([0-9]+): (.*)$`)

// pathAt is the first field that begins on the line.
func pathAt(text []byte, line string) string {
	var doc yaml.Node
	n, err := strconv.Atoi(line)
	if err != nil || yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return ""
	}
	return findPath(doc.Content[0], n)
}

func findPath(node *yaml.Node, line int) string {
	for i := 0; i+1 < len(node.Content) && node.Kind == yaml.MappingNode; i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if path := findPath(value, line); path != "" && value.Line != key.Line {
			return key.Value + "." + path
		}
		if key.Line == line {
			return key.Value
		}
	}
	for i := 0; i < len(node.Content) && node.Kind == yaml.SequenceNode; i++ {
		if path := findPath(node.Content[i], line); path != "" {
			return fmt.Sprintf("[%d].%s", i, path)
		}
	}
	return ""
}

// Canonical returns the definition as canonical JSON, without its tests: the
// form that is stored and hashed.
func (d *Definition) Canonical() ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", d.ID, err)
	}
	return canonical(b)
}

// canonical rewrites JSON in canonical form.
func canonical(b []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return canon.Marshal(v)
}

// ParseCanonical reads what Canonical wrote and nothing else.
func ParseCanonical(b []byte) (*Definition, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var d Definition
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("stored check: %w", err)
	}
	if err := d.valid(); err != nil {
		return nil, fmt.Errorf("stored check: %w", err)
	}
	again, err := d.Canonical()
	if err != nil {
		return nil, fmt.Errorf("stored check: %w", err)
	}
	if !bytes.Equal(again, b) {
		return nil, errors.New("stored check: not canonical")
	}
	return &d, nil
}

// Hash is the SHA-256 of Canonical.
func (d *Definition) Hash() (tlog.Hash, error) {
	b, err := d.Canonical()
	if err != nil {
		return tlog.Hash{}, err
	}
	return sha256.Sum256(b), nil
}

// fingerprint hashes all that decides a verdict beside the input.
func (c *compiler) fingerprint() error {
	h, err := c.d.Hash()
	if err != nil {
		return err
	}
	read := map[string]*resource.Schema{}
	facets := map[string]*resource.Facet{}
	sources := []source{c.p.own}
	for _, l := range c.p.lookups {
		sources = append(sources, l.source)
	}
	for _, s := range sources {
		for _, k := range s.kinds {
			read[k.schema.Kind] = k.schema
		}
		if s.facet != nil {
			facets[s.facet.Name] = s.facet
		}
	}
	b, err := json.Marshal(map[string]any{"check": h.String(), "params": c.p.params, "kinds": read, "facets": facets})
	if err != nil {
		return err
	}
	if b, err = canonical(b); err != nil {
		return err
	}
	c.p.hash = sha256.Sum256(b)
	return nil
}

// asked finds the fields of a resource that an expression names: what stands
// after "r." or "r.?", outside of texts. The same words are in the
// specification, for verifiers that do not read CEL.
var (
	asked  = regexp.MustCompile(`(?:^|[^\w.])r\s*\.\s*\??\s*([A-Za-z_]\w*)`)
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
)

// Asks lists the fields of a resource that the expressions name, sorted.
func (d *Definition) Asks() []string {
	texts := []string{d.Where, d.Assert, d.Message}
	for _, l := range d.Let {
		texts = append(texts, l.Expr)
	}
	var out []string
	for _, text := range texts {
		for _, m := range asked.FindAllStringSubmatch(quoted.ReplaceAllString(text, `""`), -1) {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Judges reports whether the check is about the kind: its own, or one that
// claims its facet and lacks nothing that it asks for.
func (d *Definition) Judges(kind *resource.Schema) bool {
	if d.Facet == "" {
		return d.Kind == kind.Kind
	}
	_, claims := kind.Claims(d.Facet)
	_, _, lacks := d.Lacking(kind)
	return claims && !lacks
}

// Lack is a kind that claims a check's facet and that the check is not about.
type Lack struct {
	Kind  string
	Field string // that the check asks for and the kind does not have
	Why   string // a sentence
}

// Left lists the kinds that claim the check's facet and that it is not about,
// because they lack what it asks for.
func (d *Definition) Left(kinds Kinds) (out []Lack) {
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if field, why, lacks := d.Lacking(kinds[name]); lacks {
			out = append(out, Lack{name, field, why})
		}
	}
	return out
}

// Lacking returns the first field that the check asks for and that the kind,
// by its claim of the check's facet, does not have, with the reason.
func (d *Definition) Lacking(kind *resource.Schema) (field, why string, lacks bool) {
	claim, ok := kind.Claims(d.Facet)
	if !ok || len(claim.Lacks) == 0 {
		return "", "", false
	}
	for _, name := range d.Asks() {
		if why, ok := claim.Lacks[name]; ok {
			return name, why, true
		}
	}
	return "", "", false
}
