package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"assay/internal/criteria"
)

// The files that stand beside those of the single things and say what these may
// say.
const (
	frameworkFile   = "framework.yaml"
	descriptionFile = "description.yaml"
	libraryFile     = "library.yaml"
)

// Load reads the catalog, checks it and resolves every reference. fsys holds
// the areas as folders, as Files does. The error joins everything that is wrong
// with the first area that has anything wrong, each part naming file and field;
// the areas after it would only repeat that they cannot be resolved.
func Load(fsys fs.FS) (*Library, error) {
	l := &Library{}
	for _, area := range []func(fs.FS) []error{
		l.loadCriteria, l.loadControls, l.loadRequests, l.loadCrosswalks, l.loadPolicies, l.loadRisks,
		l.loadTraining, l.loadQuestionnaires,
	} {
		if err := errors.Join(area(fsys)...); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *Library) loadCriteria(fsys fs.FS) []error {
	var framework struct {
		Framework  criteria.Framework  `yaml:"framework"`
		Categories []criteria.Category `yaml:"categories"`
		Series     []criteria.Series   `yaml:"series"`
	}
	var description struct {
		Criteria []criteria.DescriptionCriterion `yaml:"description_criteria"`
	}
	type series struct {
		ID       criteria.SeriesID    `yaml:"series"`
		Criteria []criteria.Criterion `yaml:"criteria"`
	}
	files, wrong := readAll[series](fsys, "criteria", frameworkFile, descriptionFile)
	wrong = append(wrong, nonNil(
		decodeFile(fsys, "criteria/"+frameworkFile, &framework),
		decodeFile(fsys, "criteria/"+descriptionFile, &description),
	)...)
	parts := criteria.Parts{
		Framework: framework.Framework, Categories: framework.Categories, Series: framework.Series,
		Description: description.Criteria,
	}
	for _, f := range files {
		object := objections(f.name, &wrong)
		named(object, "series", f.name, string(f.value.ID))
		for _, c := range f.value.Criteria {
			if c.ID.Series() != f.value.ID {
				object("criteria", "%s is not of the series %s", c.ID, f.value.ID)
			}
		}
		parts.Criteria = append(parts.Criteria, f.value.Criteria...)
	}
	if len(wrong) > 0 {
		return wrong
	}
	known, err := criteria.New(parts)
	if err != nil {
		return []error{fmt.Errorf("criteria: %w", err)}
	}
	l.criteria = known
	return nil
}

func (l *Library) loadControls(fsys fs.FS) (wrong []error) {
	const folder = "controls"
	var file struct {
		ID         string     `yaml:"id"`
		Version    string     `yaml:"version"`
		Notice     string     `yaml:"notice"`
		Domains    []Domain   `yaml:"domains"`
		Profiles   []Profile  `yaml:"profiles"`
		OwnerRoles []string   `yaml:"owner_roles"`
		Vocabulary Vocabulary `yaml:"vocabulary"`
	}
	files, wrong := readAll[LibraryControl](fsys, folder, libraryFile)
	if err := decodeFile(fsys, folder+"/"+libraryFile, &file); err != nil {
		return append(wrong, err)
	}
	l.about = About{ID: file.ID, Version: file.Version, Notice: file.Notice}
	l.domains, l.profiles = file.Domains, file.Profiles
	l.owners, l.words = file.OwnerRoles, file.Vocabulary
	for i := range files {
		c := &files[i].value
		c.Domain = c.ID.Domain()
		c.Categories = categoriesOf(c.Criteria, l.criteria)
	}
	slices.SortStableFunc(files, func(a, b read[LibraryControl]) int { return l.compareControls(a.value, b.value) })
	l.controls, l.controlAt = index(files, &wrong, func(c LibraryControl) ControlID { return c.ID })
	l.fillProfiles()
	for _, f := range files {
		object := objections(f.name, &wrong)
		named(object, "id", f.name, string(f.value.ID))
		f.value.validate(l, object)
	}
	l.validateControlWords(objections(folder+"/"+libraryFile, &wrong))
	return wrong
}

// compareControls is the library's order.
func (l *Library) compareControls(a, b LibraryControl) int {
	place := func(c LibraryControl) int {
		return slices.IndexFunc(l.domains, func(d Domain) bool { return d.ID == c.Domain })
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), natural(string(a.ID), string(b.ID)))
}

func (l *Library) fillProfiles() {
	for i := range l.profiles {
		p := &l.profiles[i]
		for _, c := range l.controls {
			if slices.Contains(c.Profiles, p.ID) {
				p.Controls = append(p.Controls, c.ID)
			}
		}
	}
}

func (l *Library) validateControlWords(object objection) {
	filled(object, "id", l.about.ID)
	filled(object, "version", l.about.Version)
	filled(object, "notice", l.about.Notice)
	var domains []DomainID
	for _, d := range l.domains {
		domains = append(domains, d.ID)
		filled(object, "domains."+string(d.ID), d.Name)
	}
	listed(object, "domains", domains)
	listed(object, "owner_roles", l.owners)
	var profiles []ProfileID
	for _, p := range l.profiles {
		profiles = append(profiles, p.ID)
		p.validate(func(field, format string, args ...any) {
			object("profiles."+string(p.ID)+"."+field, format, args...)
		})
	}
	listed(object, "profiles", profiles)
	meant(object, "vocabulary.tier", l.words.Tier, Tiers())
	meant(object, "vocabulary.nature", l.words.Nature, Natures())
	meant(object, "vocabulary.kind", l.words.Kind, ControlKinds())
	meant(object, "vocabulary.frequency", l.words.Frequency, Frequencies())
	meant(object, "vocabulary.testable", l.words.Testable, Testables())
	meant(object, "vocabulary.basis", l.words.Basis, Bases())
}

func (l *Library) loadRequests(fsys fs.FS) (wrong []error) {
	const folder = "requests"
	var file struct {
		Sections   []string          `yaml:"sections"`
		Vocabulary RequestVocabulary `yaml:"vocabulary"`
	}
	files, wrong := readAll[Request](fsys, folder, libraryFile)
	if err := decodeFile(fsys, folder+"/"+libraryFile, &file); err != nil {
		return append(wrong, err)
	}
	l.sections, l.requestWords = file.Sections, file.Vocabulary
	slices.SortStableFunc(files, func(a, b read[Request]) int { return cmp.Compare(a.value.ID, b.value.ID) })
	l.requests, l.requestAt = index(files, &wrong, func(r Request) RequestID { return r.ID })
	for _, f := range files {
		object := objections(f.name, &wrong)
		named(object, "id", f.name, string(f.value.ID))
		f.value.validate(l, object)
	}
	object := objections(folder+"/"+libraryFile, &wrong)
	listed(object, "sections", l.sections)
	meant(object, "vocabulary.type", l.requestWords.Type, RequestTypes())
	meant(object, "vocabulary.phase", l.requestWords.Phase, Phases())
	meant(object, "vocabulary.report_types", l.requestWords.ReportTypes, criteria.ReportTypes())
	meant(object, "vocabulary.timing", l.requestWords.Timing, Timings())
	return wrong
}

func (l *Library) loadCrosswalks(fsys fs.FS) []error {
	files, wrong := readAll[Crosswalk](fsys, "crosswalk")
	l.crosswalks, _ = index(files, &wrong, func(x Crosswalk) FrameworkID { return x.ID })
	for _, f := range files {
		object := objections(f.name, &wrong)
		named(object, "id", f.name, string(f.value.ID))
		f.value.validate(l, object)
	}
	return wrong
}

// named holds a file to the name of what is in it.
func named(object objection, field, file, id string) {
	if want := strings.TrimSuffix(path.Base(file), path.Ext(file)); id != want {
		object(field, "is %q, and the file is named %q", id, want)
	}
}

// index takes the values out of their files and finds each by its id. An id
// that is there twice is an objection to the later file.
func index[T any, ID ~string](files []read[T], wrong *[]error, id func(T) ID) ([]T, map[ID]int) {
	values, at := make([]T, 0, len(files)), make(map[ID]int, len(files))
	for i, f := range files {
		if first, twice := at[id(f.value)]; twice {
			objections(f.name, wrong)("id", "%s is already that of %s", id(f.value), files[first].name)
		} else {
			at[id(f.value)] = i
		}
		values = append(values, f.value)
	}
	return values, at
}

func nonNil(errs ...error) []error {
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}
