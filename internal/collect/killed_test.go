package collect_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/secret"
	"assay/internal/org"
)

const (
	theStore  = "ASSAY_TEST_KILLED" // of the program that is killed: store, key, org and connection
	fallsPage = 400
	allFalls  = 4000
	deadly    = 7 // the page after which the program hangs, and is killed
)

// falling is a shelf whose falls come in pages. It tells say of each page that was
// told, and hangs after one.
func falling(hand *clock.Hand, hang int, say func(page int)) *shelf {
	s := newShelf("shelf")
	s.collect = func(ctx context.Context, run *connector.Run) error {
		for _, one := range run.Stretches("falls", "shelf.fall", hand.Now().AddDate(0, 0, -30), hand.Now(), 0) {
			page := 0
			if one.Resumed {
				page, _ = strconv.Atoi(one.Cursor)
			}
			for ; page*fallsPage < allFalls; page++ {
				if page == hang {
					<-ctx.Done()
					return ctx.Err()
				}
				say(page)
				run.Page("ListFalls", "", fallsPage)
				for n := page * fallsPage; n < (page+1)*fallsPage; n++ {
					at := time.Date(2026, 3, 1, 0, 0, n, 0, time.UTC)
					if at.Before(one.Asked) {
						continue
					}
					if err := run.Emit(ctx, connector.Resource{Kind: "shelf.fall", ID: strconv.Itoa(n), Fields: map[string]any{"at": at}}); err != nil {
						return err
					}
				}
				next := ""
				if (page+1)*fallsPage < allFalls {
					next = strconv.Itoa(page + 1)
				}
				if err := one.Reached(ctx, next); err != nil {
					return err
				}
			}
			run.Covers("shelf.fall", one.From, one.To)
		}
		return lay(ctx, run, "a")
	}
	return s
}

func theHouse(t *testing.T, store string, key secret.Key, hand *clock.Hand, s *shelf) collect.Service {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: filepath.Join(store, "assay.db"), Now: hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return collect.Service{DB: d, Keys: keys.New(key, store), Products: []connector.Product{s.product}, Log: slog.New(slog.DiscardHandler)}
}

func leadOf(o string) access.Actor {
	return access.Actor{ID: "usr_lead", Org: o, Name: "Lead", Role: access.RoleLead, Door: access.DoorWeb}
}

var march = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// TestIsKilled is the program that TestKilled kills, and nothing by itself.
func TestIsKilled(t *testing.T) {
	at := strings.Fields(os.Getenv(theStore))
	if len(at) != 4 {
		t.Skip("it is what another test runs and kills")
	}
	raw, err := hex.DecodeString(at[1])
	if err != nil {
		t.Fatal(err)
	}
	key, err := secret.KeyFrom(raw)
	if err != nil {
		t.Fatal(err)
	}
	var hand clock.Hand
	hand.Set(march)
	s := theHouse(t, at[0], key, &hand, falling(&hand, deadly, func(page int) { _, _ = fmt.Fprintln(os.Stdout, "page", page) }))
	_, err = s.Run(t.Context(), leadOf(at[2]), at[3], nil)
	t.Fatalf("it ended: %v", err)
}

// A program that is killed (SIGKILL) in the middle of a listing of events leaves
// what it told of; the next collection goes on from there, and says so. Nothing is
// lost, nothing is there twice, and in between nothing is said to be complete.
func TestKilled(t *testing.T) {
	store, key := t.TempDir(), secret.NewKey()
	var hand clock.Hand
	hand.Set(march)
	var pages []int
	s := theHouse(t, store, key, &hand, falling(&hand, -1, func(page int) { pages = append(pages, page) }))
	o, err := org.Service{DB: s.DB, Keys: s.Keys}.Create(t.Context(), org.New{Name: "Larkspur", Zone: "Europe/Stockholm"})
	if err != nil {
		t.Fatal(err)
	}
	lead := leadOf(o.ID)
	c, err := s.Add(t.Context(), lead, collect.New{Product: "shelf", Name: "Cellar", Settings: settings("place", "cellar")})
	if err != nil {
		t.Fatal(err)
	}
	kill(t, strings.Join([]string{store, hex.EncodeToString(key.Bytes()), o.ID, c.ID}, " "))

	falls := func() (population fact.Population) {
		population, err := fact.Service{DB: s.DB, Keys: s.Keys}.Population(t.Context(), lead, "shelf.fall", []string{c.ID})
		if err != nil {
			t.Fatal(err)
		}
		return population
	}
	if p := falls(); len(p.Listings) != 0 || len(p.Views) != 0 {
		t.Errorf("what was killed is said to be a listing: %+v", p.Listings)
	}
	hand.Add(fact.Silence + time.Minute)
	run, err := s.Run(t.Context(), lead, c.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Manifest(t.Context(), lead, c.ID, run.Seq)
	if err != nil {
		t.Fatal(err)
	}
	r := m.Kinds[1]
	if !r.Complete || r.Items != allFalls || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], fmt.Sprintf("Resumed after page %d of falls: collection 1", pages[0])) {
		t.Errorf("%+v", r)
	}
	if pages[0] < 2 || pages[0] >= deadly {
		t.Errorf("it went on with page %d", pages[0])
	}
	p := falls()
	there := map[string]bool{}
	for _, v := range p.Views {
		there[v.ID] = true
	}
	if len(p.Views) != allFalls || len(there) != allFalls || !p.Listings[0].Complete || run.Items != allFalls+1 {
		t.Errorf("%d falls, %d of them different, %+v", len(p.Views), len(there), run)
	}
}

// kill runs TestIsKilled as a program of its own until it hangs, and kills it.
func kill(t *testing.T, at string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestIsKilled$")
	cmd.Env = append(os.Environ(), theStore+"="+at)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := bufio.NewScanner(out)
	hung := false
	for !hung && told.Scan() {
		hung = told.Text() == fmt.Sprint("page ", deadly-1)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); !hung || err == nil {
		t.Fatalf("it was not killed: %v %s", err, told.Text())
	}
}
