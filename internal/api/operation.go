package api

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"assay/internal/access"
	"assay/internal/kit/secret"
	"assay/internal/suite"
)

// Operation is one thing that can be asked of Assay.
type Operation struct {
	ID         string // noun.verb
	Method     string
	Path       string // below /api/v1, with {name} for parameters
	Permission access.Permission
	Summary    string // one sentence
	Public     bool   // nobody needs to be known; Permission is empty
	MaxBody    int64  // bytes; 1 MiB if zero
	Streams    bool   // the body is a file, read as it comes; see receives
	Do         doer
}

// Noun is the first word of the operation's id.
func (o *Operation) Noun() string {
	noun, _, _ := strings.Cut(o.ID, ".")
	return noun
}

// Reads reports whether the operation changes nothing.
func (o *Operation) Reads() bool { return o.Method == http.MethodGet }

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// doer is a use case with its input and output types.
type doer interface {
	register(h huma.API, s *Server, o huma.Operation)
	input() reflect.Type
	output() reflect.Type // nil if it is a file
}

// useCase is what an entry of the table calls.
type useCase[In, Out any] func(ctx context.Context, s *suite.Suite, who access.Actor, in *In) (*Out, error)

// does makes an entry's last member of a function.
func does[In, Out any](fn useCase[In, Out]) doer { return fn }

// none is the output of an operation that answers with nothing.
type none struct{}

type answer[T any] struct{ Body *T }

func (fn useCase[In, Out]) input() reflect.Type { return reflect.TypeFor[In]() }

func (fn useCase[In, Out]) output() reflect.Type { return reflect.TypeFor[Out]() }

func (fn useCase[In, Out]) register(h huma.API, s *Server, o huma.Operation) {
	if reflect.TypeFor[Out]() == reflect.TypeFor[none]() {
		o.DefaultStatus = http.StatusNoContent
		huma.Register(h, o, func(ctx context.Context, in *In) (*struct{}, error) {
			_, err := fn(ctx, s.Suite, actorOf(ctx), in)
			return nil, s.problem(ctx, err)
		})
		return
	}
	o.DefaultStatus = http.StatusOK
	huma.Register(h, o, func(ctx context.Context, in *In) (*answer[Out], error) {
		out, err := fn(ctx, s.Suite, actorOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &answer[Out]{out}, nil
	})
}

// File is an answer that is not JSON.
type File struct {
	Name  string // suggested, without folders
	Type  string // media type
	Write func(w io.Writer) error
}

type download[In any] func(ctx context.Context, s *suite.Suite, who access.Actor, in *In) (*File, error)

// sends is does for an operation that answers with a file. The file is written
// out of sight first, so that one that breaks off is never taken for whole.
func sends[In any](fn download[In]) doer { return fn }

func (fn download[In]) input() reflect.Type { return reflect.TypeFor[In]() }

func (fn download[In]) output() reflect.Type { return nil }

func (fn download[In]) register(h huma.API, s *Server, o huma.Operation) {
	o.DefaultStatus = http.StatusOK
	o.Responses = map[string]*huma.Response{"200": {
		Description: "The file.",
		Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
	}}
	huma.Register(h, o, func(ctx context.Context, in *In) (*huma.StreamResponse, error) {
		f, err := fn(ctx, s.Suite, actorOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		spooled, err := spool(f)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &huma.StreamResponse{Body: spooled.send}, nil
	})
}

// intake is a use case that takes a file besides its input.
type intake[In, Out any] func(ctx context.Context, s *suite.Suite, who access.Actor, in *In, file *secret.Spool) (*Out, error)

// receives is does for an operation whose body is a file. It is never in memory
// as a whole: it waits on disk, sealed, until all of it has come.
func receives[In, Out any](fn intake[In, Out]) doer { return fn }

func (fn intake[In, Out]) input() reflect.Type { return reflect.TypeFor[In]() }

func (fn intake[In, Out]) output() reflect.Type { return reflect.TypeFor[Out]() }

func (fn intake[In, Out]) register(h huma.API, s *Server, o huma.Operation) {
	useCase[In, Out](func(ctx context.Context, _ *suite.Suite, who access.Actor, in *In) (*Out, error) {
		sent, _ := ctx.Value(keyFile).(*sentFile)
		file, err := s.received(ctx, sent)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		return fn(ctx, s.Suite, who, in, file)
	}).register(h, s, o)
	body := &huma.RequestBody{Required: true, Description: "The file itself.", Content: map[string]*huma.MediaType{}}
	for _, kind := range fileTypes() {
		body.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	h.OpenAPI().Paths[o.Path].Post.RequestBody = body // said afterwards, so that nothing reads it into memory
}

// Page asks for a part of a list.
type Page struct {
	After string `query:"after" doc:"The next of the page before; empty for the first."`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many to return."`
}

// PageIn asks for a page of a list.
type PageIn struct{ Page }

// cut returns the part of a list, sorted by key, that a page asks for, and the
// key to ask for the next with; empty when there is none.
func cut[T any](list []T, p Page, key func(*T) string) (part []T, next string) {
	start := 0
	if p.After != "" {
		for start < len(list) && key(&list[start]) != p.After {
			start++
		}
		start = min(start+1, len(list))
	}
	limit := p.Limit
	if limit == 0 {
		limit = 100
	}
	end := min(start+limit, len(list))
	part = append([]T{}, list[start:end]...)
	if end < len(list) && len(part) > 0 {
		next = key(&part[len(part)-1])
	}
	return part, next
}
