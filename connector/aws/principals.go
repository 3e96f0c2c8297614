package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"assay/connector/aws/policy"
)

// rights is everything that an account says about who may do what.
type rights struct {
	users    []types.UserDetail
	groups   []types.GroupDetail
	roles    []types.RoleDetail
	policies []types.ManagedPolicyDetail

	documents map[string]policy.Document // of managed policies, by ARN
	broken    map[string]error           // of those that cannot be read
	cut       error                      // why the listing is not whole

	controls [][]policy.Document // of the organization, that bind the account
	counted  string              // whether they are known
}

// listRights reads all of it in one listing.
func (c *collection) listRights(ctx context.Context, at *caller) (*rights, error) {
	r := &rights{documents: map[string]policy.Document{}, broken: map[string]error{}}
	r.controls, r.counted = c.controls(at.place.account)
	k := key{service: "iam", action: "GetAccountAuthorizationDetails"}
	err := list(ctx, at, k, &iam.GetAccountAuthorizationDetailsInput{}, at.iam.GetAccountAuthorizationDetails, func(o *iam.GetAccountAuthorizationDetailsOutput) (int, error) {
		r.users, r.groups = append(r.users, o.UserDetailList...), append(r.groups, o.GroupDetailList...)
		r.roles, r.policies = append(r.roles, o.RoleDetailList...), append(r.policies, o.Policies...)
		return len(o.UserDetailList) + len(o.GroupDetailList) + len(o.RoleDetailList) + len(o.Policies), nil
	})
	for i := range r.policies {
		p := &r.policies[i]
		d, bad := defaultVersion(p)
		if bad != nil {
			r.broken[value(p.Arn)] = bad
		} else {
			r.documents[value(p.Arn)] = d
		}
	}
	r.cut = err
	return r, err
}

func defaultVersion(p *types.ManagedPolicyDetail) (policy.Document, error) {
	for i := range p.PolicyVersionList {
		if v := &p.PolicyVersionList[i]; v.IsDefaultVersion && v.Document != nil {
			return policy.Parse(*v.Document)
		}
	}
	return policy.Document{}, fmt.Errorf("the version in force of %s is not told", value(p.PolicyName))
}

// holding is what somebody is given, resolved: what could not be read is why.
type holding struct {
	policy.Identity
	counted string  // whether the organization's policies are
	by      []given // each document with where it comes from
	why     error
}

type given struct {
	from string
	doc  policy.Document
}

func (r *rights) holding(why error) *holding {
	return &holding{Identity: policy.Identity{Controls: r.controls}, counted: r.counted, why: why}
}

func (h *holding) add(from string, d policy.Document, err error) {
	if err != nil {
		h.why = fmt.Errorf("%s: %w", from, err)
		return
	}
	h.Policies = append(h.Policies, d)
	h.by = append(h.by, given{from, d})
}

func (r *rights) attach(h *holding, prefix string, attached []types.AttachedPolicy, inline []types.PolicyDetail) {
	for _, a := range attached {
		d, ok := r.documents[value(a.PolicyArn)]
		err := r.broken[value(a.PolicyArn)]
		if !ok && err == nil {
			err = fmt.Errorf("its text is not among what was told")
		}
		h.add(prefix+value(a.PolicyName), d, err)
	}
	for _, p := range inline {
		d, err := policy.Parse(value(p.PolicyDocument))
		h.add(prefix+"inline "+value(p.PolicyName), d, err)
	}
}

func (r *rights) bound(h *holding, b *types.AttachedPermissionsBoundary) {
	if b == nil || b.PermissionsBoundaryArn == nil {
		return
	}
	d, ok := r.documents[*b.PermissionsBoundaryArn]
	if !ok {
		h.why = fmt.Errorf("the text of the boundary %s is not among what was told", *b.PermissionsBoundaryArn)
		return
	}
	h.Boundary = &d
}

func (r *rights) ofUser(u *types.UserDetail) *holding {
	h := r.holding(r.cut)
	r.attach(h, "", u.AttachedManagedPolicies, u.UserPolicyList)
	for _, name := range u.GroupList {
		i := slices.IndexFunc(r.groups, func(g types.GroupDetail) bool { return value(g.GroupName) == name })
		if i < 0 {
			h.why = fmt.Errorf("the group %s is not among what was told", name)
			continue
		}
		g := &r.groups[i]
		r.attach(h, "group "+name+": ", g.AttachedManagedPolicies, g.GroupPolicyList)
	}
	r.bound(h, u.PermissionsBoundary)
	return h
}

// power fills in how far the rights go. A policy that could not be read could
// give every right, and take any away.
func (h *holding) power(s *sheet) {
	p := h.Power()
	s.word("controls", h.counted)
	if h.why != nil {
		s.lose("admin", "full_control", "admin_by", "admin_conditional")
		return
	}
	s.set("admin", p.Administrator())
	s.set("full_control", p.Full)
	s.set("admin_conditional", p.Conditional)
	by := []string{}
	for _, one := range h.by {
		alone := policy.Identity{Policies: []policy.Document{one.doc}}.Power()
		if alone.Administrator() && p.Administrator() {
			by = append(by, one.from)
		}
	}
	s.set("admin_by", sorted(by))
}

func names(attached []types.AttachedPolicy) []string {
	var out []string
	for _, a := range attached {
		out = append(out, value(a.PolicyName))
	}
	return sorted(out)
}

func inlineNames(inline []types.PolicyDetail) []string {
	var out []string
	for _, p := range inline {
		out = append(out, value(p.PolicyName))
	}
	return sorted(out)
}

// principals tells of users, groups, roles and policies.
func (c *collection) principals(ctx context.Context, at *caller, report *report) error {
	r, err := c.listRights(ctx, at)
	whole := err == nil
	if err != nil {
		if err := c.broke(ctx, at, "Users, groups, roles and policies", err, kindUser, kindGroup, kindRole, kindPolicy, kindKey, kindDevice); err != nil {
			return err
		}
	}
	for i := range r.users {
		if err := c.user(ctx, at, r, &r.users[i], report, whole); err != nil {
			return err
		}
	}
	for i := range r.groups {
		if err := c.group(ctx, r, &r.groups[i], whole); err != nil {
			return err
		}
	}
	for i := range r.roles {
		if err := c.role(ctx, at, r, &r.roles[i]); err != nil {
			return err
		}
	}
	for i := range r.policies {
		if err := c.policy(ctx, at, r, &r.policies[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) group(ctx context.Context, r *rights, g *types.GroupDetail, whole bool) error {
	s := newSheet()
	s.word("name", value(g.GroupName))
	s.word("arn", value(g.Arn))
	known(s, "created_at", g.CreateDate)
	members := []string{}
	for i := range r.users {
		if slices.Contains(r.users[i].GroupList, value(g.GroupName)) {
			members = append(members, value(r.users[i].UserName))
		}
	}
	if whole {
		s.set("members", len(members))
		s.set("attached", names(g.AttachedManagedPolicies))
		h := r.holding(nil)
		r.attach(h, "", g.AttachedManagedPolicies, g.GroupPolicyList)
		h.power(s)
	} else {
		s.word("controls", r.counted)
		s.lose("members", "attached", "admin", "full_control", "admin_by", "admin_conditional")
	}
	s.set("inline", inlineNames(g.GroupPolicyList))
	return c.put(ctx, kindGroup, value(g.GroupId), s)
}

func (c *collection) role(ctx context.Context, at *caller, r *rights, x *types.RoleDetail) error {
	s := newSheet()
	s.word("name", value(x.RoleName))
	s.word("arn", value(x.Arn))
	s.word("path", value(x.Path))
	known(s, "created_at", x.CreateDate)
	if x.RoleLastUsed != nil {
		may(s, "last_used_at", x.RoleLastUsed.LastUsedDate)
	}
	s.set("attached", names(x.AttachedManagedPolicies))
	s.set("inline", inlineNames(x.RolePolicyList))
	s.set("bounded", x.PermissionsBoundary != nil)
	h := r.holding(r.cut)
	if strings.HasPrefix(value(x.Path), "/aws-service-role/") { // no policy of the organization binds these
		h.Controls, h.counted = nil, controlsNone
	}
	r.attach(h, "", x.AttachedManagedPolicies, x.RolePolicyList)
	r.bound(h, x.PermissionsBoundary)
	h.power(s)
	d, err := policy.Parse(value(x.AssumeRolePolicyDocument))
	if err != nil {
		c.lost(at, kindRole, "Who may take on "+value(x.RoleName), err)
		s.lose("anyone", "outside", "outside_without_external_id", "services", "providers", "open_providers")
		return c.put(ctx, kindRole, value(x.RoleId), s)
	}
	t := policy.Trusted(d)
	own := policy.Account(value(x.Arn))
	others := func(list []string) []string {
		return sorted(slices.DeleteFunc(slices.Clone(list), func(a string) bool { return a == own || slices.Contains(c.accounts, a) }))
	}
	s.set("anyone", t.Anyone)
	s.set("outside", others(t.Accounts))
	s.set("outside_without_external_id", others(t.Unnamed))
	s.set("services", sorted(t.Services))
	s.set("providers", sorted(t.Providers))
	s.set("open_providers", sorted(t.OpenProviders))
	return c.put(ctx, kindRole, value(x.RoleId), s)
}

func (c *collection) policy(ctx context.Context, at *caller, r *rights, p *types.ManagedPolicyDetail) error {
	if policy.Account(value(p.Arn)) == "" {
		return nil // a policy of AWS, the same everywhere
	}
	s := newSheet()
	s.word("name", value(p.PolicyName))
	s.word("arn", value(p.Arn))
	known(s, "created_at", p.CreateDate)
	may(s, "updated_at", p.UpdateDate)
	known(s, "attachments", count(p.AttachmentCount))
	d, ok := r.documents[value(p.Arn)]
	if !ok {
		c.lost(at, kindPolicy, "The text of "+value(p.PolicyName), r.broken[value(p.Arn)])
		s.lose("admin", "full_control")
	} else {
		power := policy.Identity{Policies: []policy.Document{d}}.Power()
		s.set("admin", power.Administrator())
		s.set("full_control", power.Full)
	}
	return c.put(ctx, kindPolicy, value(p.PolicyId), s)
}
