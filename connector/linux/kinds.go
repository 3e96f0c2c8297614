package linux

import (
	"assay/connector/field"
	"assay/internal/resource"
)

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

func hostKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindHost, Version: 1, Title: "Hosts", Family: resource.State, Label: "hostname",
		Fields: []resource.Field{
			field.Must("hostname", s, "the kernel's host name"),
			field.Words(field.Must("identity", s, "what the host's id was made of: its machine id, or its name, which can be reused"), "machine-id", "hostname"),
			field.Must("os", s, "operating system and release, as it calls itself"),
			field.Must("os_id", s, "the distribution: debian, ubuntu, rhel, alpine"),
			field.May("os_version", s, "its release; absent for a rolling one"),
			field.May("os_supported_until", resource.Date, "the end of support that the system itself states; absent where it states none"),
			field.Must("kernel", s, "release of the running kernel"),
			field.Must("arch", s, "of the processor, as the kernel names it"),
			field.Words(field.Must("platform", s, "what it runs on"), "physical", "virtual", "container"),
			field.Volatile(field.Must("booted_at", resource.Time, "start of the running kernel")),
			field.May("reboot_required", b, "an installed update waits for a restart; absent where the distribution keeps no mark of it"),

			field.Must("disk_encrypted", b, "every disk file system but those that only start it (/boot, /efi) is encrypted by this system; unavailable where the platform beneath may encrypt, unseen from inside"),
			field.May("swap_encrypted", b, "all swap on disk is encrypted by this system; absent without swap on disk"),
			field.Must("secure_boot", b, "the firmware enforced signed boot"),
			field.Must("firewall", b, "a packet filter with a restrictive default for incoming traffic is active, for IPv4 and for IPv6 where it is in use"),
			field.List(field.Must("firewall_tools", s, "what was seen to configure it: nftables, iptables, ufw, firewalld")),
			field.Must("time_synced", b, "the clock is kept by a time service and that service says that it is in step"),
			field.May("time_service", s, "which one; absent when none was found"),
			field.List(field.Must("log_services", s, "logging daemons that run: systemd-journald, rsyslogd, syslog-ng, auditd …")),
			field.Must("audited", b, "the kernel's audit daemon runs"),
			field.Must("journal_persistent", b, "the journal survives a restart; false without a journal"),
			field.Must("logs_forwarded", b, "a forwarding rule is configured or a known log shipper runs"),
			field.List(field.Must("log_shippers", s, "what forwards: rsyslog, vector, fluent-bit …")),
			field.Must("auto_updates", b, "security updates are installed without anybody's doing"),
			field.May("auto_update_tool", s, "by what: unattended-upgrades, dnf-automatic; absent when by nothing"),
			field.Must("security_updates_pending", resource.Int, "updates from the security channel that are not installed"),
			field.Volatile(field.May("updates_known_at", resource.Time, "up to when the package lists tell of updates; absent where that is not kept")),
		},
		Facets: []resource.Claim{{Facet: "host", Version: 1, Fields: map[string]resource.Mapping{
			"name": field.From("hostname"), "os": field.From("os"), "disk_encrypted": field.From("disk_encrypted"),
			"firewall": field.From("firewall"), "time_synced": field.From("time_synced"),
			"auto_updates": field.From("auto_updates"), "logs_forwarded": field.From("logs_forwarded"),
			"security_updates_pending": field.From("security_updates_pending"),
		}}},
	}
}

func accountKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindAccount, Version: 2, Title: "Accounts on the host", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "login name"),
			field.Must("uid", i, "user number; several names can share one"),
			field.Must("gid", i, "number of the primary group"),
			{Name: "full_name", Type: s, Meaning: "the comment field's name; absent when empty", Optional: true, Personal: true},
			field.Must("home", s, "home folder"),
			field.Must("shell", s, "program that a login starts"),
			field.Words(field.Must("holder", s, "by the number ranges of login.defs and the shell: outside the range for people it is the system's; inside, without a shell, a service's"), "person", "service", "system"),
			field.Must("login_shell", b, "the shell lets somebody work, unlike nologin or false"),
			field.Words(field.Must("password", s, "none: no password is asked for; locked: a password behind a lock; unusable: never had one that can match"), "set", "none", "locked", "unusable"),
			field.Words(field.May("password_hash", s, "how the password is kept; absent when there is none"), "des", "md5", "bcrypt", "sha256", "sha512", "scrypt", "yescrypt", "gost-yescrypt", "other"),
			field.May("password_changed_on", resource.Date, "last change of the password; absent when not kept"),
			field.In(field.May("password_max_days", i, "age at which the password must be changed; absent when never"), "days"),
			field.May("expires_on", resource.Date, "day from which the account no longer works; absent when never"),
			field.In(field.Must("ssh_keys", i, "keys in the home folder's authorized_keys files; other places that sshd may be told of are not counted"), "keys"),
			field.Must("enabled", b, "has a login shell, has not expired, and has a way in: a password or an SSH key"),
			field.List(field.Must("groups", s, "names of all groups, the primary one first")),
			field.Must("sudo", b, "some sudo rule lets it run something as somebody else"),
			field.Must("sudo_all", b, "a sudo rule lets it run everything as root"),
			field.Must("sudo_without_password", b, "a sudo rule lets it run something without proof that it is the person"),
			field.Must("admin", b, "user number 0, or everything as root by sudo"),
			field.Volatile(field.May("last_login_at", resource.Time, "last login that the host recorded; absent when never")),
		},
		Facets: []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
			"name": field.From("name"), "holder": field.From("holder"), "enabled": field.From("enabled"), "admin": field.From("admin"),
			"last_used_at": field.From("last_login_at"),
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
			field.Must("name", resource.String, "group name"),
			field.Must("gid", resource.Int, "group number"),
			field.Must("system", resource.Bool, "its number lies outside the range for people in login.defs"),
			field.List(field.Must("members", resource.String, "accounts that belong to it, by the group file or as their primary group")),
		},
	}
}

func sudoKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindSudo, Version: 1, Title: "Sudo rules", Family: resource.State, Label: "rule",
		Fields: []resource.Field{
			field.Must("rule", s, "the rule as written, one line, spaces evened out"),
			field.Must("file", s, "where it stands"),
			field.Volatile(field.Must("line", resource.Int, "line in the file")),
			field.List(field.Must("users", s, "accounts it names, aliases resolved; ALL is everybody; ! excludes")),
			field.List(field.Must("groups", s, "groups it names, without the percent sign; ! excludes")),
			field.List(field.Must("hosts", s, "hosts on which it holds, aliases resolved")),
			field.List(field.Must("run_as", s, "accounts it lets them become; root where the rule names none")),
			field.List(field.Must("commands", s, "what may be run, aliases resolved; ! excludes")),
			field.Must("as_root", b, "root is among the accounts they may become"),
			field.Must("all_commands", b, "anything may be run"),
			field.Must("without_password", b, "some command needs no password, by NOPASSWD or by the defaults"),
		},
	}
}

func sshdKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	override := resource.Field{Type: resource.Object, Fields: []resource.Field{
		field.Must("criteria", s, "of the Match line"),
		field.Must("keyword", s, "setting, lower case"),
		field.Must("value", s, "what it is set to there"),
	}}
	return resource.Schema{
		Kind: kindSSHD, Version: 1, Title: "SSH servers", Family: resource.State, Label: "source",
		Fields: []resource.Field{
			field.Words(field.Must("source", s, "sshd: as the server itself states them; files: read from its files, with documented defaults"), "sshd", "files"),
			field.Must("running", b, "a listening server process was seen"),
			field.Words(field.Must("permit_root_login", s, "whether root may sign in"), "yes", "no", "prohibit-password", "forced-commands-only"),
			field.Must("password_authentication", b, "a password is enough to sign in"),
			field.Must("keyboard_interactive", b, "questions by PAM, often a password too, are accepted"),
			field.Must("pubkey_authentication", b, "keys are accepted"),
			field.Must("permit_empty_passwords", b, "an account without password may sign in"),
			field.Must("use_pam", b, "PAM decides on accounts and sessions"),
			field.List(field.May("authentication_methods", s, "combinations that are demanded; absent when any single one is enough")),
			field.In(field.Must("max_auth_tries", i, "tries per connection"), "attempts"),
			field.In(field.Must("login_grace_time", i, "time to sign in; 0 is without limit"), "seconds"),
			field.In(field.Must("client_alive_interval", i, "silence after which the client is asked; 0 is never"), "seconds"),
			field.In(field.Must("client_alive_count_max", i, "unanswered ones before the connection ends"), "questions"),
			field.Must("x11_forwarding", b, "graphical sessions may be tunnelled"),
			field.Words(field.Must("allow_tcp_forwarding", s, "ports may be tunnelled"), "yes", "no", "local", "remote"),
			field.Must("log_level", s, "how much is logged, upper case"),
			field.May("banner", s, "file shown before sign-in; absent when none"),
			{Name: "ports", Type: resource.List, Of: &resource.Field{Type: i}, Meaning: "ports it listens on"},
			field.List(field.May("allow_users", s, "only these may sign in; absent when not limited")),
			field.List(field.May("allow_groups", s, "only members of these; absent when not limited")),
			field.List(field.May("deny_users", s, "these may not; absent when none")),
			field.List(field.May("deny_groups", s, "members of these may not; absent when none")),
			field.List(field.Must("ciphers", s, "accepted, best first; unavailable where the built-in default cannot be asked for")),
			field.List(field.Must("macs", s, "accepted, best first; likewise")),
			field.List(field.Must("key_exchanges", s, "accepted, best first; likewise")),
			field.List(field.Must("defaulted", s, "keywords that no file sets, whose documented default is given here; empty when the server stated them")),
			{Name: "overrides", Type: resource.List, Of: &override, Meaning: "settings of the kinds above that a Match section changes for some connections"},
		},
	}
}
