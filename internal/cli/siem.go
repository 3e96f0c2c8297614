package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type siemCmd struct {
	List   siemListCmd   `cmd:"" help:"Destinations, and how far each has the trail."`
	Add    siemAddCmd    `cmd:"" help:"Send the trail to a destination."`
	Edit   siemEditCmd   `cmd:"" help:"Change a destination."`
	Try    siemTryCmd    `cmd:"" help:"Send what waits now."`
	Pause  siemPauseCmd  `cmd:"" help:"Send nothing until it is resumed. Nothing is lost meanwhile."`
	Resume siemResumeCmd `cmd:"" help:"Send from where it was paused."`
	Remove siemRemoveCmd `cmd:"" help:"Send nothing more."`
}

type siemListCmd struct{}

// Run lists destinations.
func (siemListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Destinations](ctx, r, "siem.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Destinations) {
		if len(v.Destinations) == 0 {
			p.line("The trail is sent nowhere. Send it: assay siem add NAME https://siem.example.com/in")
			return
		}
		rows := [][]string{{"destination", "name", "form", "address", "sent", "last", "state"}}
		for i := range v.Destinations {
			d := &v.Destinations[i]
			state := d.State
			if d.Problem != "" && state == "active" {
				state = d.Problem
			}
			rows = append(rows, []string{d.ID, d.Name, d.Form, d.Address, strconv.FormatInt(d.Sent, 10), moment(d.SentAt, time.Local), state})
		}
		p.table(rows)
	})
}

// siemTarget is what a destination is to be.
type siemTarget struct {
	Name       string `arg:"" help:"What people call it."`
	Address    string `arg:"" help:"https://siem.example.com/in; for syslog tls://siem.example.com:6514, or tcp:// with a number of this machine or its network."`
	Form       string `enum:"lines,array,splunk,syslog" default:"lines" help:"lines: NDJSON over HTTP; array: JSON over HTTP; splunk: its HTTP Event Collector; syslog: RFC 5424."`
	Header     string `default:"Authorization" help:"HTTP header that holds the credential."`
	Credential string `placeholder:"FILE" help:"File with the header's whole value, such as Bearer x or Splunk x; - for standard input."`
	Roots      string `placeholder:"FILE" help:"PEM file of the authorities that vouch for it."`
}

func (t *siemTarget) body(r *run) (out api.DestinationBody, err error) {
	out = api.DestinationBody{Name: t.Name, Address: t.Address, Form: t.Form}
	if t.Form != "syslog" {
		out.Header = t.Header
	}
	if out.Credential, err = t.read(r, t.Credential); err != nil {
		return out, err
	}
	out.Roots, err = t.read(r, t.Roots)
	return out, err
}

func (t *siemTarget) read(r *run, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	in := r.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fault.Wrap(fault.Invalid, err, "%s cannot be read: %v.", file, errors.Unwrap(err))
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	const most = 64 << 10
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return "", err
	}
	if len(b) > most {
		return "", fault.New(fault.Invalid, "%s is larger than %d KiB.", file, most>>10)
	}
	return strings.TrimSpace(string(b)), nil
}

type siemAddCmd struct {
	siemTarget

	Start bool `help:"Send the trail from its beginning, not from now."`
}

// Run adds a destination.
func (c *siemAddCmd) Run(ctx context.Context, r *run) error {
	body, err := c.body(r)
	if err != nil {
		return err
	}
	body.Start = c.Start
	out, err := change[api.Destination](ctx, r, "siem.add", &api.DestinationIn{Body: body})
	if err != nil {
		return err
	}
	return emit(r, out, sayDestination)
}

// sayDestination says what came of the last attempt.
func sayDestination(p *paper, d *api.Destination) {
	switch {
	case d.State == "paused":
		p.line("%s is paused. %s", d.Name, d.ID)
	case d.Problem != "":
		p.line("%s took nothing: %s. It is tried again; nothing is lost. %s", d.Name, d.Problem, d.ID)
	case d.SentAt == nil:
		p.line("%s gets the trail within a minute. %s", d.Name, d.ID)
	default:
		p.line("%s has the trail: %d entries, the last at %s. %s", d.Name, d.Sent, moment(d.SentAt, time.Local), d.ID)
	}
}

type siemEditCmd struct {
	Destination string `arg:"" help:"Id, from assay siem list."`
	Name        string `help:"What people call it."`
	Address     string `help:"Where it is. Another host asks for the credential again."`
	Form        string `enum:",lines,array,splunk,syslog" default:"" help:"lines, array, splunk or syslog."`
	Header      string `help:"HTTP header that holds the credential."`
	Credential  string `placeholder:"FILE" help:"File with the header's whole value; - for standard input."`
	Roots       string `placeholder:"FILE" help:"PEM file of the authorities that vouch for it."`
}

// Run changes what is given of a destination; the rest stays.
func (c *siemEditCmd) Run(ctx context.Context, r *run) error {
	list, err := whole[api.Destinations](ctx, r, "siem.list", &api.PageIn{})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list.Destinations, func(d api.Destination) bool { return d.ID == c.Destination })
	if i < 0 {
		return fault.New(fault.NotFound, "There is no destination %s. See: assay siem list", c.Destination)
	}
	d := &list.Destinations[i]
	given := siemTarget{Name: cmp.Or(c.Name, d.Name), Address: cmp.Or(c.Address, d.Address), Form: cmp.Or(c.Form, d.Form), Header: cmp.Or(c.Header, d.Header), Credential: c.Credential, Roots: c.Roots}
	body, err := given.body(r)
	if err != nil {
		return err
	}
	body.Roots = cmp.Or(body.Roots, d.Roots)
	out, err := change[api.Destination](ctx, r, "siem.edit", &api.DestinationEdit{ID: c.Destination, Body: body})
	if err != nil {
		return err
	}
	return emit(r, out, sayDestination)
}

type siemTryCmd struct {
	Destination string `arg:"" help:"Id, from assay siem list."`
}

// Run sends what waits; that nothing was taken is a failure of the command.
func (c *siemTryCmd) Run(ctx context.Context, r *run) error {
	out, err := change[api.Destination](ctx, r, "siem.try", &api.ID{ID: c.Destination})
	if err != nil {
		return err
	}
	if out.Problem != "" {
		return fault.New(fault.Busy, "%s took nothing: %s. Nothing is lost: it gets everything once it takes entries.", out.Name, out.Problem)
	}
	return emit(r, out, sayDestination)
}

type siemPauseCmd struct {
	Destination string `arg:"" help:"Id, from assay siem list."`
}

// Run pauses.
func (c *siemPauseCmd) Run(ctx context.Context, r *run) error {
	if _, err := change[nothing](ctx, r, "siem.pause", &api.ID{ID: c.Destination}); err != nil {
		return err
	}
	r.note("It is paused. Nothing is lost: it gets everything once it is resumed.")
	return nil
}

type siemResumeCmd struct {
	Destination string `arg:"" help:"Id, from assay siem list."`
}

// Run resumes.
func (c *siemResumeCmd) Run(ctx context.Context, r *run) error {
	out, err := change[api.Destination](ctx, r, "siem.resume", &api.ID{ID: c.Destination})
	if err != nil {
		return err
	}
	return emit(r, out, sayDestination)
}

type siemRemoveCmd struct {
	Destination string `arg:"" help:"Id, from assay siem list."`
}

// Run removes.
func (c *siemRemoveCmd) Run(ctx context.Context, r *run) error {
	if _, err := change[nothing](ctx, r, "siem.remove", &api.ID{ID: c.Destination}); err != nil {
		return err
	}
	r.note("It gets nothing more. What it has stays there.")
	return nil
}
