package rule

import "assay/internal/resource"

func testKinds() Kinds {
	account := &resource.Schema{
		Kind: "host.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			{Name: "name", Type: resource.String},
			{Name: "email", Type: resource.String, Optional: true},
			{Name: "enabled", Type: resource.Bool},
			{Name: "mfa", Type: resource.Bool},
			{Name: "uid", Type: resource.Int},
			{Name: "keys", Type: resource.List, Of: &resource.Field{Type: resource.Object, Fields: []resource.Field{
				{Name: "active", Type: resource.Bool}, {Name: "age", Type: resource.Int, Optional: true},
			}}},
			{Name: "tags", Type: resource.Map, Of: &resource.Field{Type: resource.String}},
			{Name: "used_at", Type: resource.Time, Optional: true},
			{Name: "score", Type: resource.Decimal, Optional: true},
			{Name: "kind", Type: resource.String, Enum: []string{"person", "service"}},
		},
		Facets: []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
			"name": {From: "name"}, "email": {From: "email"}, "enabled": {From: "enabled"}, "mfa": {From: "mfa"},
			"holder": {From: "kind", Enum: map[string]string{"person": "person"}},
		}}},
	}
	person := &resource.Schema{
		Kind: "assay.person", Version: 1, Title: "People", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			{Name: "name", Type: resource.String},
			{Name: "email", Type: resource.String, Optional: true},
			{Name: "active", Type: resource.Bool},
			{Name: "ends_on", Type: resource.Date, Optional: true},
		},
	}
	merge := &resource.Schema{
		Kind: "git.merge", Version: 1, Title: "Merges", Family: resource.Event, Label: "title", At: "at",
		Fields: []resource.Field{
			{Name: "at", Type: resource.Time},
			{Name: "title", Type: resource.String},
			{Name: "author", Type: resource.String},
			{Name: "merged_by", Type: resource.String, Optional: true},
		},
	}
	return Kinds{account.Kind: account, person.Kind: person, merge.Kind: merge}
}

const mfaCheck = `
id: host.account.mfa
version: 1
title: Accounts that can sign in have a second factor
kind: host.account
where: r.enabled
let:
  - {name: old, expr: "r.keys.exists(k, k.active && k.age > p.days)"}
assert: r.mfa && !old
params:
  days: {type: int, default: 90, min: 1, max: 365}
message: "'account without MFA or with an old key: ' + r.name"
empty: proven
freshness: 26h
severity: high
criteria: [{id: CC6.1, strength: direct}]
tests:
  - {name: good, resource: {name: a, enabled: true, mfa: true, uid: 1, keys: [{active: true, age: 3}], tags: {}, kind: person}, expect: pass}
  - {name: no factor, resource: {name: a, enabled: true, mfa: false, uid: 1, keys: [], tags: {}, kind: person}, expect: fail, message: "account without MFA or with an old key: a"}
  - {name: disabled, resource: {name: a, enabled: false}, expect: out}
  - {name: refused, resource: {name: a, enabled: true, keys: []}, unavailable: [mfa], expect: unknown}
  - {name: nulled, resource: {name: a, enabled: true, mfa: null, keys: []}, expect: unknown}
  - {name: wrong, resource: {name: a, enabled: true, mfa: "yes", keys: []}, expect: unknown}
  - {name: absorbed, resource: {name: a, enabled: true, mfa: true, keys: [{active: true}, {active: true, age: 1}]}, expect: unknown}
  - {name: stricter, params: {days: 2}, resource: {name: a, enabled: true, mfa: true, keys: [{active: true, age: 3}]}, expect: fail}
`
