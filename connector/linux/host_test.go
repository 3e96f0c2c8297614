package linux

import (
	"flag"
	"os"
	"regexp"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
	"assay/internal/kit/host"
)

func TestRecordings(t *testing.T) { connectortest.Replay(t, Product(), "testdata/*.txtar") }

var record = flag.String("record", "", "record this machine into the file; read it and take out what is nobody's business")

var hash = regexp.MustCompile(`(?m)^([^:\n]+:[!]*)(\$[^:]*\$|)[^:!*\n]+:`)

// TestRecordThisHost writes a recording:
//
//	go test ./connector/linux -run TestRecordThisHost -record testdata/new.txtar
func TestRecordThisHost(t *testing.T) {
	if *record == "" {
		t.Skip("no -record FILE was given")
	}
	rec := &connectortest.Recorder{Host: host.Machine{}, Scrub: func(section string, b []byte) []byte {
		switch section {
		case "file /etc/shadow":
			return hash.ReplaceAll(b, []byte("${1}$$y$$x:"))
		case "file /etc/machine-id":
			return []byte("0123456789abcdef0123456789abcdef\n")
		}
		return b
	}}
	now := clock.System()
	source, err := Product().Open(connector.Config{}, connector.Env{Now: func() time.Time { return now }, Host: rec})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Kind)
	}
	run := connector.NewRun(clock.System, names, discard, nil)
	if err := source.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*record, rec.Archive("A machine.", now), 0o600); err != nil {
		t.Fatal(err)
	}
}
