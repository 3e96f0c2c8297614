package scanner

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tree reads XML piece by piece. Entities that a document declares itself are
// refused by the decoder, so none is expanded.
type tree struct {
	d     *xml.Decoder
	m     *meter
	depth int
	items int
}

func (x *tree) token() (xml.Token, error) {
	x.m.allow()
	t, err := x.d.Token()
	if err != nil {
		var wrong *xml.SyntaxError
		if errors.As(err, &wrong) && strings.Contains(wrong.Msg, "unexpected EOF") { //nolint:forbidigo // a pointer type
			err = io.ErrUnexpectedEOF
		}
		return nil, cut(err)
	}
	return t, nil
}

// children calls each for every element in the one that was entered, until its end.
// What each does not enter itself is passed over.
func (x *tree) children(each func(e *xml.StartElement) error) error {
	if x.depth++; x.depth > mostDepth {
		return errors.New("it is nested too deeply")
	}
	defer func() { x.depth-- }()
	for {
		t, err := x.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := each(&t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// pass goes to the end of the element that was entered.
func (x *tree) pass(*xml.StartElement) error { return x.children(x.pass) }

// decode reads a small element that was entered.
func (x *tree) decode(into any, e *xml.StartElement) error {
	if x.items++; x.items > mostItems {
		return fmt.Errorf("it holds more than %d entries", mostItems)
	}
	x.m.allow()
	return cut(x.d.DecodeElement(into, e))
}

func attribute(e *xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (c *content) readXML(m *meter) error {
	x := &tree{d: xml.NewDecoder(m), m: m}
	for {
		t, err := x.token()
		if err != nil {
			return err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "nmaprun":
			err = c.nmap(x, &e)
		case "NessusClientData_v2":
			err = c.nessus(x)
		case "asset-report-collection":
			err = c.assetReports(x, &e)
		default:
			return fmt.Errorf("it is XML of no format that is known here: <%.60s>", e.Name.Local)
		}
		if err != nil {
			return err
		}
		c.useful = true
		return x.end()
	}
}

// end sees that nothing but space and comments follows the root.
func (x *tree) end() error {
	for {
		x.m.allow()
		t, err := x.d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return cut(err)
		}
		if _, ok := t.(xml.StartElement); ok {
			return errors.New("something follows after its end")
		}
	}
}

type nmapHost struct {
	End    string `xml:"endtime,attr"`
	Status struct {
		State string `xml:"state,attr"`
	} `xml:"status"`
	Addresses []struct {
		Address string `xml:"addr,attr"`
		Type    string `xml:"addrtype,attr"`
	} `xml:"address"`
	Names []struct {
		Name string `xml:"name,attr"`
		Type string `xml:"type,attr"`
	} `xml:"hostnames>hostname"`
	Ports []struct {
		Protocol string `xml:"protocol,attr"`
		Number   string `xml:"portid,attr"`
		State    struct {
			State string `xml:"state,attr"`
		} `xml:"state"`
		Service struct {
			Name    string `xml:"name,attr"`
			Product string `xml:"product,attr"`
			Version string `xml:"version,attr"`
		} `xml:"service"`
	} `xml:"ports>port"`
}

func (c *content) nmap(x *tree, root *xml.StartElement) error {
	ended, exit := false, ""
	err := x.children(func(e *xml.StartElement) error {
		switch e.Name.Local {
		case "host":
			var h nmapHost
			if err := x.decode(&h, e); err != nil {
				return err
			}
			return c.nmapHost(&h, clip(attribute(root, "version")), attribute(root, "start"))
		case "runstats":
			return x.children(func(e *xml.StartElement) error {
				if e.Name.Local == "finished" {
					ended, exit = true, attribute(e, "exit")
				}
				return x.pass(e)
			})
		}
		return x.pass(e)
	})
	if err != nil {
		return err
	}
	for _, s := range c.scans {
		s.broken = s.broken || !ended || exit != "success"
	}
	return nil
}

func (c *content) nmapHost(h *nmapHost, release, start string) error {
	if h.Status.State == "down" {
		return nil
	}
	s := &scan{tool: "nmap", release: release, portsOnly: true}
	address := ""
	for _, a := range h.Addresses {
		if a.Type != "mac" {
			address = cmp.Or(address, clip(a.Address))
		}
	}
	for _, n := range h.Names { // the name that was asked for, before the one that the address has
		if s.target == "" || n.Type == "user" {
			s.target = clip(n.Name)
		}
	}
	if s.target = cmp.Or(s.target, address); s.target == "" {
		return errors.New("a host has neither address nor name")
	}
	c.epoch(s, cmp.Or(h.End, start))
	for _, p := range h.Ports {
		if p.State.State != "open" {
			continue
		}
		n, err := strconv.ParseUint(p.Number, 10, 16)
		if err != nil || !slices.Contains([]string{"tcp", "udp", "sctp"}, p.Protocol) {
			return fmt.Errorf("%.20q is no port of %.20q", p.Number, p.Protocol)
		}
		s.ports = append(s.ports, port{
			address: address, protocol: p.Protocol, number: int(n),
			service: c.keep(p.Service.Name), product: c.keep(p.Service.Product), release: c.keep(p.Service.Version),
		})
	}
	c.scans = append(c.scans, s)
	return nil
}

// epoch dates a scan by a number of seconds.
func (c *content) epoch(s *scan, text string) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 || n > 1<<37 {
		c.stamp(s, "")
		return
	}
	s.at = time.Unix(n, 0).UTC()
}

type nessusItem struct {
	Port     string   `xml:"port,attr"`
	Service  string   `xml:"svc_name,attr"`
	Protocol string   `xml:"protocol,attr"`
	Severity string   `xml:"severity,attr"`
	Plugin   string   `xml:"pluginID,attr"`
	Name     string   `xml:"pluginName,attr"`
	CVEs     []string `xml:"cve"`
	Solution string   `xml:"solution"`
	Score4   string   `xml:"cvss4_base_score"`
	Score3   string   `xml:"cvss3_base_score"`
	Patch    string   `xml:"patch_publication_date"`
}

func (c *content) nessus(x *tree) error {
	return x.children(func(e *xml.StartElement) error {
		if e.Name.Local != "Report" {
			return x.pass(e)
		}
		return x.children(func(e *xml.StartElement) error {
			if e.Name.Local != "ReportHost" {
				return x.pass(e)
			}
			return c.nessusHost(x, e)
		})
	})
}

func (c *content) nessusHost(x *tree, host *xml.StartElement) error {
	s := &scan{tool: "Nessus", target: clip(attribute(host, "name"))}
	if s.target == "" {
		return errors.New("a host has no name")
	}
	ended, stamp := false, ""
	err := x.children(func(e *xml.StartElement) error {
		switch e.Name.Local {
		case "ReportItem":
			var item nessusItem
			if err := x.decode(&item, e); err != nil {
				return err
			}
			return c.nessusItem(s, &item)
		case "tag":
			return x.pass(e)
		case "HostProperties":
			return x.children(func(e *xml.StartElement) error {
				var text string
				if err := x.decode(&text, e); err != nil {
					return err
				}
				switch attribute(e, "name") {
				case "HOST_END":
					ended = true
				case "HOST_END_TIMESTAMP":
					ended, stamp = true, text
				}
				return nil
			})
		}
		return x.pass(e)
	})
	if err != nil {
		return err
	}
	c.epoch(s, stamp)
	s.broken = !ended // the host was not scanned to its end
	c.scans = append(c.scans, s)
	return nil
}

// nessusItem is a finding for each CVE of a plugin, or for the plugin. What Nessus
// gives no severity tells of the host and is no finding.
func (c *content) nessusItem(s *scan, item *nessusItem) error {
	grade, err := strconv.Atoi(item.Severity)
	if err != nil || grade < 0 || grade > 4 || item.Plugin == "" {
		return fmt.Errorf("a finding has no plugin, or the severity %.20q", item.Severity)
	}
	if grade == 0 {
		return nil
	}
	f := seen{
		severity: severity(grade), title: c.keep(item.Name), score: points(jsonNumber(cmp.Or(item.Score4, item.Score3))),
		component: c.keep("Nessus plugin " + item.Plugin), place: c.keep(strings.Trim(item.Service+" "+item.Protocol+"/"+item.Port, " ")),
	}
	if item.Patch != "" {
		f.fix = yes
	}
	for _, cve := range item.CVEs {
		one := f
		one.ids = []string{c.keep(cve)}
		s.found = append(s.found, one)
	}
	if len(item.CVEs) == 0 {
		f.rule, f.ids = true, []string{f.component}
		f.component = f.place
		s.found = append(s.found, f)
	}
	return nil
}
