// Compile writes catalog/compiled.txt: what the files of the catalog say, in a
// form that is read faster than YAML. The program reads a file as YAML that
// changed since, so that nobody has to run this to try a change.
package main

//go:generate go run . -root ../..
