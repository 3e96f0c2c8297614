package resource

import "slices"

// vocabulary is the list of facets. Every field is optional here: what a kind
// cannot map is unavailable for it, and what a resource lacks is absent.
func vocabulary() []Facet {
	return slices.Concat(peopleAndHosts(), changesAndStores(), namesAndCertificates())
}

func opt(name string, t Type, meaning string, enum ...string) Field {
	return Field{Name: name, Type: t, Meaning: meaning, Enum: enum, Optional: true}
}

func peopleAndHosts() []Facet {
	return []Facet{
		{Name: "account", Version: 1, Title: "Accounts", Family: State, Fields: []Field{
			opt("name", String, "the account's name for people"),
			opt("email", String, "the mail address it belongs to"),
			opt("holder", String, "what the account is for", "person", "service", "system"),
			opt("enabled", Bool, "somebody or something can sign in with it"),
			opt("admin", Bool, "it has administrative power over the system"),
			opt("mfa", Bool, "a second factor is enforced for it"),
			opt("created_at", Time, "when it was made"),
			opt("last_used_at", Time, "when it last signed in"),
		}},
		{Name: "person", Version: 1, Title: "People", Family: State, Fields: []Field{
			opt("name", String, "full name"),
			opt("email", String, "work address, lower case"),
			opt("employment", String, "terms of work", "employee", "contractor"),
			opt("starts_on", Date, "first day of work"),
			opt("ends_on", Date, "last day of work"),
			opt("active", Bool, "works here at the time of collection"),
		}},
		{Name: "host", Version: 1, Title: "Hosts", Family: State, Fields: []Field{
			opt("name", String, "host name"),
			opt("os", String, "operating system and release"),
			opt("disk_encrypted", Bool, "storage at rest is encrypted"),
			opt("firewall", Bool, "a packet filter with a restrictive default is active"),
			opt("time_synced", Bool, "the clock is kept by a time service"),
			opt("security_updates_pending", Int, "updates from the security channel not installed"),
			opt("auto_updates", Bool, "security updates are installed without anybody's doing"),
			opt("logs_forwarded", Bool, "its logs are sent to another machine"),
		}},
	}
}

func changesAndStores() []Facet {
	return []Facet{
		{Name: "repository", Version: 1, Title: "Repositories", Family: State, Fields: []Field{
			opt("name", String, "name or path"),
			opt("default_branch", String, "the branch that is released"),
			opt("ci", Bool, "a continuous integration definition is present"),
			opt("public", Bool, "anyone can read it"),
		}},
		{Name: "change", Version: 1, Title: "Changes", Family: Event, Fields: []Field{
			{Name: "at", Type: Time, Meaning: "when it took effect"},
			opt("title", String, "what it says it does"),
			opt("author", String, "who wrote it"),
			opt("merged_by", String, "who put it in"),
			opt("reviewed", Bool, "somebody other than the author approved it"),
			opt("tested", Bool, "required tests passed"),
			opt("self_merged", Bool, "whoever put it in also wrote it"),
			opt("direct", Bool, "it went in without a pull request"),
			opt("automated", Bool, "a program wrote it, not a person"),
			opt("signed", Bool, "it carries a signature"),
			opt("emergency", Bool, "it took the urgent path"),
		}},
		{Name: "network_rule", Version: 1, Title: "Network rules", Family: State, Fields: []Field{
			opt("name", String, "its name"),
			opt("direction", String, "of the traffic", "in", "out"),
			opt("protocol", String, "tcp, udp, icmp, any"),
			opt("port", Int, "port that it opens"),
			opt("open_to_all", Bool, "any address may use it"),
		}},
		{Name: "vulnerability", Version: 1, Title: "Vulnerabilities", Family: State, Fields: []Field{
			opt("name", String, "identifier"),
			opt("component", String, "what is affected"),
			opt("severity", String, "as judged by the source", "critical", "high", "medium", "low"),
			opt("found_at", Time, "when it was first seen"),
			opt("fix_available", Bool, "an update exists"),
		}},
		{Name: "datastore", Version: 1, Title: "Data stores", Family: State, Fields: []Field{
			opt("name", String, "its name"),
			opt("encrypted", Bool, "at rest"),
			opt("public", Bool, "reachable by anyone"),
			opt("backed_up", Bool, "copies are made on a schedule"),
		}},
	}
}

func namesAndCertificates() []Facet {
	return []Facet{
		{Name: "domain", Version: 1, Title: "Domains", Family: State, Fields: []Field{
			opt("name", String, "the domain, in ASCII and lower case"),
			opt("dnssec", Bool, "a chain of signatures from the trust anchor holds for it"),
			opt("expires_at", Time, "when its registration ends"),
			opt("transfer_locked", Bool, "it cannot be moved to another registrar without unlocking it first"),
			opt("spoofing_refused", Bool, "receivers are told to refuse or set apart mail that only claims to come from it"),
		}},
		{Name: "certificate", Version: 1, Title: "Certificates", Family: State, Fields: []Field{
			opt("name", String, "where it is served, or whom it names"),
			opt("issuer", String, "who issued it"),
			opt("starts_at", Time, "from when it is valid"),
			opt("expires_at", Time, "until when it is valid"),
			opt("trusted", Bool, "its chain leads to a trusted root"),
			opt("name_matches", Bool, "it is for the name under which it is served"),
			opt("key_type", String, "of its public key", "rsa", "ecdsa", "ed25519", "other"),
			{Name: "key_bits", Type: Int, Unit: "bits", Meaning: "length of its public key", Optional: true},
			opt("weak_signature", Bool, "it or an authority above it is signed with MD5 or SHA-1"),
		}},
	}
}
