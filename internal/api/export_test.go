package api

// Params are the names in the operation's path, for tests.
func (o *Operation) Params() []string { return o.params() }
