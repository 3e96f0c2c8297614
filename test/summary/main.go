package main

import (
	"fmt"
	"os"
)

func main() {
	run := newRun(os.Stdout)
	if err := run.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "read the output of go test:", err)
		os.Exit(1)
	}
	if !run.finish() {
		os.Exit(1)
	}
}
