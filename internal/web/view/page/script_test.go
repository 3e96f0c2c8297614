package page_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"

	"assay/internal/web/static"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// lists serves the list of controls with its filter, an address that answers
// with another page, and a form that is refused.
func lists(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/static/", http.StripPrefix("/static/", http.FileServerFS(static.FS)))
	mux.HandleFunc("/controls", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("State") == "b" {
			http.Redirect(w, r, "/signin", http.StatusSeeOther)
			return
		}
		v := controls()
		v.List.Query = view.Query{Path: "/controls", Values: r.URL.Query()}
		v.List.Find.Value = r.URL.Query().Get("q")
		v.List.Shown = "found for " + v.List.Find.Value
		send(t, w, page.Controls(shell("controls", "Controls", crumb("Controls")), v))
	})
	mux.HandleFunc("/signin", func(w http.ResponseWriter, _ *http.Request) {
		send(t, w, page.SignIn(view.Shell{Org: "Larkspur"}, signInRefused()))
	})
	mux.HandleFunc("/tasks", func(w http.ResponseWriter, _ *http.Request) {
		send(t, w, page.Tasks(shell("tasks", "My tasks", crumb("My tasks")), tasks()))
	})
	mux.HandleFunc("/sheet", func(w http.ResponseWriter, _ *http.Request) {
		send(t, w, page.Sheet(shell("sheets", "Marks", crumb("Marks")), sheetMarks()))
	})
	mux.HandleFunc("/rule", func(w http.ResponseWriter, _ *http.Request) {
		send(t, w, page.Check(shell("checks", "Rule", crumb("Rule")), checkRule()))
	})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func send(t *testing.T, w http.ResponseWriter, c templ.Component) {
	t.Helper()
	if err := c.Render(t.Context(), w); err != nil {
		t.Log(err)
	}
}

const key = `(k => { document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: k, bubbles: true, cancelable: true})); return true })`

// becomes waits until an expression is true in the page, which may be loading.
func becomes(t *testing.T, ctx context.Context, js string) {
	t.Helper()
	soon, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	for soon.Err() == nil {
		if ok, err := chromedp.Run(soon, chromedp.Evaluate[bool](js)); err == nil && ok {
			return
		}
	}
	t.Fatalf("never became true: %s", js)
}

// TestKeys tries the one-letter keys, and that a field keeps its letters.
func TestKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	ctx, base := browser(t), lists(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/controls")); err != nil {
		t.Fatal(err)
	}
	run := func(js string) bool { return eval[bool](t, ctx, js) }
	for _, step := range []struct{ name, do, want string }{
		{"j goes to the first row", key + `("j")`, `document.activeElement.textContent == "AC-04"`},
		{"j goes on", key + `("j")`, `document.activeElement.textContent == "BC-02"`},
		{"k goes back", key + `("k")`, `document.activeElement.textContent == "AC-04"`},
		{"? lists the keys", key + `("?")`, `document.getElementById("keys-help").open`},
		{"the list closes", `(document.getElementById("keys-help").close(), true)`, `!document.getElementById("keys-help").open`},
		{"/ goes to the search", key + `("/")`, `document.activeElement.id == "q"`},
		{"a field keeps its letters", key + `("j")`, `document.activeElement.id == "q"`},
		{"g and a letter open a page", `(document.activeElement.blur(), true) && ` + key + `("g") && ` + key + `("t")`, `location.pathname == "/tasks"`},
	} {
		t.Log(step.name)
		run(step.do)
		becomes(t, ctx, step.want)
	}
}

// TestGrid tries the keys of a test sheet: arrows go from cell to cell, a letter marks
// and goes down, and a row that is not tested is passed over.
func TestGrid(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	ctx, base := browser(t), lists(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/sheet")); err != nil {
		t.Fatal(err)
	}
	at := func(id string) string { return `document.activeElement.id == "` + id + `"` }
	val := func(id, value string) string { return `document.getElementById("` + id + `").value == "` + value + `"` }
	for _, step := range []struct{ name, do, want string }{
		{"a cell takes the focus", `(document.getElementById("c-1-A").focus(), true)`, at("c-1-A")},
		{"right", key + `("ArrowRight")`, at("c-1-B")},
		{"there is nothing to the right", key + `("ArrowRight")`, at("c-1-B")},
		{"n marks and goes down", key + `("n")`, val("c-1-B", "not_applicable") + " && " + at("c-2-B")},
		{"d marks", key + `("d")`, val("c-2-B", "deviation")},
		{"the last row is not tested", "true", at("c-2-B")},
		{"u takes it back", key + `("u")`, val("c-2-B", "")},
		{"left and up", key + `("ArrowLeft") && ` + key + `("ArrowUp")`, at("c-1-A")},
		{"an arrow marks nothing", "true", val("c-1-A", "pass") + " && " + val("c-2-A", "")},
		{"m goes to the note", key + `("m")`, at("n-1")},
		{"a note keeps its letters", key + `("p")`, at("n-1")},
	} {
		t.Log(step.name)
		eval[bool](t, ctx, step.do)
		becomes(t, ctx, step.want)
	}
}

// TestSwaps tries that a filter replaces only the list, that an answer without
// a list loads as a page, and that a refused form takes the focus.
func TestSwaps(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	ctx, base := browser(t), lists(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/controls?p=fy26")); err != nil {
		t.Fatal(err)
	}
	run := func(js string) bool { return eval[bool](t, ctx, js) }
	run(`(window.same = true, document.getElementById("find").value = "backup", document.getElementById("find").form.requestSubmit(), true)`)
	becomes(t, ctx, `document.querySelector("[data-live]").textContent == "found for backup"`)
	if got := eval[string](t, ctx, `[location.search, window.same, document.getElementById("live").textContent].join(" ")`); !strings.Contains(got, "p=fy26") || !strings.Contains(got, "q=backup") || !strings.Contains(got, "true found for backup") {
		t.Errorf("after filtering: %s", got)
	}
	run(`(document.querySelector('.pop a[href*="State=b"]').click(), true)`)
	becomes(t, ctx, `location.pathname == "/signin" && document.readyState == "complete"`)
	becomes(t, ctx, `document.activeElement.id == "problems"`)
}

// TestCopies tries the copy button, which needs a script.
func TestCopies(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	ctx, base := browser(t), lists(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/rule")); err != nil {
		t.Fatal(err)
	}
	got := eval[string](t, ctx, `new Promise(done => {
		navigator.clipboard.writeText = s => { done(s); return Promise.resolve() };
		document.querySelector("[data-copy]").click();
	})`)
	if !strings.HasPrefix(got, "where:") {
		t.Errorf("copied %q", got)
	}
}
