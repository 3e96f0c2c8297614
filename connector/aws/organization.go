package aws

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"assay/connector/aws/policy"
	"assay/connector/field"
	"assay/internal/resource"
)

// organizing lists the requests about the organization.
func organizing() []action {
	return []action{
		answering[organizations.DescribeOrganizationOutput]("organizations", "describe-organization", "organizations:DescribeOrganization"),
		answering[organizations.ListAccountsOutput]("organizations", "list-accounts", "organizations:ListAccounts"),
		answering[organizations.ListPoliciesOutput]("organizations", "list-policies", "organizations:ListPolicies"),
		answering[organizations.ListTargetsForPolicyOutput]("organizations", "list-targets-for-policy", "organizations:ListTargetsForPolicy"),
		answering[organizations.DescribePolicyOutput]("organizations", "describe-policy", "organizations:DescribePolicy"),
		answering[organizations.ListRootsOutput]("organizations", "list-roots", "organizations:ListRoots"),
		answering[organizations.ListParentsOutput]("organizations", "list-parents", "organizations:ListParents"),
	}
}

// organization is one that accounts that are read belong to. What it tells of
// itself it tells its management account, or one that it named for that.
type organization struct {
	management string // number of the account that no policy binds
	owner      bool   // an account was read that may tell

	bound   bool                       // its service control policies are switched on
	texts   map[string]policy.Document // of service control policies, by id
	at      map[string][]string        // ids of those attached to a root, a unit or an account
	levels  map[string][]string        // of an account that is read: from the root to itself
	problem error                      // why not all of this is known
}

// organized finds out to which organizations the accounts belong, before
// anybody's rights are told.
func (c *collection) organized(ctx context.Context, accounts []*account) error {
	var callers []*caller
	for _, a := range accounts {
		at := c.caller(a, c.home)
		at.place = place{account: a.number}
		if err := c.belongs(ctx, at); err != nil {
			return err
		}
		callers = append(callers, at)
	}
	for _, at := range callers {
		if org := c.orgs[at.place.account]; org != nil && org.management == at.place.account {
			if err := c.organization(ctx, at, org); err != nil {
				return err
			}
		}
	}
	for _, at := range callers {
		if err := c.named(ctx, at); err != nil {
			return err
		}
	}
	for _, org := range c.orgs {
		if org != nil && !org.owner {
			for _, kind := range []string{kindMember, kindControl} {
				c.run.Incomplete(kind, "The organization's management account, or one that it named for that, which alone list its accounts and policies, is not among those that are read.")
			}
			break
		}
	}
	return nil
}

// named reads an organization that nobody told of yet by an account that it
// named for that, if this is one.
func (c *collection) named(ctx context.Context, at *caller) error {
	org := c.orgs[at.place.account]
	if org == nil || org.owner {
		return nil
	}
	may, err := c.delegated(ctx, at)
	if err != nil || !may {
		return err
	}
	return c.organization(ctx, at, org)
}

// belongs notes the organization of an account. No entry says that it could not
// be told, and nil that there is none.
func (c *collection) belongs(ctx context.Context, at *caller) error {
	out, err := ask(ctx, at, key{service: "organizations", action: "DescribeOrganization"}, &organizations.DescribeOrganizationInput{}, at.org.DescribeOrganization, notInUse)
	switch {
	case isAbsent(err, notInUse):
		c.orgs[at.place.account] = nil
		return nil
	case err != nil:
		return c.broke(ctx, at, "The organization", err, kindMember, kindControl)
	case out.Organization == nil:
		c.run.Incomplete(kindMember, "AWS told of an organization without saying which.")
		c.run.Incomplete(kindControl, "AWS told of an organization without saying which.")
		return nil
	}
	org := &organization{
		management: value(out.Organization.MasterAccountId),
		texts:      map[string]policy.Document{}, at: map[string][]string{}, levels: map[string][]string{},
	}
	for _, known := range c.orgs {
		if known != nil && known.management == org.management {
			org = known
		}
	}
	c.orgs[at.place.account] = org
	return nil
}

const (
	notInUse = "AWSOrganizationsNotInUseException"
	notYou   = "AccessDeniedException"
)

// delegated finds out whether an account may tell of its organization without
// managing it. Of recordings, the one that holds the answers may.
func (c *collection) delegated(ctx context.Context, at *caller) (bool, error) {
	k := key{service: "organizations", action: "ListRoots"}
	if c.tape != nil {
		return len(c.tape.lookup(at.place, k)) > 0, nil
	}
	_, err := ask(ctx, at, k, &organizations.ListRootsInput{}, at.org.ListRoots, notYou)
	if err != nil {
		return false, ours(ctx, err)
	}
	return true, nil
}

// organization reads all that it tells.
func (c *collection) organization(ctx context.Context, at *caller, org *organization) error {
	org.owner = true
	if err := c.members(ctx, at, org); err != nil {
		return err
	}
	if err := c.controlPolicies(ctx, at, org); err != nil {
		return err
	}
	asked := false
	for _, number := range c.accounts {
		if c.orgs[number] != org || number == org.management {
			continue
		}
		if !asked {
			if err := c.switchedOn(ctx, at, org); err != nil {
				return err
			}
			asked = true
		}
		if org.bound {
			if err := c.above(ctx, at, org, number); err != nil {
				return err
			}
		}
	}
	return nil
}

// missed notes why not all of an organization is known.
func (c *collection) missed(ctx context.Context, at *caller, org *organization, what string, err error) error {
	if bad := ours(ctx, err); bad != nil {
		return bad
	}
	org.problem = err
	c.lost(at, kindControl, what, err)
	return nil
}

// switchedOn finds out whether service control policies bind anybody.
func (c *collection) switchedOn(ctx context.Context, at *caller, org *organization) error {
	err := list(ctx, at, key{service: "organizations", action: "ListRoots"}, &organizations.ListRootsInput{}, at.org.ListRoots, func(out *organizations.ListRootsOutput) (int, error) {
		for i := range out.Roots {
			for _, t := range out.Roots[i].PolicyTypes {
				org.bound = org.bound || t.Type == types.PolicyTypeServiceControlPolicy && t.Status == types.PolicyTypeStatusEnabled
			}
		}
		return len(out.Roots), nil
	})
	if err != nil {
		return c.missed(ctx, at, org, "Whether service control policies are switched on", err)
	}
	return nil
}

// above walks from an account to the root of its organization.
func (c *collection) above(ctx context.Context, at *caller, org *organization, number string) error {
	levels := []string{number}
	for len(levels) <= deepest {
		child := levels[0]
		var parent types.Parent
		err := list(ctx, at, key{service: "organizations", action: "ListParents", of: child}, &organizations.ListParentsInput{ChildId: &child}, at.org.ListParents, func(out *organizations.ListParentsOutput) (int, error) {
			for _, p := range out.Parents {
				parent = p
			}
			return len(out.Parents), nil
		})
		if err == nil && value(parent.Id) == "" {
			err = errors.New("AWS told of nothing above it")
		}
		if err != nil {
			if bad := ours(ctx, err); bad != nil {
				return bad
			}
			c.lost(at, kindControl, "What is above "+child+" in the organization", err)
			return nil
		}
		levels = append([]string{*parent.Id}, levels...)
		if parent.Type == types.ParentTypeRoot {
			org.levels[number] = levels
			return nil
		}
	}
	c.lost(at, kindControl, "What is above "+number+" in the organization", errors.New("it has no end"))
	return nil
}

// deepest is how many levels lie above an account at most: a root and, by
// AWS's quota, five of units, with room for more.
const deepest = 12

// Whether service control policies are counted in what is told of rights.
const (
	controlsNone    = "none"
	controlsApplied = "applied"
	controlsUnread  = "" // cannot be told
)

// controls are the policies of the organization that bind an account, level by
// level, and whether they are known. (Source: "SCP evaluation" in the user guide
// of AWS Organizations.)
func (c *collection) controls(account string) ([][]policy.Document, string) {
	org, told := c.orgs[account]
	switch {
	case told && (org == nil || org.management == account):
		return nil, controlsNone
	case org == nil || !org.owner || org.problem != nil:
		return nil, controlsUnread
	case !org.bound:
		return nil, controlsNone
	case len(org.levels[account]) == 0:
		return nil, controlsUnread
	}
	var out [][]policy.Document
	for _, target := range org.levels[account] {
		docs := []policy.Document{}
		for _, id := range org.at[target] {
			docs = append(docs, org.texts[id])
		}
		if len(docs) == 0 { // AWS lets no level be without one, so one was not told
			return nil, controlsUnread
		}
		out = append(out, docs)
	}
	return out, controlsApplied
}

func (c *collection) members(ctx context.Context, at *caller, org *organization) error {
	err := list(ctx, at, key{service: "organizations", action: "ListAccounts"}, &organizations.ListAccountsInput{}, at.org.ListAccounts, func(out *organizations.ListAccountsOutput) (int, error) {
		for i := range out.Accounts {
			m := &out.Accounts[i]
			s := newSheet()
			s.word("name", value(m.Id))
			s.text("title", value(m.Name))
			s.text("email", value(m.Email))
			s.word("status", string(m.Status))
			may(s, "joined_at", m.JoinedTimestamp)
			s.set("management", value(m.Id) == org.management)
			s.set("read", slices.Contains(c.accounts, value(m.Id)))
			if err := c.put(ctx, kindMember, value(m.Arn), s); err != nil {
				return 0, err
			}
		}
		return len(out.Accounts), nil
	})
	if err != nil {
		return c.broke(ctx, at, "The organization's accounts", err, kindMember)
	}
	return nil
}

// controlPolicies reads the service control policies, where they are attached and
// what they deny.
func (c *collection) controlPolicies(ctx context.Context, at *caller, org *organization) error {
	in := &organizations.ListPoliciesInput{Filter: types.PolicyTypeServiceControlPolicy}
	err := list(ctx, at, key{service: "organizations", action: "ListPolicies"}, in, at.org.ListPolicies, func(out *organizations.ListPoliciesOutput) (int, error) {
		for i := range out.Policies {
			if err := c.controlPolicy(ctx, at, org, &out.Policies[i]); err != nil {
				return 0, err
			}
		}
		return len(out.Policies), nil
	})
	if err != nil {
		org.problem = err
		return c.broke(ctx, at, "Service control policies", err, kindControl)
	}
	return nil
}

func (c *collection) controlPolicy(ctx context.Context, at *caller, org *organization, p *types.PolicySummary) error {
	id := value(p.Id)
	s := newSheet()
	s.word("name", value(p.Name))
	s.set("aws_managed", p.AwsManaged)
	targets := []string{}
	err := list(ctx, at, key{service: "organizations", action: "ListTargetsForPolicy", of: id}, &organizations.ListTargetsForPolicyInput{PolicyId: &id}, at.org.ListTargetsForPolicy,
		func(out *organizations.ListTargetsForPolicyOutput) (int, error) {
			for i := range out.Targets {
				targets = append(targets, value(out.Targets[i].TargetId))
			}
			return len(out.Targets), nil
		})
	if err != nil {
		s.lose("targets")
		if err := c.missed(ctx, at, org, "Where "+value(p.Name)+" is attached", err); err != nil {
			return err
		}
	} else {
		s.set("targets", sorted(targets))
	}
	for _, t := range targets {
		org.at[t] = append(org.at[t], id)
	}
	out, err := ask(ctx, at, key{service: "organizations", action: "DescribePolicy", of: id}, &organizations.DescribePolicyInput{PolicyId: &id}, at.org.DescribePolicy)
	var doc policy.Document
	if err == nil && out.Policy == nil {
		err = errors.New("AWS told of a policy without its text")
	}
	if err == nil {
		doc, err = policy.Parse(value(out.Policy.Content))
	}
	if err != nil {
		s.lose("denied")
		if err := c.missed(ctx, at, org, "What "+value(p.Name)+" denies", err); err != nil {
			return err
		}
	} else {
		org.texts[id] = doc
		s.set("denied", denied(doc))
	}
	return c.put(ctx, kindControl, value(p.Arn), s)
}

// denied lists the actions that a policy denies on everything and under no
// condition. Others bind only sometimes.
func denied(doc policy.Document) []string {
	var actions []string
	for i := range doc.Statements {
		if x := &doc.Statements[i]; !x.Allow && slices.Contains(x.Resources, policy.Every) && len(x.Conditions) == 0 {
			actions = append(actions, x.Actions...)
		}
	}
	return sorted(actions)
}

func memberKind() resource.Schema {
	return state(kindMember, "Accounts of the organization",
		field.Must("name", text, "its number"),
		field.May("title", text, "what it is called"),
		field.Personal(field.May("email", text, "root's address")),
		field.Must("status", text, "as AWS says: ACTIVE, SUSPENDED, PENDING_CLOSURE"),
		field.May("joined_at", when, "when it was made in the organization or came into it"),
		field.Must("management", flag, "it is the management account, which no policy binds"),
		field.Must("read", flag, "this connection reads it"),
	)
}

func controlKind() resource.Schema {
	return state(kindControl, "Service control policies",
		field.Must("name", text, "its name"),
		field.Must("aws_managed", flag, "it is AWS's own"),
		texts("targets", "root, units and accounts that it is attached to, sorted"),
		texts("denied", "actions that it denies on everything and under no condition, sorted"),
	)
}
