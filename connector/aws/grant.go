package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"assay/connector"
)

// neededRights lists what the connector needs, each once, in order.
func neededRights() []string {
	var out []string
	for _, a := range actions() {
		if a.right != "" {
			out = append(out, a.right)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func jsonList(items []string, indent string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = fmt.Sprintf("%s%q", indent, item)
	}
	return strings.Join(quoted, ",\n")
}

// policyJSON is the role's policy.
func policyJSON() string {
	return fmt.Sprintf(`{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AssayReads",
      "Effect": "Allow",
      "Action": [
%s
      ],
      "Resource": "*"
    }
  ]
}`, jsonList(neededRights(), "        "))
}

// trustJSON lets the user take on the role.
func trustJSON() string {
	doc := map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"AWS": "arn:aws:iam::<ASSAY'S ACCOUNT>:user/assay"}, "Action": "sts:AssumeRole",
		"Condition": map[string]any{"StringEquals": map[string]string{"sts:ExternalId": "<EXTERNAL ID>"}},
	}}}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if enc.Encode(doc) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

func terraform() string {
	return fmt.Sprintf(`variable "assay_user" { type = string }        # arn:aws:iam::<ASSAY'S ACCOUNT>:user/assay
variable "external_id" { type = string }

resource "aws_iam_role" "assay" {
  name                 = "assay"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.assay_user }
      Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
    }]
  })
}

resource "aws_iam_role_policy" "assay" {
  name = "assay-reads"
  role = aws_iam_role.assay.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "AssayReads"
      Effect   = "Allow"
      Resource = "*"
      Action = [
%s
      ]
    }]
  })
}`, jsonList(neededRights(), "        "))
}

func cloudFormation() string {
	return fmt.Sprintf(`AWSTemplateFormatVersion: "2010-09-09"
Description: The role by which Assay reads this account
Parameters:
  AssayUser: {Type: String, Description: "arn:aws:iam::<ASSAY'S ACCOUNT>:user/assay"}
  ExternalId: {Type: String, NoEcho: true}
Resources:
  Assay:
    Type: AWS::IAM::Role
    Properties:
      RoleName: assay
      MaxSessionDuration: 3600
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: {AWS: !Ref AssayUser}
            Condition: {StringEquals: {"sts:ExternalId": !Ref ExternalId}}
      Policies:
        - PolicyName: assay-reads
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: AssayReads
                Effect: Allow
                Resource: "*"
                Action:
                  - %s
Outputs:
  Role: {Value: !GetAtt Assay.Arn}`, strings.Join(neededRights(), "\n                  - "))
}

// ways are the role in all its forms.
func ways() []connector.Way {
	return []connector.Way{
		{Title: "JSON: the role's policy", Text: policyJSON()},
		{Title: "JSON: who may take it on", Text: trustJSON()},
		{Title: "Terraform", Text: terraform()},
		{Title: "CloudFormation", Text: cloudFormation()},
	}
}

// grantText is all of them, one after the other.
func grantText() string {
	var b strings.Builder
	for _, w := range ways() {
		b.WriteString("# " + w.Title + "\n\n" + w.Text + "\n\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
