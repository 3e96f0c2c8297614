package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
)

// limit says how long to wait after failures: none for the first few, then
// twice as long each time, up to a bound.
type limit struct {
	free  int
	first time.Duration
	most  time.Duration
}

const forgotten = 24 * time.Hour // after which failures count no more

// The limits. An account seen from an unknown place waits at most 30 seconds
// for the failures of others; from a place where it signed in before, only for
// its own.
func limitPair() limit    { return limit{free: 4, first: time.Second, most: 5 * time.Minute} }
func limitAddress() limit { return limit{free: 30, first: time.Second, most: time.Minute} }
func limitAccount() limit { return limit{free: 10, first: time.Second, most: 30 * time.Second} }

// limitFactor is of an account's second factor from unknown places: whoever is
// slowed by it has the password already, and six digits must not be guessed.
func limitFactor() limit { return limit{free: 10, first: time.Second, most: 15 * time.Minute} }

func (l limit) wait(failures int) time.Duration {
	over := failures - l.free
	if over < 0 {
		return 0
	}
	w := l.first
	for range over {
		if w *= 2; w >= l.most {
			return l.most
		}
	}
	return w
}

type counter struct {
	failures int
	lastAt   time.Time
	goodAt   time.Time // pairs only: last success
}

// left is how long to wait still before the next attempt.
func (c counter) left(l limit, now time.Time) time.Duration {
	if now.Sub(c.lastAt) >= forgotten {
		return 0
	}
	return max(c.lastAt.Add(l.wait(c.failures)).Sub(now), 0)
}

// charged counts an attempt, which is taken for a failure until it succeeds.
func (c counter) charged(now time.Time) counter {
	if now.Sub(c.lastAt) >= forgotten {
		c.failures = 0
	}
	c.failures++
	c.lastAt = now
	return c
}

const knownFor = 90 * 24 * time.Hour // how long a place stays known

func (c counter) known(now time.Time) bool {
	return !c.goodAt.IsZero() && now.Sub(c.goodAt) < knownFor
}

// network is the address as it is counted: an IPv6 site is one place.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// charge is one counted attempt.
type charge struct {
	user    User
	phc     string
	found   bool
	keys    [3]string // pair, account, address
	refusal string
}

// charge counts an attempt as failed, or refuses it as too early.
func (s Service) charge(ctx context.Context, address string, from From) (c charge, err error) {
	email, err := Email(address)
	if err != nil {
		email = "?" // nobody's; the place still pays
	}
	place := network(from.Address)
	c.keys = [3]string{throttleKey("pair", email, place), throttleKey("account", email), throttleKey("address", place)}
	err = s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		if err := count(tx, c.keys, limitAccount()); err != nil {
			return err
		}
		if c.user, c.phc, c.found, err = findUser(tx, email); err != nil {
			return err
		}
		c.refusal = id.New("rfs", tx.Now())
		return insertRefusal(tx, c.refusal, c.user.ID, clip(from.Address, 64))
	})
	return c, err
}

func throttleKey(kind string, parts ...string) string {
	return fmt.Sprintf("%s:%x", kind, sha256.Sum256(fmt.Appendf(nil, "%q", parts)))
}

func count(tx *db.Tx, keys [3]string, account limit) error {
	now := tx.Now()
	var c [3]counter
	for i, k := range keys {
		if err := tx.Lock("auth " + k); err != nil {
			return err
		}
		var err error
		if c[i], err = loadCounter(tx, k); err != nil {
			return err
		}
	}
	wait := c[0].left(limitPair(), now)
	if !c[0].known(now) {
		wait = max(wait, c[1].left(account, now), c[2].left(limitAddress(), now))
	}
	if wait > 0 {
		return tooMany(wait)
	}
	for i, k := range keys {
		if err := saveCounter(tx, k, c[i].charged(now)); err != nil {
			return err
		}
	}
	return nil
}

func tooMany(wait time.Duration) error {
	return fault.New(fault.Busy, "There were too many attempts. Try again in %d seconds.", int((wait+time.Second-1)/time.Second))
}

// forgive takes a charge back: the account and the pair start anew, the place
// gets this one attempt back.
func forgive(tx *db.Tx, c charge) error {
	for i, k := range c.keys {
		if err := tx.Lock("auth " + k); err != nil {
			return err
		}
		n, err := loadCounter(tx, k)
		if err != nil {
			return err
		}
		switch i {
		case 0:
			n.failures, n.goodAt = 0, tx.Now()
		case 1:
			n.failures = 0
		case 2:
			n.failures = max(n.failures-1, 0)
		}
		if err := saveCounter(tx, k, n); err != nil {
			return err
		}
	}
	return removeRefusal(tx, c.refusal)
}

// guesses are what counts attempts at short codes that people type: of a person, of a
// place, and of everybody together. The last slows everybody by seconds at most, so
// that nobody is kept from theirs.
func guesses(what, userID string, from From) (keys [3]string, limits [3]limit) {
	return [3]string{throttleKey("guess", what, userID), throttleKey("guess place", what, from.Place()), throttleKey("guess all", what)},
		[3]limit{{free: 5, first: time.Second, most: 5 * time.Minute}, limitAddress(), {free: 200, first: time.Second, most: 5 * time.Second}}
}

// Guess counts an attempt at a short code, which is taken for wrong until Guessed
// takes it back, or refuses it as Busy and says how long to wait.
func (s Service) Guess(ctx context.Context, what, userID string, from From) error {
	keys, limits := guesses(what, userID, from)
	return s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		var c [3]counter
		var wait time.Duration
		for i, k := range keys {
			if err := tx.Lock("auth " + k); err != nil {
				return err
			}
			var err error
			if c[i], err = loadCounter(tx, k); err != nil {
				return err
			}
			wait = max(wait, c[i].left(limits[i], tx.Now()))
		}
		if wait > 0 {
			return tooMany(wait)
		}
		for i, k := range keys {
			if err := saveCounter(tx, k, c[i].charged(tx.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// Guessed takes back the one attempt that was right, and none of those before: whoever
// holds one right code is not free to guess at others.
func (s Service) Guessed(ctx context.Context, what, userID string, from From) error {
	keys, _ := guesses(what, userID, from)
	return s.DB.WriteInstallation(ctx, func(tx *db.Tx) error {
		for _, k := range keys {
			if err := tx.Lock("auth " + k); err != nil {
				return err
			}
			n, err := loadCounter(tx, k)
			if err != nil {
				return err
			}
			n.failures = max(n.failures-1, 0)
			if err := saveCounter(tx, k, n); err != nil {
				return err
			}
		}
		return nil
	})
}
