package api

import (
	"context"
	"fmt"
	"reflect"
	"strconv"

	"assay/internal/kit/fault"
)

// mostPerPage is the largest page that a list is read in.
const mostPerPage = 1000

// List calls an operation that answers with a list and reads it to its end. What
// else the answer holds is the first page's.
func List[Out, In any](ctx context.Context, c *Client, operation string, in *In) (*Out, error) {
	q, err := question(reflect.ValueOf(in).Elem())
	if err != nil {
		return nil, err
	}
	q.query.Set("limit", strconv.Itoa(mostPerPage))
	var whole *Out
	for after := ""; ; {
		page, err := sent[Out](ctx, c, operation, q)
		if err != nil {
			return nil, err
		}
		next := reflect.ValueOf(page).Elem().FieldByName("Next")
		rows, ok := rowsIn(reflect.ValueOf(page).Elem())
		if !ok {
			return nil, fmt.Errorf("%s answers with no list", operation)
		}
		if whole == nil {
			whole = page
		} else {
			all, _ := rowsIn(reflect.ValueOf(whole).Elem())
			all.Set(reflect.AppendSlice(all, rows))
		}
		if next.String() == after && after != "" {
			return nil, fault.New(fault.Internal, "The list does not end: %s answered twice with the same next.", operation)
		}
		if after = next.String(); after == "" || rows.Len() == 0 {
			break
		}
		q.query.Set("after", after)
	}
	reflect.ValueOf(whole).Elem().FieldByName("Next").SetString("")
	return whole, nil
}

// rowsIn is the list of an answer; see listIn.
func rowsIn(out reflect.Value) (reflect.Value, bool) {
	if !out.FieldByName("Next").IsValid() {
		return out, false
	}
	for _, f := range out.Fields() {
		if isList(f.Type()) {
			return f, true
		}
	}
	return out, false
}

func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct
}
