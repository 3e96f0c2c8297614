package api

import (
	"time"

	"assay/internal/check"
)

// Exclusion is an approved, expiring reason why a resource does not count.
type Exclusion struct {
	ID           string     `json:"id"`
	Check        string     `json:"check"`
	Resource     Ref        `json:"resource"`
	Label        string     `json:"label"`
	Reason       string     `json:"reason"`
	Compensating string     `json:"compensating,omitempty"`
	State        string     `json:"state" enum:"asked,approved,refused,lifted"`
	AskedBy      string     `json:"asked_by"`
	AskedAt      time.Time  `json:"asked_at"`
	ApprovedBy   string     `json:"approved_by,omitempty"`
	From         *time.Time `json:"from,omitempty"`
	Until        time.Time  `json:"until"`
}

func exclusionOf(e *check.Exclusion) Exclusion {
	return Exclusion{
		ID: e.ID, Check: e.Check, Resource: refOf(e.Ref), Label: e.Label, Reason: e.Reason, Compensating: e.Compensating,
		State: string(e.State), AskedBy: e.AskedBy, AskedAt: e.AskedAt, ApprovedBy: e.ApprovedBy, From: maybe(e.From), Until: e.Until,
	}
}
