package scim

import (
	"context"
	"maps"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// group is some of the directory's users.
type group struct {
	id        string
	name      string
	external  string
	role      access.Role // that it stands for; empty: none
	createdAt time.Time
	updatedAt time.Time
}

type groups struct {
	s    Service
	tx   *db.Tx
	base string
}

func (k *groups) all() ([]object, error) {
	list, err := loadGroups(k.tx)
	if err != nil {
		return nil, err
	}
	out := make([]object, 0, len(list))
	for i := range list {
		o, err := k.render(&list[i])
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func (k *groups) get(groupID string) (object, error) {
	g, err := loadGroup(k.tx, groupID)
	if err != nil {
		return nil, err
	}
	return k.render(&g)
}

func (k *groups) render(g *group) (object, error) {
	in, err := membersOf(k.tx, g.id)
	if err != nil {
		return nil, err
	}
	list := make([]any, 0, len(in))
	for i := range in {
		list = append(list, object{"value": in[i].id, "display": in[i].name, "type": "User", "$ref": k.base + "/Users/" + in[i].id})
	}
	out := object{"schemas": []string{urnGroup}, "id": g.id, "displayName": g.name, "members": list, "meta": metaOf("Group", k.base+"/Groups/"+g.id, g.createdAt, g.updatedAt)}
	if g.external != "" {
		out["externalId"] = g.external
	}
	return out, nil
}

const mostMembers = 20000

func (k *groups) put(groupID string, in object) (object, error) {
	g := group{id: groupID, createdAt: k.tx.Now()}
	save := saveGroup
	if groupID == "" {
		g.id, save = id.New("scg", k.tx.Now()), insertGroup
	} else {
		var err error
		if g, err = loadGroup(k.tx, groupID); err != nil {
			return nil, err
		}
	}
	g.name, g.external, g.updatedAt = text(in, "displayName"), text(in, "externalId"), k.tx.Now()
	if g.name == "" || len(g.name) > 254 || len(g.external) > 254 {
		return nil, invalid("invalidValue", "displayName is required, and it and externalId have at most 254 bytes.")
	}
	if err := save(k.tx, &g); err != nil {
		if fault.Is(err, fault.Conflict) {
			return nil, &problem{statusConflict, "uniqueness", "There is a group with this displayName already."}
		}
		return nil, err
	}
	if err := k.fill(&g, in); err != nil {
		return nil, err
	}
	return k.get(g.id)
}

// fill makes the users who are named the group's members, and gives those who came
// or went their roles.
func (k *groups) fill(g *group, in object) error {
	list, _ := get(in, "members").([]any)
	if len(list) > mostMembers {
		return invalid("tooMany", "A group has at most %d members.", mostMembers)
	}
	want, err := idsOf(list)
	if err != nil {
		return err
	}
	moved := map[string]bool{}
	have, err := membersOf(k.tx, g.id)
	if err != nil {
		return err
	}
	for i := range have {
		if !want[have[i].id] {
			moved[have[i].id] = true
			if err := removeFrom(k.tx, g.id, have[i].id); err != nil {
				return err
			}
		}
		delete(want, have[i].id)
	}
	for userID := range want {
		if _, err := loadUser(k.tx, userID); err != nil {
			if fault.Is(err, fault.NotFound) {
				return invalid("invalidValue", "A member is not known: %.60q is no id of a user.", userID)
			}
			return err
		}
		if err := insertInto(k.tx, g.id, userID); err != nil {
			return err
		}
	}
	maps.Copy(moved, want)
	if err := trail.Add(k.tx, trail.Act{Noun: "group", Object: g.id, Label: g.name, Detail: map[string]string{"role": string(g.role), "changed": count(moved)}}); err != nil {
		return err
	}
	return (&users{k.s, k.tx, k.base}).regroup(moved)
}

// idsOf are the users whom a list of members names.
func idsOf(list []any) (map[string]bool, error) {
	want := map[string]bool{}
	for _, one := range list {
		e, ok := one.(object)
		if !ok || text(e, "value") == "" {
			return nil, invalid("invalidValue", "Each member is an object with a value: the id of a user.")
		}
		want[text(e, "value")] = true
	}
	return want, nil
}

func (k *groups) drop(groupID string) error {
	g, err := loadGroup(k.tx, groupID)
	if err != nil {
		return err
	}
	if err := k.fill(&g, object{}); err != nil {
		return err
	}
	return removeGroup(k.tx, g.id)
}

// Group is a group of the directory, for showing.
type Group struct {
	ID      string
	Name    string
	Role    access.Role // that it stands for; empty: none
	Members int
}

// Groups lists the groups that the directory told of.
func (s Service) Groups(ctx context.Context, who access.Actor) (out []Group, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err := loadGroups(tx)
		if err != nil {
			return err
		}
		for i := range list {
			in, err := membersOf(tx, list[i].id)
			if err != nil {
				return err
			}
			out = append(out, Group{list[i].id, list[i].name, list[i].role, len(in)})
		}
		return nil
	})
	return out, err
}

// MapGroup says which role a group stands for; empty for none. Its members have it
// from the next request on.
func (s Service) MapGroup(ctx context.Context, who access.Actor, groupID string, role access.Role) error {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return err
	}
	if role != "" && !role.Valid() {
		return fault.Fields("The group was not changed.", fault.Field{Name: "role", Text: "Choose a role, or none."})
	}
	if role != "" && !who.Gives(role, "") {
		return fault.New(fault.Forbidden, "The role %s includes what you do not hold, and nobody hands out what they do not hold. Ask a lead.", role)
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("scim " + tx.Org()); err != nil {
			return err
		}
		one, err := loadGroup(tx, groupID)
		if err != nil {
			return err
		}
		in, err := membersOf(tx, one.id)
		if err != nil {
			return err
		}
		moved := map[string]bool{}
		for i := range in {
			if in[i].member == who.ID {
				return fault.New(fault.Forbidden, "You are in this group, and nobody changes their own role. Ask another lead.")
			}
			moved[in[i].id] = true
		}
		was := one.role
		one.role, one.updatedAt = role, tx.Now()
		if err := saveGroup(tx, &one); err != nil {
			return err
		}
		if err := trail.Add(tx, trail.Act{Noun: "group", Object: one.id, Label: one.name, Detail: map[string]string{"role": string(was) + " → " + string(role)}}); err != nil {
			return err
		}
		return (&users{s, tx, ""}).regroup(moved)
	})
}
