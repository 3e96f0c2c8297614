package scanner

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// SARIF 2.1.0: runs of tools. Messages and snippets are not read.
type sarifRun struct {
	tool   sarifTool
	target string
	end    string
	broken bool
	hits   []sarifHit
	found  []seen
}

type sarifTool struct {
	Driver     sarifDriver   `json:"driver"`
	Extensions []sarifDriver `json:"extensions"`
}

type sarifDriver struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Semantic string `json:"semanticVersion"`
	Rules    []struct {
		ID    string `json:"id"`
		Short struct {
			Text string `json:"text"`
		} `json:"shortDescription"`
		Default struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
		Properties struct {
			Score json.RawMessage `json:"security-severity"`
		} `json:"properties"`
	} `json:"rules"`
}

// sarifHit is what a result still lacks: what its rule says.
type sarifHit struct {
	rule  string
	level string
}

type sarifResult struct {
	RuleID    string `json:"ruleId"`
	RuleIndex *int   `json:"ruleIndex"`
	Rule      struct {
		ID string `json:"id"`
	} `json:"rule"`
	Level     string `json:"level"`
	Kind      string `json:"kind"`
	Baseline  string `json:"baselineState"`
	Locations []struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
		} `json:"physicalLocation"`
		Logical []struct {
			Name string `json:"fullyQualifiedName"`
		} `json:"logicalLocations"`
	} `json:"locations"`
	Partial      map[string]string `json:"partialFingerprints"`
	Suppressions []struct {
		Status        string `json:"status"`
		Justification string `json:"justification"`
	} `json:"suppressions"`
}

func (d *document) sarifRun() error {
	r := &sarifRun{}
	if err := d.object(func(key string) error { return d.sarifMember(r, key) }); err != nil {
		return err
	}
	if r.tool.Driver.Name == "" {
		return errors.New("a run does not name its tool")
	}
	if err := d.ruled(r); err != nil {
		return err
	}
	s := &scan{
		tool: clip(r.tool.Driver.Name), release: clip(cmp.Or(r.tool.Driver.Semantic, r.tool.Driver.Version)),
		target: clip(cmp.Or(r.target, d.byName())), broken: r.broken, found: r.found,
	}
	d.stamp(s, r.end)
	d.scans = append(d.scans, s)
	return nil
}

func (d *document) sarifMember(r *sarifRun, key string) error {
	switch key {
	case "tool":
		return d.value(&r.tool)
	case "results":
		return d.list(func() error { return d.sarifResult(r) })
	case "versionControlProvenance":
		var from []struct {
			URI string `json:"repositoryUri"`
		}
		if err := d.value(&from); err != nil {
			return err
		}
		if len(from) > 0 {
			r.target = cmp.Or(r.target, from[0].URI)
		}
		return nil
	case "invocations":
		var runs []struct {
			OK  *bool  `json:"executionSuccessful"`
			End string `json:"endTimeUtc"`
		}
		if err := d.value(&runs); err != nil {
			return err
		}
		for _, i := range runs {
			r.broken = r.broken || i.OK != nil && !*i.OK
			r.end = max(r.end, i.End)
		}
		return nil
	}
	return d.skip()
}

func (d *document) sarifResult(r *sarifRun) error {
	var v sarifResult
	if err := d.value(&v); err != nil {
		return err
	}
	if v.Baseline == "absent" || !slices.Contains([]string{"", "fail", "open", "review"}, v.Kind) {
		return nil
	}
	f := seen{rule: true}
	if len(v.Locations) > 0 { // the others are where else the same shows
		l := &v.Locations[0]
		f.place = l.Physical.Artifact.URI
		for _, n := range l.Logical {
			f.place = cmp.Or(f.place, n.Name)
		}
	}
	f.place = d.keep(f.place)
	f.component = f.place
	f.mark = d.keep(v.Partial["primaryLocationLineHash"])
	for _, s := range v.Suppressions {
		if s.Status == "" || s.Status == "accepted" {
			f.excuse = cmp.Or(f.excuse, d.keep(s.Justification))
		}
	}
	id := cmp.Or(v.RuleID, v.Rule.ID)
	if id == "" && v.RuleIndex != nil {
		id = fmt.Sprintf("#%d", *v.RuleIndex)
	}
	if id == "" {
		return errors.New("a result does not say which rule it is of")
	}
	r.hits = append(r.hits, sarifHit{rule: d.keep(id), level: v.Level})
	r.found = append(r.found, f)
	return nil
}

var published = regexp.MustCompile(`^(CVE-\d{4}-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}|GO-\d{4}-\d{4,}|PYSEC-\d{4}-\d+|RUSTSEC-\d{4}-\d{4}|DSA-\d+-\d+|DLA-\d+-\d+|RHSA-\d{4}:\d+|OSV-\d{4}-\d+|MAL-\d{4}-\d+)$`)

// ruled gives each result what its rule says, which may come after the results.
func (d *document) ruled(r *sarifRun) error {
	type rule struct {
		title, level, score string
	}
	rules := map[string]rule{}
	var order []string
	for _, driver := range append([]sarifDriver{r.tool.Driver}, r.tool.Extensions...) {
		for _, one := range driver.Rules {
			rules[one.ID] = rule{
				title: d.keep(one.Short.Text), level: one.Default.Level,
				score: points(json.Number(strings.Trim(string(one.Properties.Score), `"`))),
			}
			order = append(order, one.ID)
		}
	}
	for i, h := range r.hits {
		f := &r.found[i]
		var at int
		if _, err := fmt.Sscanf(h.rule, "#%d", &at); err == nil {
			if at < 0 || at >= len(r.tool.Driver.Rules) {
				return errors.New("a result is of a rule that is not there")
			}
			h.rule = order[at]
		}
		is := rules[h.rule]
		f.ids, f.title, f.score = []string{d.keep(h.rule)}, is.title, is.score
		f.rule = !published.MatchString(h.rule)
		if f.severity = scored(is.score); is.score == "" {
			f.severity = rated(cmp.Or(h.level, is.level, "warning")) // the default of SARIF, 3.27.10
		}
	}
	return nil
}
