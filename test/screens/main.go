package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

func main() { os.Exit(run(os.Stdout)) }

func run(out io.Writer) int {
	base := flag.String("base", "http://127.0.0.1:8765", "address of the served demonstration")
	dir := flag.String("out", "docs/screens", "folder for the pictures; none are written if empty")
	axe := flag.String("axe", "internal/web/view/page/testdata/axe.min.js", "the axe script")
	fresh := flag.String("fresh", "", "address that a new server printed: its set-up is gone through and pictured, instead of the demonstration")
	only := flag.String("only", "", "names of pages, commas between; all if empty")
	corpus := flag.String("corpus", "", "folder of real input data, for the dry run of aws; none if empty")
	postgres := flag.String("postgres", "", "host:port of a PostgreSQL with a role assay, for its dry run; none if empty")
	names := flag.String("names", "", "host:port of a name server for signed.test and plain.test, for the dry run of domains; none if empty")
	anchor := flag.String("anchor", "", "DS or DNSKEY record of signed.test on it")
	flag.Parse()
	pages := slices.DeleteFunc(append(sheets(), rehearsed(*corpus, *postgres, *names, *anchor)...), func(s sheet) bool { return *only != "" && !slices.Contains(strings.Split(*only, ","), s.name) })
	t := &tour{base: *base, dir: *dir}
	found, err := t.walk(*axe, *fresh, pages)
	for _, f := range found {
		_, _ = fmt.Fprintln(out, f)
	}
	if err != nil {
		_, _ = fmt.Fprintln(out, "error:", err)
		return 1
	}
	_, _ = fmt.Fprintf(out, "%d pages, %d findings\n", len(pages), len(found))
	if len(found) > 0 {
		return 3
	}
	return 0
}

// tour is one walk through the pages.
type tour struct{ base, dir, axe string }

func (t *tour) walk(axe, fresh string, pages []sheet) ([]string, error) {
	bin, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.New("there is no chromium here: apt-get install chromium")
	}
	script, err := os.ReadFile(axe)
	if err != nil {
		return nil, err
	}
	t.axe = string(script)
	if t.dir != "" {
		if err := os.MkdirAll(t.dir, 0o755); err != nil { //nolint:gosec // pictures are public
			return nil, err
		}
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU)...)
	defer stop()
	ctx, closeTab := chromedp.NewContext(alloc)
	defer closeTab()
	if fresh != "" {
		return t.setUp(ctx, fresh)
	}
	found, err := t.all(ctx, slices.DeleteFunc(slices.Clone(pages), func(s sheet) bool { return !s.out }))
	if err != nil {
		return found, err
	}
	for _, role := range []string{"lead", "auditor", "employee"} {
		theirs := slices.DeleteFunc(slices.Clone(pages), func(s sheet) bool { return s.out || cmp.Or(s.as, "lead") != role })
		if len(theirs) == 0 {
			continue
		}
		if err := enter(ctx, t.base, role); err != nil {
			return found, fmt.Errorf("sign in: %w", err)
		}
		more, err := t.all(ctx, theirs)
		if found = append(found, more...); err != nil {
			return found, err
		}
	}
	return found, nil
}

func (t *tour) all(ctx context.Context, pages []sheet) (found []string, err error) {
	for i := range pages {
		more, err := t.look(ctx, &pages[i], func(ctx context.Context) error { return t.open(ctx, &pages[i]) })
		found = append(found, more...)
		if err != nil {
			return found, fmt.Errorf("%s: %w", pages[i].name, err)
		}
	}
	return found, nil
}

// open goes where the sheet is.
func (t *tour) open(ctx context.Context, s *sheet) error {
	if err := chromedp.Do(ctx, chromedp.Navigate(t.base+s.path)); err != nil {
		return err
	}
	for _, sel := range s.follow {
		href, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q)?.href ?? ""`, sel)))
		if err != nil {
			return err
		}
		if href == "" {
			return fmt.Errorf("no link %s", sel)
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(href)); err != nil {
			return err
		}
	}
	if s.press == "" {
		return nil
	}
	if err := fill(ctx, s.settings); err != nil {
		return err
	}
	return press(ctx, s.press, s.wait)
}

// fill writes settings into the form of a connector. A value that begins with
// recorded: is a folder with a recording of the tests.
func fill(ctx context.Context, settings map[string]string) error {
	for name, value := range settings {
		if value == mailed {
			var err error
			if value, err = mail(filepath.Join(os.TempDir(), "assay-screens", "mail")); err != nil {
				return err
			}
		}
		if rest, ok := strings.CutPrefix(value, "recorded:"); ok {
			var err error
			if value, err = recorded(filepath.Join(os.TempDir(), "assay-screens"), rest); err != nil {
				return err
			}
		}
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.getElementById(%q).value = %q`, "f-set_"+name, value))); err != nil {
			return err
		}
	}
	return nil
}

// press clicks and waits for the answer.
func press(ctx context.Context, button, wait string) error {
	if wait != "" {
		return chromedp.Do(ctx, chromedp.Click(button), chromedp.WaitReady(wait))
	}
	_, err := chromedp.RunResponse(ctx, chromedp.Click(button))
	return err
}

// look takes the sheet in both themes, wide and narrow; open brings it up.
func (t *tour) look(ctx context.Context, s *sheet, open func(context.Context) error) (found []string, err error) {
	for _, width := range []int64{1440, 390} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
			return nil, err
		}
		if err := open(ctx); err != nil {
			return found, err
		}
		for _, theme := range []string{"light", "dark"} {
			more, err := t.one(ctx, s.name, theme, width)
			found = append(found, more...)
			if err != nil {
				return found, err
			}
		}
	}
	return found, nil
}

// enter signs in as somebody of the demonstration, by their role.
func enter(ctx context.Context, base, role string) error {
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/signin")); err != nil {
		return err
	}
	_, err := chromedp.Run(ctx, chromedp.Evaluate[float64](
		fmt.Sprintf(`fetch("/demo/role", {method: "POST", body: new URLSearchParams({role: %q})}).then(r => r.status)`, role), chromedp.EvalAwaitPromise))
	return err
}

// one looks at what is open.
func (t *tour) one(ctx context.Context, name, theme string, width int64) (found []string, err error) {
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.documentElement.dataset.theme = "`+theme+`"`)); err != nil {
		return nil, err
	}
	where := fmt.Sprintf("%s %s %d", name, theme, width)
	over, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`))
	if err != nil {
		return nil, err
	}
	if over {
		found = append(found, where+": the page is wider than the window")
	}
	more, err := t.violations(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range more {
		found = append(found, where+": "+m)
	}
	if t.dir == "" {
		return found, nil
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return nil, err
	}
	return found, os.WriteFile(filepath.Join(t.dir, fmt.Sprintf("%s-%s-%d.png", name, theme, width)), png, 0o644) //nolint:gosec // pictures are public
}

// violations runs axe in the page. The script is evaluated by the browser's
// own debugger, which the content security policy does not bind.
func (t *tour) violations(ctx context.Context) ([]string, error) {
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](t.axe+"; true")); err != nil {
		return nil, fmt.Errorf("axe: %w", err)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("axe: %w", err)
	}
	var list []struct {
		ID, Help string
		Nodes    []struct{ HTML string }
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	var out []string
	for _, f := range list {
		sample := ""
		if len(f.Nodes) > 0 {
			sample = strings.Join(strings.Fields(f.Nodes[0].HTML), " ")
		}
		if len(sample) > 160 {
			sample = sample[:160] + "…"
		}
		out = append(out, fmt.Sprintf("%s: %s (%d): %s", f.ID, f.Help, len(f.Nodes), sample))
	}
	return out, nil
}
