package licence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Module is one linked module, or one bundled work, with its terms.
type Module struct {
	Path    string
	Version string // with the leading v; the Go version for the standard library
	ID      string // SPDX expression, such as "Apache-2.0" or "MIT AND Apache-2.0"
	PURL    string // of a bundled work
	SHA256  string // of a bundled work's file, hexadecimal
	Texts   []Text
}

// Text is one licence or notice file of a module.
type Text struct {
	Name string // path inside the module
	Body string
}

// Standard is the path under which the standard library is reported.
const Standard = "std"

// Platforms are what releases are built for, as GOOS and GOARCH.
func Platforms() [][2]string {
	return [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}}
}

// pkg is what go list says of one linked package.
type pkg struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// Linked lists the modules that the packages matching patterns link on any of
// the platforms, by path, the standard library included.
func Linked(ctx context.Context, dir string, patterns ...string) ([]Module, error) {
	folders := map[string]map[string]bool{} // module root → package folders
	names := map[string]Module{}
	for _, platform := range Platforms() {
		list, err := linkedOn(ctx, dir, platform, patterns)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if p.Standard || p.Module == nil || p.Module.Main {
				continue
			}
			root := p.Module.Dir
			names[root] = Module{Path: p.Module.Path, Version: p.Module.Version}
			if folders[root] == nil {
				folders[root] = map[string]bool{}
			}
			for folder := p.Dir; folder != filepath.Dir(root); folder = filepath.Dir(folder) {
				folders[root][folder] = true
			}
		}
	}
	std, err := standard(ctx)
	if err != nil {
		return nil, err
	}
	modules := []Module{std}
	for root, module := range names {
		if err := module.read(root, slices.Sorted(maps.Keys(folders[root]))); err != nil {
			return nil, err
		}
		modules = append(modules, module)
	}
	slices.SortFunc(modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

func linkedOn(ctx context.Context, dir string, platform [2]string, patterns []string) ([]pkg, error) {
	args := append([]string{"list", "-deps", "-json=Dir,Standard,Module"}, patterns...)
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the patterns are the caller's
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS="+platform[0], "GOARCH="+platform[1])
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages for %s/%s: %w", platform[0], platform[1], explain(err))
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("read go list: %w", err)
		}
		list = append(list, p)
	}
}

func standard(ctx context.Context) (Module, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return Module{}, fmt.Errorf("find the standard library: %w", explain(err))
	}
	root, version, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	m := Module{Path: Standard, Version: strings.TrimPrefix(version, "go")}
	return m, m.read(root, []string{root})
}

// explain adds what a command wrote on its error output.
func explain(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	return err
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)([-._].*)?$`)
	artwork     = regexp.MustCompile(`(?i)-logo`) // terms of pictures that are not linked
	noticeFile  = regexp.MustCompile(`(?i)^(notice|patents|copyright|authors)([-._](txt|md))?$`)
)

// read fills in the licence and its texts from the folders of the module that
// are linked: a package may carry terms of its own.
func (m *Module) read(root string, folders []string) error {
	var ids []string
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return fmt.Errorf("look for the licence of %s: %w", m.Path, err)
		}
		for _, e := range entries {
			if e.IsDir() || !isLicence(e.Name()) && !noticeFile.MatchString(e.Name()) {
				continue
			}
			id, err := m.add(root, filepath.Join(folder, e.Name()))
			if err != nil {
				return fmt.Errorf("read the licence of %s %s: %w", m.Path, m.Version, err)
			}
			ids = append(ids, id...)
		}
	}
	if len(ids) == 0 {
		return fmt.Errorf("%s %s has no licence file", m.Path, m.Version)
	}
	slices.Sort(ids)
	m.ID = strings.Join(slices.Compact(ids), " AND ")
	return nil
}

func isLicence(name string) bool {
	return licenceFile.MatchString(name) && !artwork.MatchString(name) && filepath.Ext(name) != ".go"
}

// add keeps one text and names the licences it holds; a notice holds none.
func (m *Module) add(root, file string) ([]string, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	m.Texts = append(m.Texts, Text{Name: filepath.ToSlash(name), Body: strings.TrimSpace(string(body))})
	if !isLicence(filepath.Base(file)) {
		return nil, nil
	}
	id := Classify(string(body))
	if id == "" {
		return nil, fmt.Errorf("%s holds terms that are not known to this program; read them and add them", name)
	}
	return strings.Split(id, " AND "), nil
}
