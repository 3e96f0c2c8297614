package api

import (
	"context"
	"net"
	"net/http"
	"strings"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

type ctxKey int

const (
	keyActor ctxKey = iota
	keyFrom
	keyFile
)

// actorOf is who asks; the zero Actor for a public operation.
func actorOf(ctx context.Context) access.Actor {
	who, _ := ctx.Value(keyActor).(access.Actor)
	return who
}

// fromOf is where the request comes from.
func fromOf(ctx context.Context) auth.From {
	from, _ := ctx.Value(keyFrom).(auth.From)
	return from
}

// door finds out who asks and whether they may, before anything is read.
func (s *Server) door(o *Operation, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		ctx := context.WithValue(r.Context(), keyFrom, From(r))
		if o.Public {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		who, err := s.known(r.WithContext(ctx))
		if err != nil {
			s.write(w, r, err)
			return
		}
		grant, err := who.May(o.Permission)
		switch {
		case err != nil:
			if told := s.Suite.Refused(ctx, who, o.act(r), err); told != nil {
				s.Suite.Log.ErrorContext(ctx, "a refusal is not in the trail", "operation", o.ID, "err", told)
			}
		case o.Reads():
			err = s.Suite.Saw(ctx, grant, o.act(r))
		}
		if err != nil {
			s.write(w, r, err)
			return
		}
		ctx = context.WithValue(ctx, keyActor, who)
		if o.Streams {
			ctx = context.WithValue(ctx, keyFile, &sentFile{request: r})
		}
		r = r.WithContext(ctx)
		if key := r.Header.Get(keyHeader); key != "" && !o.Reads() {
			s.once(w, r, attempt{op: o, grant: grant, key: key}, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known returns who asks: whoever was put into the context by Client, whoever
// shows a token, or whoever shows a session from this site.
func (s *Server) known(r *http.Request) (access.Actor, error) {
	ctx := r.Context()
	if who := actorOf(ctx); who.ID != "" {
		return who, nil
	}
	if h := r.Header.Get("Authorization"); h != "" {
		token, ok := strings.CutPrefix(h, "Bearer ")
		if !ok {
			return access.Actor{}, fault.New(fault.Unauthenticated, "Send the token as: Authorization: Bearer assay_…")
		}
		return s.Suite.Auth.ActorByToken(ctx, strings.TrimSpace(token), fromOf(ctx))
	}
	if s.Cookie != "" {
		if c, err := r.Cookie(s.Cookie); err == nil && c.Value != "" {
			if err := http.NewCrossOriginProtection().Check(r); err != nil {
				return access.Actor{}, fault.Wrap(fault.Forbidden, err, "A request from another site is not taken on the strength of a cookie.")
			}
			return s.Suite.Auth.Actor(ctx, c.Value, "", fromOf(ctx))
		}
	}
	return access.Actor{}, fault.New(fault.Unauthenticated, "Say who you are: send an API token, or sign in.")
}

// act is what the trail says of a request that changes nothing.
func (o *Operation) act(r *http.Request) trail.Act {
	a := trail.Act{Noun: o.Noun(), Label: o.ID}
	for _, name := range o.params() {
		a.Object = r.PathValue(name)
	}
	return a
}

// params lists the names of the path's parameters.
func (o *Operation) params() (names []string) {
	for part := range strings.SplitSeq(o.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// From describes where a request comes from. A proxy's word for it was put
// into RemoteAddr before, if the operator believes it.
func From(r *http.Request) auth.From {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return auth.From{Address: host, Agent: r.UserAgent()}
}
