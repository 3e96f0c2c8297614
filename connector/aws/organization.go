package aws

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

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
	}
}

// organization is what the accounts that are read say of the one that they are
// in. Its lists are told by the management account, or one that it named.
type organization struct {
	used  bool // one of the accounts is in an organization
	owner bool // an account was read that may list it
}

// organized reads the organization of an account, if the account may tell of it.
func (c *collection) organized(ctx context.Context, at *caller) error {
	out, err := ask(ctx, at, key{service: "organizations", action: "DescribeOrganization"}, &organizations.DescribeOrganizationInput{}, at.org.DescribeOrganization,
		"AWSOrganizationsNotInUseException")
	switch {
	case isAbsent(err, "AWSOrganizationsNotInUseException"):
		return nil
	case err != nil:
		return c.broke(ctx, at, "The organization", err, kindMember, kindControl)
	case out.Organization == nil:
		c.run.Incomplete(kindMember, "AWS told of an organization without saying which.")
		c.run.Incomplete(kindControl, "AWS told of an organization without saying which.")
		return nil
	}
	c.org.used = true
	if value(out.Organization.MasterAccountId) != at.place.account {
		return nil
	}
	c.org.owner = true
	if err := c.members(ctx, at); err != nil {
		return err
	}
	return c.controlPolicies(ctx, at)
}

// unowned says that nobody who may was asked for the organization's lists.
func (c *collection) unowned() {
	if c.org.used && !c.org.owner {
		for _, kind := range []string{kindMember, kindControl} {
			c.run.Incomplete(kind, "The organization's management account, which alone lists its accounts and policies, is not among those that are read.")
		}
	}
}

func (c *collection) members(ctx context.Context, at *caller) error {
	err := list(ctx, at, key{service: "organizations", action: "ListAccounts"}, &organizations.ListAccountsInput{}, at.org.ListAccounts, func(out *organizations.ListAccountsOutput) (int, error) {
		for i := range out.Accounts {
			m := &out.Accounts[i]
			s := newSheet()
			s.word("name", value(m.Id))
			s.text("title", value(m.Name))
			s.text("email", value(m.Email))
			s.word("status", string(m.Status))
			may(s, "joined_at", m.JoinedTimestamp)
			s.set("management", value(m.Id) == at.place.account)
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
func (c *collection) controlPolicies(ctx context.Context, at *caller) error {
	in := &organizations.ListPoliciesInput{Filter: types.PolicyTypeServiceControlPolicy}
	err := list(ctx, at, key{service: "organizations", action: "ListPolicies"}, in, at.org.ListPolicies, func(out *organizations.ListPoliciesOutput) (int, error) {
		for i := range out.Policies {
			if err := c.controlPolicy(ctx, at, &out.Policies[i]); err != nil {
				return 0, err
			}
		}
		return len(out.Policies), nil
	})
	if err != nil {
		return c.broke(ctx, at, "Service control policies", err, kindControl)
	}
	return nil
}

func (c *collection) controlPolicy(ctx context.Context, at *caller, p *types.PolicySummary) error {
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
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		s.lose("targets")
		c.lost(at, kindControl, "Where "+value(p.Name)+" is attached", err)
	} else {
		s.set("targets", sorted(targets))
	}
	out, err := ask(ctx, at, key{service: "organizations", action: "DescribePolicy", of: id}, &organizations.DescribePolicyInput{PolicyId: &id}, at.org.DescribePolicy)
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		s.lose("denied")
		c.lost(at, kindControl, "What "+value(p.Name)+" denies", err)
	} else if denied, ok := denies(out.Policy); ok {
		s.set("denied", denied)
	} else {
		s.lose("denied")
	}
	return c.put(ctx, kindControl, value(p.Arn), s)
}

// denies lists the actions that a policy denies on everything and under no
// condition. Others bind only sometimes.
func denies(p *types.Policy) (actions []string, ok bool) {
	if p == nil || p.Content == nil {
		return nil, false
	}
	var doc struct {
		Statement oneOrMore[struct {
			Effect    string
			Action    oneOrMore[string]
			Resource  oneOrMore[string]
			Condition json.RawMessage
		}]
	}
	if json.Unmarshal([]byte(*p.Content), &doc) != nil {
		return nil, false
	}
	for _, s := range doc.Statement {
		everywhere := false
		for _, r := range s.Resource {
			everywhere = everywhere || r == "*"
		}
		if s.Effect == "Deny" && everywhere && len(s.Condition) == 0 {
			actions = append(actions, s.Action...)
		}
	}
	return sorted(actions), true
}

// oneOrMore is a list that may be written as its only member.
type oneOrMore[T any] []T

// UnmarshalJSON is json.Unmarshaler's.
func (l *oneOrMore[T]) UnmarshalJSON(b []byte) error {
	var list []T
	if err := json.Unmarshal(b, &list); err == nil {
		*l = list
		return nil
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = []T{one}
	return nil
}

func memberKind() resource.Schema {
	return state(kindMember, "Accounts of the organization",
		must("name", text, "its number"),
		can("title", text, "what it is called"),
		personal(can("email", text, "root's address")),
		must("status", text, "as AWS says: ACTIVE, SUSPENDED, PENDING_CLOSURE"),
		can("joined_at", when, "when it was made in the organization or came into it"),
		must("management", flag, "it is the management account, which no policy binds"),
		must("read", flag, "this connection reads it"),
	)
}

func controlKind() resource.Schema {
	return state(kindControl, "Service control policies",
		must("name", text, "its name"),
		must("aws_managed", flag, "it is AWS's own"),
		texts("targets", "root, units and accounts that it is attached to, sorted"),
		texts("denied", "actions that it denies on everything and under no condition, sorted"),
	)
}
