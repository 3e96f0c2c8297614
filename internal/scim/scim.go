package scim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Service is what a directory can ask for.
type Service struct {
	DB   *db.DB
	Auth auth.Service
	// Own reports whether a domain is the organization's.
	Own func(tx *db.Tx, domain string) (bool, error)
}

// Request is what a directory asks.
type Request struct {
	Method string
	Path   string // below the base: "/Users/scu_1"
	Query  url.Values
	Body   []byte
	Base   string // address of the service, without a slash at the end
}

// Response is the answer: JSON, unless it is empty.
type Response struct {
	Status   int
	Location string
	Body     []byte
}

// The statuses of RFC 7644, 3.
const (
	statusOK       = 200
	statusCreated  = 201
	statusNothing  = 204
	statusInvalid  = 400
	statusNobody   = 401
	statusForbid   = 403
	statusNotFound = 404
	statusMethod   = 405
	statusConflict = 409
	statusLarge    = 413
	statusBusy     = 429
	statusBroken   = 500
	statusAbsent   = 501
)

// The schemas.
const (
	urnUser   = "urn:ietf:params:scim:schemas:core:2.0:User"
	urnGroup  = "urn:ietf:params:scim:schemas:core:2.0:Group"
	urnList   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	urnPatch  = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	urnBulk   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	urnBulked = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
	urnError  = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// MaxBody is how much a directory may send at once, in bytes.
const MaxBody = 1 << 20

const (
	mostPage = 1000
	page     = 100
)

// object is JSON as a directory sends it.
type object = map[string]any

// problem is a refusal with the words of RFC 7644, 3.12.
type problem struct {
	status int
	kind   string // scimType
	text   string
}

func (p *problem) Error() string { return p.text }

func invalid(kind, text string, args ...any) error {
	return &problem{statusInvalid, kind, fmt.Sprintf(text, args...)}
}

// Problem is the answer to a request that was refused.
func Problem(err error) Response {
	p := problemOf(err)
	return marshal(p.status, "", p.object())
}

func (p *problem) object() object {
	out := object{"schemas": []string{urnError}, "status": strconv.Itoa(p.status), "detail": p.text}
	if p.kind != "" {
		out["scimType"] = p.kind
	}
	return out
}

func problemOf(err error) *problem {
	if p, ok := err.(*problem); ok { //nolint:errorlint // never wrapped
		return p
	}
	words := []string{fault.Text(err)}
	for _, f := range fault.FieldsOf(err) {
		words = append(words, f.Text)
	}
	text := strings.Join(words, " ")
	switch fault.Of(err) {
	case fault.Invalid:
		return &problem{statusInvalid, "invalidValue", text}
	case fault.Unauthenticated:
		return &problem{statusNobody, "", text}
	case fault.Forbidden:
		return &problem{statusForbid, "", text}
	case fault.NotFound:
		return &problem{statusNotFound, "", text}
	case fault.Conflict:
		return &problem{statusConflict, "uniqueness", text}
	case fault.TooLarge:
		return &problem{statusLarge, "", text}
	case fault.Busy:
		return &problem{statusBusy, "", text}
	case fault.Internal, fault.Tampered:
	}
	return &problem{statusBroken, "", text}
}

func marshal(status int, location string, v any) Response {
	if v == nil {
		return Response{Status: status}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return Response{Status: statusBroken}
	}
	return Response{Status: status, Location: location, Body: b}
}

// Do answers a request.
func (s Service) Do(ctx context.Context, who access.Actor, r Request) (Response, error) {
	g, err := who.May(access.SCIMProvision)
	if err != nil {
		return s.refused(ctx, who, &r, err)
	}
	if r.Method == "POST" && r.Path == "/Bulk" {
		return s.bulk(ctx, who, g, r)
	}
	var out Response
	run := s.DB.Write
	if r.Method == "GET" {
		run = s.DB.Read
	}
	err = run(ctx, g, func(tx *db.Tx) (err error) {
		out, err = s.one(tx, &r)
		return err
	})
	if err != nil {
		return s.refused(ctx, who, &r, err)
	}
	return out, nil
}

// refused answers a request that was not done, and says so in the trail unless it
// only read.
func (s Service) refused(ctx context.Context, who access.Actor, r *Request, why error) (Response, error) {
	out, err := answered(why)
	if err != nil || r.Method == "GET" && out.Status != statusForbid {
		return out, err
	}
	g, err := who.May(access.OrgRead)
	if err != nil {
		return out, nil //nolint:nilerr // whoever is nobody here has no trail
	}
	return out, s.DB.Write(ctx, g, func(tx *db.Tx) error {
		return trail.Add(tx, trail.Act{Action: "scim.refuse", Noun: "directory", Object: who.ID, Label: who.Name, Detail: map[string]string{
			"asked": clip(r.Method+" "+r.Path, 200), "why": clip(problemOf(why).text, 300),
		}})
	})
}

// clip cuts what a directory said short.
func clip(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }

// answered is the answer to an error, which is returned only if it is this
// program's.
func answered(err error) (Response, error) {
	out := Problem(err)
	if out.Status != statusBroken {
		err = nil
	}
	return out, err
}

// one answers a request about one or many resources.
func (s Service) one(tx *db.Tx, r *Request) (Response, error) {
	if r.Method != "GET" {
		if err := tx.Lock("scim " + tx.Org()); err != nil {
			return Response{}, err
		}
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	var k shelf
	switch kind {
	case "Users":
		k = &users{s, tx, r.Base}
	case "Groups":
		k = &groups{s, tx, r.Base}
	case "ServiceProviderConfig", "ResourceTypes", "Schemas":
		return about(r, kind, id)
	case "Me":
		return Response{}, &problem{statusAbsent, "", "A directory is nobody in particular."}
	default:
		return Response{}, &problem{statusNotFound, "", "There are Users, Groups, Bulk, ServiceProviderConfig, ResourceTypes and Schemas."}
	}
	return serve(k, r, id)
}

// shelf is the resources of one kind.
type shelf interface {
	all() ([]object, error)
	get(id string) (object, error)
	put(id string, in object) (object, error) // an empty id makes one
	drop(id string) error
}

func serve(k shelf, r *Request, id string) (Response, error) {
	if strings.Contains(id, "/") {
		return Response{}, &problem{statusNotFound, "", "There is no such resource."}
	}
	if id == "" {
		switch r.Method {
		case "GET":
			return list(k, r.Query)
		case "POST":
			return shown(statusCreated, r, func() (object, error) { return sent(k, "", r.Body) })
		}
	} else {
		switch r.Method {
		case "GET":
			return shown(statusOK, r, func() (object, error) { return k.get(id) })
		case "POST":
			if id == ".search" {
				return search(k, r.Body)
			}
		case "PUT":
			return shown(statusOK, r, func() (object, error) { return sent(k, id, r.Body) })
		case "PATCH":
			return shown(statusOK, r, func() (object, error) { return changed(k, id, r.Body) })
		case "DELETE":
			return Response{Status: statusNothing}, k.drop(id)
		}
	}
	return Response{}, &problem{statusMethod, "", "This cannot be done with it."}
}

// sent makes or replaces a resource.
func sent(k shelf, id string, body []byte) (object, error) {
	in, err := decode(body)
	if err != nil {
		return nil, err
	}
	return k.put(id, in)
}

func changed(k shelf, id string, body []byte) (object, error) {
	was, err := k.get(id)
	if err != nil {
		return nil, err
	}
	if err := patch(was, body); err != nil {
		return nil, err
	}
	return k.put(id, was)
}

func shown(status int, r *Request, do func() (object, error)) (Response, error) {
	out, err := do()
	if err != nil {
		return Response{}, err
	}
	location := ""
	if meta, ok := out["meta"].(object); ok {
		location, _ = meta["location"].(string)
	}
	return marshal(status, location, chosen(out, r.Query)), nil
}

func decode(body []byte) (object, error) {
	var in object
	if err := json.Unmarshal(body, &in); err != nil || in == nil {
		return nil, invalid("invalidSyntax", "The body is not a JSON object.")
	}
	return in, nil
}

func search(k shelf, body []byte) (Response, error) {
	var in struct {
		Filter     string   `json:"filter"`
		StartIndex int      `json:"startIndex"`
		Count      *int     `json:"count"`
		Attributes []string `json:"attributes"`
		Excluded   []string `json:"excludedAttributes"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Response{}, invalid("invalidSyntax", "The body is not a search request.")
	}
	q := url.Values{"filter": {in.Filter}, "startIndex": {strconv.Itoa(in.StartIndex)}}
	if in.Count != nil {
		q.Set("count", strconv.Itoa(*in.Count))
	}
	q.Set("attributes", strings.Join(in.Attributes, ","))
	q.Set("excludedAttributes", strings.Join(in.Excluded, ","))
	return list(k, q)
}

// list answers with a page of what the filter lets through: RFC 7644, 3.4.2.
func list(k shelf, q url.Values) (Response, error) {
	found, err := k.all()
	if err != nil {
		return Response{}, err
	}
	if text := q.Get("filter"); text != "" {
		f, err := parseFilter(text)
		if err != nil {
			return Response{}, err
		}
		var kept []object
		for _, o := range found {
			if f.holds(o) {
				kept = append(kept, o)
			}
		}
		found = kept
	}
	start, count := max(number(q.Get("startIndex"), 1), 1), min(max(number(q.Get("count"), page), 0), mostPage)
	total := len(found)
	from := min(start-1, total)
	part := found[from:min(from+count, total)]
	out := make([]object, 0, len(part))
	for _, o := range part {
		out = append(out, chosen(o, q))
	}
	return marshal(statusOK, "", object{"schemas": []string{urnList}, "totalResults": total, "startIndex": start, "itemsPerPage": len(out), "Resources": out}), nil
}

func number(text string, other int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return other
}

// chosen leaves out the attributes that were not asked for.
func chosen(o object, q url.Values) object {
	names := func(param string) map[string]bool {
		out := map[string]bool{}
		for name := range strings.SplitSeq(q.Get(param), ",") {
			name, _, _ = strings.Cut(bare(strings.TrimSpace(name)), ".")
			if name != "" {
				out[strings.ToLower(name)] = true
			}
		}
		return out
	}
	only, without := names("attributes"), names("excludedAttributes")
	out := object{}
	for name, v := range o {
		low := strings.ToLower(name)
		always := low == "id" || low == "schemas"
		if always || (len(only) == 0 || only[low]) && !without[low] {
			out[name] = v
		}
	}
	return out
}

func metaOf(kind, location string, created, updated time.Time) object {
	return object{"resourceType": kind, "location": location, "created": created.UTC().Format(time.RFC3339), "lastModified": updated.UTC().Format(time.RFC3339)}
}
