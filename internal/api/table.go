package api

// Table lists every operation, noun by noun.
func Table() []Operation {
	var all []Operation
	for _, noun := range [][]Operation{
		orgOperations(), checkOperations(), controlOperations(), statusOperations(),
	} {
		all = append(all, noun...)
	}
	return all
}
