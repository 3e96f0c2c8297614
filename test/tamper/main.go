package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "tamper:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	set := flag.NewFlagSet("tamper", flag.ContinueOnError)
	r := &field{out: w}
	set.StringVar(&r.assay, "assay", "", "the program assay")
	set.StringVar(&r.verifier, "verify", "", "the program assay-verify")
	set.StringVar(&r.work, "work", "", "an empty folder")
	only := set.String("only", "", "attacks whose name has this in it")
	if err := set.Parse(args); err != nil {
		return err
	}
	if r.assay == "" || r.verifier == "" || r.work == "" || set.NArg() > 0 {
		return errors.New("usage: tamper -assay FILE -verify FILE -work DIR")
	}
	if err := r.prepare(ctx); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer r.close()
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	missed := 0
	for _, a := range attacks() {
		if !strings.Contains(a.name, *only) {
			continue
		}
		r.say("\n%s", a.name)
		found, err := r.try(ctx, &a)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		word := "detected"
		if len(a.finds) == 0 {
			word = "nothing to find"
		}
		if !found {
			word = "NOT DETECTED"
			missed++
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", word, a.name, strings.Join(a.by(), ", "))
	}
	r.say("")
	if err := table.Flush(); err != nil {
		return err
	}
	if missed > 0 {
		return fmt.Errorf("%d attacks were not detected", missed)
	}
	return nil
}
