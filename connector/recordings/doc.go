// Package recordings reads folders in which somebody saved a product's answers,
// so that what cannot be reached over the network is collected all the same:
// every file below a folder, unpacked, as JSON documents with the words of its
// path, and beneath a connector's client, as the answers to its requests.
//
// A file is what a program printed: one JSON document, or several (NDJSON), each
// after the other, also gzipped; or an answer with its head, as curl -i and gh
// api -i print it; or the error that the AWS command line printed in its place.
//
// Invariants
//   - A file that cannot be read to its end, or holds something else than JSON
//     after what it holds, is refused as a whole and named: never a shorter list.
//   - Every file has exactly one fate: it is used or it is named with a reason.
//   - A file is known by its path below the folder and the SHA-256 of its bytes.
//   - A request for which there is no file is an error, never an empty answer.
package recordings
