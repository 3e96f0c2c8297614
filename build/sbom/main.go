package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"assay/build/licence"
)

func main() {
	root := flag.String("root", ".", "the repository's `folder`")
	version := flag.String("version", "", "`version` of the release")
	out := flag.String("out", "", "`file` to write")
	flag.Parse()
	if err := run(context.Background(), *root, *version, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, version, out string, files []string) error {
	terms, err := licence.Linked(ctx, root, "./cmd/...")
	if err != nil {
		return err
	}
	bundles, err := licence.Bundled(root)
	if err != nil {
		return err
	}
	var programs []program
	for _, file := range files {
		p, err := inspect(file)
		if err != nil {
			return fmt.Errorf("inspect %s: %w", filepath.Base(file), err)
		}
		programs = append(programs, p)
	}
	b, err := assemble(version, programs, terms, bundles)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(body, '\n'), 0o644) //nolint:gosec // a public document
}
