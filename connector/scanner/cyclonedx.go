package scanner

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// CycloneDX 1.2 to 1.6 in JSON: what something is made of, what is known of its
// vulnerabilities, and what its maker says of them (VEX).
type bomHead struct {
	Format   string
	Spec     string
	Metadata struct {
		Timestamp string          `json:"timestamp"`
		Tools     json.RawMessage `json:"tools"`
		Component *bomPart        `json:"component"`
	}
}

type bomPart struct {
	Ref      string          `json:"bom-ref"`
	Type     string          `json:"type"`
	Group    string          `json:"group"`
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	PURL     string          `json:"purl"`
	Licenses json.RawMessage `json:"licenses"`
	Parts    []bomPart       `json:"components"`
}

type bomRating struct {
	CVE  string `json:"cveID"` // in the catalog of known exploited vulnerabilities, which calls its list the same
	Due  string `json:"dueDate"`
	ID   string `json:"id"`
	Refs []struct {
		ID string `json:"id"`
	} `json:"references"`
	Ratings []struct {
		Score    json.Number `json:"score"`
		Severity string      `json:"severity"`
		Method   string      `json:"method"`
	} `json:"ratings"`
	Recommendation string       `json:"recommendation"`
	Analysis       *bomAnalysis `json:"analysis"`
	Affects        []struct {
		Ref      string       `json:"ref"`
		Versions []bomVersion `json:"versions"`
	} `json:"affects"`
}

type bomAnalysis struct {
	State         string `json:"state"`
	Justification string `json:"justification"`
	Detail        string `json:"detail"`
}

type bomVersion struct {
	Version string `json:"version"`
	Range   string `json:"range"`
	Status  string `json:"status"`
}

func (d *document) bomComponent() error {
	var p bomPart
	if err := d.value(&p); err != nil {
		return err
	}
	return d.part(&p, 0)
}

func (d *document) part(p *bomPart, depth int) error {
	if p.Name == "" {
		return errors.New("a component has no name")
	}
	if depth > mostDepth || len(d.parts) > mostItems {
		return errors.New("its components are nested too deeply, or are too many")
	}
	if d.listed == nil {
		d.listed = map[string]bomPart{}
	}
	if p.Ref != "" {
		d.listed[p.Ref] = bomPart{Name: p.full(), Version: p.Version, PURL: p.PURL}
	}
	d.parts = append(d.parts, component{name: d.keep(p.full()), release: d.keep(p.Version), purl: d.keep(p.PURL), sort: d.keep(p.Type), licenses: licenses(p.Licenses)})
	for i := range p.Parts {
		if err := d.part(&p.Parts[i], depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *bomPart) full() string {
	if p.Group != "" {
		return p.Group + "/" + p.Name
	}
	return p.Name
}

// licenses are ids, names and expressions.
func licenses(raw json.RawMessage) []string {
	var list []struct {
		License struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"license"`
		Expression string `json:"expression"`
	}
	out := []string{}
	if json.Unmarshal(raw, &list) != nil {
		return out
	}
	for _, l := range list {
		if text := clip(cmp.Or(l.License.ID, l.License.Name, l.Expression)); text != "" {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (d *document) vulnerability() error {
	var v bomRating
	if err := d.value(&v); err != nil {
		return err
	}
	if v.CVE != "" {
		if d.known == nil {
			d.known = map[string]string{}
		}
		d.known[v.CVE] = v.Due
		return nil
	}
	if v.ID == "" {
		return errors.New("a vulnerability has no id")
	}
	d.entries = append(d.entries, v)
	return nil
}

func (d *document) finishBOM() error {
	if d.bom.Format != "CycloneDX" {
		return fmt.Errorf("it is a bill of materials of the unknown format %.40q", d.bom.Format)
	}
	target := d.byName()
	if whole := d.bom.Metadata.Component; whole != nil && whole.Name != "" {
		target = whole.full()
		if d.listed == nil {
			d.listed = map[string]bomPart{}
		}
		d.listed[whole.Ref] = bomPart{Name: whole.full(), Version: whole.Version, PURL: whole.PURL}
	}
	target = clip(target)
	for i := range d.parts {
		d.parts[i].target = target
	}
	s := &scan{target: target}
	s.tool, s.release = d.bomTool()
	judged := false
	for i := range d.entries {
		judged = judged || d.entries[i].Analysis != nil
		if err := d.entry(s, &d.entries[i]); err != nil {
			return err
		}
	}
	if d.has["vulnerabilities"] && !judged { // what a scanner writes; the maker's word is no scan
		d.stamp(s, d.bom.Metadata.Timestamp)
		d.scans = append(d.scans, s)
	}
	return nil
}

// bomTool is the first tool that the document names, in either of two shapes.
func (d *document) bomTool() (name, release string) {
	type tool struct{ Name, Version string }
	var list []tool
	var nested struct{ Components []tool }
	if json.Unmarshal(d.bom.Metadata.Tools, &list) != nil && json.Unmarshal(d.bom.Metadata.Tools, &nested) == nil {
		list = nested.Components
	}
	if len(list) > 0 && list[0].Name != "" {
		return clip(strings.ToUpper(list[0].Name[:1]) + list[0].Name[1:]), clip(list[0].Version)
	}
	return "CycloneDX", ""
}

// entry is a finding in each component that it affects, or a statement about it.
func (d *document) entry(s *scan, v *bomRating) error {
	f := seen{ids: []string{d.keep(v.ID)}}
	for _, r := range v.Refs {
		f.ids = append(f.ids, d.keep(r.ID))
	}
	for _, r := range v.Ratings {
		f.severity = max(f.severity, rated(r.Severity))
		if strings.HasPrefix(r.Method, "CVSSv3") || strings.HasPrefix(r.Method, "CVSSv4") {
			f.score = higher(f.score, points(r.Score))
		}
	}
	for _, a := range v.Affects {
		p, ok := d.listed[a.Ref]
		if !ok {
			p = bomPart{Name: a.Ref, PURL: d.linked(a.Ref)}
		}
		if v.Analysis == nil {
			one := f
			one.component, one.release, one.purl = d.keep(p.Name), d.keep(p.Version), p.PURL
			s.found = append(s.found, d.named(one))
			continue
		}
		d.vex = append(d.vex, stated(f.ids, v.Analysis, &p, a.Versions))
	}
	return nil
}

// stated is what an analysis says of a component, for the versions that it names.
func stated(ids []string, a *bomAnalysis, p *bomPart, versions []bomVersion) statement {
	st := statement{ids: ids, state: clip(a.State), why: clip(a.Justification), detail: clip(a.Detail), purl: p.PURL, name: p.Name}
	for _, v := range versions {
		if v.Status == "unaffected" && v.Version != "" {
			st.versions = append(st.versions, v.Version)
		}
	}
	if len(versions) == 0 && p.Version != "" {
		st.versions = []string{p.Version}
	} else if len(versions) > 0 && len(st.versions) == 0 {
		st.versions = []string{""} // it says so of ranges alone, which are not compared
	}
	return st
}

// linked is the package URL at the end of a link to another document (BOM-Link), if
// it is one.
func (d *document) linked(ref string) string {
	_, after, _ := strings.Cut(ref, "#")
	for _, text := range []string{after, ref} {
		if strings.HasPrefix(text, "pkg:") {
			return text
		}
	}
	return ""
}

// named is a finding named by its package URL where it has one.
func (d *document) named(f seen) seen {
	if name, version, ok := packaged(f.purl); ok {
		f.component, f.release = d.keep(name), cmp.Or(f.release, d.keep(version))
	}
	f.purl = ""
	if f.severity == 0 {
		f.severity = scored(f.score)
	}
	return f
}
