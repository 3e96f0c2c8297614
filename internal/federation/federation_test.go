package federation

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/internal/kit/fault"
)

// What a star stands for: characters of one segment.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"acme/app", "acme/app", true},
		{"acme/app", "acme/apps", false},
		{"acme/app", "evil/acme/app", false},
		{"acme/app", "acme/app/x", false},
		{"acme/*", "acme/app", true},
		{"acme/*", "acme/", true},
		{"acme/*", "acme/app/x", false},
		{"acme/*", "acme-evil/app", false},
		{"acme/*", "acme", false},
		{"repo:acme/app:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/main", true},
		{"repo:acme/app:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/main2", false},
		{"repo:acme/app:*", "repo:acme/app:pull_request", true},
		{"repo:acme/app:*", "repo:acme/app:ref:refs/heads/x", false},
		{"repo:acme/app:environment:*", "repo:acme/app:environment:prod", true},
		{"repo:acme/app:environment:*", "repo:acme/app:environment:prod:x", false},
		{"v*.*", "v1.2", true},
		{"v*.*", "v1", false},
		{"*a*b*", "xxaybzz", true},
		{"*a*b*", "xb", false},
		{"**", "x", true},
		{"*", "", true},
		{"", "", true},
		{"", "x", false},
		{"*", "a/b", false},
		{"a*", "a\n", true},
		{"ACME/*", "acme/x", false},
	} {
		if got := matches(c.pattern, c.text); got != c.want {
			t.Errorf("%q on %q: %t", c.pattern, c.text, got)
		}
	}
}

// Conditions that let strangers in are refused.
func TestConditionsSayWhoseTheJobIs(t *testing.T) {
	for text, want := range map[string]bool{
		"repository = acme/app": true, "repository = acme/*": true, "repository_owner_id = 7": true, "sub = repo:acme/*:environment:production": true,
		"sub = repo:acme/app:ref:refs/heads/main\nref = refs/heads/main": true, "project_path = acme/app\nref = *": true, "sub = organization:acme:pipeline:app:*": true,
		"repository_id = 1234567": true,

		"": false, "ref = refs/heads/main": false, "repository = *": false, "repository = */app": false, "repository = acme*/app": false, "repository = a*": false,
		"sub = *": false, "sub = repo:*": false, "sub = repo:*/app:ref:x": false, "sub = repo:acme*": false, "sub = repo": false, "sub = repo*:acme/app": false, "sub = :acme/app": false,
		"repository = /app": false, "repository = acme/app\nrepository = acme/b": false, "repository": false, "= acme/app": false, "repository = ": false, "repository = acme / app": false,
		"repository = acme/app\nre f = x": false, "actor = octocat": false, "repository = acme/" + strings.Repeat("x", 300): false,
		"repository = acme/app" + strings.Repeat("\nx = y", 10): false,
	} {
		list, err := Conditions(text)
		if err == nil {
			_, err = valid(list)
		}
		if (err == nil) != want || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Claims that are no single value meet no condition.
func TestClaimsAreOneValue(t *testing.T) {
	trust := Trust{Conditions: []Condition{{"repository", "acme/app"}, {"run", "7"}, {"ok", "true"}}}
	for text, want := range map[string]bool{
		`{"repository":"acme/app","run":7,"ok":true}`: true, `{"repository":"acme/app","run":"7","ok":"true","more":[1]}`: true,
		`{"repository":["acme/app"],"run":7,"ok":true}`: false, `{"repository":"acme/app","run":7}`: false, `{"repository":null,"run":7,"ok":true}`: false,
		`{"repository":{"x":"acme/app"},"run":7,"ok":true}`: false, `{"Repository":"acme/app","run":7,"ok":true}`: false, `{"repository":"acme/app","run":7.0,"ok":true}`: false,
	} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var claims map[string]any
		if err := d.Decode(&claims); err != nil {
			t.Fatal(err)
		}
		if why := trust.failing(claims); (why == "") != want {
			t.Errorf("%s: %s", text, why)
		}
	}
}

// A pattern without a star is the text alone; with one it never crosses a separator.
func FuzzMatches(f *testing.F) {
	f.Add("acme/*", "acme/app")
	f.Add("*a*b*", "xxaybzz")
	f.Add("repo:acme/app:ref:*", "repo:acme/app:ref:refs/heads/main")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := matches(pattern, text)
		if !strings.Contains(pattern, "*") && got != (pattern == text) {
			t.Errorf("%q on %q: %t", pattern, text, got)
		}
		count := func(s string) int { return strings.Count(s, "/") + strings.Count(s, ":") }
		if got && count(pattern) != count(text) {
			t.Errorf("%q on %q crosses a separator", pattern, text)
		}
		if before, _, _ := strings.Cut(pattern, "*"); got && !strings.HasPrefix(text, before) {
			t.Errorf("%q on %q has another beginning", pattern, text)
		}
		peek(text)
	})
}
