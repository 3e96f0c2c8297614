// Package portfolio is what a provider (a managed service provider, a virtual CIO) sees
// of its clients, and what each client consents to.
//
// Provider and client are organizations of one installation. The provider makes a code
// for a client; a lead of the client answers it with a consent, which says what the
// provider may see and whether its staff may come in. From then on a job of the
// client's own publishes a summary into the provider's organization; the provider reads
// that, and nothing of the client.
//
// Sources: ARCHITECTURE 2 (org, client), "Across orgs"; AT-C 105 for independence.
//
// Invariants
//   - No query crosses organizations: a client's figures are read with the client's
//     grant and written with the provider's, by the job that the client consented to.
//   - What is published is what the consent says: figures; what is due, if the client
//     lets its work be seen. Nothing is published after its end.
//   - Staff come in by a consent that says so, as members with the role provider, whom
//     the client's list of members shows and its trail names. They go when the consent
//     ends, when either side recalls them, and when they leave the provider.
//   - A code is kept as a hash, is answered once, and ends by itself.
//   - A summary that is older than a day says so, and counts as unknown.
//
// Tables written by this package alone: portfolio_offer, portfolio_client,
// portfolio_consent. It serves CC6.2, CC6.3 and CC9.2 for the product itself.
package portfolio
