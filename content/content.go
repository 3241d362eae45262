// Package content is what ships inside the binary: notes, glossary,
// experiments, exercises and fixtures. It holds data and no logic.
package content

import "embed"

// FS holds the folders notes, glossary, fixtures and experiments with all that
// lies in them.
//
//go:embed notes glossary fixtures experiments
var FS embed.FS
