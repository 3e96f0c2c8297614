package sheet_test

import (
	"testing"

	"assay/internal/kit/sheet"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Ada": "Ada", "=1+1": "'=1+1", "@sum": "'@sum", "+x": "'+x", "-x": "'-x", "\tx": "'\tx", "\rx": "'\rx",
		"-5": "-5", "+1.5": "+1.5", "-1+2": "'-1+2", "a=b": "a=b",
	} {
		if got := sheet.Plain(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
