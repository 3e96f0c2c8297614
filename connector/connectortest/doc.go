// Package connectortest replays recorded exchanges to a connector and compares
// what it makes of them with what it should.
//
// A recording is a txtar file (golang.org/x/tools/txtar). Its comment says what
// it shows. Its sections, by their names:
//
//	now                      the time of the collection, RFC 3339
//	period                   two times, from and to: the span for events
//	settings                 the configuration, "name: value" a line
//	hook                     the path at which the product's messages are received
//	file /etc/passwd         a file's content
//	file /etc/shadow !permission
//	                         a file that is there and cannot be read
//	file /x @2026-01-02T03:04:05Z
//	                         a file with its time of change
//	base64 /var/log/lastlog  a file that is no text
//	dir /proc/7/fd !permission
//	                         a folder that cannot be listed, or an empty one
//	link /proc/7/fd/3        a link; the content is its target
//	run sshd -T              what a program prints
//	run nft -j list ruleset !1
//	                         what it prints before it exits with 1
//	stderr nft -j list ruleset
//	                         what it complains
//	run slow !timeout        a program that does not answer
//	http GET https://api.example.com/users?page=2
//	                         an answer: status line, headers, empty line, body;
//	                         the same request again takes the next answer
//	http GET https://api.example.com/users?page=3 !reset
//	                         a connection that breaks
//	http GET https://api.example.com/users?page=4 !cut
//	                         a body that ends before it should
//	want authority           the source's authority
//	want resources           what must be emitted, in order, a line each
//	want reports             what must be said of each kind, a line each
//	want calls               what must be said of the calls, a line each
//	want error               the text of a collection's or an opening's error
//
// Files, folders and programs that a recording does not name are missing, and a
// request that it does not name fails the test. `go test -update` writes the
// want sections again.
//
// Invariants: time stands still and nothing sleeps; a recording with what looks
// like a secret, or with an address that is not set aside for examples, is
// refused; every resource must be of a declared kind and pass its schema.
package connectortest
