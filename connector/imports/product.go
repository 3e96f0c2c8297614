package imports

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// Product describes the connector: a file on this machine that something else
// writes anew, read again at every collection.
func Product() connector.Product {
	return connector.Product{
		Name: "import", Version: "1", Title: "Import from a file",
		Summary: "Reads a JSON, NDJSON or CSV file as resources of a kind that you declare.",
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "path", Label: "File", Required: true, Example: "/srv/exports/changes.ndjson", Help: "Where the file is on the machine that Assay runs on."},
			{Name: "format", Label: "Format", Choices: []string{"", "json", "ndjson", "csv"}, Help: "How it is written. Empty: as its name ends."},
			{Name: "declaration", Label: "Declaration", Required: true, Lines: true, Help: "The kind, its fields and its id, in YAML.", Example: example},
			{Name: "renewed", Label: "Renewed within", Default: "7", Help: "For lists of what is: days after which a file that nobody wrote anew tells nothing about today. 0 is never."},
			{Name: "covers_from", Label: "Covers from", Example: "2026-01-01T00:00:00Z", Help: "For events: the time from which the file holds every one. It holds them up to when it was written."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"Have the source export the list on a schedule, whole, into a file that Assay's account may read and only the exporting account may write.",
				"Write the file under another name and rename it, so that it is never read half-written.",
			},
			NotRead: []string{"fields that the declaration does not name"},
		},
		Declare: declare,
		Open:    open,
	}
}

// Template is a declaration to start from.
func Template() string { return example }

const example = `kind: acme.device
version: 1
title: Devices
family: state
label: name
authority: devices.example.com
id: [serial]
fields:
  - {name: serial, type: string, meaning: "serial number"}
  - {name: name, type: string, meaning: "what it is called"}
  - {name: encrypted, type: bool, meaning: "its disk is encrypted"}
read:
  encrypted: {path: disk.encrypted}
`

func declare(c connector.Config) ([]resource.Schema, error) {
	d, err := ParseDeclaration([]byte(c["declaration"]))
	if err != nil {
		return nil, err
	}
	return []resource.Schema{d.Schema}, nil
}

type source struct {
	env     connector.Env
	d       Declaration
	path    string
	format  Format
	renewed time.Duration
	from    time.Time
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	s := &source{env: env, path: c["path"]}
	if !env.AllowLocal {
		return nil, fault.New(fault.Forbidden, "A file on this machine is read only where the operator allows it. Upload the file instead.")
	}
	if env.Now == nil {
		return nil, fault.New(fault.Invalid, "A file cannot be read without a clock.")
	}
	var wrong []fault.Field
	note := func(name string, err error) {
		if err != nil {
			wrong = append(wrong, fault.Field{Name: name, Text: fault.Text(err)})
		}
	}
	var err error
	s.d, err = ParseDeclaration([]byte(c["declaration"]))
	note("declaration", err)
	s.format, err = ParseFormat(c["format"], s.path)
	note("format", err)
	if !filepath.IsAbs(s.path) || strings.ContainsRune(s.path, 0) {
		note("path", fault.New(fault.Invalid, "Give the whole path, from the first slash on."))
	}
	days, err := strconv.Atoi(strings.TrimSpace(orSeven(c["renewed"])))
	if err != nil || days < 0 || days > 3660 {
		note("renewed", fault.New(fault.Invalid, "Give a number of days."))
	}
	s.renewed = time.Duration(days) * 24 * time.Hour
	if at := c["covers_from"]; at != "" {
		if s.from, err = time.Parse(time.RFC3339, at); err != nil {
			note("covers_from", fault.New(fault.Invalid, "Give a time such as 2026-01-01T00:00:00Z."))
		}
	}
	if len(wrong) > 0 {
		return nil, fault.Fields(wrong[0].Text, wrong...)
	}
	return s, nil
}

func orSeven(s string) string {
	if s == "" {
		return "7"
	}
	return s
}

// Authority is the declaration's.
func (s *source) Authority(context.Context) (string, error) { return s.d.Authority, nil }

// Collect reads the file once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	kind, call := s.d.Kind, "read "+s.path
	f, before, err := openPlain(s.path)
	if err != nil {
		run.Refuse(call, because(err))
		run.Incomplete(kind, "The file "+s.path+" could not be read: "+because(err)+".")
		return nil
	}
	defer func() { _ = f.Close() }()
	sum, err := read(ctx, &s.d, f, s.format, run)
	run.Page(call, "", sum.Kept)
	run.Upstream(call, sum.Rows)
	if err != nil {
		if fault.Is(err, fault.Invalid) {
			run.Incomplete(kind, fault.Text(err))
			return nil
		}
		return err
	}
	sum.Tell(run, kind)
	after, err := f.Stat()
	if err != nil || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		run.Incomplete(kind, "The file was written to while it was read. Write it under another name and rename it.")
	}
	a := age{written: before.ModTime(), renewed: s.renewed, from: s.from, to: before.ModTime()}
	a.tell(run, &s.d, s.env.Now())
	run.Complete(kind)
	return nil
}

// openPlain opens a plain file.
func openPlain(name string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a plain file")
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err = f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

func because(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, fs.ErrNotExist):
		return "it is not there"
	}
	return err.Error()
}

// told is how many refusals are named in the manifest; the rest is counted.
const told = 15

// Tell puts the summary into the manifest.
func (s *Summary) Tell(run *connector.Run, kind string) {
	for _, n := range s.Notes {
		run.Note(kind, n)
	}
	if s.RefusedTotal > 0 {
		run.Incomplete(kind, fmt.Sprintf("Rows refused: %d of %d.", s.RefusedTotal, s.Rows))
		for _, r := range s.Refused[:min(told, len(s.Refused))] {
			run.Note(kind, r.String())
		}
	}
	if !s.Whole {
		run.Incomplete(kind, "The file was not read to its end.")
	}
}

// age is what is known of when a file was written, and of the time that its
// events are all of.
type age struct {
	written  time.Time
	renewed  time.Duration // how long a list of what is holds good; 0 is for ever
	from, to time.Time
}

// tell says what it means: for a state, whether it still tells of today; for
// events, which span they cover.
func (a *age) tell(run *connector.Run, d *Declaration, now time.Time) {
	if d.Family != resource.Event {
		if a.renewed > 0 && now.Sub(a.written) > a.renewed {
			run.Incomplete(d.Kind, fmt.Sprintf("The file was last written on %s. A list that nobody renews tells nothing about today.", a.written.UTC().Format(time.DateOnly)))
		}
		return
	}
	if a.from.IsZero() {
		run.Incomplete(d.Kind, "It is not said from when on the file holds every event. Set Covers from.")
		return
	}
	to := clock.Trunc(a.to)
	if now.Before(to) {
		to = now
	}
	if to.Before(a.from) {
		to = a.from
	}
	run.Covers(d.Kind, a.from, to)
}
