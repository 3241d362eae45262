package kubectl

import (
	"flag"
	"os"
	"regexp"
	"runtime"
	"strings"

	"k8s.io/klog/v2"
)

// kubectlLog is where klog writes: kubectl's own warnings reach the learner's
// terminal, as they do from any kubectl; what the server's packages write for
// their developers does not, since here they are one process.
type kubectlLog struct{}

// setLog makes klog write to kubectlLog. klog must not create files, whose
// flushing runs beside everything.
func setLog() {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for _, f := range []string{"logtostderr=false", "alsologtostderr=false", "stderrthreshold=FATAL", "one_output=true"} {
		name, value, _ := strings.Cut(f, "=")
		if err := flags.Set(name, value); err != nil {
			panic("kubectl: internal error: " + err.Error())
		}
	}
	klog.SetOutput(kubectlLog{})
}

// processID is the number of the process in a line of klog: a fact of the
// host.
var processID = regexp.MustCompile(`^([A-Z]\d{4} \S+) +\d+ `)

func (kubectlLog) Write(p []byte) (int, error) {
	if fromKubectl() {
		_, _ = os.Stderr.WriteString(processID.ReplaceAllString(string(p), "${1}       1 "))
	}
	return len(p), nil
}

// fromKubectl reports whether the nearest caller outside klog is kubectl.
func fromKubectl() bool {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "k8s.io/klog/") {
			return strings.HasPrefix(f.Function, "k8s.io/kubectl/")
		}
		if !more {
			return false
		}
	}
}
