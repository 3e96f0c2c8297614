package id_test

import (
	"slices"
	"testing"
	"time"

	"assay/internal/kit/id"
)

func TestIdsOfOneInstantSortAsTheyWereMade(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var ids []string
	for range 10_000 {
		ids = append(ids, id.New("per", at))
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 10_000 {
		t.Fatal("not sorted, or not distinct")
	}
}

func TestIdsSortByTimeAndAreDistinct(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var ids []string
	for i := range 1000 {
		ids = append(ids, id.New("per", at.Add(time.Duration(i)*time.Millisecond)))
	}
	if !slices.IsSorted(ids) {
		t.Fatal("not sorted by time")
	}
	if len(slices.Compact(ids)) != 1000 {
		t.Fatal("not distinct")
	}
	for _, s := range ids {
		if !id.Valid("per", s) || id.Valid("pe", s) || id.Valid("per", s+"0") {
			t.Fatal(s)
		}
	}
}
