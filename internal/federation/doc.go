// Package federation gives a job of a build system a short token without a stored
// secret: the organization trusts what an OpenID Connect issuer (GitHub Actions, GitLab,
// Buildkite, CircleCI, any) says of its jobs, and a job exchanges the issuer's word for a
// service's token.
//
// Invariants
//   - What a job shows is believed when it is signed by a key that the issuer publishes
//     (asymmetric algorithms alone), names the issuer exactly, is for the trust's audience
//     and nothing else, has begun, has not ended, and is at most an hour old.
//   - It is taken once.
//   - Every condition of the trust holds. At least one is about who the job belongs to,
//     and none of those leaves open whose it is: see Condition.
//   - The token is a service's, narrowed to the trust's permissions, for at most an hour.
//     It ends with the trust. The trail names trust, subject and run.
//   - Whoever is refused hears nothing of why; the organization's trail does, once a
//     minute.
//   - Nothing secret is stored.
//
// Tables written by this package alone: federation_trust, federation_use.
//
// Sources: RFC 8693 (token exchange), OpenID Connect Core 1.0 and Discovery 1.0, RFC 8725
// (JWT best current practices). It serves CC6.1 for the product itself.
package federation
