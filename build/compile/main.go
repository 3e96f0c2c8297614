package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"assay/catalog"
	"assay/internal/rule"
)

func main() {
	root := flag.String("root", ".", "the repository's `folder`")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "compile:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	var out bytes.Buffer
	if err := catalog.Compile(catalog.Sources(), &out, canonical); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "catalog", "compiled.txt"), out.Bytes(), 0o644) //nolint:gosec // a public file
}

func canonical(content []byte) ([]byte, error) {
	d, err := rule.Parse(content)
	if err != nil {
		return nil, err
	}
	return d.Canonical()
}
