package db

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// session is one connection to SQLite with the statements that were prepared
// on it: SQLite parses a statement anew each time otherwise. PostgreSQL's
// driver remembers them by itself and has none of this.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// sessions hands a bounded number of connections out, one to each transaction:
// the one given back last, because it has the statements prepared and the pages
// read, so that as few are opened as are ever used at once.
type sessions struct {
	pool  *sql.DB
	begin string        // how a transaction begins
	slots chan struct{} // holds one for each session that may be taken

	mu   sync.Mutex
	free []*session // opened and not taken, the last given at the end
}

func newSessions(pool *sql.DB, n int, begin string) *sessions {
	s := &sessions{pool: pool, begin: begin, slots: make(chan struct{}, n)}
	for range n {
		s.slots <- struct{}{}
	}
	return s
}

func (s *sessions) take(ctx context.Context) (*session, error) {
	select {
	case <-s.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if one := s.last(); one != nil {
		return one, nil
	}
	conn, err := s.pool.Conn(context.WithoutCancel(ctx))
	if err != nil {
		s.slots <- struct{}{}
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &session{conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

// last is the session given back last; nil if every opened one is taken.
func (s *sessions) last() *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		return nil
	}
	one := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return one
}

func (s *sessions) give(one *session) {
	s.mu.Lock()
	s.free = append(s.free, one)
	s.mu.Unlock()
	s.slots <- struct{}{}
}

// close ends every connection; transactions must have ended.
func (s *sessions) close() {
	for range cap(s.slots) {
		<-s.slots
	}
	for _, one := range s.free {
		for _, st := range one.stmts {
			_ = st.Close()
		}
		_ = one.conn.Close()
	}
}

// mostStatements bounds the memory; texts built for lists of many lengths are
// forgotten together once it is reached.
const mostStatements = 500

// do runs what begins or ends a transaction. The driver would read its text
// anew each time, and watch each transaction's context in a goroutine.
func (one *session) do(ctx context.Context, query string) error {
	s, err := one.prepare(ctx, query) //nolint:sqlclosecheck // closed with the connection
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return err
}

// prepare returns the connection's statement. It runs inside the transaction
// that is open on the connection, or begins it.
func (one *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := one.stmts[query]; ok {
		return st, nil
	}
	if len(one.stmts) >= mostStatements {
		for text, st := range one.stmts {
			_ = st.Close()
			delete(one.stmts, text)
		}
	}
	st, err := one.conn.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	one.stmts[query] = st
	return st, nil
}
