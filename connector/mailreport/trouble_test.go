package mailreport

import (
	"io/fs"
	"path"
	"testing"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
)

// troubled is a folder with trouble.
type troubled struct {
	connector.Host
	what  string
	at    string // the file that has it
	asked map[string]int
	names []string // files in the order in which they are read
}

func (h *troubled) ReadDir(name string) ([]fs.DirEntry, error) {
	if h.what == "refused folder" {
		return nil, fs.ErrPermission
	}
	return h.Host.ReadDir(name)
}

func (h *troubled) ReadFile(name string) ([]byte, error) {
	file := path.Base(name)
	if h.asked[file]++; h.asked[file] == 1 {
		h.names = append(h.names, file)
	}
	body, err := h.Host.ReadFile(name)
	switch {
	case h.what == "gone away" && h.asked[h.at] > 0: // from this file on
		return nil, fs.ErrNotExist
	case file != h.at:
		return body, err
	case h.what == "refused":
		return nil, fs.ErrPermission
	case h.what == "cut":
		return body[:len(body)/2], err
	}
	return body, err
}

// A folder has no pages and nobody who throttles: what goes wrong is that it, or a
// file of it, may not be read, that a file is cut off, and that the folder goes away
// in the middle. Nothing of it passes for a report or for none, and the collection
// after it, which begins anew, holds everything and nothing twice.
func TestTroubles(t *testing.T) {
	host, now := connectortest.Host(t, "testdata/whole.txtar")
	var hand clock.Hand
	hand.Set(now)
	h := &troubled{Host: host}
	gather := func(what, at string) *connectortest.Gathered {
		h.what, h.at, h.asked, h.names = what, at, map[string]int{}, nil
		return connectortest.Gather(t.Context(), Product(), connector.Config{"folder": "/reports"}, connector.Env{
			Now: hand.Now, Host: h, AllowLocal: true, Period: connector.Period{From: now.AddDate(-1, 0, 0), To: now},
		})
	}
	whole := gather("", "")
	names := h.names
	if whole.Err != nil || whole.Len() < 2 || !whole.Complete(kindDMARC) || !whole.Complete(kindTLS) {
		t.Fatal(whole.Len(), whole.Err, whole.Reports)
	}
	if got := gather("refused folder", ""); got.Err == nil || got.Len() > 0 || got.Complete(kindDMARC) || got.Complete(kindTLS) {
		t.Errorf("a folder that may not be read: %v %v", got.Err, got.Reports)
	}
	for _, name := range names {
		for _, what := range []string{"refused", "cut", "gone away"} {
			got := gather(what, name)
			for _, o := range got.Against(whole) {
				t.Errorf("%s %s: %s", name, what, o)
			}
			if !got.Noticed(whole) || got.Complete(kindDMARC) && got.Complete(kindTLS) {
				t.Errorf("%s %s: nobody noticed, %v", name, what, got.Reports)
			}
			if again := gather("", ""); !again.Same(whole) {
				t.Errorf("%s %s: the collection after it differs from the first", name, what)
			}
		}
	}
	t.Logf("%d files, %d reports", len(names), whole.Len())
}
