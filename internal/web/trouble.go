package web

import (
	"net/http"
	"strconv"

	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// trouble is the page about an error: what happened, what was kept, what to do.
func (s *Server) trouble(r *request, err error) answer {
	kind := fault.Of(err)
	status := statusOf(kind)
	v := page.TroubleView{Code: strconv.Itoa(status), Title: fault.Text(err), Kept: "Nothing was saved"}
	home := view.Action{Label: "To the first page", Href: "/", Icon: "home"}
	v.Actions = []view.Action{home}
	switch kind {
	case fault.NotFound:
		v.Kept = "Nothing is lost"
		v.Answer = view.Say("It may have been renamed or retired, or it belongs to another organization.")
		v.Actions = append(v.Actions, view.Action{Label: "Search for it", Href: "/search?q=" + queryEscape(lastPart(r.URL.Path)), Icon: "search"})
	case fault.Unauthenticated:
		v.Actions = []view.Action{{Label: "Sign in", Href: "/signin", Look: view.Primary}}
	case fault.Internal, fault.Tampered:
		v.Number = id.Token(6)
		s.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "method", r.Method, "number", v.Number, "err", err)
		if kind == fault.Internal {
			v.Title = "This page could not be made"
			v.Answer = view.Say("Something went wrong on our side. Nothing was saved. The number below finds it in the server's log.")
		}
	case fault.Invalid, fault.Forbidden, fault.Conflict, fault.TooLarge, fault.Busy:
	}
	if r.Method == http.MethodGet && kind != fault.NotFound {
		v.Kept = "Nothing was changed"
	}
	return answer{status: status, page: page.Trouble(s.shell(r, v.Title, ""), v)}
}

func lastPart(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

// nowhere is an address without a page.
func (s *Server) nowhere(*request) (answer, error) {
	return answer{}, fault.New(fault.NotFound, "There is no page at this address.")
}
