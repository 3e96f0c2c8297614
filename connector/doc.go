// Package connector is how Assay learns about a product: the interface that
// every connector implements, and the run through which it reports.
//
// A connector only reads, only emits resources, and holds no opinion: it
// neither filters nor judges what it sees. It is one folder with one exported
// Product function and one line in connector/all.
//
// Invariants
//   - A kind is complete only when the connector said so after its last page
//     and nothing went wrong for that kind: silence is incomplete.
//   - A refused call marks what it would have told as unavailable, in the
//     resource when it concerns one field, in the manifest when it concerns a
//     kind. It is never an empty list.
//   - Only declared fields of declared kinds leave a connector.
//   - A connector imports the standard library, this package,
//     internal/resource, internal/kit and its vendor's SDK; never the store.
package connector
