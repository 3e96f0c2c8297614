// Command bench prints the figures the project holds itself to, each on a line
// of its own: id, figure, unit, goal, and ok or short, with tabs between; absent
// for what nothing here measures yet. It runs the benchmarks that measure them,
// and starts the built programs where it is they that count; nothing fails for
// being slow. With arguments it prints only those ids.
package main
