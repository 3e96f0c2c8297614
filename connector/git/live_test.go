package git

import (
	"context"
	"encoding/json"
	"flag"
	"runtime"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
)

var (
	repository = flag.String("repository", "", "read this repository and print what was found")
	since      = flag.Int("years", 1, "with -repository: how many years back")
)

// TestOneRepository reads a repository of your choice:
//
//	go test ./connector/git -run TestOneRepository -v -repository PATH -years 3
func TestOneRepository(t *testing.T) {
	if *repository == "" {
		t.Skip("no -repository PATH was given")
	}
	now := clock.System()
	env := connector.Env{Now: clock.System, AllowLocal: true, Scratch: t.TempDir(), Period: connector.Period{From: now.AddDate(-*since, 0, 0), To: now}}
	source, err := Product().Open(connector.Config{"repository": *repository}, env)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Kind)
	}
	tally := map[string]int{}
	shown := map[string]int{}
	run := connector.NewRun(clock.System, names, func(_ context.Context, r connector.Resource) error {
		label := r.Kind
		if r.Kind == kindMerge {
			label = show(r, "way", "self_merged", "direct", "signed", "automated")
		}
		tally[label]++
		if shown[label]++; shown[label] <= 3 {
			b, err := json.Marshal(r)
			t.Logf("%s %v", b, err)
		}
		return nil
	}, func(p connector.Progress) { t.Log(p.Text, p.Done) })
	if err := source.Collect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	for label, n := range tally {
		t.Logf("%6d %s", n, label)
	}
	for _, rep := range run.Reports() {
		t.Logf("%+v", rep)
	}
	t.Logf("%v, %d MiB from the system", clock.System().Sub(now).Round(time.Millisecond), mem.Sys>>20)
}
