// Package privacy is the registers of what an organization owes people about their
// personal data: what they ask for, what they are told, what is processed and why,
// what they agreed to, and what was handed to others (criteria P1.1 to P8.1).
//
// Invariants
//   - The day by which a request is answered follows from the law that it is made
//     under; nobody enters it, and a house rule can only make it earlier.
//   - A request is answered or refused only after whoever asks was identified, unless
//     it is a question that shows nobody's data.
//   - A disclosure without a basis names the incident that it is.
//   - A notice is put in force by somebody who did not write it, with proof of where
//     it is shown.
//
// Privacy is about people and their data; what was promised to be kept secret,
// whoever it is about, is confidentiality and lies in package inventory.
package privacy
