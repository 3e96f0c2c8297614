// Package all is the one list of connectors. A new one adds its folder and a
// line here; nothing else in the house names it.
package all
