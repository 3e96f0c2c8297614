// Package view holds the shell and the components of the web face: what a page
// is put together from.
//
// Invariants: a component shows only what its struct says and knows no use
// case, no store and no clock; text from outside is always escaped, and the
// only markup is written here; no component writes a style attribute, a style
// element or a script, so pages run under a policy of style-src 'self' and
// script-src 'self'; everything works without a script, forms post and links
// lead somewhere; a state is always a word, a shape and a colour, in this order
// of importance; the zero value of every struct renders to something sensible,
// and an empty optional field leaves its part out.
//
// The words for a person (counts, dates, sentences) arrive finished in the
// structs, because the handler knows the organization's time zone.
package view
