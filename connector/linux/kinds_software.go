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
			must("held", resource.Bool, "kept from being updated"),
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
