package projection_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/projection"
	"assay/internal/trail"
)

func compare(t *testing.T, h *exporttest.House, s projection.Span) *projection.Found {
	t.Helper()
	g, err := access.Job(h.Org.ID, "test").May(access.LogRead)
	if err != nil {
		t.Fatal(err)
	}
	var f *projection.Found
	if err := h.DB.Read(t.Context(), g, func(tx *db.Tx) error {
		f, err = projection.Compare(tx, s)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return f
}

func all(h *exporttest.House) projection.Span { return projection.Span{To: h.Sign().Size} }

func TestWhatWasWrittenAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := exporttest.New(t, d, hand, "test.invalid")
		o := h.Outside()
		policies(t, h)
		o.Days(9) // the next day breaks off a batch that has no row
		f := compare(t, h, all(h))
		for i := range f.Differences {
			t.Error(f.Differences[i].String())
		}
		if f.Rows < 200 || f.Err() != nil {
			t.Errorf("%d rows, %v", f.Rows, f.Err())
		}
		size, n := h.Sign().Size, int64(0)
		for i := range int64(7) { // a part each night
			part := compare(t, h, projection.Span{From: size * i / 7, To: size * (i + 1) / 7})
			if part.Err() != nil {
				t.Error(part.Err())
			}
			n += part.Rows
		}
		if n < f.Rows {
			t.Errorf("%d rows by part, %d at once", n, f.Rows)
		}
	})
}

// edits are what somebody does who writes the database at will: for every table
// that an entry tells of, at least a value and a row.
var edits = map[string][]string{
	"trail_entry": {
		`UPDATE trail_entry SET name = 'Somebody else' WHERE id = (SELECT min(id) FROM trail_entry)`, `UPDATE trail_entry SET at = at - 86400000`,
		`UPDATE trail_entry SET actor = 'usr_z'`, `UPDATE trail_entry SET detail = '{"x":"y"}'`, `DELETE FROM trail_entry WHERE id = (SELECT min(id) FROM trail_entry)`,
		`UPDATE trail_entry SET id = id || 'x'`, `UPDATE trail_entry SET label = 'x'`, `UPDATE trail_entry SET action = 'x'`,
		`UPDATE trail_entry SET name = 'x' WHERE erased <> ''`, `UPDATE trail_entry SET label = 'x' WHERE erased <> ''`, `UPDATE trail_entry SET erased = '' WHERE erased <> ''`, `UPDATE trail_entry SET action = 'x' WHERE erased <> ''`,
		`UPDATE trail_entry SET erased = 'lf_x' WHERE id = (SELECT min(id) FROM trail_entry WHERE erased = '')`, `UPDATE trail_entry SET erased = (SELECT max(erased) FROM trail_entry), name = '', address = '' WHERE id = (SELECT min(id) FROM trail_entry WHERE erased = '')`,
	},
	"fact_kind":       {`UPDATE fact_kind SET schema = schema || ' '`, `DELETE FROM fact_kind`},
	"fact_collection": {`UPDATE fact_collection SET finished_at = finished_at - 1000 WHERE seq = 2`, `UPDATE fact_collection SET items = items - 1 WHERE seq = 2`, `UPDATE fact_collection SET connector = 'x'`, `DELETE FROM fact_collection WHERE seq = 1`, `UPDATE fact_collection SET manifest = manifest_salt WHERE seq = 2`, `UPDATE fact_collection SET leaf = 'lf_x' WHERE seq = 2`},
	"fact_listing":    {`UPDATE fact_listing SET complete = NOT complete`, `UPDATE fact_listing SET items = items + 1 WHERE covers_to = 0`, `DELETE FROM fact_listing WHERE seq = 1`},
	"fact_version":    {`UPDATE fact_version SET bytes = salt WHERE content = (SELECT min(content) FROM fact_version)`, `UPDATE fact_version SET native_id = 'x' WHERE content = (SELECT min(content) FROM fact_version)`, `UPDATE fact_version SET salt = hash WHERE content = (SELECT min(content) FROM fact_version)`},
	"fact_span":       {`DELETE FROM fact_span WHERE content = (SELECT min(content) FROM fact_span WHERE connection = 'con_a' AND to_seq = (SELECT max(to_seq) FROM fact_span))`, `UPDATE fact_span SET to_seq = from_seq`},
	"check_definition": {
		`UPDATE check_definition SET vals = '{"idle":"400d"}' WHERE check_id = 'test.account.used' AND leaf <> ''`, `UPDATE check_definition SET canonical = canonical || canonical`,
		`UPDATE check_definition SET effective_at = effective_at - 1000 WHERE leaf <> ''`, `DELETE FROM check_definition WHERE leaf <> ''`,
	},
	"check_batch": {`UPDATE check_batch SET checks = '[]'`, `DELETE FROM check_batch`},
	"check_run": {
		`UPDATE check_run SET status = 'pass', failed = 0`, `UPDATE check_run SET at = at - 1000`, `UPDATE check_run SET passed = passed + 1`, `UPDATE check_run SET inputs = '[]'`,
		`DELETE FROM check_run WHERE id = (SELECT min(id) FROM check_run)`, `UPDATE check_run SET reason = 'stale'`, `UPDATE check_run SET leaf = leaf || 'x'`,
	},
	"check_result": {
		`UPDATE check_result SET status = 'excluded' WHERE run_out = '' AND status = 'fail'`, `DELETE FROM check_result WHERE run_out = ''`,
		`UPDATE check_result SET since = since + 1000`, `UPDATE check_result SET run_in = run_in || 'x'`, `UPDATE check_result SET until = until - 1 WHERE run_out <> ''`,
	},
	"check_exclusion": {
		`UPDATE check_exclusion SET reason = 'Another reason.'`, `UPDATE check_exclusion SET until_at = until_at + 86400000 WHERE state = 'approved'`,
		`UPDATE check_exclusion SET native_id = 'x'`, `DELETE FROM check_exclusion`, `UPDATE check_exclusion SET state = 'asked'`,
	},
	"evidence_item": {
		`UPDATE evidence_item SET title = 'x'`, `UPDATE evidence_item SET covers_from = '2025-01-01'`, `UPDATE evidence_item SET at = at - 86400000`, `UPDATE evidence_item SET blob = 'x' WHERE blob <> ''`,
		`UPDATE evidence_item SET size = size + 1 WHERE blob <> ''`, `DELETE FROM evidence_item WHERE id = (SELECT min(id) FROM evidence_item)`, `UPDATE evidence_item SET by_name = 'x'`,
	},
	"anchor_stamp":       {`UPDATE anchor_stamp SET token = leaf`, `UPDATE anchor_stamp SET at = at - 1000`, `DELETE FROM anchor_stamp`, `UPDATE anchor_stamp SET authority = 'x'`},
	"anchor_cosignature": {`UPDATE anchor_cosignature SET line = 'x'`, `UPDATE anchor_cosignature SET at = at - 1000`, `DELETE FROM anchor_cosignature`},

	"policy_policy": {`UPDATE policy_policy SET retired_on = '' WHERE id = 'POL-02'`, `UPDATE policy_policy SET retired_on = '2026-01-01' WHERE id = 'POL-01'`, `DELETE FROM policy_policy WHERE id = 'POL-01'`},
	"policy_version": {
		`UPDATE policy_version SET body = body || 'x' WHERE number = 1`, `UPDATE policy_version SET salt = leaf WHERE number = 1`, `UPDATE policy_version SET approved_at = approved_at - 86400000 WHERE leaf <> ''`,
		`UPDATE policy_version SET approver = 'usr_z' WHERE leaf <> ''`, `UPDATE policy_version SET effective_on = '2025-01-01' WHERE leaf <> ''`, `UPDATE policy_version SET author = 'usr_z' WHERE leaf <> ''`,
		`UPDATE policy_version SET ask = NOT ask WHERE leaf <> ''`, `UPDATE policy_version SET withdrawn_at = 0 WHERE leaf <> ''`, `UPDATE policy_version SET withdrawn_at = 1 WHERE number = 1`, `DELETE FROM policy_version WHERE number = 1`,
		`UPDATE policy_version SET approver = 'usr_z', approved_at = 1, effective_on = '2026-01-01' WHERE leaf = ''`, `UPDATE policy_version SET leaf = 'lf_x' WHERE leaf = ''`,
	},
	"policy_review":     {`UPDATE policy_review SET on_day = '2027-01-01'`, `UPDATE policy_review SET by_id = 'usr_z'`, `UPDATE policy_review SET at = at - 1000`, `DELETE FROM policy_review`},
	"policy_acceptance": {`UPDATE policy_acceptance SET person = 'per_z'`, `UPDATE policy_acceptance SET at = at - 1000`, `UPDATE policy_acceptance SET version = 2`, `DELETE FROM policy_acceptance`, `INSERT INTO policy_acceptance (org_id, id, policy, version, person, user_id, at, leaf) VALUES ($1, 'x', 'POL-01', 1, 'per_z', 'usr_z', 0, 'lf_x')`},

	// Tables of nouns that the history of these tests does not have: rows without
	// an entry.
	"backup_run":           {`INSERT INTO backup_run (org_id, id, kind, backup, at, ended_at, place, sha256, bytes, objects, size, root, ok, problem, leaf) VALUES ($1, 'x', 'test', 'x', 0, 0, 'x', 'x', 1, 1, 1, 'x', true, '', 'lf_x')`},
	"register_snapshot":    {`INSERT INTO register_snapshot (org_id, noun, id, version, of_noun, records, body, at, salt, leaf) VALUES ($1, 'review', 'x', 1, 'asset', 1, '[]', 0, 'x', 'lf_x')`},
	"population_capture":   {`INSERT INTO population_capture (org_id, id, number, at, items, root, body, salt, leaf) VALUES ($1, 'PO-01', 1, 0, 0, 'x', '{}', 'x', 'lf_x')`},
	"program_program":      {`INSERT INTO program_program (org_id, id, name, slug, type, categories, from_on, to_on, state, is_current, created_at) VALUES ($1, 'p', 'x', 'x', 'type2', '["security"]', '2026-01-01', '2026-12-31', 'open', true, 0)`},
	"program_omission":     {`INSERT INTO program_omission (org_id, program, criterion, reason, asked_by, asked_at, approved_by, decided_at) VALUES ($1, 'p', 'CC6.4', 'x', 'a', 0, 'b', 0)`},
	"control_version":      {`INSERT INTO control_version (org_id, control, number, effective_on, retired, body, salt, author, created_at, leaf) VALUES ($1, 'X-01', 1, '2026-01-01', false, '{}', 'x', 'a', 0, 'lf_x')`},
	"activity_performance": {`INSERT INTO activity_performance (org_id, id, control, lane, due_on, performed_at, recorded_at, by_actor, by_name, note, evidence, salt, leaf) VALUES ($1, 'x', 'X-01', 'l', '2026-01-01', 0, 0, 'a', 'a', 'x', '[]', 'x', 'lf_x')`},
	"collect_connection":   {`INSERT INTO collect_connection (org_id, id, product, name, settings, every_s, state, created_at, created_by) VALUES ($1, 'con_a', 'other', 'x', '{}', 1, 'enabled', 0, 'a')`, `INSERT INTO collect_connection (org_id, id, product, name, settings, every_s, state, created_at, created_by) VALUES ($1, 'con_a', 'test', 'x', '{}', 1, 'paused', 0, 'a')`},
}

func TestEditedRowsAreFound(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	o := h.Outside()
	policies(t, h)
	o.Days(9)
	h.Write(func(tx *db.Tx) error {
		n, err := trail.Erase(tx, &trail.Subject{ID: "usr_b", Names: []string{"Name of usr_b"}}, trail.OnRequest)
		if n == 0 && err == nil {
			t.Error("nothing was erased")
		}
		return err
	})
	span := all(h)
	if err := compare(t, h, span).Err(); err != nil {
		t.Fatal(err)
	}
	g, err := access.Job(h.Org.ID, "test").May(access.LogRead)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range slices.Sorted(maps.Keys(edits)) {
		for _, edit := range edits[table] {
			undone := fault.New(fault.Conflict, "undone")
			err := d.Write(t.Context(), g, func(tx *db.Tx) error {
				var args []any
				if strings.Contains(edit, "$1") {
					args = append(args, tx.Org())
				}
				n, err := tx.Exec(edit, args...)
				if err != nil || n == 0 {
					t.Errorf("%s: %d rows, %v", edit, n, err)
					return undone
				}
				f, err := projection.Compare(tx, span)
				if err != nil {
					t.Errorf("%s: %v", edit, err)
					return undone
				}
				if !fault.Is(f.Err(), fault.Tampered) {
					t.Errorf("not found: %s", edit)
				} else {
					t.Logf("%s\n%s", edit, f.Differences[0].String())
				}
				if _, err := ledger.Verify(tx); err != nil {
					t.Errorf("%s: the log itself is whole: %v", edit, err)
				}
				return undone
			})
			if !fault.Is(err, fault.Conflict) {
				t.Fatal(err)
			}
		}
	}
}

// others are the tables of which no entry tells, and why.
var others = map[string]string{
	"org_org": "settings of the organization; each change is in the trail", "org_setting": "of this installation",
	"keys_org": "keys: a wrong one opens nothing and signs nothing that verifies", "keys_master": "the same",
	"ledger_head": "ledger.Verify", "ledger_leaf": "ledger.Verify", "ledger_stream": "the ends of streams: a wrong one makes an entry that ledger.Verify refuses",
	"ledger_node": "made of the entries: a wrong one makes proofs that do not hold", "ledger_pending": "entries that wait for their place", "ledger_checkpoint": "signed",
	"job_queue": "work to be done", "job_schedule": "work to be done",
	"control_control": "which controls there are: their versions are compared", "control_standing": "made of results and activities at any time", "control_summary": "made of results and activities at any time", "control_build": "how far that is",
	"auth_user": "each change is in the trail", "auth_member": "each change is in the trail", "auth_session": "who is signed in", "auth_throttle": "refused attempts", "auth_refusal": "refused attempts",
	"auth_invitation": "each change is in the trail", "sso_assertion": "answers of identity providers that were used", "portfolio_offer": "each change is in the trail", "siem_destination": "each change is in the trail", "federation_trust": "each change is in the trail", "federation_use": "what jobs showed once; each exchange is in the trail", "personal_rule": "each change is in the trail", "portfolio_client": "published by the client, whose figures are its own", "portfolio_consent": "each change is in the trail", "auth_link": "each change is in the trail", "auth_token": "each change is in the trail", "device_ask": "programs that wait for an answer; each answer is in the trail",
	"scim_user": "each change is in the trail", "scim_group": "each change is in the trail", "scim_member": "each change is in the trail",
	"sso_domain": "each change is in the trail", "sso_issuer": "each change is in the trail", "sso_subject": "each binding is in the trail", "sso_used": "assertions that hold once",
	"notice_message": "what was written to people; nothing stands on it", "notice_told": "which of it was said", "notice_wish": "each change is in the trail",
	"auth_role": "each change is in the trail", "auth_policy": "each change is in the trail", "auth_device": "from where somebody signed in before", "factor_totp": "what a user has: each change is in the trail", "factor_code": "what a user has: each change is in the trail",
	"factor_passkey": "what a user has: each change is in the trail", "factor_used": "answers that hold once",
	"person_person": "a register: collected like a connection, and compared there", "evidence_control": "made of evidence_item", "task_task": "reminders", "task_snooze": "reminders",
	"api_idempotency": "answers that were given", "collect_kind": "made of what is declared", "collect_message": "waits to be collected", "draft_entry": "what is not decided", "licensed_copy": "a text of others",
	"fact_position": "how far a listing that was cut off had come: a wrong one is not believed (see internal/fact)",
	"anchor_try":    "when others were asked",
	"backup_turn":   "whose turn it is to copy", "backup_mirror": "how far the mirror is", "backup_hold": "of the installation: what waits to be accepted",
	"register_row": "registers: each change is in the trail, and those that are facts are collected like a connection, and compared there", "register_version": "the same",
	"register_key": "made of register_row", "register_counter": "the last number that was given", "register_setting": "settings; each change is in the trail",
	"policy_setting":   "answers to the library's questions: the texts that they went into are compared",
	"review_item":      "what was signed is frozen with the register's snapshot, and compared there; until then each batch of decisions is in the trail by its SHA-256",
	"review_decision":  "each batch of decisions is in the trail by its SHA-256",
	"sheet_row":        "what was signed is frozen with the register's snapshot, and compared there; what a sheet began with is in the trail by its SHA-256",
	"sheet_cell":       "what was signed is frozen with the register's snapshot, and compared there; until then each batch of marks is in the trail by its SHA-256",
	"sheet_mark":       "each batch of marks is in the trail by its SHA-256",
	"training_attempt": "each attempt is in the trail with how many answers were right; what it completes is a record of a register",
	"account_match":    "a register: collected like a connection, and compared there; each change is in the trail",
}

// TestEveryTable holds that every table is compared and has edits that are found,
// or has a reason.
func TestEveryTable(t *testing.T) {
	files, err := filepath.Glob("../db/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	created := regexp.MustCompile(`(?i)CREATE TABLE (\w+)`)
	dropped := regexp.MustCompile(`(?i)DROP TABLE (?:IF EXISTS )?(\w+)`)
	tables := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range created.FindAllStringSubmatch(string(b), -1) {
			tables[m[1]] = true
		}
		for _, m := range dropped.FindAllStringSubmatch(string(b), -1) {
			delete(tables, m[1])
		}
	}
	compared := projection.Tables()
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		is := slices.Contains(compared, table)
		switch reason := others[table]; {
		case is == (reason != ""):
			t.Errorf("%s: compare it with the entries that tell of it, or say here why not", table)
		case is && len(edits[table]) == 0:
			t.Errorf("%s: no edit of it is tried", table)
		}
	}
}
