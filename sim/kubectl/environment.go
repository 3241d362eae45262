package kubectl

import (
	"os"
	"strings"
)

// withholdEnvironment takes the host's variables away from kubectl, which
// reads its features, its editor, its language and whatever an env file names
// there. Call the returned function to give them back.
func withholdEnvironment() (restore func()) {
	saved := os.Environ()
	for _, kv := range saved {
		name, _, _ := strings.Cut(kv, "=")
		if !keptVariable(name) {
			_ = os.Unsetenv(name) // an odd name that can't be unset is none of kubectl's
		}
	}
	return func() {
		for _, kv := range saved {
			name, value, _ := strings.Cut(kv, "=")
			if name != "" && !keptVariable(name) {
				_ = os.Setenv(name, value)
			}
		}
	}
}

// keptVariable says what Go itself needs to find its temporary folder.
func keptVariable(name string) bool {
	switch strings.ToUpper(name) {
	case "TMPDIR", "TMP", "TEMP", "SYSTEMROOT":
		return true
	}
	return false
}
