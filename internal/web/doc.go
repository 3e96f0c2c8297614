// Package web is the pages. A handler decodes the request, makes one call to a
// use case (two where a page shows two things), and returns a page, a redirect
// or an error; it decides nothing. Errors become pages here, in one place, and
// nothing internal reaches the reader.
//
// Invariants: every page works without script; state lives in the address;
// nothing is changed by GET; a request from another site changes nothing
// (http.CrossOriginProtection); the content security policy allows no inline
// style or script; who acts comes from the session, never from a parameter;
// what people uploaded is never served as a page.
package web
