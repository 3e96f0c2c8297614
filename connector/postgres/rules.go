package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// hba is a row of pg_hba_file_rules.
type hba struct {
	Line      int32
	Type      *string
	Databases []string
	Users     []string
	Address   *string
	Netmask   *string
	Method    *string
	Options   []string
	Error     *string
}

const rulesQuery = `
SELECT line_number, type, coalesce(database, '{}'), coalesce(user_name, '{}'), address, netmask, auth_method, coalesce(options, '{}'), error
FROM pg_hba_file_rules ORDER BY line_number`

// rules reads who may connect from where.
func (c *collection) rules(ctx context.Context) error {
	found, err := rows[hba](ctx, c, c.session, query{call: "pg_hba_file_rules", sql: rulesQuery})
	if err != nil {
		if refused(err) {
			c.run.Incomplete(kindRule, "The rules of pg_hba.conf could not be read: give the role the two grants on pg_hba_file_rules.")
			return nil
		}
		return err
	}
	times := map[string]int{}
	for i := range found {
		s, words := found[i].sheet()
		sum := sha256.Sum256([]byte(words))
		id := hex.EncodeToString(sum[:12])
		if times[id]++; times[id] > 1 {
			id += "#" + strconv.Itoa(times[id])
		}
		if err := c.emit(ctx, kindRule, id, s); err != nil {
			return err
		}
	}
	c.run.Complete(kindRule)
	return nil
}

// sheet describes a rule, and returns the words that it is known by.
func (h *hba) sheet() (s *sheet, words string) {
	s = newSheet()
	s.set("line", int(h.Line))
	if h.Error != nil {
		rule := "line " + strconv.Itoa(int(h.Line))
		s.set("rule", rule)
		s.set("error", *h.Error)
		return s, rule + " " + *h.Error
	}
	address := h.where()
	options := allowed(h.Options)
	parts := []string{text(h.Type), strings.Join(h.Databases, ","), strings.Join(h.Users, ","), address, text(h.Method), strings.Join(options, " ")}
	words = strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
	s.set("rule", words)
	s.text("type", text(h.Type))
	s.set("databases", h.Databases)
	s.set("users", h.Users)
	s.text("address", address)
	s.text("method", text(h.Method))
	s.set("options", list(options))
	local := text(h.Type) == "local"
	s.set("remote", !local && !loopback(address))
	s.set("any_address", !local && everywhere(address))
	return s, words
}

// where is the network as prefix, or the name or word as it stands.
func (h *hba) where() string {
	address := text(h.Address)
	a, err := netip.ParseAddr(address)
	if err != nil || h.Netmask == nil {
		return address
	}
	mask, err := netip.ParseAddr(*h.Netmask)
	if err != nil {
		return fmt.Sprintf("%s %s", address, *h.Netmask)
	}
	ones := 0
	for _, b := range mask.AsSlice() {
		for ; b&0x80 != 0; b <<= 1 {
			ones++
		}
		if b != 0 {
			return fmt.Sprintf("%s %s", address, *h.Netmask)
		}
	}
	return netip.PrefixFrom(a, ones).String()
}

func loopback(address string) bool {
	if address == "localhost" {
		return true
	}
	p, err := netip.ParsePrefix(address)
	if err != nil {
		return false
	}
	four := netip.MustParsePrefix("127.0.0.0/8")
	return four.Contains(p.Addr()) && p.Bits() >= 8 || p == netip.MustParsePrefix("::1/128")
}

func everywhere(address string) bool {
	p, err := netip.ParsePrefix(address)
	return address == "all" || err == nil && p.Bits() == 0
}

// allowed keeps the names of options, and the values of those that hold no
// secret; a method's secrets stand among them.
func allowed(options []string) (out []string) {
	for _, o := range options {
		name, _, _ := strings.Cut(o, "=")
		if name == "clientcert" || name == "map" {
			name = o
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
