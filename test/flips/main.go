package main

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// exitFailed is what assay-verify must say of every altered package.
const exitFailed = 10

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "flips:", err)
		os.Exit(1)
	}
}

type flips struct {
	verifier string
	file     *os.File
	regions  []region
	places   map[string]int
	words    map[string]int
	missed   []string
}

// region is a part of the file, up to its end.
type region struct {
	end       int64
	name      string
	structure bool // of the zip
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	set := flag.NewFlagSet("flips", flag.ContinueOnError)
	verifier := set.String("verifier", "", "assay-verify")
	n := set.Int("n", 1000, "how many bits of the file, and a quarter more of the zip's structures")
	seed := set.Uint64("seed", 0, "of the random choice; 0 chooses one")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() != 1 || *verifier == "" {
		return errors.New("usage: flips -verifier FILE [-n N] [-seed S] PACKAGE")
	}
	if *seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails (Go 1.24)
		*seed = binary.LittleEndian.Uint64(b[:]) >> 1
	}
	f := &flips{verifier: *verifier, places: map[string]int{}, words: map[string]int{}}
	if f.file, err = os.OpenFile(set.Arg(0), os.O_RDWR, 0); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.file.Close()) }()
	size, err := f.layout()
	if err != nil {
		return err
	}
	if code, _, _ := f.verify(ctx); code != 0 {
		return fmt.Errorf("the package itself does not verify: exit code %d", code)
	}
	_, _ = fmt.Fprintf(w, "%s: %d bytes, seed %d\n", set.Arg(0), size, *seed)
	choice := mathrand.New(mathrand.NewPCG(*seed, 0)) //nolint:gosec // to be repeated, not to be secret
	for range *n {
		if err := f.flip(ctx, choice.Int64N(size), choice.IntN(8)); err != nil {
			return err
		}
	}
	structures := f.structures()
	for range *n / 4 {
		if err := f.flip(ctx, structures[choice.IntN(len(structures))], choice.IntN(8)); err != nil {
			return err
		}
	}
	f.report(w, *n, *n/4)
	if len(f.missed) > 0 {
		return fmt.Errorf("%d flips were not found, or not with exit code %d", len(f.missed), exitFailed)
	}
	return nil
}

// layout finds what stands where, with a reader of zips that is not ours.
func (f *flips) layout() (int64, error) {
	info, err := f.file.Stat()
	if err != nil {
		return 0, err
	}
	z, err := zip.NewReader(f.file, info.Size())
	if err != nil {
		return 0, err
	}
	at := int64(0)
	for _, m := range z.File {
		from, err := m.DataOffset()
		if err != nil {
			return 0, err
		}
		end := from + int64(m.CompressedSize64) //nolint:gosec // a file is shorter
		f.regions = append(f.regions, region{from, "zip: local headers", true}, region{end, folder(m.Name), false})
		at = end
	}
	f.regions = append(f.regions, region{info.Size() - 22, "zip: list of files", true}, region{info.Size(), "zip: end", true})
	if at > info.Size()-22 {
		return 0, errors.New("the list of files is not where it should be")
	}
	return info.Size(), nil
}

// folder is the first part of a payload file's name, or the name.
func folder(name string) string {
	if rest, ok := strings.CutPrefix(name, "data/"); ok {
		first, _, deep := strings.Cut(rest, "/")
		if deep {
			first += "/"
		}
		return "data/" + first
	}
	return name
}

// structures are the places of all bytes that are no file's.
func (f *flips) structures() []int64 {
	var out []int64
	from := int64(0)
	for _, r := range f.regions {
		for at := from; r.structure && at < r.end; at++ {
			out = append(out, at)
		}
		from = r.end
	}
	return out
}

func (f *flips) flip(ctx context.Context, at int64, bit int) error {
	var b [1]byte
	if _, err := f.file.ReadAt(b[:], at); err != nil {
		return err
	}
	was := b[0]
	b[0] ^= 1 << bit
	if _, err := f.file.WriteAt(b[:], at); err != nil {
		return err
	}
	code, what, stderr := f.verify(ctx)
	b[0] = was
	if _, err := f.file.WriteAt(b[:], at); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	i, _ := slices.BinarySearchFunc(f.regions, at+1, func(r region, at int64) int { return cmp.Compare(r.end, at) })
	f.places[f.regions[i].name]++
	if code == exitFailed && what != "" {
		f.words[general(what)]++
		return nil
	}
	f.missed = append(f.missed, fmt.Sprintf("bit %d of byte %d (%s): exit code %d, %q %s", bit, at, f.regions[i].name, code, what, stderr))
	return nil
}

// verify returns the exit code, the first problem and what was said beside it;
// a crash is code -1, or whatever the system makes of it.
func (f *flips) verify(ctx context.Context) (code int, what, stderr string) {
	c := exec.CommandContext(ctx, f.verifier, "--json", f.file.Name()) //nolint:gosec // the program and the file that the caller names
	var problems strings.Builder
	c.Stderr = &problems
	out, err := c.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code = failed.ExitCode()
	} else if err != nil {
		return -1, "", err.Error()
	}
	var report struct {
		Verified bool
		Problems []struct{ What string }
	}
	if err := json.Unmarshal(out, &report); err != nil || report.Verified != (code == 0) {
		return -1, "", fmt.Sprintf("exit code %d and the report %q", code, out)
	}
	if len(report.Problems) > 0 {
		what = report.Problems[0].What
	}
	return code, what, problems.String()
}

var particular = regexp.MustCompile(`"[^"]*"|'[^']*'|[0-9a-f]{16,}|[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)+|lf_[0-9a-z]+|[0-9]+`)

// general is a sentence without what is particular to one case.
func general(s string) string { return particular.ReplaceAllString(s, "…") }

func (f *flips) report(w io.Writer, n, structures int) {
	list := func(title string, counts map[string]int) {
		_, _ = fmt.Fprintf(w, "\n%s\n", title)
		names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
		})
		for _, name := range names {
			_, _ = fmt.Fprintf(w, "%7d  %s\n", counts[name], name)
		}
	}
	list("flipped in", f.places)
	list("found as", f.words)
	_, _ = fmt.Fprintf(w, "\n%d flips of the whole file and %d of the zip's structures: %d found with exit code %d, %d not\n",
		n, structures, n+structures-len(f.missed), exitFailed, len(f.missed))
	for _, m := range f.missed {
		_, _ = fmt.Fprintln(w, "MISSED", m)
	}
}
