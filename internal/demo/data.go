package demo

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/evidence"
	"assay/internal/integrity"
	"assay/internal/inventory"
	"assay/internal/privacy"
	"assay/internal/register"
)

// The days of Larkspur's data.
const (
	dataWritten    = 5
	noticeShown    = 7
	askedForCopy   = 40
	askedToErase   = 131
	askedAQuestion = 222
	askedLast      = begun - 9 // still open
	taxOffice      = 190
	billedTwice    = 208
	billedAgain    = 209
	dataReviewed   = 301
)

// keepData is what happens with Larkspur's data, with what people ask about theirs,
// and with processing on a day.
func (m *maker) keepData(ctx context.Context) error {
	if m.day > dataWritten && m.day%28 == 0 {
		if err := m.monthly(ctx, m.day/28); err != nil {
			return err
		}
	}
	switch m.day {
	case dataWritten:
		return m.writeData(ctx)
	case noticeShown:
		return m.showNotice(ctx)
	case taxOffice:
		return m.put(ctx, privacy.DisclosureNoun, "title", "Bills of a quarter, for the tax office", "recipient", "Skatteverket", "disclosed_on", m.today(), "basis", "duty", "agreement", "Order 4471 of the tax office",
			"data", "Names and addresses of 38 shops on their bills", "people", "38")
	case billedTwice:
		at := func(hour, minute int) string { return m.w.at(m.day, hour, minute).Format("2006-01-02 15:04") }
		return m.put(ctx, integrity.ErrorNoun, "title", "Fourteen shops billed twice for one night", "sort", "twice", "severity", "high", "job", "Nightly bills", "began_at", at(2, 0), "detected_at", at(7, 40), "found_by", "monitor", "items", "14",
			"owner", "David Cohen", "effect", "Fourteen bills too many; none was paid.")
	case billedAgain:
		_, err := m.s.Registers.Move(ctx, m.lead, integrity.ErrorNoun, "PE-01", "fix", register.Step{Fields: map[string][]string{
			"fixed_at": {m.w.at(billedTwice, 11, 25).Format("2006-01-02 15:04")}, "done": {"The fourteen bills were taken back and the shops told. Every other bill of the night was compared with its orders."},
			"cause": {"The job was started again by hand while it still ran. It takes a lock now."},
		}})
		return err
	case dataReviewed:
		return m.reviewData(ctx)
	}
	return m.asked(ctx)
}

func (m *maker) today() string { return m.w.date(m.day).String() }

// writeData puts down what Larkspur has, where data lie and how they flow.
func (m *maker) writeData(ctx context.Context) error {
	for _, part := range []struct {
		noun string
		rows [][]string
	}{
		{inventory.ClassNoun, [][]string{
			{"title", "Public", "rank", "1", "means", "What everybody may know.", "examples", "Web site, prices", "stored", "Anywhere", "sent", "Anyhow"},
			{"title", "Internal", "rank", "2", "means", "What helps to work here and harms nobody if it gets out.", "examples", "Plans, minutes, runbooks", "stored", "In our own systems", "sent", "To people who work here", "destroyed", "When it is not needed any more"},
			{"title", "Confidential", "rank", "3", "means", "What customers entrust to us, and what would help an attacker.", "examples", "Orders, contracts, source code", "confidential", "yes", "stored", "Encrypted", "sent", "Encrypted", "shown", "Those whose work needs it", "printed", "Never", "destroyed", "Within 30 days after its time, by the store's own rule"},
			{"title", "Personal", "rank", "4", "means", "What is about people: the shops' customers above all.", "examples", "Names, addresses, what was ordered", "confidential", "yes", "stored", "Encrypted, in the Union", "sent", "Encrypted", "shown", "Those whose work needs it, for as long as it does", "printed", "Never", "destroyed", "Within 30 days after its time, or when somebody asks"},
		}},
		{inventory.StoreNoun, [][]string{
			{"title", "Orders", "sort", "database", "class", "CL-04", "holds", "Orders of the shops' customers", "personal", "yes", "people", "customers of the shops", "customers", "yes", "owner", "David Cohen", "vendor", "V-01", "region", "Stockholm", "encrypted", "yes", "keep_months", "24", "keep_why", "Contracts with the shops", "clear_months", "1"},
			{"title", "Backups", "sort", "backup", "class", "CL-04", "holds", "Copies of every database", "personal", "yes", "people", "customers of the shops", "customers", "yes", "owner", "David Cohen", "vendor", "V-01", "region", "Frankfurt", "encrypted", "yes", "keep_months", "3", "clear_months", "0"},
			{"title", "Bills", "sort", "service", "class", "CL-03", "holds", "Bills to shops", "owner", "Erik Holm", "vendor", "V-04", "encrypted", "yes", "keep_months", "84", "keep_why", "Swedish bookkeeping law, seven years", "clear_months", "12"},
			{"title", "Logs", "sort", "service", "class", "CL-02", "holds", "Logs of systems, without values of fields", "owner", "Tom Okafor", "vendor", "V-03", "encrypted", "yes", "keep_months", "13", "clear_months", "0"},
			{"title", "Files of employees", "sort", "files", "class", "CL-04", "personal", "yes", "people", "employees", "scope", "no", "owner", "Priya Raman", "encrypted", "yes", "keep_months", "24", "clear_months", "12"},
		}},
		{inventory.FlowNoun, [][]string{
			{"title", "New orders", "source_name", "Shops' customers", "target_name", "Ordering service", "way", "HTTPS", "encrypted", "yes", "boundary", "yes", "personal", "yes"},
			{"title", "Orders", "source_name", "Ordering service", "target", "DS-01", "way", "TLS to the database", "encrypted", "yes", "personal", "yes"},
			{"title", "Orders to pick", "source", "DS-01", "target_name", "Shops", "way", "HTTPS, and mail", "encrypted", "yes", "boundary", "yes", "personal", "yes"},
			{"title", "Nightly copies", "source", "DS-01", "target", "DS-02", "way", "TLS, encrypted file", "encrypted", "yes", "personal", "yes"},
			{"title", "Counts for bills", "source", "DS-01", "target", "DS-03", "way", "HTTPS", "encrypted", "yes", "boundary", "yes"},
			{"title", "Logs", "source_name", "Ordering service", "target", "DS-04", "way", "TLS", "encrypted", "yes", "boundary", "yes"},
		}},
		{inventory.AssetNoun, [][]string{
			{"title", "Ordering service", "sort", "system", "environment", "production", "owner", "David Cohen", "class", "CL-04", "criticality", "critical", "stores", "DS-01 DS-02", "vendor", "V-01"},
			{"title", "Web site", "sort", "system", "environment", "production", "owner", "Maya Singh", "class", "CL-01", "criticality", "medium", "scope", "no"},
			{"title", "Staging", "sort", "system", "environment", "staging", "owner", "Sara Nyström", "class", "CL-02", "criticality", "low", "vendor", "V-01"},
			{"title", "Office in Utrecht", "sort", "place", "environment", "office", "owner", "Priya Raman", "criticality", "low", "place", "Utrecht"},
		}},
		{privacy.ProcessingNoun, [][]string{
			{"title", "Orders of the shops' customers", "purpose", "Take, hand over and bill orders for the shops", "role", "processor", "basis", "instruction", "people", "customers of the shops", "data", "Name, address, telephone, what was ordered", "vendors", "V-01 V-02", "stores", "DS-01 DS-02", "keep", "Two years after the order", "owner", "Priya Raman"},
			{"title", "Accounts of the shops", "purpose", "Let shops use the service and bill them", "role", "controller", "basis", "contract", "people", "people who work at shops", "data", "Name, address, mail, bills", "vendors", "V-04", "stores", "DS-03", "keep", "Seven years after the last bill", "owner", "Erik Holm"},
			{"title", "Employment", "purpose", "Employ people and pay them", "role", "controller", "basis", "contract", "people", "employees and applicants", "data", "Name, address, account, leave", "stores", "DS-05", "keep", "Two years after somebody leaves", "owner", "Priya Raman"},
		}},
		{privacy.ConsentNoun, [][]string{
			{"title", "News about the service by mail", "subject", "shop 1182", "given_on", m.w.date(-40).String(), "way", "double", "activity", "PA-02"},
			{"title", "News about the service by mail", "subject", "shop 1207", "given_on", m.w.date(-21).String(), "way", "double", "activity", "PA-02"},
		}},
		{integrity.Noun, [][]string{
			{"title", "Orders taken and orders billed", "left", "Orders of the month, counted by the queue", "right", "Orders on the month's bills", "tolerance", "0", "days", "31", "owner", "Erik Holm"},
		}},
	} {
		for _, row := range part.rows {
			if err := m.put(ctx, part.noun, row...); err != nil {
				return err
			}
		}
	}
	return nil
}

// showNotice puts the notice in force, with a picture of where it is shown.
func (m *maker) showNotice(ctx context.Context) error {
	told := "purposes; choices; kinds; collection; use; disposal; access; disclosure; security; quality; monitoring; changes"
	if err := m.put(ctx, privacy.NoticeNoun, "title", "Privacy notice, 3", "audience", "customers", "text", "What Larkspur does with data about people at shops and about their customers, why, who gets them, how long they stay, and whom to ask.",
		"shown_at", "Foot of every page; the form for new shops", "covers", told, "owner", "Priya Raman"); err != nil {
		return err
	}
	e, err := m.s.Evidence.Upload(ctx, m.lead, evidence.Details{Title: "Privacy notice on the page for new shops", Controls: []string{"COM-02"}, From: m.w.date(m.day), To: m.w.date(m.day + 1)}, "notice.txt", strings.NewReader("Picture of the form for new shops: the notice stands above the button.\n"))
	if err != nil {
		return err
	}
	m.touched[evidence.ProductName] = true
	_, err = m.s.Registers.Move(ctx, m.second, privacy.NoticeNoun, "PN-01", "publish", register.Step{Fields: map[string][]string{
		"in_force_on": {m.today()}, "announced": {"Mail to every shop, two weeks ahead"}, "proof": {e.ID},
	}})
	return err
}

// monthly is what is done each fourth week: the store of orders is cleared, and
// orders are compared with bills.
func (m *maker) monthly(ctx context.Context, n int) error {
	if err := m.put(ctx, inventory.DisposalNoun, "title", "Orders older than two years", "store", "DS-01", "method", "rule", "done_on", m.today(), "until", m.w.date(m.day-730).String(), "items", strconv.Itoa(16000+n*37), "by", "David Cohen"); err != nil {
		return err
	}
	taken := 182000 + n*1410
	billed := taken
	if n == 9 {
		billed -= 14
	}
	if err := m.put(ctx, integrity.RunNoun, "title", m.today(), "reconciliation", "RC-01", "held_on", m.today(), "left", strconv.Itoa(taken), "right", strconv.Itoa(billed), "by", "Erik Holm"); err != nil || n != 9 {
		return err
	}
	_, err := m.s.Registers.Move(ctx, m.lead, integrity.RunNoun, fmt.Sprintf("RR-%02d", n), "explain", register.Step{Fields: map[string][]string{"why": {"Fourteen orders were taken after the bills of the night had been made; they are on the next ones."}}})
	return err
}

// asked is what people ask about their data.
func (m *maker) asked(ctx context.Context) error {
	request := func(title, wish, role, channel string) error {
		return m.put(ctx, privacy.RequestNoun, "title", title, "wish", wish, "received_on", m.today(), "role", role, "channel", channel, "handler", "Priya Raman", "subject", fmt.Sprintf("case %d", m.day))
	}
	move := func(id, name string, pairs ...string) error {
		step := register.Step{Fields: map[string][]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			step.Fields[pairs[i]] = []string{pairs[i+1]}
		}
		_, err := m.s.Registers.Move(ctx, m.lead, privacy.RequestNoun, id, name, step)
		return err
	}
	switch m.day {
	case askedForCopy:
		return request("A copy of everything about somebody who left a shop", "access", "controller", "mail")
	case askedForCopy + 2:
		return move("PR-01", "verify", "verified_how", "Answered from the address that the account has")
	case askedForCopy + 12:
		return move("PR-01", "answer", "answer", "A file with the account, its bills and its sign-ins", "places", "Accounts of the shops")
	case askedToErase:
		return request("Erase the orders of a customer of a shop", "deletion", "processor", "customer")
	case askedToErase + 1:
		return move("PR-02", "verify", "verified_how", "The shop asked, signed in, for its own customer")
	case askedToErase + 6:
		return move("PR-02", "answer", "answer", "Told the shop that the orders are gone, and when the last copy will be", "places", "Orders: deleted on the day. Backups: gone after three months. Glasswing Mail: nothing kept.")
	case askedAQuestion:
		return request("Which countries do data go to?", "question", "controller", "mail")
	case askedAQuestion + 3:
		return move("PR-03", "answer", "answer", "Sweden and Germany only; the list of vendors is in the notice")
	case askedLast:
		return request("Correct the name on bills of two years", "correction", "controller", "mail")
	}
	return nil
}

// reviewData is the yearly look at stores, at the record of processing and at the
// notice.
func (m *maker) reviewData(ctx context.Context) error {
	for _, reviewed := range [][]string{
		{inventory.StoreNoun, "DS-01", "DS-02", "DS-03", "DS-04", "DS-05"}, {privacy.ProcessingNoun, "PA-01", "PA-02", "PA-03"}, {privacy.NoticeNoun, "PN-01"},
	} {
		for _, id := range reviewed[1:] {
			if _, err := m.s.Registers.Move(ctx, m.lead, reviewed[0], id, "review", register.Step{Reason: "Gone through with the owner; nothing changed but the number of items."}); err != nil {
				return err
			}
		}
	}
	if _, err := m.s.Registers.Move(ctx, m.lead, privacy.ConsentNoun, "PC-02", "withdraw", register.Step{Fields: map[string][]string{"withdrawn_on": {m.today()}}}); err != nil {
		return err
	}
	_, err := m.s.Registers.Move(ctx, m.lead, privacy.ConsentNoun, "PC-02", "stop", register.Step{Reason: "Taken off the list of the news", Fields: map[string][]string{"stopped_on": {m.today()}}})
	return err
}
