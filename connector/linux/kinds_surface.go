package linux

import "assay/internal/resource"

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
			words(must("storage", s, "what holds its content"), "disk", "network", "memory", "layers"),
			must("read_only", b, "nothing can be written"),
			must("nodev", b, "device files do not work"),
			must("nosuid", b, "set-user-id does not work"),
			must("noexec", b, "programs do not start"),
			may("encrypted", b, "every device beneath is encrypted by this system (dm-crypt, ZFS); present for disks only"),
		},
	}
}
