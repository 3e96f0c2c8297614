package linux

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// unit is what systemd says of one of its units.
type unit struct{ description, startup, active string }

var unitKinds = []string{"service", "socket", "timer"}

// services asks systemd. Where another init runs, or none as in a container,
// there is nobody to ask.
func (c *collection) services(ctx context.Context) error {
	if c.exists("/run/systemd/system") != yes {
		c.run.Incomplete(kindService, "This host was not started by systemd, and services under another init are not read.")
		return nil
	}
	types := "--type=" + strings.Join(unitKinds, ",")
	loaded, err := c.ask(ctx, "systemctl", "list-units", types, "--all", "--plain", "--no-legend", "--no-pager", "--full")
	if err != nil {
		c.run.Incomplete(kindService, "Services could not be listed: systemctl list-units: "+because(err)+".")
		return nil
	}
	files, err := c.ask(ctx, "systemctl", "list-unit-files", types, "--no-legend", "--no-pager", "--full")
	if err != nil {
		c.run.Incomplete(kindService, "Services could not be listed: systemctl list-unit-files: "+because(err)+".")
		return nil
	}
	c.units = parseUnits(loaded, files)
	for _, name := range slices.Sorted(maps.Keys(c.units)) {
		u := c.units[name]
		s := newSheet()
		s.set("name", name)
		s.text("description", u.description)
		s.set("kind", name[strings.LastIndexByte(name, '.')+1:])
		s.set("startup", u.startup)
		s.set("active", u.active)
		if err := c.emit(ctx, kindService, name, s); err != nil {
			return err
		}
	}
	c.run.Complete(kindService)
	return nil
}

// parseUnits joins "unit load active sub description" with "file state …".
func parseUnits(loaded, files []byte) map[string]unit {
	units := map[string]unit{}
	for _, line := range lines(files) {
		if f := strings.Fields(line); len(f) >= 2 && isUnit(f[0]) {
			units[f[0]] = unit{startup: f[1], active: "inactive"} // not loaded is not running
		}
	}
	for _, line := range lines(loaded) {
		f := strings.Fields(line)
		if len(f) < 4 || !isUnit(f[0]) || f[1] == "not-found" { // other units merely mention it
			continue
		}
		u := units[f[0]]
		u.active, u.description = f[2], strings.Join(f[4:], " ")
		if u.startup == "" {
			u.startup = startupOf(f[0], f[1], units)
		}
		units[f[0]] = u
	}
	return units
}

// startupOf is the state of a unit that has no file of its own: that of its
// template, or what systemd calls a unit made at run time.
func startupOf(name, load string, units map[string]unit) string {
	if load != "loaded" {
		return load // masked, error
	}
	if before, after, ok := strings.Cut(name, "@"); ok {
		if t, ok := units[before+"@"+after[strings.LastIndexByte(after, '.'):]]; ok {
			return t.startup
		}
	}
	return "transient"
}

func isUnit(name string) bool {
	return slices.Contains(unitKinds, name[strings.LastIndexByte(name, '.')+1:]) && strings.Contains(name, ".")
}

// kernelNames are the settings that hardening guides ask for.
var kernelNames = []string{
	"fs.protected_fifos", "fs.protected_hardlinks", "fs.protected_regular", "fs.protected_symlinks", "fs.suid_dumpable",
	"kernel.dmesg_restrict", "kernel.kexec_load_disabled", "kernel.kptr_restrict", "kernel.modules_disabled", "kernel.randomize_va_space",
	"kernel.sysrq", "kernel.unprivileged_bpf_disabled", "kernel.yama.ptrace_scope",
	"net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.all.accept_source_route", "net.ipv4.conf.all.log_martians",
	"net.ipv4.conf.all.rp_filter", "net.ipv4.conf.all.secure_redirects", "net.ipv4.conf.all.send_redirects",
	"net.ipv4.conf.default.accept_redirects", "net.ipv4.conf.default.accept_source_route", "net.ipv4.conf.default.rp_filter",
	"net.ipv4.icmp_echo_ignore_broadcasts", "net.ipv4.icmp_ignore_bogus_error_responses", "net.ipv4.ip_forward", "net.ipv4.tcp_syncookies",
	"net.ipv6.conf.all.accept_ra", "net.ipv6.conf.all.accept_redirects", "net.ipv6.conf.all.accept_source_route",
	"net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.forwarding",
}

// kernelSettings reads what this kernel has of them; one that it does not have
// does not exist.
func (c *collection) kernelSettings(ctx context.Context) error {
	for _, name := range kernelNames {
		b, err := c.host.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
		if missing(err) {
			continue
		}
		s := newSheet()
		s.set("name", name)
		if err != nil {
			c.run.Refuse("read /proc/sys", because(err))
			c.run.Note(kindKernel, "Some kernel settings may be read by root only.")
			s.lose("value")
		} else {
			c.run.Page("read /proc/sys", "", 1)
			s.set("value", strings.TrimSpace(text(b)))
		}
		if err := c.emit(ctx, kindKernel, name, s); err != nil {
			return err
		}
	}
	c.run.Complete(kindKernel)
	return nil
}
