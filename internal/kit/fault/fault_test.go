package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"assay/internal/kit/fault"
)

func TestKindSurvivesWrappingAndHidesTheCause(t *testing.T) {
	cause := errors.New("dial tcp 10.0.0.1: refused")
	err := fmt.Errorf("list users: %w", fault.Wrap(fault.Conflict, cause, "Somebody else changed it."))
	if fault.Of(err) != fault.Conflict || !fault.Is(err, fault.Conflict) {
		t.Fatalf("kind: %s", fault.Of(err))
	}
	if got := fault.Text(err); got != "Somebody else changed it." {
		t.Fatalf("text: %q", got)
	}
	if !errors.Is(err, cause) {
		t.Fatal("the cause is lost to the log")
	}
}

func TestAnUnclassifiedErrorIsInternalAndSaysNothing(t *testing.T) {
	err := errors.New("pq: secret")
	if fault.Of(err) != fault.Internal || fault.Text(err) == err.Error() {
		t.Fatalf("%s %q", fault.Of(err), fault.Text(err))
	}
	if fault.Of(nil) != "" {
		t.Fatal("nil has a kind")
	}
}

func TestFields(t *testing.T) {
	err := fault.Fields("Two things are wrong.", fault.Field{Name: "email", Text: "It is not an address."})
	if fault.Of(err) != fault.Invalid || len(fault.FieldsOf(fmt.Errorf("x: %w", err))) != 1 {
		t.Fatal(err)
	}
}
