package member_test

import (
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/member"
)

func TestPeopleAreInvitedFromAFile(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		carl := h.user(h.client, "Carl", access.RoleLead)
		file := "Name;E-mail\n"
		_, err := member.Invite(ctx, h.auth, carl, []byte(file), false)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), `"email"`) {
			t.Errorf("%v", err)
		}
		soon := h.hand.Now().Add(72 * time.Hour).Format(time.DateOnly)
		file = "\xef\xbb\xbfname,email,role,until,Team\r\n" +
			"Ada,ada@cove.example,Viewer," + soon + ",x\r\n" +
			"Bo,bo@cove.example,king,,x\r\n" + // no role
			"Carl,carl@cove.example,viewer,,x\r\n" + // is a member
			"Ada again,ADA@cove.example,owner,,x\r\n" + // twice
			"Dan,,viewer,,x\r\n" +
			"Eve,eve@cove.example,viewer,2001-01-01,x\r\n" + // gone before they come
			"Fay,fay@cove.example,viewer,soon,x\r\n" +
			",gus@cove.example,viewer,,x\r\n" + // no name
			"Hal,hal@cove.example,owner,,x\r\n"
		want := []member.Outcome{member.Invited, member.Refused, member.Known, member.Refused, member.Refused, member.Refused, member.Refused, member.Refused, member.Invited}
		check := func(res *member.Result, err error, want []member.Outcome, links int) *member.Result {
			t.Helper()
			h.must(err)
			made := map[string]bool{}
			for i, r := range res.Rows {
				if r.Outcome != want[i] || r.Line != i+2 || (r.Outcome == member.Invited) != (r.Why == "") {
					t.Errorf("row %d: %+v, want %s", i, r, want[i])
				}
				if r.Secret != "" {
					made[r.Secret] = true
				}
			}
			if len(made) != links || strings.Join(res.Ignored, " ") != "Team" {
				t.Errorf("%d links, want %d; ignored %q", len(made), links, res.Ignored)
			}
			return res
		}
		open := func() (n int) {
			list, err := h.auth.Invitations(ctx, carl)
			h.must(err)
			return len(list)
		}
		res, err := member.Invite(ctx, h.auth, carl, []byte(file), false)
		check(res, err, want, 0)
		if open() != 0 {
			t.Error("a look invited somebody")
		}
		res, err = member.Invite(ctx, h.auth, carl, []byte(file), true)
		res = check(res, err, want, 2)
		if open() != 2 {
			t.Errorf("%d invitations", open())
		}
		v, err := h.auth.Invited(ctx, res.Rows[0].Secret)
		h.must(err)
		if v.Email != "ada@cove.example" || v.Role != access.RoleViewer || v.Until.Format(time.DateOnly) != soon {
			t.Errorf("%+v", v.Invitation)
		}
		want[0], want[8] = member.Known, member.Known
		res, err = member.Invite(ctx, h.auth, carl, []byte(file), true) // the same file again
		check(res, err, want, 0)
	})
}

// Nobody invites by a file whom they could not invite one by one.
func TestAFileInvitesNoFurtherThanItsReader(t *testing.T) {
	each(t, func(h *house) {
		file := []byte("name,email,role\nAda,ada@x.example,lead\n")
		owner := h.user(h.client, "Olga", access.RoleOwner)
		if _, err := member.Invite(h.Context(), h.auth, owner, file, true); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an owner: %v", err)
		}
		carl := h.user(h.client, "Carl", access.RoleLead)
		for name, bad := range map[string][]byte{
			"nothing": nil, "no text": {0xff, 0xfe, 'a'}, "too long": []byte(strings.Repeat("a", member.MostFile+1)), "too many": []byte("name,email,role\n" + strings.Repeat("a,a@x.example,viewer\n", 1001)),
			"twice a column": []byte("name,email,role,Email\na,a@x.example,viewer,b\n"),
		} {
			if _, err := member.Invite(h.Context(), h.auth, carl, bad, true); err == nil || fault.Of(err) == fault.Internal {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := h.auth.Invitations(h.Context(), carl); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
	})
}
