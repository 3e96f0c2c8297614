package mailreport

import (
	"context"
	"path"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// The kinds, as the collectors name them.
const (
	kindDMARC = "mailreport.dmarc"
	kindTLS   = "mailreport.tls"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "mailreport", Version: "1", Title: "DMARC and TLS reports",
		Summary: "Reads the reports that receivers of mail send: whose mail passed DMARC and what became of the rest, and whether mail to you travelled encrypted.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "folder", Label: "Folder", Required: true, Example: "/var/lib/reports", Help: "A folder of this machine in which the reports are kept, as they came: .xml, .json, .gz, .zip or .eml."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"Let the address in rua= of your DMARC and TLS-RPT records put what it receives into a folder, and let Assay's account read it.",
				"Keep the reports for as long as your period and your audit last: they are read again each time.",
			},
			NotRead: []string{
				"failure reports (ruf=), which hold what people wrote",
				"the text of mails around the reports",
			},
		},
		Open: open,
	}
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	folder := strings.TrimSpace(c["folder"])
	switch {
	case env.Host == nil || env.Now == nil:
		return nil, fault.New(fault.Invalid, "Reports cannot be read here: no host was given.")
	case !path.IsAbs(folder) || path.Clean(folder) != folder:
		return nil, fault.Fields("The folder is not one.", fault.Field{Name: "folder", Text: "Give a whole path, such as /var/lib/reports."})
	case !env.AllowLocal:
		return nil, fault.Fields("Folders of this machine may not be read.", fault.Field{Name: "folder", Text: "The operator can allow it."})
	}
	return &source{env: env, folder: folder}, nil
}

type source struct {
	env    connector.Env
	folder string
}

// Authority is the same everywhere: reports are known by who sent them.
func (s *source) Authority(context.Context) (string, error) { return "mailreport", nil }

// Kinds declares everything that the connector can tell about reports.
func Kinds() []resource.Schema { return []resource.Schema{dmarcKind(), tlsKind()} }

func must(name string, t resource.Type, unit, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Unit: unit, Meaning: meaning}
}

func head() []resource.Field {
	return []resource.Field{
		must("name", resource.String, "", "who sent it, about which domain"),
		must("at", resource.Time, "", "end of the time that it covers"),
		must("from", resource.Time, "", "beginning of that time"),
		must("reporter", resource.String, "", "who sent it"),
		must("report", resource.String, "", "number that the sender gave it"),
		must("domain", resource.String, "", "domain that it is about, lower case"),
	}
}

func dmarcKind() resource.Schema {
	const i, unit = resource.Int, "messages"
	return resource.Schema{
		Kind: kindDMARC, Version: 1, Title: "DMARC aggregate reports", Family: resource.Event, Label: "name", At: "at",
		Fields: append(head(),
			resource.Field{Name: "policy", Type: resource.String, Meaning: "policy that the receiver found", Enum: []string{"none", "quarantine", "reject"}},
			must("messages", i, unit, "that claimed to come from the domain"),
			must("passed", i, unit, "of these that passed, by SPF or DKIM in alignment"),
			must("refused", i, unit, "of those that failed, refused"),
			must("quarantined", i, unit, "of those that failed, set apart"),
			must("delivered", i, unit, "of those that failed, delivered all the same"),
			must("senders", i, "addresses", "that sent them"),
			resource.Field{Name: "failing", Type: resource.List, Meaning: "senders of those that failed, the most first, at most fifty", Of: &resource.Field{
				Type: resource.Object, Fields: []resource.Field{
					must("address", resource.String, "", "address of the sending server"),
					must("messages", i, unit, "that failed"),
				},
			}},
		),
	}
}

func tlsKind() resource.Schema {
	const i, unit = resource.Int, "sessions"
	return resource.Schema{
		Kind: kindTLS, Version: 1, Title: "SMTP TLS reports", Family: resource.Event, Label: "name", At: "at",
		Fields: append(head(),
			must("succeeded", i, unit, "that were encrypted as the domain's policy asks"),
			must("failed", i, unit, "that were not"),
			resource.Field{Name: "reasons", Type: resource.List, Of: &resource.Field{Type: resource.String}, Meaning: "why, as the sender words it, sorted"},
		),
	}
}
