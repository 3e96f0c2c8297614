// Replay collects 200,000 objects from a GitHub that answers from memory, as one
// connection of a store would: 100,000 merged pull requests with their reviews and
// as many members, page by page through the connector's real client. It shows the
// progress that a person would see, with the estimate of the time that GitHub's
// rate limit will take, and says what it needed: calls, seconds, and the most
// memory that the process held. It fails above 250 MiB, or if anything is missing.
package main
