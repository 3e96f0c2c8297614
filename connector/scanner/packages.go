package scanner

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Trivy (schema 2): a report of one artifact.
type trivyHead struct {
	Schema int
	Name   string
	At     string
	Trivy  struct{ Version string }
}

type trivyVulnerability struct {
	ID         string `json:"VulnerabilityID"`
	VendorIDs  []string
	Package    string `json:"PkgName"`
	Path       string `json:"PkgPath"`
	Identifier struct {
		PURL string
	} `json:"PkgIdentifier"`
	Installed string `json:"InstalledVersion"`
	Fixed     string `json:"FixedVersion"`
	Title     string
	Severity  string
	CVSS      map[string]struct{ V3Score, V40Score, V2Score json.Number }
}

type trivyRule struct { // a misconfiguration, or a secret
	ID       string
	RuleID   string
	Title    string
	Severity string
	Status   string
}

func (d *document) trivyResult() error {
	var target string
	from := len(d.found)
	err := d.object(func(key string) error {
		switch key {
		case "Target":
			return d.value(&target)
		case "Vulnerabilities":
			return d.list(d.trivyVulnerability)
		case "Misconfigurations", "Secrets":
			return d.list(d.trivyRule)
		}
		return d.skip()
	})
	target = d.keep(target)
	for i := from; i < len(d.found); i++ {
		f := &d.found[i]
		if f.place == "" {
			f.place = target
		}
		if f.rule {
			f.component = target
		}
	}
	return err
}

func (d *document) trivyVulnerability() error {
	var v trivyVulnerability
	if err := d.value(&v); err != nil {
		return err
	}
	if v.ID == "" || v.Package == "" {
		return errors.New("a finding has no id, or no package")
	}
	f := seen{
		ids: []string{d.keep(v.ID)}, component: d.keep(v.Package), release: d.keep(v.Installed), purl: v.Identifier.PURL, place: d.keep(v.Path),
		severity: rated(v.Severity), fix: say(v.Fixed != ""), fixedIn: d.keep(v.Fixed), title: d.keep(v.Title),
	}
	for _, id := range v.VendorIDs {
		f.ids = append(f.ids, d.keep(id))
	}
	for _, score := range v.CVSS {
		f.score = higher(f.score, cmp.Or(points(score.V40Score), points(score.V3Score)))
	}
	d.add(&f)
	return nil
}

func (d *document) trivyRule() error {
	var v trivyRule
	if err := d.value(&v); err != nil {
		return err
	}
	id := cmp.Or(v.ID, v.RuleID)
	if id == "" {
		return errors.New("a finding has no id")
	}
	if v.Status == "" || v.Status == "FAIL" {
		d.add(&seen{ids: []string{d.keep(id)}, rule: true, severity: rated(v.Severity), title: d.keep(v.Title)})
	}
	return nil
}

// add keeps a finding of the only scan of the document.
func (d *document) add(f *seen) { d.found = append(d.found, d.named(*f)) }

// higher is the higher of two scores.
func higher(a, b string) string {
	if len(a) != len(b) { // one is 10.0, or none
		if len(a) > len(b) {
			return a
		}
		return b
	}
	return max(a, b)
}

func (d *document) finishTrivy() error {
	if d.trivy.Name == "" {
		return errors.New("it does not say what was scanned")
	}
	s := &scan{tool: "Trivy", release: clip(d.trivy.Trivy.Version), target: clip(d.trivy.Name), found: d.found}
	d.stamp(s, d.trivy.At)
	d.scans = append(d.scans, s)
	return nil
}

// Grype: a report of one source.
type grypeHead struct {
	Descriptor struct {
		Name      string `json:"name"`
		Version   string `json:"version"`
		Timestamp string `json:"timestamp"`
	}
	Source struct {
		Type   string          `json:"type"`
		Target json.RawMessage `json:"target"`
	}
}

type grypeMatch struct {
	Vulnerability struct {
		ID       string `json:"id"`
		Severity string `json:"severity"`
		CVSS     []struct {
			Metrics struct {
				Base json.Number `json:"baseScore"`
			} `json:"metrics"`
		} `json:"cvss"`
		Fix struct {
			Versions []string `json:"versions"`
			State    string   `json:"state"`
		} `json:"fix"`
	} `json:"vulnerability"`
	Related []struct {
		ID string `json:"id"`
	} `json:"relatedVulnerabilities"`
	Artifact struct {
		Name      string `json:"name"`
		Version   string `json:"version"`
		PURL      string `json:"purl"`
		Locations []struct {
			Path string `json:"path"`
		} `json:"locations"`
	} `json:"artifact"`
}

func (d *document) grypeMatch() error {
	var v grypeMatch
	if err := d.value(&v); err != nil {
		return err
	}
	if v.Vulnerability.ID == "" || v.Artifact.Name == "" {
		return errors.New("a finding has no id, or no package")
	}
	f := seen{
		ids: []string{d.keep(v.Vulnerability.ID)}, component: d.keep(v.Artifact.Name), release: d.keep(v.Artifact.Version), purl: v.Artifact.PURL,
		severity: rated(v.Vulnerability.Severity), fixedIn: d.keep(strings.Join(v.Vulnerability.Fix.Versions, ", ")),
	}
	switch v.Vulnerability.Fix.State {
	case "fixed":
		f.fix = yes
	case "not-fixed", "wont-fix":
		f.fix = no
	}
	for _, r := range v.Related {
		f.ids = append(f.ids, d.keep(r.ID))
	}
	for _, c := range v.Vulnerability.CVSS {
		f.score = higher(f.score, points(c.Metrics.Base))
	}
	if len(v.Artifact.Locations) > 0 {
		f.place = d.keep(v.Artifact.Locations[0].Path)
	}
	d.add(&f)
	return nil
}

func (d *document) finishGrype() error {
	var target struct {
		Input string `json:"userInput"`
	}
	if json.Unmarshal(d.grype.Source.Target, &target) != nil || target.Input == "" {
		_ = json.Unmarshal(d.grype.Source.Target, &target.Input) // of a folder it is a text
	}
	if target.Input == "" {
		return errors.New("it does not say what was scanned")
	}
	s := &scan{tool: "Grype", release: clip(d.grype.Descriptor.Version), target: clip(target.Input), found: d.found}
	d.stamp(s, d.grype.Descriptor.Timestamp)
	d.scans = append(d.scans, s)
	return nil
}

// OSV-Scanner: what each source holds; and OSV records of single vulnerabilities.
type osvRecord struct {
	Schema   string
	ID       string
	Aliases  []string
	Modified string
}

type osvPackage struct {
	Package struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"package"`
	Vulnerabilities []osvVulnerability `json:"vulnerabilities"`
	Groups          []struct {
		IDs     []string `json:"ids"`
		Aliases []string `json:"aliases"`
		Max     string   `json:"max_severity"`
	} `json:"groups"`
}

type osvVulnerability struct {
	ID       string   `json:"id"`
	Aliases  []string `json:"aliases"`
	Summary  string   `json:"summary"`
	Database struct {
		Severity string `json:"severity"`
	} `json:"database_specific"`
	Affected []struct {
		Ranges []struct {
			Events []struct {
				Fixed string `json:"fixed"`
			} `json:"events"`
		} `json:"ranges"`
	} `json:"affected"`
}

// fixed is the last version that is stated to fix it.
func (v *osvVulnerability) fixed() (version string) {
	for _, a := range v.Affected {
		for _, r := range a.Ranges {
			for _, e := range r.Events {
				version = cmp.Or(e.Fixed, version)
			}
		}
	}
	return version
}

func (d *document) osvResult() error {
	var source struct {
		Path string `json:"path"`
	}
	from := len(d.found)
	err := d.object(func(key string) error {
		switch key {
		case "source":
			return d.value(&source)
		case "packages":
			return d.list(d.osvPackage)
		}
		return d.skip()
	})
	path := d.keep(source.Path)
	for i := from; i < len(d.found); i++ {
		d.found[i].place = path
	}
	return err
}

func (d *document) osvPackage() error {
	var p osvPackage
	if err := d.value(&p); err != nil {
		return err
	}
	if p.Package.Name == "" {
		return errors.New("a package has no name")
	}
	for i := range p.Vulnerabilities {
		v := &p.Vulnerabilities[i]
		if v.ID == "" {
			return errors.New("a finding has no id")
		}
		f := seen{ids: []string{d.keep(v.ID)}, component: d.keep(p.Package.Name), release: d.keep(p.Package.Version), title: d.keep(v.Summary), severity: rated(v.Database.Severity)}
		for _, id := range v.Aliases {
			f.ids = append(f.ids, d.keep(id))
		}
		for _, g := range p.Groups {
			if slices.Contains(g.IDs, v.ID) {
				f.score = higher(f.score, points(json.Number(g.Max)))
			}
		}
		if fixed := v.fixed(); fixed != "" {
			f.fix, f.fixedIn = yes, d.keep(fixed)
		}
		d.add(&f)
	}
	return nil
}

func (d *document) finishOSV() error {
	s := &scan{tool: "OSV-Scanner", target: clip(d.byName()), found: d.found}
	d.stamp(s, "")
	d.scans = append(d.scans, s)
	return nil
}

// finishRecord takes of a record which ids are the same.
func (d *document) finishRecord() error {
	if d.osv.ID == "" || d.osv.Modified == "" {
		return errors.New("it is an OSV record without an id")
	}
	d.aliases = append(d.aliases, append([]string{clip(d.osv.ID)}, d.osv.Aliases...))
	return nil
}
