package account

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/person"
	"assay/internal/resource"
)

func member(id, email string) person.Person {
	return person.Person{ID: id, Details: person.Details{Name: id, Email: email}}
}

func seen(kind, id, name, email string) Account {
	ref := resource.Ref{Kind: kind, Authority: "x", ID: id}
	return Account{ID: IDOf(ref), Ref: ref, Name: name, Email: email, Holder: ByPerson}
}

func TestRules(t *testing.T) {
	people := []person.Person{member("ann", "ann@x.example"), member("bob", "bob@x.example"), member("cat", "team@x.example"), member("dan", "team@x.example"), member("eve", "")}
	service := seen("test.account", "6", "sync", "ann@x.example")
	service.Holder = ByService
	accounts := []Account{
		seen("test.account", "1", "ann", "ann@x.example"),
		seen("test.account", "2", "bobby", "bobby@x.example"), // whom the identity provider knows
		seen("test.account", "3", "team", "team@x.example"),   // of two people
		seen("test.account", "4", "nobody", "nobody@x.example"),
		seen("test.account", "5", "silent", ""),
		service,
		seen("okta.user", "1", "Bobby@x.example", "bob@x.example"),
		seen("okta.user", "2", "zoe@x.example", "zoe@x.example"),
	}
	var got []string
	for _, m := range matches(people, slices.Clone(accounts), nil) {
		got = append(got, fmt.Sprintf("%s/%s=%s by %s", m.Ref.Kind, m.Ref.ID, m.Person, m.How))
	}
	want := []string{"okta.user/1=bob by address", "test.account/1=ann by address", "test.account/2=bob by provider"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	revoked := map[string][]string{IDOf(accounts[6].Ref): {"bob"}, IDOf(accounts[0].Ref): {"bob"}}
	got = nil
	for _, m := range matches(people, slices.Clone(accounts), revoked) {
		got = append(got, m.Ref.Kind+"/"+m.Ref.ID+"="+m.Person)
	}
	if want := []string{"test.account/1=ann"}; !slices.Equal(got, want) {
		t.Errorf("after revoking %q, want %q", got, want)
	}
}

func TestStates(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		a    Account
		want State
	}{
		"nobody's":              {Account{Holder: ByPerson, Enabled: &yes}, Orphan},
		"it is not told":        {Account{Holder: ByPerson}, Orphan},
		"off":                   {Account{Holder: ByPerson, Enabled: &no}, Off},
		"a service's, unowned":  {Account{Holder: ByService, Enabled: &yes}, Orphan},
		"the product's own":     {Account{Holder: BySystem, Enabled: &yes}, OfSystem},
		"somebody's":            {Account{Holder: ByPerson, Enabled: &no, Match: &Match{Holder: ByPerson}}, Matched},
		"root, which has ann":   {Account{Holder: BySystem, Match: &Match{Holder: ByPerson}}, Matched},
		"a service's, declared": {Account{Holder: ByPerson, Match: &Match{Holder: ByService}}, Serving},
	} {
		if got := c.a.State(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// The rules match nothing twice, nothing that has a match, nothing to a person
// from whom it was taken, and nothing where an address is several people's; and
// after they ran they find nothing more.
func TestRulesProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.SampledFrom([]string{"", "a@x.example", "b@x.example", "c@x.example"})
		var people []person.Person
		for i := range rapid.IntRange(0, 4).Draw(t, "people") {
			people = append(people, member(fmt.Sprint("p", i), address.Draw(t, "address")))
		}
		var accounts []Account
		revoked := map[string][]string{}
		for i := range rapid.IntRange(0, 8).Draw(t, "accounts") {
			a := seen(rapid.SampledFrom([]string{"okta.user", "test.account"}).Draw(t, "kind"), strconv.Itoa(i), address.Draw(t, "name"), address.Draw(t, "email"))
			a.Holder = rapid.SampledFrom([]Holder{ByPerson, ByService, BySystem}).Draw(t, "holder")
			if len(people) > 0 && rapid.Bool().Draw(t, "matched") {
				a.Match = &Match{Holder: ByPerson, Person: rapid.SampledFrom(people).Draw(t, "whose").ID}
			}
			if len(people) > 0 && rapid.Bool().Draw(t, "revoked") {
				revoked[a.ID] = append(revoked[a.ID], rapid.SampledFrom(people).Draw(t, "from").ID)
			}
			accounts = append(accounts, a)
		}
		had := map[string]bool{}
		for i := range accounts {
			had[accounts[i].ID] = accounts[i].Match != nil
		}
		for _, m := range matches(people, accounts, revoked) {
			if had[m.Account] {
				t.Errorf("%s had a match", m.Account)
			}
			had[m.Account] = true
			if slices.Contains(revoked[m.Account], m.Person) {
				t.Errorf("%s was revoked from %s", m.Account, m.Person)
			}
			i := slices.IndexFunc(accounts, func(a Account) bool { return a.ID == m.Account })
			n := 0
			for _, p := range people {
				if p.Email == accounts[i].Email {
					n++
				}
			}
			if accounts[i].Holder != ByPerson || accounts[i].Email == "" || n > 1 || m.How == ByAddress && n != 1 {
				t.Errorf("%+v was matched by %s: %d people", accounts[i], m.How, n)
			}
		}
		if again := matches(people, accounts, revoked); len(again) > 0 {
			t.Errorf("a second time: %+v", again)
		}
	})
}
