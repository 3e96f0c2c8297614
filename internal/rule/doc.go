// Package rule is the check language: a definition in YAML, compiled against
// the schemas of the kinds that it speaks of, and judged over what collections
// offer. It is pure: no I/O and no clock; the instant of a run is an input.
// docs/spec/check.md says what a check means, so that a stranger can judge the
// same facts and reach the same verdicts.
//
// Invariants
//   - A verdict is a function of the definition, the parameters, the schemas
//     and the input. The order of the input never matters.
//   - Pass is said only of a resource that was listed by a complete and fresh
//     listing and whose every field that was read could be read. Reading, or
//     asking for the presence of, an unavailable field is an error; an error
//     that && or || or a macro absorbed still keeps a verdict from passing.
//   - Making a field unavailable, or giving it a value of the wrong type,
//     leaves a verdict as it was or turns it into unknown; nothing else.
//   - A run passes only when every listing that it needs is complete and
//     fresh. An empty population is neutral when it is proven empty, else
//     unknown. Nothing passes vacuously.
//   - Two connections that disagree about a field make it unavailable.
//   - Expressions are type-checked against the schema: a field that does not
//     exist, or of another type, is an error of the definition.
package rule
