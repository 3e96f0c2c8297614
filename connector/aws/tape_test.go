package aws

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/connector"
)

// folder writes files and returns where they are.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	volume  = `{"VolumeId": "vol-%", "Encrypted": true, "State": "in-use"}`
	regions = `{"Regions": [{"RegionName": "eu-central-1", "OptInStatus": "opt-in-not-required"}]}`
	csvHead = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"
	csvRoot = "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
	csvAnn  = "ann,arn:aws:iam::111122223333:user/ann,2024-01-01T00:00:00+00:00,true,2026-03-01T08:00:00+00:00,N/A,N/A,false,true,2025-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
)

func volumes(ids, rest string) string {
	var list []string
	for id := range strings.FieldsSeq(ids) {
		list = append(list, strings.Replace(volume, "%", id, 1))
	}
	return `{"Volumes": [` + strings.Join(list, ", ") + `]` + rest + `}`
}

func TestPagesOfRecordings(t *testing.T) {
	const at = "111122223333/eu-central-1/"
	for name, c := range map[string]struct {
		files    map[string]string
		items    int
		complete bool
		problem  string
	}{
		"one":                    {map[string]string{at + "ec2-describe-volumes.json": volumes("1 2", "")}, 2, true, ""},
		"in folders":             {map[string]string{at + "ec2/describe-volumes/1.json": volumes("1", `, "NextToken": "x"`), at + "ec2/describe-volumes/2.json": volumes("2", "")}, 2, true, ""},
		"numbered":               {map[string]string{at + "ec2/describe-volumes.json": volumes("1", `, "NextToken": "x"`), at + "ec2/describe-volumes.2.json": volumes("2", "")}, 2, true, ""},
		"as the API calls it":    {map[string]string{at + "ec2/DescribeVolumes.json": volumes("1", "")}, 1, true, ""},
		"recognised by shape":    {map[string]string{at + "disks.json": volumes("1", "")}, 1, true, ""},
		"one after the other":    {map[string]string{at + "ec2-describe-volumes.ndjson": volumes("1", `, "NextToken": "x"`) + "\n" + volumes("2", "")}, 2, true, ""},
		"twice":                  {map[string]string{at + "ec2-describe-volumes.json": volumes("1", ""), at + "copy/ec2-describe-volumes.json": volumes("1", "")}, 1, true, ""},
		"more follows":           {map[string]string{at + "ec2-describe-volumes.json": volumes("1", `, "NextToken": "x"`)}, 1, false, "more follows"},
		"a page is missing":      {map[string]string{at + "ec2/describe-volumes.json": volumes("1", `, "NextToken": "x"`), at + "ec2/describe-volumes.3.json": volumes("2", "")}, 2, false, "missing"},
		"the first is missing":   {map[string]string{at + "ec2/describe-volumes.2.json": volumes("2", "")}, 1, false, "missing"},
		"two questions":          {map[string]string{at + "ec2/describe-volumes.json": volumes("1", ""), at + "ec2/describe-volumes.2.json": volumes("2", "")}, 2, false, "two questions"},
		"cut off":                {map[string]string{at + "ec2-describe-volumes.json": volumes("1 2", "")[:60]}, 0, false, "cut off"},
		"something after it":     {map[string]string{at + "ec2-describe-volumes.json": volumes("1", "") + "}"}, 0, false, "not JSON"},
		"another answer":         {map[string]string{at + "ec2-describe-volumes.json": `{"Buckets": []}`}, 0, false, "not what ec2 describe-volumes answers"},
		"another type":           {map[string]string{at + "ec2-describe-volumes.json": `{"Volumes": "none"}`}, 0, false, "no list"},
		"empty":                  {map[string]string{at + "ec2-describe-volumes.json": ""}, 0, false, "empty"},
		"refused":                {map[string]string{at + "ec2-describe-volumes.json": "\nAn error occurred (UnauthorizedOperation) when calling the DescribeVolumes operation: You are not authorized.\n"}, 0, false, "UnauthorizedOperation"},
		"none":                   {map[string]string{at + "ec2-describe-vpcs.json": `{"Vpcs": []}`}, 0, false, "no recording of: aws ec2 describe-volumes"},
		"another region is used": {map[string]string{at + "ec2-describe-volumes.json": volumes("1", ""), "111122223333/ec2-describe-regions.json": strings.Replace(regions, "eu-central-1", "eu-west-1", 1)}, 1, false, "eu-west-1"},
	} {
		if _, ok := c.files["111122223333/ec2-describe-regions.json"]; !ok {
			c.files["111122223333/ec2-describe-regions.json"] = regions
		}
		g := gather(t, folder(t, c.files), connector.Config{})
		r := g.reports[kindVolume]
		if g.err != nil || len(g.by[kindVolume]) != c.items || r.Complete != c.complete || !strings.Contains(strings.Join(r.Problems, " "), c.problem) {
			t.Errorf("%s: %v, %d, %+v", name, g.err, len(g.by[kindVolume]), r)
		}
	}
}

func TestWhichRegionsIsAQuestion(t *testing.T) {
	g := gather(t, folder(t, map[string]string{"111122223333/eu-central-1/ec2-describe-volumes.json": volumes("1", "")}), connector.Config{})
	if r := g.reports[kindVolume]; r.Complete || !strings.Contains(strings.Join(r.Problems, " "), "regions in use") {
		t.Errorf("%+v", r)
	}
	g = gather(t, folder(t, map[string]string{"111122223333/ec2-describe-volumes.json": volumes("1", "")}), connector.Config{"regions": "eu-central-1"})
	if r := g.reports[kindVolume]; !r.Complete || g.by[kindVolume][0].ID != "arn:aws:ec2:eu-central-1:111122223333:volume/vol-1" {
		t.Errorf("%+v %v", r, g.by[kindVolume])
	}
}

func TestWhoseIsAQuestion(t *testing.T) {
	dir := folder(t, map[string]string{"eu-central-1/ec2-describe-volumes.json": volumes("1", "")})
	if g := gather(t, dir, connector.Config{}); g.err == nil || !strings.Contains(g.err.Error(), "whose account") {
		t.Error(g.err)
	}
	if g := gather(t, dir, connector.Config{"account": "111122223333"}); g.err != nil || len(g.by[kindVolume]) != 1 {
		t.Error(g.err, g.by)
	}
	if g := gather(t, folder(t, nil), connector.Config{}); g.err == nil {
		t.Error("an empty folder was taken")
	}
}

func TestFilesThatAreNamed(t *testing.T) {
	g := gather(t, folder(t, map[string]string{
		"111122223333/iam-get-account-summary.json":  `{"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "Users": 3}}`,
		"111122223333/notes.json":                    `{"Hello": 1}`,
		"111122223333/picture.png":                   "\x89PNG",
		"111122223333/dynamodb/list-tables.json":     `{"TableNames": []}`,
		"111122223333/securityhub/get-findings.json": `{"Findings": []}`,
		"README.md": "about it",
	}), connector.Config{})
	var named []string
	for name, c := range g.calls {
		if file, ok := strings.CutPrefix(name, "recording "); ok && c.Problem != "" {
			named = append(named, strings.TrimPrefix(file, "111122223333/"))
		}
	}
	slices.Sort(named)
	if got := strings.Join(named, " "); got != "dynamodb/list-tables.json notes.json picture.png securityhub/get-findings.json" {
		t.Errorf("named: %s", got)
	}
	if f := g.by[kindAccount][0].Fields; f["root_mfa"] != true || f["root_access_keys"] != false || f["users"] != 3 {
		t.Errorf("%v", f)
	}
}

func TestBucketsOfRecordings(t *testing.T) {
	const at = "111122223333/s3api/"
	said := func(code, operation string) string {
		return "An error occurred (" + code + ") when calling the " + operation + " operation: none\n"
	}
	g := gather(t, folder(t, map[string]string{
		at + "list-buckets.json":                              `{"Buckets": [{"Name": "my.data", "CreationDate": "2024-01-01T00:00:00+00:00"}], "Owner": {"ID": "x"}}`,
		at + "get-bucket-location.my.data.json":               `{"LocationConstraint": null}`,
		at + "get-public-access-block.my.data.json":           said(noBlock, "GetPublicAccessBlock"),
		at + "my.data/get-bucket-policy.json":                 `{"Policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::my.data/*\"}]}"}`,
		at + "get-bucket-policy-status.my.data.json":          `{"PolicyStatus": {"IsPublic": true}}`,
		at + "get-bucket-acl.my.data.json":                    `{"Owner": {"ID": "x"}, "Grants": []}`,
		at + "get-bucket-encryption.my.data.json":             `{"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}}`,
		at + "get-bucket-versioning.my.data.json":             "",
		at + "get-object-lock-configuration.my.data.json":     said("ObjectLockConfigurationNotFoundError", "GetObjectLockConfiguration"),
		at + "get-bucket-logging.my.data.json":                said("AccessDenied", "GetBucketLogging"),
		"111122223333/s3control-get-public-access-block.json": `{"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": false}}`,
	}), connector.Config{})
	if len(g.by[kindBucket]) != 1 || !g.reports[kindBucket].Complete {
		t.Fatalf("%v %+v", g.by[kindBucket], g.reports[kindBucket])
	}
	b := g.by[kindBucket][0]
	for name, want := range map[string]any{
		"public": true, "policy_public": true, "acl_public": false, "blocked": false, "ignore_public_acls": true, "restrict_public_buckets": false,
		"encrypted": true, "encryption": "aws:kms", "versioned": false, "locked": false, "tls_only": false, "region": "us-east-1",
	} {
		if b.Fields[name] != want {
			t.Errorf("%s: %v, want %v", name, b.Fields[name], want)
		}
	}
	if got := strings.Join(sorted(b.Unavailable), " "); got != "backed_up class logging protected purpose replicated" {
		t.Errorf("unavailable: %s", got)
	}
}

func TestCredentialReport(t *testing.T) {
	r, err := parseReport([]byte(csvHead + csvRoot + csvAnn))
	if err != nil {
		t.Fatal(err)
	}
	ann, _ := r.row("arn:aws:iam::111122223333:user/ann")
	root, ok := r.root()
	if !ok || !root.mfa || root.keys != 0 || !root.lastUsed.IsZero() || !ann.password || ann.mfa || ann.keys != 1 || ann.lastUsed.Format("2006-01-02") != "2026-03-01" {
		t.Errorf("%+v %+v", root, ann)
	}
	whole := csvHead + csvRoot + csvAnn
	for n := len(csvHead) + len(csvRoot) + 1; n < len(whole); n++ {
		if _, err := parseReport([]byte(whole[:n])); err == nil {
			t.Errorf("cut off before %q, and taken", whole[n:])
		}
	}
	doc, _ := json.Marshal(map[string]string{"Content": base64.StdEncoding.EncodeToString([]byte(whole)), "GeneratedTime": "2026-03-01T09:00:00+00:00"})
	for name, files := range map[string]map[string]string{
		"printed":  {"111122223333/iam-get-credential-report.json": string(doc)},
		"unpacked": {"111122223333/report.csv": whole},
	} {
		g := gather(t, folder(t, files), connector.Config{})
		if slices.Contains(g.by[kindAccount][0].Unavailable, "root_last_used_at") {
			t.Errorf("%s: not read: %v", name, g.reports[kindUser].Problems)
		}
	}
}

// The role's rights are those of the requests, and nothing that changes.
func TestGrant(t *testing.T) {
	for _, right := range neededRights() {
		_, action, _ := strings.Cut(right, ":")
		if !strings.HasPrefix(action, "Get") && !strings.HasPrefix(action, "List") && !strings.HasPrefix(action, "Describe") &&
			!slices.Contains([]string{"LookupEvents", "GenerateCredentialReport"}, action) {
			t.Errorf("%s does more than read", right)
		}
		for _, form := range []string{policyJSON(), terraform(), cloudFormation()} {
			if !strings.Contains(form, right) {
				t.Errorf("%s is missing from\n%s", right, form)
			}
		}
	}
	for _, text := range []string{policyJSON(), trustJSON()} {
		if !json.Valid([]byte(text)) {
			t.Errorf("not JSON: %s", text)
		}
	}
}
