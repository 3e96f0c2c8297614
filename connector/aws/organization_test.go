package aws

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"assay/connector"
)

const everything = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// underControl are the recordings of an organization: 999900001111 manages it, and
// 111122223333 lies in the unit ou-in, in the unit ou-out, below the root r-1. In
// it ann may do everything, by the account's own policies.
func underControl(whoTells string) map[string]string {
	quoted := func(text string) string { b, _ := json.Marshal(text); return string(b) }
	attached := func(targets ...string) string {
		return `{"Targets": [{"TargetId": "` + strings.Join(targets, `"}, {"TargetId": "`) + `"}]}`
	}
	at := whoTells + "/organizations/"
	return map[string]string{
		"111122223333/organizations/describe-organization.json": `{"Organization": {"Id": "o-abc", "Arn": "arn:aws:organizations::999900001111:organization/o-abc", "MasterAccountId": "999900001111"}}`,
		whoTells + "/organizations/describe-organization.json":  `{"Organization": {"Id": "o-abc", "Arn": "arn:aws:organizations::999900001111:organization/o-abc", "MasterAccountId": "999900001111"}}`,
		"111122223333/iam/get-account-authorization-details.json": `{"UserDetailList": [{"UserName": "ann", "UserId": "AIDAANN", "Arn": "arn:aws:iam::111122223333:user/ann", "Path": "/", "CreateDate": "2024-01-01T00:00:00+00:00",
			"GroupList": [], "AttachedManagedPolicies": [], "UserPolicyList": [{"PolicyName": "all", "PolicyDocument": ` + everything + `}]}],
			"GroupDetailList": [], "RoleDetailList": [{"RoleName": "own", "RoleId": "AROAOWN", "Arn": "arn:aws:iam::111122223333:role/aws-service-role/x/own", "Path": "/aws-service-role/x/", "CreateDate": "2024-01-01T00:00:00+00:00",
			"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
			"AttachedManagedPolicies": [], "RolePolicyList": [{"PolicyName": "all", "PolicyDocument": ` + everything + `}], "InstanceProfileList": []}], "Policies": []}`,
		at + "list-accounts.json":                  `{"Accounts": []}`,
		at + "list-roots.json":                     `{"Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}]}`,
		at + "list-policies.json":                  `{"Policies": [{"Id": "p-all", "Name": "FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-all", "AwsManaged": true}, {"Id": "p-deny", "Name": "deny", "Arn": "arn:aws:organizations::999900001111:policy/o-abc/service_control_policy/p-deny"}]}`,
		at + "list-targets-for-policy.p-all.json":  attached("r-1", "ou-out", "ou-in", "111122223333"),
		at + "list-targets-for-policy.p-deny.json": attached("ou-elsewhere"),
		at + "describe-policy.p-all.json":          `{"Policy": {"PolicySummary": {"Id": "p-all"}, "Content": ` + quoted(everything) + `}}`,
		at + "describe-policy.p-deny.json":         `{"Policy": {"PolicySummary": {"Id": "p-deny"}, "Content": ` + quoted(`{"Statement":[{"Effect":"Deny","Action":["iam:*","cloudtrail:*"],"Resource":"*"}]}`) + `}}`,
		at + "list-parents.111122223333.json":      `{"Parents": [{"Id": "ou-in", "Type": "ORGANIZATIONAL_UNIT"}]}`,
		at + "list-parents.ou-in.json":             `{"Parents": [{"Id": "ou-out", "Type": "ORGANIZATIONAL_UNIT"}]}`,
		at + "list-parents.ou-out.json":            `{"Parents": [{"Id": "r-1", "Type": "ROOT"}]}`,
	}
}

func TestWhatTheOrganizationLeaves(t *testing.T) {
	const manages = "999900001111"
	denyAt := func(target string) map[string]string {
		return map[string]string{"list-targets-for-policy.p-deny.json": `{"Targets": [{"TargetId": "` + target + `"}]}`}
	}
	for name, tt := range map[string]struct {
		who      string            // the account whose recordings tell of the organization
		other    map[string]string // recordings of it that are otherwise; empty is missing
		admin    bool
		controls any
	}{
		"nothing denies":           {manages, nil, true, "applied"},
		"the root denies":          {manages, denyAt("r-1"), false, "applied"},
		"a unit above denies":      {manages, denyAt("ou-out"), false, "applied"},
		"its unit denies":          {manages, denyAt("ou-in"), false, "applied"},
		"its own denies":           {manages, denyAt("111122223333"), false, "applied"},
		"another unit's denies":    {manages, denyAt("ou-other"), true, "applied"},
		"a unit allows nothing":    {manages, map[string]string{"describe-policy.p-all.json": `{"Policy": {"Content": "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}"}}`}, false, "applied"},
		"they are switched off":    {manages, map[string]string{"list-roots.json": `{"Roots": [{"Id": "r-1", "PolicyTypes": []}]}`}, true, "none"},
		"the account may tell":     {"111122223333", denyAt("ou-in"), false, "applied"},
		"a text is missing":        {manages, map[string]string{"describe-policy.p-deny.json": ""}, true, nil},
		"a text is broken":         {manages, map[string]string{"describe-policy.p-deny.json": `{"Policy": {"Content": "{}"}}`}, true, nil},
		"a target is missing":      {manages, map[string]string{"list-targets-for-policy.p-deny.json": ""}, true, nil},
		"targets go on":            {manages, map[string]string{"list-targets-for-policy.p-deny.json": `{"Targets": [], "NextToken": "x"}`}, true, nil},
		"the list is missing":      {manages, map[string]string{"list-policies.json": ""}, true, nil},
		"the tree is missing":      {manages, map[string]string{"list-parents.ou-in.json": ""}, true, nil},
		"the tree has no end":      {manages, map[string]string{"list-parents.ou-out.json": `{"Parents": [{"Id": "ou-in", "Type": "ORGANIZATIONAL_UNIT"}]}`}, true, nil},
		"a level has none":         {manages, map[string]string{"list-targets-for-policy.p-all.json": `{"Targets": [{"TargetId": "r-1"}, {"TargetId": "ou-in"}, {"TargetId": "111122223333"}]}`}, true, nil},
		"nobody tells of the root": {manages, map[string]string{"list-roots.json": ""}, true, nil},
	} {
		files := underControl(tt.who)
		for file, text := range tt.other {
			files[tt.who+"/organizations/"+file] = text
		}
		maps.DeleteFunc(files, func(_, text string) bool { return text == "" })
		g := gather(t, folder(t, files), connector.Config{})
		if g.err != nil {
			t.Fatalf("%s: %v", name, g.err)
		}
		if len(g.by[kindUser]) != 1 || len(g.by[kindRole]) != 1 {
			t.Fatalf("%s: %v", name, g.by)
		}
		ann, own := g.by[kindUser][0], g.by[kindRole][0].Fields
		if ann.Fields["admin"] != tt.admin || ann.Fields["controls"] != tt.controls {
			t.Errorf("%s: admin %v, controls %v", name, ann.Fields["admin"], ann.Fields["controls"])
		}
		if own["admin"] != true || own["controls"] != "none" {
			t.Errorf("%s: a role of a service is bound by none: %v", name, own)
		}
	}
}
