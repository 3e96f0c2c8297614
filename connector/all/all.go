package all

import (
	"assay/connector"
	"assay/connector/aws"
	"assay/connector/domain"
	"assay/connector/git"
	"assay/connector/github"
	"assay/connector/googleworkspace"
	"assay/connector/imports"
	"assay/connector/linux"
	"assay/connector/mailreport"
	"assay/connector/okta"
	"assay/connector/postgres"
	"assay/connector/scanner"
	"assay/connector/statuspage"
)

// Products returns every connector, in the order in which they are offered.
func Products() []connector.Product {
	return []connector.Product{
		linux.Product(),
		git.Product(),
		github.Product(),
		aws.Product(),
		okta.Product(),
		googleworkspace.Product(),
		domain.Product(),
		mailreport.Product(),
		scanner.Product(),
		postgres.Product(),
		statuspage.Product(),
		imports.Product(),
	}
}
