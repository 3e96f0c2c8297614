package linux

import "assay/internal/resource"

// The kinds, as the collectors name them.
const (
	kindHost     = "linux.host"
	kindAccount  = "linux.account"
	kindGroup    = "linux.group"
	kindSudo     = "linux.sudo_rule"
	kindSSHD     = "linux.sshd"
	kindPackage  = "linux.package"
	kindUpdate   = "linux.security_update"
	kindListener = "linux.listener"
	kindMount    = "linux.mount"
	kindService  = "linux.service"
	kindKernel   = "linux.kernel_setting"
)

// Kinds declares everything that the connector can tell about a host.
func Kinds() []resource.Schema {
	return []resource.Schema{
		hostKind(), accountKind(), groupKind(), sudoKind(), sshdKind(),
		packageKind(), updateKind(), serviceKind(), kernelKind(),
		listenerKind(), mountKind(),
	}
}

// must is a field that every resource has, or names as unavailable.
func must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

// may is a field whose absence is a fact too; the meaning says which.
func may(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

// words is a field with one of the listed values.
func words(f resource.Field, enum ...string) resource.Field {
	f.Enum = enum
	return f
}

// in gives a number its unit.
func in(unit string, f resource.Field) resource.Field {
	f.Unit = unit
	return f
}

// volatile marks a field that changes without meaning a change.
func volatile(f resource.Field) resource.Field {
	f.Volatile = true
	return f
}

// listOf makes the field a list of strings.
func listOf(f resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.String}
	return f
}

func from(field string) resource.Mapping { return resource.Mapping{From: field} }

func hostKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindHost, Version: 1, Title: "Hosts", Family: resource.State, Label: "hostname",
		Fields: []resource.Field{
			must("hostname", s, "the kernel's host name"),
			words(must("identity", s, "what the host's id was made of: its machine id, or its name, which can be reused"), "machine-id", "hostname"),
			must("os", s, "operating system and release, as it calls itself"),
			must("os_id", s, "the distribution: debian, ubuntu, rhel, alpine"),
			may("os_version", s, "its release; absent for a rolling one"),
			may("os_supported_until", resource.Date, "the end of support that the system itself states; absent where it states none"),
			must("kernel", s, "release of the running kernel"),
			must("arch", s, "of the processor, as the kernel names it"),
			words(must("platform", s, "what it runs on"), "physical", "virtual", "container"),
			volatile(must("booted_at", resource.Time, "start of the running kernel")),
			may("reboot_required", b, "an installed update waits for a restart; absent where the distribution keeps no mark of it"),

			must("disk_encrypted", b, "every disk file system is encrypted by this system; unavailable where the platform beneath may encrypt, unseen from inside"),
			may("swap_encrypted", b, "all swap on disk is encrypted by this system; absent without swap on disk"),
			must("secure_boot", b, "the firmware enforced signed boot"),
			must("firewall", b, "a packet filter with a restrictive default for incoming traffic is active, for IPv4 and for IPv6 where it is in use"),
			listOf(must("firewall_tools", s, "what was seen to configure it: nftables, iptables, ufw, firewalld")),
			must("time_synced", b, "the clock is kept by a time service and that service says that it is in step"),
			may("time_service", s, "which one; absent when none was found"),
			listOf(must("log_services", s, "logging daemons that run: systemd-journald, rsyslogd, syslog-ng, auditd …")),
			must("audited", b, "the kernel's audit daemon runs"),
			must("journal_persistent", b, "the journal survives a restart; false without a journal"),
			must("logs_forwarded", b, "a forwarding rule is configured or a known log shipper runs"),
			listOf(must("log_shippers", s, "what forwards: rsyslog, vector, fluent-bit …")),
			must("auto_updates", b, "security updates are installed without anybody's doing"),
			may("auto_update_tool", s, "by what: unattended-upgrades, dnf-automatic; absent when by nothing"),
			must("security_updates_pending", resource.Int, "updates from the security channel that are not installed"),
			volatile(may("updates_known_at", resource.Time, "up to when the package lists tell of updates; absent where that is not kept")),
		},
		Facets: []resource.Claim{{Facet: "host", Version: 1, Fields: map[string]resource.Mapping{
			"name": from("hostname"), "os": from("os"), "disk_encrypted": from("disk_encrypted"),
			"firewall": from("firewall"), "time_synced": from("time_synced"),
			"auto_updates": from("auto_updates"), "logs_forwarded": from("logs_forwarded"),
			"security_updates_pending": from("security_updates_pending"),
		}}},
	}
}
