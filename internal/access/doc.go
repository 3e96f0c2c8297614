// Package access decides who may do what. It does no I/O: an Actor is built
// once per request by package auth (or by the console for whoever holds the
// store's files and key), and every use case asks it for a Grant.
//
// Invariants: a Grant is the only way to open a transaction (package db), so
// code that forgot to ask for permission does not reach the data; the zero
// Grant proves nothing; the organization comes from the actor, never from a
// requested id; a permission has exactly one name, noun.verb, which is also
// the trail's action, the operation's id and the command's words; a sign-in that
// is weaker than the organization asks for opens one's own account and no more;
// a weighty permission needs a session whose person showed lately who they are.
//
// It serves CC6.1, CC6.3 and CC5.1 (segregation of duties) for the product
// itself.
package access
