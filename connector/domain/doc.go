// Package domain reads what anybody on the internet can see of an org's
// domains: DNS, TLS endpoints, web sites, the registration, and certificates
// that were handed over.
//
// What it reads: DNS over UDP and TCP at one resolver, with DNSSEC records; TLS
// handshakes with the named hosts, which end before anything is asked; GET / of
// their sites, security.txt and the MTA-STS policy; RDAP at the registry that
// IANA's list names. It needs no credentials and changes nothing.
//
// Authority: "dns" for every kind but certificates, because the DNS gives out
// names once for the world; "x509" for certificates, whose id is the SHA-256 of
// their bytes.
//
// Invariants
//
//   - Signatures are verified here, from the trust anchors down to the domain;
//     the resolver's own word for it (the AD bit) is not believed. A resolver
//     that leaves DNSSEC records out makes the field unavailable.
//
//   - Only NOERROR and NXDOMAIN are answers. SERVFAIL, REFUSED and silence make
//     what was asked unavailable, never absent.
//
//   - A host that does not answer is a resource that says so; everything else
//     about it is unavailable.
//
//   - Only names and addresses that the operator permits are called.
//
// Pitfalls: DKIM selectors cannot be listed, so only those named are looked up,
// and without any the field is unavailable. A host behind several addresses is
// asked at the first that answers. Many networks close port 25, so mail servers
// are asked only where they are named. Registries without RDAP make the fields
// of the registration unavailable. Handshakes find what Go's TLS can speak:
// TLS 1.0 to 1.3, not SSL 3 or export ciphers.
package domain
