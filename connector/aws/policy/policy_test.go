package policy

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parse(t *testing.T, text string) Document {
	t.Helper()
	d, err := Parse(`{"Version": "2012-10-17", "Statement": ` + text + `}`)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDecide(t *testing.T) {
	const everything = `{"Effect": "Allow", "Action": "*", "Resource": "*"}`
	for name, c := range map[string]struct {
		policies, boundary string
		action, resource   string
		want               Answer
	}{
		"nothing":                      {`[]`, "", "s3:GetObject", "arn:aws:s3:::b/k", No},
		"an allow":                     {everything, "", "s3:GetObject", Every, Yes},
		"capitals do not count":        {`{"Effect": "Allow", "Action": "S3:getobject", "Resource": "*"}`, "", "s3:GetObject", Every, Yes},
		"an explicit deny":             {`[` + everything + `, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]`, "", "s3:GetObject", Every, No},
		"a deny of another resource":   {`[` + everything + `, {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}]`, "", "s3:GetObject", "arn:aws:s3:::b/k", Yes},
		"a deny of some":               {`[` + everything + `, {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}]`, "", "s3:GetObject", Every, Yes},
		"NotAction leaves out":         {`{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}`, "", "iam:CreateUser", Every, No},
		"NotAction gives the rest":     {`{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}`, "", "s3:GetObject", Every, Yes},
		"a deny by NotAction":          {`[` + everything + `, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]`, "", "ec2:RunInstances", Every, No},
		"NotResource leaves out":       {`{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a/*"}`, "", "s3:GetObject", "arn:aws:s3:::a/k", No},
		"NotResource gives the rest":   {`{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a/*"}`, "", "s3:GetObject", "arn:aws:s3:::b/k", Yes},
		"NotResource is not all":       {`{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a/*"}`, "", "s3:GetObject", Every, No},
		"a boundary takes away":        {everything, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`, "iam:CreateUser", Every, No},
		"a boundary leaves":            {everything, `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`, "s3:GetObject", Every, Yes},
		"a boundary gives nothing":     {`[]`, everything, "s3:GetObject", Every, No},
		"a boundary denies":            {everything, `[` + everything + `, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]`, "s3:GetObject", Every, No},
		"a condition decides":          {`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": true}}}`, "", "s3:GetObject", Every, Depends},
		"a condition decides the deny": {`[` + everything + `, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]`, "", "s3:GetObject", Every, Depends},
		"a question mark is one":       {`{"Effect": "Allow", "Action": "s3:Get?bject", "Resource": "*"}`, "", "s3:GetObject", Every, Yes},
	} {
		i := Identity{Policies: []Document{parse(t, c.policies)}}
		if c.boundary != "" {
			d := parse(t, c.boundary)
			i.Boundary = &d
		}
		if got := i.Decide(c.action, c.resource); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestControls: at every level of the organization something must allow, and
// nothing may deny; and that gives nothing by itself.
func TestControls(t *testing.T) {
	const (
		everything = `{"Effect": "Allow", "Action": "*", "Resource": "*"}`
		noIAM      = `{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}`
		noTrail    = `{"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}`
		onlyS3     = `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`
		abroad     = `{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-north-1"}}}`
	)
	for name, c := range map[string]struct {
		own         string
		levels      [][]string
		full, admin bool
	}{
		"none":                         {everything, nil, true, true},
		"all allow":                    {everything, [][]string{{everything}, {everything}, {everything}}, true, true},
		"the root denies":              {everything, [][]string{{everything, noIAM}, {everything}, {everything}}, false, false},
		"a unit denies":                {everything, [][]string{{everything}, {everything, noIAM}, {everything}}, false, false},
		"the account's own denies":     {everything, [][]string{{everything}, {everything}, {everything, noIAM}}, false, false},
		"a denial that leaves the way": {everything, [][]string{{everything, noTrail}}, false, true},
		"a unit allows little":         {everything, [][]string{{everything}, {onlyS3}, {everything}}, false, false},
		"a level without any":          {everything, [][]string{{everything}, {}, {everything}}, false, false},
		"two at a level add up":        {everything, [][]string{{onlyS3, everything}}, true, true},
		"a denial under a condition":   {everything, [][]string{{everything, abroad}}, true, true},
		"they give nothing":            {onlyS3, [][]string{{everything}}, false, false},
	} {
		i := Identity{Policies: []Document{parse(t, c.own)}}
		for _, level := range c.levels {
			docs := []Document{}
			for _, text := range level {
				docs = append(docs, parse(t, text))
			}
			i.Controls = append(i.Controls, docs)
		}
		if p := i.Power(); p.Full != c.full || p.Administrator() != c.admin {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestPower(t *testing.T) {
	for name, c := range map[string]struct {
		policies    string
		full        bool
		admin, cond bool
	}{
		"everything":                  {`{"Effect": "Allow", "Action": "*", "Resource": "*"}`, true, true, false},
		"everything, of two stars":    {`{"Effect": "Allow", "Action": "*:*", "Resource": "arn:aws:*:*:*:*"}`, true, true, false},
		"all but what people manage":  {`{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}`, false, false, false},
		"NotAction of a trifle":       {`{"Effect": "Allow", "NotAction": "support:*", "Resource": "*"}`, true, true, false},
		"the means to take it":        {`{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}`, false, true, false},
		"one of the means":            {`{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"}`, false, true, false},
		"for one resource":            {`{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "arn:aws:iam::123456789012:user/x"}`, false, false, false},
		"with a second factor":        {`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}`, true, true, true},
		"denied but with a factor":    {`[{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "NotAction": "iam:ListUsers", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]`, true, true, true},
		"denied":                      {`[{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]`, false, false, false},
		"everything in one service":   {`{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`, false, false, false},
		"everything with some things": {`{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b"}`, false, false, false},
	} {
		p := Identity{Policies: []Document{parse(t, c.policies)}}.Power()
		if p.Full != c.full || p.Administrator() != c.admin || p.Conditional != c.cond {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestTrusted(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		want      string
	}{
		"a service":                   {`{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}`, "services ec2.amazonaws.com"},
		"an account":                  {`{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}`, "accounts 111122223333 unnamed 111122223333"},
		"with an external id":         {`{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}`, "accounts 111122223333"},
		"everybody":                   {`{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}`, "anyone"},
		"everybody, as AWS":           {`{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"}`, "anyone"},
		"everybody of an org":         {`{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}`, ""},
		"everybody, narrowed":         {`{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}`, "accounts 111122223333"},
		"everybody, not narrowed":     {`{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}}`, "anyone"},
		"everybody but":               {`{"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}`, "anyone"},
		"a provider, of one":          {`{"Effect": "Allow", "Principal": {"Federated": "arn:p"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/*"}}}`, "providers arn:p"},
		"a provider, of anybody":      {`{"Effect": "Allow", "Principal": {"Federated": "arn:p"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}`, "providers arn:p open arn:p"},
		"a provider, of any project":  {`{"Effect": "Allow", "Principal": {"Federated": "arn:p"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}}`, "providers arn:p open arn:p"},
		"SAML":                        {`{"Effect": "Allow", "Principal": {"Federated": "arn:p"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}`, "providers arn:p"},
		"another action":              {`{"Effect": "Allow", "Principal": "*", "Action": "sts:TagSession"}`, ""},
		"everybody, denied to all":    {`[{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}]`, ""},
		"everybody, denied sometimes": {`[{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, {"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]`, "anyone"},
	} {
		got := Trusted(parse(t, c.statement))
		var words []string
		if got.Anyone {
			words = append(words, "anyone")
		}
		for i, l := range [][]string{got.Accounts, got.Services, got.Providers, got.Unnamed, got.OpenProviders} {
			if len(l) > 0 {
				words = append(words, []string{"accounts", "services", "providers", "unnamed", "open"}[i], strings.Join(l, ","))
			}
		}
		if text := strings.Join(words, " "); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
}

func TestTLSOnly(t *testing.T) {
	const deny = `{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`
	for text, want := range map[string]bool{
		deny: true,
		strings.Replace(deny, `"arn:aws:s3:::b", `, "", 1):                                            false,
		strings.Replace(deny, `, "arn:aws:s3:::b/*"`, "", 1):                                          false,
		strings.Replace(deny, `"s3:*"`, `"s3:PutObject"`, 1):                                          false,
		strings.Replace(deny, `"false"`, `"true"`, 1):                                                 false,
		strings.Replace(deny, `"Deny"`, `"Allow"`, 1):                                                 false,
		strings.Replace(deny, `"*"`, `{"AWS": "111122223333"}`, 1):                                    false,
		strings.Replace(deny, `"*"`, `{"AWS": "*"}`, 1):                                               true,
		strings.Replace(deny, `{"Bool"`, `{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "Bool"`, 1): false,
	} {
		if got := TLSOnly(parse(t, text), "arn:aws:s3:::b"); got != want {
			t.Errorf("%v: %s", got, text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "{}", "[]", `{"Statement": null}`, `{"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}`, `{"Statement": [{"Effect": "Allow", "Resource": "*"}]}`,
		`{"Statement": [{"Effect": "Allow", "Action": "*", "NotAction": "s3:*", "Resource": "*"}]}`, `{"Statement": [{"Effect": "Allow", "Action": [1], "Resource": "*"}]}`,
		`{"Statement": [{"Effect": "Allow", "Action": "*", "Principal": "me"}]}`, `%7B%22Statement`, `%zz`,
	} {
		if d, err := Parse(text); err == nil {
			t.Errorf("%s: %+v", text, d)
		}
	}
	if _, err := Parse("%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"); err != nil {
		t.Error(err)
	}
}

// A deny never gives, an allow never takes, and a boundary never gives.
func TestDenyBeatsAllow(t *testing.T) {
	actions := []string{"s3:GetObject", "s3:*", "iam:CreateUser", "*", "ec2:Describe*"}
	resources := []string{"*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k"}
	statement := rapid.Custom(func(t *rapid.T) Statement {
		s := Statement{Allow: rapid.Bool().Draw(t, "allow")}
		some := rapid.SliceOfN(rapid.SampledFrom(actions), 1, 3).Draw(t, "actions")
		if rapid.Bool().Draw(t, "not") {
			s.NotActions = some
		} else {
			s.Actions = some
		}
		s.Resources = rapid.SliceOfN(rapid.SampledFrom(resources), 1, 2).Draw(t, "resources")
		if rapid.Bool().Draw(t, "condition") {
			s.Conditions = []Condition{{Operator: "Bool", Key: "aws:SecureTransport", Values: []string{"true"}}}
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		statements := rapid.SliceOfN(statement, 0, 5).Draw(t, "statements")
		more := statement.Draw(t, "more")
		action := rapid.SampledFrom([]string{"s3:GetObject", "iam:CreateUser", "kms:Decrypt"}).Draw(t, "action")
		resource := rapid.SampledFrom([]string{Every, "arn:aws:s3:::b/k"}).Draw(t, "resource")
		before := Identity{Policies: []Document{{statements}}}.Decide(action, resource)
		after := Identity{Policies: []Document{{append(slices.Clone(statements), more)}}}.Decide(action, resource)
		bound := Identity{Policies: []Document{{statements}}, Boundary: &Document{[]Statement{more}}}.Decide(action, resource)
		if more.Allow && after < before || !more.Allow && after > before || bound > before {
			t.Fatalf("%v, with it %v, within it %v", before, after, bound)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		_ = Identity{Policies: []Document{d}}.Power()
		_ = Trusted(d)
		_ = TLSOnly(d, "arn:aws:s3:::b")
	})
}
