// Package siem sends the trail to where an organization watches what happens: to
// its SIEM (security information and event management) or a collector before it,
// as OCSF JSON over HTTP or syslog.
//
// Invariants
//   - What is sent is what the log has: entries go in the order of their leaves, each
//     at least once, and the place moves on only when the destination took them. An
//     entry can arrive twice, after a break or a restored store: its metadata.uid, the
//     leaf's id, tells. None is dropped because a destination is away, however long.
//   - Names and addresses leave the organization: destinations are reached over TLS,
//     or lie on this machine or its own network, named by a number.
//   - The credential is sealed under the organization's key, goes to the address that
//     it was given for alone, and is in no answer, entry or error.
//   - Destinations are called through package outbound.
//
// Tables written by this package alone: siem_destination.
//
// Sources: OCSF 1.3.0 (package trail), RFC 5424 (syslog), RFC 5425 (over TLS), RFC 6587
// 3.4.1 (octet counting), Splunk's documentation of the HTTP Event Collector.
// It serves CC7.2 and CC7.3.
package siem
