package recordings

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"assay/connector"
)

// Ended is a header of answers that tell by themselves whether more follows: their
// head was kept, or several pages follow each other in the file.
const Ended = "Recording-Ended"

// ErrMissing means that no file answers a request.
var ErrMissing = errors.New("no recording answers this")

// head takes the head off an answer that was saved with it.
func (f *File) head() error {
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(crlf(f.Body))), nil)
	if err != nil {
		return fmt.Errorf("its head is not that of an answer: %w", err)
	}
	_ = resp.Body.Close()
	_, body, ok := bytes.Cut(bytes.ReplaceAll(f.Body, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	if !ok {
		return errors.New("it is cut off in its head")
	}
	f.Body, f.Status, f.Link = body, resp.StatusCode, next(resp.Header.Values("Link"))
	return nil
}

// crlf is the head as HTTP/1.1 has it; curl prints "HTTP/2 200" for newer ones.
func crlf(body []byte) []byte {
	head, _, _ := bytes.Cut(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	first, rest, _ := bytes.Cut(head, []byte("\n"))
	if words := strings.Fields(string(first)); len(words) > 1 {
		first = []byte("HTTP/1.1 " + strings.Join(words[1:], " "))
	}
	text := append(slices.Clone(first), '\n')
	for line := range bytes.Lines(rest) {
		name, _, _ := strings.Cut(strings.ToLower(string(line)), ":")
		if name != "content-length" && name != "transfer-encoding" && name != "content-encoding" { // it was unpacked
			text = append(text, bytes.TrimRight(line, "\n")...)
			text = append(text, '\n')
		}
	}
	return bytes.ReplaceAll(append(text, '\n'), []byte("\n"), []byte("\r\n"))
}

// next is the address that a Link header calls next (RFC 8288).
func next(headers []string) string {
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			address, rest, ok := strings.Cut(strings.TrimSpace(part), ">")
			if ok && strings.HasPrefix(address, "<") && strings.Contains(rest, `rel="next"`) {
				return address[1:]
			}
		}
	}
	return ""
}

// Transport answers GET requests from a folder, beneath a connector's client: a
// request for /api/v1/users is answered by the file api/v1/users.json, or by
// users.json where that is the longest end of the path which there is a file
// for, or with the path's slashes as underscores (api_v1_users.json). An
// ending .json of the path itself stands once. Pages are numbered: users.json,
// users.2.json, users.3.json; each names the next by a Link header. The last page's own Link header, where it was saved with its head, is
// kept, so that a list cut short is asked for, and missed.
//
// What a query narrows belongs to the name, in order: members.role=admin.json
// answers /members?role=admin, and members.json does not. Pages and orders do not
// narrow, nor does what Idle names.
//
// A request that no file answers fails with ErrMissing, a broken file with why.
type Transport struct {
	Folder *Folder
	Idle   []string // parameters of a query that do not change what is listed
	// Bases are beginnings of paths that the names of files leave out. Where some
	// are given, what is left must match whole: where a product has paths such as
	// users and groups/1/users, a file named by an end could be either's.
	Bases []string

	mu   sync.Mutex
	used map[string]bool // guarded by mu
}

// RoundTrip is http.RoundTripper's.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	page := 1
	if text := query.Get("recording"); text != "" {
		page, _ = strconv.Atoi(text)
	}
	name, more := t.find(req.URL.Path, t.narrowing(query), page)
	if name == "" || req.Method != http.MethodGet {
		return nil, fmt.Errorf("%w: %s %s", ErrMissing, req.Method, req.URL.Path)
	}
	t.use(name)
	f, err := t.Folder.Read(name)
	if err == nil {
		err = f.Parse()
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not taken: %w", name, err)
	}
	resp := &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: -1, Request: req,
		Body: io.NopCloser(bytes.NewReader(f.array())),
	}
	if f.Status != 0 {
		resp.StatusCode, resp.Status = f.Status, strconv.Itoa(f.Status)
	}
	if f.Status != 0 || len(f.Docs) > 1 {
		resp.Header.Set(Ended, "yes")
	}
	switch u := *req.URL; {
	case more:
		query.Set("recording", strconv.Itoa(page+1))
		u.RawQuery = query.Encode()
		resp.Header.Set("Link", "<"+u.String()+`>; rel="next"`)
	case f.Link != "":
		query.Set("recording", strconv.Itoa(page+1)) // which is missing
		u.RawQuery = query.Encode()
		resp.Header.Set("Link", "<"+u.String()+`>; rel="next"`)
	}
	return resp, nil
}

// Has reports that there is a file named after a request. It does not count as a
// use of it.
func (t *Transport) Has(u *url.URL) bool {
	name, _ := t.find(u.Path, t.narrowing(u.Query()), 1)
	return name != ""
}

// array is the body; documents that follow each other are made one list.
func (f *File) array() []byte {
	if len(f.Docs) == 1 {
		return f.Docs[0]
	}
	var parts [][]byte
	for _, d := range f.Docs {
		if inner := bytes.TrimSpace(d); len(inner) > 1 && inner[0] == '[' { // gh api --paginate prints a list per page
			if d = bytes.TrimSpace(inner[1 : len(inner)-1]); len(d) == 0 {
				continue
			}
		}
		parts = append(parts, d)
	}
	return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))
}

// idle are parameters by which pages and their order are asked for.
var idle = []string{
	"recording", "page", "per_page", "limit", "after", "before", "cursor", "sort", "direction", "sortBy", "sortOrder", "orderBy", "maxResults", "pageSize", "pageToken",
}

// narrowing is what of a query belongs to a file's name.
func (t *Transport) narrowing(query url.Values) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(idle, name) && !slices.Contains(t.Idle, name) {
			out.WriteString("." + name + "=" + strings.ReplaceAll(query.Get(name), "/", "_"))
		}
	}
	return out.String()
}

// find names the file of a page, and says whether the next one exists too.
func (t *Transport) find(address, narrowed string, page int) (name string, more bool) {
	for _, parts := range t.ends(strings.TrimSuffix(path.Clean(address), ".json")) {
		for _, sep := range []string{"/", "_"} {
			stem := strings.Join(parts, sep) + narrowed
			if name = t.Folder.page(stem, page); name != "" {
				return name, t.Folder.page(stem, page+1) != ""
			}
			if page > 1 && t.Folder.page(stem, 1) != "" {
				return "", false
			}
		}
	}
	return "", false
}

// ends are the parts of a path that may name a file, longest first.
func (t *Transport) ends(address string) (out [][]string) {
	parts := strings.Split(strings.Trim(address, "/"), "/")
	if t.Bases == nil {
		for i := range parts {
			out = append(out, parts[i:])
		}
		return out
	}
	out = append(out, parts)
	for _, base := range t.Bases {
		if rest, ok := strings.CutPrefix(address, base+"/"); ok {
			out = append(out, strings.Split(rest, "/"))
		}
	}
	return out
}

func (f *Folder) page(stem string, page int) string {
	names := []string{fmt.Sprintf("%s.%d", stem, page)}
	if page == 1 {
		names = append([]string{stem}, names...)
	}
	for _, n := range names {
		for _, ext := range []string{".json", ".json.gz", ".ndjson", ".ndjson.gz", ".jsonl", ".txt"} {
			if slices.Contains(f.Names, n+ext) {
				return n + ext
			}
		}
	}
	return ""
}

func (t *Transport) use(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used == nil {
		t.used = map[string]bool{}
	}
	t.used[name] = true
}

// Unused names the files that no request asked for.
func (t *Transport) Unused() (names []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.Folder.Names {
		if !t.used[n] {
			names = append(names, n)
		}
	}
	return names
}

// Refused is a file that is not taken, and why.
type Refused struct{ File, Why string }

// Name names the files that are not taken among the calls, and says on a kind that
// there are some.
func Name(run *connector.Run, kind string, files []Refused) {
	for _, f := range files {
		run.Refuse("recording "+f.File, f.Why)
	}
	switch n := len(files); n {
	case 0:
	case 1:
		run.Note(kind, fmt.Sprintf("Of the recordings 1 is not taken: %s: %s.", files[0].File, strings.TrimSuffix(files[0].Why, ".")))
	default:
		run.Note(kind, fmt.Sprintf("Of the recordings %d are not taken; each is named among the calls. The first is %s: %s.", n, files[0].File, strings.TrimSuffix(files[0].Why, ".")))
	}
}

// NameUnused names the files that nothing asked for. There are none where there
// are no recordings.
func (t *Transport) NameUnused(run *connector.Run, kind string) {
	if t == nil {
		return
	}
	var files []Refused
	for _, name := range t.Unused() {
		files = append(files, Refused{File: name, Why: "nothing asks for it: its name is not that of an answer"})
	}
	Name(run, kind, files)
}
