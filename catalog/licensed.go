package catalog

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/internal/criteria"
	"assay/internal/kit/fault"
)

// LicensedFile is the published wording as an org that holds a licence supplies
// it: a YAML mapping from id to text, or a CSV file with the columns id and
// text.
type LicensedFile struct {
	Name        string // its ending tells the format: .yaml, .yml or .csv
	Publication string // what the org says it holds, such as an edition
	Body        io.Reader
}

// MaxLicensedFile is more bytes than every id with the longest text takes.
const MaxLicensedFile = 4 << 20

// ReadLicensedText reads and checks an org's licensed text against the criteria
// that are known. The text goes into the value that it returns and nowhere else.
// An error is a fault (Invalid, TooLarge) that names the wrong lines, unless the
// body could not be read.
func ReadLicensedText(known *criteria.Library, file LicensedFile) (criteria.LicensedText, error) {
	body, err := io.ReadAll(io.LimitReader(file.Body, MaxLicensedFile+1))
	if err != nil {
		return criteria.LicensedText{}, fmt.Errorf("read the licensed text %q: %w", file.Name, err)
	}
	if len(body) > MaxLicensedFile {
		return criteria.LicensedText{}, fault.New(fault.TooLarge, "The file is larger than %d MiB, which the text of all criteria is not.", MaxLicensedFile>>20)
	}
	content := strings.TrimPrefix(string(body), "\ufeff")
	var entries []criteria.LicensedEntry
	switch strings.ToLower(path.Ext(file.Name)) {
	case ".yaml", ".yml":
		entries, err = licensedYAML(content)
	case ".csv":
		entries, err = licensedCSV(content)
	default:
		err = fault.New(fault.Invalid, "The file's name should end in .yaml, .yml or .csv, so that its format is known.")
	}
	if err != nil {
		return criteria.LicensedText{}, err
	}
	return known.License(file.Publication, entries)
}

func licensedYAML(content string) ([]criteria.LicensedEntry, error) {
	var document yaml.Node
	if err := decode([]byte(content), &document); err != nil {
		return nil, fault.New(fault.Invalid, "The file is not YAML that can be read: %s.", err)
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, fault.New(fault.Invalid, "The file should be one mapping from id to text, such as CC1.1: followed by its text.")
	}
	pairs := document.Content[0].Content
	entries := make([]criteria.LicensedEntry, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		id, text := pairs[i], pairs[i+1]
		if id.Kind != yaml.ScalarNode || text.Kind != yaml.ScalarNode {
			return nil, fault.New(fault.Invalid, "In line %d there is more than an id and a text.", id.Line)
		}
		entries = append(entries, criteria.LicensedEntry{ID: id.Value, Text: text.Value, Line: id.Line})
	}
	return entries, nil
}

func licensedCSV(content string) ([]criteria.LicensedEntry, error) {
	r := csv.NewReader(strings.NewReader(content))
	header, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "The file is not CSV that can be read: %s.", err)
	}
	for i := range header {
		header[i] = strings.ToLower(strings.TrimSpace(header[i]))
	}
	id, text := slices.Index(header, "id"), slices.Index(header, "text")
	if len(header) != 2 || id < 0 || text < 0 {
		return nil, fault.New(fault.Invalid, "The first line should name the two columns: id,text.")
	}
	var entries []criteria.LicensedEntry
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "The file is not CSV that can be read: %s.", err)
		}
		line, _ := r.FieldPos(0)
		entries = append(entries, criteria.LicensedEntry{ID: strings.TrimSpace(row[id]), Text: row[text], Line: line})
	}
}
