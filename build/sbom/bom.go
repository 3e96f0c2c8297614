package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"assay/build/licence"
)

// The parts of CycloneDX 1.5 that are used; https://cyclonedx.org/docs/1.5/json/.
type (
	bom struct {
		Format       string       `json:"bomFormat"`
		SpecVersion  string       `json:"specVersion"`
		SerialNumber string       `json:"serialNumber"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Ref        string      `json:"bom-ref"`
		Type       string      `json:"type"`
		Name       string      `json:"name"`
		Version    string      `json:"version"`
		Scope      string      `json:"scope,omitempty"`
		Hashes     []hash      `json:"hashes,omitempty"`
		Licenses   []expressed `json:"licenses,omitempty"`
		PURL       string      `json:"purl,omitempty"`
		Properties []property  `json:"properties,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	expressed struct {
		Expression string `json:"expression"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn,omitempty"`
	}
)

// program is one built file and what the linker recorded in it.
type program struct {
	name string
	sum  string // SHA-256, hexadecimal
	info *debug.BuildInfo
}

func inspect(file string) (program, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return program{}, err
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return program{}, err
	}
	sum := sha256.Sum256(body)
	return program{name: filepath.Base(file), sum: hex.EncodeToString(sum[:]), info: info}, nil
}

const ownLicence = "Apache-2.0"

// assemble lists the release, its programs and every module that one of them
// links. A module whose terms are not among those read is an error.
func assemble(version string, programs []program, terms, bundles []licence.Module) (bom, error) {
	if len(programs) == 0 {
		return bom{}, errors.New("no program was given")
	}
	slices.SortFunc(programs, func(a, b program) int { return strings.Compare(a.name, b.name) })
	release := component{
		Ref: "assay@" + version, Type: "application", Name: "assay", Version: version,
		Licenses: []expressed{{ownLicence}},
	}
	modules := map[string]component{}
	var bundled []string
	for _, b := range bundles {
		bundled = append(bundled, b.PURL)
		modules[b.PURL] = component{
			Ref: b.PURL, Type: "library", Name: b.Path, Version: b.Version, Scope: "required", PURL: b.PURL,
			Hashes: []hash{{"SHA-256", b.SHA256}}, Licenses: []expressed{{b.ID}},
		}
	}
	var built []component
	links := []dependency{{Ref: release.Ref}}
	serial := sha256.New()
	for _, p := range programs {
		serial.Write([]byte(p.sum))
		c := component{
			Ref: p.name, Type: "application", Name: p.name, Version: version,
			Hashes: []hash{{"SHA-256", p.sum}}, Licenses: release.Licenses, Properties: settings(p.info),
		}
		built = append(built, c)
		links[0].DependsOn = append(links[0].DependsOn, c.Ref)
		needs := dependency{Ref: c.Ref}
		if embeds(p.name) {
			needs.DependsOn = slices.Clone(bundled)
		}
		for _, m := range append(p.info.Deps, &debug.Module{Path: licence.Standard, Version: strings.TrimPrefix(p.info.GoVersion, "go")}) {
			if m.Replace != nil {
				m = m.Replace
			}
			c, err := describe(m, terms)
			if err != nil {
				return bom{}, fmt.Errorf("%s: %w", p.name, err)
			}
			modules[c.Ref] = c
			needs.DependsOn = append(needs.DependsOn, c.Ref)
		}
		slices.Sort(needs.DependsOn)
		links = append(links, needs)
	}
	for _, ref := range slices.Sorted(maps.Keys(modules)) {
		built = append(built, modules[ref])
		links = append(links, dependency{Ref: ref})
	}
	return bom{
		Format: "CycloneDX", SpecVersion: "1.5", SerialNumber: "urn:uuid:" + uuid(serial.Sum(nil)), Version: 1,
		Metadata: metadata{Component: release}, Components: built, Dependencies: links,
	}, nil
}

// embeds reports whether a program serves pages, and so carries the bundled
// works; the verifier does not.
func embeds(name string) bool { return !strings.HasPrefix(name, "assay-verify") }

// settings are the build settings that a stranger needs to build it again.
func settings(info *debug.BuildInfo) []property {
	list := []property{{"build:go", info.GoVersion}}
	for _, s := range info.Settings {
		list = append(list, property{"build:" + s.Key, s.Value})
	}
	return list
}

func describe(m *debug.Module, terms []licence.Module) (component, error) {
	i := slices.IndexFunc(terms, func(t licence.Module) bool { return t.Path == m.Path && t.Version == m.Version })
	if i < 0 {
		return component{}, fmt.Errorf("%s %s is linked, but its licence was not read", m.Path, m.Version)
	}
	purl := "pkg:golang/" + m.Path + "@" + m.Version
	c := component{
		Ref: purl, Type: "library", Name: m.Path, Version: m.Version, Scope: "required", PURL: purl,
		Licenses: []expressed{{terms[i].ID}},
	}
	if m.Path == licence.Standard {
		return c, nil // its bytes come with the Go release
	}
	sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
	if err != nil || len(sum) != sha256.Size {
		return component{}, fmt.Errorf("%s %s: go.sum's hash %q is no h1 hash", m.Path, m.Version, m.Sum)
	}
	c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}}
	c.Properties = []property{{"go:sum", m.Sum}}
	return c, nil
}

// uuid makes a name-based UUID (version 8, RFC 9562) of a hash.
func uuid(sum []byte) string {
	b := slices.Clone(sum[:16])
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
