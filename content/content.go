// Package content is what ships inside the binary: notes, glossary,
// experiments, exercises and fixtures. It holds data and no logic.
package content

import "embed"

// FS holds the folders notes and glossary with all that lies in them.
//
//go:embed notes glossary
var FS embed.FS
