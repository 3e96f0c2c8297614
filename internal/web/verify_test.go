package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// leafOf is a leaf of the house's own log, by its id.
func (h *house) leafOf(name string) []byte {
	h.t.Helper()
	l, err := h.suite.Leaf(h.t.Context(), h.actor(lead), name)
	if err != nil {
		h.t.Fatal(err)
	}
	return l.Bytes
}

func TestVerifyAnEntry(t *testing.T) {
	h := newHouse(t)
	entries, err := h.suite.Trail(t.Context(), h.actor(lead), trail.Filter{Noun: "program"})
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	id := entries[0].ID
	hash := tlog.LeafHash(h.leafOf(id)).String()
	h.get("", "/verify").is(http.StatusOK, `name="entry"`, `method="get"`, "salted")
	for _, name := range []string{hash, strings.ToUpper(hash), "+" + hash + "+", id} {
		h.get("", "/verify?entry="+name).is(http.StatusOK, "A log of this server has this entry", hash, "Proven:", "Not proven:", "format=json", "signed head").
			lacks("Larkspur", "program.edit", "trail.entry", "&#34;body&#34;")
	}
	var p struct {
		V          int
		Origin     string
		Index      uint64
		LeafHash   string `json:"leaf_hash"`
		Size       uint64
		Hashes     []string
		Checkpoint string
		Key        string
		In         time.Time `json:"in_head_at"`
	}
	body := h.get("", "/verify?entry="+id+"&format=json").is(http.StatusOK).lacks("Larkspur", "trail").Body.Bytes()
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(h.get(lead, "/log/checkpoint?part=key").Body.String())
	head, err := tlog.OpenCheckpoint([]byte(p.Checkpoint), p.Key)
	if err != nil || p.Key != key || head.Origin != p.Origin || head.Size != p.Size || p.V != 1 || p.In.IsZero() || p.LeafHash != hash {
		t.Fatalf("%+v %+v %v", p, head, err)
	}
	var path []tlog.Hash
	for _, text := range p.Hashes {
		one, err := tlog.ParseHash(text)
		if err != nil {
			t.Fatal(err)
		}
		path = append(path, one)
	}
	if err := tlog.VerifyInclusion(p.Index, p.Size, tlog.LeafHash(h.leafOf(id)), path, head.Root); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyNoEntry(t *testing.T) {
	h := newHouse(t)
	none := strings.Repeat("0f", 32)
	h.get("", "/verify?entry="+none).is(http.StatusOK, "No log here has this entry", "salted")
	h.get("", "/verify?entry="+none+"&format=json").is(http.StatusNotFound)
	h.get("", "/verify?entry="+none+"&format=xml").is(http.StatusUnprocessableEntity)
	for _, wrong := range []string{"", "12", none[1:], none + "0", "lf_", "lf_short", "usr_01k9", "%3Cscript%3E"} {
		h.get("", "/verify?entry="+wrong).is(http.StatusUnprocessableEntity, "Give the 64 hexadecimal digits").lacks("<script>")
	}

	// The log went on: what no signed head has is not proven yet.
	g, err := access.Console(h.org.ID).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	if err := h.suite.DB.Write(t.Context(), g, func(tx *db.Tx) error {
		ids, err = ledger.Append(tx, ledger.Entry{Type: "test.later", Stream: "test"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	h.get("", "/verify?entry="+ids[0]).is(http.StatusOK, "not yet signed").lacks("format=json")
	h.get("", "/verify?entry="+ids[0]+"&format=json").is(http.StatusNotFound, "No signed head")
	if _, err := ledger.Sign(t.Context(), h.suite.DB, h.suite.Keys, h.org.ID); err != nil {
		t.Fatal(err)
	}
	h.get("", "/verify?entry="+ids[0]).is(http.StatusOK, "A log of this server has this entry", "Not in the head of")

	// A stored leaf that is not what was signed proves nothing.
	if err := h.suite.DB.Write(t.Context(), g, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE ledger_leaf SET leaf = $1 WHERE id = $2`, []byte("other"), ids[0])
		return err
	}); err != nil {
		t.Fatal(err)
	}
	h.get("", "/verify?entry="+ids[0]).is(http.StatusOK, "does not hold").lacks("has this entry</h1>")
	h.get("", "/verify?entry="+ids[0]+"&format=json").is(http.StatusInternalServerError)
}

func TestEntriesAreAskedForWithinLimits(t *testing.T) {
	h := newHouse(t)
	none := "/verify?entry=" + strings.Repeat("0f", 32)
	for range 60 {
		h.get("", none).is(http.StatusOK)
	}
	h.get("", none).is(http.StatusTooManyRequests, "Wait a minute")
	h.hand.Add(2 * time.Second)
	h.get("", none).is(http.StatusOK)
}

func TestEveryListIsAFile(t *testing.T) {
	h := newHouse(t)
	h.get(viewer, "/settings/program").is(http.StatusOK, "/settings/program?format=csv")
	h.get(viewer, "/settings/program?format=csv").is(http.StatusOK, "id,slug,name,type,categories,from,to,zone,state,current,created_at", "Larkspur FY26,type2,availability security,2026-01-01,2026-12-31,Europe/Stockholm").lacks("Heron")
	h.get(viewer, "/settings/program?format=json").is(http.StatusOK, `"current": true`)

	h.get(viewer, "/settings/me").is(http.StatusOK, "list=sessions&amp;format=csv")
	h.get(viewer, "/settings/me?list=sessions&format=csv").is(http.StatusOK, "id,address,agent,created_at,last_at,ends_at,current", "true")
	h.get(viewer, "/settings/me?format=csv").is(http.StatusUnprocessableEntity, "list=sessions or list=tokens")
	h.post(lead, "/settings/me/token", "for", "nightly import", "role", "viewer", "expires", "2026-09-01")
	h.get(lead, "/settings/me").is(http.StatusOK, "list=tokens&amp;format=json")
	h.get(lead, "/settings/me?list=tokens&format=csv").is(http.StatusOK, "id,for,role,user,by,state", "nightly import,viewer", "active")
	h.get(heron, "/settings/me?list=tokens&format=csv").is(http.StatusOK).lacks("nightly import")

	h.get(viewer, "/search?q=CC6").is(http.StatusOK, "q=CC6")
	h.get(viewer, "/search?q=CC6&format=csv").is(http.StatusOK, "noun,id,title,sub,state,href", "criteria,CC6.1,", "criteria,CC6.8,").lacks("CC7.1")
	h.get(viewer, "/search?q=cc6.1&format=json").is(http.StatusOK, `"id": "CC6.1"`)
	h.get(viewer, "/search?q=zebra+crossing&format=json").is(http.StatusOK, `"hits": []`)
	h.get(viewer, "/criteria/CC6.1?format=csv").is(http.StatusOK, "criterion,control,title,owner,group,standing", "CC6.1,IAM-01,").lacks("CHG-01")
	h.get(viewer, "/criteria/CC6.1").is(http.StatusOK, "/criteria/CC6.1?format=csv")
	h.get(viewer, "/criteria/CC6.1?format=tsv").is(http.StatusUnprocessableEntity)
}
