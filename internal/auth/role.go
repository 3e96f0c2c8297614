package auth

import (
	"context"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Role is one of the organization's own. It includes nothing until somebody other
// than its author approved it, and a change of it waits likewise.
type Role struct {
	Name       access.Role
	Words      string       // what it is for
	Own        access.Scope // in force; empty: nobody can be given it yet
	Next       access.Scope // waits for approval; empty: nothing does
	Author     string       // user who said what waits, or what is in force
	At         time.Time
	ApprovedBy string
	ApprovedAt time.Time
	Members    int
}

// NewRole is a role to be, or what one is changed to.
type NewRole struct {
	Name        string
	Words       string
	Permissions []string
}

const mostRoles = 50

// reserved are names that would be taken for something else.
const reserved = " lead owner viewer auditor job console none nobody employee provider operator firm service new "

func (in *NewRole) valid() error {
	in.Name, in.Words = strings.ToLower(strings.TrimSpace(in.Name)), strings.Join(strings.Fields(in.Words), " ")
	var wrong []fault.Field
	if n := len(in.Name); n < 2 || n > 40 || strings.Trim(in.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || in.Name[0] == '-' || in.Name[n-1] == '-' {
		wrong = append(wrong, fault.Field{Name: "name", Text: "Give a short name of small letters, digits and hyphens, such as vendor-desk."})
	} else if strings.Contains(reserved, " "+in.Name+" ") {
		wrong = append(wrong, fault.Field{Name: "name", Text: "The name " + in.Name + " means something already. Choose another."})
	}
	if in.Words == "" || len(in.Words) > 200 {
		wrong = append(wrong, fault.Field{Name: "words", Text: "Say in a line what the role is for."})
	}
	if wrong != nil {
		return fault.Fields("The role was not saved.", wrong...)
	}
	return nil
}

// Roles lists the organization's own roles.
func (s Service) Roles(ctx context.Context, who access.Actor) (list []Role, err error) {
	g, err := who.May(access.OrgRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = loadRoles(tx)
		return err
	})
	return list, err
}

// Role returns one of the organization's own roles.
func (s Service) Role(ctx context.Context, who access.Actor, name access.Role) (r Role, err error) {
	g, err := who.May(access.OrgRead)
	if err != nil {
		return r, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		r, err = s.ownRole(tx, name)
		return err
	})
	return r, err
}

// ProposeRole says what a role of the organization's own is to include: a new one, or
// another list for one that there is. It holds no more than its author does, and
// waits until somebody else approved it.
func (s Service) ProposeRole(ctx context.Context, who access.Actor, in NewRole) (r Role, err error) {
	g, err := who.May(access.RoleEdit)
	if err != nil {
		return r, err
	}
	if err := in.valid(); err != nil {
		return r, err
	}
	next, err := who.NewOwn(in.Permissions)
	if err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("auth members " + tx.Org()); err != nil {
			return err
		}
		if r, err = s.drafted(tx, access.Role(in.Name)); err != nil {
			return err
		}
		if !who.Holds(r.Name, r.Own) {
			return fault.New(fault.Forbidden, "The role includes what you do not hold, so you do not change it. Ask a lead.")
		}
		r.Words, r.Next, r.Author, r.At = in.Words, next, who.ID, tx.Now()
		if r.Next == r.Own {
			r.Next = ""
		}
		if err := saveRole(tx, &r); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "role", Object: in.Name, Label: in.Name, Detail: map[string]string{"now": string(r.Own), "waits": string(r.Next), "for": r.Words}})
	})
	return r, err
}

// drafted is the role with a name, or a new one.
func (s Service) drafted(tx *db.Tx, name access.Role) (Role, error) {
	list, err := loadRoles(tx)
	if err != nil {
		return Role{}, err
	}
	for i := range list {
		if list[i].Name == name {
			return list[i], nil
		}
	}
	if len(list) >= mostRoles {
		return Role{}, fault.New(fault.Conflict, "An organization can have %d roles of its own.", mostRoles)
	}
	return Role{Name: name}, nil
}

// ApproveRole puts in force what waits. next is the list that the approver saw. Nobody
// approves what they wrote, what they have themselves, or more than they hold.
func (s Service) ApproveRole(ctx context.Context, who access.Actor, name access.Role, next access.Scope) (r Role, err error) {
	g, err := who.May(access.RoleApprove)
	if err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if r, err = s.ownRole(tx, name); err != nil {
			return err
		}
		switch {
		case r.Next == "":
			return fault.New(fault.Conflict, "Nothing of this role waits for approval.")
		case r.Next != next:
			return fault.New(fault.Conflict, "The role was changed since you looked. Look at it again.")
		case r.Author == who.ID && who.Door != access.DoorConsole:
			return fault.New(fault.Forbidden, "Whoever says what a role includes cannot approve it. Ask another lead.")
		case r.Name == who.Role:
			return fault.New(fault.Forbidden, "It is your own role, and nobody changes what they may do themselves. Ask another lead.")
		case !who.Holds(r.Name, r.Next):
			return fault.New(fault.Forbidden, "The role is to include what you do not hold, and nobody hands out what they do not hold. Ask another lead.")
		}
		was := r.Own
		r.Own, r.Next, r.ApprovedBy, r.ApprovedAt = r.Next, "", who.ID, tx.Now()
		if err := saveRole(tx, &r); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "role", Object: string(name), Label: string(name), Detail: map[string]string{"before": string(was), "after": string(r.Own), "author": r.Author}})
	})
	return r, err
}

// RemoveRole drops what waits of a role, or the whole of one that nobody has.
func (s Service) RemoveRole(ctx context.Context, who access.Actor, name access.Role) error {
	g, err := who.May(access.RoleEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("auth members " + tx.Org()); err != nil {
			return err
		}
		r, err := s.ownRole(tx, name)
		if err != nil {
			return err
		}
		what := "removed"
		switch {
		case r.Next != "" && r.Own != "":
			what, r.Next = "withdrawn", ""
			err = saveRole(tx, &r)
		case r.Members > 0:
			err = fault.New(fault.Conflict, "Somebody has this role. Give them another first.")
		default:
			err = removeRole(tx, name)
		}
		if err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "role", Object: string(name), Label: string(name), Detail: map[string]string{what: "yes", "was": string(r.Own)}})
	})
}

func (s Service) ownRole(tx *db.Tx, name access.Role) (Role, error) {
	r, found, err := findRole(tx, tx.Org(), name)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "The organization has no role of its own with this name.")
	}
	return r, err
}

// given refuses a role that the actor may not give anybody: one that is not in force,
// or that includes what the actor does not hold.
func given(tx *db.Tx, who access.Actor, name access.Role) error {
	own, err := listed(tx, tx.Org(), name)
	if err == nil && !who.Gives(name, own) {
		err = fault.New(fault.Forbidden, "The role %s includes what you do not hold, and nobody hands out what they do not hold. Ask a lead.", name)
	}
	return err
}

// listed is what a role of an organization's own includes; empty for one that every
// organization has. One that is neither is Invalid.
func listed(tx *db.Tx, orgID string, name access.Role) (access.Scope, error) {
	if name.Valid() {
		return "", nil
	}
	r, found, err := findRole(tx, orgID, name)
	if err == nil && (!found || r.Own == "") {
		err = givable(name)
	}
	return r.Own, err
}

// Power is what a member may do, and why.
type Power struct {
	Member Member
	// Since is when the member got the role, and By who gave it: a name, or what the
	// trail calls them.
	Since  time.Time
	By     string
	Tokens []Token // that act for the member and work
}

// Power tells what a member may do, and why.
func (s Service) Power(ctx context.Context, who access.Actor, userID string) (p Power, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return p, err
	}
	now := s.DB.Now()()
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if p.Member, err = loadMember(tx, tx.Org(), userID); err != nil {
			return err
		}
		if err := p.granted(tx); err != nil {
			return err
		}
		list, err := tokens(tx, userID)
		for i := range list {
			if list[i].State(now) == "active" && !list[i].Service {
				p.Tokens = append(p.Tokens, list[i])
			}
		}
		return err
	})
	return p, err
}

// granted finds out in the trail since when the member has the role, and by whom.
func (p *Power) granted(tx *db.Tx) error {
	p.Since = p.Member.JoinedAt
	list, err := trail.List(tx, trail.Filter{Noun: "user", Object: p.Member.ID, Limit: 500})
	if err != nil {
		return err
	}
	for i := range list {
		e := &list[i]
		if e.Detail["role"] == "" || e.Action != "user.join" && e.Action != string(access.UserEdit) {
			continue
		}
		p.Since, p.By = e.At, e.Name
		if e.Action == "user.join" && e.Actor == p.Member.ID {
			p.By, err = inviter(tx, p.Member.Email)
		}
		break
	}
	if err != nil {
		return err
	}
	names, err := Names(tx)
	if name := names[p.By]; name != "" {
		p.By = name
	}
	return err
}

// May reports whether the member may do something.
func (p *Power) May(perm access.Permission) bool {
	return access.Includes(p.Member.Role, p.Member.Own, perm) && perm != access.SCIMProvision
}
