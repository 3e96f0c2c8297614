package linux

import (
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// processes is what was seen to run.
type processes struct {
	pids map[string][]string // by program name
	all  bool                // no process can have been hidden
}

// has says whether one of the programs runs.
func (p processes) has(names ...string) answer {
	for _, n := range names {
		if len(p.pids[n]) > 0 {
			return yes
		}
	}
	if p.all {
		return no
	}
	return unknown
}

// running returns those of the programs that run, in the given order.
func (p processes) running(names ...string) []string {
	out := []string{}
	for _, n := range names {
		if len(p.pids[n]) > 0 {
			out = append(out, n)
		}
	}
	return out
}

func (c *collection) surroundings(ctx context.Context) error {
	c.root = c.isRoot()
	c.readProcesses()
	if err := c.readMounts(); err != nil {
		return err
	}
	c.platform = c.findPlatform(ctx)
	return c.emitMounts(ctx)
}

func (c *collection) isRoot() bool {
	b, err := c.host.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	for _, line := range lines(b) {
		if rest, ok := strings.CutPrefix(line, "Uid:"); ok {
			f := strings.Fields(rest)
			return len(f) > 1 && f[1] == "0" // real, effective
		}
	}
	return false
}

// commLength is where the kernel cuts a process's name.
const commLength = 15

func (c *collection) readProcesses() {
	c.procs = processes{pids: map[string][]string{}}
	entries, err := c.list("/proc")
	if err != nil {
		return
	}
	c.procs.all = true
	for _, e := range entries {
		pid := e.Name()
		if _, err := strconv.Atoi(pid); err != nil {
			continue
		}
		name, err := c.programName(pid)
		switch {
		case err == nil:
			c.procs.pids[name] = append(c.procs.pids[name], pid)
		case !gone(err):
			c.procs.all = false
		}
	}
	if len(c.procs.pids) == 0 || c.hidden() {
		c.procs.all = false
	}
}

// gone reports that the process ended while it was looked at.
func gone(err error) bool { return missing(err) || errors.Is(err, syscall.ESRCH) }

// programName is the process's name, whole where the kernel cut it.
func (c *collection) programName(pid string) (string, error) {
	b, err := c.host.ReadFile("/proc/" + pid + "/comm")
	if err != nil {
		return "", err
	}
	name := strings.TrimSpace(text(b))
	if len(name) < commLength {
		return name, nil
	}
	if b, err = c.host.ReadFile("/proc/" + pid + "/cmdline"); err == nil {
		first, _, _ := strings.Cut(text(b), "\x00")
		if long := path.Base(first); strings.HasPrefix(long, name) {
			return long, nil
		}
	}
	return name, nil
}

// hidden reports that /proc is mounted so that it may leave out processes.
func (c *collection) hidden() bool {
	if c.root {
		return false
	}
	b, err := c.host.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return true
	}
	for _, line := range lines(b) {
		m, ok := parseMount(line)
		if ok && m.path == "/proc" && m.fstype == "proc" {
			return slices.ContainsFunc(m.super, func(o string) bool {
				return strings.HasPrefix(o, "hidepid=") && o != "hidepid=0" && o != "hidepid=off"
			})
		}
	}
	return false
}

// vendors are the makers of machines that exist in software only, as their
// firmware names them.
var vendors = []string{
	"qemu", "kvm", "vmware", "virtualbox", "innotek", "xen", "bochs", "parallels", "openstack", "firecracker",
	"amazon ec2", "google compute engine", "digitalocean", "hetzner", "alibaba cloud", "virtual machine", "bhyve", "rhev", "nutanix",
}

// findPlatform is what the system runs on, or empty if that cannot be told.
func (c *collection) findPlatform(ctx context.Context) string {
	if out, err := c.ask(ctx, "systemd-detect-virt"); err == nil || len(out) > 0 {
		switch word := strings.TrimSpace(string(out)); word {
		case "none":
			return "physical"
		case "docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "openvz", "rkt", "wsl", "proot", "pouch", "container-other":
			return c.reallyContainer()
		case "":
		default:
			return "virtual"
		}
	}
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv", "/run/systemd/container"} {
		if c.exists(mark) == yes {
			return c.reallyContainer()
		}
	}
	if b, err := c.host.ReadFile("/proc/1/cgroup"); err == nil {
		for _, word := range []string{"docker", "kubepods", "libpod", "/lxc", "containerd"} {
			if strings.Contains(text(b), word) {
				return "container"
			}
		}
	}
	return c.machine()
}

// reallyContainer doubts the marks of a container where the root file system
// is a disk of the machine's own, which is how an image of a container boots as
// a virtual machine.
func (c *collection) reallyContainer() string {
	for _, m := range c.mounts {
		if m.path == "/" && m.storage == "disk" && m.root == "/" && c.seesKernel() {
			return c.machine()
		}
	}
	return "container"
}

// seesKernel reports that the kernel's own threads are among the processes,
// which no container sees.
func (c *collection) seesKernel() bool { return c.procs.has("kthreadd") == yes }

// machine tells a virtual machine from a physical one.
func (c *collection) machine() string {
	b, err := c.host.ReadFile("/proc/cpuinfo")
	if err == nil {
		for _, line := range lines(b) {
			if name, flags, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "flags" && slices.Contains(strings.Fields(flags), "hypervisor") {
				return "virtual"
			}
		}
	}
	vendor, _ := c.host.ReadFile("/sys/class/dmi/id/sys_vendor")
	model, _ := c.host.ReadFile("/sys/class/dmi/id/product_name")
	firmware := strings.TrimSpace(strings.ToLower(text(vendor) + " " + text(model)))
	for _, v := range vendors {
		if strings.Contains(firmware, v) && !strings.Contains(firmware, ".metal") {
			return "virtual"
		}
	}
	if c.exists("/sys/hypervisor/type") == yes || c.exists("/proc/device-tree/hypervisor") == yes {
		return "virtual"
	}
	board, boardErr := c.host.ReadFile("/proc/device-tree/model")
	switch {
	case boardErr == nil && strings.Contains(text(board), "dummy-virt"):
		return "virtual"
	case boardErr == nil, err == nil && firmware != "":
		return "physical"
	}
	return ""
}
