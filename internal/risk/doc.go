// Package risk declares two registers: the risks of an organization, and the
// assessments in which it looked at all of them.
//
// A risk is open, proposed for acceptance, accepted until a day, or closed. It is
// rated by likelihood and impact, before controls (inherent) and with them
// (residual); the score is their product, and the settings say what the steps of
// the scales are called, from which score a level begins, and up to which score
// the organization bears a risk without more ado (its appetite).
//
// An assessment is a draft, submitted, or signed; signing freezes the register of
// risks as it is then.
//
// Invariants
//   - A residual rating is not above the inherent one.
//   - A risk is accepted by somebody who did not write on it, with a reason and a
//     last day, at most a year ahead.
//   - An assessment is signed by somebody who did not write it, and only when it
//     says that fraud, change and vendors were considered.
//
// It serves CC3.1, CC3.2, CC3.3, CC3.4 and CC9.1. It writes no table.
package risk
