// Package static holds the files that a browser loads beside the pages: one
// stylesheet, one small script, htmx and the icon.
//
// Invariants: every file is served as it lies here, from the same origin, so
// the content security policy needs neither 'unsafe-inline' nor another host;
// nothing here is generated at run time; a file's address carries the hash of
// its bytes, so it may be cached for ever.
package static
