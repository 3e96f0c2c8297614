package aws

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fill reads a document as the command line prints it into the SDK's type of the
// same answer. The command line writes times in several forms, policies as
// objects where the SDK has text, and some members with a small first letter.
func fill(into reflect.Value, doc json.RawMessage) error {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return err
	}
	return put(into, v, "")
}

func put(into reflect.Value, v any, at string) error {
	if v == nil {
		return nil
	}
	switch into.Kind() {
	case reflect.Pointer:
		if into.Type().Elem() == reflect.TypeFor[time.Time]() {
			t, err := moment(v)
			if err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			into.Set(reflect.ValueOf(&t))
			return nil
		}
		p := reflect.New(into.Type().Elem())
		if err := put(p.Elem(), v, at); err != nil {
			return err
		}
		into.Set(p)
		return nil
	case reflect.Struct:
		return putStruct(into, v, at)
	case reflect.Slice:
		return putList(into, v, at)
	case reflect.Map:
		return putMap(into, v, at)
	case reflect.Interface:
		return nil // nothing of what is read is of several types
	}
	return putScalar(into, v, at)
}

func putStruct(into reflect.Value, v any, at string) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is no object", at)
	}
	for name, inner := range m {
		f, ok := member(into.Type(), name)
		if !ok || !f.IsExported() {
			continue // newer than what is known here
		}
		if err := put(into.FieldByIndex(f.Index), inner, strings.TrimPrefix(at+"."+name, ".")); err != nil {
			return err
		}
	}
	return nil
}

func putList(into reflect.Value, v any, at string) error {
	if into.Type().Elem().Kind() == reflect.Uint8 {
		text, ok := v.(string)
		plain, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil {
			plain = []byte(text) // a newer command line prints it as it is
		}
		into.SetBytes(plain)
		return nil
	}
	l, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%s is no list", at)
	}
	out := reflect.MakeSlice(into.Type(), len(l), len(l))
	for i, inner := range l {
		if inner == nil {
			return fmt.Errorf("%s has nothing at %d", at, i)
		}
		if err := put(out.Index(i), inner, at+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	into.Set(out)
	return nil
}

func putMap(into reflect.Value, v any, at string) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is no object", at)
	}
	out := reflect.MakeMapWithSize(into.Type(), len(m))
	for name, inner := range m {
		value := reflect.New(into.Type().Elem()).Elem()
		if err := put(value, inner, at+"."+name); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), value)
	}
	into.Set(out)
	return nil
}

var errType = errors.New("of another type than is documented")

func putScalar(into reflect.Value, v any, at string) error {
	switch into.Kind() {
	case reflect.String:
		switch x := v.(type) {
		case string:
			into.SetString(x)
			return nil
		case map[string]any: // a policy
			text, err := json.Marshal(x)
			into.SetString(string(text))
			return err
		}
	case reflect.Bool:
		if x, ok := v.(bool); ok {
			into.SetBool(x)
			return nil
		}
	case reflect.Int32, reflect.Int64, reflect.Int:
		if x, ok := v.(json.Number); ok {
			if n, err := x.Int64(); err == nil && !into.OverflowInt(n) {
				into.SetInt(n)
				return nil
			}
		}
	case reflect.Float32, reflect.Float64:
		if x, ok := v.(json.Number); ok {
			if n, err := x.Float64(); err == nil {
				into.SetFloat(n)
				return nil
			}
		}
	}
	return fmt.Errorf("%s is %w", at, errType)
}

// moment reads a time: RFC 3339, with a space in the middle, or seconds since
// 1970, as older command lines print it.
func moment(v any) (time.Time, error) {
	switch x := v.(type) {
	case string:
		for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05"} {
			if t, err := time.Parse(form, x); err == nil {
				return t.UTC(), nil
			}
		}
		if n, err := strconv.ParseFloat(x, 64); err == nil {
			return seconds(n)
		}
	case json.Number:
		if n, err := x.Float64(); err == nil {
			return seconds(n)
		}
	}
	return time.Time{}, fmt.Errorf("%v is no time", v)
}

const lastSecond = 253402300799 // of the year 9999

func seconds(n float64) (time.Time, error) {
	if math.IsNaN(n) || n < 0 || n > lastSecond {
		return time.Time{}, fmt.Errorf("%v is no time", n)
	}
	whole, part := math.Modf(n)
	return time.Unix(int64(whole), int64(part*1e3)*1e6).UTC(), nil
}

// members are a document's, at the top.
func members(doc json.RawMessage) ([]string, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		return nil, errors.New("it is not an object, as every answer is")
	}
	var out []string
	for name := range m {
		switch name {
		case "ResponseMetadata", "NextToken", "$metadata":
		default:
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

// has counts the names that the answer's documented shape has.
func (a *action) has(names []string) (n int) {
	for _, name := range names {
		if _, ok := member(a.answer, name); ok {
			n++
		}
	}
	return n
}

func member(t reflect.Type, name string) (reflect.StructField, bool) {
	return t.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) && s != "ResultMetadata" })
}

// fits reports, as an error, that a document is not this answer. It may have
// members that are newer than what is known here, but not only such.
func (a *action) fits(doc json.RawMessage) error {
	names, err := members(doc)
	if err != nil {
		return err
	}
	if len(names) > 0 && a.has(names) == 0 || len(names) == 0 && !a.empty {
		return fmt.Errorf("it is not what %s %s answers: it has %s", a.service, a.file, strings.Join(append(names, "nothing else"), ", "))
	}
	if err := fill(reflect.New(a.answer).Elem(), doc); err != nil {
		return fmt.Errorf("it is not what %s %s answers: %w", a.service, a.file, err)
	}
	return nil
}

// recognised is the only answer whose shape has all members of the documents;
// nil if there is none, or several.
func recognised(known []action, docs []json.RawMessage) *action {
	var found *action
	for i := range known {
		a := &known[i]
		if slices.ContainsFunc(docs, func(d json.RawMessage) bool {
			names, err := members(d)
			return err != nil || len(names) == 0 || a.has(names) != len(names) || a.fits(d) != nil
		}) {
			continue
		}
		if found != nil {
			return nil
		}
		found = a
	}
	return found
}

// isEvents reports files of CloudTrail's events, as it delivers them.
func isEvents(docs []json.RawMessage) bool {
	for _, d := range docs {
		var log struct {
			Records *[]struct {
				ID string `json:"eventID"`
			}
		}
		if json.Unmarshal(d, &log) != nil || log.Records == nil || slices.ContainsFunc(*log.Records, func(r struct {
			ID string `json:"eventID"`
		},
		) bool {
			return r.ID == ""
		}) {
			return false
		}
	}
	return len(docs) > 0
}
