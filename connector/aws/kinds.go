package aws

import (
	"assay/connector/field"
	"assay/internal/resource"
)

// The kinds, as the collectors name them.
const (
	kindAccount    = "aws.account"
	kindRegion     = "aws.region"
	kindUser       = "aws.iam.user"
	kindGroup      = "aws.iam.group"
	kindRole       = "aws.iam.role"
	kindPolicy     = "aws.iam.policy"
	kindKey        = "aws.iam.access_key"
	kindDevice     = "aws.iam.mfa_device"
	kindBucket     = "aws.s3.bucket"
	kindVolume     = "aws.ec2.volume"
	kindSnapshot   = "aws.ec2.snapshot"
	kindImage      = "aws.ec2.image"
	kindFirewall   = "aws.ec2.security_group"
	kindRule       = "aws.ec2.security_group_rule"
	kindVPC        = "aws.ec2.vpc"
	kindDatabase   = "aws.rds.instance"
	kindDBSnapshot = "aws.rds.snapshot"
	kindKMS        = "aws.kms.key"
	kindTrail      = "aws.cloudtrail.trail"
	kindEvent      = "aws.cloudtrail.event"
	kindFinding    = "aws.guardduty.finding"
	kindVault      = "aws.backup.vault"
	kindProtected  = "aws.backup.protected_resource"
	kindListener   = "aws.elb.listener"
	kindBalancer   = "aws.elb.load_balancer"
	kindLogGroup   = "aws.logs.group"
	kindMember     = "aws.organizations.account"
	kindControl    = "aws.organizations.policy"
)

// Kinds declares everything that the connector can tell about an account.
func Kinds() []resource.Schema {
	return []resource.Schema{
		accountKind(), regionKind(), userKind(), groupKind(), roleKind(), policyKind(), keyKind(), deviceKind(), bucketKind(), volumeKind(),
		snapshotKind(), imageKind(), firewallKind(), vpcKind(), databaseKind(), dbSnapshotKind(), kmsKind(), trailKind(), eventKind(),
		findingKind(), vaultKind(), protectedKind(), balancerKind(), listenerKind(), logGroupKind(),
		memberKind(), controlKind(), ruleKind(),
	}
}

// regionalKinds are listed region by region.
func regionalKinds() []string {
	return []string{
		kindRegion, kindVolume, kindSnapshot, kindImage, kindFirewall, kindRule, kindVPC, kindDatabase, kindDBSnapshot, kindKMS, kindTrail, kindFinding,
		kindVault, kindProtected, kindBalancer, kindListener, kindLogGroup,
	}
}

func texts(name, meaning string) resource.Field {
	return resource.Field{Name: name, Type: resource.List, Meaning: meaning, Of: &resource.Field{Type: resource.String}}
}

func objects(name, meaning string, fields ...resource.Field) resource.Field {
	return resource.Field{Name: name, Type: resource.List, Meaning: meaning, Of: &resource.Field{Type: resource.Object, Fields: fields}}
}

func state(kind, title string, fields ...resource.Field) resource.Schema {
	return resource.Schema{Kind: kind, Version: 1, Title: title, Family: resource.State, Label: "name", Fields: fields}
}

const (
	text  = resource.String
	flag  = resource.Bool
	whole = resource.Int
	when  = resource.Time
)

func accountKind() resource.Schema {
	return state(kindAccount, "AWS accounts",
		field.Must("name", text, "its number"),
		field.Must("root_mfa", flag, "signing in as root asks for a second factor"),
		field.Must("root_access_keys", flag, "root has access keys"),
		field.Volatile(field.May("root_last_used_at", when, "when root was last used; absent if it never was, as far as AWS knows")),
		field.Must("users", whole, "users of IAM"),
		field.Must("password_policy", flag, "it has a password policy of its own"),
		field.May("password_length", whole, "characters that a password needs; absent without a policy"),
		field.May("password_reuse", whole, "earlier passwords that cannot be used again; absent where none is remembered"),
		field.May("password_age", whole, "days after which a password ends; absent if it does not"),
		field.Must("block_public_acls", flag, "of S3, for all buckets: no public ACL can be set"),
		field.Must("ignore_public_acls", flag, "of S3, for all buckets: public ACLs do not count"),
		field.Must("block_public_policy", flag, "of S3, for all buckets: no public policy can be set"),
		field.Must("restrict_public_buckets", flag, "of S3, for all buckets: a public policy lets nobody outside in"),
		objects("trails", "trails of CloudTrail that see it",
			field.Must("name", text, "name"), field.Must("arn", text, "ARN"), field.Must("multi_region", flag, "of all regions"),
			field.May("logging", flag, "it is on; absent where that could not be read"),
			field.May("validated", flag, "digests are written, by which changed log files show; absent where that is not told"),
			field.May("management", flag, "it keeps all management events; absent where that could not be read"),
		),
	)
}

func regionKind() resource.Schema {
	return state(kindRegion, "Regions in use",
		field.Must("name", text, "account and region"),
		field.Must("account", text, "number of the account"),
		field.Must("region", text, "region"),
		field.Words(field.Must("guardduty", text, "GuardDuty's detector"), "enabled", "disabled", "none"),
		field.Must("config_recording", flag, "AWS Config records"),
		field.May("config_status", text, "what came of its last delivery; absent before the first"),
		field.Must("config_all", flag, "it records all kinds of resources that it supports"),
		field.Must("ebs_encrypted", flag, "new volumes are encrypted without anybody's doing"),
	)
}

func controlled() resource.Field {
	return field.Words(field.Must("controls", text, "service control policies of the organization, which only take rights away: what is told of rights is what they leave, or none binds it. Unavailable where they could not be read: then rights are told as they are before, so there may be fewer"),
		controlsApplied, controlsNone)
}

func userKind() resource.Schema {
	k := state(kindUser, "IAM users",
		field.Must("name", text, "name"), field.Must("arn", text, "ARN"), field.Must("path", text, "path"),
		field.Must("created_at", when, "when it was made"),
		field.Personal(field.May("email", text, "address in its tag email or owner, lower case; absent without one")),
		field.Must("password_enabled", flag, "it has a password for the console"),
		field.Must("mfa", flag, "it has a second factor"),
		field.Must("active_keys", whole, "access keys that work"),
		field.Must("enabled", flag, "it has a password or a key that works"),
		field.Words(field.Must("holder", text, "a person, who has a password, or a program, which has none"), "person", "service"),
		field.Volatile(field.May("last_used_at", when, "last use of its password or of a key; absent if AWS knows of none")),
		field.Volatile(field.May("reported_at", when, "when the credential report was made")),
		texts("attached", "managed policies attached to it, sorted"),
		texts("inline", "policies written into it, sorted"),
		texts("groups", "groups that it is in, sorted"),
		field.Must("bounded", flag, "a permissions boundary limits it"),
		field.Must("admin", flag, "it has every right in the account, or can give it itself, all policies, the boundary and what the organization leaves together"),
		field.Must("full_control", flag, "it may do everything with everything"),
		field.Must("admin_conditional", flag, "only while a condition holds, such as a second factor"),
		texts("admin_by", "policies that are enough for it, each alone, sorted"),
		controlled(),
	)
	k.Version = 2
	k.Facets = field.Claim("account", map[string]resource.Mapping{
		"name": field.From("name"), "email": field.From("email"), "holder": field.From("holder"), "enabled": field.From("enabled"), "admin": field.From("admin"), "mfa": field.From("mfa"),
		"created_at": field.From("created_at"), "last_used_at": field.From("last_used_at"),
	})
	return k
}

func groupKind() resource.Schema {
	k := state(kindGroup, "IAM groups",
		field.Must("name", text, "name"), field.Must("arn", text, "ARN"), field.Must("created_at", when, "when it was made"),
		field.Must("members", whole, "users in it"),
		texts("attached", "managed policies attached to it, sorted"), texts("inline", "policies written into it, sorted"),
		field.Must("admin", flag, "its members have every right, or can give it themselves"),
		field.Must("full_control", flag, "its members may do everything with everything"),
		field.Must("admin_conditional", flag, "only while a condition holds"),
		texts("admin_by", "policies that are enough for it, each alone, sorted"),
		controlled(),
	)
	k.Version = 2
	return k
}

func roleKind() resource.Schema {
	k := state(kindRole, "IAM roles",
		field.Must("name", text, "name"), field.Must("arn", text, "ARN"), field.Must("path", text, "path; those of services are below /aws-service-role/"),
		field.Must("created_at", when, "when it was made"),
		field.Volatile(field.May("last_used_at", when, "when it was last taken on; absent if not in the time that AWS keeps")),
		texts("attached", "managed policies attached to it, sorted"), texts("inline", "policies written into it, sorted"),
		field.Must("bounded", flag, "a permissions boundary limits it"),
		field.Must("admin", flag, "it has every right in the account, or can give it itself"),
		field.Must("full_control", flag, "it may do everything with everything"),
		field.Must("admin_conditional", flag, "only while a condition holds"),
		texts("admin_by", "policies that are enough for it, each alone, sorted"),
		controlled(),
		field.Must("anyone", flag, "anybody with an account of AWS can take it on: nothing narrows it"),
		texts("outside", "accounts that can take it on and that this connection does not read, sorted"),
		texts("outside_without_external_id", "of these, those for which no condition has to hold, sorted"),
		texts("services", "services of AWS that can take it on, sorted"),
		texts("providers", "identity providers whose users can take it on, sorted"),
		texts("open_providers", "of these, those any of whose users can: no condition looks at who it is, sorted"),
	)
	k.Version = 2
	return k
}

func policyKind() resource.Schema {
	return state(kindPolicy, "IAM policies of one's own",
		field.Must("name", text, "name"), field.Must("arn", text, "ARN"),
		field.Must("created_at", when, "when it was made"), field.May("updated_at", when, "when it was last changed"),
		field.Must("attachments", whole, "users, groups and roles that it is attached to"),
		field.Must("admin", flag, "it gives every right, or the means to take it"),
		field.Must("full_control", flag, "it allows everything with everything"),
	)
}

func keyKind() resource.Schema {
	return state(kindKey, "IAM access keys",
		field.Must("name", text, "its user, and the end of its id"),
		field.Must("user", text, "name of its user"), field.Must("user_arn", text, "ARN of its user"),
		field.Must("created_at", when, "when it was made"), field.Must("active", flag, "it works"),
		field.Volatile(field.May("last_used_at", when, "when it was last used; absent if AWS knows of no use")),
	)
}

func deviceKind() resource.Schema {
	return state(kindDevice, "Second factors of IAM users",
		field.Must("name", text, "its user, and what it is"),
		field.Must("user", text, "name of its user"),
		field.Words(field.Must("form", text, "what it is: an app, a security key, another device"), "virtual", "key", "hardware"),
		field.Must("enabled_at", when, "since when it is asked for"),
	)
}
