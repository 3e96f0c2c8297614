package aws

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/backup"
	backuptypes "github.com/aws/aws-sdk-go-v2/service/backup/types"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	guardtypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
)

var errNoRegion = errors.New("no folder of the recordings says the region")

// settings tells of a region: what watches it, and its defaults.
func (c *collection) settings(ctx context.Context, at *caller) error {
	if at.place.region == "" {
		return c.broke(ctx, at, "The regions", errNoRegion, kindRegion)
	}
	s := newSheet()
	s.set("name", at.place.String())
	s.set("account", at.place.account)
	s.set("region", at.place.region)
	out, err := ask(ctx, at, key{service: "ec2", action: "GetEbsEncryptionByDefault"}, &ec2.GetEbsEncryptionByDefaultInput{}, at.ec2.GetEbsEncryptionByDefault)
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(at, kindRegion, "Encryption of volumes", err)
		s.lose("ebs_encrypted")
	} else {
		known(s, "ebs_encrypted", out.EbsEncryptionByDefault)
	}
	if err := c.recorder(ctx, at, s); err != nil {
		return err
	}
	if err := c.detector(ctx, at, s); err != nil {
		return err
	}
	return c.put(ctx, kindRegion, at.place.String(), s)
}

func (c *collection) recorder(ctx context.Context, at *caller, s *sheet) error {
	out, err := ask(ctx, at, key{service: "configservice", action: "DescribeConfigurationRecorders"}, &configservice.DescribeConfigurationRecordersInput{}, at.config.DescribeConfigurationRecorders)
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(at, kindRegion, "What AWS Config records", err)
		s.lose("config_all")
	} else {
		all := false
		for _, r := range out.ConfigurationRecorders {
			all = all || r.RecordingGroup != nil && r.RecordingGroup.AllSupported
		}
		s.set("config_all", all)
	}
	status, err := ask(ctx, at, key{service: "configservice", action: "DescribeConfigurationRecorderStatus"}, &configservice.DescribeConfigurationRecorderStatusInput{}, at.config.DescribeConfigurationRecorderStatus)
	if err != nil {
		c.lost(at, kindRegion, "Whether AWS Config records", err)
		s.lose("config_recording", "config_status")
		return ours(ctx, err)
	}
	s.set("config_recording", false)
	for _, r := range status.ConfigurationRecordersStatus {
		if r.Recording {
			s.set("config_recording", true)
			s.text("config_status", strings.ToUpper(string(r.LastStatus)))
		}
	}
	return nil
}

// detectors lists those of a region; there is one or none.
func (c *collection) detectors(ctx context.Context, at *caller) (ids []string, err error) {
	err = list(ctx, at, key{service: "guardduty", action: "ListDetectors"}, &guardduty.ListDetectorsInput{}, at.guardduty.ListDetectors, func(o *guardduty.ListDetectorsOutput) (int, error) {
		ids = append(ids, o.DetectorIds...)
		return len(o.DetectorIds), nil
	})
	return ids, err
}

func (c *collection) detector(ctx context.Context, at *caller, s *sheet) error {
	ids, err := c.detectors(ctx, at)
	status := "none"
	for _, id := range ids {
		in := &guardduty.GetDetectorInput{DetectorId: &id}
		out, bad := ask(ctx, at, key{service: "guardduty", action: "GetDetector", of: id}, in, at.guardduty.GetDetector)
		switch {
		case bad != nil:
			err = bad
		case out.Status == guardtypes.DetectorStatusEnabled:
			status = "enabled"
		case status == "none":
			status = "disabled"
		}
	}
	if err != nil {
		c.lost(at, kindRegion, "GuardDuty", err)
		s.lose("guardduty")
		return ours(ctx, err)
	}
	s.set("guardduty", status)
	return nil
}

// mostFindings is how many GuardDuty gives at once.
const mostFindings = 50

func (c *collection) findings(ctx context.Context, at *caller) error {
	ids, err := c.detectors(ctx, at)
	if err != nil {
		return c.broke(ctx, at, "The findings of GuardDuty", err, kindFinding)
	}
	for _, detector := range ids {
		var open []string
		in := &guardduty.ListFindingsInput{DetectorId: &detector, MaxResults: new(int32(mostFindings)), FindingCriteria: &guardtypes.FindingCriteria{
			Criterion: map[string]guardtypes.Condition{"service.archived": {Equals: []string{"false"}}},
		}}
		err := list(ctx, at, key{service: "guardduty", action: "ListFindings"}, in, at.guardduty.ListFindings, func(o *guardduty.ListFindingsOutput) (int, error) {
			open = append(open, o.FindingIds...)
			return len(o.FindingIds), nil
		})
		if err != nil {
			if err := c.broke(ctx, at, "The findings of GuardDuty", err, kindFinding); err != nil {
				return err
			}
		}
		for len(open) > 0 {
			n := min(mostFindings, len(open))
			if err := c.findingsOf(ctx, at, detector, open[:n]); err != nil {
				return err
			}
			open = open[n:]
		}
	}
	return nil
}

func (c *collection) findingsOf(ctx context.Context, at *caller, detector string, ids []string) error {
	k := key{service: "guardduty", action: "GetFindings", of: ids[0]}
	out, err := ask(ctx, at, k, &guardduty.GetFindingsInput{DetectorId: &detector, FindingIds: ids}, at.guardduty.GetFindings)
	if err != nil {
		return c.broke(ctx, at, "The findings of GuardDuty", err, kindFinding)
	}
	for _, id := range ids {
		if !slices.ContainsFunc(out.Findings, func(f guardtypes.Finding) bool { return value(f.Id) == id }) {
			c.run.Incomplete(kindFinding, "GuardDuty listed findings that it then did not show.")
		}
	}
	for i := range out.Findings {
		f := &out.Findings[i]
		if f.Service != nil && value(f.Service.Archived) {
			continue
		}
		s := newSheet()
		s.at(at.place, value(f.Title))
		s.word("type", value(f.Type))
		known(s, "severity", severity(f.Severity))
		if t, err := time.Parse(time.RFC3339, value(f.CreatedAt)); err == nil {
			s.set("found_at", t)
		} else {
			s.lose("found_at")
		}
		if f.Resource != nil {
			s.text("resource", value(f.Resource.ResourceType))
		}
		if err := c.put(ctx, kindFinding, value(f.Arn), s); err != nil {
			return err
		}
	}
	return nil
}

// severity is a number of GuardDuty's in its own words.
func severity(n *float64) *string {
	switch {
	case n == nil:
		return nil
	case *n >= 9:
		return new("critical")
	case *n >= 7:
		return new("high")
	case *n >= 4:
		return new("medium")
	}
	return new("low")
}

func (c *collection) vaults(ctx context.Context, at *caller) error {
	err := list(ctx, at, key{service: "backup", action: "ListBackupVaults"}, &backup.ListBackupVaultsInput{}, at.backup.ListBackupVaults, func(o *backup.ListBackupVaultsOutput) (int, error) {
		for i := range o.BackupVaultList {
			v := &o.BackupVaultList[i]
			s := newSheet()
			s.at(at.place, value(v.BackupVaultName))
			known(s, "locked", v.Locked)
			if v.MinRetentionDays != nil {
				s.set("min_days", int(*v.MinRetentionDays))
			}
			s.set("recovery_points", int(v.NumberOfRecoveryPoints))
			s.text("kms_key", value(v.EncryptionKeyArn))
			if err := c.put(ctx, kindVault, value(v.BackupVaultArn), s); err != nil {
				return 0, err
			}
		}
		return len(o.BackupVaultList), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The backup vaults", err, kindVault); err != nil {
			return err
		}
	}
	protected, err := c.protected(ctx, at)
	for i := range protected {
		p := &protected[i]
		s := newSheet()
		name := value(p.ResourceName)
		if name == "" {
			name = value(p.ResourceArn)
		}
		s.at(at.place, name)
		s.word("type", value(p.ResourceType))
		may(s, "backed_up_at", p.LastBackupTime)
		if err := c.put(ctx, kindProtected, value(p.ResourceArn), s); err != nil {
			return err
		}
	}
	if err != nil {
		return c.broke(ctx, at, "What AWS Backup protects", err, kindProtected)
	}
	return nil
}

// protection is what AWS Backup has copies of in a region.
type protection struct {
	listed []backuptypes.ProtectedResource
	err    error // why the listing is not whole
}

// protected lists what AWS Backup has copies of, asking once in each region.
func (c *collection) protected(ctx context.Context, at *caller) ([]backuptypes.ProtectedResource, error) {
	if p, ok := c.backups[at.place]; ok {
		return p.listed, p.err
	}
	var p protection
	p.err = list(ctx, at, key{service: "backup", action: "ListProtectedResources"}, &backup.ListProtectedResourcesInput{}, at.backup.ListProtectedResources, func(o *backup.ListProtectedResourcesOutput) (int, error) {
		p.listed = append(p.listed, o.Results...)
		return len(o.Results), nil
	})
	c.backups[at.place] = p
	return p.listed, p.err
}

func arns(protected []backuptypes.ProtectedResource) (out []string) {
	for i := range protected {
		out = append(out, value(protected[i].ResourceArn))
	}
	return out
}

func (c *collection) listeners(ctx context.Context, at *caller) error {
	var found []types.LoadBalancer
	err := list(ctx, at, key{service: "elbv2", action: "DescribeLoadBalancers"}, &elb.DescribeLoadBalancersInput{}, at.elb.DescribeLoadBalancers, func(o *elb.DescribeLoadBalancersOutput) (int, error) {
		found = append(found, o.LoadBalancers...)
		return len(o.LoadBalancers), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The load balancers", err, kindBalancer, kindListener); err != nil {
			return err
		}
	}
	for i := range found {
		b := &found[i]
		if err := c.balancer(ctx, at, b); err != nil {
			return err
		}
		k := key{service: "elbv2", action: "DescribeListeners", of: value(b.LoadBalancerArn)}
		err := list(ctx, at, k, &elb.DescribeListenersInput{LoadBalancerArn: b.LoadBalancerArn}, at.elb.DescribeListeners, func(o *elb.DescribeListenersOutput) (int, error) {
			for j := range o.Listeners {
				if err := c.listener(ctx, at, b, &o.Listeners[j]); err != nil {
					return 0, err
				}
			}
			return len(o.Listeners), nil
		})
		if err != nil {
			if err := c.broke(ctx, at, "The listeners of "+value(b.LoadBalancerName), err, kindListener); err != nil {
				return err
			}
		}
	}
	return nil
}

// balancer tells whether a firewall looks at what comes in through it.
func (c *collection) balancer(ctx context.Context, at *caller, b *types.LoadBalancer) error {
	s := newSheet()
	s.at(at.place, value(b.LoadBalancerName))
	s.word("type", string(b.Type))
	if b.Scheme == "" {
		s.lose("internet_facing")
	} else {
		s.set("internet_facing", b.Scheme == types.LoadBalancerSchemeEnumInternetFacing)
	}
	if err := c.webFirewall(ctx, at, b, s); err != nil {
		return err
	}
	return c.put(ctx, kindBalancer, value(b.LoadBalancerArn), s)
}

func (c *collection) webFirewall(ctx context.Context, at *caller, b *types.LoadBalancer, s *sheet) error {
	if b.Type != types.LoadBalancerTypeEnumApplication {
		s.set("filtered", false)
		return nil
	}
	k := key{service: "wafv2", action: "GetWebACLForResource", of: value(b.LoadBalancerArn)}
	out, err := ask(ctx, at, k, &wafv2.GetWebACLForResourceInput{ResourceArn: b.LoadBalancerArn}, at.waf.GetWebACLForResource)
	switch {
	case err == nil:
		s.set("filtered", out.WebACL != nil)
		if out.WebACL != nil {
			s.text("firewall", value(out.WebACL.ARN))
		}
	case ours(ctx, err) != nil:
		return ours(ctx, err)
	case isAbsent(err, "WAFNonexistentItemException"):
		s.set("filtered", false)
	default:
		c.lost(at, kindBalancer, "The firewall before "+value(b.LoadBalancerName), err)
		s.lose("filtered", "firewall")
	}
	return nil
}

func (c *collection) listener(ctx context.Context, at *caller, b *types.LoadBalancer, l *types.Listener) error {
	if c.tape != nil && value(l.LoadBalancerArn) != value(b.LoadBalancerArn) {
		return nil // one file can hold those of several
	}
	s := newSheet()
	s.at(at.place, value(b.LoadBalancerName)+" "+string(l.Protocol))
	s.word("balancer", value(b.LoadBalancerName))
	s.word("type", string(b.Type))
	if b.Scheme == "" {
		s.lose("internet_facing")
	} else {
		s.set("internet_facing", b.Scheme == types.LoadBalancerSchemeEnumInternetFacing)
	}
	known(s, "port", count(l.Port))
	s.word("protocol", string(l.Protocol))
	s.text("tls_policy", value(l.SslPolicy))
	redirects := len(l.DefaultActions) > 0
	for _, a := range l.DefaultActions {
		redirects = redirects && a.RedirectConfig != nil && value(a.RedirectConfig.Protocol) == "HTTPS"
	}
	s.set("redirects_to_https", redirects)
	return c.put(ctx, kindListener, value(l.ListenerArn), s)
}

func (c *collection) logGroups(ctx context.Context, at *caller) error {
	err := list(ctx, at, key{service: "logs", action: "DescribeLogGroups"}, &logs.DescribeLogGroupsInput{}, at.logs.DescribeLogGroups, func(o *logs.DescribeLogGroupsOutput) (int, error) {
		for i := range o.LogGroups {
			g := &o.LogGroups[i]
			s := newSheet()
			s.at(at.place, value(g.LogGroupName))
			may(s, "retention_days", count(g.RetentionInDays))
			s.set("forever", g.RetentionInDays == nil)
			s.text("kms_key", value(g.KmsKeyId))
			if err := c.put(ctx, kindLogGroup, strings.TrimSuffix(value(g.Arn), ":*"), s); err != nil {
				return 0, err
			}
		}
		return len(o.LogGroups), nil
	})
	if err != nil {
		return c.broke(ctx, at, "The log groups", err, kindLogGroup)
	}
	return nil
}
