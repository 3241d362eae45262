package container

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A World is what a process meets: files, and the network of its Pod.
type World struct {
	Disk    Disk
	Network Network // nil: programs that need one are unknown
}

// A Network answers the questions that the processes of one Pod ask of it, at
// the present time.
type Network interface {
	// Resolve finds a name through the Pod's resolver; search says whether its
	// search list is used. unknown is set if the answer is not simulated.
	Resolve(name string, search bool) (addresses []string, unknown string)
	// Get connects to an address and asks by HTTP; From is filled in.
	Get(address string, port int32, r Request) Answer
	// Talk connects to an address, sends a text and takes what comes back.
	Talk(address string, port int32, text string) Answer
	// Records are those of DNS of a kind (CNAME, SRV) that a name has.
	Records(kind, name string) (records []string, unknown string)
	// Ping tells whether an address answers echoes.
	Ping(address string) Answer
	// Nameserver is the address of the cluster's DNS.
	Nameserver() string
}

// NoResolver is what Resolve says is unknown when no name server answers.
const NoResolver = "no name server answers"

// resolverMax is about how long a resolver tries before it gives up.
const resolverMax = 20 * time.Second

// A Fault is why there was no answer.
type Fault int

// The faults of a connection.
const (
	NoFault Fault = iota
	Refused       // at once
	Silent        // nothing comes back
)

// An Answer is what came back over a connection.
type Answer struct {
	Fault   Fault
	Status  int // of HTTP; 0 if the other side speaks something else
	Body    string
	Header  []string // lines before the body; nil if they are not known
	Unknown string   // why the answer is not known
	Foreign bool     // with Unknown: for the other side speaks no HTTP

	Type     string   // media type of Body
	Location string   // where a redirection leads
	Extra    []string // header lines that a configuration adds
	Made     bool     // Body is no file
	File     string   // that was looked for
}

func lookupNetProgram(name string) program {
	switch name {
	case "wget":
		return wget
	case "curl":
		return curl
	case "nslookup":
		return nslookup
	case "nc":
		return nc
	case "telnet":
		return telnet
	}
	return nil
}

// A request is what a client was asked to fetch.
type request struct {
	host  string
	port  int32
	path  string
	quiet bool
	head  bool   // HEAD instead of GET
	raw   string // sent as it is, instead of HTTP
	agent string
	name  string        // Host, if it is given
	wait  time.Duration // for an answer; 0: as long as the kernel tries
}

// silentMax is how long Linux tries to connect before it gives up.
const silentMax = 127 * time.Second

func (r *request) parse(url string) bool {
	rest, ok := strings.CutPrefix(url, "http://")
	if !ok && strings.Contains(url, "://") {
		return false
	}
	if !ok {
		rest = url
	}
	host, page, _ := strings.Cut(rest, "/")
	r.path, r.port = "/"+page, 80
	if h, p, ok := strings.Cut(host, ":"); ok {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return false
		}
		host, r.port = h, int32(n)
	}
	r.host = host
	return host != "" && !strings.ContainsAny(host, "@[]")
}

// fetch asks the network. ok is false if the outcome is not known or the task
// waits; then there is no answer yet.
func (c *call) fetch(r *request) (a Answer, address string, ok bool) {
	if c.network == nil {
		c.p.unknown("program " + c.args[0] + " without a network")
		return a, "", false
	}
	addresses, unknown := c.network.Resolve(r.host, true)
	if unknown == NoResolver {
		if c.f.stage != 1 {
			c.f.stage, c.t.block, c.t.wake = 1, blockSleep, c.p.now.Add(resolverMax)
			return a, "", false
		}
		return a, "", true
	}
	if unknown != "" {
		c.p.unknown(unknown)
		return a, "", false
	}
	if len(addresses) == 0 {
		return a, "", true
	}
	if r.raw != "" {
		a = c.network.Talk(addresses[0], r.port, r.raw)
	} else {
		ask := Request{Method: "GET", Path: r.path, Agent: r.agent, Host: r.name}
		if ask.Host == "" {
			ask.Host = hostPort(r)
		}
		if r.head {
			ask.Method = "HEAD"
		}
		a = c.network.Get(addresses[0], r.port, ask)
	}
	if a.Unknown != "" {
		c.p.unknown(a.Unknown)
		return a, "", false
	}
	return a, addresses[0], true
}

// silence waits for what never comes; true while it waits.
func (c *call) silence(wait time.Duration) bool {
	if c.f.stage == 1 {
		return false
	}
	if wait == 0 || wait > silentMax {
		wait = silentMax
	}
	c.f.stage = 1
	c.t.block, c.t.wake = blockSleep, c.p.now.Add(wait)
	return true
}

func hostPort(r *request) string {
	if r.port != 80 {
		return fmt.Sprintf("%s:%d", r.host, r.port)
	}
	return r.host
}
