// Package rest is what connectors to JSON over HTTP share: a client that notes
// every call in the manifest, tells a refusal from an answer and follows pages,
// and the sheet on which a resource is filled in.
//
// Invariants
//   - A call goes to the hosts that the client names and to no other, also where
//     a next page or a redirect leads elsewhere: credentials stay there.
//   - A refused call is an error and stands in the manifest; it is never an
//     empty list.
//   - A list that repeats a page, or an answer that is not what is documented,
//     is an error, never a shorter list.
//   - What was wrong on this side (the sink, a stopped collection) is kept apart
//     from what was wrong on the vendor's: the latter makes a kind incomplete
//     and lets the collection go on.
package rest
