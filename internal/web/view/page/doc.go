// Package page holds the pages of the web face, one file per noun. Each page is
// a templ component with the struct it shows:
//
//	page.Readiness(shell, page.ReadinessView{…}) → templ.Component
//
// The contract with the handlers: a handler makes one call to a use case, fills
// the view.Shell and the page's struct, and renders the component; it returns
// the page's status code itself. The structs hold finished words: counts with
// their thousands, dates in the organization's time zone, sentences with their
// verbs. A field that stays zero leaves its part of the page out, so an empty
// struct is a page without content rather than an error. Every string may come
// from outside; the components escape it.
//
// Lists carry a view.List: the handler copies the request's address into
// List.Query and states filters, order and cursors, and every link of the
// toolbar, the table head and the foot follows from it. A list that found
// nothing sets List.Empty and passes no rows.
//
// Forms post to the address in their struct. A form that was refused is
// rendered again with the status 422, with Problems set, the message at each
// field, and everything that was typed still in it.
//
// Invariants: pages use only the components and charts below them; no page
// knows a use case, a store or the clock; no page names an organization, a
// person or a figure by itself; no page offers a link or a button that was not
// passed in; no page says that an organization is compliant, certified or
// would pass, because people conclude and Assay drafts facts.
package page
