package notice

import (
	"context"
	"errors"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/duty"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/mail"
	"assay/internal/org"
	"assay/internal/trail"
)

// JobRound writes and sends what is due, of one organization.
const JobRound = "notice.round"

// Pause is how long the next round waits: "at once" is within it.
const Pause = 10 * time.Minute

// Post takes messages to people.
type Post interface {
	Send(ctx context.Context, m mail.Message) error
	String() string // names the server
	From() string
}

// Service is the use cases of notices.
type Service struct {
	DB     *db.DB
	Post   Post   // nil: nothing is written, and nothing sent
	Origin string // address of this installation as people reach it, without a path
	Duties duty.Service
	// Links makes a link for signing in.
	Links func(ctx context.Context, org, user string) (auth.MailedLink, error)
	// Events returns what leads, or one user, are told of at once; what happened long
	// ago may be among it, as it is told once.
	Events func(ctx context.Context, org string) ([]Event, error)
}

// Setup says whether and how mail is sent.
type Setup struct {
	On     bool
	Server string
	From   string
	Hour   int // of the actor's own message
}

// Setup returns how mail is sent, and when the actor gets theirs.
func (s Service) Setup(ctx context.Context, who access.Actor) (out Setup, err error) {
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return out, err
	}
	if s.Post != nil {
		out.On, out.Server, out.From = true, s.Post.String(), s.Post.From()
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err := hours(tx)
		hour, chosen := list[who.ID]
		if out.Hour = DefaultHour; chosen {
			out.Hour = hour
		}
		return err
	})
	return out, err
}

// SetHour sets the hour of the actor's daily message, 0 to 23, in the
// organization's zone.
func (s Service) SetHour(ctx context.Context, who access.Actor, hour int) error {
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return err
	}
	if hour < 0 || hour > 23 {
		return fault.Fields("The hour was not saved.", fault.Field{Name: "hour", Text: "Choose an hour from 0 to 23."})
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := saveHour(tx, who.ID, hour); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "user", Object: who.ID, Label: who.Name, Detail: map[string]string{"hour": time.Date(0, 1, 1, hour, 0, 0, 0, time.UTC).Format("15:04")}})
	})
}

const mostListed = 100

// List returns the newest messages: to everybody if the actor may see who can sign
// in and change it, and the actor's own if not.
func (s Service) List(ctx context.Context, who access.Actor) (list []Message, err error) {
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return nil, err
	}
	user := who.ID
	if who.Can(access.UserEdit) {
		user = ""
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = newest(tx, user, mostListed)
		return err
	})
	return list, err
}

// Try sends the actor a message, so that they see whether mail arrives.
func (s Service) Try(ctx context.Context, who access.Actor) (m Message, err error) {
	g, err := who.May(access.SelfEdit)
	if err != nil {
		return m, err
	}
	if s.Post == nil {
		return m, fault.New(fault.Conflict, "No mail server is set up here. Whoever runs this installation names one in mail.yaml in the data folder.")
	}
	address := ""
	list, err := s.members(ctx, g)
	if err != nil {
		return m, err
	}
	for i := range list {
		if list[i].ID == who.ID {
			address = list[i].Email
		}
	}
	if address == "" {
		return m, fault.New(fault.Conflict, "Only a user with an address can be written to; sign in as one.")
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		o, err := org.Load(tx)
		if err != nil {
			return err
		}
		m = Message{Kind: Trial, User: who.ID, Address: address, Subject: o.Name + ": mail arrives", Text: "You asked for this message to see whether mail arrives. It does.\n\n" + s.Origin + "/settings/me\n"}
		m.ready(tx)
		m.Key = string(Trial) + "/" + m.ID
		return insert(tx, &m)
	})
	if err != nil {
		return m, err
	}
	return m, s.send(ctx, g, &m)
}

// ready makes a message one that waits to be sent.
func (m *Message) ready(tx *db.Tx) {
	m.ID, m.State, m.CreatedAt, m.NextAt = id.New("ntc", tx.Now()), Waiting, tx.Now(), tx.Now()
	m.Subject = strings.Join(strings.Fields(m.Subject), " ") // it becomes a header
}

func (s Service) members(ctx context.Context, g access.Grant) (list []auth.Member, err error) {
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = auth.Members(tx)
		return err
	})
	return list, err
}

// Round writes what is due to every member, and sends what waits. Without a mail
// server it does nothing.
func (s Service) Round(ctx context.Context, orgID string) error {
	if s.Post == nil {
		return nil
	}
	g, err := access.Job(orgID, "notice").May(access.OrgRead)
	if err != nil {
		return err
	}
	if err := s.write(ctx, g); err != nil {
		return err
	}
	return s.sendAll(ctx, g)
}

func (s Service) write(ctx context.Context, g access.Grant) error {
	list, err := s.members(ctx, g)
	if err != nil {
		return err
	}
	events, err := s.Events(ctx, g.Org())
	if err != nil {
		return err
	}
	for i := range list {
		m := &list[i]
		if m.Email == "" {
			continue
		}
		if err := s.writeTo(ctx, g, m, events); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error { return forget(tx, tx.Now().AddDate(0, -3, 0), tx.Now().AddDate(-2, 0, 0)) })
}

func (s Service) writeTo(ctx context.Context, g access.Grant, m *auth.Member, events []Event) error {
	who := access.Actor{ID: m.ID, Org: m.Org, Name: m.Name, Role: m.Role, Own: m.Own, Door: access.DoorJob}
	r := recipient{User: m.ID, Name: m.Name, Address: m.Email, Lead: m.Role == access.RoleLead, Hour: DefaultHour}
	sit := situation{Origin: s.Origin}
	duties := who.Can(access.PolicyOwn) // guests have none, and are told of their own sign-ins
	if duties {
		if err := s.gather(ctx, who, &sit); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := s.look(tx, &r, &sit); err != nil {
			return err
		}
		var p plan
		if duties {
			p = planFor(&r, &sit)
		}
		for i := range events {
			if events[i].concerns(&r) {
				p.Messages = append(p.Messages, alarmFor(&r, &sit, &events[i]))
			}
		}
		for i := range p.Messages {
			p.Messages[i].ready(tx)
			if err := insert(tx, &p.Messages[i]); err != nil {
				return err
			}
		}
		return tell(tx, r.User, p.Tells)
	})
}

// gather finds what waits for a member, and for a lead what waits for others.
func (s Service) gather(ctx context.Context, who access.Actor, sit *situation) error {
	find := s.Duties.Mine
	if !who.Can(access.TaskRead) {
		find = s.Duties.Own
	}
	mine, err := find(ctx, who)
	if err != nil {
		return err
	}
	sit.Mine = mine.Waiting
	if who.Role != access.RoleLead {
		return nil
	}
	all, err := s.Duties.All(ctx, who)
	if err != nil {
		return err
	}
	sit.Others = others(all, mine)
	return nil
}

// look finds what is known of the organization and the recipient.
func (s Service) look(tx *db.Tx, r *recipient, sit *situation) error {
	o, err := org.Load(tx)
	if err != nil {
		return err
	}
	sit.Org, sit.Zone, sit.Now = o.Name, o.Location(), tx.Now()
	wishes, err := hours(tx)
	if err != nil {
		return err
	}
	if hour, chosen := wishes[r.User]; chosen {
		r.Hour = hour
	}
	if sit.Told, err = told(tx, r.User); err != nil {
		return err
	}
	sit.Digested, err = written(tx, digestKey(r, sit))
	return err
}

// others are the duties that do not wait for the recipient.
func others(all []duty.Duty, mine duty.List) []duty.Duty {
	own := map[string]bool{}
	for _, list := range [][]duty.Duty{mine.Waiting, mine.Snoozed} {
		for i := range list {
			own[list[i].ID] = true
		}
	}
	var out []duty.Duty
	for i := range all {
		if !own[all[i].ID] {
			out = append(out, all[i])
		}
	}
	return out
}

// atOnce bounds a round, so that a server that is slow does not hold it up.
const atOnce = 100

func (s Service) sendAll(ctx context.Context, g access.Grant) error {
	var list []Message
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) (err error) {
		list, err = outgoing(tx, atOnce)
		return err
	}); err != nil {
		return err
	}
	for i := range list {
		if err := s.send(ctx, g, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// patience is how long a message is tried.
const patience = 2 * 24 * time.Hour

// send hands a message over and stores what came of it. Its error is the store's.
func (s Service) send(ctx context.Context, g access.Grant, m *Message) error {
	why := s.Post.Send(ctx, mail.Message{ID: m.ID, To: m.Address, Subject: m.Subject, Text: m.Text, At: m.CreatedAt})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		m.Tries++
		_, refused := errors.AsType[*mail.RefusedError](why)
		switch {
		case why == nil:
			m.State, m.SentAt, m.Problem = Sent, tx.Now(), ""
		case refused || tx.Now().Sub(m.CreatedAt) > patience:
			m.State, m.Problem = Failed, why.Error()
		default:
			m.Problem, m.NextAt = why.Error(), tx.Now().Add(pauseAfter(m.Tries))
		}
		return save(tx, m)
	})
}

// pauseAfter grows from ten minutes to some hours.
func pauseAfter(tries int) time.Duration { return Pause << min(tries-1, 5) }
