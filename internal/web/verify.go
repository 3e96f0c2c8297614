package web

import (
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/pack"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// The limits of a verification that anyone may ask for; a larger package is
// verified with the command.
const (
	maxPackage = 64 << 20 // bytes
	maxVerify  = time.Minute
)

// verify asks anyone for a package, or for an entry of a log. Nobody has to be
// signed in. Of a package nothing of any organization is read: all that counts
// is in it.
func (s *Server) verify(r *request) (answer, error) {
	if r.URL.Query().Has("entry") {
		return s.verifyEntry(r)
	}
	return s.showVerify(r, nil, nil)
}

func packageForm(r *request) page.VerifyForm {
	return page.VerifyForm{Title: "Verify a package", Hint: "At most 64 MiB; larger ones with the command", Form: view.Form{
		Action: "/verify", Upload: true, Submit: "Verify", Hint: "It may take a minute.", Fields: []view.Input{
			{Name: "file", Label: "Package", Type: "file", Accept: ".zip,.soc2,application/zip", Required: true, Full: true},
			{Name: "key", Label: "The log’s key, as you know it from elsewhere", Value: r.typed("key", ""), Mono: true, Optional: true, Full: true, Hint: "Without it a package can only be consistent with itself: whoever made it could have made all of it."},
		},
	}}
}

func (s *Server) showVerify(r *request, rep *pack.Report, refused error) (answer, error) {
	v := page.VerifyView{
		Title:  "Does an evidence package hold?",
		Answer: view.Say("Give a package. Every hash, proof and signature in it is checked and its checks are performed again, here and now. Nothing of it is kept."),
		Form:   packageForm(r),
		Entry:  entryForm(""),
		Verify: []view.TermLine{{Prompt: true, Text: "assay-verify --policy policy.txt package.zip"}},
	}
	status := 0
	if refused != nil {
		var err error
		if status, err = refuse(&v.Form.Form, nil, refused); err != nil {
			return answer{}, err
		}
	}
	if rep != nil {
		reportOn(r, &v, rep)
	}
	return s.verifyPage(r, v, status)
}

func (s *Server) verifyPage(r *request, v page.VerifyView, status int) (answer, error) {
	sh := s.shell(r, "Verify", "")
	sh.Brand = "Verify"
	return answer{status: status, page: page.Verify(sh, v)}, nil
}

// reportOn fills the page with what was found.
func reportOn(r *request, v *page.VerifyView, rep *pack.Report) {
	v.Form.Title = "Verify another one"
	switch {
	case !rep.Verified:
		v.State, v.Title, v.Badge = view.Fail, "This package does not hold", view.Badge{State: view.Fail, Label: "Not verified"}
		v.Answer = view.Text{view.B(plural(len(rep.Problems)+rep.Further, "objection")), view.T(". Keep the file, and ask whoever gave it to you.")}
	case rep.Trust == pack.FromPackage:
		v.State, v.Title, v.Badge = view.Info, "This package is consistent with itself", view.Badge{State: view.Info, Label: "Self-consistent"}
		v.Answer = view.Say("Nothing in it contradicts anything else. Whose it is, it alone cannot show: give the log’s key that you know from elsewhere.")
	default:
		v.State, v.Title, v.Badge = view.Pass, "This package holds", view.Badge{State: view.Pass, Label: "Verified"}
		v.Answer = view.Say("Every proof leads to the log whose key you gave, and every check came out the same when it was performed again.")
	}
	v.Steps = verifySteps(rep)
	v.Facts = []view.Pair{
		{Term: "Organization", Value: view.Say(rep.Org)},
		{Term: "Package", Value: view.Say(rep.Name)},
		{Term: "Log", Value: view.Say(rep.Origin), Mono: true},
		{Term: "Made", Value: view.Say(r.moment(rep.MadeAt) + " by " + rep.MadeBy)},
		{Term: "Files", Value: view.Say(view.Num(rep.Files))},
	}
	if rep.Origin == "" {
		v.Facts = nil
	}
	if !rep.From.IsZero() {
		v.Facts = append(v.Facts, view.Pair{Term: "Period", Value: view.Say(r.day(rep.From) + " – " + r.day(rep.To.Add(-time.Second)))})
	}
	if rep.Demonstration {
		v.Facts = append(v.Facts, view.Pair{Term: "Demonstration", Value: view.Say("Everything in it is made up."), State: view.Warn})
	}
	if len(rep.NotProven) > 0 {
		v.Notice = view.Notice{State: view.Info, Text: view.Text{view.B("Not proven: "), view.T(strings.Join(rep.NotProven, " "))}}
	}
}

const shownProblems = 20

func verifySteps(rep *pack.Report) (out []view.ProofStep) {
	for i, p := range rep.Problems {
		if i == shownProblems {
			break
		}
		out = append(out, view.ProofStep{State: view.Fail, Title: p.What, Detail: p.Where})
	}
	if more := len(rep.Problems) + rep.Further - len(out); more > 0 {
		out = append(out, view.ProofStep{State: view.Fail, Title: plural(more, "objection") + " more"})
	}
	if !rep.Verified {
		return out
	}
	l, c, n := &rep.Log, &rep.Commitments, &rep.Runs
	return append(out,
		view.ProofStep{State: view.Pass, Title: plural(rep.Files, "file") + " are the signed manifest’s"},
		view.ProofStep{State: view.Pass, Title: fmt.Sprintf("%s of the log in %s, none missing", plural(int(l.Leaves), "entry"), plural(l.Streams, "stream")), Detail: l.Root}, //nolint:gosec // a count
		view.ProofStep{State: view.Pass, Title: plural(c.Manifests+c.Personal+c.Trail+c.Exclusions+c.Objects, "commitment") + " opened and found right"},
		view.ProofStep{State: view.Pass, Title: fmt.Sprintf("%s in %s", plural(rep.Records, "record"), plural(rep.Collections, "collection"))},
		view.ProofStep{State: view.Pass, Title: fmt.Sprintf("%d of %s performed again came out the same", n.Same, plural(n.Performed, "run"))},
	)
}

// verifyPackage verifies what anyone uploads, one package at a time.
func (s *Server) verifyPackage(r *request) (answer, error) {
	if !s.verifying.TryLock() {
		return answer{}, fault.New(fault.Busy, "Another package is being verified. Try again in a minute, or use assay-verify on your own machine.")
	}
	defer s.verifying.Unlock()
	file, size, err := r.publicFile("file", maxPackage)
	if err != nil {
		return s.showVerify(r, nil, err)
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	defer func() { _ = file.Close() }()
	o := pack.Options{Now: s.Suite.Now}
	if key := r.text("key"); key != "" {
		if o.Policy, err = pack.ParsePolicy("log " + key + "\nquorum none\n"); err != nil {
			return s.showVerify(r, nil, fault.Fields("Nothing was verified.", fault.Field{Name: "key", Text: "This is not a log’s key: it reads name+hash+key, without blanks."}))
		}
	}
	ctx, stop := context.WithTimeout(r.Context(), maxVerify)
	defer stop()
	rep, err := pack.Verify(ctx, file, size, o)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return answer{}, fault.New(fault.TooLarge, "The package takes longer than a minute to verify. Use assay-verify on your own machine.")
	case err != nil:
		return s.showVerify(r, nil, fault.Fields("Nothing was verified.", fault.Field{Name: "file", Text: "This file cannot be read as an evidence package."}))
	}
	return s.showVerify(r, rep, nil)
}

// publicFile reads a posted form with one file of at most most bytes, which waits
// on disk. The caller closes it and removes the form.
func (r *request) publicFile(name string, most int64) (multipart.File, int64, error) {
	r.Body = http.MaxBytesReader(r.w, r.Body, most+maxForm)
	err := r.ParseMultipartForm(maxForm)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, 0, fault.New(fault.TooLarge, "The file is larger than %d MiB.", most>>20)
	}
	if err != nil {
		return nil, 0, fault.Wrap(fault.Invalid, err, "The form could not be read.")
	}
	f, head, err := r.FormFile(name)
	if err != nil {
		_ = r.MultipartForm.RemoveAll()
		return nil, 0, fault.Fields("No file was given.", fault.Field{Name: name, Text: "Choose a file."})
	}
	return f, head.Size, nil
}
