// Package fact stores what collections saw: each resource version once, with
// the spans of collections between which it was seen, so that a year of daily
// collections costs what changed.
//
// Invariants
//   - A record's bytes, salt and hash are written once and never change; only
//     its personal part can be erased.
//   - One collection of a connection runs at a time. One that gives no sign of
//     life is interrupted, and nothing that it writes afterwards is kept.
//   - Membership is exact: a span says in which collections of a connection a
//     version was listed. A collection becomes visible when its manifest
//     commits, with its leaf; one that was interrupted leaves no member behind,
//     but for events in lists of which it kept the place: the next collection
//     goes on from there and takes them over. A place counts only with the org's
//     HMAC over it, for the same question, for a week.
//   - Content is recognized by an HMAC under the org's key, so that a stolen
//     table reveals nothing by guessing. The schema's version is not part of
//     it: a schema upgrade is not a change of the resource.
//   - A resource that an incomplete listing did not show is possible, not
//     gone. An event that was seen once stays a fact.
//   - Two connections that list the same resource keep their own spans.
//
// Tables written by this package alone: fact_kind, fact_version,
// fact_collection, fact_listing, fact_span, fact_position.
package fact
