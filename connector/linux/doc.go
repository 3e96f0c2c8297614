// Package linux reads the machine that Assay runs on: what it is, who can use
// it, what is installed, what is open to the network and how it is protected.
//
// What it reads: files under /etc, /proc, /sys, /var/lib and /var/log, and the
// printed answers of a few read-only programs (sshd -T, nft, iptables-save,
// apt-get -s, rpm, dnf, systemctl, timedatectl, chronyc). It writes nothing and
// opens no connection.
//
// Authority: HMAC-SHA-256 of Assay's name under /etc/machine-id, as
// machine-id(5) asks for, so that the id itself does not leave the host. Where
// there is none the host name stands in, and the resource says so.
//
// Grants: none are needed. What an unprivileged account cannot see is named,
// field by field, with what would show it.
//
// Invariants
//   - A fact that could not be read is unavailable, never false.
//   - A line that cannot be understood makes its kind incomplete; the lines
//     around it are kept.
//   - No password hash, key or environment leaves the collector.
//
// Pitfalls: inside a container or a virtual machine the host beneath decides
// about disks, clock and packet filter, which cannot be seen from inside.
// Sockets and mounts are those of the collector's own namespaces. Accounts from
// a directory service (LDAP, SSSD) are not in /etc/passwd and are not listed.
package linux
