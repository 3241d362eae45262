// Package transcript holds commands with what they printed: the one format of
// recorded cases, experiments and evidence. Data only.
package transcript

// A Step is one line of a script and what came of it.
type Step struct {
	Command string `json:"command"` // without the leading "> "; also "settle", "advance 15s" and "switch provisioner on"
	Stdout  string `json:"stdout,omitempty"`
	Stderr  string `json:"stderr,omitempty"`
	Exit    int    `json:"exit,omitempty"`
	// Seconds of virtual time since the start of the run, at the end of the step.
	Seconds float64 `json:"seconds,omitempty"`
}

// A File is an input file of a run.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// A Transcript is one run.
type Transcript struct {
	Title string `json:"title,omitempty"`
	Files []File `json:"files,omitempty"`
	Steps []Step `json:"steps"`
}
