package main

import (
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

// sheet is a page and the name of its pictures; press is the button, if any, whose
// answer is looked at.
type sheet struct{ name, path, press string }

func sheets() []sheet {
	return []sheet{
		{"readiness", "/", ""},
		{"tasks", "/tasks", ""},
		{"criteria", "/criteria", ""},
		{"controls", "/controls", ""},
		{"control", "/controls/IAM-03", ""},
		{"control-activities", "/controls/AVL-06?tab=activities", ""},
		{"control-edit", "/controls/IAM-03/edit", ""},
		{"control-adopt", "/controls/adopt", ""},
		{"checks", "/checks", ""},
		{"check", "/checks/any.account.mfa", ""},
		{"check-runs", "/checks/any.account.mfa?tab=runs", ""},
		{"evidence", "/evidence", ""},
		{"policies", "/policies", ""},
		{"policy", "/policies/PLC-AUP", ""},
		{"policy-acceptance", "/policies/PLC-AUP?tab=acceptance", ""},
		{"policy-changes", "/policies/PLC-ACP?tab=changes", ""},
		{"policy-write", "/policies/PLC-ACP/write", ""},
		{"policy-library", "/policies/library", ""},
		{"people", "/people", ""},
		{"people-import", "/people/import", ""},
		{"accounts", "/accounts", ""},
		{"connectors", "/connectors", ""},
		{"connect-1", "/connectors/new", ""},
		{"connect-2", "/connectors/new/linux", ""},
		{"connect-aws", "/connectors/new/aws", ""},
		{"connect-okta", "/connectors/new/okta", ""},
		{"import", "/connectors/import", ""},
		{"import-kind", "/connectors/import/new", ""},
		{"log", "/log", ""},
		{"log-verify", "/log/verify", ""},
		{"log-verified", "/log/verify", "main form[action='/log/verify'] button"},
		{"verify", "/verify", ""},
		{"settings", "/settings", ""},
		{"settings-program", "/settings/program", ""},
		{"settings-users", "/settings/users", ""},
		{"settings-me", "/settings/me", ""},
		{"search", "/search?q=access", ""},
		{"not-found", "/controls/XXX-99", ""},
	}
}

func main() { os.Exit(run(os.Stdout)) }

func run(out io.Writer) int {
	base := flag.String("base", "http://127.0.0.1:8765", "address of the served demonstration")
	dir := flag.String("out", "docs/screens", "folder for the pictures; none are written if empty")
	axe := flag.String("axe", "internal/web/view/page/testdata/axe.min.js", "the axe script")
	only := flag.String("only", "", "names of pages, commas between; all if empty")
	flag.Parse()
	pages := slices.DeleteFunc(sheets(), func(s sheet) bool { return *only != "" && !slices.Contains(strings.Split(*only, ","), s.name) })
	found, err := look(*base, *dir, *axe, pages)
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

func look(base, dir, axe string, pages []sheet) (found []string, err error) {
	bin, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.New("there is no chromium here: apt-get install chromium")
	}
	script, err := os.ReadFile(axe)
	if err != nil {
		return nil, err
	}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // pictures are public
			return nil, err
		}
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU)...)
	defer stop()
	ctx, closeTab := chromedp.NewContext(alloc)
	defer closeTab()
	if err := enter(ctx, base); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	for _, s := range pages {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1440, 390} {
				v := viewing{base: base, dir: dir, axe: string(script), sheet: s, theme: theme, width: width}
				more, err := v.look(ctx)
				if err != nil {
					return found, fmt.Errorf("%s: %w", s.path, err)
				}
				found = append(found, more...)
			}
		}
	}
	return found, nil
}

// enter signs in as the demonstration's lead.
func enter(ctx context.Context, base string) error {
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/signin")); err != nil {
		return err
	}
	_, err := chromedp.Run(ctx, chromedp.Evaluate[float64](
		`fetch("/demo/role", {method: "POST", body: new URLSearchParams({role: "lead"})}).then(r => r.status)`, chromedp.EvalAwaitPromise))
	return err
}

type viewing struct {
	base, dir, axe, theme string
	sheet                 sheet
	width                 int64
}

func (v *viewing) look(ctx context.Context) (found []string, err error) {
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(v.width, 900), chromedp.Navigate(v.base+v.sheet.path)); err != nil {
		return nil, err
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.documentElement.dataset.theme = "`+v.theme+`"`)); err != nil {
		return nil, err
	}
	if v.sheet.press != "" {
		if err := chromedp.Do(ctx, chromedp.Click(v.sheet.press), chromedp.WaitReady("main ol.chain svg.pass, main ol.chain svg.fail")); err != nil {
			return nil, fmt.Errorf("press %s: %w", v.sheet.press, err)
		}
	}
	where := fmt.Sprintf("%s %s %d", v.sheet.name, v.theme, v.width)
	over, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`))
	if err != nil {
		return nil, err
	}
	if over {
		found = append(found, where+": the page is wider than the window")
	}
	more, err := v.violations(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range more {
		found = append(found, where+": "+m)
	}
	if v.dir == "" {
		return found, nil
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s-%s-%d.png", v.sheet.name, v.theme, v.width)
	return found, os.WriteFile(filepath.Join(v.dir, name), png, 0o644) //nolint:gosec // pictures are public
}

// violations runs axe in the page. The script is evaluated by the browser's
// own debugger, which the content security policy does not bind.
func (v *viewing) violations(ctx context.Context) ([]string, error) {
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](v.axe+"; true")); err != nil {
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
