package trail_test

import (
	"encoding/json"
	"testing"
	"time"

	"assay/internal/trail"
)

// TestOCSF holds entries to what OCSF 1.3.0 requires of their classes.
func TestOCSF(t *testing.T) {
	at := time.UnixMilli(1767322845123).UTC()
	for name, c := range map[string]struct {
		e                       trail.Entry
		class, activity, status float64
		needs                   []string
	}{
		"a sign-in":         {trail.Entry{Action: "session.begin", Noun: "user"}, 3002, 1, 1, []string{"user", "service"}},
		"a sign-out":        {trail.Entry{Action: "session.end", Noun: "user"}, 3002, 2, 1, []string{"user", "service"}},
		"a refused sign-in": {trail.Entry{Action: "session.refuse", Noun: "issuer"}, 3002, 1, 2, []string{"user", "service"}},
		"a change":          {trail.Entry{Action: "control.edit", Noun: "control", Detail: map[string]string{"title": "a → b"}}, 6003, 3, 1, []string{"actor", "api", "resources", "unmapped"}},
		"something new":     {trail.Entry{Action: "token.edit", Noun: "token", Detail: map[string]string{"added": "yes"}}, 6003, 1, 1, []string{"actor", "api", "resources"}},
		"something gone":    {trail.Entry{Action: "token.edit", Noun: "token", Detail: map[string]string{"revoked": "yes"}}, 6003, 4, 1, []string{"actor", "api", "resources"}},
		"a reading":         {trail.Entry{Action: "page.read", Noun: "page"}, 6003, 2, 1, []string{"actor", "api", "resources"}},
		"a refusal":         {trail.Entry{Action: "access.refuse", Noun: "page"}, 6003, 99, 2, []string{"actor", "api", "resources"}},
	} {
		c.e.ID, c.e.At, c.e.Actor, c.e.Name, c.e.Door, c.e.Address, c.e.Object, c.e.Label = "leaf_1", at, "usr_1", "Ada", "web", "192.0.2.1", "x_1", "line\n\"x\""
		b, err := c.e.OCSF("org_1")
		var out map[string]any
		if err != nil || json.Unmarshal(b, &out) != nil {
			t.Fatalf("%s: %s %v", name, b, err)
		}
		for _, need := range append(c.needs, "activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id", "metadata", "src_endpoint") {
			if out[need] == nil {
				t.Errorf("%s lacks %s: %s", name, need, b)
			}
		}
		if out["class_uid"] != c.class || out["activity_id"] != c.activity || out["status_id"] != c.status || out["type_uid"] != 100*c.class+c.activity || out["time"] != 1767322845123.0 || out["category_uid"] != float64(int(c.class)/1000) {
			t.Errorf("%s: %s", name, b)
		}
		for _, by := range b {
			if by == '\n' {
				t.Errorf("%s is more than a line", name)
			}
		}
	}
}
