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
	setEnvironment(saved, keptVariable)
	return func() { setEnvironment(saved, func(string) bool { return true }) }
}

// setEnvironment makes the process's variables those of list that are wanted.
// It clears them first: the syscall package never gives back the room of a
// variable that was unset and set again.
func setEnvironment(list []string, wanted func(name string) bool) {
	os.Clearenv()
	for _, kv := range list {
		name, value, _ := strings.Cut(kv, "=")
		if name != "" && wanted(name) {
			_ = os.Setenv(name, value) // an odd name that can't be set is none of ours
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
