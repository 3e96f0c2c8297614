// Package mailreport reads the reports that receivers of mail send about a
// domain: DMARC aggregate reports (RFC 7489) and SMTP TLS reports (RFC 8460),
// from a folder in which they are kept.
//
// What it reads: files that end in .xml, .json, .gz, .zip and .eml, in the folder
// itself. Failure reports about single messages hold what people wrote and are
// refused.
//
// Authority: "mailreport"; the id of a report is who sent it, the domain that it
// is about and the number that the sender gave it.
//
// Invariants
//
//   - A file that is empty, cut short, not what its name says or not a report is
//     named and makes its kind incomplete; it never counts as no messages.
//
//   - What is unpacked is bounded: size, number of files, depth.
//
//   - The same report in two files is told once; two files that state it
//     differently are named.
//
// Pitfalls: receivers report when they like and are not obliged to. A report
// covers what one receiver saw, by its own clock.
package mailreport
