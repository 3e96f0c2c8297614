package page_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axe string

const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// serve writes the gallery and serves it as the product would: under its
// content security policy.
func serve(t *testing.T, pages []sheet) string {
	t.Helper()
	dir := t.TempDir()
	writeGallery(t, dir, pages)
	files := http.FileServer(http.Dir(dir))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// browser starts Chromium, or skips the test and says how to get it.
func browser(t *testing.T) context.Context {
	t.Helper()
	bin := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			bin = p
			break
		}
	}
	if bin == "" {
		t.Skip("SKIPPED: no Chromium on this machine, so the pages were not looked at; install it with: apt-get install chromium")
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU)...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(closeTab)
	return ctx
}

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("evaluate %.80q: %v", js, err)
	}
	return v
}

// finding is one rule of axe that a page breaks.
type finding struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

const runAxe = `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`

// runAxeColours asks only what a theme can change.
const runAxeColours = `axe.run(document, {resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"]}).then(r => JSON.stringify(r.violations))`

// TestAccessible looks at every page in both themes with axe, with every
// disclosure open.
func TestAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	ctx, base := browser(t), serve(t, gallery())
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/"+gallery()[0].name+".html")); err != nil {
		t.Fatal(err)
	}
	eval[bool](t, ctx, axe+";document.body.append(document.createElement('button')), true")
	if got := eval[string](t, ctx, runAxe); !strings.Contains(got, "button-name") {
		t.Fatalf("axe did not find the planted button without a name: %.200s", got)
	}
	for _, s := range gallery() {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(base+"/"+s.name+".html")); err != nil {
			t.Fatal(err)
		}
		eval[bool](t, ctx, `document.querySelectorAll("details:not(.drop)").forEach(d => { d.removeAttribute("name"); d.open = true }), true`)
		eval[bool](t, ctx, axe+";true")
		for theme, ask := range map[string]string{"light": runAxe, "dark": runAxeColours} {
			eval[bool](t, ctx, `(document.documentElement.dataset.theme = "`+theme+`", true)`)
			var found []finding
			if err := json.Unmarshal([]byte(eval[string](t, ctx, ask)), &found); err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				for i, n := range f.Nodes {
					if i == 4 {
						t.Errorf("%s %s: %s: and %d more", s.name, theme, f.ID, len(f.Nodes)-i)
						break
					}
					t.Errorf("%s %s: %s: %s\n%s\n%s", s.name, theme, f.ID, f.Help, n.HTML, n.FailureSummary)
				}
			}
		}
	}
}

// overflowing names the places that stick out of the page at the right.
const overflowing = `(() => {
	const w = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= w) return "";
	const clips = e => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || clips(e.parentElement));
	const name = e => e.localName + (e.getAttribute("class") ? "." + e.getAttribute("class").trim().replace(/ +/g, ".") : "");
	const path = e => [e.parentElement?.parentElement, e.parentElement, e].filter(Boolean).map(name).join(" > ");
	const out = [...document.querySelectorAll("body *")].filter(e => !e.closest(".sr, symbol, details:not([open]) > :not(summary)") && !clips(e.parentElement)
		&& (e.getBoundingClientRect().right > w + 1 || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "visible" && e.getBoundingClientRect().left + e.scrollWidth > w + 1 && getComputedStyle(e).display !== "inline"));
	return [...new Set(out.filter(e => !out.some(o => o !== e && e.contains(o))).map(path))].slice(0, 6).join("; ") || "something";
})()`

// TestNoOverflow looks for pages that scroll sideways, at the widths that the
// layout changes at, with each menu open in turn.
func TestNoOverflow(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	ctx, base := browser(t), serve(t, gallery())
	for _, s := range gallery() {
		narrow(t, ctx, base+"/"+s.name+".html", `document.querySelectorAll("details.drop")`, 320, 390, 768, 1024, 1440)
	}
}

// TestNoOverflowHostile does the same with names of 300 letters in every place,
// with the menus closed.
func TestNoOverflowHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	pages := sheets(1, evil)
	ctx, base := browser(t), serve(t, pages)
	for _, s := range pages {
		narrow(t, ctx, base+"/"+s.name+".html", `[]`, 320, 768, 1440)
	}
}

// narrow opens a page, makes it narrower and wider, and opens each of the menus
// in turn.
func narrow(t *testing.T, ctx context.Context, address, menus string, widths ...int64) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	look := `(() => {
		const find = () => ` + overflowing + `;
		let out = find();
		for (const d of ` + menus + `) {
			if (out) break;
			d.open = true;
			out = find();
			d.open = false;
		}
		return out;
	})()`
	for _, width := range widths {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
			t.Fatal(err)
		}
		if out := eval[string](t, ctx, look); out != "" {
			t.Errorf("%s at %d scrolls sideways: %s", address, width, out)
		}
	}
}

// TestPolicyHolds loads a page under the content security policy and looks for
// what it would have blocked.
func TestPolicyHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	ctx, base := browser(t), serve(t, gallery())
	for _, s := range gallery() {
		if err := chromedp.Do(ctx, chromedp.Navigate(base+"/"+s.name+".html")); err != nil {
			t.Fatal(err)
		}
		got := eval[string](t, ctx, `[document.styleSheets.length, document.querySelectorAll("style, [style]").length, typeof htmx, !!document.querySelector("[data-copy][hidden]")].join(" ")`)
		if got != "1 0 object false" {
			t.Errorf("%s: style sheets, inline styles, htmx, hidden copy buttons: %s", s.name, got)
		}
	}
}

// TestScreens writes a picture of every page to ASSAY_SCREENS.
func TestScreens(t *testing.T) {
	dir := os.Getenv("ASSAY_SCREENS")
	if dir == "" {
		t.Skip("set ASSAY_SCREENS to a folder to have pictures of the pages")
	}
	ctx, base := browser(t), serve(t, gallery())
	for _, s := range gallery() {
		for _, width := range []int64{1440, 390} {
			for _, theme := range []string{"light", "dark"} {
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(base+"/"+s.name+".html")); err != nil {
					t.Fatal(err)
				}
				eval[bool](t, ctx, `(document.documentElement.dataset.theme = "`+theme+`", true)`)
				png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("%s-%d-%s.png", s.name, width, theme)
				if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
