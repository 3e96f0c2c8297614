// Package github reads an organization on GitHub: who belongs to it and with
// what power, its repositories and what binds their default branch, every change
// that went in during the period with its reviews and tests, and open alerts.
//
// What it reads: the REST API for lists and protection, and GraphQL for members
// and changes, because it gives fifty pull requests with their reviews and
// tests for one call. It signs in with a GitHub App, or with a token.
//
// Authority: "github.com", or the host of a GitHub Enterprise Server. Ids are
// GitHub's numbers, which renaming and moving leave as they are: the
// organization is asked for once by the name in the settings, and its present
// name and its repositories' are taken from the answers.
//
// Invariants
//
//   - "404 Not Found" is how GitHub says that a right is missing. Only what it
//     words otherwise ("Branch not protected") is an absence.
//
//   - A branch counts as bound only by what binds everybody: administrators who
//     are let off, and actors who may bypass, are counted. Rulesets whose
//     bypass list is hidden leave the answer unavailable.
//
//   - An approval counts when somebody else than the author gave it before the
//     merge and did not take it back; whether it saw the last commit is a field
//     of its own.
//
//   - Every page of the period is read, without a cap. What is updated while
//     the pages are read is looked for again at the end.
//
//   - Credentials go to the API's host only, also where a next page or a
//     redirect leads elsewhere.
//
// Pitfalls: a commit belongs to the pull requests that GitHub associates with
// it; one that has none which was merged went in directly. Its time is the
// committer's clock. Which tests were required at the time is not kept by
// GitHub: a change counts as tested when all that ran on its last commit
// succeeded. Second factors and verified addresses are shown to owners only.
package github
