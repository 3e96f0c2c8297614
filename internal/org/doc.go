// Package org is the tenants: one service organization each, with its name,
// its time zone and its settings.
//
// Invariants: an organization has its keys and its log from its first row on;
// its days are local days of one stated time zone, whose change takes effect
// between periods: a zone counts from a day on, which lies after every period
// that has begun, so that no day that was accounted for is cut anew; the
// demonstration organization is marked for ever and its
// log's origin ends in demo.invalid.
//
// Tables written by this package alone: org_org, org_setting.
package org
