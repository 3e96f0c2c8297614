// Notices writes THIRD_PARTY_NOTICES.md: the modules and files of others that
// the released programs carry, each with version, licence and the text that its
// licence asks to be kept.
//
// With -check it writes nothing and fails when the file is out of date.
package main

//go:generate go run . -root ../..
