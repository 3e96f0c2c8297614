package cli

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/kit/fault"
)

// notTaken begins a line in place of a file, as the connector for domains reads it.
const notTaken = "Not taken: "

// chainsIn reads the certificates in a folder, with an empty line between files.
// In place of a file that is not taken stands a line that names it, which keeps
// every collection from being whole; not one that can be taken is refused.
func chainsIn(dir string) (text string, untaken []string, err error) {
	var chains []string
	taken := 0
	for _, pattern := range []string{"*.pem", "*.crt", "*.cer"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", nil, err
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err == nil {
				err = certificatesOnly(b)
			}
			if err != nil {
				why := fmt.Sprintf("%.100q: %s", filepath.Base(name), err)
				untaken = append(untaken, why)
				chains = append(chains, notTaken+why)
				continue
			}
			taken++
			chains = append(chains, strings.TrimSpace(string(b)))
		}
	}
	switch {
	case len(chains) == 0:
		return "", nil, fault.New(fault.Invalid, "%s holds no .pem, .crt or .cer.", dir)
	case taken == 0:
		return "", nil, fault.New(fault.Invalid, "No file of %s can be taken, and nothing was saved. %s.", dir, strings.Join(untaken, "; "))
	}
	return strings.Join(chains, "\n\n"), untaken, nil
}

// certificatesOnly reports what keeps a file from being certificates in PEM, whole
// ones and nothing else. Text between them is allowed (RFC 7468).
func certificatesOnly(text []byte) error {
	begun, n := bytes.Count(text, []byte("-----BEGIN ")), 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		n++
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("its block %d is %.40q and no certificate", n, block.Type)
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("its certificate %d cannot be read (%w)", n, err)
		}
	}
	switch {
	case begun == 0:
		return errors.New("it holds no certificate in PEM")
	case n != begun:
		return fmt.Errorf("of the %d blocks that begin in it %d are whole", begun, n)
	}
	return nil
}
