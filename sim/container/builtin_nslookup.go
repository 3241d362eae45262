package container

import (
	"fmt"
	"slices"
	"strings"
)

// nslookup is that of busybox, which leaves the search list aside for names
// with a dot and mixes answers and failures for names without.
func nslookup(c *call) outcome {
	if c.p.image.flavour != busybox || c.network == nil {
		return c.unsupported("here")
	}
	kind, server, name := "", "", ""
	for _, a := range c.args[1:] {
		k, typed := strings.CutPrefix(a, "-type=")
		if q, ok := strings.CutPrefix(a, "-query="); ok {
			k, typed = q, true
		}
		switch {
		case typed:
			kind = strings.ToUpper(k)
		case strings.HasPrefix(a, "-"):
			return c.unsupported(a)
		case name == "":
			name = strings.TrimSuffix(a, ".")
		default:
			server = a
		}
	}
	if name == "" || !slices.Contains([]string{"", "A", "AAAA", "SRV", "CNAME"}, kind) {
		return c.unsupported("-type=" + kind)
	}
	if server != "" && server != c.network.Nameserver() && server != "kube-dns.kube-system" {
		return c.unsupported("of another server")
	}
	if kind == "SRV" || kind == "CNAME" {
		return c.lookupRecords(kind, name)
	}
	if !strings.Contains(name, ".") {
		return c.lookupAll(name)
	}
	text, again, status := c.lookupOne(name)
	if again || c.p.over() {
		return outcome{again: again}
	}
	c.out(c.nslookupHead() + text + map[bool]string{true: "\n"}[status == 0])
	return done(status)
}

func (c *call) nslookupHead() string {
	server := c.network.Nameserver()
	return fmt.Sprintf("Server:\t\t%s\nAddress:\t%s:53\n\n", server, server)
}

// lookupOne answers for one absolute name, aliases first.
func (c *call) lookupOne(name string) (text string, again bool, status int) {
	alias := ""
	if records, _ := c.network.Records("CNAME", name); len(records) > 0 {
		alias = records[0]
	}
	addresses, unknown := c.network.Resolve(name, false)
	switch {
	case unknown == NoResolver:
		return ";; connection timed out; no servers could be reached\n\n", c.silence(resolverMax), 1
	case unknown != "" && alias == "":
		c.p.unknown(unknown)
		return "", false, 1
	case unknown != "":
		c.p.cut = true // what the world outside adds to it
		return fmt.Sprintf("%s\tcanonical name = %s\n\n", name, alias), false, 0
	case len(addresses) == 0:
		return strings.Repeat("** server can't find "+name+": NXDOMAIN\n\n", 2), false, 1
	}
	var b strings.Builder
	if alias != "" {
		fmt.Fprintf(&b, "%s\tcanonical name = %s\n", name, alias)
		name = alias
	}
	for _, a := range addresses {
		fmt.Fprintf(&b, "Name:\t%s\nAddress: %s\n", name, a)
	}
	return b.String() + "\n", false, 0
}

func (c *call) lookupRecords(kind, name string) outcome {
	records, unknown := c.network.Records(kind, name)
	if unknown != "" {
		c.p.unknown(unknown)
		return done(1)
	}
	c.out(c.nslookupHead())
	word := map[string]string{"SRV": "service", "CNAME": "canonical name"}[kind]
	for _, r := range records {
		c.out(fmt.Sprintf("%s\t%s = %s\n", name, word, r))
	}
	if len(records) == 0 {
		c.out("** server can't find " + name + ": NXDOMAIN\n\n")
		return done(1)
	}
	c.out("\n")
	return done(0)
}

// lookupAll is nslookup of a name without a dot: it asks for the name in every
// domain of the search list, and fails if one does not have it.
func (c *call) lookupAll(name string) outcome {
	text, err := c.view.read(c.t.abs("/etc/resolv.conf"))
	_, after, ok := strings.Cut(text, "search ")
	if err != nil || !ok {
		return c.unsupported("for a name without a dot")
	}
	list, _, _ := strings.Cut(after, "\n")
	out, status := c.nslookupHead(), 0
	for domain := range strings.FieldsSeq(list) {
		part, again, st := c.lookupOne(name + "." + domain)
		if again || c.p.over() {
			return outcome{again: again}
		}
		out, status = out+part, max(status, st)
	}
	c.out(out)
	return done(status)
}
