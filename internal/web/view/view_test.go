package view

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		name string
		text Text
		want string
	}{
		{"nothing", nil, ""},
		{"escaped", Text{T(`a <b> & "c"`)}, "a &lt;b&gt; &amp; &#34;c&#34;"},
		{"marks", Text{B("1"), T(" of "), C("2"), Ins("x"), Del("y")}, "<b>1</b> of <code>2</code><ins>x</ins><del>y</del>"},
		{"link", Text{A("5 fail", "/checks?state=fail&p=fy26")}, `<a href="/checks?state=fail&amp;p=fy26">5 fail</a>`},
		{"no script in a link", Text{A("x", "javascript:alert(1)")}, `<a href="about:invalid#TemplFailedSanitizationURL">x</a>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.text.Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if b.String() != c.want {
				t.Errorf("got %s, want %s", b.String(), c.want)
			}
		})
	}
	if got := (Text{B("3"), T(" of 5")}).String(); got != "3 of 5" {
		t.Errorf("String() = %q", got)
	}
}

func TestQuery(t *testing.T) {
	q := Query{Path: "/controls", Values: url.Values{"p": {"fy26"}, "state": {"fail"}, "after": {"x"}, "q": {"a b"}, "sort": {"id"}}}
	for what, c := range map[string]struct{ got, want string }{
		"a filter starts again at the first page": {q.With("owner", "tom"), "/controls?owner=tom&p=fy26&q=a+b&sort=id&state=fail"},
		"no value removes the filter":             {q.With("state", ""), "/controls?p=fy26&q=a+b&sort=id"},
		"the next page keeps the filters":         {q.Page("before", "y"), "/controls?before=y&p=fy26&q=a+b&sort=id&state=fail"},
		"clearing keeps period and order":         {q.Clear(), "/controls?p=fy26&sort=id"},
		"nothing left":                            {Query{Path: "/x"}.With("a", ""), "/x"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", what, c.got, c.want)
		}
	}
	if got := q.Hidden("q"); len(got) != 3 || got[0] != (Hidden{"p", "fy26"}) || got[2] != (Hidden{"state", "fail"}) {
		t.Errorf("Hidden: %v", got)
	}
}

// TestQueryKeepsItself: making an address never changes the one it is made from.
func TestQueryKeepsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"p", "q", "state", "after", "sort"})
		q := Query{Path: "/l", Values: url.Values{}}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			q.Values.Set(words.Draw(t, "name"), rapid.String().Draw(t, "value"))
		}
		before := q.Values.Encode()
		name, value := words.Draw(t, "set"), rapid.StringN(1, 20, -1).Draw(t, "to")
		u, err := url.Parse(q.With(name, value))
		if err != nil || u.Query().Get(name) != value {
			t.Fatalf("%s does not set %s to %q: %v", u, name, value, err)
		}
		q.Page("after", "c")
		q.Clear()
		if q.Values.Encode() != before {
			t.Fatalf("%s became %s", before, q.Values.Encode())
		}
	})
}

func TestOrder(t *testing.T) {
	l := List{Query: Query{Path: "/l"}, Order: "due"}
	due, name := Column{Label: "Due", Key: "due"}, Column{Label: "Name", Key: "name"}
	if got := l.sortHref(due); got != "/l?sort=-due" {
		t.Errorf("the column in force turns around: %s", got)
	}
	if got := l.sortHref(name); got != "/l?sort=name" {
		t.Errorf("another column: %s", got)
	}
	if l.ariaSort(due) != "ascending" || l.ariaSort(name) != "" || l.ariaSort(Column{}) != "" {
		t.Error("aria-sort is wrong")
	}
	if l.Order = "-due"; l.ariaSort(due) != "descending" {
		t.Error("a minus is descending")
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 48211: "48,211", 1234567: "1,234,567", -1234: "−1,234"} {
		if got := Num(n); got != want {
			t.Errorf("Num(%d) = %s, want %s", n, got, want)
		}
	}
	for name, want := range map[string]string{"Tom Okafor": "TO", "priya": "P", "Anna-Maria von der Heide": "AH", "": "?", "  ": "?", "Ålund Öst": "ÅÖ", "李 小龙": "李小"} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %s, want %s", name, got, want)
		}
	}
	c := Chip{Value: "b", Options: []Option{{Value: "a", Label: "First"}, {Value: "b", Label: "Second"}}}
	if c.shown() != "Second" || (Chip{Value: "gone"}).shown() != "any" || (Chip{Any: "anyone"}).shown() != "anyone" {
		t.Error("a chip shows the wrong word")
	}
}

func TestAsset(t *testing.T) {
	for _, name := range []string{"style.css", "app.js", "htmx.min.js", "icon.svg"} {
		if got := Asset(name); !strings.HasPrefix(got, "/static/"+name+"?v=") || len(got) != len("/static/"+name+"?v=")+12 {
			t.Errorf("Asset(%s) = %s", name, got)
		}
	}
	if got := Asset("gone.css"); got != "/static/gone.css?v=" {
		t.Errorf("a file that is not there has the hash %s", got)
	}
}
