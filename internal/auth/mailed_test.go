package auth_test

import (
	"fmt"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
)

// asked counts the jobs that wait to send a link.
func (h *house) asked(who access.Actor) (n int) {
	h.t.Helper()
	g, err := access.Console(who.Org).May(access.TrailRead)
	h.must(err)
	h.must(h.auth.DB.Read(h.t.Context(), g, func(tx *db.Tx) error {
		list, err := job.Recent(tx, 100)
		for i := range list {
			if list[i].Name == auth.JobMailLink {
				n++
			}
		}
		return err
	}))
	return n
}

// A link from a mail opens a session once, for what concerns the person alone.
func TestALinkByMail(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		who := h.join(lead, "owen@larkspur.example", access.RoleOwner)
		h.want(fault.Invalid, h.auth.AskLink(ctx, "no address", here))
		h.must(h.auth.AskLink(ctx, "nobody@larkspur.example", here))
		if n := h.asked(who); n != 0 {
			h.t.Errorf("%d links for nobody", n)
		}
		h.must(h.auth.AskLink(ctx, "Owen@Larkspur.example", here))
		if n := h.asked(who); n != 1 || h.actions(who)["session.ask"] != 1 {
			h.t.Errorf("%d links are on their way, %d in the trail", n, h.actions(who)["session.ask"])
		}
		link := func() string {
			h.t.Helper()
			l, err := h.auth.NewMailLink(ctx, who.Org, who.ID)
			h.must(err)
			if l.Secret == "" || l.Refuse != "" || l.User.ID != who.ID {
				h.t.Fatalf("%+v", l)
			}
			return l.Secret
		}
		gone := func(secret string) {
			h.t.Helper()
			_, err := h.auth.MailLinkUser(ctx, secret)
			h.want(fault.NotFound, err)
			_, err = h.auth.UseMailLink(ctx, secret, here, "")
			h.want(fault.NotFound, err)
		}
		old := link()
		late := link()
		gone(old) // a newer one was sent
		h.hand.Add(auth.MailLinkLimit)
		gone(late)
		gone("")
		secret := link()
		u, err := h.auth.MailLinkUser(ctx, secret)
		h.must(err)
		if u.Email != "owen@larkspur.example" {
			h.t.Error(u.Email)
		}
		_, err = h.auth.UseReset(ctx, secret, goodPassword, here) // it sets no password
		h.want(fault.NotFound, err)
		o, err := h.auth.UseMailLink(ctx, secret, here, "")
		h.must(err)
		gone(secret)
		in := h.actor(o.Token)
		for p, want := range map[access.Permission]bool{
			access.PolicyAccept: true, access.TrainingTake: true, access.OrgRead: true,
			access.SelfEdit: false, access.TokenEdit: false, access.ControlRead: false, access.EvidenceRead: false, access.TaskRead: false,
		} {
			if _, err := in.May(p); in.Can(p) != want || (err == nil) != want {
				h.t.Errorf("%s by a link: %v, want %t", p, err, want)
			}
		}
		_, err = h.auth.Prove(ctx, in, auth.Proof{Password: goodPassword}, here) // it does not grow
		h.want(fault.Forbidden, err)
		_, err = h.auth.ChangePassword(ctx, in, goodPassword, "another good password here", here)
		h.want(fault.Forbidden, err)
		_, _, err = h.auth.AddToken(ctx, in, auth.NewToken{Name: "x"})
		h.want(fault.Forbidden, err)
	})
}

// Whoever has to show more than their mail gets no link, and hears why.
func TestALinkPassesNothingBy(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		who := h.join(lead, "owen@larkspur.example", access.RoleOwner)
		l, err := h.auth.NewMailLink(ctx, who.Org, who.ID)
		h.must(err)
		o, err := h.auth.UseMailLink(ctx, l.Secret, here, "")
		h.must(err)
		app, _ := h.setUp(lead)
		h.hand.Add(30 * time.Second)
		if l, err = h.auth.NewMailLink(ctx, lead.Org, lead.ID); err != nil || l.Secret != "" || l.Refuse == "" {
			h.t.Errorf("a link passes a second factor by: %+v %v", l, err)
		}
		in, err := h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		in, err = h.second(in.Pending, app.code())
		h.must(err)
		h.must(h.auth.SetPolicy(ctx, h.actor(in.Token), auth.Policy{Second: auth.SecondFactor}))
		if l, err = h.auth.NewMailLink(ctx, who.Org, who.ID); err != nil || l.Secret != "" || l.Refuse == "" {
			h.t.Errorf("a link passes the organization's rule by: %+v %v", l, err)
		}
		if mailed := h.actor(o.Token); mailed.Can(access.PolicyAccept) {
			h.t.Error("a link from before the rule still opens something")
		}
		_, err = h.auth.NewMailLink(ctx, who.Org, "usr_none")
		h.want(fault.NotFound, err)
	})
}

// Mail is not sent to anybody without end, nor does asking tell who is known.
func TestLinksAreThrottled(t *testing.T) {
	each(t, func(h *house) {
		lead := h.found()
		h.join(lead, "owen@larkspur.example", access.RoleOwner)
		for _, address := range []string{"owen@larkspur.example", "nobody@larkspur.example"} {
			n := 0
			for i := range 20 {
				err := h.auth.AskLink(h.t.Context(), address, auth.From{Address: fmt.Sprintf("192.0.2.%d", i)})
				if fault.Is(err, fault.Busy) {
					break
				}
				h.must(err)
				n++
			}
			if n != 5 {
				h.t.Errorf("%s: %d asked in a second, want 5", address, n)
			}
		}
	})
}
