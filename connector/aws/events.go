package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"assay/connector"
)

// record is an event as CloudTrail writes it, as far as it is read.
type record struct {
	ID       string    `json:"eventID"`
	At       time.Time `json:"eventTime"`
	Name     string    `json:"eventName"`
	Source   string    `json:"eventSource"`
	Region   string    `json:"awsRegion"`
	Account  string    `json:"recipientAccountId"`
	Error    string    `json:"errorCode"`
	Address  string    `json:"sourceIPAddress"`
	ReadOnly *bool     `json:"readOnly"`
	Category string    `json:"eventCategory"`
	Manages  *bool     `json:"managementEvent"`
	Who      struct {
		Type      string `json:"type"`
		ARN       string `json:"arn"`
		Principal string `json:"principalId"`
		Account   string `json:"accountId"`
		Session   struct {
			Attributes struct {
				MFA string `json:"mfaAuthenticated"`
			} `json:"attributes"`
		} `json:"sessionContext"`
	} `json:"userIdentity"`
	Parameters loose `json:"requestParameters"`
	Response   loose `json:"responseElements"`
	More       loose `json:"additionalEventData"`
}

// loose is an object whose members each service chooses. What is no object has
// none.
type loose map[string]json.RawMessage

// UnmarshalJSON is json.Unmarshaler's.
func (l *loose) UnmarshalJSON(b []byte) error {
	var m map[string]json.RawMessage
	if json.Unmarshal(b, &m) == nil {
		*l = m
	}
	return nil
}

// targets are the parameters that name what a request is about, the first that
// is there. None of them names a person.
var targets = []string{"trailName", "name", "bucketName", "groupId", "roleName", "policyArn", "keyId", "dBInstanceIdentifier", "detectorId", "configurationRecorderName"}

func (r *record) target() string {
	for _, name := range targets {
		if text := r.parameter(name); text != "" {
			return text
		}
	}
	return ""
}

// parameter is what the request said of name, if that is a text.
func (r *record) parameter(name string) string {
	var text string
	if raw, ok := r.Parameters[name]; ok && json.Unmarshal(raw, &text) == nil {
		return clip(text)
	}
	return ""
}

// logBucket is where a trail was told to write. A trail that is gone since is in
// no listing; that its bucket held logs, only this tells.
func (r *record) logBucket() string {
	if r.Name != "CreateTrail" && r.Name != "UpdateTrail" {
		return ""
	}
	return r.parameter("s3BucketName")
}

// failed is why the request was refused or failed. Signing in says so elsewhere.
func (r *record) failed() string {
	var said string
	if raw, ok := r.Response["ConsoleLogin"]; ok && r.Error == "" && json.Unmarshal(raw, &said) == nil && said == "Failure" {
		return "Failure"
	}
	return r.Error
}

// mfa is whether a second factor was given, where that is said.
func (r *record) mfa() *bool {
	var said string
	if raw, ok := r.More["MFAUsed"]; ok && json.Unmarshal(raw, &said) == nil {
		return new(said == "Yes")
	}
	switch r.Who.Session.Attributes.MFA {
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	return nil
}

// tell tells of an event that changed something, or tried to, within the period.
func (c *collection) tell(ctx context.Context, r *record) error {
	switch {
	case r.ReadOnly != nil && *r.ReadOnly, r.Category != "" && r.Category != "Management", r.Manages != nil && !*r.Manages:
		return nil
	case r.At.Before(c.env.Period.From) || !r.At.Before(c.env.Period.To):
		c.outside++
		return nil
	}
	s := newSheet()
	s.set("at", r.At)
	s.set("name", r.Name)
	s.set("source", r.Source)
	account := r.Account
	if account == "" {
		account = r.Who.Account
	}
	s.word("account", account)
	s.word("region", r.Region)
	failed := r.failed()
	s.set("ok", failed == "")
	s.text("error", failed)
	by := r.Who.Type
	if by == "" {
		by = "Unknown"
	}
	s.set("by", by)
	if who := r.Who.ARN; who != "" {
		s.set("actor", who)
		s.set("actor_key", c.env.Pseudonym("aws.principal", who))
	}
	s.text("address", r.Address)
	may(s, "mfa", r.mfa())
	s.text("target", r.target())
	s.text("log_bucket", r.logBucket())
	return c.put(ctx, kindEvent, r.ID, s)
}

// overlap is from how long before the last listing events are listed again: they
// can come late. (Source: CloudTrail delivers within minutes; a day is ample.)
const overlap = 24 * time.Hour

// events lists those of a region that the period wants and that are not known.
func (c *collection) events(ctx context.Context, at *caller) error {
	from, to := c.env.Period.From, c.env.Period.To
	if c.now.Before(to) {
		to = c.now
	}
	if oldest := c.now.Add(-longestHistory); oldest.After(from) && c.tape == nil {
		from = oldest
	}
	if known := c.run.CoveredSince(kindEvent, from).Add(-overlap); known.After(from) {
		from = known
	}
	if c.tape != nil && len(c.tape.answers["cloudtrail LookupEvents"]) == 0 {
		return nil // log files tell
	}
	if !from.Before(to) && c.tape == nil {
		return nil
	}
	stretches := c.run.Stretches("events of "+at.place.String(), kindEvent, from, to, overlap)
	for _, one := range stretches {
		if err := c.stretch(ctx, at, one); err != nil {
			return c.broke(ctx, at, "The events", err, kindEvent)
		}
	}
	if one := stretches[0].From; one.After(c.eventsFrom) {
		c.eventsFrom = one
	}
	c.run.Covers(kindEvent, c.eventsFrom, to)
	return nil
}

// stretch lists the events of one.
func (c *collection) stretch(ctx context.Context, at *caller, one *connector.Stretch) error {
	in := &cloudtrail.LookupEventsInput{StartTime: &one.Asked, EndTime: &one.To, MaxResults: new(int32(50)), LookupAttributes: []types.LookupAttribute{
		{AttributeKey: types.LookupAttributeKeyReadOnly, AttributeValue: new("false")},
	}}
	return along(ctx, at, key{service: "cloudtrail", action: "LookupEvents"}, one, in, at.trails.LookupEvents, func(o *cloudtrail.LookupEventsOutput) (int, error) {
		for i := range o.Events {
			r, err := parseEvent([]byte(value(o.Events[i].CloudTrailEvent)))
			if err != nil {
				return 0, err
			}
			if r.Account == "" {
				r.Account = at.place.account
			}
			if err := c.tell(ctx, r); err != nil {
				return 0, err
			}
		}
		return len(o.Events), nil
	})
}

var errEvent = errors.New("an event is not what is documented")

func parseEvent(doc []byte) (*record, error) {
	r := &record{}
	if err := json.Unmarshal(doc, r); err != nil {
		return nil, fmt.Errorf("%w: %w", errEvent, err)
	}
	if r.ID == "" || r.At.IsZero() || r.Name == "" {
		return nil, fmt.Errorf("%w: it has no id, no time or no name", errEvent)
	}
	return r, nil
}

// recordedEvents reads the log files among recordings. Which files there should
// be they do not say, so that the listing is never whole.
func (c *collection) recordedEvents(ctx context.Context) error {
	if c.tape == nil {
		return nil
	}
	c.run.Incomplete(kindEvent, "Recordings do not tell which events are missing among them.")
	const call = "recording of CloudTrail"
	for _, name := range c.tape.logs {
		f, err := c.tape.folder.Read(name)
		if err == nil {
			err = f.Parse()
		}
		if err != nil { // it changed since it was listed
			c.run.Refuse(call, name+" is not taken: "+clip(err.Error()))
			continue
		}
		for _, doc := range f.Docs {
			n, err := c.log(ctx, doc)
			if err != nil {
				if bad := ours(ctx, err); bad != nil {
					return bad
				}
				c.run.Refuse("recording "+name, clip(err.Error()))
				c.run.Incomplete(kindEvent, name+" is not taken to its end: "+sentence(err))
				break
			}
			c.run.Page(call, "", n)
		}
	}
	if c.outside > 0 {
		c.run.Note(kindEvent, fmt.Sprintf("%d events that change something lie outside of the period, from %s to %s.",
			c.outside, c.env.Period.From.UTC().Format(time.DateOnly), c.env.Period.To.UTC().Format(time.DateOnly)))
	}
	return nil
}

func (c *collection) log(ctx context.Context, doc json.RawMessage) (int, error) {
	var file struct{ Records []json.RawMessage }
	if err := json.Unmarshal(doc, &file); err != nil {
		return 0, err
	}
	for _, raw := range file.Records {
		r, err := parseEvent(raw)
		if err != nil {
			return 0, err
		}
		if err := c.tell(ctx, r); err != nil {
			return 0, err
		}
	}
	return len(file.Records), nil
}
