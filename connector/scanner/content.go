package scanner

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// content is what one file says.
type content struct {
	file     file
	words    map[string]string // texts that come again and again are kept once
	scans    []*scan
	parts    []component
	vex      []statement
	aliases  [][]string // ids of the same
	known    map[string]string
	knownOn  string // KEV: version of the catalog, which sorts by its day
	scores   map[string]string
	scoredOn string
	useful   bool // of a format that is known, with or without anything in it
}

// check sees that what was read says enough.
func (c *content) check() error {
	if !c.useful {
		return errors.New("it says nothing that is known here")
	}
	for _, s := range c.scans {
		if s.target == "" {
			return errors.New("it does not say what was scanned")
		}
		for i := range s.found {
			if len(s.found[i].ids) == 0 || s.found[i].ids[0] == "" {
				return errors.New("a finding has no id")
			}
		}
	}
	for i := range c.parts {
		if c.parts[i].name == "" {
			return errors.New("a component has no name")
		}
	}
	return nil
}

// keep returns a text that shares its bytes with others that are the same.
func (c *content) keep(text string) string {
	text = clip(text)
	if have, ok := c.words[text]; ok {
		return have
	}
	text = strings.Clone(text)
	c.words[text] = text
	return text
}

// scan is one run of a tool over one target.
type scan struct {
	tool, release, target string
	at                    time.Time
	byFile                bool // the time is the file's
	broken                bool // it says of itself that it was not whole
	found                 []seen
	ports                 []port
	portsOnly             bool // it looks for no vulnerabilities
}

// seen is one finding of one scan.
type seen struct {
	ids       []string // the scanner's own first
	rule      bool     // a weakness, not a published vulnerability
	component string
	release   string
	purl      string
	place     string
	mark      string // tells findings of one rule in one place apart
	severity  severity
	score     string
	fix       answer
	fixedIn   string
	title     string
	excuse    string // why it is suppressed
}

type answer int8

const (
	unsaid answer = iota
	no
	yes
)

func say(b bool) answer {
	if b {
		return yes
	}
	return no
}

// severity is the worse the greater; zero is not known.
type severity int8

func severities() []string { return []string{"", "low", "medium", "high", "critical"} }

// rated reads a scanner's word for a severity.
func rated(word string) severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "critical":
		return 4
	case "high", "important", "error":
		return 3
	case "medium", "moderate", "warning":
		return 2
	case "low", "negligible", "info", "information", "informational", "none", "note":
		return 1
	}
	return 0
}

// scored is the severity of a CVSS base score, by the scale of CVSS 3 and 4.
func scored(score string) severity {
	f, err := strconv.ParseFloat(score, 64)
	switch {
	case err != nil || f < 0 || f > 10:
		return 0
	case f >= 9:
		return 4
	case f >= 7:
		return 3
	case f >= 4:
		return 2
	}
	return 1
}

// points is a score as it is stored, or nothing.
func points(n json.Number) string {
	f, err := n.Float64()
	if err != nil || f < 0 || f > 10 {
		return ""
	}
	return strconv.FormatFloat(f, 'f', 1, 64)
}

// component is a part of what a bill of materials describes.
type component struct {
	name, release, purl, sort, target string
	licenses                          []string
}

type port struct {
	address, protocol, service, product, release string
	number                                       int
}

// statement is what a VEX document says of one vulnerability in one thing.
type statement struct {
	ids      []string
	state    string
	why      string // justification
	detail   string
	purl     string // of what it is about, or
	name     string
	versions []string // for which it says so; nil is the component's own
}

// packaged is the name and the version of a package URL; ok is false if it is none.
func packaged(purl string) (name, version string, ok bool) {
	rest, ok := strings.CutPrefix(purl, "pkg:")
	if !ok {
		return "", "", false
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	kind, rest, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	if at := strings.LastIndex(rest, "@"); at > 0 {
		rest, version = rest[:at], rest[at+1:]
	}
	parts := strings.Split(rest, "/")
	for i := range parts {
		if plain, err := url.PathUnescape(parts[i]); err == nil {
			parts[i] = plain
		}
	}
	if plain, err := url.PathUnescape(version); err == nil {
		version = plain
	}
	last := len(parts) - 1
	switch strings.ToLower(kind) {
	case "maven":
		name = strings.Join(parts, ":")
	case "deb", "rpm", "apk", "alpm", "oci", "docker":
		name = parts[last]
	default:
		name = strings.Join(parts, "/")
	}
	return name, version, name != ""
}

// place of a package: what is the same under two scanners.
func sameName(name, version string) string {
	return strings.ToLower(name) + "@" + strings.TrimPrefix(version, "v")
}

const longestText = 300

func clip(text string) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "?"))
	if strings.ContainsAny(text, "\n\r\t\x00") {
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' }), " ")
	}
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "") + "…"
	}
	return text
}

// stamp reads a time; a text that is none, or of no age, is the file's.
func (c *content) stamp(s *scan, text string) {
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(text))
	if err != nil || at.Year() < 1990 || at.Year() > 9000 {
		at, s.byFile = c.file.at, true
	}
	s.at = at.UTC().Truncate(time.Millisecond)
}

// byName is the target that a file's name says: up to two hyphens, or all of it.
func (c *content) byName() string {
	name := strings.TrimSuffix(c.file.name, ".gz")
	if target, _, ok := strings.Cut(name, "--"); ok && target != "" {
		return target
	}
	for _, end := range []string{".json", ".sarif", ".xml", ".nessus", ".arf", ".cdx"} {
		name = strings.TrimSuffix(name, end)
	}
	return cmp.Or(name, c.file.name)
}

// readJSON reads whatever format it is, by the members that only that one has.
func (c *content) readJSON(m *meter) error {
	s := &stream{d: json.NewDecoder(m), m: m}
	s.d.UseNumber()
	top := &document{content: c, stream: s}
	if err := s.object(top.member); err != nil {
		return err
	}
	if s.m.allow(); s.d.More() {
		return errors.New("something follows after its end")
	}
	return top.finish()
}

// document is a JSON document of a format that shows itself as it is read.
type document struct {
	*content
	*stream
	members []string
	has     map[string]bool

	trivy trivyHead
	grype grypeHead
	bom   bomHead
	osv   osvRecord

	found   []seen      // of Trivy, Grype
	entries []bomRating // of CycloneDX
	listed  map[string]bomPart
}

func (d *document) member(key string) error {
	if d.has == nil {
		d.has = map[string]bool{}
	}
	if d.has[key] {
		return fmt.Errorf("it has %.40q twice", key)
	}
	d.has[key] = true
	if len(d.members) < 5 {
		d.members = append(d.members, fmt.Sprintf("%.30s", key))
	}
	switch key {
	case "runs":
		return d.list(d.sarifRun)
	case "Results":
		return d.list(d.trivyResult)
	case "matches":
		return d.list(d.grypeMatch)
	case "results":
		return d.list(d.osvResult)
	case "components":
		return d.list(d.bomComponent)
	case "vulnerabilities":
		return d.list(d.vulnerability)
	}
	if into := d.scalar(key); into != nil {
		return d.value(into)
	}
	return d.skip()
}

// scalar is where a small member goes.
func (d *document) scalar(key string) any {
	switch key {
	case "SchemaVersion":
		return &d.trivy.Schema
	case "ArtifactName":
		return &d.trivy.Name
	case "CreatedAt":
		return &d.trivy.At
	case "Trivy":
		return &d.trivy.Trivy
	case "descriptor":
		return &d.grype.Descriptor
	case "source":
		return &d.grype.Source
	case "bomFormat":
		return &d.bom.Format
	case "specVersion":
		return &d.bom.Spec
	case "metadata":
		return &d.bom.Metadata
	case "version":
		return new(json.RawMessage)
	case "catalogVersion":
		return &d.knownOn
	case "schema_version":
		return &d.osv.Schema
	case "id":
		return &d.osv.ID
	case "aliases":
		return &d.osv.Aliases
	case "modified":
		return &d.osv.Modified
	}
	return nil
}

// finish makes of what was read what its format means.
func (d *document) finish() error {
	formats := map[string]func() error{}
	for name, is := range map[string]struct {
		mark string
		make func() error
	}{
		"Trivy": {"SchemaVersion", d.finishTrivy}, "Grype": {"matches", d.finishGrype}, "CycloneDX": {"bomFormat", d.finishBOM},
		"SARIF": {"runs", func() error { return nil }}, "OSV-Scanner": {"results", d.finishOSV}, "OSV": {"modified", d.finishRecord},
		"the catalog of known exploited vulnerabilities": {"catalogVersion", d.finishKnown},
	} {
		if d.has[is.mark] {
			formats[name] = is.make
		}
	}
	if len(formats) != 1 {
		slices.Sort(d.members)
		return fmt.Errorf("it is JSON of no format that is known here; it begins with %s", strings.Join(d.members, ", "))
	}
	d.useful = true
	for _, make := range formats {
		return make()
	}
	return nil
}
