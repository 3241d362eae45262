package kubectl

import (
	"strings"
)

// vet says why a command line is refused, "" if it is not. This kubectl never
// meets the learner's real clusters, files or programs.
func vet(args []string) string {
	for _, a := range args {
		if a == "--" {
			break
		}
		name, isFlag := strings.CutPrefix(a, "--")
		if !isFlag {
			if a == "-s" || strings.HasPrefix(a, "-s=") {
				return "this kubectl knows the simulated cluster only: -s is refused"
			}
			continue
		}
		name, _, _ = strings.Cut(name, "=")
		name = strings.ReplaceAll(name, "_", "-")
		if refusedFlags(name) {
			return "this kubectl knows the simulated cluster only: --" + name + " is refused"
		}
	}
	switch v := verbOf(args); v {
	case "config", "proxy", "plugin", "kuberc", "edit", "diff":
		return "kubectl " + v + " is not part of the simulator"
	}
	for _, a := range args {
		if strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://") ||
			strings.Contains(a, "=http://") || strings.Contains(a, "=https://") && strings.HasPrefix(a, "-f") {
			return "addresses outside the simulator are refused: " + a
		}
	}
	return ""
}

func refusedFlags(name string) bool {
	switch name {
	case "kubeconfig", "context", "cluster", "user", "server", "token", "as", "as-group", "as-uid", "as-user-extra", "cache-dir",
		"certificate-authority", "client-certificate", "client-key", "insecure-skip-tls-verify", "tls-server-name",
		"username", "password", "profile", "profile-output", "kuberc", "proxy-url", "disable-compression", "log-file", "log-dir":
		return true
	}
	return false
}
