package scanner

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
)

func jsonNumber(text string) json.Number { return json.Number(strings.TrimSpace(text)) }

// assetReports reads the test results of XCCDF in a report of assets (ARF 1.1), as
// OpenSCAP writes it.
func (c *content) assetReports(x *tree, root *xml.StartElement) error {
	titles := map[string]string{}
	var each func(e *xml.StartElement) error
	each = func(e *xml.StartElement) error {
		switch e.Name.Local {
		case "TestResult":
			return c.testResult(x, e)
		case "Rule":
			id := attribute(e, "id")
			return x.children(func(e *xml.StartElement) error {
				if e.Name.Local != "title" {
					return x.pass(e)
				}
				var text string
				err := x.decode(&text, e)
				titles[id] = c.keep(text)
				return err
			})
		}
		return x.children(each)
	}
	if err := each(&xml.StartElement{Name: xml.Name{Local: root.Name.Local}}); err != nil {
		return err
	}
	if len(c.scans) == 0 {
		return errors.New("it holds no test result")
	}
	for _, s := range c.scans {
		for i := range s.found {
			f := &s.found[i]
			f.title = titles[f.title]
		}
	}
	return nil
}

type ruleResult struct {
	Rule     string `xml:"idref,attr"`
	Severity string `xml:"severity,attr"`
	Result   string `xml:"result"`
}

const rulePrefix = "xccdf_org.ssgproject.content_rule_"

// testResult is one scan. A rule of which no answer came makes it broken: that it
// does not fail says nothing.
func (c *content) testResult(x *tree, result *xml.StartElement) error {
	s := &scan{tool: "OpenSCAP"}
	if _, release, ok := strings.Cut(attribute(result, "test-system"), ":openscap:"); ok {
		s.release = clip(release)
	}
	end := attribute(result, "end-time")
	c.stamp(s, end)
	s.broken = end == ""
	err := x.children(func(e *xml.StartElement) error {
		switch e.Name.Local {
		case "target":
			return x.decode(&s.target, e)
		case "rule-result":
			var r ruleResult
			if err := x.decode(&r, e); err != nil {
				return err
			}
			return c.ruleResult(s, &r)
		}
		return x.pass(e)
	})
	if s.target = clip(s.target); err == nil && s.target == "" {
		err = errors.New("a test result does not say what was scanned")
	}
	c.scans = append(c.scans, s)
	return err
}

func (c *content) ruleResult(s *scan, r *ruleResult) error {
	switch strings.TrimSpace(r.Result) {
	case "fail":
		name := c.keep(strings.TrimPrefix(r.Rule, rulePrefix))
		if name == "" {
			return errors.New("a result does not say which rule it is of")
		}
		s.found = append(s.found, seen{ids: []string{name}, rule: true, component: "configuration", severity: rated(r.Severity), title: c.keep(r.Rule)})
	case "error", "unknown", "":
		s.broken = true
	}
	return nil
}
