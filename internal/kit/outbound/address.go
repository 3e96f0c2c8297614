package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// ErrAddress means that the address is not to be called.
var ErrAddress = errors.New("address refused")

// metadata answers with credentials to whoever asks from inside a cloud, and
// is never dialled, whatever the operator allows.
var metadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"), // AWS, Azure, Google, and most others
	netip.MustParseAddr("169.254.170.2"),   // AWS, containers
	netip.MustParseAddr("169.254.170.23"),  // AWS, pod identity
	netip.MustParseAddr("fd00:ec2::254"),   // AWS over IPv6
	netip.MustParseAddr("fd00:ec2::23"),
	netip.MustParseAddr("100.100.100.200"), // Alibaba
	netip.MustParseAddr("192.0.0.192"),     // Oracle
	netip.MustParseAddr("168.63.129.16"),   // Azure, the machine's own agent
	netip.MustParseAddr("fd20:ce::254"),    // Google over IPv6
}

// local holds what an operator can allow: this machine and its networks.
var local = prefixes(
	"127.0.0.0/8", "::1/128", // loopback
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", // private: RFC 1918, RFC 4193
	"100.64.0.0/10", // shared by a provider's customers: RFC 6598
)

// special holds what is no host on the internet: the registries of RFC 6890.
var special = prefixes(
	"0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16",
	"fe80::/10", "fec0::/10", "ff00::/8",
)

// carriers hold an IPv4 address, which a gateway would call in their place.
var carriers = []struct {
	prefix netip.Prefix
	at     int  // first byte of the IPv4 address
	flip   bool // Teredo hides it
}{
	{netip.MustParsePrefix("::/96"), 12, false},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12, false}, // translated: RFC 2765
	{netip.MustParsePrefix("64:ff9b::/96"), 12, false},    // NAT64
	{netip.MustParsePrefix("2002::/16"), 2, false},        // 6to4
	{netip.MustParsePrefix("2001::/32"), 12, true},        // Teredo
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Permitted returns an error wrapping ErrAddress if the address must not be
// called. With allowLocal, this machine and private networks may be.
func Permitted(a netip.Addr, allowLocal bool) error {
	a = a.WithZone("").Unmap()
	switch {
	case !a.IsValid():
		return fmt.Errorf("%w: not an address", ErrAddress)
	case slices.Contains(metadata, a):
		return fmt.Errorf("%w: %s answers with this machine's credentials", ErrAddress, a)
	case within(local, a) && !allowLocal:
		return fmt.Errorf("%w: %s belongs to this machine or its own network", ErrAddress, a)
	case within(local, a):
		return nil
	case within(special, a):
		return fmt.Errorf("%w: %s is no host on the internet", ErrAddress, a)
	}
	for _, c := range carriers {
		if c.prefix.Contains(a) {
			return Permitted(carried(a, c.at, c.flip), allowLocal)
		}
	}
	return nil
}

func within(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

func carried(a netip.Addr, at int, flip bool) netip.Addr {
	b := a.As16()
	four := [4]byte(b[at : at+4])
	if flip {
		for i := range four {
			four[i] = ^four[i]
		}
	}
	return netip.AddrFrom4(four)
}

// guard is a net.Dialer's Control: it sees the address that is about to be
// connected to.
func guard(allowLocal bool) func(network, address string, _ syscall.RawConn) error {
	return guarding(allowLocal, "tcp4", "tcp6")
}

func guarding(allowLocal bool, networks ...string) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		if !slices.Contains(networks, network) {
			return fmt.Errorf("%w: network %s", ErrAddress, network)
		}
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %s", ErrAddress, address)
		}
		return Permitted(ap.Addr(), allowLocal)
	}
}

// Dialer is for what is not HTTP: it connects over TCP and UDP to the addresses
// that Permitted permits, judged when they are dialled.
func Dialer(allowLocal bool) *net.Dialer {
	return &net.Dialer{Timeout: 15 * time.Second, Control: guarding(allowLocal, "tcp4", "tcp6", "udp4", "udp6")}
}
