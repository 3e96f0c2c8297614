package api

import (
	"cmp"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"assay/internal/kit/fault"
	"assay/internal/suite"
)

// Prefix is where the operations are.
const Prefix = "/api/v1"

// Server answers requests to the operations of a suite.
type Server struct {
	Suite  *suite.Suite
	Public string // how people reach this server; as each request names it if empty
	Cookie string // name of the session's cookie; empty: sessions are not taken
	// Observe wraps the handler of each operation, for measuring. It may be nil.
	Observe func(operation string, h http.Handler) http.Handler
}

// Handler returns the routes below Prefix. They are made when the first of them
// is asked for: what describes every operation takes 5 MB, and a tenth of the
// time of a start.
func (s *Server) Handler() http.Handler {
	made := sync.OnceValue(s.operations)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { made().ServeHTTP(w, r) })
}

func (s *Server) operations() http.Handler {
	mux := http.NewServeMux()
	r := &routes{mux: mux, server: s, by: map[string]*Operation{}}
	table := Table()
	for i := range table {
		r.by[table[i].Method+" "+Prefix+table[i].Path] = &table[i]
	}
	h := humago.NewWithPrefix(r, Prefix, config())
	for i := range table {
		table[i].register(h, s)
	}
	mux.HandleFunc(Prefix+"/", func(w http.ResponseWriter, req *http.Request) {
		if allowed := r.methods(req); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			http.Error(w, "This path takes "+strings.Join(allowed, ", ")+".", http.StatusMethodNotAllowed)
			return
		}
		s.write(w, req, fault.New(fault.NotFound, "There is no such operation. All are listed in %s/openapi.json.", Prefix))
	})
	return mux
}

func config() huma.Config {
	c := huma.DefaultConfig("Assay", "1")
	c.CreateHooks, c.DocsPath, c.SchemasPath = nil, "", ""
	c.Info.Description = "Every operation of Assay. Errors are application/problem+json; " +
		"writes take an Idempotency-Key; lists are read page by page with after and limit."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token, made under Settings or by assay login."},
		"session": {Type: "apiKey", In: "cookie", Name: "assay", Description: "The session of a browser on this site."},
	}
	c.Transformers = []huma.Transformer{plain}
	c.RejectUnknownQueryParameters = true
	return c
}

const maxBody = 1 << 20

func (o *Operation) register(h huma.API, s *Server) {
	out := huma.Operation{
		OperationID: o.ID, Method: o.Method, Path: o.Path, Summary: o.Summary, Tags: []string{o.Noun()},
		MaxBodyBytes: cmp.Or(o.MaxBody, maxBody), BodyReadTimeout: -1, // the server's own limits hold
		Errors: []int{http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests},
	}
	if !o.Public {
		out.Security = []map[string][]string{{"token": {}}, {"session": {}}}
		out.Errors = append(out.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound)
		out.Extensions = map[string]any{"x-permission": string(o.Permission)}
	}
	if !o.Reads() && !o.Public {
		out.Parameters = append(out.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Schema: &huma.Schema{Type: "string", MaxLength: new(maxKey)},
			Description: "The same key with the same input is done once in 24 hours and answered alike.",
		})
	}
	if l, ok := tableOf(o); ok {
		out.Parameters = append(out.Parameters, l.param())
	}
	o.Do.register(h, s, out)
}

// routes puts the door before each operation.
type routes struct {
	mux    *http.ServeMux
	server *Server
	by     map[string]*Operation // by pattern
}

// HandleFunc implements humago.Mux.
func (r *routes) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	o := r.by[pattern]
	if o == nil { // the OpenAPI document
		r.mux.HandleFunc(pattern, h)
		return
	}
	var inside http.Handler = http.HandlerFunc(h)
	if l, ok := tableOf(o); ok {
		inside = r.server.tabular(l, inside)
	}
	handler := r.server.door(o, inside)
	if r.server.Observe != nil {
		handler = r.server.Observe(o.ID, handler)
	}
	r.mux.Handle(pattern, handler)
}

// ServeHTTP implements humago.Mux.
func (r *routes) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.mux.ServeHTTP(w, req) }

// methods lists the methods that the request's path takes.
func (r *routes) methods(req *http.Request) (allowed []string) {
	for _, m := range []string{get, post, put, patch, remove} {
		probe := req.Clone(req.Context())
		probe.Method = m
		if _, pattern := r.mux.Handler(probe); r.by[pattern] != nil {
			allowed = append(allowed, m)
		}
	}
	return allowed
}
