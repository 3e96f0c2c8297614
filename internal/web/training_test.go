package web_test

import (
	"net/http"
	"testing"

	"assay/internal/access"
	"assay/internal/person"
	"assay/internal/standing"
)

// An employee sees what concerns them, takes a course and accepts a policy, and
// nothing else.
func TestTheEmployeesPages(t *testing.T) {
	h := newSite(t)
	lead, second, hugo := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2"), h.as(access.RoleEmployee)
	hugo.get("/").goes("/me")
	hugo.get("/tasks").goes("/me")
	hugo.get("/me").says(200, "nothing is left", "Nothing is asked of you", "!Main")
	_, err := h.suite.People.Add(t.Context(), h.console(), person.Details{Name: "Hugo", Email: "employee@" + h.org.Slug + ".example", StartsOn: standing.NewDate(2020, 1, 1)})
	h.must(err)

	lead.get("/training").says(200, "No course is written down yet", "Begin with the course that the program brings")
	lead.post("/training/new", "title", "Awareness <b>", "text", "awareness", "days", "30", "again_months", "12").goes("/training/TR-01")
	lead.post("/training/TR-01/begin").goes("/training/TR-01")
	lead.get("/training/TR-01").says(200, "0 of 1", "1 still has time", "Hugo", "/training/TR-01/people")
	lead.get("/training/TR-01/people").says(200, "Hugo", "worked here", "Asked")
	lead.get("/training/TR-01/people?state=late").says(200, "Nobody fits")
	lead.get("/training/TR-01/people?format=csv").says(200, "Hugo", "waiting")
	policy := lead.post("/policies/new", "id", "PLC-AUP", "title", "Acceptable Use", "accept_days", "30", "text", "# Use\n\nLock it.").goes("/policies/PLC-AUP")
	lead.post(policy + "/submit").goes(policy)
	second.post(policy + "/approve").goes(policy)

	hugo.get("/me").says(200, "2 things left", "Awareness &lt;b&gt;", "Read and accept Acceptable Use", "!<b>TR")
	at := "/me/training/TR-01/phishing"
	hugo.get("/me/training/TR-01").says(200, "Messages that are not what they seem", "Questions", "0 of 6 lessons")
	hugo.get(at).says(200, "Answer")
	hugo.post(at, "version", "1", "q1", "0").says(http.StatusUnprocessableEntity, "Not every question", "Question 2: Choose an answer")
	hugo.post(at, "version", "", "q1", "0").says(http.StatusConflict, "Open the lesson")
	hugo.post(at, "version", "1", "q1", "1", "q2", "0", "q3", "0", "q4", "1", "q5", "0").says(200, "0 of 5 answers are right", "Not right", "Read it again")
	hugo.post(at, "version", "1", "q1", "0", "q2", "2", "q3", "1", "q4", "0", "q5", "2").says(200, "5 of 5 answers are right", "Next lesson", "1 of 6 lessons")
	hugo.get("/me").says(200, "1 of 6 lessons are done", "Go on")

	hugo.get("/me/policies/PLC-AUP").says(200, "Lock it.", "I have read this")
	hugo.post("/me/policies/PLC-AUP", "version", "x").says(http.StatusConflict)
	hugo.post("/me/policies/PLC-AUP", "version", "1").goes("/me")
	hugo.get("/me").says(200, "1 thing left", "1 policy accepted", "Acceptable Use")
	hugo.get("/me/policies/PLC-AUP").says(200, "You accepted version 1", "!I have read this")
	for _, path := range []string{"/controls", "/training", "/training/TR-01/people", "/policies", "/policies/PLC-AUP", "/people", "/evidence", "/log", "/settings/users"} {
		hugo.get(path).says(http.StatusForbidden)
	}
	hugo.get("/settings/me").says(200, "!Audit log", "!Checks")
	hugo.get("/me/report").says(200, "Report a problem", "Nobody is blamed")
	hugo.post("/me/report", "title", "", "urgent", "yes").says(http.StatusUnprocessableEntity, "was not added")
	hugo.post("/me/report", "title", "A <i>lost</i> laptop", "urgent", "yes").goes("/me")
	hugo.get("/me").says(200, "You reported: A &lt;i&gt;lost&lt;/i&gt; laptop", "Somebody looks into it", "!<i>lost")
	hugo.get("/problem-reports").says(http.StatusForbidden)
	lead.get("/problem-reports").says(200, "1 problem", "to look into", "Hugo")
	lead.get("/incidents").says(200, "Reported problems")
	lead.get("/tasks").says(200, "Look into")
	lead.post("/problem-reports/RP-01/answer", "answer", "").says(http.StatusUnprocessableEntity)
	lead.post("/problem-reports/RP-01/answer", "answer", "It was found.").goes("/problem-reports/RP-01")
	hugo.get("/me").says(200, "It was found.")
	rival := h.in(h.newOrg("Rival"), access.RoleEmployee, "")
	rival.get("/me").says(200, "Nothing is asked of you", "!laptop<")
	rival.get(at).says(http.StatusNotFound)
	rival.get("/me/policies/PLC-AUP").says(http.StatusNotFound)
	rival.post(at, "version", "1", "q1", "0").says(http.StatusNotFound)
}
