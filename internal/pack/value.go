package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

var errUnknown = errors.New("not known here")

// strictly reads a JSON text that is not canonical: no unknown member, none
// twice or in other letters, nothing after the end.
func strictly[T any](b []byte, to *T) error {
	if !utf8.Valid(b) {
		return errors.New("it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(to); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end")
	}
	return distinct(json.NewDecoder(bytes.NewReader(b)), false)
}

// distinct finds that no object of the next value has a member twice. Package
// json takes a name in other letters for the same; so names must be in small
// letters, except where they are free.
func distinct(dec *json.Decoder, free bool) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for dec.More() && (t == json.Delim('{') || t == json.Delim('[')) {
		of := false
		if t == json.Delim('{') {
			key, err := dec.Token()
			name, _ := key.(string) // whatever stands here is a text
			if err != nil || seen[name] || !free && strings.ToLower(name) != name {
				return errors.Join(err, fmt.Errorf("the member %q is there twice, or not in small letters", name))
			}
			seen[name], of = true, name == "parameters" || name == "enum"
		}
		if err := distinct(dec, of); err != nil {
			return err
		}
	}
	if t == json.Delim('{') || t == json.Delim('[') {
		_, err = dec.Token()
	}
	return err
}

// exact reads an object that has n members, each known to member.
func exact(b []byte, n int, member func(key, v []byte) error) error {
	err := canon.Members(b, func(key, v []byte) error {
		n--
		return named(key, member(key, v))
	})
	if err == nil && n != 0 {
		err = errors.New("members are missing")
	}
	return err
}

// open reads an object of a leaf that was opened, so that it is known to be
// canonical. It has at least n members known to member; those that are not
// known, a later version added.
func open(b []byte, n int, member func(key, v []byte) error) error {
	if len(b) == 0 || b[0] != '{' {
		return errors.New("not an object")
	}
	err := canon.Walk(b, func(key, v []byte) error {
		err := member(key, v)
		if err == errUnknown { //nolint:errorlint // never wrapped, and asked for every member of every leaf
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

// elements reads an array of a leaf that was opened.
func elements(b []byte, fn func(v []byte) error) error {
	if len(b) == 0 || b[0] != '[' {
		return errors.New("not an array")
	}
	return canon.WalkElements(b, fn)
}

// words keeps texts that occur again and again once.
type words map[string]string

func (w words) text(v []byte, to *string) error {
	if len(v) >= 2 && v[0] == '"' {
		if s, ok := w[string(v[1:len(v)-1])]; ok {
			*to = s
			return nil
		}
	}
	if err := text(v, to); err != nil || w == nil {
		return err
	}
	if len(*to) == len(v)-2 { // nothing is escaped
		w[*to] = *to
	}
	return nil
}

func named(key []byte, err error) error {
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
	return canon.Members(v, func(key, e []byte) error {
		var s string
		err := text(e, &s)
		(*to)[string(key)] = s
		return err
	})
}
