package device

import (
	"context"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/org"
	"assay/internal/trail"
)

// Service is the use cases of asking, answering and being answered.
type Service struct {
	DB   *db.DB
	Auth auth.Service
}

// Begin takes an ask of a program that nobody knows yet. Too many that wait, from one
// place or at all, are Busy.
func (s Service) Begin(ctx context.Context, in New, from auth.From) (b Begun, err error) {
	if in, err = in.valid(); err != nil {
		return b, err
	}
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("device asks"); err != nil {
			return err
		}
		here, all, err := sweep(tx, from.Place())
		if err != nil {
			return err
		}
		if here >= mostHere || all >= mostAsks {
			return fault.New(fault.Busy, "Too many programs wait for an answer. Answer one, or try again in ten minutes.")
		}
		b = Begun{Device: id.Token(32), User: Code(newCode()), ExpiresAt: tx.Now().Add(lifetime), Pause: pause}
		return insert(tx, &Ask{
			New: in, ID: id.New("dev", tx.Now()), Address: from.Address, At: tx.Now(), ExpiresAt: b.ExpiresAt, state: Pending, pause: pause,
			hash: hashOf("device code", b.Device), token: auth.HashOf(secretOf(b.Device)),
		}, hashOfCode(b.User), from.Place())
	})
	return b, err
}

// Poll tells a program how its ask stands. The secret of its token is told once.
func (s Service) Poll(ctx context.Context, code string) (out Answer, err error) {
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		a, found, err := byDevice(tx, hashOf("device code", code))
		if err != nil {
			return err
		}
		if !found || !tx.Now().Before(a.ExpiresAt) {
			out = Answer{State: Expired}
			return nil
		}
		out = Answer{State: a.state, Pause: a.pause}
		switch a.state {
		case Pending, SlowDown:
			if tx.Now().Before(a.polledAt.Add(a.pause - slack)) {
				out.State, out.Pause = SlowDown, a.pause+pause
			}
			return polled(tx, a.ID, out.Pause)
		case Approved:
			first, err := turn(tx, a.ID, Approved, taken)
			if out.Secret = secretOf(code); !first {
				out = Answer{State: Expired}
			}
			return err
		case Denied:
		case Expired, taken:
			out.State = Expired
		}
		return nil
	})
	return out, err
}

const noSuchCode = "No program asks with this code. It was mistyped, is older than ten minutes, or was answered already."

// Find returns what asks with a code that somebody typed. A code that is none counts
// as a guess.
func (s Service) Find(ctx context.Context, who access.Actor, code string, from auth.From) (a Ask, err error) {
	if _, err := who.May(access.TokenEdit); err != nil {
		return a, err
	}
	if who.Door != access.DoorWeb {
		return a, fault.New(fault.Forbidden, "Codes are answered by a person who signed in, on the page /device.")
	}
	if err := s.Auth.Guess(ctx, "device", who.ID, from); err != nil {
		return a, err
	}
	var found bool
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		a, found, err = waiting(tx, hashOfCode(code))
		return err
	}); err != nil {
		return a, err
	}
	if !found {
		return a, fault.Fields("There is no such code.", fault.Field{Name: "code", Text: noSuchCode})
	}
	return a, s.Auth.Guessed(ctx, "device", who.ID, from)
}

// Approve makes a token of the actor's own for what asks with a code.
func (s Service) Approve(ctx context.Context, who access.Actor, code string, from auth.From) (t auth.Token, err error) {
	err = s.decide(ctx, who, code, from, func(tx *db.Tx, a *Ask) error {
		if err := a.meant(tx); err != nil {
			return err
		}
		if err := answered(turn(tx, a.ID, Pending, Approved)); err != nil {
			return err
		}
		in := auth.NewToken{Name: "assay on " + a.Host, Role: a.Role, Scope: a.Scope, ExpiresAt: tx.Now().Add(time.Duration(a.Days) * 24 * time.Hour)}
		if in.Role == "" {
			in.Role = who.Role
		}
		t, err = s.Auth.Entrust(tx, who, in, auth.Entrusted{Hash: a.token, Told: a.told()})
		return err
	})
	return t, err
}

// Refuse tells what asks with a code that it is not let in.
func (s Service) Refuse(ctx context.Context, who access.Actor, code string, from auth.From) error {
	return s.decide(ctx, who, code, from, func(tx *db.Tx, a *Ask) error {
		if err := answered(turn(tx, a.ID, Pending, Denied)); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "device.refuse", Noun: "token", Object: a.ID, Label: "assay on " + a.Host, Detail: a.told()})
	})
}

func (s Service) decide(ctx context.Context, who access.Actor, code string, from auth.From, fn func(*db.Tx, *Ask) error) error {
	g, err := who.May(access.TokenEdit)
	if err != nil {
		return err
	}
	a, err := s.Find(ctx, who, code, from)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error { return fn(tx, &a) })
}

func answered(first bool, err error) error {
	if err == nil && !first {
		err = fault.New(fault.Conflict, "This code was answered, or expired, in the meantime.")
	}
	return err
}

// meant refuses to let a program into another organization than it asked for.
func (a *Ask) meant(tx *db.Tx) error {
	if a.Org == "" {
		return nil
	}
	o, err := org.Load(tx)
	if err == nil && a.Org != o.ID && a.Org != o.Slug && a.Org != o.Name {
		err = fault.New(fault.Conflict, "The program asks for the organization %q, and you are in %q. Go there first, and enter the code again.", a.Org, o.Slug)
	}
	return err
}

// told is what the trail says of an ask.
func (a *Ask) told() map[string]string {
	return map[string]string{"asked by": a.Host, "asked from": a.Address, "asked at": a.At.Format(time.RFC3339), "days": strconv.Itoa(a.Days)}
}
