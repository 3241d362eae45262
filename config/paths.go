package config

import "path/filepath"

// Dirs are the folders and files that gieok keeps for one learner.
type Dirs struct {
	Config string // the configuration file
	Data   string // folder: the answer log and the flags of bad cards
	Cache  string // folder: what can be made again
}

// name is gieok's folder inside each base folder.
const name = "gieok"

// Paths are the places by the XDG Base Directory Specification: env looks up an
// environment variable, home is the learner's home folder. A relative value is
// ignored, as the specification asks.
func Paths(env func(string) string, home string) Dirs {
	base := func(variable, fallback string) string {
		if dir := env(variable); filepath.IsAbs(dir) {
			return filepath.Join(dir, name)
		}
		return filepath.Join(home, fallback, name)
	}
	return Dirs{
		Config: filepath.Join(base("XDG_CONFIG_HOME", ".config"), "config.toml"),
		Data:   base("XDG_DATA_HOME", filepath.Join(".local", "share")),
		Cache:  base("XDG_CACHE_HOME", ".cache"),
	}
}

// Log is the file of the answer log.
func (d Dirs) Log() string { return filepath.Join(d.Data, "review.db") }

// Flags is the file of the cards that the learner called bad.
func (d Dirs) Flags() string { return filepath.Join(d.Data, "flags.jsonl") }
