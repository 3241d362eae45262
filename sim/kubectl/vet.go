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
	for i, a := range args {
		name, value, joined := cutFlag(a)
		if !fileFlag(name) || name == "--from-file" || name == "--from-env-file" {
			continue
		}
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		if strings.Contains(value, "://") {
			return "addresses outside the simulator are refused: " + value
		}
	}
	return ""
}

func refusedFlags(name string) bool {
	switch name {
	case "kubeconfig", "context", "cluster", "user", "server", "token", "as", "as-group", "as-uid", "as-user-extra", "cache-dir",
		"certificate-authority", "client-certificate", "client-key", "insecure-skip-tls-verify", "tls-server-name",
		"username", "password", "kuberc", "proxy-url", "disable-compression", "log-file", "log-dir":
		return true
	}
	return false
}
