package node

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// A resolver is what a Pod's resolv.conf says.
type resolver struct {
	servers  []string
	searches []string
	options  []string
	node     bool // it is that of the node, which is not known
}

// resolver follows dnsPolicy and dnsConfig as a kubelet does (kubelet's
// network/dns).
func (p *pod) resolver() resolver {
	spec := &p.obj.Spec
	r := resolver{}
	switch policy := spec.DNSPolicy; {
	case policy == corev1.DNSNone:
	case policy == corev1.DNSClusterFirstWithHostNet, policy == corev1.DNSClusterFirst && !spec.HostNetwork, policy == "" && !spec.HostNetwork:
		r.servers, r.searches, r.options = []string{nameserver}, searchList(p), []string{"ndots:5"}
	default:
		r.node = true
	}
	c := spec.DNSConfig
	if c == nil {
		return r
	}
	r.servers = unique(append(r.servers, c.Nameservers...))
	r.searches = unique(append(r.searches, c.Searches...))
	for _, o := range c.Options {
		r.options = slices.DeleteFunc(r.options, func(old string) bool { name, _, _ := strings.Cut(old, ":"); return name == o.Name })
		if o.Value != nil {
			r.options = append(r.options, o.Name+":"+*o.Value)
		} else {
			r.options = append(r.options, o.Name)
		}
	}
	return r
}

// unique leaves out what stood before.
func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (r resolver) file() string {
	var b strings.Builder
	if len(r.searches) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(r.searches, " "))
	}
	for _, s := range r.servers {
		fmt.Fprintf(&b, "nameserver %s\n", s)
	}
	if len(r.options) > 0 {
		fmt.Fprintf(&b, "options %s\n", strings.Join(r.options, " "))
	}
	return b.String()
}

// ndots is how many dots make a name be looked up as it is first.
func (r resolver) ndots() int {
	for _, o := range r.options {
		if v, ok := strings.CutPrefix(o, "ndots:"); ok {
			if n, err := strconv.Atoi(v); err == nil {
				return n
			}
		}
	}
	return 1
}
