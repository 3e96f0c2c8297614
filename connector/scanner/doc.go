// Package scanner reads what vulnerability scanners found, from a folder in which
// their reports are kept: Trivy and Grype JSON, OSV-Scanner JSON and OSV records,
// SARIF, CycloneDX (components, vulnerabilities and VEX), OpenSCAP ARF, Nessus and
// nmap XML; and beside them CISA's catalog of known exploited vulnerabilities (JSON)
// and FIRST's EPSS scores (CSV).
//
// What it reads: every plain file of the folder itself, packed with gzip or not. A
// format is known by its content, never by the file's name.
//
// Authority: "scanner". A finding's id is the vulnerability, the component with its
// version, and the target: the same finding of two scanners is one. A weakness that
// is no published vulnerability also has the rule's tool and the place in its id.
//
// Invariants
//
//   - A file that is empty, cut short, too large, of another encoding or of no known
//     format is named, nothing of it is taken, and what it could have told of is not
//     complete. It never counts as no findings; nor does a folder without a report.
//
//   - Fixed is what a later whole scan of the same target by the same tool does not
//     report any more, for every tool that had reported it. A scan that is missing, or
//     that says of itself that it was not whole, proves nothing.
//
//   - A statement that something is not affected, and a suppression in a report, close
//     a finding only with their justification, which is kept; the finding stays listed.
//
//   - An id that stands for several CVEs is none of them: findings are merged only
//     where an alias leads to one CVE.
//
//   - Memory grows with the findings, not with the files. What is unpacked, one value
//     and the depth of nesting are bounded.
//
// Pitfalls: a finding is as old as the earliest kept report that shows it without a
// whole scan between that does not; whoever deletes reports makes findings younger. A
// report that names no target or time has its file's: the name up to "--", and the time
// of the last change. A Nessus plugin says nothing of packages, so its findings do not
// merge with those of package scanners.
package scanner
