package lab

import "regexp"

// Where an outdated row is looked for.
type outdatedPlace int

const (
	inCommand outdatedPlace = iota + 1 // a command line of the note
	inText                             // a sentence or a comment
	inYAML                             // a line of a snippet
)

// An outdated is a row: what notes still write, and since which release of
// Kubernetes it is not so.
type outdated struct {
	place   outdatedPlace
	match   *regexp.Regexp
	says    string // Korean, with the release
	fix     string // Korean
	source  string // title of what says so
	gone    bool   // it fails today; else it works and is frowned upon
	example string // a command, or a manifest, that a test runs: it must fail as gone says, or warn
}

const (
	changelog      = "Kubernetes release notes (CHANGELOG-"
	labelsPage     = `Kubernetes documentation, "Well-Known Labels, Annotations and Taints"`
	volumesPage    = `Kubernetes documentation, "Volumes"`
	removalsPage   = `Kubernetes blog, "Kubernetes Removals and Major Changes"`
	dockershimPage = `Kubernetes documentation, "Migrating from dockershim"`
)

func word(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

// outdatedRows are asked in order; one row a line is told.
func outdatedRows() []outdated {
	return []outdated{
		{inCommand, word(`^(?:kubectl|k) .*--record\b`), "--record는 1.22부터 폐기 예정입니다.",
			`kubectl annotate로 kubernetes.io/change-cause 애너테이션을 붙이세요.`, `kubernetes/kubernetes pull request 102873, "Start deprecation of --record flag"`, false, "kubectl set image deployment/web web=nginx:1.28 --record"},
		{inCommand, word(`^(?:kubectl|k) run .*--generator`), "kubectl run의 --generator는 1.18에서 뜻을 잃고 그 뒤 없어졌습니다. kubectl run은 파드만 만듭니다.",
			"Deployment는 kubectl create deployment로, Job은 kubectl create job으로 만드세요.", changelog + "1.18)", true, "kubectl run web --image=nginx --generator=run-pod/v1"},
		{inCommand, word(`^(?:kubectl|k) run .*--replicas`), "kubectl run은 1.18부터 파드 하나만 만들어 --replicas가 없습니다.",
			"kubectl create deployment 이름 --image=… --replicas=N을 쓰세요.", changelog + "1.18)", true, "kubectl run web --image=nginx --replicas=3"},
		{inCommand, word(`^(?:kubectl|k) run .*--schedule`), "kubectl run은 1.18부터 파드만 만들어 --schedule이 없습니다.",
			"kubectl create cronjob 이름 --image=… --schedule=…을 쓰세요.", changelog + "1.18)", true, "kubectl run web --image=busybox --schedule=@hourly"},
		{inCommand, word(`^(?:kubectl|k) rolling-update\b`), "kubectl rolling-update는 1.18에서 없어졌습니다.",
			"kubectl set image와 kubectl rollout을 쓰세요.", `kubernetes/kubernetes pull request 88057, "Remove deprecated rolling-update command"`, true, "kubectl rolling-update web --image=nginx:1.28"},
		{inCommand, word(`^(?:kubectl|k) get .*--export\b`), "kubectl get의 --export는 1.14부터 폐기 예정이었고 지금은 없습니다.",
			"-o yaml로 받아 status와 uid 같은 필드를 지우세요.", `kubernetes/kubernetes pull request 88649, "Remove --export flag from kubectl get command."`, true, "kubectl get pods -o yaml --export"},
		{inCommand, word(`^(?:kubectl|k) (?:get|describe) (?:componentstatus(?:es)?|cs)\b`), "ComponentStatus는 1.19부터 폐기 예정입니다.",
			"kubectl get --raw='/readyz?verbose'나 kubectl get pods -n kube-system을 쓰세요.", changelog + "1.19)", false, "kubectl get componentstatuses"},
		{inCommand, word(`^(?:kubectl|k) .*--dry-run(?:=true|=false)?(?:\s|$)`), "값이 없는 --dry-run은 1.18부터 폐기 예정입니다.",
			"--dry-run=client나 --dry-run=server로 적으세요.", changelog + "1.18)", false, "kubectl create namespace dev --dry-run -o yaml"},
		{inCommand, word(`^(?:kubectl|k) drain .*--delete-local-data\b`), "kubectl drain의 --delete-local-data는 1.20부터 폐기 예정이었고 지금은 없습니다.",
			"--delete-emptydir-data로 적으세요.", `kubernetes/kubernetes pull request 95076, "kubectl: deprecate --delete-local-data"`, true, "kubectl drain worker-1 --delete-local-data"},
		{inCommand, word(`^(?:kubectl|k) version .*--short\b`), "kubectl version의 --short는 1.28에서 없어졌습니다. 짧은 출력이 기본입니다.",
			"kubectl version만 적으세요.", changelog + "1.28)", true, "kubectl version --short"},
		{inCommand, word(`^(?:kubectl|k) convert\b`), "kubectl convert는 kubectl에서 나와 따로 설치하는 플러그인이 되었습니다.",
			"kubectl-convert 플러그인을 설치하세요.", `Kubernetes documentation, "Install and Set Up kubectl", kubectl convert plugin`, true, "kubectl convert -f web.yaml"},
		{inCommand, word(`^(?:kubectl|k) (?:get|describe|create|delete) (?:psp|podsecuritypolic(?:y|ies))\b`), "PodSecurityPolicy는 1.25에서 없어졌습니다.",
			"네임스페이스의 pod-security.kubernetes.io 라벨(Pod Security Admission)을 쓰세요.", migrationGuide, true, "kubectl get psp"},
		{inCommand, word(`node-role\.kubernetes\.io/master`), "node-role.kubernetes.io/master는 kubeadm 1.24(라벨)와 1.25(테인트)에서 없어졌습니다.",
			"node-role.kubernetes.io/control-plane으로 적으세요.", changelog + "1.24)", false, ""},
		{inCommand, word(`\bk8s\.gcr\.io/`), "k8s.gcr.io는 2023년 4월에 동결되었습니다.", "registry.k8s.io로 적으세요.", `Kubernetes blog, "k8s.gcr.io Image Registry Will Be Frozen From the 3rd of April 2023"`, false, ""},
		{inCommand, word(`\b(?:apt|yum)\.kubernetes\.io\b|packages\.cloud\.google\.com/(?:apt|yum)`), "옛 패키지 저장소(apt.kubernetes.io, yum.kubernetes.io)는 2023년 9월에 동결되어 지금은 없습니다.",
			"pkgs.k8s.io를 쓰세요.", `Kubernetes blog, "Kubernetes Legacy Package Repositories Will Be Frozen On September 13, 2023"`, true, ""},
		{inYAML, word(`node-role\.kubernetes\.io/master\b`), "node-role.kubernetes.io/master는 kubeadm 1.24(라벨)와 1.25(테인트)에서 없어졌습니다.",
			"node-role.kubernetes.io/control-plane으로 적으세요.", changelog + "1.24)", false, ""},
		{inYAML, word(`\bkubernetes\.io/ingress\.class\s*:`), "kubernetes.io/ingress.class 애너테이션은 1.18부터 폐기 예정입니다.",
			"spec.ingressClassName으로 적으세요.", labelsPage, false, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations:\n    kubernetes.io/ingress.class: nginx\nspec:\n  defaultBackend:\n    service: {name: web, port: {number: 80}}\n"},
		{inYAML, word(`\bnginx\.ingress\.kubernetes\.io/`), "Ingress NGINX는 2026년 3월에 유지 보수가 끝났습니다. 이 애너테이션은 그 컨트롤러만 읽습니다.",
			"Gateway API나 다른 인그레스 컨트롤러로 옮기세요.", `Kubernetes blog, "Ingress NGINX Retirement: What You Need to Know"`, false, ""},
		{inYAML, word(`\bseccomp\.security\.alpha\.kubernetes\.io/`), "seccomp 애너테이션은 1.27에서 없어졌습니다.",
			"securityContext.seccompProfile로 적으세요.", labelsPage, false, ""},
		{inYAML, word(`\bcontainer\.apparmor\.security\.beta\.kubernetes\.io/`), "AppArmor 애너테이션은 1.30부터 폐기 예정입니다.",
			"securityContext.appArmorProfile로 적으세요.", labelsPage, false, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/web: runtime/default\nspec:\n  containers:\n  - {name: web, image: nginx}\n"},
		{inYAML, word(`\bscheduler\.alpha\.kubernetes\.io/critical-pod\b`), "critical-pod 애너테이션은 1.16에서 없어졌습니다.",
			"priorityClassName: system-cluster-critical로 적으세요.", changelog + "1.16)", false, ""},
		{inYAML, word(`\bvolume\.beta\.kubernetes\.io/storage-class\s*:`), "volume.beta.kubernetes.io/storage-class 애너테이션은 폐기 예정입니다.",
			"spec.storageClassName으로 적으세요.", labelsPage, false, "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\n  annotations:\n    volume.beta.kubernetes.io/storage-class: fast\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n"},
		{inYAML, word(`\bbeta\.kubernetes\.io/(?:os|arch)\b`), "beta.kubernetes.io/os와 beta.kubernetes.io/arch 라벨은 1.14부터 폐기 예정입니다.",
			"kubernetes.io/os, kubernetes.io/arch로 적으세요.", labelsPage, false, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  nodeSelector: {beta.kubernetes.io/os: linux}\n  containers:\n  - {name: web, image: nginx}\n"},
		{inYAML, word(`\bfailure-domain\.beta\.kubernetes\.io/(?:zone|region)\b`), "failure-domain.beta.kubernetes.io 라벨은 1.17부터 폐기 예정입니다.",
			"topology.kubernetes.io/zone, topology.kubernetes.io/region으로 적으세요.", labelsPage, false, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  nodeSelector: {failure-domain.beta.kubernetes.io/zone: a}\n  containers:\n  - {name: web, image: nginx}\n"},
		{inYAML, word(`^\s*(?:- )?serviceAccount\s*:\s*\S`), "serviceAccount 필드는 폐기 예정인 옛 이름입니다.",
			"serviceAccountName으로 적으세요.", `Kubernetes API reference, "PodSpec"`, false, ""},
		{inYAML, word(`^\s*(?:- )?gitRepo\s*:`), "gitRepo 볼륨은 1.11부터 폐기 예정이고 1.33부터는 기본으로 꺼져 있습니다.",
			"초기화 컨테이너에서 git clone하고 emptyDir로 나누세요.", volumesPage, false, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  volumes:\n  - name: src\n    gitRepo: {repository: x}\n  containers:\n  - {name: web, image: nginx}\n"},
		{inYAML, word(`^\s*(?:- )?(?:glusterfs)\s*:`), "glusterfs 볼륨은 1.26에서 없어졌습니다.", "CSI 드라이버를 쓰세요.", volumesPage, false, ""},
		{inYAML, word(`^\s*(?:- )?(?:awsElasticBlockStore)\s*:`), "awsElasticBlockStore 볼륨은 1.27에서 트리 밖 CSI 드라이버로 옮겨졌습니다.", "ebs.csi.aws.com CSI 드라이버를 쓰세요.", volumesPage, false, ""},
		{inYAML, word(`^\s*(?:- )?(?:gcePersistentDisk)\s*:`), "gcePersistentDisk 볼륨은 1.28에서 트리 밖 CSI 드라이버로 옮겨졌습니다.", "pd.csi.storage.gke.io CSI 드라이버를 쓰세요.", volumesPage, false, ""},
		{inYAML, word(`^\s*(?:- )?(?:cephfs|rbd)\s*:`), "cephfs와 rbd 볼륨은 1.31에서 없어졌습니다.", "Ceph CSI 드라이버를 쓰세요.", volumesPage, false, ""},
		{inYAML, word(`^\s*(?:- )?image:\s*["']?k8s\.gcr\.io/`), "k8s.gcr.io는 2023년 4월에 동결되었습니다.", "registry.k8s.io로 적으세요.", `Kubernetes blog, "k8s.gcr.io Image Registry Will Be Frozen From the 3rd of April 2023"`, false, ""},
		{inText, word(`--record\b`), "--record는 1.22부터 폐기 예정입니다.",
			"kubernetes.io/change-cause 애너테이션을 쓴다고 적으세요.", `kubernetes/kubernetes pull request 102873, "Start deprecation of --record flag"`, false, ""},
		{inText, word(`(?i)\bPodSecurityPolic(?:y|ies)\b|\bPSP\b`), "PodSecurityPolicy는 1.25에서 없어졌습니다.",
			"Pod Security Admission(네임스페이스의 pod-security.kubernetes.io 라벨)을 쓴다고 적으세요.", migrationGuide, false, ""},
		{inText, word(`(?i)dockershim`), "dockershim은 1.24에서 없어졌습니다.", "containerd나 CRI-O 같은 CRI 런타임을 쓴다고 적으세요.", dockershimPage, false, ""},
		{inText, word(`node-role\.kubernetes\.io/master`), "node-role.kubernetes.io/master는 kubeadm 1.24(라벨)와 1.25(테인트)에서 없어졌습니다.",
			"node-role.kubernetes.io/control-plane으로 적으세요.", changelog + "1.24)", false, ""},
		{inText, word(`(?i)\bheapster\b|힙스터`), "Heapster는 1.13에서 폐기되었습니다.", "metrics-server를 쓴다고 적으세요.", changelog + "1.13)", false, ""},
		{inText, word(`\bkubernetes\.io/ingress\.class\b`), "kubernetes.io/ingress.class 애너테이션은 1.18부터 폐기 예정입니다.", "spec.ingressClassName을 쓴다고 적으세요.", labelsPage, false, ""},
		{inText, word(`\bk8s\.gcr\.io\b`), "k8s.gcr.io는 2023년 4월에 동결되었습니다.", "registry.k8s.io로 적으세요.", `Kubernetes blog, "k8s.gcr.io Image Registry Will Be Frozen From the 3rd of April 2023"`, false, ""},
		{inText, word(`(?i)\bextensions/v1beta1\b`), "extensions/v1beta1은 1.16과 1.22에 걸쳐 없어졌습니다.", "apps/v1, networking.k8s.io/v1으로 적으세요.", migrationGuide, false, ""},
		{inText, word(`(?i)kubectl rolling-update\b`), "kubectl rolling-update는 1.18에서 없어졌습니다.", "kubectl rollout을 쓴다고 적으세요.", `kubernetes/kubernetes pull request 88057, "Remove deprecated rolling-update command"`, false, ""},
	}
}
