package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "assay/"

// house is the source tree as the rules see it.
type house struct {
	root    fs.FS
	sources []source
}

// source is one Go file.
type source struct {
	name      string // path from the root
	pkg       string // its folder
	test      bool
	generated bool
	lines     int
	syntax    *ast.File
}

// imports lists what the file imports, our own packages without the module's
// name.
func (s source) imports() []string {
	var found []string
	for _, spec := range s.syntax.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			found = append(found, strings.TrimPrefix(imp, module))
		}
	}
	return found
}

// literals calls fn with every string in the file. Strings that are put
// together with + are one, with x for what is not written out.
func (s source) literals(fn func(text string)) {
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := joined(e)
		if ok {
			fn(text)
		}
		return !ok
	})
}

// joined is the text of a string expression; ok is false when no part of it is
// a string.
func joined(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "x", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "x", false
		}
		left, some := joined(e.X)
		right, other := joined(e.Y)
		return left + right, some || other
	}
	return "x", false
}

func enter(root fs.FS) (house, error) {
	h := house{root: root}
	err := walk(root, func(name string, body []byte) error {
		pkg := path.Dir(name)
		if path.Ext(name) != ".go" || slices.Contains(strings.Split(pkg, "/"), "testdata") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, body, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		h.sources = append(h.sources, source{
			name: name, pkg: pkg, lines: strings.Count(string(body), "\n"), syntax: syntax,
			test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(syntax),
		})
		return nil
	})
	return h, err
}

// walk visits the files of the tree that belong to this module: not those of
// another module inside it, nor what a build left behind.
func walk(root fs.FS, visit func(name string, body []byte) error) error {
	return fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(root, name):
			return fs.SkipDir
		case !d.Type().IsRegular(), name == ".git": // a file in a linked worktree
			return nil
		}
		body, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return visit(name, body)
	})
}

func skipped(root fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	if slices.Contains([]string{".git", "out", "node_modules"}, path.Base(dir)) {
		return true
	}
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return err == nil
}
