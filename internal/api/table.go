package api

// Table lists every operation, noun by noun.
func Table() []Operation {
	var all []Operation
	for _, noun := range [][]Operation{
		orgOperations(), signInOperations(), userOperations(), portfolioOperations(), ssoOperations(), selfOperations(), deviceOperations(), federationOperations(), trailOperations(), siemOperations(), personalOperations(), logOperations(), programOperations(), criteriaOperations(),
		personOperations(), accountOperations(), policyOperations(), policyActOperations(), registerOperations(), populationOperations(), sheetOperations(), engagementOperations(), readinessOperations(), rehearsalOperations(), reviewOperations(), trainingOperations(), connectorOperations(), factOperations(), importOperations(), checkOperations(), checkActOperations(),
		exclusionOperations(), controlOperations(), controlActOperations(), statusOperations(),
		evidenceOperations(), taskOperations(), noticeOperations(), packageOperations(), reportOperations(),
	} {
		all = append(all, noun...)
	}
	return all
}
