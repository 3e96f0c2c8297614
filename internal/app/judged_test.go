package app_test

import (
	"io/fs"
	"path"
	"testing"

	"assay/catalog"
	"assay/internal/app"
	"assay/internal/rule"
)

// Every kind that a check over a facet is about tells all that the check asks
// for: what a kind does not have is said to be lacking, with the reason, and
// the check is not about it. Nothing is left unknown that nobody could close.
func TestEveryKindHasWhatIsAskedOfIt(t *testing.T) {
	kinds, judged := app.Kinds(), map[string]int{}
	err := fs.WalkDir(catalog.Checks(), ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(catalog.Checks(), file)
		if err != nil {
			return err
		}
		def, err := rule.Parse(text)
		if err != nil || def.Facet == "" {
			return err
		}
		for i := range kinds {
			if !def.Judges(&kinds[i]) {
				continue
			}
			judged[def.ID]++
			claim, _ := kinds[i].Claims(def.Facet)
			for _, field := range def.Asks() {
				if _, mapped := claim.Fields[field]; !mapped {
					t.Errorf("%s asks for %s of %s, which is neither mapped nor lacking", def.ID, field, kinds[i].Kind)
				}
			}
		}
		if judged[def.ID] == 0 {
			t.Logf("%s is about no kind of ours", def.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if judged["any.account.mfa"] != 7 {
		t.Errorf("any.account.mfa is about %d kinds, want 7", judged["any.account.mfa"])
	}
}
