// Package outbound is the only way by which Assay calls out: a client for HTTP
// with limits and retries, a dialer for the rest, and one list of addresses
// that neither ever dials.
//
// Invariants
//   - An address is judged when it is dialled, after its name was resolved, for
//     every connection and every redirect; so a name cannot change its address
//     between the check and the call.
//   - Addresses of this machine, of its networks and of cloud metadata services
//     are refused, also inside IPv6 forms of them, unless the operator allows
//     them; metadata services are refused even then.
//   - No cookies, no proxy from the environment.
//   - A redirect to another host takes no credentials along, and no body.
//   - Only requests that change nothing are repeated, and a server that says when
//     to come back is believed, if that is soon.
//   - A body over the limit is an error, never a shorter body.
package outbound
