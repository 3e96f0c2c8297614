// Package description declares the register of the parts of the system description,
// by description criterion, and the register of what user entities have to do.
//
// A part is written, approved by somebody who did not write it, and frozen for an
// engagement. Facts stand in it as references, such as {{control:IAM-03}}, that a
// report fills in with what is on record when it is built.
//
// Invariants
//   - What was approved does not change. It is written anew by revising it, with a
//     reason, and approved again; its versions stay.
//   - What is frozen for an engagement stays as it is.
//   - A reference that means nothing is refused when the part is saved; one to what
//     is not on record, when it is approved.
//   - A complementary user entity control names the criterion that would fail without
//     it, and why. Without both it is a responsibility, and kept as one.
//
// It serves the description criteria DC1 to DC9, CC2.2 and CC2.3. It writes no table.
package description
