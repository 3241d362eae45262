// Package sarif writes findings as the Static Analysis Results Interchange
// Format that code hosts read (OASIS, "SARIF Version 2.1.0").
//
// It is written by hand: the one kept library is under a licence that we do not
// take, and what a code host reads of the format is small.
package sarif

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// A Level is how bad a result is.
type Level string

// The levels that we use.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

// A Result is one finding. Lines and columns start at 1, columns count runes.
type Result struct {
	Rule               string
	Level              Level
	Message            string
	Advice             string // what to do, "" if unknown
	File               string
	Line, Col, EndLine int
	Changes            []Change
}

// A Change replaces the lines From..To of the file by Text, whole lines with
// their ends. To is From-1 where nothing goes.
type Change struct {
	From, To int
	Text     string
}

const (
	version = "2.1.0"
	schema  = "https://json.schemastore.org/sarif-2.1.0.json"
)

type log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool       tool     `json:"tool"`
	ColumnKind string   `json:"columnKind"`
	Results    []result `json:"results"`
}

type tool struct {
	Driver driver `json:"driver"`
}

type driver struct {
	Name  string `json:"name"`
	Rules []rule `json:"rules"`
}

type rule struct {
	ID string `json:"id"`
}

type text struct {
	Text string `json:"text"`
}

type result struct {
	RuleID    string     `json:"ruleId"`
	RuleIndex int        `json:"ruleIndex"`
	Level     Level      `json:"level"`
	Message   text       `json:"message"`
	Locations []location `json:"locations"`
	Fixes     []fix      `json:"fixes,omitempty"`
}

type location struct {
	PhysicalLocation physical `json:"physicalLocation"`
}

type physical struct {
	ArtifactLocation artifact `json:"artifactLocation"`
	Region           region   `json:"region"`
}

type artifact struct {
	URI string `json:"uri"`
}

type region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

type fix struct {
	Description     text             `json:"description"`
	ArtifactChanges []artifactChange `json:"artifactChanges"`
}

type artifactChange struct {
	ArtifactLocation artifact      `json:"artifactLocation"`
	Replacements     []replacement `json:"replacements"`
}

type replacement struct {
	DeletedRegion   region `json:"deletedRegion"`
	InsertedContent text   `json:"insertedContent"`
}

// Write writes results, in their order, as one log with one run.
func Write(w io.Writer, results []Result) error {
	var ids []string
	for _, r := range results {
		ids = append(ids, r.Rule)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := run{Tool: tool{driver{Name: "gieok", Rules: []rule{}}}, ColumnKind: "unicodeCodePoints", Results: []result{}}
	for _, id := range ids {
		out.Tool.Driver.Rules = append(out.Tool.Driver.Rules, rule{id})
	}
	for _, r := range results {
		out.Results = append(out.Results, r.result(slices.Index(ids, r.Rule)))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(log{schema, version, []run{out}})
}

func (r Result) result(index int) result {
	message := r.Message
	if r.Advice != "" {
		message += "\n" + r.Advice
	}
	at := artifact{uri(r.File)}
	out := result{
		RuleID: r.Rule, RuleIndex: index, Level: r.Level, Message: text{message},
		Locations: []location{{physical{at, region{StartLine: r.Line, StartColumn: r.Col, EndLine: max(r.Line, r.EndLine)}}}},
	}
	if len(r.Changes) == 0 {
		return out
	}
	change := artifactChange{ArtifactLocation: at}
	for _, c := range r.Changes {
		// From the first column of one line to that of the line after the last.
		change.Replacements = append(change.Replacements, replacement{
			region{StartLine: c.From, StartColumn: 1, EndLine: c.To + 1, EndColumn: 1}, text{c.Text},
		})
	}
	advice := r.Advice
	if advice == "" {
		advice = r.Message
	}
	out.Fixes = []fix{{text{advice}, []artifactChange{change}}}
	return out
}

// uri is a path as a URI: relative paths stay relative, to the root of the
// repository that the host knows.
func uri(file string) string {
	file = filepath.ToSlash(file)
	u := url.URL{Path: strings.TrimPrefix(file, "./")}
	if strings.HasPrefix(file, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
