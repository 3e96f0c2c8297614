package check

import (
	"strings"
	"testing"

	"assay/internal/rule"
)

// What panics while it is judged fails its batch; the process lives on.
func TestAPanicWhileJudgingIsAnError(t *testing.T) {
	j := judged{run: Run{Check: "test.broken"}} // no program: using it panics
	err := j.judge(t.Context(), rule.Input{})
	if err == nil || !strings.Contains(err.Error(), "check test.broken: judging panicked") {
		t.Errorf("judging without a program says %v", err)
	}
	if j.outcome != nil || j.run.Status != "" {
		t.Errorf("it left the outcome %v and the status %q", j.outcome, j.run.Status)
	}
}
