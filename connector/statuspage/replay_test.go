package statuspage

import (
	"testing"

	"assay/connector/connectortest"
)

func TestReplay(t *testing.T) { connectortest.Replay(t, Product(), "testdata/*.txtar") }

// Whatever goes wrong with one request, nothing is lost, told twice or made up.
func TestTroubles(t *testing.T) { connectortest.Endure(t, Product(), "testdata/whole.txtar") }
