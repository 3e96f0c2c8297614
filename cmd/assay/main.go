// Command assay is Assay: the server, and every command on a store or a
// server.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"assay/internal/app"
	"assay/internal/cli"
	"assay/internal/kit/clock"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	env := map[string]string{}
	for _, name := range cli.Variables() {
		if v, ok := os.LookupEnv(name); ok {
			env[name] = v
		}
	}
	p := &cli.Program{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: env, Version: app.Version(),
		OutTerminal: isTerminal(os.Stdout), InTerminal: isTerminal(os.Stdin), Secret: readSecret,
		Now: clock.System, Kinds: app.Kinds, Open: app.Open, Serve: app.Serve,
	}
	return p.Run(ctx)
}

func isTerminal(f *os.File) bool {
	return term.IsTerminal(int(f.Fd()))
}

func readSecret(prompt string) (string, error) {
	if _, err := fmt.Fprint(os.Stderr, prompt); err != nil {
		return "", err
	}
	b, err := term.ReadPassword(int(os.Stdin.Fd()))
	if _, werr := io.WriteString(os.Stderr, "\n"); err == nil {
		err = werr
	}
	return string(b), err
}
