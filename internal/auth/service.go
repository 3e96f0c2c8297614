package auth

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/factor"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/org"
	"assay/internal/trail"
)

// Service is the use cases of signing in and of membership.
type Service struct {
	DB *db.DB
	// Factors keeps passkeys, time-based codes and recovery codes.
	Factors factor.Service
	// Person refuses an id that is nobody's in the organization's register of
	// people; nil refuses none.
	Person func(tx *db.Tx, personID string) error
	// Vouches reports whether an identity provider of the transaction's organization
	// vouches for everybody; nil is not asked.
	Vouches func(tx *db.Tx) (bool, error)
	// Advises names the provider of the transaction's organization, now or within the
	// last year, for which a user works; empty if for none. Nil is not asked.
	Advises func(tx *db.Tx, userID string) (string, error)
	// Turns bounds how many passwords are hashed at once (19 MiB each); make
	// it a channel with as many places. Nil is no bound.
	Turns chan struct{}
}

// Opened is a session that just began, or one that waits for a second factor:
// then there is Pending and no Token.
type Opened struct {
	Token   string // for the cookie; shown to nobody, not stored
	Pending string // for SecondStep; shown to nobody, not stored
	User    User
	Org     string // where it stands; empty for a founder without an organization
	EndsAt  time.Time
}

func hashOf(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// HashOf is how a token's secret is kept.
func HashOf(secret string) []byte { return hashOf(secret) }

const wrongPassword = "The address or the password is wrong."

// Attempt is one try to sign in.
type Attempt struct {
	Email, Password string
	From            From
	Old             string // session token that the browser showed, which ends
}

// SignIn begins a session in the organization that the user used last, or waits
// for the second factor of whoever has one. A wrong address and a wrong password
// are the same Unauthenticated fault; too many attempts are Busy and say how
// long to wait.
func (s Service) SignIn(ctx context.Context, in Attempt) (Opened, error) {
	c, err := s.verify(ctx, in.Email, in.Password, in.From)
	if err != nil {
		return Opened{}, err
	}
	return s.first(ctx, c.user, ByPassword, way{from: in.From, old: in.Old})
}

// way is how somebody comes in.
type way struct {
	from  From
	means Means
	old   string // session token that the browser showed, which ends
	org   string // where to; where the user was last if empty

	via      string    // the identity provider that vouches
	provenAt time.Time // when they showed there who they are; zero if it does not say
}

// first opens a session with one factor, unless the user has a second one: then
// that is waited for.
func (s Service) first(ctx context.Context, u User, means Means, w way) (o Opened, err error) {
	var state factor.State
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		state, err = factor.Of(tx, u.ID)
		return err
	}); err != nil {
		return Opened{}, err
	}
	if !state.Any() {
		w.means = means
		if w.org != "" {
			return s.stay(ctx, u, w)
		}
		return s.open(ctx, u, w)
	}
	o = Opened{User: u, Pending: id.Token(32)}
	return o, s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		return insertLink(tx, linkSecond, u.ID, hashOf(o.Pending), tx.Now().Add(secondLimit))
	})
}

// verify counts an attempt, tries it, and takes it back when it succeeds.
func (s Service) verify(ctx context.Context, address, password string, from From) (charge, error) {
	c, err := s.charge(ctx, address, from)
	if err != nil {
		return c, err
	}
	ok, err := s.verifyPassword(ctx, c.phc, password)
	if err != nil {
		return c, err
	}
	if !ok || !c.found {
		return c, fault.New(fault.Unauthenticated, wrongPassword)
	}
	return c, s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return forgive(tx, c) })
}

// open begins a session of the user, in the organization used last.
func (s Service) open(ctx context.Context, u User, w way) (Opened, error) {
	var members []Member
	err := s.DB.WriteInstallation(ctx, func(tx *db.Tx) (err error) {
		if w.old != "" {
			if err := removeSession(tx, hashOf(w.old)); err != nil {
				return err
			}
		}
		members, err = memberships(tx, u.ID)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	if len(members) == 0 {
		if !u.Founder {
			return Opened{}, fault.New(fault.Forbidden, "You are not a member of any organization here. Ask a lead for an invitation.")
		}
		return s.begin(ctx, u, nil, w)
	}
	return s.begin(ctx, u, &members[0], w)
}

// begin stores a new session and says so in the trail of its organization.
func (s Service) begin(ctx context.Context, u User, m *Member, w way) (o Opened, err error) {
	o = Opened{Token: id.Token(32), User: u}
	store := func(tx *db.Tx) error {
		now := tx.Now()
		v := Session{
			ID: id.New("ses", now), userID: u.ID, Org: o.Org, CreatedAt: now, LastAt: now, ProvenAt: now, renewedAt: now,
			Address: clip(w.from.Address, 64), Agent: clip(w.from.Agent, 200), Means: w.means, Via: w.via,
		}
		if w.via != "" && w.provenAt.Before(now) { // zero: not known
			v.ProvenAt = w.provenAt
		}
		o.EndsAt = v.EndsAt()
		if err := insertSession(tx, v, hashOf(o.Token)); err != nil {
			return err
		}
		detail := map[string]string{"session": v.ID, "agent": v.Agent, "means": string(v.Means)}
		if v.Via != "" {
			detail["via"] = v.Via
		}
		fresh, err := meet(tx, u.ID, w.from)
		if err != nil || m == nil {
			return err
		}
		if fresh {
			detail["device"] = "new"
		}
		if err := touchMember(tx, u.ID); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "session.begin", Noun: "user", Object: u.ID, Label: u.Name, Detail: detail})
	}
	if m == nil {
		return o, s.DB.WriteInstallation(ctx, store)
	}
	o.Org = m.Org
	g, err := m.actor(w.from.Address, "").May(access.OrgRead)
	if err != nil {
		return o, err
	}
	return o, s.DB.Look(ctx, g, store)
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return s
}

func (m *Member) actor(address, session string) access.Actor {
	return access.Actor{
		ID: m.ID, Org: m.Org, Name: m.Name, Role: m.Role, Own: m.Own, Door: access.DoorWeb, From: address, Session: session,
	}
}

// Visit is who a session's request comes from.
type Visit struct {
	Actor   access.Actor // its Org is empty for a founder without an organization
	User    User
	Session Session
	Devices []Device // where else the user signed in from of late, and was not told
}

// Visit returns who shows the session token, in the organization wanted or,
// with an empty one, where the session stands. An ended session is
// Unauthenticated; an organization of which the user is no member is NotFound.
func (s Service) Visit(ctx context.Context, token, wanted string, from From) (Visit, error) {
	var v Visit
	err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		ses, found, err := loadSession(tx, hashOf(token))
		if err != nil {
			return err
		}
		if !found || !tx.Now().Before(ses.EndsAt()) {
			return fault.New(fault.Unauthenticated, "Your session has ended. Sign in again.")
		}
		v.Session = ses
		if wanted != "" {
			return v.enter(tx, wanted, from)
		}
		err = v.enter(tx, ses.Org, from)
		if fault.Is(err, fault.NotFound) { // the membership ended by itself, or with the provider's
			err = fault.Wrap(fault.Unauthenticated, err, "You are no member any more of the organization that this session was in. Sign in again.")
		}
		return err
	})
	if err != nil {
		return Visit{}, err
	}
	if now := s.DB.Now()(); now.Sub(v.Session.LastAt) >= time.Minute {
		err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return touchSession(tx, v.Session.ID) })
	}
	return v, err
}

func (v *Visit) enter(tx *db.Tx, wanted string, from From) (err error) {
	if v.User, err = loadUser(tx, v.Session.userID); err != nil {
		return err
	}
	if v.Devices, err = elsewhere(tx, &v.Session); err != nil {
		return err
	}
	if wanted == "" && v.Session.Means == ByMail {
		return fault.New(fault.Unauthenticated, "A link from a mail opens what concerns you in an organization, and you are a member of none.")
	}
	if wanted == "" {
		v.Actor = access.Actor{ID: v.User.ID, Name: v.User.Name, Door: access.DoorWeb, From: from.Address, Session: v.Session.ID}
		return nil
	}
	if v.Session.Via != "" && wanted != v.Session.Org {
		return fault.New(fault.NotFound, "You signed in through an organization, and this session opens that one alone.")
	}
	m, err := loadMember(tx, wanted, v.User.ID)
	if err != nil {
		return err
	}
	v.Actor = m.actor(from.Address, v.Session.ID)
	v.Actor.Lacks, v.Actor.Stale = m.asked.lacks(&v.Session, m.Role), v.Session.stale(tx.Now())
	v.Actor.Via = v.Session.Via
	if v.Session.Means == ByMail {
		v.Actor.Scope = access.Mailed()
	}
	return nil
}

// Actor is Visit for callers that need no more than the actor.
func (s Service) Actor(ctx context.Context, token, wanted string, from From) (access.Actor, error) {
	v, err := s.Visit(ctx, token, wanted, from)
	return v.Actor, err
}

// Orgs lists the user's memberships, last used first.
func (s Service) Orgs(ctx context.Context, userID string) (list []Member, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		list, err = memberships(tx, userID)
		return err
	})
	return list, err
}

// SwitchOrg moves the actor's session to another of the user's organizations.
func (s Service) SwitchOrg(ctx context.Context, who access.Actor, to string) error {
	if who.Session == "" || who.Door != access.DoorWeb {
		return fault.New(fault.Unauthenticated, "Sign in first.")
	}
	if who.Via != "" && to != who.Org {
		return fault.New(fault.NotFound, "You signed in through an organization, and this session opens that one alone.")
	}
	var m Member
	err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		m, err = loadMember(tx, to, who.ID)
		return err
	})
	if err != nil {
		return err
	}
	g, err := m.actor(who.From, who.Session).May(access.OrgRead)
	if err != nil {
		return err
	}
	return s.DB.Look(ctx, g, func(tx *db.Tx) error {
		if err := moveSession(tx, who.Session, who.ID); err != nil {
			return err
		}
		if err := touchMember(tx, who.ID); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Action: "session.begin", Noun: "user", Object: who.ID, Label: who.Name,
			Detail: map[string]string{"session": who.Session},
		})
	})
}

// SignOut ends the session that the token opens. An ended one is no error.
func (s Service) SignOut(ctx context.Context, token string, from From) error {
	v, err := s.Visit(ctx, token, "", from)
	if fault.Is(err, fault.Unauthenticated) {
		return nil
	}
	if err != nil || v.Actor.Org == "" {
		return s.DB.WriteInstallation(ctx, func(tx *db.Tx) error { return removeSession(tx, hashOf(token)) })
	}
	g, err := v.Actor.May(access.OrgRead)
	if err != nil {
		return err
	}
	return s.DB.Look(ctx, g, func(tx *db.Tx) error {
		if err := removeSession(tx, hashOf(token)); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Action: "session.end", Noun: "user", Object: v.User.ID, Label: v.User.Name,
			Detail: map[string]string{"session": v.Session.ID},
		})
	})
}

// NewSession begins a session without a password, for the roles of the
// demonstration. It refuses any organization that is not the demonstration's,
// and any address that is not this machine's own.
func (s Service) NewSession(ctx context.Context, userID, orgID string, from From) (Opened, error) {
	a, err := netip.ParseAddr(from.Address)
	if err != nil || !a.Unmap().IsLoopback() {
		return Opened{}, fault.New(fault.Forbidden, "The demonstration's roles can be taken on the machine itself only.")
	}
	var m Member
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		m, err = loadMember(tx, orgID, userID)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	all, err := org.Service{DB: s.DB}.All(ctx)
	if err != nil {
		return Opened{}, err
	}
	for i := range all {
		if all[i].ID == orgID && all[i].Demo {
			return s.begin(ctx, m.User, &m, way{from: from, means: ByDemo})
		}
	}
	return Opened{}, fault.New(fault.Forbidden, "Only the demonstration has roles without a password.")
}
