package sarif

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrite(t *testing.T) {
	var out bytes.Buffer
	err := Write(&out, []Result{
		{Rule: "unknown-field", Level: Error, Message: "없는 필드", Advice: "옮기세요.", File: "./내 노트/job.md", Line: 9, Col: 5, EndLine: 9,
			Changes: []Change{{From: 9, To: 9, Text: "  backoffLimit: 2\n"}}},
		{Rule: "link", Level: Note, Message: "없는 절", File: "/a b.md", Line: 2, Col: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "gieok",
          "rules": [
            {
              "id": "link"
            },
            {
              "id": "unknown-field"
            }
          ]
        }
      },
      "columnKind": "unicodeCodePoints",
      "results": [
        {
          "ruleId": "unknown-field",
          "ruleIndex": 1,
          "level": "error",
          "message": {
            "text": "없는 필드\n옮기세요."
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "%EB%82%B4%20%EB%85%B8%ED%8A%B8/job.md"
                },
                "region": {
                  "startLine": 9,
                  "startColumn": 5,
                  "endLine": 9
                }
              }
            }
          ],
          "fixes": [
            {
              "description": {
                "text": "옮기세요."
              },
              "artifactChanges": [
                {
                  "artifactLocation": {
                    "uri": "%EB%82%B4%20%EB%85%B8%ED%8A%B8/job.md"
                  },
                  "replacements": [
                    {
                      "deletedRegion": {
                        "startLine": 9,
                        "startColumn": 1,
                        "endLine": 10,
                        "endColumn": 1
                      },
                      "insertedContent": {
                        "text": "  backoffLimit: 2\n"
                      }
                    }
                  ]
                }
              ]
            }
          ]
        },
        {
          "ruleId": "link",
          "ruleIndex": 0,
          "level": "note",
          "message": {
            "text": "없는 절"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "file:///a%20b.md"
                },
                "region": {
                  "startLine": 2,
                  "startColumn": 1,
                  "endLine": 2
                }
              }
            }
          ]
        }
      ]
    }
  ]
}
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
}

// A log without results is whole as well: a code host then closes old findings.
func TestWriteNothing(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte(`"results": []`)) || bytes.Contains(out.Bytes(), []byte("null")) {
		t.Error(out.String())
	}
}
