package aws

import (
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
)

// action is one request that the connector makes.
type action struct {
	service string // as the command line calls it
	right   string // that IAM asks for; empty where it asks for none
	answer  reflect.Type
	file    string // "list-users", as the command line calls it
	name    string // "ListUsers"
	empty   bool   // the command line prints nothing where there is none
}

func answering[O any](service, file, right string) action {
	t := reflect.TypeFor[O]()
	return action{service: service, file: file, right: right, answer: t, name: strings.TrimSuffix(t.Name(), "Output")}
}

func silent(a action) action {
	a.empty = true
	return a
}

// actions lists every request that the connector makes.
func actions() []action {
	return append(organizing(), []action{
		answering[sts.GetCallerIdentityOutput]("sts", "get-caller-identity", ""),

		answering[iam.GetAccountSummaryOutput]("iam", "get-account-summary", "iam:GetAccountSummary"),
		answering[iam.GetAccountPasswordPolicyOutput]("iam", "get-account-password-policy", "iam:GetAccountPasswordPolicy"),
		answering[iam.GetAccountAuthorizationDetailsOutput]("iam", "get-account-authorization-details", "iam:GetAccountAuthorizationDetails"),
		answering[iam.GenerateCredentialReportOutput]("iam", "generate-credential-report", "iam:GenerateCredentialReport"),
		answering[iam.GetCredentialReportOutput]("iam", "get-credential-report", "iam:GetCredentialReport"),
		answering[iam.ListAccessKeysOutput]("iam", "list-access-keys", "iam:ListAccessKeys"),
		answering[iam.GetAccessKeyLastUsedOutput]("iam", "get-access-key-last-used", "iam:GetAccessKeyLastUsed"),
		answering[iam.ListMFADevicesOutput]("iam", "list-mfa-devices", "iam:ListMFADevices"),

		answering[s3.ListBucketsOutput]("s3api", "list-buckets", "s3:ListAllMyBuckets"),
		answering[s3.GetBucketLocationOutput]("s3api", "get-bucket-location", "s3:GetBucketLocation"),
		answering[s3.GetPublicAccessBlockOutput]("s3api", "get-public-access-block", "s3:GetBucketPublicAccessBlock"),
		answering[s3.GetBucketPolicyOutput]("s3api", "get-bucket-policy", "s3:GetBucketPolicy"),
		answering[s3.GetBucketPolicyStatusOutput]("s3api", "get-bucket-policy-status", "s3:GetBucketPolicyStatus"),
		answering[s3.GetBucketAclOutput]("s3api", "get-bucket-acl", "s3:GetBucketAcl"),
		answering[s3.GetBucketEncryptionOutput]("s3api", "get-bucket-encryption", "s3:GetEncryptionConfiguration"),
		silent(answering[s3.GetBucketVersioningOutput]("s3api", "get-bucket-versioning", "s3:GetBucketVersioning")),
		answering[s3.GetObjectLockConfigurationOutput]("s3api", "get-object-lock-configuration", "s3:GetBucketObjectLockConfiguration"),
		silent(answering[s3.GetBucketLoggingOutput]("s3api", "get-bucket-logging", "s3:GetBucketLogging")),
		answering[s3.GetBucketReplicationOutput]("s3api", "get-bucket-replication", "s3:GetReplicationConfiguration"),
		answering[s3.GetBucketTaggingOutput]("s3api", "get-bucket-tagging", "s3:GetBucketTagging"),
		answering[s3control.GetPublicAccessBlockOutput]("s3control", "get-public-access-block", "s3:GetAccountPublicAccessBlock"),

		answering[ec2.DescribeRegionsOutput]("ec2", "describe-regions", "ec2:DescribeRegions"),
		answering[ec2.DescribeVolumesOutput]("ec2", "describe-volumes", "ec2:DescribeVolumes"),
		answering[ec2.DescribeSnapshotsOutput]("ec2", "describe-snapshots", "ec2:DescribeSnapshots"),
		answering[ec2.DescribeSnapshotAttributeOutput]("ec2", "describe-snapshot-attribute", "ec2:DescribeSnapshotAttribute"),
		answering[ec2.DescribeImagesOutput]("ec2", "describe-images", "ec2:DescribeImages"),
		answering[ec2.DescribeImageAttributeOutput]("ec2", "describe-image-attribute", "ec2:DescribeImageAttribute"),
		answering[ec2.DescribeSecurityGroupsOutput]("ec2", "describe-security-groups", "ec2:DescribeSecurityGroups"),
		answering[ec2.DescribeSecurityGroupRulesOutput]("ec2", "describe-security-group-rules", "ec2:DescribeSecurityGroupRules"),
		answering[ec2.DescribeNetworkInterfacesOutput]("ec2", "describe-network-interfaces", "ec2:DescribeNetworkInterfaces"),
		answering[ec2.DescribeVpcsOutput]("ec2", "describe-vpcs", "ec2:DescribeVpcs"),
		answering[ec2.DescribeFlowLogsOutput]("ec2", "describe-flow-logs", "ec2:DescribeFlowLogs"),
		answering[ec2.GetEbsEncryptionByDefaultOutput]("ec2", "get-ebs-encryption-by-default", "ec2:GetEbsEncryptionByDefault"),

		answering[rds.DescribeDBInstancesOutput]("rds", "describe-db-instances", "rds:DescribeDBInstances"),
		answering[rds.DescribeDBParametersOutput]("rds", "describe-db-parameters", "rds:DescribeDBParameters"),
		answering[rds.DescribeDBSnapshotsOutput]("rds", "describe-db-snapshots", "rds:DescribeDBSnapshots"),
		answering[rds.DescribeDBSnapshotAttributesOutput]("rds", "describe-db-snapshot-attributes", "rds:DescribeDBSnapshotAttributes"),

		answering[kms.ListKeysOutput]("kms", "list-keys", "kms:ListKeys"),
		answering[kms.DescribeKeyOutput]("kms", "describe-key", "kms:DescribeKey"),
		answering[kms.GetKeyRotationStatusOutput]("kms", "get-key-rotation-status", "kms:GetKeyRotationStatus"),

		answering[cloudtrail.DescribeTrailsOutput]("cloudtrail", "describe-trails", "cloudtrail:DescribeTrails"),
		answering[cloudtrail.GetTrailStatusOutput]("cloudtrail", "get-trail-status", "cloudtrail:GetTrailStatus"),
		answering[cloudtrail.GetEventSelectorsOutput]("cloudtrail", "get-event-selectors", "cloudtrail:GetEventSelectors"),
		answering[cloudtrail.LookupEventsOutput]("cloudtrail", "lookup-events", "cloudtrail:LookupEvents"),

		answering[guardduty.ListDetectorsOutput]("guardduty", "list-detectors", "guardduty:ListDetectors"),
		answering[guardduty.GetDetectorOutput]("guardduty", "get-detector", "guardduty:GetDetector"),
		answering[guardduty.ListFindingsOutput]("guardduty", "list-findings", "guardduty:ListFindings"),
		answering[guardduty.GetFindingsOutput]("guardduty", "get-findings", "guardduty:GetFindings"),

		answering[configservice.DescribeConfigurationRecordersOutput]("configservice", "describe-configuration-recorders", "config:DescribeConfigurationRecorders"),
		answering[configservice.DescribeConfigurationRecorderStatusOutput]("configservice", "describe-configuration-recorder-status", "config:DescribeConfigurationRecorderStatus"),

		answering[backup.ListBackupVaultsOutput]("backup", "list-backup-vaults", "backup:ListBackupVaults"),
		answering[backup.ListProtectedResourcesOutput]("backup", "list-protected-resources", "backup:ListProtectedResources"),

		answering[elb.DescribeLoadBalancersOutput]("elbv2", "describe-load-balancers", "elasticloadbalancing:DescribeLoadBalancers"),
		answering[elb.DescribeListenersOutput]("elbv2", "describe-listeners", "elasticloadbalancing:DescribeListeners"),
		silent(answering[wafv2.GetWebACLForResourceOutput]("wafv2", "get-web-acl-for-resource", "wafv2:GetWebACLForResource")),

		answering[cloudwatchlogs.DescribeLogGroupsOutput]("logs", "describe-log-groups", "logs:DescribeLogGroups"),
	}...)
}

// otherServices are folders of answers that the connector does not ask for, as
// the command line calls the services.
func otherServices() []string {
	return strings.Fields(`access-analyzer acm apigateway apigatewayv2 appconfig athena autoscaling batch cloudformation cloudfront
cloudwatch codebuild codecommit codedeploy codepipeline cognito-idp dms ds dynamodb ecr ecs efs eks elasticache elasticbeanstalk elb emr es
events firehose fms glacier glue health inspector inspector2 kafka kinesis lambda lightsail macie2 mq neptune network-firewall opensearch
ram redshift resourcegroupstaggingapi route53 route53domains sagemaker secretsmanager securityhub servicecatalog ses shield
sns sqs sso-admin ssm stepfunctions storagegateway sts-other support swf transfer waf workspaces xray`)
}
