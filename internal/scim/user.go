package scim

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// user is somebody whom the directory knows.
type user struct {
	id        string
	member    string // user id
	name      string // userName
	external  string
	active    bool
	role      access.Role // that the directory gave; empty: it gave none
	body      object      // what else is kept of what it sent
	createdAt time.Time
	updatedAt time.Time
}

// kept are the attributes that are stored as they were sent.
func kept() []string { return []string{"name", "displayName", "title", "emails"} }

// newcomer is the role of a user without a group that stands for one.
const newcomer = access.RoleViewer

type users struct {
	s    Service
	tx   *db.Tx
	base string
}

func (k *users) all() ([]object, error) {
	list, err := loadUsers(k.tx)
	if err != nil {
		return nil, err
	}
	in, err := memberships(k.tx)
	if err != nil {
		return nil, err
	}
	out := make([]object, 0, len(list))
	for i := range list {
		out = append(out, k.render(&list[i], in[list[i].id]))
	}
	return out, nil
}

func (k *users) get(userID string) (object, error) {
	u, err := loadUser(k.tx, userID)
	if err != nil {
		return nil, err
	}
	in, err := memberships(k.tx)
	return k.render(&u, in[u.id]), err
}

func (k *users) render(u *user, in []group) object {
	out := object{"schemas": []string{urnUser}, "id": u.id, "userName": u.name, "active": u.active}
	maps.Copy(out, u.body)
	if u.external != "" {
		out["externalId"] = u.external
	}
	if len(in) > 0 {
		var list []any
		for i := range in {
			list = append(list, object{"value": in[i].id, "display": in[i].name, "$ref": k.base + "/Groups/" + in[i].id})
		}
		out["groups"] = list
	}
	out["meta"] = metaOf("User", k.base+"/Users/"+u.id, u.createdAt, u.updatedAt)
	return out
}

func text(o object, name string) string {
	s, _ := get(o, name).(string)
	return strings.TrimSpace(s)
}

// truth reads a boolean; some directories send it as a word.
func truth(v any, other bool) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	}
	return other
}

// address is where a user's mail goes: the primary one, the first, or the name.
func address(in object) string {
	best := ""
	list, _ := get(in, "emails").([]any)
	for _, one := range list {
		e, ok := one.(object)
		if !ok {
			continue
		}
		if v := text(e, "value"); v != "" && (best == "" || truth(get(e, "primary"), false)) {
			best = v
		}
	}
	if best == "" {
		best = text(in, "userName")
	}
	return best
}

// called is how people call a user.
func called(in object) string {
	if s := text(in, "displayName"); s != "" {
		return s
	}
	n, _ := get(in, "name").(object)
	if s := text(n, "formatted"); s != "" {
		return s
	}
	if s := strings.TrimSpace(text(n, "givenName") + " " + text(n, "familyName")); s != "" {
		return s
	}
	return text(in, "userName")
}

const longest = 8 << 10 // bytes that are kept of what was sent of one user

func (k *users) put(userID string, in object) (object, error) {
	u := user{id: userID, createdAt: k.tx.Now()}
	fresh := userID == ""
	if !fresh {
		var err error
		if u, err = loadUser(k.tx, userID); err != nil {
			return nil, err
		}
	} else {
		u.id = id.New("scu", k.tx.Now())
	}
	was := u.active
	u.name, u.external, u.active, u.updatedAt = text(in, "userName"), text(in, "externalId"), truth(get(in, "active"), true), k.tx.Now()
	if u.name == "" || len(u.name) > 254 || len(u.external) > 254 {
		return nil, invalid("invalidValue", "userName is required, and it and externalId have at most 254 bytes.")
	}
	u.body = object{}
	for _, name := range kept() {
		if v := get(in, name); v != nil {
			u.body[name] = v
		}
	}
	if b, err := json.Marshal(u.body); err != nil || len(b) > longest {
		return nil, invalid("tooMany", "The user is larger than %d bytes.", longest)
	}
	if err := k.member(&u, in, was); err != nil {
		return nil, err
	}
	save := saveUser
	if fresh {
		save = insertUser
	}
	if err := save(k.tx, &u); err != nil {
		if fault.Is(err, fault.Conflict) {
			return nil, &problem{statusConflict, "uniqueness", "There is a user with this userName or address already."}
		}
		return nil, err
	}
	act := trail.Act{Noun: "user", Object: u.member, Label: called(in), Detail: map[string]string{"directory": u.id, "active": word(u.active)}}
	if err := trail.Add(k.tx, act); err != nil {
		return nil, err
	}
	return k.get(u.id)
}

func word(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// member makes the user a member, or ends the membership, as the directory says.
func (k *users) member(u *user, in object, was bool) error {
	email, err := auth.Email(address(in))
	if err != nil {
		return invalid("invalidValue", "The user has no usable mail address, neither in emails nor as userName.")
	}
	if ok, err := k.s.Own(k.tx, email[strings.LastIndexByte(email, '@')+1:]); err != nil || !ok {
		if err == nil {
			err = invalid("invalidValue", "The organization has not verified the domain of %s. A lead does so under Settings, Single sign-on.", email)
		}
		return err
	}
	if u.member == "" {
		if u.member, err = k.s.Auth.Known(k.tx, email, called(in)); err != nil {
			return err
		}
	}
	switch {
	case !u.active && was:
		u.role = ""
		return auth.Deprovision(k.tx, u.member)
	case !u.active:
		return auth.Deprovision(k.tx, u.member)
	}
	role, err := k.roleOf(u)
	if err != nil {
		return err
	}
	joined, err := k.s.Auth.Provision(k.tx, u.member, orNewcomer(role))
	if err != nil {
		return err
	}
	if joined {
		u.role = orNewcomer(role)
		return nil
	}
	return k.assign(u, role)
}

func orNewcomer(role access.Role) access.Role {
	if role == "" {
		return newcomer
	}
	return role
}

// assign gives a member the role of their groups. Who has a role from elsewhere
// keeps it until a group stands for one.
func (k *users) assign(u *user, role access.Role) error {
	if role == "" && u.role == "" {
		return nil
	}
	u.role = orNewcomer(role)
	return auth.Assign(k.tx, u.member, u.role)
}

// roleOf is the most powerful role of the user's groups; empty if none stands for
// one.
func (k *users) roleOf(u *user) (access.Role, error) {
	in, err := memberships(k.tx)
	if err != nil {
		return "", err
	}
	var best access.Role
	for _, role := range access.Roles() {
		for _, g := range in[u.id] {
			if g.role == role && best == "" {
				best = role
			}
		}
	}
	return best, nil
}

func (k *users) drop(userID string) error {
	u, err := loadUser(k.tx, userID)
	if err != nil {
		return err
	}
	if err := auth.Deprovision(k.tx, u.member); err != nil {
		return err
	}
	if err := removeUser(k.tx, u.id); err != nil {
		return err
	}
	return trail.Add(k.tx, trail.Act{Noun: "user", Object: u.member, Label: u.name, Detail: map[string]string{"directory": u.id, "removed": "yes"}})
}

// regroup gives users the roles that their groups stand for now.
func (k *users) regroup(ids map[string]bool) error {
	for userID := range ids {
		u, err := loadUser(k.tx, userID)
		if err != nil {
			return err
		}
		if !u.active {
			continue
		}
		role, err := k.roleOf(&u)
		if err != nil {
			return err
		}
		if err := k.assign(&u, role); err != nil {
			if fault.Is(err, fault.NotFound) { // removed by a lead
				continue
			}
			return err
		}
		if err := saveUser(k.tx, &u); err != nil {
			return err
		}
	}
	return nil
}
