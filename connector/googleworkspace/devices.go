package googleworkspace

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/connector/rest"
)

type mobile struct {
	ID          string     `json:"resourceId"`
	Model       string     `json:"model"`
	Type        string     `json:"type"`
	OS          string     `json:"os"`
	Status      string     `json:"status"`
	Users       []string   `json:"email"`
	Encryption  string     `json:"encryptionStatus"`
	Password    string     `json:"devicePasswordStatus"`
	Compromised string     `json:"deviceCompromisedStatus"`
	Debugging   *bool      `json:"adbStatus"`
	First       *time.Time `json:"firstSync"`
	Last        *time.Time `json:"lastSync"`
}

const mobileFields = "kind,nextPageToken,mobiledevices(resourceId,model,type,os,status,email,encryptionStatus,devicePasswordStatus," +
	"deviceCompromisedStatus,adbStatus,firstSync,lastSync)"

// mobiles reads the telephones and tablets that fetch the organization's data.
func (c *collection) mobiles(ctx context.Context) error {
	seen := map[string]bool{}
	at := directory("/customer/my_customer/devices/mobile", url.Values{"fields": {mobileFields}, "maxResults": {"100"}, "projection": {"FULL"}})
	k := rest.Call{Name: "GET /admin/directory/v1/customer/{id}/devices/mobile", URL: at, Scope: scopeMobile}
	err := rest.Pages(ctx, c.api, k, paged[mobile](at, "admin#directory#mobiledevices", "mobiledevices"), func(d *mobile) error {
		if seen[d.ID] {
			return nil
		}
		seen[d.ID] = true
		s := rest.NewSheet()
		s.Set("model", d.Model)
		s.Set("type", d.Type)
		s.Text("os", d.OS)
		s.Set("status", d.Status)
		s.Set("approved", d.Status == "APPROVED")
		if len(d.Users) > 0 {
			slices.Sort(d.Users)
			s.Set("users", d.Users)
		}
		says(s, "encrypted", d.Encryption, []string{"encrypted"}, []string{"not encrypted", "unencrypted"})
		says(s, "password_on", d.Password, []string{"on"}, []string{"off"})
		says(s, "compromised", d.Compromised, []string{"compromised", "compromise detected"}, []string{"no compromise detected", "undetected"})
		rest.May(s, "debugging", d.Debugging)
		rest.May(s, "first_seen_at", d.First)
		rest.May(s, "last_used_at", d.Last)
		return c.api.Put(ctx, kindMobile, d.ID, s)
	})
	if err != nil {
		return c.api.Broke(ctx, "Mobile devices", err, kindMobile)
	}
	c.run.Complete(kindMobile)
	return nil
}

// says sets a field from Google's words for yes and no. Others, such as "Not
// supported", leave it absent.
func says(s *rest.Sheet, field, text string, yes, no []string) {
	switch text = strings.ToLower(strings.TrimSpace(text)); {
	case slices.Contains(yes, text):
		s.Set(field, true)
	case slices.Contains(no, text):
		s.Set(field, false)
	}
}

type chrome struct {
	ID     string     `json:"deviceId"`
	Model  string     `json:"model"`
	Status string     `json:"status"`
	User   string     `json:"annotatedUser"`
	OS     string     `json:"osVersion"`
	Boot   string     `json:"bootMode"`
	Last   *time.Time `json:"lastSync"`
}

// chromes reads the managed ChromeOS devices.
func (c *collection) chromes(ctx context.Context) error {
	seen := map[string]bool{}
	at := directory("/customer/my_customer/devices/chromeos", url.Values{
		"fields": {"kind,nextPageToken,chromeosdevices(deviceId,model,status,annotatedUser,osVersion,bootMode,lastSync)"}, "maxResults": {"200"}, "projection": {"FULL"},
	})
	k := rest.Call{Name: "GET /admin/directory/v1/customer/{id}/devices/chromeos", URL: at, Scope: scopeChrome}
	err := rest.Pages(ctx, c.api, k, paged[chrome](at, "admin#directory#chromeosdevices", "chromeosdevices"), func(d *chrome) error {
		if seen[d.ID] {
			return nil
		}
		seen[d.ID] = true
		s := rest.NewSheet()
		s.Set("model", d.Model)
		s.Set("status", d.Status)
		s.Set("active", d.Status == "ACTIVE")
		s.Text("user", strings.ToLower(d.User))
		s.Text("os_version", d.OS)
		says(s, "developer_mode", d.Boot, []string{"dev"}, []string{"verified"})
		rest.May(s, "last_used_at", d.Last)
		return c.api.Put(ctx, kindChrome, d.ID, s)
	})
	if err != nil {
		return c.api.Broke(ctx, "ChromeOS devices", err, kindChrome)
	}
	c.run.Complete(kindChrome)
	return nil
}
