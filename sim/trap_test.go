package sim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKubectlMeetsNothingOfTheHost sets every variable and file that a kubectl
// of the host would read to a trap: a configuration with a secret in it, and
// programs that leave a mark when they are started.
func TestKubectlMeetsNothingOfTheHost(t *testing.T) {
	const secret = "c2VjcmV0LW9mLXRoZS1ob3N0"
	home, mark := t.TempDir(), filepath.Join(t.TempDir(), "mark")
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		file := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	config := "apiVersion: v1\nkind: Config\nclusters:\n- {name: trap, cluster: {server: 'https://192.0.2.1'}}\ncontexts:\n" +
		"- {name: trap, context: {cluster: trap, user: trap, namespace: trapped}}\ncurrent-context: trap\nusers:\n- {name: trap, user: {token: " + secret + "}}\n"
	write(".kube/config", config, 0o600)
	write(".kube/kuberc", "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ndefaults:\n- command: get\n  options:\n  - {name: output, default: json}\n", 0o600)
	for _, program := range []string{"diff", "vi", "git", "helm", "kubectl-trap", "trap"} {
		write("bin/"+program, "#!/bin/sh\necho "+secret+"\ntouch "+mark+"\n", 0o700)
	}
	left := t.TempDir()
	for name, value := range map[string]string{
		"TMPDIR": left, "HOME": home, "KUBECONFIG": filepath.Join(home, ".kube/config"), "KUBECACHEDIR": home, "PATH": filepath.Join(home, "bin"),
		"KUBERC": filepath.Join(home, ".kube/kuberc"), "KUBECTL_KUBERC": "true", "KUBECTL_APPLYSET": "true",
		"EDITOR": "trap", "KUBE_EDITOR": "trap", "VISUAL": "trap", "SHELL": "trap", "KUBECTL_EXTERNAL_DIFF": "trap -N",
		"KUBERNETES_MASTER": "https://192.0.2.1", "KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "1", "POD_NAMESPACE": "trapped",
		"HTTP_PROXY": "http://192.0.2.1", "HTTPS_PROXY": "http://192.0.2.1", "LANG": "ko_KR.UTF-8", "LC_ALL": "ja_JP.UTF-8", "TRAP": secret,
	} {
		t.Setenv(name, value)
	}
	c, err := New(Options{Node: Instant})
	if err != nil {
		t.Fatal(err)
	}
	c.Desk().Put("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n")
	c.Desk().Put("e.env", "A=1\nTRAP\n")
	c.Desk().Put("k/kustomization.yaml", "resources: ['"+home+"/.kube']\n")
	up := strings.Repeat("../", 20)
	type row struct {
		text    string
		refused bool
	}
	lines := []row{
		{"kubectl get pods", false}, {"kubectl get pods -o wide", false}, {"kubectl version", false}, {"kubectl cluster-info", false},
		{"kubectl config view --raw", false}, {"kubectl config get-contexts", false}, {"kubectl config current-context", false},
		{"kubectl config set-context --current --namespace=kube-system", false}, {"kubectl config set-context --current --namespace=default", false},
		{"kubectl apply -f a.yaml", false}, {"kubectl diff -f a.yaml", false}, {"kubectl create configmap e --from-env-file=e.env", false},
		{"kubectl get configmap e -o yaml", false}, {"kubectl auth whoami", false}, {"kubectl options", false}, {"kubectl help", false},
		{"kubectl edit configmap a", true}, {"kubectl apply edit-last-applied configmap a", true}, {"kubectl create -f a.yaml --edit", true},
		{"kubectl trap", true}, {"kubectl plugin list", true}, {"kubectl proxy", true}, {"kubectl kuberc view", true},
		{"kubectl get pods --kubeconfig=" + home + "/.kube/config", true}, {"kubectl get pods --context trap", true}, {"kubectl get pods -s https://192.0.2.1", true},
		{"kubectl apply -f " + home + "/.kube/config", true}, {"kubectl apply -f " + up + home + "/.kube/config", true},
		{"kubectl create configmap h --from-file=" + home + "/.kube/config", true}, {"kubectl create configmap h --from-file=" + up + home + "/.kube", true},
		{"kubectl create secret tls t --cert=" + home + "/.kube/config --key=" + home + "/.kube/config", true},
		{"kubectl get configmap -o custom-columns-file=" + home + "/.kube/config", true},
		{"kubectl patch configmap a --patch-file " + home + "/.kube/config", true},
		{"kubectl kustomize k", true}, {"kubectl apply -k k", true}, {"kubectl kustomize " + home, true},
		{"kubectl cluster-info dump --output-directory=" + home + "/dump", true},
		{"kubectl apply -f https://192.0.2.1/a.yaml", true}, {"kubectl config view --kubeconfig=" + home + "/.kube/config", true},
		{`KUBE_EDITOR="sed -i s/k:.v/k:\ w/" kubectl edit configmap a`, false}, {`KUBE_EDITOR="sed -i s/kind:.*/kind:/" kubectl edit configmap a`, true},
		{"kubectl patch configmap a --type=merge -p '{\"data\":{\"k\":\"x\"}}'", false}, {"kubectl explain pods --output=plaintext-openapiv2", false},
		{"KUBECONFIG=" + home + "/.kube/config kubectl config view --raw", false}, {"HOME=" + home + " kubectl get configmap a", false},
		{"KUBE_EDITOR=trap kubectl edit configmap a", true}, {"KUBECTL_EXTERNAL_DIFF=trap kubectl diff -f a.yaml", true},
	}
	// Every flag that leads to a file, a program or another cluster, with a trap
	// as its value.
	for _, flag := range strings.Fields("kubeconfig context cluster user server token cache-dir certificate-authority client-certificate client-key " +
		"insecure-skip-tls-verify tls-server-name username password kuberc proxy-url disable-compression log-file log-dir output-directory") {
		lines = append(lines, row{"kubectl get pods --" + flag + "=" + home + "/.kube/config", true}, row{"kubectl --" + flag + "=https://192.0.2.1 version", true})
	}
	for _, flag := range strings.Fields("kubeconfig cache-dir kuberc certificate-authority client-certificate client-key embed-certs log-file log-dir exec-command exec-arg exec-env") {
		lines = append(lines, row{"kubectl config set-credentials u --" + flag + "=" + home + "/.kube/config", true}, row{"kubectl config set-cluster c --" + flag + "=trap", true})
	}
	for _, flag := range strings.Fields("output load-restrictor network network-name mount env enable-helm enable-exec enable-alpha-plugins enable-star helm-command helm-api-versions kubeconfig") {
		lines = append(lines, row{"kubectl kustomize k --" + flag + "=" + home + "/out", true})
	}
	for _, line := range lines {
		s, err := c.Exec(t.Context(), line.text)
		if err != nil {
			t.Errorf("%s: %v", line.text, err)
			continue
		}
		if out := s.Stdout + s.Stderr; strings.Contains(out, secret) || strings.Contains(out, "192.0.2.1/api") || strings.Contains(out, "trapped") {
			t.Errorf("%s shows something of the host: %s", line.text, out)
		}
		if (s.Exit != 0) != line.refused {
			t.Errorf("%s: exit %d, want refused %v: %s", line.text, s.Exit, line.refused, s.Stderr)
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program of the host was started")
	}
	if b, err := os.ReadFile(filepath.Join(home, ".kube/config")); err != nil || string(b) != config {
		t.Errorf("the host's configuration was changed: %v", err)
	}
	for _, name := range []string{"dump", "out"} {
		if _, err := os.Stat(filepath.Join(home, name)); err == nil {
			t.Errorf("kubectl wrote %s to the host", name)
		}
	}
	files, err := os.ReadDir(left)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Errorf("%s is left in the host's folder of temporary files", f.Name())
	}
}
