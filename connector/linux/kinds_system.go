package linux

import "assay/internal/resource"

func packageKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindPackage, Version: 1, Title: "Installed packages", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "as the package manager calls it"),
			must("version", s, "installed version, with epoch and release where there are such"),
			must("arch", s, "it was built for"),
			may("source", s, "source package, where it has another name"),
			words(must("manager", s, "whose database lists it"), "dpkg", "rpm", "apk"),
			words(must("status", s, "broken: unpacked or configured in part"), "installed", "broken"),
			may("held", resource.Bool, "kept from being updated; absent where the manager knows no such thing"),
		},
	}
}

func updateKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindUpdate, Version: 1, Title: "Pending security updates", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "package to be updated"),
			must("arch", s, "of the package"),
			must("installed_version", s, "what runs now"),
			must("available_version", s, "newest version offered that carries the fix"),
			must("channel", s, "where the fix comes from"),
			listOf(may("advisories", s, "bulletins that it answers, where the channel names them")),
			words(may("severity", s, "highest among the bulletins, where the channel rates them"), "critical", "high", "medium", "low"),
		},
	}
}

func serviceKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindService, Version: 1, Title: "Services", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "unit, with its suffix"),
			may("description", s, "what it says it is; absent for a unit that is not loaded"),
			words(must("kind", s, "of unit"), "service", "socket", "timer"),
			must("startup", s, "enabled, disabled, static, masked, generated …, as systemd names it"),
			must("active", s, "active, inactive, failed …, as systemd names it"),
		},
	}
}

func kernelKind() resource.Schema {
	return resource.Schema{
		Kind: kindKernel, Version: 1, Title: "Kernel settings", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", resource.String, "dotted, as sysctl writes it"),
			must("value", resource.String, "in force now"),
		},
	}
}

func listenerKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindListener, Version: 1, Title: "Listening ports", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "protocol, address and port in one"),
			words(must("protocol", s, "of the port"), "tcp", "udp"),
			words(must("family", s, "of the address"), "ipv4", "ipv6"),
			must("address", s, "it listens on"),
			must("port", resource.Int, "number"),
			words(must("reach", s, "loopback: from this host only; address: through one address; all: through every address of the host"), "loopback", "address", "all"),
			must("uid", resource.Int, "account number that owns the socket"),
			must("ephemeral", resource.Bool, "UDP, with a number from the range that the kernel hands out: often a client's, not a service"),
			must("process", s, "program that holds it; unavailable where that is another account's secret"),
		},
	}
}

func mountKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindMount, Version: 1, Title: "Mounted file systems", Family: resource.State, Label: "path",
		Fields: []resource.Field{
			must("path", s, "where it is mounted"),
			must("device", s, "what is mounted there"),
			must("type", s, "of file system"),
			words(must("storage", s, "what holds its content; layers: folders or files of other file systems"), "disk", "network", "memory", "layers"),
			must("read_only", b, "nothing can be written"),
			must("nodev", b, "device files do not work"),
			must("nosuid", b, "set-user-id does not work"),
			must("noexec", b, "programs do not start"),
			may("encrypted", b, "every device beneath is encrypted by this system (dm-crypt, ZFS); present for disks only"),
		},
	}
}
