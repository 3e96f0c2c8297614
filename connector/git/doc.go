// Package git reads the history of one repository: what changed on its default
// branch, when, by whom, and how it got there.
//
// What it reads: commit, tag and tree objects through the git program, from a
// local repository or from a bare copy of a remote one. It runs no hook, no
// filter, no pager and no helper, and it never reads a working tree.
//
// Authority: the commit at which the first-parent line of the default branch
// begins. It is the same in every clone, wherever the repository is moved to;
// path and address are provenance. Forks share it.
//
// Invariants
//
//   - Approval is never reported: git cannot know it.
//
//   - A signature is reported as present, not as good: nothing is verified.
//
//   - Only what leads to the default branch counts; other branches are drafts.
//
//   - An event's time is the committer's clock, which whoever commits can set.
//
//   - Names and addresses are as committed: .mailmap is not followed, because it
//     changes what past commits say. Who is whom is matched later, by people.
//
//   - Nothing in a repository, in its settings or in its address can make git run
//     another program, fetch what is missing or ask a question.
//
// Pitfalls: a pull request merged by rebase or by fast-forward looks like commits
// pushed by hand, so "direct" is said only where one person wrote and committed a
// change that bears no mark of a pull request; elsewhere it is unavailable. A
// person with two addresses is two keys. A local clone knows only what it last
// fetched, and its listings cover no later time. Whoever pulls and pushes the
// merge turns the branch's own line over to their commits.
package git
