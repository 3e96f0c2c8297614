package cli

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/backup"
	"assay/internal/kit/fault"
	"assay/internal/suite"
)

type backupCmd struct {
	Make backupMakeCmd `cmd:"" help:"Make a copy now, and read it back."`
	List backupListCmd `cmd:"" help:"The copies there are, newest first."`
}

// copies is the store, which must say where its copies go.
func (r *run) copies(ctx context.Context) (*suite.Suite, error) {
	if err := r.here("Backups are made where the store is."); err != nil {
		return nil, err
	}
	s, err := r.store(ctx)
	if err != nil {
		return nil, err
	}
	if s.Backups.Config == nil {
		return nil, fault.New(fault.Invalid, "Say in %s/backup.yaml where backups go and to whose keys they are encrypted.", r.dataDir())
	}
	return s, nil
}

type backupMakeCmd struct{}

// Run makes a copy.
func (backupMakeCmd) Run(ctx context.Context, r *run) error {
	s, err := r.copies(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would copy the store to %s. Nothing was done.", s.Backups.Config.To)
		return nil
	}
	made, err := working(r, "Copying", func() (*backup.Made, error) { return s.Backups.Make(ctx, access.Console) })
	if err != nil {
		return err
	}
	return emit(r, made, func(p *paper, v *backup.Made) {
		ok := p.paint(green, "ok")
		p.line("%s  written      %s, %s, to %s", ok, v.ID, size(v.Bytes), v.Place)
		p.line("%s  read back    %d rows, decrypted with a key made for it", ok, v.Rows)
		p.line("%s  objects      %d, of which %d had to be copied", ok, v.Objects, v.New)
		for i := range v.Logs {
			p.line("%s  log          %d entries of %s, computed again", ok, v.Logs[i].Size, v.Logs[i].Origin)
		}
		if len(v.Forgot) > 0 {
			p.line("%s  forgotten    %s, which no rule keeps", ok, strings.Join(v.Forgot, ", "))
		}
		p.line("The master key is in no backup. Without it, nothing in one opens.")
	})
}

func size(n int64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", (n+1023)>>10)
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
}

type backupListCmd struct{}

type copiesOut struct {
	Place  string        `json:"place"`
	Copies []backup.Copy `json:"copies"`
}

// Run lists the copies.
func (backupListCmd) Run(ctx context.Context, r *run) error {
	s, err := r.copies(ctx)
	if err != nil {
		return err
	}
	out := &copiesOut{Place: s.Backups.Config.To}
	if out.Copies, err = s.Backups.List(ctx); err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *copiesOut) {
		if len(v.Copies) == 0 {
			p.line("No backup is in %s yet.", v.Place)
			return
		}
		rows := [][]string{{"backup", "made", "size", "rows", "objects", "logs"}}
		for i := range v.Copies {
			c := &v.Copies[i]
			var logs []string
			for _, l := range c.Logs {
				logs = append(logs, strconv.FormatInt(l.Size, 10))
			}
			rows = append(rows, []string{
				c.ID, c.At.Local().Format("2006-01-02 15:04"), size(c.Bytes), strconv.FormatInt(c.Rows, 10), strconv.Itoa(c.Objects), strings.Join(logs, ", "),
			})
		}
		p.table(rows)
	})
}

type restoreCmd struct {
	From   restoreFromCmd   `cmd:"" help:"Put a copy into an empty folder. It starts read-only."`
	Check  restoreCheckCmd  `cmd:"" help:"Compare what was put back with what was signed, mirrored and witnessed."`
	Accept restoreAcceptCmd `cmd:"" help:"Go on from what was put back."`
	Test   restoreTestCmd   `cmd:"" help:"Put a copy back beside the store, compare it, and note in the log that it can be."`
}

type restoreFromCmd struct {
	Place    string `arg:"" help:"Where the copies lie: a folder, or https://endpoint/bucket/prefix."`
	Identity string `required:"" placeholder:"FILE" help:"Your age key."`
	Backup   string `placeholder:"ID" help:"Which copy; the newest unless given."`
}

// Run puts a copy back, then compares it.
func (c *restoreFromCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("A backup is put back where the store is to be."); err != nil {
		return err
	}
	in, err := c.in(ctx, r)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would put a copy from %s into %s. Nothing was done.", c.Place, in.Data)
		return nil
	}
	back, err := working(r, "Putting back", func() (*backup.Restored, error) { return backup.Restore(ctx, in) })
	if err != nil {
		return err
	}
	r.note("Put back: the backup of %s, %d rows and %d objects. It is read-only.", back.At.Local().Format(time.RFC1123), back.Rows, back.Moved)
	return compared(ctx, r)
}

type restoreCheckCmd struct{}

// Run compares what was put back.
func (restoreCheckCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("What was put back is compared where the store is."); err != nil {
		return err
	}
	return compared(ctx, r)
}

type comparedOut struct {
	Backup string            `json:"backup,omitempty"` // which waits to be accepted
	Sound  bool              `json:"sound"`
	Logs   []backup.LogState `json:"logs"`
}

func compared(ctx context.Context, r *run) error {
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	held, err := s.Backups.Held(ctx)
	if err != nil {
		return err
	}
	out := &comparedOut{Sound: true}
	if held != nil {
		out.Backup = held.Backup
	}
	out.Logs, err = working(r, "Comparing", func() ([]backup.LogState, error) { return s.Backups.Examine(ctx) })
	if err != nil {
		return err
	}
	for i := range out.Logs {
		out.Sound = out.Sound && out.Logs[i].Sound()
	}
	if err := emit(r, out, printCompared); err != nil {
		return err
	}
	if !out.Sound {
		return found(exitTampered)
	}
	return nil
}

func printCompared(p *paper, v *comparedOut) {
	for i := range v.Logs {
		printState(p, &v.Logs[i])
	}
	switch {
	case v.Backup == "":
		p.line("Nothing waits to be accepted here.")
	case v.Sound:
		p.line("The store has everything that anybody who was asked knows. Go on with: assay restore accept")
	default:
		p.line("Read-only until you say what to do. assay restore accept goes on where the log mirror has what is missing;")
		p.line("rows of those entries are lost, the log will say so, and packages are refused from then on. A newer copy is better, if there is one.")
	}
}

func printState(p *paper, l *backup.LogState) {
	ok, bad := p.paint(green, "ok    "), p.paint(red, "FAILED")
	p.line("%s, %s", l.Name, l.Origin)
	if l.Problem == "" {
		p.line("%s  store        %d entries computed again, %d rows say what they say", ok, l.Size, l.Rows)
	} else {
		p.line("%s  store        %s", bad, l.Problem)
	}
	for i := range l.Seen {
		s := &l.Seen[i]
		switch {
		case s.Fork || s.Problem != "":
			p.line("%s  %s: %s", bad, s.Who, s.Problem)
		case s.Size > l.Size:
			p.line("%s  %s has %d entries, %d more than the store", bad, s.Who, s.Size, s.Size-l.Size)
		default:
			p.line("%s  %s has %d entries, and they are these", ok, s.Who, s.Size)
		}
	}
	for _, note := range l.Notes {
		p.line("note    %s", note)
	}
	if l.Missing > 0 {
		p.line("%d entries are missing; the log mirror has %d of them", l.Missing, l.Here)
	}
}

type restoreAcceptCmd struct{}

type acceptedOut struct {
	Logs []backup.Accepted `json:"logs"`
}

// Run goes on from what was put back.
func (restoreAcceptCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("What was put back is accepted where the store is."); err != nil {
		return err
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	if r.DryRun {
		return compared(ctx, r)
	}
	out := &acceptedOut{}
	if out.Logs, err = working(r, "Comparing", func() ([]backup.Accepted, error) { return s.Backups.Accept(ctx, access.Console) }); err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *acceptedOut) {
		for i := range v.Logs {
			l := &v.Logs[i]
			p.line("%s goes on with %d entries.", l.Name, l.Size)
			if l.Replayed > 0 {
				p.line("%d of them came from the log mirror, without their rows. The log names them: tell your auditor.", l.Replayed)
				p.line("Packages of this log are refused from now on: they have no place for entries without rows. Keep the last one that was exported.")
			}
		}
		p.line("The store can be changed again. Start what serves it.")
	})
}

type restoreTestCmd struct {
	Identity string `required:"" placeholder:"FILE" help:"Your age key."`
	Backup   string `placeholder:"ID" help:"Which copy; the newest unless given."`
}

// Run puts a copy back beside the store, and forgets it.
func (c *restoreTestCmd) Run(ctx context.Context, r *run) error {
	s, err := r.copies(ctx)
	if err != nil {
		return err
	}
	identity, err := os.ReadFile(c.Identity)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The age key cannot be read: %v.", err)
	}
	if r.DryRun {
		r.note("Would put a copy from %s back beside the store. Nothing was done.", s.Backups.Config.To)
		return nil
	}
	out, err := working(r, "Putting back", func() (*backup.Tested, error) { return s.Backups.Test(ctx, identity, c.Backup, access.Console) })
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *backup.Tested) {
		ok := p.paint(green, "ok")
		p.line("%s  put back     %s, made %s: %d rows and %d objects in %.0f s", ok, v.ID, v.At.Local().Format("2006-01-02 15:04"), v.Rows, v.Moved, v.Seconds)
		for i := range v.Logs {
			p.line("%s  log          %d entries of %s computed again, %d rows say what they say", ok, v.Logs[i].Size, v.Logs[i].Origin, v.Logs[i].Rows)
		}
		p.line("The log of each organization says so. What was put back is removed again.")
	})
}
