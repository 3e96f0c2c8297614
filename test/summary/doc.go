// Summary turns the output of go test -json into what go test prints without
// it, and ends with the tests that were skipped, each with its reason, and one
// line of counts. It exits with 1 when a test or a build failed, and when the
// output ends before every package has said how it went.
package main
