package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"assay/build/licence"
)

func main() {
	root := flag.String("root", ".", "the repository's `folder`")
	check := flag.Bool("check", false, "only say whether the file is up to date")
	flag.Parse()
	if err := run(context.Background(), *root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, check bool) error {
	modules, err := licence.Linked(ctx, root, "./cmd/...")
	if err != nil {
		return err
	}
	bundles, err := licence.Bundled(root)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	write(&page, modules, bundles)
	file := filepath.Join(root, "THIRD_PARTY_NOTICES.md")
	if !check {
		return os.WriteFile(file, page.Bytes(), 0o644) //nolint:gosec // a public document
	}
	now, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, page.Bytes()) {
		return fmt.Errorf("%s is out of date: run make generate", file)
	}
	return nil
}
