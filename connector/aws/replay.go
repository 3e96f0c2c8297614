package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// fromTape is the recorded answer to one request.
func fromTape[O any](t *tape, p place, k key) (*O, error) {
	found := t.lookup(p, k)
	switch {
	case len(found) == 0:
		return nil, t.missing(p, k)
	case len(found) > 1 && slices.ContainsFunc(found, func(x taped) bool { return !bytes.Equal(x.doc, found[0].doc) }):
		return nil, fmt.Errorf("several recordings answer %s: %s and %s", k.name(), found[0].file, found[1].file)
	}
	return decode[O](&found[0])
}

func decode[O any](x *taped) (*O, error) {
	switch {
	case x.broken != nil:
		return nil, fmt.Errorf("%s is not taken: %w", x.file, x.broken)
	case x.failed != nil:
		return nil, x.failed
	}
	out := new(O)
	if err := fill(reflect.ValueOf(out).Elem(), x.doc); err != nil {
		return nil, fmt.Errorf("%s is not taken: %w", x.file, err)
	}
	return out, nil
}

// lookup finds the recordings of a request. Of a sub-call it takes those whose
// name says what they are about, or else whose content does.
func (t *tape) lookup(p place, k key) (found []taped) {
	var silent []taped
	for _, x := range t.answers[k.name()] {
		switch {
		case x.place.account != p.account, regional(k.name()) && x.place.region != p.region:
		case k.of == "" || x.of == k.of || strings.EqualFold(x.of, fileName(k.of)):
			found = append(found, x)
		case x.of == "" || mentions(x.doc, k.of):
			silent = append(silent, x)
		}
	}
	if len(found) == 0 {
		for _, x := range silent {
			if mentions(x.doc, k.of) {
				found = append(found, x)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b taped) int { return a.number - b.number })
	return found
}

// fileName is how a name can stand in the name of a file.
func fileName(of string) string { return strings.NewReplacer("/", "_", ":", "_").Replace(of) }

// mentions reports that a document says, as a value, what it is about.
func mentions(doc json.RawMessage, of string) bool {
	quoted, _ := json.Marshal(of)
	return bytes.Contains(doc, quoted)
}

func (t *tape) missing(p place, k key) error {
	a := slices.IndexFunc(actions(), func(a action) bool { return a.key() == k.name() })
	file := k.action
	if a >= 0 {
		file = actions()[a].file
	}
	about := ""
	if k.of != "" {
		about = " for " + k.of
	}
	return fmt.Errorf("there is no recording of: aws %s %s%s%s", k.service, file, about, where(p))
}

// replay reads a listing from its recordings. It is whole when exactly the last
// of its pages says that none follows.
func replay[O any](c *caller, k key, each func(*O) (int, error)) error {
	found := c.tape.lookup(c.place, k)
	if len(found) == 0 {
		err := c.tape.missing(c.place, k)
		c.run.Refuse(k.name(), err.Error())
		return err
	}
	var problem error
	for i := range found {
		out, err := decode[O](&found[i])
		if err != nil {
			c.run.Refuse(k.name(), clip(err.Error()))
			problem = err
			continue
		}
		n, err := each(out)
		c.run.Page(k.name(), c.place.String(), n)
		if err != nil {
			return err
		}
		if err := chained(found, i, cut(out, found[i].doc)); err != nil {
			c.run.Refuse(k.name(), clip(err.Error()))
			problem = err
		}
	}
	return problem
}

// cut reports that an answer says that more follows it. The command line's own
// limits (--max-items) say so by NextToken, whatever the service.
func cut(out any, doc json.RawMessage) bool {
	var own struct{ NextToken *string }
	_ = json.Unmarshal(doc, &own)
	_, more := following(out)
	return more || own.NextToken != nil && *own.NextToken != ""
}

func chained(found []taped, i int, more bool) error {
	last := i == len(found)-1
	switch {
	case more && last:
		return fmt.Errorf("%s says that more follows, and nothing does", found[i].file)
	case !more && !last && !bytes.Equal(found[i].doc, found[i+1].doc):
		return fmt.Errorf("%s says that nothing follows, and %s does: they are answers to two questions", found[i].file, found[i+1].file)
	case i == 0 && found[0].number > 1:
		return fmt.Errorf("the pages before %s are missing", found[0].file)
	case more && found[i+1].number > max(found[i].number, 1)+1:
		return fmt.Errorf("between %s and %s a page is missing", found[i].file, found[i+1].file)
	}
	return nil
}
