package linux

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// socket is a listening line of /proc/net/tcp and its kin.
type socket struct {
	protocol, family string
	addr             netip.Addr
	port             int
	uid              int
	inode            string
}

func (s socket) id() string { return s.protocol + "/" + s.addr.String() + "/" + strconv.Itoa(s.port) }

func (c *collection) listeners(ctx context.Context) error {
	var sockets []socket
	big := c.bigEndian()
	for _, table := range []struct{ file, protocol, family, state string }{
		{"/proc/net/tcp", "tcp", "ipv4", "0A"},
		{"/proc/net/tcp6", "tcp", "ipv6", "0A"},
		{"/proc/net/udp", "udp", "ipv4", "07"},
		{"/proc/net/udp6", "udp", "ipv6", "07"},
	} {
		b, err := c.read(table.file)
		switch {
		case missing(err) && table.family == "ipv6": // a kernel without IPv6
			continue
		case err != nil:
			c.run.Incomplete(kindListener, table.file+" could not be read: "+because(err)+".")
			continue
		}
		for n, line := range lines(b) {
			s, state, err := parseSocket(line, big)
			switch {
			case n == 1: // heading
			case err != nil:
				c.run.Incomplete(kindListener, fmt.Sprintf("Line %d of %s could not be understood: %s.", n, table.file, err))
			case state == table.state:
				s.protocol, s.family = table.protocol, table.family
				sockets = append(sockets, s)
			}
		}
	}
	return c.emitListeners(ctx, sockets)
}

func (c *collection) emitListeners(ctx context.Context, sockets []socket) error {
	holders, shut := c.holders(sockets)
	low, high := c.ephemeralPorts()
	seen, nameless := map[string]bool{}, 0
	for _, l := range sockets {
		if seen[l.id()] { // several sockets share the port
			continue
		}
		seen[l.id()] = true
		s := newSheet()
		s.set("name", l.protocol+" "+netip.AddrPortFrom(l.addr, uint16(l.port)).String()) //nolint:gosec // parsed from 16 bits
		s.set("protocol", l.protocol)
		s.set("family", l.family)
		s.set("address", l.addr.String())
		s.set("port", l.port)
		s.set("reach", reach(l.addr))
		s.set("uid", l.uid)
		s.set("ephemeral", l.protocol == "udp" && l.port >= low && l.port <= high)
		if holder := holders[l.inode]; holder != "" {
			s.set("process", holder)
		} else {
			s.lose("process")
			nameless++
		}
		if err := c.emit(ctx, kindListener, l.id(), s); err != nil {
			return err
		}
	}
	switch {
	case nameless == 0:
	case c.root && shut > 0:
		c.run.Note(kindListener, fmt.Sprintf("Ports whose program could not be told: %d. Processes that may not be looked into, not even by root: %d.", nameless, shut))
	case c.root:
		c.run.Note(kindListener, fmt.Sprintf("Ports held by the kernel, or by a process outside of this process namespace: %d.", nameless))
	default:
		c.run.Note(kindListener, fmt.Sprintf("Ports whose program belongs to another account and could not be told: %d. Running as root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, would show them.", nameless))
	}
	c.run.Complete(kindListener)
	return nil
}

func reach(a netip.Addr) string {
	switch {
	case a.Unmap().IsLoopback():
		return "loopback"
	case a.Unmap().IsUnspecified():
		return "all"
	}
	return "address"
}

// parseSocket reads: sl local remote state queues timer retransmits uid timeout
// inode ….
func parseSocket(line string, bigEndian bool) (s socket, state string, err error) {
	f := strings.Fields(line)
	if len(f) < 10 {
		return s, "", fmt.Errorf("%d fields", len(f))
	}
	addr, port, ok := strings.Cut(f[1], ":")
	n, portErr := strconv.ParseUint(port, 16, 16)
	uid, uidErr := strconv.Atoi(f[7])
	b, hexErr := hex.DecodeString(addr)
	if !ok || portErr != nil || uidErr != nil || hexErr != nil || len(b) != 4 && len(b) != 16 {
		return s, "", fmt.Errorf("address %s", f[1])
	}
	if !bigEndian { // each word of four bytes is printed as the processor holds it
		for i := 0; i < len(b); i += 4 {
			slices.Reverse(b[i : i+4])
		}
	}
	s.addr, _ = netip.AddrFromSlice(b)
	s.port, s.uid, s.inode = int(n), uid, f[9]
	return s, f[3], nil
}

// bigEndian is whether the processor holds the high byte first.
func (c *collection) bigEndian() bool {
	b, err := c.host.ReadFile("/proc/sys/kernel/arch")
	return err == nil && slices.Contains([]string{"s390x", "ppc", "ppc64", "mips", "mips64"}, strings.TrimSpace(string(b)))
}

func (c *collection) ephemeralPorts() (low, high int) {
	low, high = 32768, 60999 // the kernel's own
	b, err := c.host.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if f := strings.Fields(string(b)); err == nil && len(f) == 2 {
		l, lErr := strconv.Atoi(f[0])
		h, hErr := strconv.Atoi(f[1])
		if lErr == nil && hErr == nil {
			return l, h
		}
	}
	return low, high
}

// holders finds the program that has each socket open, and counts the processes
// that may not be looked into.
func (c *collection) holders(sockets []socket) (out map[string]string, shut int) {
	wanted, out := map[string]bool{}, map[string]string{}
	for _, s := range sockets {
		if s.inode != "0" {
			wanted[s.inode] = true
		}
	}
	for name, pids := range c.procs.pids {
		for _, pid := range pids {
			open, err := c.openSockets(pid)
			switch {
			case err == nil:
				c.run.Page("list /proc/*/fd", "", len(open))
			case !gone(err):
				shut++
				c.run.Refuse("list /proc/*/fd", because(err))
			}
			for _, inode := range open {
				if wanted[inode] && (out[inode] == "" || name < out[inode]) {
					out[inode] = name
				}
			}
		}
	}
	return out, shut
}

// openSockets lists the sockets that a process has open, by inode.
func (c *collection) openSockets(pid string) (inodes []string, err error) {
	dir := "/proc/" + pid + "/fd"
	entries, err := c.host.ReadDir(dir)
	for _, fd := range entries {
		target, linkErr := c.host.Readlink(dir + "/" + fd.Name())
		if linkErr != nil && !gone(linkErr) {
			err = linkErr
		}
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes, err
}
