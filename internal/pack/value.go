package pack

import (
	"errors"
	"fmt"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

var errUnknown = errors.New("not known here")

// exact reads an object that has n members, each known to member.
func exact(b []byte, n int, member func(key string, v []byte) error) error {
	err := canon.Members(b, func(key string, v []byte) error {
		n--
		return named(key, member(key, v))
	})
	if err == nil && n != 0 {
		err = errors.New("members are missing")
	}
	return err
}

// open reads an object that has at least n members known to member; those that
// are not known, a later version added.
func open(b []byte, n int, member func(key string, v []byte) error) error {
	err := canon.Members(b, func(key string, v []byte) error {
		err := member(key, v)
		if errors.Is(err, errUnknown) {
			return nil
		}
		n--
		return named(key, err)
	})
	if err == nil && n > 0 {
		err = errors.New("members are missing")
	}
	return err
}

func named(key string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func text(v []byte, to *string) (err error) {
	*to, err = canon.Text(v)
	return err
}

func number(v []byte, to *int64) (err error) {
	*to, err = canon.Int(v)
	return err
}

func flag(v []byte, to *bool) (err error) {
	*to, err = canon.Bool(v)
	return err
}

// instant reads a time; an empty text is none.
func instant(v []byte, to *time.Time) error {
	s, err := canon.Text(v)
	if err != nil || s == "" {
		return err
	}
	if *to, err = clock.Parse(s); err == nil && clock.Format(*to) != s {
		err = fmt.Errorf("%q is not a time in the canonical form", s)
	}
	return err
}

func hash(v []byte, to *tlog.Hash) error {
	s, err := canon.Text(v)
	if err != nil {
		return err
	}
	*to, err = tlog.ParseHash(s)
	return err
}

func salt(v []byte, to *tlog.Salt) error {
	s, err := canon.Text(v)
	if err != nil {
		return err
	}
	b, err := tlog.ParseB64(s)
	if err != nil {
		return err
	}
	*to, err = tlog.SaltFrom(b)
	return err
}

func texts(v []byte, to *[]string) error {
	return canon.Elements(v, func(e []byte) error {
		var s string
		err := text(e, &s)
		*to = append(*to, s)
		return err
	})
}

func pairs(v []byte, to *map[string]string) error {
	*to = map[string]string{}
	return canon.Members(v, func(key string, e []byte) error {
		var s string
		err := text(e, &s)
		(*to)[key] = s
		return err
	})
}
