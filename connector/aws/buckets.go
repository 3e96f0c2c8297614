package aws

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"assay/connector/aws/policy"
)

// block is what stands before public access; nil where it could not be read.
type block struct{ acls, ignore, policy, restrict bool }

var blockFields = []string{"block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"}

func (b *block) fill(s *sheet) {
	if b == nil {
		s.lose(blockFields...)
		return
	}
	for i, v := range []bool{b.acls, b.ignore, b.policy, b.restrict} {
		s.set(blockFields[i], v)
	}
}

const noBlock = "NoSuchPublicAccessBlockConfiguration"

// accountBlock is the account's; nil where it could not be read.
func (c *collection) accountBlock(ctx context.Context, at *caller) (*block, error) {
	in := &s3control.GetPublicAccessBlockInput{AccountId: &at.place.account}
	out, err := ask(ctx, at, key{service: "s3control", action: "GetPublicAccessBlock"}, in, at.control.GetPublicAccessBlock, noBlock)
	switch {
	case isAbsent(err, noBlock):
		return &block{}, nil
	case err != nil:
		if bad := ours(ctx, err); bad != nil {
			return nil, bad
		}
		c.lost(at, kindAccount, "The block of public access", err)
		return nil, nil //nolint:nilnil // unknown, which every use of it looks at
	case out.PublicAccessBlockConfiguration == nil:
		return nil, nil //nolint:nilnil // the same
	}
	x := out.PublicAccessBlockConfiguration
	return &block{acls: value(x.BlockPublicAcls), ignore: value(x.IgnorePublicAcls), policy: value(x.BlockPublicPolicy), restrict: value(x.RestrictPublicBuckets)}, nil
}

// buckets tells of all buckets of an account, whatever their region.
func (c *collection) buckets(ctx context.Context, a *account, at *caller, account *block) error {
	var found []types.Bucket
	err := list(ctx, at, key{service: "s3api", action: "ListBuckets"}, &s3.ListBucketsInput{MaxBuckets: new(int32(1000))}, at.s3.ListBuckets, func(o *s3.ListBucketsOutput) (int, error) {
		found = append(found, o.Buckets...)
		return len(o.Buckets), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The buckets", err, kindBucket); err != nil {
			return err
		}
	}
	there := map[string]*caller{}
	for i := range found {
		region, err := c.bucketRegion(ctx, at, &found[i])
		if err != nil {
			return err
		}
		if there[region] == nil {
			there[region] = c.caller(a, region)
		}
		if err := c.bucket(ctx, there[region], &found[i], account); err != nil {
			return err
		}
	}
	return nil
}

// bucketRegion is where a bucket is: its requests are answered there only.
func (c *collection) bucketRegion(ctx context.Context, at *caller, b *types.Bucket) (string, error) {
	if r := value(b.BucketRegion); r != "" {
		return r, nil
	}
	out, err := ask(ctx, at, key{service: "s3api", action: "GetBucketLocation", of: value(b.Name)}, &s3.GetBucketLocationInput{Bucket: b.Name}, at.s3.GetBucketLocation)
	switch {
	case err != nil && c.tape != nil:
		return "", ours(ctx, err)
	case err != nil:
		return c.home, ours(ctx, err)
	case out.LocationConstraint == "":
		return "us-east-1", nil
	case out.LocationConstraint == "EU":
		return "eu-west-1", nil
	}
	return string(out.LocationConstraint), nil
}

// reading is one bucket being read.
type reading struct {
	*collection
	at   *caller
	name *string
	s    *sheet
}

func (r *reading) key(action string) key { return key{service: "s3api", action: action, of: *r.name} }

// failed marks fields whose call brought no data.
func (r *reading) failed(ctx context.Context, err error, fields ...string) error {
	r.s.lose(fields...)
	if bad := ours(ctx, err); bad != nil {
		return bad
	}
	r.lost(r.at, kindBucket, strings.Join(fields, ", ")+" of "+*r.name, err)
	return nil
}

func (c *collection) bucket(ctx context.Context, at *caller, b *types.Bucket, account *block) error {
	if b.Name == nil {
		c.run.Incomplete(kindBucket, "AWS told of a bucket without its name.")
		return nil
	}
	s := newSheet()
	s.at(at.place, *b.Name)
	may(s, "created_at", b.CreationDate)
	r := &reading{collection: c, at: at, name: b.Name, s: s}
	own, err := r.block(ctx)
	if err != nil {
		return err
	}
	effective := together(own, account)
	effective.fill(s)
	if effective == nil {
		s.lose("blocked")
	} else {
		s.set("blocked", *effective == block{true, true, true, true})
	}
	for _, step := range []func(context.Context) error{r.policy, r.status, r.acl, r.encryption, r.versioning, r.lock, r.logging, r.replication, r.backup, r.tags} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	r.public(effective)
	partition, _ := c.Authority(ctx)
	return c.put(ctx, kindBucket, "arn:"+partition+":s3:::"+*b.Name, s)
}

// together is what two levels of blocks come to: either is enough. Of one that
// could not be read, only what the other has is known.
func together(own, account *block) *block {
	all := block{true, true, true, true}
	switch {
	case own != nil && *own == all, account != nil && *account == all:
		return &all
	case own == nil || account == nil:
		return nil
	}
	return &block{own.acls || account.acls, own.ignore || account.ignore, own.policy || account.policy, own.restrict || account.restrict}
}

func (r *reading) block(ctx context.Context) (*block, error) {
	out, err := ask(ctx, r.at, r.key("GetPublicAccessBlock"), &s3.GetPublicAccessBlockInput{Bucket: r.name}, r.at.s3.GetPublicAccessBlock, noBlock)
	switch {
	case isAbsent(err, noBlock):
		return &block{}, nil
	case err != nil:
		if bad := ours(ctx, err); bad != nil {
			return nil, bad
		}
		r.lost(r.at, kindBucket, "The block of public access of "+*r.name, err)
		return nil, nil //nolint:nilnil // unknown, which together looks at
	case out.PublicAccessBlockConfiguration == nil:
		return nil, nil //nolint:nilnil // the same
	}
	x := out.PublicAccessBlockConfiguration
	return &block{acls: value(x.BlockPublicAcls), ignore: value(x.IgnorePublicAcls), policy: value(x.BlockPublicPolicy), restrict: value(x.RestrictPublicBuckets)}, nil
}

func (r *reading) policy(ctx context.Context) error {
	out, err := ask(ctx, r.at, r.key("GetBucketPolicy"), &s3.GetBucketPolicyInput{Bucket: r.name}, r.at.s3.GetBucketPolicy, "NoSuchBucketPolicy")
	if isAbsent(err, "NoSuchBucketPolicy") {
		r.s.set("tls_only", false)
		return nil
	}
	var d policy.Document
	if err == nil {
		d, err = policy.Parse(value(out.Policy))
	}
	if err != nil {
		return r.failed(ctx, err, "tls_only")
	}
	partition, _ := r.Authority(ctx)
	r.s.set("tls_only", policy.TLSOnly(d, "arn:"+partition+":s3:::"+*r.name))
	return nil
}

func (r *reading) status(ctx context.Context) error {
	out, err := ask(ctx, r.at, r.key("GetBucketPolicyStatus"), &s3.GetBucketPolicyStatusInput{Bucket: r.name}, r.at.s3.GetBucketPolicyStatus, "NoSuchBucketPolicy")
	switch {
	case isAbsent(err, "NoSuchBucketPolicy"):
		r.s.set("policy_public", false)
	case err != nil:
		return r.failed(ctx, err, "policy_public")
	case out.PolicyStatus == nil:
		r.s.lose("policy_public")
	default:
		known(r.s, "policy_public", out.PolicyStatus.IsPublic)
	}
	return nil
}

// everybody are the groups that anybody belongs to.
var everybody = []string{"http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}

func (r *reading) acl(ctx context.Context) error {
	out, err := ask(ctx, r.at, r.key("GetBucketAcl"), &s3.GetBucketAclInput{Bucket: r.name}, r.at.s3.GetBucketAcl)
	if err != nil {
		return r.failed(ctx, err, "acl_public")
	}
	r.s.set("acl_public", slices.ContainsFunc(out.Grants, func(g types.Grant) bool {
		return g.Grantee != nil && slices.Contains(everybody, value(g.Grantee.URI))
	}))
	return nil
}

// public puts the ways in together.
func (r *reading) public(b *block) {
	byPolicy, ok1 := r.s.fields["policy_public"].(bool)
	byACL, ok2 := r.s.fields["acl_public"].(bool)
	if b != nil && b.restrict {
		byPolicy, ok1 = false, true
	}
	if b != nil && b.ignore {
		byACL, ok2 = false, true
	}
	switch {
	case b == nil && (byPolicy || byACL), !ok1 && !byACL, !ok2 && !byPolicy:
		r.s.lose("public")
	default:
		r.s.set("public", byPolicy || byACL)
	}
}

func (r *reading) encryption(ctx context.Context) error {
	const none = "ServerSideEncryptionConfigurationNotFoundError"
	out, err := ask(ctx, r.at, r.key("GetBucketEncryption"), &s3.GetBucketEncryptionInput{Bucket: r.name}, r.at.s3.GetBucketEncryption, none)
	switch {
	case isAbsent(err, none):
		r.s.set("encrypted", false)
		return nil
	case err != nil:
		return r.failed(ctx, err, "encrypted", "encryption", "kms_key")
	case out.ServerSideEncryptionConfiguration == nil:
		r.s.lose("encrypted", "encryption", "kms_key")
		return nil
	}
	r.s.set("encrypted", false)
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil && d.SSEAlgorithm != "" {
			r.s.set("encrypted", true)
			r.s.set("encryption", string(d.SSEAlgorithm))
			r.s.text("kms_key", value(d.KMSMasterKeyID))
		}
	}
	return nil
}

func (r *reading) versioning(ctx context.Context) error {
	out, err := ask(ctx, r.at, r.key("GetBucketVersioning"), &s3.GetBucketVersioningInput{Bucket: r.name}, r.at.s3.GetBucketVersioning)
	if err != nil {
		return r.failed(ctx, err, "versioned", "mfa_delete")
	}
	r.s.set("versioned", out.Status == types.BucketVersioningStatusEnabled)
	r.s.set("mfa_delete", out.MFADelete == types.MFADeleteStatusEnabled)
	return nil
}

func (r *reading) lock(ctx context.Context) error {
	const none = "ObjectLockConfigurationNotFoundError"
	out, err := ask(ctx, r.at, r.key("GetObjectLockConfiguration"), &s3.GetObjectLockConfigurationInput{Bucket: r.name}, r.at.s3.GetObjectLockConfiguration, none)
	switch {
	case isAbsent(err, none):
		r.s.set("locked", false)
		return nil
	case err != nil:
		return r.failed(ctx, err, "locked", "lock_mode", "lock_days")
	case out.ObjectLockConfiguration == nil:
		r.s.lose("locked", "lock_mode", "lock_days")
		return nil
	}
	x := out.ObjectLockConfiguration
	r.s.set("locked", x.ObjectLockEnabled == types.ObjectLockEnabledEnabled)
	if x.Rule != nil && x.Rule.DefaultRetention != nil {
		d := x.Rule.DefaultRetention
		r.s.text("lock_mode", string(d.Mode))
		if n := int(value(d.Days)) + 365*int(value(d.Years)); n > 0 {
			r.s.set("lock_days", n)
		}
	}
	return nil
}

func (r *reading) logging(ctx context.Context) error {
	out, err := ask(ctx, r.at, r.key("GetBucketLogging"), &s3.GetBucketLoggingInput{Bucket: r.name}, r.at.s3.GetBucketLogging)
	if err != nil {
		return r.failed(ctx, err, "logging")
	}
	r.s.set("logging", out.LoggingEnabled != nil)
	return nil
}

func (r *reading) tags(ctx context.Context) error {
	out, err := ask(ctx, r.at, r.key("GetBucketTagging"), &s3.GetBucketTaggingInput{Bucket: r.name}, r.at.s3.GetBucketTagging, "NoSuchTagSet")
	switch {
	case isAbsent(err, "NoSuchTagSet"):
		return nil
	case err != nil:
		return r.failed(ctx, err, "class", "purpose")
	}
	for _, t := range out.TagSet {
		v := strings.ToLower(strings.TrimSpace(value(t.Value)))
		switch strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(value(t.Key))) {
		case "data-class", "dataclass", "classification", "data-classification":
			r.s.text("class", v)
		case "purpose", "role":
			r.s.text("purpose", v)
		}
	}
	return nil
}

// replication tells whether objects are copied to another bucket.
func (r *reading) replication(ctx context.Context) error {
	const none = "ReplicationConfigurationNotFoundError"
	out, err := ask(ctx, r.at, r.key("GetBucketReplication"), &s3.GetBucketReplicationInput{Bucket: r.name}, r.at.s3.GetBucketReplication, none)
	switch {
	case isAbsent(err, none):
		r.s.set("replicated", false)
		return nil
	case err != nil:
		return r.failed(ctx, err, "replicated")
	case out.ReplicationConfiguration == nil:
		r.s.lose("replicated")
		return nil
	}
	r.s.set("replicated", slices.ContainsFunc(out.ReplicationConfiguration.Rules, func(x types.ReplicationRule) bool {
		return x.Status == types.ReplicationRuleStatusEnabled
	}))
	return nil
}

// backup tells whether there is a copy elsewhere: either way is enough, and
// what could not be read of one is known where the other has it.
func (r *reading) backup(ctx context.Context) error {
	partition, err := r.Authority(ctx)
	if err != nil {
		return err
	}
	protected, err := r.protected(ctx, r.at)
	if err != nil {
		if err := r.failed(ctx, err, "protected"); err != nil {
			return err
		}
	} else {
		r.s.set("protected", slices.Contains(arns(protected), "arn:"+partition+":s3:::"+*r.name))
	}
	copied, known := r.s.fields["replicated"].(bool)
	kept, told := r.s.fields["protected"].(bool)
	if copied || kept || known && told {
		r.s.set("backed_up", copied || kept)
	} else {
		r.s.lose("backed_up")
	}
	return nil
}
