package collect

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
)

const (
	mostWaiting = 20_000      // messages of a connection that no collection has told of
	soon        = time.Minute // after a message it is collected; others come meanwhile
)

// errStranger is for whoever cannot show that a message is the product's. It does
// not tell whether there is such a connection.
var errStranger = fault.New(fault.Unauthenticated, "There is no such receiver, or the message is not signed with its secret.")

// HookPath is where a connection's messages are received, below the
// installation's address.
func HookPath(org, connection string) string { return "/hooks/" + org + "/" + connection }

// Receive takes a message that a product sent by itself: what a webhook delivers.
// Nobody is signed in; the message's signature is checked with the connection's own
// secret. The same message twice is one. It is kept until a collection has told of
// it, and lets one begin soon, which reads what is, in whichever order messages
// came.
func (s Service) Receive(ctx context.Context, org, connection string, header http.Header, body []byte) error {
	grant, err := access.Job(org, "collect.receive").May(access.ConnectorSync)
	if err != nil {
		return errStranger
	}
	var c Connection
	config := connector.Config{}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) (err error) {
		if c, err = load(tx, connection); err != nil {
			return err
		}
		secrets, err := s.unseal(tx, &c)
		maps.Copy(config, c.Settings)
		maps.Copy(config, secrets)
		return err
	})
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return errStranger
		}
		return err
	}
	p, err := s.Product(c.Product)
	if err != nil || p.Receive == nil {
		return errStranger
	}
	m, err := p.Receive(config, header, body)
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return errStranger
	case err != nil || m.ID == "":
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error { return s.keep(tx, &c, &m) })
}

func (s Service) keep(tx *db.Tx, c *Connection, m *connector.Message) error {
	n, err := waiting(tx, c.ID)
	if err != nil {
		return err
	}
	if n >= mostWaiting {
		return fault.New(fault.Busy, "Too many messages wait for a collection.")
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	sealed, err := o.Secrets().Seal(messageContext(c.ID, m.ID), m.Body)
	if err != nil {
		return err
	}
	added, err := insertMessage(tx, c.ID, m.ID, sealed)
	if err != nil || !added || c.State != Enabled {
		return err
	}
	return job.Add(tx, JobRun, c.ID, tx.Now().Add(soon))
}

func messageContext(connection, id string) string {
	return fmt.Sprintf("collect.message %s %s", connection, id)
}

// received opens the messages that no collection has told of, the oldest first.
func (s Service) received(tx *db.Tx, connection string) ([]connector.Message, error) {
	list, err := messages(tx, connection)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		m := &list[i]
		if m.Body, err = o.Secrets().Open(messageContext(connection, m.ID), m.Body); err != nil {
			return nil, fmt.Errorf("message %s of %s: %w", m.ID, connection, err)
		}
	}
	return list, nil
}

// told forgets the messages that a collection has told of, which is so when it did
// not break off.
func (t *target) told(tx *db.Tx, broke bool) error {
	if broke {
		return nil
	}
	for i := range t.messages {
		if err := removeMessage(tx, t.connection.ID, t.messages[i].ID); err != nil {
			return err
		}
	}
	return nil
}
