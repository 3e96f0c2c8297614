package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/suite"
)

type doctorCmd struct{}

type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	Fix  string `json:"fix,omitempty"`
}

type doctorOut struct {
	OK       bool      `json:"ok"`
	Findings []finding `json:"findings"`
}

func (d *doctorOut) add(what string, err error, text, fix string) {
	f := finding{What: what, OK: err == nil, Text: text}
	if err != nil {
		f.Text, f.Fix = explain(err), fix
	}
	d.OK = d.OK && f.OK
	d.Findings = append(d.Findings, f)
}

// leastSpace is how much room a store should have.
const leastSpace = 1 << 30

// Run looks at the store, its keys and its work.
func (doctorCmd) Run(ctx context.Context, r *run) error {
	if err := r.here("The doctor looks at a store; a server answers on /readyz."); err != nil {
		return err
	}
	out := &doctorOut{OK: true}
	out.folder(r.dataDir(), r.config().Place())
	s, err := r.store(ctx)
	out.add("store", err, "opens, and its schema is this program's", "Start with the program and the key file that belong to it.")
	if err == nil {
		out.store(ctx, r, s)
	}
	if err := emit(r, out, printDoctor); err != nil {
		return err
	}
	if !out.OK {
		return found(exitFailed)
	}
	return nil
}

func printDoctor(p *paper, v *doctorOut) {
	for _, f := range v.Findings {
		if f.OK {
			p.line("%s      %-14s %s", p.paint(green, "ok"), f.What, f.Text)
			continue
		}
		p.line("%s  %-14s %s", p.paint(red, "FAILED"), f.What, indentBy(f.Text, 23))
		if f.Fix != "" {
			p.line("fix:    %s", f.Fix)
		}
	}
}

// folder looks at the folder and the master key.
func (d *doctorOut) folder(dir string, place keys.Place) {
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fault.New(fault.Forbidden, "%s can be read by others (mode %04o).", dir, info.Mode().Perm())
	}
	d.add("folder", err, dir, "chmod 700 "+dir)
	var fs syscall.Statfs_t
	err = syscall.Statfs(dir, &fs)
	free := fs.Bavail * uint64(fs.Bsize) //nolint:gosec // its type differs by system
	if err == nil && free < leastSpace {
		err = fault.New(fault.Busy, "only %d MiB are free", free>>20)
	}
	d.add("space", err, fmt.Sprintf("%.1f GiB free", float64(free)/(1<<30)), "Free some space, or move the store.")
	d.master(place)
}

// master looks at where the master key is. That it opens is seen when the store is.
func (d *doctorOut) master(place keys.Place) {
	w, err := place.Find()
	if err == nil && w.Plain != "" {
		err = fault.New(fault.Conflict, "%s still has the master key, which %s wraps.", w.Plain, w.Service)
		d.add("master key", err, "", "assay key move --to "+w.Service)
		return
	}
	switch {
	case err != nil, w.Kind == keys.InService:
		d.add("master key", err, "wrapped by "+w.Service+" in "+w.File+"; keep a copy of that file, nothing opens without it", "")
	case w.Kind == keys.InEnvironment:
		d.add("master key", nil, "in ASSAY_MASTER_KEY; keep a copy elsewhere, nothing opens without it", "")
	default:
		key := filepath.Join(place.Dir, "master.key")
		info, err := os.Stat(key)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = fault.New(fault.Forbidden, "%s can be read by others (mode %04o).", key, info.Mode().Perm())
		}
		d.add("master key", err, key+"; keep a copy elsewhere, nothing opens without it", "chmod 600 "+key)
	}
}

// store looks at what is inside.
func (d *doctorOut) store(ctx context.Context, r *run, s *suite.Suite) {
	begun := r.Now()
	err := s.DB.Ping(ctx)
	d.add("database", err, fmt.Sprintf("%s answers in %d ms", s.DB.Engine(), r.Now().Sub(begun).Milliseconds()), "")
	_, err = s.Blobs.Has(ctx, strings.Repeat("0", 64))
	d.add("objects", err, "can be read", "See that the folder or bucket is there and may be read.")
	depth, err := job.Depth(ctx, s.DB)
	if err == nil && depth[job.Failed] > 0 {
		err = fault.New(fault.Conflict, "%s failed for good", count(depth[job.Failed], "job", "jobs"))
	}
	d.add("work", err, fmt.Sprintf("%d queued, %d in hand", depth[job.Queued], depth[job.Leased]), "assay serve --verbose tells why a job fails.")
	d.copies(ctx, r, s)
	d.turning(ctx, r, s)
	orgs, err := s.Orgs.All(ctx)
	d.add("organizations", err, count(len(orgs), "organization", "organizations"), "")
	for i := range orgs {
		d.org(ctx, r, s, &orgs[i])
	}
}

// turningFor is how long a rotation of keys may take before the doctor complains: as
// long as it is not over, the key before opens the store.
const turningFor = 7 * 24 * time.Hour

// turning looks at a rotation of the master key that is not over.
func (d *doctorOut) turning(ctx context.Context, r *run, s *suite.Suite) {
	since, behind, err := s.MasterWaits(ctx)
	fix := "assay key retire master, once what serves the store was restarted."
	switch {
	case err == nil && since.IsZero():
		return
	case err == nil && behind:
		fix, err = "assay key rotate master", fault.New(fault.Conflict, "the store is under the master key that follows the one in its place")
	case err == nil && r.Now().Sub(since) > turningFor:
		err = fault.New(fault.Conflict, "the rotation of %s is not over: the master key before still opens the store", moment(&since, time.Local))
	}
	d.add("rotation", err, "of the master key, "+moment(&since, time.Local)+"; the one before still opens the store", fix)
}

// turned looks at a rotation of an organization's key that is not over.
func (d *doctorOut) turned(ctx context.Context, r *run, s *suite.Suite, o *org.Org) {
	k, err := s.KeysOf(ctx, access.Console(o.ID))
	if err == nil && k.Keys == 1 {
		return
	}
	if err == nil && r.Now().Sub(k.RotatedAt) > turningFor {
		err = fault.New(fault.Conflict, "the rotation of %s is not over: %d keys open what is sealed", moment(&k.RotatedAt, time.Local), k.Keys)
	}
	d.add(o.Slug+" keys", err, fmt.Sprintf("%d, rotated %s", k.Keys, moment(&k.RotatedAt, time.Local)), "assay key status, then assay key retire org.")
}

// copies looks at the newest copy of the store, where copies are wanted.
func (d *doctorOut) copies(ctx context.Context, r *run, s *suite.Suite) {
	c := s.Backups.Config
	if c == nil {
		return
	}
	list, err := s.Backups.List(ctx)
	text := ""
	switch {
	case err != nil:
	case len(list) == 0:
		err = fault.New(fault.NotFound, "there is none in %s", c.To)
	case r.Now().Sub(list[0].At) > 2*c.Every:
		err = fault.New(fault.Busy, "the newest is of %s, and one is due every %s", list[0].At.Local().Format("2006-01-02 15:04"), c.Every)
	default:
		text = fmt.Sprintf("%s, the newest of %s", count(len(list), "copy", "copies"), list[0].At.Local().Format("2006-01-02 15:04"))
	}
	d.add("backups", err, text, "assay backup make, and see that assay serve runs.")
}

// org looks at one organization: its log and its connections.
func (d *doctorOut) org(ctx context.Context, r *run, s *suite.Suite, o *org.Org) {
	operations := &api.Server{Suite: s}
	c := operations.Client(access.Console(o.ID))
	v, err := api.Call[api.Verified](ctx, c, "log.verify", &struct{}{})
	text := ""
	if err == nil {
		text = fmt.Sprintf("%d entries, whole and as signed", v.Entries)
	}
	d.add(o.Slug+" log", err, text, "Keep a copy of the store, and tell your auditor.")
	d.turned(ctx, r, s, o)
	list, err := s.Connectors.List(ctx, access.Console(o.ID))
	var late []string
	for i := range list {
		if list[i].Overdue(r.Now()) {
			late = append(late, list[i].Name)
		}
	}
	if err == nil && len(late) > 0 {
		err = fault.New(fault.Busy, "not collected in time: %s", strings.Join(late, ", "))
	}
	d.add(o.Slug+" sources", err, count(len(list), "source", "sources")+", none overdue", "assay connector sync --all, and see that assay serve runs.")
}
