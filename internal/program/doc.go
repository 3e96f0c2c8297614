// Package program is the reporting programs of an organization: which report,
// which categories, over which date or period, and which criteria do not apply.
//
// Invariants: a period is whole local days of the org's time zone, stored
// half-open and shown inclusive; its dates are fixed once the program is
// closed; of several programs one is current; a criterion is left out only with
// a reason that somebody other than its asker approved (DC8), and stays visible
// with it.
//
// Tables written by this package alone: program_program, program_omission. It
// serves CC3.1 and the description criteria DC1, DC2 and DC8.
package program
