package personal

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/notice"
	"assay/internal/org"
	"assay/internal/scim"
	"assay/internal/sso"
	"assay/internal/trail"
)

// File is what an organization's Assay keeps of a user, without secrets.
type File struct {
	Organization string           `json:"organization"`
	MadeAt       time.Time        `json:"made_at"`
	User         *KeptAccount     `json:"user,omitempty"`
	Membership   *KeptMembership  `json:"membership,omitempty"`
	Sessions     []KeptSession    `json:"sessions,omitempty"`
	Devices      []KeptDevice     `json:"devices,omitempty"`
	Factors      *KeptFactors     `json:"factors,omitempty"`
	Tokens       []KeptToken      `json:"tokens,omitempty"`
	Invitations  []KeptInvitation `json:"invitations,omitempty"`
	Directory    []scim.Told      `json:"directory,omitempty"`
	SignOn       []sso.Subject    `json:"sign_on,omitempty"`
	Mail         []KeptMail       `json:"mail,omitempty"`
	Trail        []KeptAct        `json:"trail" doc:"What they did, and what was done to them as a user."`
}

// KeptAct is an entry of the trail.
type KeptAct struct {
	ID      string            `json:"id" doc:"Its leaf in the log."`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`
	Name    string            `json:"name"`
	Door    string            `json:"door"`
	Address string            `json:"address,omitempty"`
	Action  string            `json:"action"`
	Noun    string            `json:"noun"`
	Object  string            `json:"object"`
	Label   string            `json:"label"`
	Detail  map[string]string `json:"detail,omitempty"`
}

// KeptAccount is who somebody is here.
type KeptAccount struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Email      string    `json:"email"`
	CreatedAt  time.Time `json:"created_at"`
	Password   bool      `json:"password"` // there is one; its hash is not told
	PasswordAt time.Time `json:"password_at,omitzero"`
}

// KeptMembership is what somebody is in the organization.
type KeptMembership struct {
	Role     string    `json:"role"`
	Person   string    `json:"person,omitempty"` // in the register of people, which is exported there
	JoinedAt time.Time `json:"joined_at"`
	Until    time.Time `json:"until,omitzero"`
}

// KeptSession is where somebody is signed in.
type KeptSession struct {
	At      time.Time `json:"at"`
	LastAt  time.Time `json:"last_at"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
}

// KeptDevice is from where somebody signed in before.
type KeptDevice struct {
	FirstAt time.Time `json:"first_at"`
	LastAt  time.Time `json:"last_at"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
}

// KeptFactors are what somebody proves with that it is they.
type KeptFactors struct {
	CodesSince time.Time     `json:"codes_since,omitzero"`
	Recovery   int           `json:"recovery_codes_left"`
	Passkeys   []KeptPasskey `json:"passkeys,omitempty"`
}

// KeptPasskey is one of them.
type KeptPasskey struct {
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	LastAt    time.Time `json:"last_at,omitzero"`
}

// KeptToken is one of the API.
type KeptToken struct {
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	LastAt    time.Time `json:"last_at,omitzero"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// KeptInvitation is one to their address.
type KeptInvitation struct {
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	CreatedAt time.Time `json:"created_at"`
}

// KeptMail is a message to them, of the last three months.
type KeptMail struct {
	At      time.Time `json:"at"`
	Address string    `json:"address"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
}

// Kept returns what is kept of a user: of oneself, or of somebody else for whoever answers
// people's requests. What belongs to the account and not to the organization (devices,
// factors, sessions elsewhere) is told to the person alone.
func (s Service) Kept(ctx context.Context, who access.Actor, userID string) (f *File, err error) {
	self := userID == who.ID
	permission := access.UserErase
	if self {
		permission = access.SelfEdit
	}
	g, err := who.May(permission)
	if err != nil {
		return nil, err
	}
	// Writing, as the trail has it: what is kept of somebody was read.
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		f, err = fileOf(tx, userID, self)
		if err != nil {
			return err
		}
		label := trail.Gone
		if f.User != nil {
			label = f.User.Name
		}
		return trail.Add(tx, trail.Act{Action: "user.export", Noun: "user", Object: userID, Label: label})
	})
	return f, err
}

func fileOf(tx *db.Tx, userID string, self bool) (*File, error) {
	o, err := org.Load(tx)
	if err != nil {
		return nil, err
	}
	f := &File{Organization: o.Name, MadeAt: tx.Now(), Trail: []KeptAct{}}
	if err := trail.OfUser(tx, userID, func(e *trail.Entry) error {
		f.Trail = append(f.Trail, KeptAct{e.ID, e.At, e.Actor, e.Name, e.Door, e.Address, e.Action, e.Noun, e.Object, e.Label, e.Detail})
		return nil
	}); err != nil {
		return nil, err
	}
	k, found, err := auth.KeptOf(tx, userID, self)
	if err != nil {
		return nil, err
	}
	if _, known, err := namesOf(tx, userID); err != nil || k.Member == nil && !known {
		if err != nil {
			return nil, err
		}
		return nil, fault.New(fault.NotFound, "There is no such user here, and there never was.")
	}
	if found {
		f.account(&k, self)
	}
	if f.Directory, err = scim.ToldOf(tx, userID); err != nil {
		return nil, err
	}
	if f.SignOn, err = sso.SubjectsOf(tx, userID); err != nil {
		return nil, err
	}
	list, err := notice.WrittenTo(tx, userID)
	for i := range list {
		m := &list[i]
		f.Mail = append(f.Mail, KeptMail{m.CreatedAt, m.Address, m.Subject, m.Text})
	}
	return f, err
}

func (f *File) account(k *auth.Kept, self bool) {
	if u := k.User; u != nil {
		f.User = &KeptAccount{u.ID, u.Name, u.Email, u.CreatedAt, u.Password, u.PasswordAt}
	}
	if m := k.Member; m != nil {
		f.Membership = &KeptMembership{string(m.Role), m.Person, m.JoinedAt, m.Until}
	}
	for i := range k.Sessions {
		s := &k.Sessions[i]
		f.Sessions = append(f.Sessions, KeptSession{s.CreatedAt, s.LastAt, s.Address, s.Agent})
	}
	for i := range k.Devices {
		d := &k.Devices[i]
		f.Devices = append(f.Devices, KeptDevice{d.FirstAt, d.LastAt, d.Address, d.Agent})
	}
	for i := range k.Tokens {
		t := &k.Tokens[i]
		f.Tokens = append(f.Tokens, KeptToken{t.Name, string(t.Role), t.CreatedAt, t.ExpiresAt, t.LastAt, t.RevokedAt})
	}
	for i := range k.Invitations {
		v := &k.Invitations[i]
		f.Invitations = append(f.Invitations, KeptInvitation{v.Email, v.Name, string(v.Role), v.CreatedAt})
	}
	if !self {
		return
	}
	f.Factors = &KeptFactors{CodesSince: k.Factors.CodesSince, Recovery: k.Factors.Recovery}
	for i := range k.Factors.Passkeys {
		p := &k.Factors.Passkeys[i]
		f.Factors.Passkeys = append(f.Factors.Passkeys, KeptPasskey{p.Name, p.CreatedAt, p.LastAt})
	}
}
