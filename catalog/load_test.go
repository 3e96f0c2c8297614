package catalog_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"assay/catalog"
)

// small is the catalog of testdata as files that a test may spoil.
func small(t testing.TB) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return files
}

// replace changes a text that has to be in the file, so that a case cannot go
// quiet.
func replace(t *testing.T, files fstest.MapFS, name, old, with string) {
	t.Helper()
	before := string(files[name].Data)
	if !strings.Contains(before, old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	files[name] = &fstest.MapFile{Data: []byte(strings.Replace(before, old, with, 1))}
}

func TestEveryFaultIsRefusedByFileAndField(t *testing.T) {
	const control, request, library = "controls/GOV-01.yaml", "requests/R-001.yaml", "controls/library.yaml"
	cases := []struct{ name, file, old, with, want string }{
		{"unknown field", control, "tier: core", "tier: core\nfix_limit: 5d", control + `: line 4: there is no field "fix_limit"`},
		{"unknown field within", control, "  testable:", "  provable: yes\n  testable:", control + `: line 16: there is no field "provable"`},
		{"field twice", control, "tier: core", "tier: core\ntier: core", control + ": "},
		{"wrong type", control, "criteria: [CC1.2]", "criteria: {a: b}", control + ": line 8: cannot unmarshal"},
		{"no YAML", control, "title:", "title: [", control + ": line"},
		{"two documents", control, "tier: core", "tier: core\n---\ntier: core", control + ": the file holds more than one document"},
		{"unknown tier", control, "tier: core", "tier: Core", control + `: tier: "Core" is not one of ["core" "extended"]`},
		{"unknown nature", control, "nature: manual", "nature: by hand", control + `: nature: "by hand"`},
		{"unknown kind", control, "kind: directive", "kind: advisory", control + `: kind: "advisory"`},
		{"unknown frequency", control, "frequency: annual", "frequency: yearly", control + `: frequency: "yearly" is not one of`},
		{"unknown owner", control, "owner_role: CEO", "owner_role: Emperor", control + `: owner_role: "Emperor"`},
		{"unknown criterion", control, "[CC1.2]", "[CC1.6]", control + `: criteria: there is no "CC1.6"`},
		{"criterion twice", control, "[CC1.2]", "[CC1.2, CC1.2]", control + `: criteria: "CC1.2" is there twice`},
		{"no criterion", control, "[CC1.2]", "[]", control + ": criteria: is empty"},
		{"unknown profile", control, "starter]", "start]", control + `: profiles: there is no "start"`},
		{"no title", control, "title: Board", "title:", control + ": title: is empty"},
		{"no evidence", control, "- minutes\n", "- ''\n", control + ": evidence: value 1 is empty"},
		{"no basis", control, "basis: workflow", "basis: none", control + ": automation.basis: none does not go with testable partial"},
		{"checks of nothing", control, "testable: partial\n  basis: workflow", "testable: 'no'\n  basis: none", control + ": automation.checks: there are 2"},
		{"id of another file", control, "id: GOV-01", "id: GOV-02", `controls/GOV-02.yaml: id: GOV-02 is already that of controls/GOV-01.yaml`},
		{"file of another name", control, "id: GOV-01", "id: GOV-99", control + `: id: is "GOV-99", and the file is named "GOV-01"`},
		{"form of an id", control, "id: GOV-01", "id: GOV-1", control + `: id: "GOV-1" has not the form`},
		{"unknown domain", control, "id: GOV-01", "id: XXX-01", control + `: id: there is no domain "XXX"`},

		{"unknown request field", request, "type: document", "type: document\nwhen: now", request + `: line 5: there is no field "when"`},
		{"unknown section", request, "section: Planning", "section: Plan", request + ": section: "},
		{"unknown request type", request, "type: document", "type: paper", request + `: type: "paper"`},
		{"unknown phase", request, "phase: planning", "phase: before", request + `: phase: "before"`},
		{"unknown timing", request, "timing: as_of", "timing: always", request + `: timing: "always"`},
		{"unknown report type", request, "type1, type2", "type1, type3", request + `: report_types: "type3"`},
		{"unknown description criterion", request, "DC1", "DC10", request + `: description_criteria: there is no "DC10"`},
		{"unknown control", request, "[GOV-01]", "[GOV-77]", request + `: controls: there is no "GOV-77"`},
		{"form of a request's id", request, "id: R-001", "id: R-1", request + `: id: "R-1" has not the form`},
		{"request id twice", request, "id: R-001", "id: R-002", `requests/R-002.yaml: id: R-002 is already that of requests/R-001.yaml`},

		{"unknown word", library, "    weekly: every week", "    weekly: every week\n    hourly: every hour", library + `: vocabulary.frequency: "hourly" is not one of`},
		{"word without meaning", library, "weekly: every week", "weekly: ''", library + `: vocabulary.frequency: "weekly" has no meaning`},
		{"domain twice", library, "{id: AVL", "{id: GOV", library + `: domains: "GOV" is there twice`},
		{"unknown occasion", library, "suggested: office", "suggested: sometimes", library + `: profiles.add_office.suggested: "sometimes"`},
		{"occasion without category", library, "  category: availability\n", "", library + ": profiles.add_availability.category: "},
		{"category without occasion", library, "suggested: office", "suggested: office, category: privacy", library + `: profiles.add_office.category: "privacy" does not go with`},
		{"profile of nothing", library, "profiles:\n", "profiles:\n- {id: more, name: More, summary: More., suggested: always}\n", library + ": profiles.more.id: no control names the profile more"},
		{"request word", "requests/library.yaml", "inquiry:", "enquiry:", `requests/library.yaml: vocabulary.type: "inquiry" has no meaning`},

		{"unknown criterion field", "criteria/CC1.yaml", "  coso_principle: 1\n", "  coso: 1\n", `criteria/CC1.yaml: line 5: there is no field "coso"`},
		{"criterion of another series", "criteria/CC1.yaml", "- id: CC1.1\n", "- id: CC2.1\n", "criteria/CC1.yaml: criteria: CC2.1 is not of the series CC1"},
		{"series of another file", "criteria/A1.yaml", "series: A1", "series: A2", `criteria/A1.yaml: series: is "A2"`},
		{"criterion without title", "criteria/A1.yaml", "title: Capacity", "title: ''", `criteria: criterion "A1.1": title is empty`},
		{"unknown framework field", "criteria/framework.yaml", "  publisher:", "  printer:", `criteria/framework.yaml: line 4: there is no field "printer"`},
		{"count of the publication", "criteria/framework.yaml", "criteria_count: 3", "criteria_count: 64", "criteria: framework: criteria_count is 64, and there are 3"},
		{"unknown description field", "criteria/description.yaml", "  title: Services", "  heading: Services", `criteria/description.yaml: line 3: there is no field "heading"`},

		{"requirement's form", "crosswalk/other.yaml", "O.10", "O10", `crosswalk/other.yaml: criteria.CC1.1: "O10" is no requirement id`},
		{"crosswalk of no criterion", "crosswalk/other.yaml", "  CC1.1:", "  CC0.1:", `crosswalk/other.yaml: criteria: there is no "CC0.1"`},
		{"crosswalk of no control", "crosswalk/other.yaml", "  GOV-01:", "  GOV-00:", `crosswalk/other.yaml: controls: there is no "GOV-00"`},
		{"no expression", "crosswalk/other.yaml", "pattern: '^O", "pattern: '^(O", "crosswalk/other.yaml: pattern: "},
		{"no note", "crosswalk/other.yaml", "note: Made up.", "note: ''", "crosswalk/other.yaml: note: is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := small(t)
			replace(t, files, c.file, c.old, c.with)
			l, err := catalog.Load(files)
			if err == nil || l != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %q", err, c.want)
			}
		})
	}
}

func TestStrayAndMissingFiles(t *testing.T) {
	t.Run("another ending is not passed over", func(t *testing.T) {
		files := small(t)
		files["controls/GOV-11.yml"] = files["controls/GOV-02.yaml"]
		if _, err := catalog.Load(files); err == nil || !strings.Contains(err.Error(), "controls/GOV-11.yml: only .yaml files") {
			t.Error(err)
		}
	})
	t.Run("an empty file", func(t *testing.T) {
		files := small(t)
		files["controls/GOV-11.yaml"] = &fstest.MapFile{}
		if _, err := catalog.Load(files); err == nil || !strings.Contains(err.Error(), "controls/GOV-11.yaml: the file is empty") {
			t.Error(err)
		}
	})
	for _, name := range []string{"controls/library.yaml", "requests/library.yaml", "criteria/framework.yaml", "criteria/description.yaml"} {
		files := small(t)
		delete(files, name)
		if _, err := catalog.Load(files); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	t.Run("a control that is still asked for", func(t *testing.T) {
		files := small(t)
		delete(files, "controls/GOV-02.yaml")
		if _, err := catalog.Load(files); err == nil || !strings.Contains(err.Error(), `requests/R-002.yaml: controls: there is no "GOV-02"`) {
			t.Error(err)
		}
	})
	t.Run("nothing at all", func(t *testing.T) {
		if l, err := catalog.Load(fstest.MapFS{}); err == nil || l != nil {
			t.Error(l, err)
		}
	})
}

func TestAReadmeMayStandInAnArea(t *testing.T) {
	files := small(t)
	files["controls/README.md"] = &fstest.MapFile{Data: []byte("How to.")}
	if _, err := catalog.Load(files); err != nil {
		t.Error(err)
	}
}

// The recipe of README.md: a control and a request are one file each.
func TestAControlIsOneFile(t *testing.T) {
	files := small(t)
	files["controls/GOV-11.yaml"] = &fstest.MapFile{Data: []byte(`
id: GOV-11
title: Something new
tier: extended
nature: hybrid
kind: detective
frequency: weekly
owner_role: CEO
criteria: [A1.1, CC1.2]
profiles: [add_office]
description: Somebody looks every week.
evidence: [a note]
population: [weeks in the period]
automation:
  testable: full
  basis: workflow
  checks: [a note for each week]
suggested_test: Inspect the notes.
`)}
	l, err := catalog.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := l.Control("GOV-11")
	if !ok || c.Domain != "GOV" || len(c.Categories) != 2 || c.Automation.Basis != catalog.FromWorkflow {
		t.Errorf("%+v", c)
	}
	if in := l.ControlsIn("GOV"); in[len(in)-1].ID != "GOV-11" {
		t.Errorf("the last control of the domain is %s", in[len(in)-1].ID)
	}
	if p, _ := l.Profile("add_office"); !slices.Equal(p.Controls, []catalog.ControlID{"GOV-01", "GOV-02", "GOV-11"}) {
		t.Errorf("the profile holds %q", p.Controls)
	}
}

// What the repository holds is what the program carries: a folder that cannot be
// embedded would be left out without a word.
func TestEveryFileOfTheFoldersIsEmbedded(t *testing.T) {
	for _, area := range []string{"criteria", "controls", "requests", "crosswalk", "policies", "risks", "training", "questionnaires", "checks"} {
		err := fs.WalkDir(os.DirFS(area), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if _, err := fs.Stat(catalog.Files(), area+"/"+name); err != nil {
				t.Errorf("%s/%s is in the folder and not in the program", area, name)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
