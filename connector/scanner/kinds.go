package scanner

import (
	"assay/connector/field"
	"assay/internal/resource"
)

// The kinds, as the collectors name them.
const (
	kindFinding   = "scanner.finding"
	kindClosed    = "scanner.closed"
	kindTarget    = "scanner.target"
	kindScan      = "scanner.scan"
	kindComponent = "scanner.component"
	kindPort      = "scanner.port"
)

func every() []string {
	return []string{kindFinding, kindClosed, kindTarget, kindScan, kindComponent, kindPort}
}

// Kinds declares everything that the connector can tell.
func Kinds() []resource.Schema {
	const s, i, b, t = resource.String, resource.Int, resource.Bool, resource.Time
	open := field.State(kindFinding, "Open findings of scanners", "name", findingFields()...)
	open.Facets = field.Claim("vulnerability", map[string]resource.Mapping{
		"name": field.From("name"), "component": field.From("component"), "severity": field.From("severity"),
		"found_at": field.From("found_at"), "fix_available": field.From("fix_available"),
	})
	return []resource.Schema{
		open,
		field.State(kindClosed, "Closed findings of scanners", "name", append(findingFields(),
			field.Words(field.Must("state", s, "how it was closed"), "fixed", "not_affected", "suppressed"),
			field.May("fixed_at", t, "the first whole scan that did not report it any more"),
			field.May("justification", s, "why it does not count, as it was stated; of those that are not fixed"),
		)...),
		field.State(kindTarget, "What scanners scanned", "name",
			field.Must("name", s, "what was scanned, as your list of names calls it"),
			field.Must("tool", s, "the scanner"),
			field.Volatile(field.Must("scanned_at", t, "the last whole scan; of scans that were never whole, the last")),
			field.Must("whole", b, "there is a whole scan"),
			field.Volatile(field.In(field.Must("scans", i, "that are kept"), "scans")),
		),
		{
			Kind: kindScan, Version: 1, Title: "Scans", Family: resource.Event, Label: "name", At: "at",
			Fields: []resource.Field{
				field.Must("name", s, "the tool and what it scanned"),
				field.Must("at", t, "when it ended, as the report says; otherwise when the file was written"),
				field.Words(field.Must("dated_by", s, "where the time is from"), "report", "file"),
				field.Must("tool", s, "the scanner"),
				field.May("release", s, "its version, where the report says it"),
				field.Must("target", s, "what was scanned, as your list of names calls it"),
				field.Must("whole", b, "the report is that of a scan that ended without an error"),
				field.In(field.Must("findings", i, "that it reports"), "findings"),
			},
		},
		field.State(kindComponent, "Components of bills of materials", "name",
			field.Must("name", s, "its name, with the group before it"),
			field.May("release", s, "its version"),
			field.May("purl", s, "package URL"),
			field.May("sort", s, "what it is, as CycloneDX says: library, application, container"),
			field.List(field.Must("licenses", s, "as stated, sorted")),
			field.Must("target", s, "what it is a part of"),
		),
		field.State(kindPort, "Open ports", "name",
			field.Must("name", s, "target, port and protocol"),
			field.Must("target", s, "the host, as your list of names calls it"),
			field.Must("address", s, "the address that was scanned"),
			field.Must("port", i, "its number"),
			field.Words(field.Must("protocol", s, "of the port"), "tcp", "udp", "sctp"),
			field.May("service", s, "what answers, as nmap takes it"),
			field.May("product", s, "the program, as nmap takes it"),
			field.May("release", s, "its version, as nmap takes it"),
			field.Volatile(field.Must("scanned_at", t, "when it was seen last")),
		),
	}
}

func findingFields() []resource.Field {
	const s, t = resource.String, resource.Time
	return []resource.Field{
		field.Must("name", s, "the vulnerability: CVE where there is one, or the rule"),
		field.Words(field.Must("sort", s, "a published vulnerability, or a weakness that a rule describes"), "vulnerability", "weakness"),
		field.List(field.Must("aliases", s, "other ids of the same, sorted")),
		field.May("title", s, "what it is, in the scanner's words"),
		field.Must("component", s, "what is affected: package, file or service"),
		field.May("release", s, "the affected version"),
		field.Must("target", s, "what was scanned, as your list of names calls it"),
		field.List(field.Must("places", s, "where in it, the first twenty, sorted")),
		field.List(field.Must("tools", s, "scanners that reported it, sorted")),
		field.Words(field.Must("severity", s, "the worst that a scanner gives it"), "critical", "high", "medium", "low"),
		field.May("score", resource.Decimal, "CVSS base score, the highest stated"),
		field.Must("found_at", t, "the scan since which it is reported without a whole scan between that does not"),
		field.Must("first_at", t, "the earliest kept scan that reports it"),
		field.Volatile(field.Must("seen_at", t, "the last scan that reports it")),
		field.Must("fix_available", resource.Bool, "a fixed version exists; unknown where no scanner says"),
		field.May("fixed_in", s, "fixed versions, as stated"),
		field.Must("exploited", resource.Bool, "it is in CISA's catalog of known exploited vulnerabilities; unknown without the catalog, or without a CVE"),
		field.May("exploited_due", resource.Date, "day by which CISA wants it fixed"),
		field.Volatile(field.May("epss", resource.Decimal, "probability of exploitation within 30 days, by FIRST")),
		field.May("vex", s, "what a VEX document says of it: its state, and its justification"),
	}
}
