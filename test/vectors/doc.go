// Package vectors holds examples of every rule of docs/spec, right and wrong, for whoever
// writes another verifier: small JSON files, and one package. The tests here
// hold our code and docs/spec/verify.py to them; -update writes them again, which
// changes the package and nothing that was released.
//
//	canon.json    canonical JSON: accepted, refused
//	leaf.json     leaves and their hashes, commitments; leaves that are refused
//	record.json   records, sets of them, verdicts and the roots of runs
//	tree.json     roots, proofs that hold and that do not, names of tiles
//	note.json     signed checkpoints and policies: accepted, refused
//	sample.json   samples drawn, sizes, upper limits
//	facets.json   the vocabulary, which is a part of a program's hash
//	package.zip   an evidence package
//	package.json  what may be done to it, and the exit code that must follow
//	anchored.zip, anchored.json
//	              the same of a package of the second format, with time stamps and
//	              a witness
//	erased.zip, erased.json
//	              the same of a package from whose trail somebody was taken out
//
// In package.json a case has edits, made in order. On the payload: replace (the
// first "old" by "new"), remove, add ("text"), rename ("to"), swap ("with"). After
// any of these the bag is made anew as docs/spec/package.md says, bag-info.txt
// as it was but for its last line, and signed as "sign" says: by the "old"
// signature, by the package's "key", or by an "other" key of the same name
// (seeds are given). On the bytes of the file, after that: flip (the "bit" of the
// byte "at"), set ("hex" in place of what is "at"), insert ("hex" before "at"), cut
// (everything from "at" on). "policy" and "pin" name texts of the file that the
// verifier gets; with "time" it gets the "roots" of the authorities of time and the
// "cadence" too.
package vectors
