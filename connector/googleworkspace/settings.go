package googleworkspace

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"assay/connector/rest"
)

// told are the settings that are kept, and what of each.
func told() map[string][]string {
	return map[string][]string{
		"security.two_step_verification_enrollment":         {"allowEnrollment"},
		"security.two_step_verification_enforcement":        {"enforcedFrom"},
		"security.two_step_verification_enforcement_factor": {"allowedSignInFactorSet"},
		"security.two_step_verification_device_trust":       {"allowTrustingDevice"},
		"security.two_step_verification_grace_period":       {"enrollmentGracePeriod"},
		"security.password":                                 {"allowedStrength", "minimumLength", "maximumLength", "allowReuse", "enforceRequirementsAtLogin", "expirationDuration"},
		"security.session_controls":                         {"webSessionDuration"},
		"security.super_admin_account_recovery":             {"enableAccountRecovery"},
		"security.user_account_recovery":                    {"enableAccountRecovery"},
		"security.less_secure_apps":                         {"allowLessSecureApps"},
		"security.login_challenges":                         {"enableEmployeeIdChallenge"},
		"api_controls.unconfigured_third_party_apps":        {"accessLevel"},
		"api_controls.internal_apps":                        {"trustInternalApps"},
		"workspace_marketplace.apps_access_options":         {"accessLevel", "allowAllInternalApps"},
		"drive_and_docs.external_sharing":                   {"externalSharingMode", "allowPublishingFiles", "allowNonGoogleInvites", "warnForExternalSharing", "accessCheckerSuggestions"},
		"drive_and_docs.shared_drive_creation":              {"allowExternalUserAccess", "allowNonMemberAccess", "allowSharedDriveCreation"},
		"drive_and_docs.general_access_default":             {"defaultFileAccess"},
		"groups_for_business.groups_sharing":                {"collaborationCapability", "createGroupsAccessLevel", "ownersCanAllowExternalMembers", "ownersCanAllowIncomingMailFromPublic"},
		"gmail.auto_forwarding":                             {"enableAutoForwarding"},
		"gmail.mail_delegation":                             {"enableMailDelegation"},
	}
}

type policy struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Query struct {
		Unit  string  `json:"orgUnit"`
		Group string  `json:"group"`
		Order float64 `json:"sortOrder"`
	} `json:"policyQuery"`
	Setting struct {
		Type  string                     `json:"type"`
		Value map[string]json.RawMessage `json:"value"`
	} `json:"setting"`
}

const alerts = "rule.system_defined_alerts"

// settings reads the policies, and tells what holds for each unit and group.
func (c *collection) settings(ctx context.Context) error {
	units, err := c.units(ctx)
	if err != nil {
		return err
	}
	at := "https://" + policyHost + "/v1/policies?pageSize=100"
	var policies []policy
	err = rest.Pages(ctx, c.api, rest.Call{Name: "GET /v1/policies", URL: at, Scope: scopePolicies}, policyPage(at), func(p *policy) error {
		p.Setting.Type = strings.TrimPrefix(p.Setting.Type, "settings/")
		if _, ok := told()[p.Setting.Type]; ok || p.Setting.Type == alerts {
			policies = append(policies, *p)
		}
		return nil
	})
	if err != nil {
		return c.api.Broke(ctx, "Settings", err, kindSetting, kindAlert)
	}
	slices.SortStableFunc(policies, func(a, b policy) int {
		return cmp.Or(strings.Compare(a.key(), b.key()), cmp.Compare(b.Query.Order, a.Query.Order), strings.Compare(a.Name, b.Name))
	})
	for _, p := range laid(policies) {
		tell := func() error { return c.setting(ctx, p, units) }
		if p.Setting.Type == alerts {
			tell = func() error { return c.alert(ctx, p) }
		}
		if err := tell(); err != nil {
			return err
		}
	}
	c.run.Complete(kindSetting)
	c.run.Complete(kindAlert)
	return nil
}

// laid lays policies for the same over each other; they are sorted. What the
// highest leaves open, the next says.
func laid(policies []policy) (out []*policy) {
	for i := range policies {
		p := &policies[i]
		if len(out) == 0 || out[len(out)-1].key() != p.key() {
			out = append(out, p)
			continue
		}
		above := out[len(out)-1]
		for name, v := range p.Setting.Value {
			if _, ok := above.Setting.Value[name]; !ok && above.Setting.Value != nil {
				above.Setting.Value[name] = v
			}
		}
	}
	return out
}

// policyPage is a page of the Policy API, which names no kind.
func policyPage(at string) rest.Page[policy] {
	return func(a rest.Answer) (list []policy, next string, err error) {
		var page *struct {
			Policies []policy `json:"policies"`
			Next     string   `json:"nextPageToken"`
		}
		if err := json.Unmarshal(a.Body, &page); err != nil || page == nil {
			return nil, "", cmp.Or(err, errNoID)
		}
		if page.Next != "" {
			next = at + "&pageToken=" + url.QueryEscape(page.Next)
		}
		return page.Policies, next, nil
	}
}

func (p *policy) key() string {
	if p.Setting.Type == alerts {
		return p.Setting.Type + "/" + p.Name
	}
	return p.Setting.Type + "/" + p.unit() + "/" + strings.TrimPrefix(p.Query.Group, "groups/")
}

func (p *policy) unit() string { return strings.TrimPrefix(p.Query.Unit, "orgUnits/") }

func (c *collection) setting(ctx context.Context, p *policy, units map[string]string) error {
	s := rest.NewSheet()
	s.Set("setting", p.Setting.Type)
	s.Set("unit_id", p.unit())
	if units == nil {
		s.Lose("unit")
	} else {
		s.Text("unit", units[p.unit()])
	}
	s.Text("group", strings.TrimPrefix(p.Query.Group, "groups/"))
	if p.Type == "ADMIN" || p.Type == "SYSTEM" {
		s.Set("origin", p.Type)
	} else {
		s.Lose("origin")
	}
	value := map[string]any{}
	for _, name := range told()[p.Setting.Type] {
		raw, ok := p.Setting.Value[name]
		if !ok {
			continue
		}
		var text string
		if json.Unmarshal(raw, &text) != nil { // a number, a bool
			text = string(raw)
		}
		value[name] = text
	}
	s.Set("value", value)
	if err := c.api.Put(ctx, kindSetting, strings.TrimSuffix(p.key(), "/"), s); err != nil {
		return rest.Ours(ctx, err)
	}
	return nil
}

func (c *collection) alert(ctx context.Context, p *policy) error {
	var v struct {
		Name   string `json:"displayName"`
		State  string `json:"state"`
		Action struct {
			Center struct {
				Recipients []struct {
					Supers bool `json:"allSuperAdmins"`
				} `json:"recipients"`
				Config struct {
					Severity string `json:"severity"`
				} `json:"alertCenterConfig"`
			} `json:"alertCenterAction"`
		} `json:"action"`
	}
	s := rest.NewSheet()
	raw, err := json.Marshal(p.Setting.Value)
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		return c.api.Broke(ctx, "An alert rule", c.api.Malformed("GET /v1/policies", err), kindAlert)
	}
	s.Set("name", v.Name)
	s.Set("active", v.State == "ACTIVE")
	supers, others := false, 0
	for _, r := range v.Action.Center.Recipients {
		supers = supers || r.Supers
		if !r.Supers {
			others++
		}
	}
	s.Set("super_admins", supers)
	s.Set("recipients", others)
	s.Text("severity", v.Action.Center.Config.Severity)
	if err := c.api.Put(ctx, kindAlert, strings.TrimPrefix(p.Name, "policies/"), s); err != nil {
		return rest.Ours(ctx, err)
	}
	return nil
}

// units are the paths of organizational units by id; nil when they could not be
// read.
func (c *collection) units(ctx context.Context) (map[string]string, error) {
	type unit struct {
		ID   string `json:"orgUnitId"`
		Path string `json:"orgUnitPath"`
	}
	out := map[string]string{}
	at := directory("/customer/my_customer/orgunits", url.Values{"type": {"ALL_INCLUDING_PARENT"}})
	err := rest.Pages(ctx, c.api, rest.Call{Name: "GET /admin/directory/v1/customer/{id}/orgunits", URL: at, Scope: scopeUnits},
		paged[unit](at, "admin#directory#orgUnits", "organizationUnits"), func(u *unit) error {
			out[strings.TrimPrefix(u.ID, "id:")] = u.Path
			return nil
		})
	if err == nil {
		return maps.Clone(out), nil
	}
	c.run.Note(kindSetting, "Paths of units could not be read: "+rest.Sentence(err))
	return nil, rest.Ours(ctx, err)
}
