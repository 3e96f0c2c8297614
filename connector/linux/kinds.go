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

			must("disk_encrypted", b, "every disk file system but those that only start it (/boot, /efi) is encrypted by this system; unavailable where the platform beneath may encrypt, unseen from inside"),
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

func accountKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindAccount, Version: 2, Title: "Accounts on the host", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "login name"),
			must("uid", i, "user number; several names can share one"),
			must("gid", i, "number of the primary group"),
			{Name: "full_name", Type: s, Meaning: "the comment field's name; absent when empty", Optional: true, Personal: true},
			must("home", s, "home folder"),
			must("shell", s, "program that a login starts"),
			words(must("holder", s, "by the number ranges of login.defs and the shell: outside the range for people it is the system's; inside, without a shell, a service's"), "person", "service", "system"),
			must("login_shell", b, "the shell lets somebody work, unlike nologin or false"),
			words(must("password", s, "none: no password is asked for; locked: a password behind a lock; unusable: never had one that can match"), "set", "none", "locked", "unusable"),
			words(may("password_hash", s, "how the password is kept; absent when there is none"), "des", "md5", "bcrypt", "sha256", "sha512", "scrypt", "yescrypt", "gost-yescrypt", "other"),
			may("password_changed_on", resource.Date, "last change of the password; absent when not kept"),
			in("days", may("password_max_days", i, "age at which the password must be changed; absent when never")),
			may("expires_on", resource.Date, "day from which the account no longer works; absent when never"),
			in("keys", must("ssh_keys", i, "keys in the home folder's authorized_keys files; other places that sshd may be told of are not counted")),
			must("enabled", b, "has a login shell, has not expired, and has a way in: a password or an SSH key"),
			listOf(must("groups", s, "names of all groups, the primary one first")),
			must("sudo", b, "some sudo rule lets it run something as somebody else"),
			must("sudo_all", b, "a sudo rule lets it run everything as root"),
			must("sudo_without_password", b, "a sudo rule lets it run something without proof that it is the person"),
			must("admin", b, "user number 0, or everything as root by sudo"),
			volatile(may("last_login_at", resource.Time, "last login that the host recorded; absent when never")),
		},
		Facets: []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
			"name": from("name"), "holder": from("holder"), "enabled": from("enabled"), "admin": from("admin"),
			"last_used_at": from("last_login_at"),
		}, Lacks: map[string]string{
			"email":      "A host keeps no address of an account. The match of the account says whose it is.",
			"mfa":        "A host does not say of an account which second factor it has. How one signs in is judged by the checks of its SSH server.",
			"created_at": "A host does not keep when an account was made.",
		}}},
	}
}

func groupKind() resource.Schema {
	return resource.Schema{
		Kind: kindGroup, Version: 1, Title: "Groups on the host", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", resource.String, "group name"),
			must("gid", resource.Int, "group number"),
			must("system", resource.Bool, "its number lies outside the range for people in login.defs"),
			listOf(must("members", resource.String, "accounts that belong to it, by the group file or as their primary group")),
		},
	}
}

func sudoKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindSudo, Version: 1, Title: "Sudo rules", Family: resource.State, Label: "rule",
		Fields: []resource.Field{
			must("rule", s, "the rule as written, one line, spaces evened out"),
			must("file", s, "where it stands"),
			volatile(must("line", resource.Int, "line in the file")),
			listOf(must("users", s, "accounts it names, aliases resolved; ALL is everybody; ! excludes")),
			listOf(must("groups", s, "groups it names, without the percent sign; ! excludes")),
			listOf(must("hosts", s, "hosts on which it holds, aliases resolved")),
			listOf(must("run_as", s, "accounts it lets them become; root where the rule names none")),
			listOf(must("commands", s, "what may be run, aliases resolved; ! excludes")),
			must("as_root", b, "root is among the accounts they may become"),
			must("all_commands", b, "anything may be run"),
			must("without_password", b, "some command needs no password, by NOPASSWD or by the defaults"),
		},
	}
}

func sshdKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	override := resource.Field{Type: resource.Object, Fields: []resource.Field{
		must("criteria", s, "of the Match line"),
		must("keyword", s, "setting, lower case"),
		must("value", s, "what it is set to there"),
	}}
	return resource.Schema{
		Kind: kindSSHD, Version: 1, Title: "SSH servers", Family: resource.State, Label: "source",
		Fields: []resource.Field{
			words(must("source", s, "sshd: as the server itself states them; files: read from its files, with documented defaults"), "sshd", "files"),
			must("running", b, "a listening server process was seen"),
			words(must("permit_root_login", s, "whether root may sign in"), "yes", "no", "prohibit-password", "forced-commands-only"),
			must("password_authentication", b, "a password is enough to sign in"),
			must("keyboard_interactive", b, "questions by PAM, often a password too, are accepted"),
			must("pubkey_authentication", b, "keys are accepted"),
			must("permit_empty_passwords", b, "an account without password may sign in"),
			must("use_pam", b, "PAM decides on accounts and sessions"),
			listOf(may("authentication_methods", s, "combinations that are demanded; absent when any single one is enough")),
			in("attempts", must("max_auth_tries", i, "tries per connection")),
			in("seconds", must("login_grace_time", i, "time to sign in; 0 is without limit")),
			in("seconds", must("client_alive_interval", i, "silence after which the client is asked; 0 is never")),
			in("questions", must("client_alive_count_max", i, "unanswered ones before the connection ends")),
			must("x11_forwarding", b, "graphical sessions may be tunnelled"),
			words(must("allow_tcp_forwarding", s, "ports may be tunnelled"), "yes", "no", "local", "remote"),
			must("log_level", s, "how much is logged, upper case"),
			may("banner", s, "file shown before sign-in; absent when none"),
			{Name: "ports", Type: resource.List, Of: &resource.Field{Type: i}, Meaning: "ports it listens on"},
			listOf(may("allow_users", s, "only these may sign in; absent when not limited")),
			listOf(may("allow_groups", s, "only members of these; absent when not limited")),
			listOf(may("deny_users", s, "these may not; absent when none")),
			listOf(may("deny_groups", s, "members of these may not; absent when none")),
			listOf(must("ciphers", s, "accepted, best first; unavailable where the built-in default cannot be asked for")),
			listOf(must("macs", s, "accepted, best first; likewise")),
			listOf(must("key_exchanges", s, "accepted, best first; likewise")),
			listOf(must("defaulted", s, "keywords that no file sets, whose documented default is given here; empty when the server stated them")),
			{Name: "overrides", Type: resource.List, Of: &override, Meaning: "settings of the kinds above that a Match section changes for some connections"},
		},
	}
}
