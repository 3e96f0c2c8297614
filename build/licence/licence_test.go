package licence

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	tests := map[string]string{
		"Apache License\n   Version 2.0, January 2004": "Apache-2.0",
		"Permission is hereby granted, free of charge, to any person obtaining a copy … The above copyright notice and this permission notice shall": "MIT",
		"Permission is hereby granted, free of charge, to any person obtaining a copy":                                                               "MIT-0",
		"Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.":                    "0BSD",
		"Redistribution and use in source and binary forms, with or without … Neither the name of Google":                                            "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with or without":                                                                         "BSD-2-Clause",
		"Mozilla Public License Version 2.0\nand\nApache License, Version 2.0":                                                                       "Apache-2.0 AND MPL-2.0",
		"GNU AFFERO GENERAL PUBLIC LICENSE Version 3":                                                                                                "",
		"All rights reserved.": "",
		"":                     "",
	}
	for text, want := range tests {
		if got := Classify(text); got != want {
			t.Errorf("Classify(%.60q) = %q, want %q", text, got, want)
		}
	}
}

func TestReadFindsEveryFile(t *testing.T) {
	root := t.TempDir()
	mit := "Permission is hereby granted, free of charge, to any person obtaining a copy. The above copyright notice and this permission notice"
	for name, body := range map[string]string{
		"LICENSE":         "Apache License, Version 2.0",
		"NOTICE":          "Made by somebody.",
		"LICENSE-LOGO":    "The gopher may not be sold.",
		"license.go":      "package x",
		"inner/LICENSE":   mit,
		"unused/COPYING":  "GNU GENERAL PUBLIC LICENSE",
		"inner/README.md": "nothing",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := Module{Path: "example.com/m", Version: "v1.0.0"}
	if err := m.read(root, []string{root, filepath.Join(root, "inner")}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, text := range m.Texts {
		names = append(names, text.Name)
	}
	if want := []string{"LICENSE", "NOTICE", "inner/LICENSE"}; m.ID != "Apache-2.0 AND MIT" || !slices.Equal(names, want) {
		t.Errorf("read %s from %v", m.ID, names)
	}

	for folder, want := range map[string]string{"unused": "not known", "inner/nothing": "no licence file"} {
		dir := filepath.Join(root, folder)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := new(Module).read(root, []string{dir}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("read(%s) says %v, want %q", folder, err, want)
		}
	}
}

// TestLinked reads the terms of what this repository's own tests link, which
// must all be known.
func TestLinked(t *testing.T) {
	modules, err := Linked(t.Context(), "../..", "-test", "./internal/arch")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, m := range modules {
		paths = append(paths, m.Path)
	}
	if want := []string{"golang.org/x/mod", Standard}; !slices.Equal(paths, want) {
		t.Errorf("linked %v, want %v", paths, want)
	}
}

// TestBundled holds the works that travel inside the programs to what was
// published and read.
func TestBundled(t *testing.T) {
	works, err := Bundled("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range works {
		if w.PURL == "" || w.ID == "" || len(w.Texts) != 1 {
			t.Errorf("%s lacks its origin or its terms: %+v", w.Path, w)
		}
	}
}
