package linux

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"
)

// mount is a line of mountinfo (proc_pid_mountinfo(5)).
type mount struct {
	device  string // major:minor
	root    string // folder of the file system that is mounted; "/" is all of it
	path    string
	options []string // of the mount
	fstype  string
	source  string
	super   []string // options of the file system
	storage string   // disk, network, memory, layers; empty for what holds no files; "?" if not known
}

// pseudo file systems hold no files: they show the kernel's own state.
var pseudo = []string{
	"autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
	"fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.portal", "fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs", "proc", "pstore", "resctrl",
	"rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs",
}

var storages = map[string]string{
	"tmpfs": "memory", "ramfs": "memory", "zramfs": "memory",
	"overlay": "layers", "aufs": "layers", "unionfs": "layers", "fuse.fuse-overlayfs": "layers", "ecryptfs": "layers",
	"nfs": "network", "nfs4": "network", "cifs": "network", "smb3": "network", "smbfs": "network", "ceph": "network", "fuse.ceph": "network",
	"afs": "network", "9p": "network", "virtiofs": "network", "lustre": "network", "glusterfs": "network", "fuse.glusterfs": "network",
	"fuse.sshfs": "network", "fuse.s3fs": "network", "fuse.rclone": "network", "fuse.gcsfuse": "network", "fuse.blobfuse": "network", "ocfs2": "disk", "gfs2": "disk",
	"zfs": "disk", "btrfs": "disk", "bcachefs": "disk",
}

func parseMount(line string) (mount, bool) {
	before, after, ok := strings.Cut(line, " - ")
	b, a := strings.Fields(before), strings.Fields(after)
	if !ok || len(b) < 6 || len(a) < 2 {
		return mount{}, false
	}
	m := mount{
		device: b[2], root: unescape(b[3]), path: unescape(b[4]), options: strings.Split(b[5], ","),
		fstype: a[0], source: unescape(a[1]),
	}
	if len(a) > 2 {
		m.super = strings.Split(a[2], ",")
	}
	m.storage = m.stored()
	return m, true
}

func (m *mount) stored() string {
	known, ok := storages[m.fstype]
	switch {
	case slices.Contains(pseudo, m.fstype):
		return ""
	case ok:
		return known
	case strings.HasPrefix(m.source, "/dev/loop"):
		return "layers" // an image: its file lies on another file system
	case strings.HasPrefix(m.source, "/dev/"):
		return "disk"
	}
	return "?"
}

// unescape resolves the octal escapes of mountinfo.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+4 <= len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

// readMounts keeps the uppermost mount of each path.
func (c *collection) readMounts() error {
	b, err := c.read("/proc/self/mountinfo")
	if err != nil {
		c.run.Incomplete(kindMount, "The list of mounts (/proc/self/mountinfo) could not be read: "+because(err)+".")
		return nil
	}
	at := map[string]int{}
	for n, line := range lines(b) {
		m, ok := parseMount(line)
		switch {
		case !ok:
			c.run.Incomplete(kindMount, "Line "+strconv.Itoa(n)+" of /proc/self/mountinfo could not be understood.")
		case m.storage == "", strings.HasPrefix(m.path, "/proc/"), strings.HasPrefix(m.path, "/sys/"): // no place for files
		default:
			if i, covered := at[m.path]; covered {
				c.mounts[i] = m
				continue
			}
			at[m.path] = len(c.mounts)
			c.mounts = append(c.mounts, m)
		}
	}
	return nil
}

func (c *collection) emitMounts(ctx context.Context) error {
	for _, m := range c.mounts {
		s := newSheet()
		s.set("path", m.path)
		s.set("device", m.source)
		s.set("type", m.fstype)
		if m.storage == "?" {
			s.lose("storage")
			c.run.Note(kindMount, "It is not known what holds file systems of type "+m.fstype+".")
		} else {
			s.set("storage", m.storage)
		}
		s.set("read_only", slices.Contains(m.options, "ro") || slices.Contains(m.super, "ro"))
		for _, o := range []string{"nodev", "nosuid", "noexec"} {
			s.set(o, slices.Contains(m.options, o))
		}
		if m.storage == "disk" {
			s.answer("encrypted", c.encrypted(ctx, m))
		}
		if err := c.emit(ctx, kindMount, m.path, s); err != nil {
			return err
		}
	}
	c.run.Complete(kindMount)
	return nil
}

// encrypted says whether this system encrypts what the mount writes to disk.
func (c *collection) encrypted(ctx context.Context, m mount) answer {
	switch m.fstype {
	case "zfs":
		out, err := c.ask(ctx, "zfs", "get", "-H", "-o", "value", "encryption", m.source)
		if word := strings.TrimSpace(string(out)); err == nil && word != "" && word != "-" {
			return is(word != "off")
		}
		return unknown
	case "btrfs", "bcachefs":
		return c.everyMember(m)
	}
	if a := c.deviceEncrypted("/sys/dev/block/"+m.device, 0); a.known {
		return a
	}
	return c.deviceEncrypted(c.blockFolder(m.source), 0)
}

// everyMember looks at all devices of a file system that spans several.
func (c *collection) everyMember(m mount) answer {
	own := path.Base(c.blockFolder(m.source))
	systems, err := c.host.ReadDir("/sys/fs/" + m.fstype)
	if err != nil {
		return unknown
	}
	for _, fs := range systems {
		dir := path.Join("/sys/fs", m.fstype, fs.Name(), "devices")
		members, err := c.host.ReadDir(dir)
		if err != nil || !slices.ContainsFunc(members, func(e dirEntry) bool { return e.Name() == own }) {
			continue
		}
		all := yes
		for _, e := range members {
			all = all.and(c.deviceEncrypted("/sys/class/block/"+e.Name(), 0))
		}
		return all
	}
	return unknown
}

// blockFolder is where sysfs describes the device.
func (c *collection) blockFolder(source string) string {
	if target, err := c.host.Readlink(source); err == nil { // /dev/mapper/root -> ../dm-0
		source = target
	}
	return "/sys/class/block/" + path.Base(source)
}

const deepest = 16 // devices upon devices

// deviceEncrypted follows a block device down to what it stands on.
func (c *collection) deviceEncrypted(dir string, depth int) answer {
	if depth > deepest || c.exists(dir) != yes {
		return unknown
	}
	uuid, err := c.host.ReadFile(dir + "/dm/uuid")
	if err != nil && !missing(err) {
		return unknown
	}
	kind := strings.TrimSpace(string(uuid))
	if strings.HasPrefix(kind, "CRYPT-") && !strings.HasPrefix(kind, "CRYPT-VERITY-") && !strings.HasPrefix(kind, "CRYPT-INTEGRITY-") {
		return yes
	}
	below, err := c.host.ReadDir(dir + "/slaves")
	if err != nil && !missing(err) {
		return unknown
	}
	if len(below) == 0 {
		return no
	}
	all := yes
	for _, e := range below {
		all = all.and(c.deviceEncrypted("/sys/class/block/"+e.Name(), depth+1))
	}
	return all
}

// startOnly are where systems are started from; firmware cannot read them
// encrypted, and they hold no data.
var startOnly = []string{"/boot", "/boot/efi", "/boot/firmware", "/efi"}

// diskEncryption sums up the disk file systems, and the swap on disk, which is
// nil where there is none.
func (c *collection) diskEncryption(ctx context.Context) (disks answer, swap *answer) {
	disks, some := yes, false
	for _, m := range c.mounts {
		if m.storage != "disk" || slices.Contains(startOnly, m.path) {
			continue
		}
		some = true
		disks = disks.and(c.encrypted(ctx, m))
	}
	if !some {
		disks = unknown
	}
	swap = c.swapEncryption(ctx)
	if c.platform != "physical" { // what lies beneath may encrypt too
		if disks == no {
			disks = unknown
			c.run.Note(kindHost, "This system does not encrypt its disks by itself. Whether the platform beneath does cannot be seen from inside: show it by the provider's own settings.")
		}
		if swap != nil && *swap == no {
			*swap = unknown
		}
	}
	return disks, swap
}

func (c *collection) swapEncryption(ctx context.Context) *answer {
	b, err := c.read("/proc/swaps")
	if missing(err) {
		return nil
	}
	if err != nil {
		return &answer{}
	}
	var sum *answer
	for n, line := range lines(b) {
		f := strings.Fields(line)
		if n == 1 || len(f) < 2 || strings.HasPrefix(f[0], "/dev/zram") {
			continue
		}
		one := unknown
		if name := unescape(f[0]); f[1] == "partition" {
			one = c.deviceEncrypted(c.blockFolder(name), 0)
		} else if m, ok := c.mountOf(name); ok {
			one = c.encrypted(ctx, m)
		}
		if sum != nil {
			one = one.and(*sum)
		}
		sum = &one
	}
	return sum
}

// mountOf is the mount that a path lies on.
func (c *collection) mountOf(name string) (best mount, ok bool) {
	for _, m := range c.mounts {
		under := m.path == "/" || name == m.path || strings.HasPrefix(name, m.path+"/")
		if under && len(m.path) >= len(best.path) {
			best, ok = m, true
		}
	}
	return best, ok
}
