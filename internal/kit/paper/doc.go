// Package paper turns Markdown into what people read. It knows nothing of SOC 2.
//
// Invariants: what comes out has no script, style or frame, whatever went in;
// raw HTML in the source is dropped, and a link leads to http, https, mailto or
// within the page, or nowhere. Headings begin below those of the page that the
// text stands in.
package paper
