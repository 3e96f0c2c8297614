package aws

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (c *collection) volumes(ctx context.Context, at *caller) error {
	err := list(ctx, at, key{service: "ec2", action: "DescribeVolumes"}, &ec2.DescribeVolumesInput{MaxResults: new(int32(1000))}, at.ec2.DescribeVolumes, func(o *ec2.DescribeVolumesOutput) (int, error) {
		for i := range o.Volumes {
			v := &o.Volumes[i]
			s := newSheet()
			s.at(at.place, value(v.VolumeId))
			known(s, "encrypted", v.Encrypted)
			s.word("state", string(v.State))
			may(s, "created_at", v.CreateTime)
			if err := c.put(ctx, kindVolume, at.arn("volume/"+value(v.VolumeId)), s); err != nil {
				return 0, err
			}
		}
		return len(o.Volumes), nil
	})
	if err != nil {
		return c.broke(ctx, at, "The volumes", err, kindVolume)
	}
	return nil
}

func (c *collection) snapshots(ctx context.Context, at *caller) error {
	var found []types.Snapshot
	in := &ec2.DescribeSnapshotsInput{OwnerIds: []string{"self"}, MaxResults: new(int32(1000))}
	err := list(ctx, at, key{service: "ec2", action: "DescribeSnapshots"}, in, at.ec2.DescribeSnapshots, func(o *ec2.DescribeSnapshotsOutput) (int, error) {
		found = append(found, o.Snapshots...)
		return len(o.Snapshots), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The snapshots", err, kindSnapshot); err != nil {
			return err
		}
	}
	for i := range found {
		x := &found[i]
		s := newSheet()
		s.at(at.place, value(x.SnapshotId))
		known(s, "encrypted", x.Encrypted)
		may(s, "created_at", x.StartTime)
		in := &ec2.DescribeSnapshotAttributeInput{SnapshotId: x.SnapshotId, Attribute: types.SnapshotAttributeNameCreateVolumePermission}
		out, err := ask(ctx, at, key{service: "ec2", action: "DescribeSnapshotAttribute", of: value(x.SnapshotId)}, in, at.ec2.DescribeSnapshotAttribute)
		if err != nil {
			if bad := ours(ctx, err); bad != nil {
				return bad
			}
			c.lost(at, kindSnapshot, "Who shares "+value(x.SnapshotId), err)
			s.lose("public", "shared_with")
		} else {
			public, with := false, []string{}
			for _, p := range out.CreateVolumePermissions {
				public = public || p.Group == types.PermissionGroupAll
				if p.UserId != nil {
					with = append(with, *p.UserId)
				}
			}
			s.set("public", public)
			s.set("shared_with", sorted(with))
		}
		if err := c.put(ctx, kindSnapshot, at.arn("snapshot/"+value(x.SnapshotId)), s); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) images(ctx context.Context, at *caller) error {
	var found []types.Image
	in := &ec2.DescribeImagesInput{Owners: []string{"self"}, MaxResults: new(int32(1000))}
	err := list(ctx, at, key{service: "ec2", action: "DescribeImages"}, in, at.ec2.DescribeImages, func(o *ec2.DescribeImagesOutput) (int, error) {
		for _, i := range o.Images {
			if c.tape == nil || i.OwnerId == nil || *i.OwnerId == at.place.account { // others' were asked for when it was recorded
				found = append(found, i)
			}
		}
		return len(o.Images), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The images", err, kindImage); err != nil {
			return err
		}
	}
	for i := range found {
		if err := c.image(ctx, at, &found[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) image(ctx context.Context, at *caller, x *types.Image) error {
	s := newSheet()
	s.at(at.place, value(x.ImageId))
	known(s, "public", x.Public)
	in := &ec2.DescribeImageAttributeInput{ImageId: x.ImageId, Attribute: types.ImageAttributeNameLaunchPermission}
	out, err := ask(ctx, at, key{service: "ec2", action: "DescribeImageAttribute", of: value(x.ImageId)}, in, at.ec2.DescribeImageAttribute)
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(at, kindImage, "Who shares "+value(x.ImageId), err)
		s.lose("shared_with")
	} else {
		with := []string{}
		for _, p := range out.LaunchPermissions {
			for _, who := range []*string{p.UserId, p.OrganizationArn, p.OrganizationalUnitArn} {
				if who != nil {
					with = append(with, *who)
				}
			}
		}
		s.set("shared_with", sorted(with))
	}
	return c.put(ctx, kindImage, at.arn("image/"+value(x.ImageId)), s)
}

// network is what a region says about its networks.
type network struct {
	groups []types.SecurityGroup
	uses   map[string]int // interfaces, by group
	inside map[string]int // interfaces, by network
	usesOK bool
	flows  map[string]bool // by what is logged
	flowOK bool
}

// networks tells of security groups with what uses them, and of networks.
func (c *collection) networks(ctx context.Context, at *caller) error {
	n := &network{uses: map[string]int{}, inside: map[string]int{}, flows: map[string]bool{}}
	if err := c.interfaces(ctx, at, n); err != nil {
		return err
	}
	err := list(ctx, at, key{service: "ec2", action: "DescribeSecurityGroups"}, &ec2.DescribeSecurityGroupsInput{MaxResults: new(int32(1000))}, at.ec2.DescribeSecurityGroups, func(o *ec2.DescribeSecurityGroupsOutput) (int, error) {
		n.groups = append(n.groups, o.SecurityGroups...)
		return len(o.SecurityGroups), nil
	})
	groupsOK := err == nil
	if err != nil {
		if err := c.broke(ctx, at, "The security groups", err, kindFirewall); err != nil {
			return err
		}
	}
	for i := range n.groups {
		if err := c.firewall(ctx, at, n, &n.groups[i]); err != nil {
			return err
		}
	}
	if err := c.rules(ctx, at, n); err != nil {
		return err
	}
	return c.vpcs(ctx, at, n, groupsOK)
}

func (c *collection) interfaces(ctx context.Context, at *caller, n *network) error {
	err := list(ctx, at, key{service: "ec2", action: "DescribeNetworkInterfaces"}, &ec2.DescribeNetworkInterfacesInput{MaxResults: new(int32(1000))}, at.ec2.DescribeNetworkInterfaces, func(o *ec2.DescribeNetworkInterfacesOutput) (int, error) {
		for i := range o.NetworkInterfaces {
			n.inside[value(o.NetworkInterfaces[i].VpcId)]++
			for _, g := range o.NetworkInterfaces[i].Groups {
				n.uses[value(g.GroupId)]++
			}
		}
		return len(o.NetworkInterfaces), nil
	})
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(at, kindFirewall, "What uses the security groups", err)
		c.lost(at, kindRule, "What uses the security groups", err)
	}
	n.usesOK = err == nil
	err = list(ctx, at, key{service: "ec2", action: "DescribeFlowLogs"}, &ec2.DescribeFlowLogsInput{MaxResults: new(int32(1000))}, at.ec2.DescribeFlowLogs, func(o *ec2.DescribeFlowLogsOutput) (int, error) {
		for i := range o.FlowLogs {
			if f := &o.FlowLogs[i]; value(f.FlowLogStatus) == "ACTIVE" {
				n.flows[value(f.ResourceId)] = true
			}
		}
		return len(o.FlowLogs), nil
	})
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(at, kindVPC, "Which flows are logged", err)
	}
	n.flowOK = err == nil
	return nil
}

func (c *collection) firewall(ctx context.Context, at *caller, n *network, g *types.SecurityGroup) error {
	s := newSheet()
	s.at(at.place, strings.TrimSpace(value(g.GroupName)+" "+value(g.GroupId)))
	s.set("group", value(g.GroupId))
	s.text("vpc", value(g.VpcId))
	s.set("default", value(g.GroupName) == "default")
	rules := []any{}
	for i := range g.IpPermissions {
		rules = append(rules, opened(&g.IpPermissions[i])...)
	}
	s.set("ingress", rules)
	s.set("egress_rules", ruleCount(g.IpPermissionsEgress))
	if n.usesOK {
		s.set("used_by", n.uses[value(g.GroupId)])
	} else {
		s.lose("used_by")
	}
	return c.put(ctx, kindFirewall, at.arn("security-group/"+value(g.GroupId)), s)
}

// opened is one permission as rules, one for each source.
func opened(p *types.IpPermission) (rules []any) {
	add := func(source string, everyone bool) {
		r := map[string]any{"protocol": value(p.IpProtocol), "source": source, "any_source": everyone}
		switch {
		case value(p.IpProtocol) == "-1":
			r["protocol"] = "any"
		case p.FromPort != nil && p.ToPort != nil && *p.FromPort >= 0 && strings.Contains("tcp udp 6 17", value(p.IpProtocol)):
			r["from_port"], r["to_port"] = int(*p.FromPort), int(*p.ToPort)
		}
		rules = append(rules, r)
	}
	for _, x := range p.IpRanges {
		add(value(x.CidrIp), strings.HasSuffix(value(x.CidrIp), "/0"))
	}
	for _, x := range p.Ipv6Ranges {
		add(value(x.CidrIpv6), strings.HasSuffix(value(x.CidrIpv6), "/0"))
	}
	for _, x := range p.UserIdGroupPairs {
		add(value(x.GroupId), false)
	}
	for _, x := range p.PrefixListIds {
		add(value(x.PrefixListId), false)
	}
	return rules
}

func ruleCount(permissions []types.IpPermission) (n int) {
	for i := range permissions {
		n += len(opened(&permissions[i]))
	}
	return n
}

// rules tells of the rules of security groups one by one, by the ids that AWS
// gives them.
func (c *collection) rules(ctx context.Context, at *caller, n *network) error {
	err := list(ctx, at, key{service: "ec2", action: "DescribeSecurityGroupRules"}, &ec2.DescribeSecurityGroupRulesInput{MaxResults: new(int32(1000))}, at.ec2.DescribeSecurityGroupRules, func(o *ec2.DescribeSecurityGroupRulesOutput) (int, error) {
		for i := range o.SecurityGroupRules {
			if err := c.rule(ctx, at, n, &o.SecurityGroupRules[i]); err != nil {
				return 0, err
			}
		}
		return len(o.SecurityGroupRules), nil
	})
	if err != nil {
		return c.broke(ctx, at, "The rules of security groups", err, kindRule)
	}
	return nil
}

func (c *collection) rule(ctx context.Context, at *caller, n *network, r *types.SecurityGroupRule) error {
	s := newSheet()
	id, group, source := value(r.SecurityGroupRuleId), value(r.GroupId), ruleSource(r)
	s.at(at.place, group+" "+id)
	s.set("group", group)
	direction := map[bool]string{false: "in", true: "out"}
	if r.IsEgress == nil {
		s.lose("direction")
	} else {
		s.set("direction", direction[*r.IsEgress])
	}
	s.set("protocol", ruleProtocol(value(r.IpProtocol)))
	rulePorts(s, r)
	s.text("source", source)
	everyone := strings.HasSuffix(source, "/0")
	s.set("any_source", everyone)
	switch {
	case !everyone:
		s.set("open_to_all", false)
	case n.usesOK:
		s.set("open_to_all", n.uses[group] > 0)
	default:
		s.lose("open_to_all") // whether anything has the group is not known
	}
	return c.put(ctx, kindRule, at.arn("security-group-rule/"+id), s)
}

// ruleSource is whom a rule lets in, or where it lets go.
func ruleSource(r *types.SecurityGroupRule) string {
	for _, x := range []*string{r.CidrIpv4, r.CidrIpv6, r.PrefixListId} {
		if x != nil {
			return *x
		}
	}
	if r.ReferencedGroupInfo != nil {
		return value(r.ReferencedGroupInfo.GroupId)
	}
	return ""
}

// ruleProtocol is the protocol's name where it has one that everybody knows.
func ruleProtocol(p string) string {
	switch p {
	case "-1":
		return "any"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "1", "58", "icmpv6":
		return "icmp"
	}
	return p
}

// rulePorts sets which ports are opened: one, or 0 where it is several. Of
// protocols without ports nothing is set.
func rulePorts(s *sheet, r *types.SecurityGroupRule) {
	switch p := ruleProtocol(value(r.IpProtocol)); {
	case p == "any":
		s.set("port", 0)
	case p != "tcp" && p != "udp":
	case r.FromPort == nil || r.ToPort == nil || *r.FromPort < 0:
		s.set("port", 0)
	default:
		s.set("from_port", int(*r.FromPort))
		s.set("to_port", int(*r.ToPort))
		s.set("port", 0)
		if *r.FromPort == *r.ToPort {
			s.set("port", int(*r.FromPort))
		}
	}
}

func (c *collection) vpcs(ctx context.Context, at *caller, n *network, groupsOK bool) error {
	err := list(ctx, at, key{service: "ec2", action: "DescribeVpcs"}, &ec2.DescribeVpcsInput{MaxResults: new(int32(1000))}, at.ec2.DescribeVpcs, func(o *ec2.DescribeVpcsOutput) (int, error) {
		for i := range o.Vpcs {
			if err := c.vpc(ctx, at, n, &o.Vpcs[i], groupsOK); err != nil {
				return 0, err
			}
		}
		return len(o.Vpcs), nil
	})
	if err != nil {
		return c.broke(ctx, at, "The networks", err, kindVPC)
	}
	return nil
}

func (c *collection) vpc(ctx context.Context, at *caller, n *network, v *types.Vpc, groupsOK bool) error {
	s := newSheet()
	id := value(v.VpcId)
	s.at(at.place, id)
	known(s, "default", v.IsDefault)
	if n.flowOK {
		s.set("flow_logs", n.flows[id])
	} else {
		s.lose("flow_logs")
	}
	if n.usesOK {
		s.set("interfaces", n.inside[id])
	} else {
		s.lose("interfaces")
	}
	rules := -1
	for i := range n.groups {
		if g := &n.groups[i]; value(g.VpcId) == id && value(g.GroupName) == "default" {
			rules = ruleCount(g.IpPermissions) + ruleCount(g.IpPermissionsEgress)
		}
	}
	if groupsOK && rules >= 0 {
		s.set("default_group_rules", rules)
	} else {
		s.lose("default_group_rules")
	}
	return c.put(ctx, kindVPC, at.arn("vpc/"+id), s)
}
