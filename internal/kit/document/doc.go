// Package document holds a document as its parts (sections, paragraphs, lists,
// notes and tables) and writes it as HTML, DOCX, PDF or a workbook. It knows
// nothing of SOC 2.
//
// Invariants
//   - The same document gives the same bytes: no clock, no chance, no order of a
//     map.
//   - What a text holds never breaks a file: what is not a character of XML, and
//     what turns the direction of other text, is left out; a word longer than a
//     line is broken; a character that the PDF's fonts lack is shown as one that is
//     missing.
//   - A reference within a document leads somewhere, or the document is refused.
//   - A heading stands with what follows it; a table's headings stand on each of
//     its pages; the mark, such as DRAFT, stands on every page, the cover as well.
//   - A workbook has the tables and nothing else.
//
// The PDF is not a tagged one: it has an outline, a table of contents, a language
// and a title, and no structure tree.
package document
