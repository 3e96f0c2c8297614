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

// chainsIn reads the certificates in a folder, with an empty line between files.
func chainsIn(dir string) (string, error) {
	var chains []string
	for _, pattern := range []string{"*.pem", "*.crt", "*.cer"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return "", err
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err == nil {
				err = certificatesOnly(b)
			}
			if err != nil {
				return "", fault.New(fault.Invalid, "%s is not taken, and nothing was saved: %s. Mend it, or take it out of the folder.", filepath.Base(name), err)
			}
			chains = append(chains, strings.TrimSpace(string(b)))
		}
	}
	if len(chains) == 0 {
		return "", fault.New(fault.Invalid, "%s holds no .pem, .crt or .cer.", dir)
	}
	return strings.Join(chains, "\n\n"), nil
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
