// Package inventory is the registers of what an organization has: its assets, the
// classes of its information, the stores that hold it, how it flows between them, and
// how it is destroyed when it is not needed any more (criteria CC6.1, CC6.5, C1.1,
// C1.2, P4.2 and P4.3).
//
// Invariants
//   - A store has a class; what is done with a class is said once, by the class.
//   - The day by which a store is cleared follows from its own rule and from when it
//     was cleared last; nobody enters it. Nothing is due while a store is on hold.
//   - A disposal lies in the past, and names its method.
//   - A flow joins two different ends, each a store or a name.
//   - The diagram shows the flows that are in the register, and nothing else.
package inventory
