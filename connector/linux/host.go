package linux

import (
	"context"
	"strconv"
	"strings"
	"time"
)

func (c *collection) hostFacts(ctx context.Context) error {
	s := newSheet()
	s.set("identity", c.id.from)
	c.system(ctx, s)
	c.protection(ctx, s)
	c.clock(ctx, s)
	c.logging(s)
	c.updating(ctx, s)
	if c.id.from == "hostname" {
		c.run.Note(kindHost, "This host has no machine id, so it is known by its name, which another host can have. Run systemd-machine-id-setup.")
	}
	if err := c.emit(ctx, kindHost, c.id.authority, s); err != nil {
		return err
	}
	c.run.Complete(kindHost)
	return nil
}

// system is what runs here.
func (c *collection) system(ctx context.Context, s *sheet) {
	name, err := hostname(c.host)
	s.given("hostname", name, err)
	release := c.osRelease()
	s.given("os", release["PRETTY_NAME"], nil)
	s.given("os_id", release["ID"], nil)
	s.text("os_version", release["VERSION_ID"])
	if until := release["SUPPORT_END"]; until != "" {
		if _, err := time.Parse(time.DateOnly, until); err == nil {
			s.set("os_supported_until", until)
		}
	}
	kernel, err := c.read("/proc/sys/kernel/osrelease")
	s.given("kernel", strings.TrimSpace(text(kernel)), err)
	arch, err := c.host.ReadFile("/proc/sys/kernel/arch")
	if err != nil { // kernels before 6.1
		arch, err = c.ask(ctx, "uname", "-m")
	}
	s.given("arch", strings.TrimSpace(text(arch)), err)
	s.given("platform", c.platform, nil)
	if at, ok := c.bootTime(); ok {
		s.set("booted_at", at)
	} else {
		s.lose("booted_at")
	}
	if a := c.restartAwaited(); a.known {
		s.set("reboot_required", a.yes)
	}
}

// given sets the field, or marks it unavailable where nothing was read.
func (s *sheet) given(field, value string, err error) {
	if err != nil || value == "" {
		s.lose(field)
		return
	}
	s.set(field, value)
}

// osRelease reads os-release(5).
func (c *collection) osRelease() map[string]string {
	b, err := c.read("/etc/os-release")
	if err != nil {
		b, _ = c.read("/usr/lib/os-release")
	}
	out := map[string]string{}
	for _, line := range lines(b) {
		k, v, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(k, "#") {
			out[k] = strings.Trim(v, `"'`)
		}
	}
	return out
}

func (c *collection) bootTime() (time.Time, bool) {
	b, err := c.host.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, false
	}
	for _, line := range lines(b) {
		if v, ok := strings.CutPrefix(line, "btime "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
			return time.Unix(n, 0).UTC(), err == nil
		}
	}
	return time.Time{}, false
}

// restartAwaited reads the mark that Debian and its kin keep. Without the
// programs that set it, its absence says nothing.
func (c *collection) restartAwaited() answer {
	mark := c.exists("/run/reboot-required")
	if mark == no && c.installed("update-notifier-common", "unattended-upgrades") != yes {
		return unknown
	}
	return mark
}

func (c *collection) protection(ctx context.Context, s *sheet) {
	disks, swap := c.diskEncryption(ctx)
	s.answer("disk_encrypted", disks)
	if swap != nil {
		s.answer("swap_encrypted", *swap)
	}
	s.answer("secure_boot", c.secureBoot())
	on, tools := c.firewall(ctx)
	s.answer("firewall", on)
	s.set("firewall_tools", tools)
}

const secureBootVariable = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

// secureBoot reads the firmware's variable: four bytes of attributes, then 1 or
// 0. A machine that was not started by EFI did not check anything.
func (c *collection) secureBoot() answer {
	if c.platform == "container" || c.platform == "" {
		return unknown
	}
	b, err := c.host.ReadFile(secureBootVariable)
	switch {
	case err == nil && len(b) == 5:
		return is(b[4] == 1)
	case missing(err) && c.exists("/sys/firmware/efi") == no && c.exists("/sys/firmware") == yes:
		return no
	}
	return unknown
}

// timeServices keep the clock, as their processes are called.
var timeServices = []string{"chronyd", "ntpd", "systemd-timesyncd", "openntpd", "ptp4l", "phc2sys"}

// clock asks whoever keeps the time. One yes is enough: not every service tells
// the kernel that it is in step.
func (c *collection) clock(ctx context.Context, s *sheet) {
	running := c.procs.running(timeServices...)
	if len(running) > 0 {
		s.set("time_service", running[0])
	} else if !c.procs.all {
		s.lose("time_service")
	}
	synced := c.kernelClock(ctx)
	if c.procs.has("chronyd") != no {
		synced = synced.or(c.chrony(ctx))
	}
	if c.procs.has("ntpd") != no {
		synced = synced.or(c.ntp(ctx))
	}
	if c.procs.has("systemd-timesyncd") == yes && c.exists("/run/systemd/timesync/synchronized") == yes {
		synced = yes
	}
	if c.procs.all && len(running) == 0 && synced != yes {
		synced = no
	}
	if c.platform == "container" && synced != yes { // the host beneath keeps the clock
		synced = unknown
	}
	s.answer("time_synced", synced)
	if !synced.known {
		c.run.Note(kindHost, "Whether the clock is kept in step could not be told: no time service answered.")
	}
}

func (c *collection) kernelClock(ctx context.Context) answer {
	out, err := c.ask(ctx, "timedatectl", "show", "--property=NTPSynchronized", "--value")
	switch word := strings.TrimSpace(string(out)); {
	case err == nil && word == "yes":
		return yes
	case err == nil && word == "no" && len(c.procs.running("chronyd", "ntpd", "openntpd")) == 0:
		return no
	}
	return unknown
}

func (c *collection) chrony(ctx context.Context) answer {
	out, err := c.ask(ctx, "chronyc", "-n", "tracking")
	if err != nil {
		return unknown
	}
	for _, line := range lines(out) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "Leap status" {
			return is(strings.TrimSpace(value) != "Not synchronised")
		}
	}
	return unknown
}

func (c *collection) ntp(ctx context.Context) answer {
	out, err := c.ask(ctx, "ntpq", "-pn")
	if err != nil {
		return unknown
	}
	for _, line := range lines(out) {
		if strings.HasPrefix(line, "*") || strings.HasPrefix(line, "o") { // the peer that is followed
			return yes
		}
	}
	return no
}

// updating is how security updates come in, and what is waiting.
func (c *collection) updating(ctx context.Context, s *sheet) {
	on, tool := unknown, ""
	switch {
	case c.installed("apt") == yes:
		on, tool = c.unattendedUpgrades(ctx), "unattended-upgrades"
	case c.installed("dnf", "dnf5", "libdnf5", "yum") == yes:
		on, tool = c.dnfAutomatic(), "dnf-automatic"
	}
	s.answer("auto_updates", on)
	switch {
	case on == yes:
		s.set("auto_update_tool", tool)
	case !on.known:
		s.lose("auto_update_tool")
		c.run.Note(kindHost, "Whether security updates are installed by themselves could not be told.")
	}
	if c.pending.known {
		s.set("security_updates_pending", c.pending.count)
	} else {
		s.lose("security_updates_pending")
	}
	if !c.pending.knownAt.IsZero() {
		s.set("updates_known_at", c.pending.knownAt)
	}
}

// unattendedUpgrades needs its package, its setting, and something that starts
// it every day.
func (c *collection) unattendedUpgrades(ctx context.Context) answer {
	there := c.installed("unattended-upgrades")
	if there != yes {
		return there
	}
	out, err := c.ask(ctx, "apt-config", "dump", "APT::Periodic")
	if err != nil {
		return unknown
	}
	enabled, upgrade := "1", "0"
	for _, line := range lines(out) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, ";"), " ")
		if !ok {
			continue
		}
		switch value = strings.Trim(value, `"`); name {
		case "APT::Periodic::Enable":
			enabled = value
		case "APT::Periodic::Unattended-Upgrade":
			upgrade = value
		}
	}
	if enabled == "0" || upgrade == "0" || upgrade == "" {
		return no
	}
	return c.timer("apt-daily-upgrade.timer", "/etc/cron.daily/apt-compat")
}

// timer is whether systemd's timer, or without systemd the daily job, runs.
func (c *collection) timer(name, cronJob string) answer {
	if c.units != nil {
		return is(c.units[name].active == "active")
	}
	if cronJob == "" {
		return unknown
	}
	return c.exists(cronJob).and(c.procs.has("cron", "crond", "anacron"))
}

// dnfAutomatic has one timer that always installs, and one that does so if its
// file says so.
func (c *collection) dnfAutomatic() answer {
	there := c.installed("dnf-automatic", "dnf5-plugin-automatic")
	if there != yes {
		return there
	}
	applies := no
	for _, file := range []string{"/etc/dnf/automatic.conf", "/etc/dnf/dnf5-plugins/automatic.conf"} {
		b, err := c.host.ReadFile(file)
		switch {
		case err == nil:
			v := settingOf([]byte(uncommentedLines(b)), "apply_updates")
			applies = applies.or(is(v == "yes" || v == "true" || v == "1"))
		case !missing(err):
			applies = applies.or(unknown)
		}
	}
	byFile := c.timer("dnf-automatic.timer", "").or(c.timer("dnf5-automatic.timer", "")).and(applies)
	return c.timer("dnf-automatic-install.timer", "").or(byFile)
}
