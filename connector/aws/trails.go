package aws

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"assay/connector/aws/policy"
)

// trails are those of an account, as the account's own resource tells of them.
type trails struct {
	list   []any
	broken bool
}

// trails tells of those that see a region. Each is asked about where it is at
// home, and told of once.
func (c *collection) trails(ctx context.Context, a *account, at *caller) error {
	out, err := ask(ctx, at, key{service: "cloudtrail", action: "DescribeTrails"}, &cloudtrail.DescribeTrailsInput{}, at.trails.DescribeTrails)
	if err != nil {
		a.trails.broken = true
		return c.broke(ctx, at, "The trails", err, kindTrail)
	}
	for i := range out.TrailList {
		t := &out.TrailList[i]
		if id := value(t.TrailARN); id == "" || c.told[kindTrail+" "+id] {
			continue
		}
		if err := c.trail(ctx, a, at, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) trail(ctx context.Context, a *account, at *caller, t *types.Trail) error {
	id := value(t.TrailARN)
	home := at
	if r := value(t.HomeRegion); r != "" && r != at.place.region && policy.Account(id) == a.number {
		home = c.caller(a, r)
	}
	s := newSheet()
	s.at(place{account: a.number, region: home.place.region}, value(t.Name))
	known(s, "multi_region", t.IsMultiRegionTrail)
	known(s, "organization", t.IsOrganizationTrail)
	known(s, "global", t.IncludeGlobalServiceEvents)
	known(s, "validated", t.LogFileValidationEnabled)
	s.text("bucket", value(t.S3BucketName))
	s.text("kms_key", value(t.KmsKeyId))
	s.text("log_group", value(t.CloudWatchLogsLogGroupArn))
	status, err := ask(ctx, home, key{service: "cloudtrail", action: "GetTrailStatus", of: id}, &cloudtrail.GetTrailStatusInput{Name: &id}, home.trails.GetTrailStatus)
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(home, kindTrail, "The state of "+value(t.Name), err)
		s.lose("logging", "delivered_at", "delivery_error")
	} else {
		known(s, "logging", status.IsLogging)
		may(s, "delivered_at", status.LatestDeliveryTime)
		s.text("delivery_error", value(status.LatestDeliveryError))
	}
	selectors, err := ask(ctx, home, key{service: "cloudtrail", action: "GetEventSelectors", of: id}, &cloudtrail.GetEventSelectorsInput{TrailName: &id}, home.trails.GetEventSelectors)
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(home, kindTrail, "Which events "+value(t.Name)+" keeps", err)
		s.lose("management")
	} else {
		s.set("management", keepsManagement(selectors))
	}
	a.trails.list = append(a.trails.list, brief(s, id))
	return c.put(ctx, kindTrail, id, s)
}

// brief is a trail as the account tells of it.
func brief(s *sheet, id string) map[string]any {
	out := map[string]any{"arn": id}
	for _, name := range []string{"name", "multi_region", "logging", "validated", "management"} {
		if v, ok := s.fields[name]; ok {
			out[name] = v
		}
	}
	if _, ok := out["multi_region"]; !ok {
		out["multi_region"] = false
	}
	return out
}

// keepsManagement reports that all management events are kept, of both forms of
// selectors.
func keepsManagement(o *cloudtrail.GetEventSelectorsOutput) bool {
	for _, e := range o.EventSelectors {
		if value(e.IncludeManagementEvents) && (e.ReadWriteType == "" || e.ReadWriteType == types.ReadWriteTypeAll) && len(e.ExcludeManagementEventSources) == 0 {
			return true
		}
	}
	for _, e := range o.AdvancedEventSelectors {
		management, narrowed := false, false
		for _, f := range e.FieldSelectors {
			if value(f.Field) == "eventCategory" {
				management = slices.Contains(f.Equals, "Management")
			} else {
				narrowed = true
			}
		}
		if management && !narrowed {
			return true
		}
	}
	return false
}

// summary tells of the account itself, when everything about it is known.
func (c *collection) summary(ctx context.Context, a *account, at *caller, report *report, b *block) error {
	s := newSheet()
	s.set("name", a.number)
	out, err := ask(ctx, at, key{service: "iam", action: "GetAccountSummary"}, &iam.GetAccountSummaryInput{}, at.iam.GetAccountSummary)
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(at, kindAccount, "The summary", err)
		s.lose("root_mfa", "root_access_keys", "users")
	} else {
		summed(s, out.SummaryMap)
	}
	if root, ok := report.root(); !ok {
		s.lose("root_last_used_at")
	} else if !root.lastUsed.IsZero() {
		s.set("root_last_used_at", root.lastUsed)
	}
	if err := c.passwords(ctx, at, s); err != nil {
		return err
	}
	b.fill(s)
	if a.trails.broken {
		s.lose("trails")
	} else {
		if a.trails.list == nil {
			a.trails.list = []any{}
		}
		s.set("trails", a.trails.list)
	}
	return c.put(ctx, kindAccount, a.number, s)
}

func summed(s *sheet, m map[string]int32) {
	for name, field := range map[string]string{"AccountMFAEnabled": "root_mfa", "AccountAccessKeysPresent": "root_access_keys"} {
		if n, ok := m[name]; ok {
			s.set(field, n > 0)
		} else {
			s.lose(field)
		}
	}
	if n, ok := m["Users"]; ok {
		s.set("users", int(n))
	} else {
		s.lose("users")
	}
}

func (c *collection) passwords(ctx context.Context, at *caller, s *sheet) error {
	const none = "NoSuchEntity"
	out, err := ask(ctx, at, key{service: "iam", action: "GetAccountPasswordPolicy"}, &iam.GetAccountPasswordPolicyInput{}, at.iam.GetAccountPasswordPolicy, none, "NoSuchEntityException")
	switch {
	case isAbsent(err, none, "NoSuchEntityException"):
		s.set("password_policy", false)
		return nil
	case err != nil || out.PasswordPolicy == nil:
		s.lose("password_policy", "password_length", "password_reuse", "password_age")
		if err == nil {
			return nil
		}
		c.lost(at, kindAccount, "The password policy", err)
		return ours(ctx, err)
	}
	s.set("password_policy", true)
	p := out.PasswordPolicy
	may(s, "password_length", count(p.MinimumPasswordLength))
	may(s, "password_reuse", count(p.PasswordReusePrevention))
	may(s, "password_age", count(p.MaxPasswordAge))
	return nil
}

// longestHistory is how far back events can be asked for.
const longestHistory = 90 * 24 * time.Hour
