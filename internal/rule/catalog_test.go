package rule_test

import (
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/catalog"
	connectors "assay/connector/all"
	"assay/internal/account"
	"assay/internal/criteria"
	"assay/internal/person"
	"assay/internal/policy"
	"assay/internal/register"
	"assay/internal/register/all"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/training"
)

// catalogKinds are the kinds that the catalog's checks speak of, and one for
// each facet that claims the whole of it.
func catalogKinds(t *testing.T) rule.Kinds {
	kinds := rule.Kinds{}
	declared := slices.Concat(person.Product(person.Service{}, "org").Kinds, account.Product(account.Service{}, "org").Kinds, policy.Product(policy.Service{}, "org").Kinds, training.Product(&training.Service{}, "org").Kinds)
	for _, p := range connectors.Products() {
		declared = append(declared, p.Kinds...)
	}
	registers := register.Book{Declarations: all.Declarations()}
	for _, p := range registers.Products("org") {
		declared = append(declared, p.Kinds...)
	}
	for name, f := range resource.Facets() {
		claim := resource.Claim{Facet: name, Version: 1, Fields: map[string]resource.Mapping{}}
		s := resource.Schema{Kind: "test." + name, Version: 1, Title: f.Title, Family: f.Family, Fields: f.Fields}
		for _, field := range f.Fields {
			claim.Fields[field.Name] = resource.Mapping{From: field.Name}
		}
		if f.Family == resource.Event {
			s.At = "at"
		}
		s.Facets = []resource.Claim{claim}
		declared = append(declared, s)
	}
	for i := range declared {
		if err := declared[i].Valid(); err != nil {
			t.Fatal(err)
		}
		kinds[declared[i].Kind] = &declared[i]
	}
	return kinds
}

// TestCatalogChecks runs the golden cases of every check of the catalog, and
// holds that it names criteria and controls that exist and that agree.
func TestCatalogChecks(t *testing.T) {
	kinds := catalogKinds(t)
	library, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	byProduct := map[string]int{}
	ids := map[string]string{}
	err = fs.WalkDir(catalog.Checks(), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(catalog.Checks(), file)
		if err != nil {
			return err
		}
		def, err := rule.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return nil
		}
		byProduct[path.Dir(file)]++
		if !strings.HasPrefix(def.ID, path.Dir(file)+".") {
			t.Errorf("%s: its id is %s", file, def.ID)
		}
		if other, taken := ids[def.ID]; taken {
			t.Errorf("%s: %s has the same id", file, other)
		}
		ids[def.ID] = file
		for _, res := range def.RunTests(kinds) {
			if !res.OK {
				t.Errorf("%s: %s: %s", file, res.Name, res.Detail)
			}
		}
		references(t, file, def, library)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for product, least := range map[string]int{"any": 15, "linux": 25, "git": 12, "domain": 18, "postgres": 24, "github": 15, "aws": 42, "okta": 18, "google_workspace": 16, "mailreport": 3, "person": 6, "account": 5} {
		if byProduct[product] < least {
			t.Errorf("%s: %d checks, want %d or more", product, byProduct[product], least)
		}
	}
}

func references(t *testing.T, file string, def *rule.Definition, library *catalog.Library) {
	own := map[criteria.ID]bool{}
	for _, c := range def.Criteria {
		own[criteria.ID(c.ID)] = true
		if _, ok := library.Criteria().Criterion(criteria.ID(c.ID)); !ok {
			t.Errorf("%s: the criterion %s is not known", file, c.ID)
		}
	}
	if len(def.Criteria) == 0 || len(def.Controls) == 0 || def.Remediation.Text == "" || def.Message == "" {
		t.Errorf("%s: wants criteria, controls, a remedy and a message", file)
	}
	for _, id := range def.Controls {
		c, ok := library.Control(catalog.ControlID(id))
		if !ok {
			t.Errorf("%s: the control %s is not known", file, id)
			continue
		}
		if !slices.ContainsFunc(c.Criteria, func(id criteria.ID) bool { return own[id] }) {
			t.Errorf("%s: %s shares no criterion with it: %v", file, id, c.Criteria)
		}
	}
}

// TestCatalogAgrees holds that the closures have every expression of the
// catalog's checks, and that they say of drawn resources, whole and damaged,
// what cel-go says.
func TestCatalogAgrees(t *testing.T) {
	kinds := catalogKinds(t)
	evaluations, verdicts, seeds := 0, map[rule.Status]int{}, uint64(1)
	if os.Getenv("ASSAY_DIFFERENTIAL") != "" {
		seeds = 50
	}
	err := fs.WalkDir(catalog.Checks(), ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(catalog.Checks(), file)
		if err != nil {
			return err
		}
		def, err := rule.Parse(text)
		if err != nil {
			return err
		}
		p, err := rule.Compile(def, kinds, nil)
		if err != nil {
			return err
		}
		if all, compiled := rule.Compiled(p); all != compiled {
			t.Errorf("%s: %d of %d expressions are compiled", file, compiled, all)
		}
		for seed := range seeds {
			in := rule.DrawInput(seed, kinds, 40)
			said := [2]*rule.Outcome{}
			for i := range said {
				in.Reference = i == 1
				if said[i], err = p.Judge(t.Context(), in); err != nil {
					return err
				}
				for j := range said[i].Verdicts {
					said[i].Verdicts[j].FlipsAt = time.Time{}
					verdicts[said[i].Verdicts[j].Status]++
				}
				said[i].FlipsAt = time.Time{}
			}
			evaluations += said[0].Counts.Listed
			if !reflect.DeepEqual(said[0], said[1]) {
				t.Errorf("%s, seed %d: closures %+v, cel-go %+v", file, seed, said[0], said[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d resources judged by both: %v", evaluations, verdicts)
}
