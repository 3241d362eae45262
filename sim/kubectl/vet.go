package kubectl

import (
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// vet says why a command line is refused, "" if it is not. This kubectl never
// meets the learner's real clusters, files or programs.
func vet(args []string, folder Folder) string {
	verb := verbOf(args)
	switch verb {
	case "proxy", "plugin", "kuberc":
		if asksHelp(args) {
			break
		}
		return "kubectl " + verb + " is not part of the simulator"
	case "create":
		if slices.ContainsFunc(args, func(a string) bool { return a == "--edit" || strings.HasPrefix(a, "--edit=") }) {
			return "kubectl create --edit is not part of the simulator: write a file, and create from it"
		}
	case "apply":
		if slices.Contains(args, "edit-last-applied") && !asksHelp(args) {
			return "kubectl apply edit-last-applied is not part of the simulator: kubectl edit is"
		}
	}
	refused := refusedFlag
	switch verb {
	case "config":
		refused = refusedConfigFlag
	case "kustomize":
		refused = refusedKustomizeFlag
	}
	for _, a := range args {
		if a == "--" {
			break
		}
		name, isLong := strings.CutPrefix(a, "--")
		if !isLong {
			if a == "-s" || strings.HasPrefix(a, "-s=") {
				return "this kubectl knows the simulated cluster only: -s is refused"
			}
			if verb == "kustomize" && strings.HasPrefix(a, "-o") {
				return "kubectl kustomize writes to its output only: -o is refused"
			}
			continue
		}
		name, _, _ = strings.Cut(name, "=")
		name = strings.ReplaceAll(name, "_", "-")
		if name == "user" && bindsUsers(args) {
			continue // whom to bind, not whom to be
		}
		if refused(name) {
			return "this kubectl knows the simulated cluster only: --" + name + " is refused"
		}
	}
	return vetFiles(args, folder)
}

// vetFiles refuses addresses where files are named, and kustomizations that
// lead out of the desk.
func vetFiles(args []string, folder Folder) string {
	named := fileArgs(args)
	for _, a := range named {
		if a.flag != "--from-file" && a.flag != "--from-env-file" && a.flag != "--template" && strings.Contains(a.value, "://") {
			return "addresses outside the simulator are refused: " + a.value
		}
	}
	usesKustomize := verbOf(args) == "kustomize" || slices.ContainsFunc(named, func(a fileArg) bool { return a.flag == "-k" || a.flag == "--kustomize" })
	if !usesKustomize || folder == nil {
		return ""
	}
	for _, name := range folder.Names() {
		switch path.Base(name) {
		case "kustomization.yaml", "kustomization.yml", "Kustomization":
			text, _ := folder.Read(name)
			var content map[string]any
			if yaml.Unmarshal([]byte(text), &content) != nil {
				continue // kustomize will say so
			}
			if out := leadsOut(path.Dir(deskPath(name)), content); out != "" {
				return "kustomizations stay within the desk: " + out + " is refused"
			}
		}
	}
	return ""
}

// leadsOut returns a text of a kustomization that names something outside the
// desk, "" if there is none. Any text may be a file somewhere, so all of them
// are looked at, but for those of one line only that can be no path.
func leadsOut(dir string, value any) string {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			switch key {
			case "literals", "labels", "commonLabels", "commonAnnotations", "images", "metadata", "options", "patch", "namePrefix", "nameSuffix":
				continue // no files
			case "helmCharts", "helmChartInflationGenerator", "helmGlobals":
				return key
			}
			if out := leadsOut(dir, v[key]); out != "" {
				return out
			}
		}
	case []any:
		for _, item := range v {
			if out := leadsOut(dir, item); out != "" {
				return out
			}
		}
	case string:
		if strings.Contains(v, "\n") {
			return "" // a document, not a path
		}
		file := v
		if _, after, ok := strings.Cut(v, "="); ok {
			file = after // of a generator: key=file
		}
		switch {
		case strings.ContainsAny(file, ":@?"), strings.HasPrefix(strings.ToLower(file), "github.com"), path.IsAbs(file), climbs(dir, file):
			return v
		}
	}
	return ""
}

// climbs reports whether a path from dir leads above the desk's root on its
// way.
func climbs(dir, file string) bool {
	depth := 0
	for _, part := range strings.Split(strings.TrimPrefix(path.Join(dir), "/")+"/"+file, "/") {
		switch part {
		case "..":
			if depth--; depth < 0 {
				return true
			}
		case "", ".":
		default:
			depth++
		}
	}
	return false
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// bindsUsers reports whether the command has a flag --user of its own.
func bindsUsers(args []string) bool {
	for _, sub := range []string{"rolebinding", "clusterrolebinding", "subject"} {
		if slices.Contains(args, sub) {
			return verbOf(args) == "create" || verbOf(args) == "set"
		}
	}
	return false
}

func refusedFlag(name string) bool {
	switch name {
	case "kubeconfig", "context", "cluster", "user", "server", "token", "cache-dir",
		"certificate-authority", "client-certificate", "client-key", "insecure-skip-tls-verify", "tls-server-name",
		"username", "password", "kuberc", "proxy-url", "disable-compression", "log-file", "log-dir", "output-directory":
		return true
	}
	return false
}

// refusedConfigFlag is for `kubectl config`, which only writes down what it is
// told, but reads certificates from files and could be led to other ones.
func refusedConfigFlag(name string) bool {
	switch name {
	case "kubeconfig", "cache-dir", "kuberc", "certificate-authority", "client-certificate", "client-key", "embed-certs",
		"log-file", "log-dir", "exec-command", "exec-arg", "exec-env":
		return true
	}
	return false
}

// refusedKustomizeFlag is for `kubectl kustomize`, which can start programs and
// fetch from the network.
func refusedKustomizeFlag(name string) bool {
	return name == "output" || name == "load-restrictor" || name == "network" || name == "network-name" || name == "mount" || name == "env" ||
		strings.HasPrefix(name, "enable-") || strings.HasPrefix(name, "helm-") || refusedFlag(name)
}
