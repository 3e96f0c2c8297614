package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/smithy-go"

	"assay/connector"
	"assay/internal/kit/outbound"
)

// key is one kind of request, and what a sub-call is about.
type key struct {
	service string // as the command line calls it: "iam", "s3api"
	action  string // "ListUsers"
	of      string // a bucket's name, a user's; empty for a listing
}

func (k key) name() string { return k.service + " " + k.action }

// caller asks one account in one region, over the network or from recordings.
type caller struct {
	run   *connector.Run
	place place
	*clients
	tape *tape // nil over the network
}

// place is an account, and a region of it where that matters.
type place struct{ account, region string }

func (p place) String() string {
	if p.region == "" {
		return p.account
	}
	return strings.TrimPrefix(p.account+"/"+p.region, "/")
}

// refusal is an answer that is no data.
type refusal struct {
	code    string // as AWS names it: "AccessDenied"
	message string
}

func (r *refusal) Error() string {
	if r.message == "" {
		return "AWS answered " + r.code
	}
	return "AWS answered " + r.code + ": " + r.message
}

// isAbsent reports that AWS says, in one of these words, that there is none.
func isAbsent(err error, codes ...string) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains(codes, r.code)
}

// method is one operation of a client of the SDK.
type method[I, O, P any] func(context.Context, *I, ...func(*P)) (*O, error)

// ask makes one request. A refusal, or a recording that is missing, is an error
// and noted in the manifest; that there is none, in one of the words of none, is
// an answer.
func ask[I, O, P any](ctx context.Context, c *caller, k key, in *I, call method[I, O, P], none ...string) (*O, error) {
	out, err := once(ctx, c, k, in, call)
	switch {
	case err == nil || isAbsent(err, none...):
		c.run.Page(k.name(), c.place.String(), 1)
	case ctx.Err() == nil:
		c.run.Refuse(k.name(), clip(err.Error()))
	}
	return out, err
}

func once[I, O, P any](ctx context.Context, c *caller, k key, in *I, call method[I, O, P]) (*O, error) {
	if c.tape != nil {
		return fromTape[O](c.tape, c.place, k)
	}
	ctx = outbound.With(outbound.Reading(ctx), outbound.Care{Throttled: throttled, Retried: func(string) { c.run.Retry(k.name()) }})
	out, err := call(ctx, in)
	if err == nil {
		return out, nil
	}
	if said, ok := errors.AsType[smithy.APIError](err); ok {
		return nil, &refusal{code: said.ErrorCode(), message: clip(said.ErrorMessage())}
	}
	if inner, ok := errors.AsType[*url.Error](err); ok {
		return nil, inner.Err
	}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		return nil, fmt.Errorf("the answer is broken: %w", op.Err)
	}
	return nil, err
}

// list reads a listing page by page to its end.
func list[I, O, P any](ctx context.Context, c *caller, k key, in *I, call method[I, O, P], each func(*O) (items int, err error)) error {
	return along(ctx, c, k, nil, in, call, each)
}

// along is list, but that it keeps how far it came, and goes on where an earlier
// collection was cut off.
func along[I, O, P any](ctx context.Context, c *caller, k key, s *connector.Stretch, in *I, call method[I, O, P], each func(*O) (items int, err error)) error {
	if c.tape != nil {
		return replay(c, k, each)
	}
	seen := map[string]bool{}
	resumed := s != nil && s.Resumed && goOn(in, &s.Cursor)
	for {
		out, err := once(ctx, c, k, in, call)
		if resumed && isAbsent(err, lostPlaces...) {
			c.run.Refuse(k.name(), clip(err.Error()))
			s.Restart()
			resumed = false
			goOn(in, nil)
			continue
		}
		if err != nil {
			if ctx.Err() == nil {
				c.run.Refuse(k.name(), clip(err.Error()))
			}
			return err
		}
		n, err := each(out)
		c.run.Page(k.name(), c.place.String(), n)
		if err != nil {
			return err
		}
		next, more := following(out)
		resumed = false
		switch {
		case !more:
			return reached(ctx, s, "")
		case next == "" || seen[next] || !goOn(in, &next):
			err := errors.New("a page follows that cannot be asked for")
			c.run.Refuse(k.name(), err.Error())
			return err
		}
		seen[next] = true
		if err := reached(ctx, s, next); err != nil {
			return err
		}
	}
}

// lostPlaces are AWS's words for a place in a list that it does not know any more.
var lostPlaces = []string{"InvalidNextTokenException", "InvalidNextToken", "ExpiredNextTokenException", "ValidationException"}

func reached(ctx context.Context, s *connector.Stretch, cursor string) error {
	if err := s.Reached(ctx, cursor); err != nil {
		return &sinkError{err}
	}
	return nil
}

// Every service names the same two things in its own way: where the next page
// begins, and that there is one.
var (
	nextNames  = []string{"NextToken", "NextMarker", "Marker", "ContinuationToken"}
	beginNames = []string{"NextToken", "Marker", "ContinuationToken"}
	moreNames  = []string{"IsTruncated", "Truncated"}
)

// following reads from an answer where the next page begins.
func following(out any) (token string, more bool) {
	v := reflect.ValueOf(out).Elem()
	for _, name := range nextNames {
		if f := v.FieldByName(name); f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().String() != "" {
			token = f.Elem().String()
			break
		}
	}
	for _, name := range moreNames {
		switch f := v.FieldByName(name); {
		case f.IsValid() && f.Kind() == reflect.Bool:
			return token, f.Bool()
		case f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil():
			return token, f.Elem().Bool()
		}
	}
	return token, token != ""
}

// goOn sets where the next page begins: nil is at the list's beginning.
func goOn(in any, token *string) bool {
	v := reflect.ValueOf(in).Elem()
	for _, name := range beginNames {
		if f := v.FieldByName(name); f.IsValid() && f.Kind() == reflect.Pointer {
			f.Set(reflect.ValueOf(token))
			return true
		}
	}
	return false
}

// throttled knows the words by which AWS says to come back later, whatever the
// status. (Source: the retry modes of the SDKs' reference guide.)
func throttled(_ int, body []byte) bool {
	for _, word := range []string{
		"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException", "TooManyRequestsException",
		"RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException",
		"TransactionInProgressException", "ProvisionedThroughputExceededException",
	} {
		for _, shape := range []string{"<Code>" + word + "</Code>", `"` + word + `"`, "#" + word + `"`} {
			if bytes.Contains(body, []byte(shape)) {
				return true
			}
		}
	}
	return false
}

// door is the SDK's way out: the connector's client, with bodies that can be
// sent again.
type door struct{ http *http.Client }

// Do is the SDK's HTTPClient.
func (d door) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		body, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return d.http.Do(req) //nolint:gosec // it is AWS, or the endpoint in the settings; the client refuses what may not be called
}

const longestProblem = 240

func clip(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > longestProblem {
		text = strings.ToValidUTF8(text[:longestProblem], "") + "…"
	}
	return text
}

// clients are the SDK's for one account in one region. Over recordings they are
// nil and nobody calls them.
type clients struct {
	backup    *backup.Client
	trails    *cloudtrail.Client
	logs      *cloudwatchlogs.Client
	config    *configservice.Client
	ec2       *ec2.Client
	elb       *elb.Client
	guardduty *guardduty.Client
	iam       *iam.Client
	kms       *kms.Client
	org       *organizations.Client
	rds       *rds.Client
	s3        *s3.Client
	control   *s3control.Client
	sts       *sts.Client
	waf       *wafv2.Client
}

// sdkConfig is how the SDK calls out: through the connector's client, which also
// repeats what was throttled, so that every repetition is counted.
func (s *source) sdkConfig(region string, who sdk.CredentialsProvider) sdk.Config {
	c := sdk.Config{
		Region: region, Credentials: who, HTTPClient: door{s.env.HTTP}, Retryer: func() sdk.Retryer { return sdk.NopRetryer{} },
	}
	if s.endpoint != "" {
		c.BaseEndpoint = &s.endpoint
	}
	return c
}

func newClients(c sdk.Config) *clients {
	return &clients{
		backup: backup.NewFromConfig(c), trails: cloudtrail.NewFromConfig(c), logs: cloudwatchlogs.NewFromConfig(c), config: configservice.NewFromConfig(c),
		ec2: ec2.NewFromConfig(c), elb: elb.NewFromConfig(c), guardduty: guardduty.NewFromConfig(c), iam: iam.NewFromConfig(c), kms: kms.NewFromConfig(c), org: organizations.NewFromConfig(c),
		rds: rds.NewFromConfig(c), control: s3control.NewFromConfig(c), sts: sts.NewFromConfig(c), waf: wafv2.NewFromConfig(c),
		s3: s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = c.BaseEndpoint != nil }),
	}
}

// key of the user, as it was filled in.
func (s *source) own() sdk.CredentialsProvider {
	return sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
		return sdk.Credentials{AccessKeyID: s.keyID, SecretAccessKey: s.secret, SessionToken: s.session}, nil
	})
}

// early is how long before its end a session is not used any more.
const early = 5 * time.Minute

// assumed is a role taken on, again when the session ends.
func (s *source) assumed(role string) sdk.CredentialsProvider {
	client := sts.NewFromConfig(s.sdkConfig(s.home, sdk.NewCredentialsCache(s.own())))
	return sdk.NewCredentialsCache(sdk.CredentialsProviderFunc(func(ctx context.Context) (sdk.Credentials, error) {
		in := &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("assay"), DurationSeconds: new(int32(3600))}
		if s.externalID != "" {
			in.ExternalId = &s.externalID
		}
		out, err := client.AssumeRole(outbound.Reading(ctx), in)
		switch {
		case err != nil:
			return sdk.Credentials{}, fmt.Errorf("take on the role %s: %w", role, err)
		case out.Credentials == nil || out.Credentials.AccessKeyId == nil || out.Credentials.SecretAccessKey == nil:
			return sdk.Credentials{}, fmt.Errorf("take on the role %s: AWS gave no credentials", role)
		}
		c := sdk.Credentials{
			AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: sdk.ToString(out.Credentials.SessionToken),
		}
		if out.Credentials.Expiration != nil {
			c.CanExpire, c.Expires = true, out.Credentials.Expiration.Add(-early)
		}
		return c, nil
	}))
}
