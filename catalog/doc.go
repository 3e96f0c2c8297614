// Package catalog is what SOC 2 says, as files: the criteria in our own words,
// the control library with its profiles, an auditor's request list, the
// crosswalk to other frameworks, the policy templates, risk scenarios, courses,
// questionnaires, and the checks. README.md beside this file says how to add to
// it.
//
// Invariants:
//   - One control, request, policy, scenario, lesson or check is one file, named
//     after its id; adding one touches no other file but compiled.txt, which is
//     generated. That form says what the files say, and is not used for a file
//     that changed since.
//   - A file says everything once. What follows from something else is not
//     written down: a control's domain follows from its id, its categories from
//     its criteria, a profile's controls from the controls that name it.
//   - Load refuses the whole catalog for an unknown field, an unknown word, an
//     id that is there twice or that resolves to nothing, and names the file and
//     the field of everything that is wrong.
//   - No control, request, criterion, scenario or check refers to a policy. A
//     policy names the controls it stands behind, so that no control can point at
//     a policy that is not there.
//   - A setting means the same in every policy that uses it, and its default is
//     that of the check's parameter to which it is bound. Fill writes a policy
//     out without changing its structure, and says what is missing.
//   - The wording is ours; the published text of the AICPA is never here. An
//     org's licensed copy is read by ReadLicensedText and kept apart.
//   - A Library does not change once loaded; what it returns may be read by any
//     number of goroutines and must not be written to.
//
// The package judges nothing: it reads, validates and finds. It holds no state
// and no tables.
package catalog
