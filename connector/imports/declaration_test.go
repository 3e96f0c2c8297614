package imports

import (
	"os"
	"strings"
	"testing"

	"assay/internal/kit/fault"
)

func TestDeclarationsThatAreRefused(t *testing.T) {
	change := func(old, replacement string) string {
		if !strings.Contains(devices, old) {
			t.Fatalf("%q is not there to be changed", old)
		}
		return strings.Replace(devices, old, replacement, 1)
	}
	for text, want := range map[string]string{
		"":                                    "it is empty",
		"kind: [":                             "line 1",
		devices + "---\nkind: x\n":            "more than one document",
		devices + "colour: red\n":             "field colour not found",
		change("type: bool", "type: boolean"): `unknown type "boolean"`,
		change("{name: serial, type: string}", "{name: serial, type: string, size: 3}"):        "field size not found",
		change("acme.device", "linux.device"):                                                  "Assay's own",
		change("acme.device", "device"):                                                        "product.noun",
		change("id: [serial]", "id: []"):                                                       "tell one row from another",
		change("id: [serial]", "id: [none]"):                                                   "none is not a field",
		change("id: [serial]", "id: [owner]"):                                                  "optional",
		change("id: [serial]", "id: [encrypted]"):                                              "is a bool",
		change("{name: serial, type: string}", "{name: serial, type: string, personal: true}"): "personal",
		change("authority: devices.example.com", ""):                                           "authority",
		change("family: state", "family: thing"):                                               "state or event",
		change("version: 1", "version: 0"):                                                     "version",
		change("read:", "read:\n  none: {lower: true}"):                                        "none is not a field",
		change("lower: true", "zone: Europe/Berlin"):                                           "zone",
		change("disks: {unavailable", "disks: {lower: true, unavailable"):                      "lower",
		change("{path: disk.encrypted}", "{true: [a]}"):                                        "words for both",
		change("{path: disk.encrypted}", "{true: [a], false: [a]}"):                            "stands for both",
		devices + "  seen: {time: \"YYYY-MM-DD hh:mm\"}\n":                                     "a zone beside it",
		devices + "  seen: {time: \"YYYY-MM-DD hh:mm ZZ\", zone: UTC}\n":                       "either ZZ in it or a zone",
		devices + "  seen: {time: \"YYYY-MM-DD\", zone: UTC}\n":                                "lacks hh",
		devices + "  seen: {time: \"DD.MM.YY hh:mm\", zone: UTC}\n":                            "pattern",
		devices + "  seen: {time: \"YYYY-MM-DD hh:mm\", zone: Mars/Olympus}\n":                 "Mars/Olympus is not known",
		devices + "  bought: {time: unix}\n":                                                   "instant",
		devices + "  bought: {time: \"YYYY-MM-DD hh\"}\n":                                      "no time of day",
		devices + "csv: {separator: ab}\n":                                                     "one character",
		devices + "facets: [{facet: boat, version: 1}]\n":                                      "not in the vocabulary",
		devices + "facets: [{facet: device, version: 1}]\n":                                    "not in the vocabulary",
		devices + "facets: [{facet: account, version: 1, fields: {name: {from: disks}}}]\n":    "the facet wants",
		"a: &a [*a]\n":                    "",
		strings.Repeat("# long\n", 1<<16): "larger than",
		"kind: \xff":                      "UTF-8",
	} {
		_, err := ParseDeclaration([]byte(text))
		if k := fault.Of(err); k != fault.Invalid && k != fault.TooLarge || !strings.Contains(fault.Text(err), want) || strings.Contains(fault.Text(err), "imports.") {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func FuzzDeclaration(f *testing.F) {
	f.Add(devices)
	f.Add(example)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDeclaration([]byte(text))
		if err != nil {
			return
		}
		if err := d.Valid(); err != nil {
			t.Fatal(err)
		}
		if _, err := newReader(d); err != nil {
			t.Fatal(err)
		}
	})
}

// TestTheDeclarationsInTheManual takes every YAML block of the user page that
// is a whole declaration.
func TestTheDeclarationsInTheManual(t *testing.T) {
	page, err := os.ReadFile("../../docs/user/connectors/import.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```")
	taken := 0
	for i := 1; i < len(blocks); i += 2 {
		if text, ok := strings.CutPrefix(blocks[i], "yaml\n"); ok {
			taken++
			if _, err := ParseDeclaration([]byte(text)); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		}
	}
	if taken != 2 {
		t.Errorf("%d declarations", taken)
	}
}
