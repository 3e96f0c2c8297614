// Tamper does to a demonstration what its operator could do to his own evidence,
// and shows what finds it: it edits rows by SQL, drops a failing result, trims a
// population, back-dates, puts last week's database back, and writes history anew
// with the log's own key. Each is done to a copy of one store that a witness, an
// authority of time and an auditor with a pin have seen; then the commands that
// must find it are run, and what they say is printed. Before that, the same
// commands must find nothing on a copy that nobody touched.
//
// usage: tamper -assay FILE -verify FILE -work DIR
//
// It ends with 1 if any attack is found by nothing that must find it
// (test/tamper.sh builds what it needs).
package main
