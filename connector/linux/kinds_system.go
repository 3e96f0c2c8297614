package linux

import (
	"assay/connector/field"
	"assay/internal/resource"
)

func packageKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindPackage, Version: 1, Title: "Installed packages", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "as the package manager calls it"),
			field.Must("version", s, "installed version, with epoch and release where there are such"),
			field.Must("arch", s, "it was built for"),
			field.May("source", s, "source package, where it has another name"),
			field.Words(field.Must("manager", s, "whose database lists it"), "dpkg", "rpm", "apk"),
			field.Words(field.Must("status", s, "broken: unpacked or configured in part"), "installed", "broken"),
			field.May("held", resource.Bool, "kept from being updated; absent where the manager knows no such thing"),
		},
	}
}

func updateKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindUpdate, Version: 1, Title: "Pending security updates", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "package to be updated"),
			field.Must("arch", s, "of the package"),
			field.Must("installed_version", s, "what runs now"),
			field.Must("available_version", s, "newest version offered that carries the fix"),
			field.Must("channel", s, "where the fix comes from"),
			field.List(field.May("advisories", s, "bulletins that it answers, where the channel names them")),
			field.Words(field.May("severity", s, "highest among the bulletins, where the channel rates them"), "critical", "high", "medium", "low"),
		},
	}
}

func serviceKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindService, Version: 1, Title: "Services", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "unit, with its suffix"),
			field.May("description", s, "what it says it is; absent for a unit that is not loaded"),
			field.Words(field.Must("kind", s, "of unit"), "service", "socket", "timer"),
			field.Must("startup", s, "enabled, disabled, static, masked, generated …, as systemd names it"),
			field.Must("active", s, "active, inactive, failed …, as systemd names it"),
		},
	}
}

func kernelKind() resource.Schema {
	return resource.Schema{
		Kind: kindKernel, Version: 1, Title: "Kernel settings", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", resource.String, "dotted, as sysctl writes it"),
			field.Must("value", resource.String, "in force now"),
		},
	}
}

func listenerKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindListener, Version: 1, Title: "Listening ports", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "protocol, address and port in one"),
			field.Words(field.Must("protocol", s, "of the port"), "tcp", "udp"),
			field.Words(field.Must("family", s, "of the address"), "ipv4", "ipv6"),
			field.Must("address", s, "it listens on"),
			field.Must("port", resource.Int, "number"),
			field.Words(field.Must("reach", s, "loopback: from this host only; address: through one address; all: through every address of the host"), "loopback", "address", "all"),
			field.Must("uid", resource.Int, "account number that owns the socket"),
			field.Must("ephemeral", resource.Bool, "UDP, with a number from the range that the kernel hands out: often a client's, not a service"),
			field.Must("process", s, "program that holds it; unavailable where that is another account's secret"),
		},
	}
}

func mountKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindMount, Version: 1, Title: "Mounted file systems", Family: resource.State, Label: "path",
		Fields: []resource.Field{
			field.Must("path", s, "where it is mounted"),
			field.Must("device", s, "what is mounted there"),
			field.Must("type", s, "of file system"),
			field.Words(field.Must("storage", s, "what holds its content; layers: folders or files of other file systems"), "disk", "network", "memory", "layers"),
			field.Must("read_only", b, "nothing can be written"),
			field.Must("nodev", b, "device files do not work"),
			field.Must("nosuid", b, "set-user-id does not work"),
			field.Must("noexec", b, "programs do not start"),
			field.May("encrypted", b, "every device beneath is encrypted by this system (dm-crypt, ZFS); present for disks only"),
		},
	}
}
