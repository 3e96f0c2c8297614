package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/rule"
)

type checkTestCmd struct {
	Files []string `arg:"" name:"file" help:"Files of checks."`
	Kinds []string `placeholder:"FILE" sep:"none" help:"A kind's schema that the checks speak of, beside those that Assay knows. Repeatable."`
}

type testedFile struct {
	File  string       `json:"file"`
	Check string       `json:"check"`
	OK    bool         `json:"ok"`
	Cases []testedCase `json:"cases"`
}

type testedCase struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Got    string `json:"got"`
	Detail string `json:"detail,omitempty"`
}

type testedOut struct {
	OK    bool         `json:"ok"`
	Files []testedFile `json:"files"`
}

// Run runs the golden cases.
func (c *checkTestCmd) Run(r *run) error {
	kinds := rule.Kinds{}
	for _, s := range r.Kinds() {
		kinds[s.Kind] = &s
	}
	for _, file := range c.Kinds {
		s, err := readKind(file)
		if err != nil {
			return err
		}
		kinds[s.Kind] = s
	}
	out := &testedOut{OK: true}
	for _, file := range c.Files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", file, err)
		}
		d, err := rule.Parse(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		t := testedFile{File: file, Check: d.ID, OK: true}
		for _, res := range d.RunTests(kinds) {
			t.Cases = append(t.Cases, testedCase{res.Name, res.OK, string(res.Got), res.Detail})
			t.OK = t.OK && res.OK
		}
		out.OK = out.OK && t.OK
		out.Files = append(out.Files, t)
	}
	if err := emit(r, out, printTested); err != nil {
		return err
	}
	if !out.OK {
		return found(exitFailed)
	}
	return nil
}

func printTested(p *paper, out *testedOut) {
	for i := range out.Files {
		f := &out.Files[i]
		p.line("%s  (%s)", f.Check, filepath.Base(f.File))
		failed := 0
		for _, c := range f.Cases {
			if c.OK {
				p.line("  %s %s", p.paint(green, "ok    "), c.Name)
				continue
			}
			failed++
			p.line("  %s %s: %s", p.paint(red, "FAILED"), c.Name, c.Detail)
		}
		p.line("  %s, %d failed", count(len(f.Cases), "case", "cases"), failed)
	}
}

// readKind reads a kind's schema from YAML or JSON.
func readKind(file string) (*resource.Schema, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", file, err)
	}
	s := &resource.Schema{}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(s); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is not a kind's schema: %v.", file, err)
	}
	if err := s.Valid(); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s: %v.", file, err)
	}
	return s, nil
}
