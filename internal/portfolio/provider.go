package portfolio

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

// codePrefix lets people, and scanners of secrets, recognize a code.
const codePrefix = "assay_client_"

func hashOf(code string) []byte {
	h := sha256.Sum256([]byte(strings.TrimSpace(code)))
	return h[:]
}

// Portfolio is what a provider sees of its clients.
type Portfolio struct {
	Clients []Client // those that need somebody first
	Offers  []Offer  // codes that wait for an answer
}

// Due is something to do at a client.
type Due struct {
	Work
	Client *Client
}

// Queued is how many things are due at all clients that let their work be seen.
func (p *Portfolio) Queued() (n int) {
	for i := range p.Clients {
		n += p.Clients[i].Queued
	}
	return n
}

// Work returns the portfolio, and what is due at the clients that let their work be seen,
// what is due first at the top.
func (s Service) Work(ctx context.Context, who access.Actor) (p Portfolio, out []Due, err error) {
	g, err := who.May(access.ClientRead)
	if err != nil {
		return p, nil, err
	}
	var by map[string][]Work
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if p, err = show(tx, who); err != nil {
			return err
		}
		by, err = queues(tx)
		return err
	}); err != nil {
		return p, nil, err
	}
	return p, p.due(by), nil
}

// due is the work by client in one list, what is due first at the top.
func (p *Portfolio) due(by map[string][]Work) (out []Due) {
	for i := range p.Clients {
		for _, w := range by[p.Clients[i].ID] {
			out = append(out, Due{w, &p.Clients[i]})
		}
	}
	slices.SortStableFunc(out, func(a, b Due) int { return byDue(&a.Work, &b.Work) })
	return out
}

// Coming returns the portfolio, and what is due or comes within Horizon at the clients
// that let their work be seen, of each at most 25 things that are due and 200 that come.
func (s Service) Coming(ctx context.Context, who access.Actor) (p Portfolio, out []Due, err error) {
	g, err := who.May(access.ClientRead)
	if err != nil {
		return p, nil, err
	}
	var by map[string][]Work
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if p, err = show(tx, who); err != nil {
			return err
		}
		if by, err = queues(tx); err != nil {
			return err
		}
		ahead, err := agendas(tx)
		for id, list := range ahead {
			for i := range list {
				list[i].Ahead = true
			}
			by[id] = append(by[id], list...)
		}
		return err
	}); err != nil {
		return p, nil, err
	}
	return p, p.due(by), nil
}

// byDue orders work by when it is due; what has no day comes last.
func byDue(a, b *Work) int {
	switch {
	case a.Due.IsZero() && b.Due.IsZero():
		return 0
	case a.Due.IsZero():
		return 1
	case b.Due.IsZero():
		return -1
	}
	return a.Due.Compare(b.Due)
}

// Show returns the clients with what they published, and the codes that wait.
func (s Service) Show(ctx context.Context, who access.Actor) (p Portfolio, err error) {
	g, err := who.May(access.ClientRead)
	if err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		p, err = show(tx, who)
		return err
	})
	return p, err
}

func show(tx *db.Tx, who access.Actor) (p Portfolio, err error) {
	if p.Clients, err = clients(tx); err != nil {
		return p, err
	}
	in, err := auth.Within(tx, who.ID)
	if err != nil {
		return p, err
	}
	for i := range p.Clients {
		p.Clients[i].Enters = slices.Contains(in, p.Clients[i].Client)
	}
	slices.SortFunc(p.Clients, worst(tx.Now()))
	p.Offers, err = offers(tx)
	return p, err
}

// Count is how many clients there are, with codes that wait, and how many of them need
// somebody.
func (s Service) Count(ctx context.Context, who access.Actor) (all, need int, err error) {
	g, err := who.May(access.ClientRead)
	if err != nil {
		return 0, 0, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		all, need, err = tally(tx, tx.Now().Add(-fresh))
		return err
	})
	return all, need, err
}

// Offer makes a code with which a client consents, once, within 14 days. The code is
// returned once and stored nowhere.
func (s Service) Offer(ctx context.Context, who access.Actor, client string) (o Offer, code string, err error) {
	g, err := who.May(access.ClientEdit)
	if err != nil {
		return o, "", err
	}
	if client, err = name(client); err != nil {
		return o, "", err
	}
	code = codePrefix + id.Token(24)
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		open, err := offers(tx)
		if err != nil {
			return err
		}
		if len(open) >= mostOpen {
			return fault.New(fault.Conflict, "%d codes wait for an answer already. Withdraw some first.", mostOpen)
		}
		now := tx.Now()
		o = Offer{ID: id.New("ofr", now), Name: client, By: who.ID, At: now, ExpiresAt: now.Add(OfferLimit)}
		if err := insertOffer(tx, &o, hashOf(code)); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "client.offer", Noun: "client", Object: o.ID, Label: client})
	})
	return o, code, err
}

// Withdraw makes a code that was not answered useless.
func (s Service) Withdraw(ctx context.Context, who access.Actor, offer string) error {
	g, err := who.May(access.ClientEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		ok, err := endOffer(tx, offer)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "There is no such code that waits for an answer.")
		}
		return trail.Add(tx, trail.Act{Action: "client.withdraw", Noun: "client", Object: offer})
	})
}

// Staff lists who of the provider is in at a client, and who of its members could be.
func (s Service) Staff(ctx context.Context, who access.Actor, client string) (c Client, in, others []auth.Member, err error) {
	g, err := who.May(access.ClientAssign)
	if err != nil {
		return c, nil, nil, err
	}
	var own []auth.Member
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if c, err = s.client(tx, client); err != nil {
			return err
		}
		own, err = auth.Members(tx)
		return err
	}); err != nil {
		return c, nil, nil, err
	}
	err = s.at(ctx, who, &c, func(tx *db.Tx) error {
		in, err = auth.Lent(tx, c.ID)
		return err
	})
	for i := range own {
		m := &own[i]
		isIn := slices.ContainsFunc(in, func(o auth.Member) bool { return o.ID == m.ID })
		if !isIn && !m.Role.Guest() && m.Role != access.RoleEmployee {
			others = append(others, *m)
		}
	}
	return c, in, others, err
}

// Assign has a member of the provider come in at a client that lets its staff in.
func (s Service) Assign(ctx context.Context, who access.Actor, client, userID string) error {
	return s.staff(ctx, who, client, userID, "client.assign", func(tx *db.Tx, c *Client) (string, error) {
		if err := s.Auth.Lend(tx, userID, c.ID, who.Org); err != nil {
			return "", err
		}
		list, err := auth.Lent(tx, c.ID)
		for i := range list {
			if list[i].ID == userID {
				return list[i].Name, err
			}
		}
		return userID, err
	})
}

// Recall ends what somebody of the provider is at a client.
func (s Service) Recall(ctx context.Context, who access.Actor, client, userID string) error {
	return s.staff(ctx, who, client, userID, "client.recall", func(tx *db.Tx, c *Client) (string, error) {
		gone, err := auth.Recall(tx, c.ID, userID)
		if err != nil {
			return "", err
		}
		if len(gone) == 0 {
			return "", fault.New(fault.NotFound, "Nobody of that name is in at this client.")
		}
		return gone[0].Name, nil
	})
}

// staff changes who is in at a client: there first, then in the provider's own trail.
func (s Service) staff(ctx context.Context, who access.Actor, client, userID, action string, do func(*db.Tx, *Client) (string, error)) error {
	g, err := who.May(access.ClientAssign)
	if err != nil {
		return err
	}
	var c Client
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		c, err = s.client(tx, client)
		return err
	}); err != nil {
		return err
	}
	var label string
	if err := s.at(ctx, who, &c, func(tx *db.Tx) error {
		label, err = do(tx, &c)
		return err
	}); err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		return trail.Add(tx, trail.Act{Action: action, Noun: "client", Object: c.ID, Label: c.Name, Detail: map[string]string{"user": userID, "name": label}})
	})
}

// at works in a client's organization by its consent to let staff in, which is looked
// at there. What is done is in the client's trail under the name of who does it.
func (s Service) at(ctx context.Context, who access.Actor, c *Client, do func(*db.Tx) error) error {
	there := access.Actor{ID: who.ID, Org: c.Client, Name: who.Name, Role: access.RoleProvider, Door: who.Door, From: who.From, Session: who.Session, Stale: who.Stale}
	g, err := there.May(access.OrgRead)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		consent, err := loadConsent(tx, c.ID)
		if err != nil {
			return err
		}
		switch {
		case consent.Provider != who.Org: // never another's, whatever the provider's row says
			return fault.New(fault.NotFound, "There is no such client.")
		case !consent.Active():
			return fault.New(fault.Conflict, "%s has ended its consent.", c.Name)
		case !consent.Staff:
			return fault.New(fault.Conflict, "%s lets you see its figures, and nobody of yours come in. A lead of it can change that under Settings, Providers.", c.Name)
		}
		return do(tx)
	})
}

// client is one whose consent is in force.
func (s Service) client(tx *db.Tx, consent string) (Client, error) {
	c, err := loadClient(tx, consent)
	if fault.Is(err, fault.NotFound) || err == nil && !c.EndedAt.IsZero() {
		return c, fault.New(fault.NotFound, "There is no such client.")
	}
	return c, err
}

// Drop has the provider leave a client: its staff go, and the client's consent ends.
func (s Service) Drop(ctx context.Context, who access.Actor, client, why string) error {
	g, err := who.May(access.ClientEdit)
	if err != nil {
		return err
	}
	var c Client
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		c, err = s.client(tx, client)
		return err
	}); err != nil {
		return err
	}
	if why, err = because(why); err != nil {
		return err
	}
	there, err := access.Job(c.Client, "portfolio").May(access.OrgRead)
	if err != nil {
		return err
	}
	if err := s.DB.Write(ctx, there, func(tx *db.Tx) error {
		consent, err := loadConsent(tx, c.ID)
		if err != nil || consent.Provider != who.Org || !consent.Active() {
			return err
		}
		return s.end(tx, &consent, "provider", why)
	}); err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error { return s.gone(tx, &c, why) })
}

// gone ends a client in the provider's organization.
func (s Service) gone(tx *db.Tx, c *Client, why string) error {
	shown, err := endClient(tx, c.ID, why)
	if err != nil || !shown {
		return err
	}
	return trail.Add(tx, trail.Act{Action: "client.end", Noun: "client", Object: c.ID, Label: c.Name, Detail: map[string]string{"why": why}})
}

func because(why string) (string, error) {
	why = strings.Join(strings.Fields(why), " ")
	if why == "" || len(why) > 1000 {
		return "", fault.Fields("Nothing was ended.", fault.Field{Name: "why", Text: "Say why, in at most 1,000 characters: both sides' trails keep it."})
	}
	return why, nil
}
