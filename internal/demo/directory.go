package demo

import (
	"slices"
	"strings"
)

// oktaID is the id that the directory gave somebody.
func oktaID(login string) string { return "00u" + strings.ReplaceAll(login, ".", "") }

// administrators of the directory, each with a security key.
func administrators() []string { return []string{"priya.raman", "tom.okafor"} }

// directory is Larkspur's Okta organization.
func (w *world) directory() system {
	return system{product: "okta", title: "Okta", fails: w.tokenExpired, lists: map[string]list{"okta.user": w.oktaUsers}}
}

// tokenExpired is the gap of February.
func (w *world) tokenExpired(day int) (call, why string) {
	if day >= gapFrom && day < gapTo {
		return "GET /api/v1/users", "401 Unauthorized: the token expired on 11 February"
	}
	return "", ""
}

func (w *world) oktaUsers(day int) (out []row) {
	people := humans()
	for i := range people {
		if h := &people[i]; day >= h.from {
			out = append(out, row{oktaID(h.login()), w.oktaUser(h, day)})
		}
	}
	return out
}

// oktaUser is somebody's account on a day: who may sign in, and how.
func (w *world) oktaUser(h *human, day int) fields {
	enabled := h.to == 0 || day <= h.to || h.name == lateLeaver && day <= leaverOff
	factor := enabled
	if h.name == "Robin Haas" && day >= haasFrom && day <= haasTo || h.name == "Ben Carter" && day >= octoberLapse && day < octoberFixed {
		factor = false
	}
	admin := slices.Contains(administrators(), h.login())
	made := w.at(h.from, 9, 0)
	f := fields{
		"login": h.email(), "email": h.email(), "name": h.name, "status": "ACTIVE", "enabled": enabled, "created_at": made, "activated_at": made,
		"password_changed_at": made, "provider": "OKTA", "last_used_at": w.at(max(min(day, lastDay(h))/28*28, h.from), 8, 30),
		"factors": factors(factor, admin), "second_factor": factor, "strong_factor": factor, "phishing_resistant": factor && admin,
		"roles": []string{}, "admin": admin, "super_admin": admin,
	}
	if !enabled {
		f["status"] = "DEPROVISIONED"
	}
	if admin {
		f["roles"] = []string{"SUPER_ADMIN"}
	}
	return f
}

// factors of somebody: a telephone, and a key for who administers.
func factors(has, admin bool) (out []any) {
	if !has {
		return []any{}
	}
	out = append(out, map[string]any{"type": "push", "provider": "OKTA", "active": true})
	if admin {
		out = append(out, map[string]any{"type": "webauthn", "provider": "FIDO", "active": true})
	}
	return out
}
