// Package check keeps the checks of an organization, runs them over what was
// collected, and stores what they said: one row of counts and roots a run, and
// the transitions of each resource's verdict.
//
// Invariants
//   - A verdict is what internal/rule says of sealed collections; this package
//     adds no opinion and can be replayed.
//   - The intent of a run is in the log before anything is judged; a run that
//     failed, or fell silent because its program stopped, is noted as broken and
//     stores nothing any more.
//   - A sweep leaves out only what would be the last run over again: the same
//     collections, definition, parameters and exclusions, and no verdict that time
//     has changed.
//   - Definitions are versioned and effective-dated. A version made by the org,
//     and a changed parameter, are in force only after another person approved
//     them, from then on and never for the past.
//   - Results are transitions: a failure keeps its since and until for ever; a
//     later pass ends it and does not erase it.
//   - An exclusion has a reason, an approver who is not the asker, and an end.
//     It is shown and counted.
//
// Tables written by this package alone: check_definition, check_batch,
// check_run, check_result, check_exclusion. It serves CC4.1, CC4.2 and CC7.1.
package check
