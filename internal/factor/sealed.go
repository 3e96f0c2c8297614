package factor

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// sealedText is what travels through a person's browser: nobody but this
// installation can read or make it, and it ends.
type sealedText struct {
	Until time.Time `json:"until"`
	Body  []byte    `json:"body"`
}

func (s Service) wrap(purpose string, until time.Time, body []byte) (string, error) {
	b, err := json.Marshal(sealedText{until, body})
	if err != nil {
		return "", err
	}
	sealed, err := s.Key.Seal(purpose, b)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

func (s Service) unwrap(purpose, text string, now time.Time) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("sealed text: %w", err)
	}
	b, err := s.Key.Open(purpose, sealed)
	if err != nil {
		return nil, err
	}
	var t sealedText
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, fmt.Errorf("sealed text: %w", err)
	}
	if !now.Before(t.Until) {
		return nil, fmt.Errorf("sealed text ended at %s", t.Until)
	}
	return t.Body, nil
}
