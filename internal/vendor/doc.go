// Package vendor declares the registers of those on whom the organization
// depends: the vendors, and of each the reports that it gave, what it expects
// from its customers (complementary user entity controls), and what is left to
// it (complementary subservice organization controls, by criterion).
//
// A vendor is considered, in use, or ended.
//
// Invariants
//   - A vendor comes into use by the decision of somebody who did not write it
//     down, and only with an owner and a criticality.
//   - A subservice organization that is carved out names a control that watches
//     it before it comes into use.
//   - Until when a vendor's reports reach, and how many of its expectations have
//     no control, is worked out.
//
// It serves CC9.2, CC2.3 and CC3.2. It writes no table.
package vendor
