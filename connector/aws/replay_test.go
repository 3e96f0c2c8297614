package aws

import (
	"testing"

	"assay/connector/connectortest"
)

func TestReplay(t *testing.T) {
	connectortest.Replay(t, Product(), "testdata/*.txtar")
}
