package container

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// redis answers one command in the way in which redis-cli prints it when
// nobody looks at a terminal: the words are divided by NUL.
func (p *Process) redis(text string) Answer {
	words := strings.Split(text, "\x00")
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) == 0 {
		return Answer{}
	}
	name, args := strings.ToUpper(words[0]), words[1:]
	need := map[string]int{"PING": 0, "ECHO": 1, "SET": 2, "GET": 1, "DEL": 1, "EXISTS": 1, "INCR": 1, "DECR": 1, "INCRBY": 2, "KEYS": 1, "DBSIZE": 0, "FLUSHALL": 0, "FLUSHDB": 0,
		"APPEND": 2, "STRLEN": 1, "MGET": 1, "MSET": 2, "TYPE": 1, "SELECT": 1, "SETNX": 2}
	least, known := need[name]
	switch {
	case !known:
		return Answer{Unknown: "the command " + name + " of Redis"}
	case len(args) < least || name == "SET" && len(args) > 2:
		if name == "SET" && len(args) > 2 {
			return Answer{Unknown: "options of SET of Redis"}
		}
		return Answer{Body: "ERR wrong number of arguments for '" + strings.ToLower(name) + "' command\n\n"}
	}
	say := func(s string) Answer { return Answer{Body: s + "\n"} }
	number := func(n int64) Answer { return say(strconv.FormatInt(n, 10)) }
	switch name {
	case "PING":
		return say(strings.Join(append(args, map[bool]string{true: "PONG"}[len(args) == 0])[:1], ""))
	case "ECHO":
		return say(args[0])
	case "GET":
		return say(p.data[args[0]])
	case "MGET":
		var out []string
		for _, k := range args {
			out = append(out, p.data[k])
		}
		return say(strings.Join(out, "\n"))
	case "STRLEN":
		return number(int64(len(p.data[args[0]])))
	case "DBSIZE":
		return number(int64(len(p.data)))
	case "TYPE":
		if _, ok := p.data[args[0]]; !ok {
			return say("none")
		}
		return say("string")
	case "SELECT":
		return say("OK")
	case "EXISTS":
		n := int64(0)
		for _, k := range args {
			if _, ok := p.data[k]; ok {
				n++
			}
		}
		return number(n)
	case "KEYS":
		keys := slices.DeleteFunc(slices.Sorted(maps.Keys(p.data)), func(k string) bool { return !match(args[0], k) })
		return say(strings.Join(keys, "\n"))
	}
	return p.redisWrites(name, args)
}

// redisWrites carries out the commands that change something.
func (p *Process) redisWrites(name string, args []string) Answer {
	say := func(s string) Answer { return Answer{Body: s + "\n"} }
	if p.data == nil {
		p.data = map[string]string{}
	}
	size := 0
	for k, v := range p.data {
		size += len(k) + len(v)
	}
	if len(p.data) > variablesMax || size+len(strings.Join(args, "")) > fileBytesMax {
		return Answer{Unknown: "a store of over 1 MiB"}
	}
	switch name {
	case "SET", "MSET":
		for i := 0; i+1 < len(args); i += 2 {
			p.data[args[i]] = args[i+1]
		}
		return say("OK")
	case "SETNX":
		if _, ok := p.data[args[0]]; ok {
			return say("0")
		}
		p.data[args[0]] = args[1]
		return say("1")
	case "DEL":
		n := 0
		for _, k := range args {
			if _, ok := p.data[k]; ok {
				n++
			}
			delete(p.data, k)
		}
		return say(strconv.Itoa(n))
	case "FLUSHALL", "FLUSHDB":
		clear(p.data)
		return say("OK")
	case "APPEND":
		p.data[args[0]] += args[1]
		return say(strconv.Itoa(len(p.data[args[0]])))
	}
	by := int64(1)
	if name == "DECR" {
		by = -1
	} else if name == "INCRBY" {
		n, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil {
			return say("ERR value is not an integer or out of range")
		}
		by = n
	}
	old, err := strconv.ParseInt(p.data[args[0]], 10, 64)
	if err != nil && p.data[args[0]] != "" {
		return say("ERR value is not an integer or out of range")
	}
	p.data[args[0]] = strconv.FormatInt(old+by, 10)
	return say(p.data[args[0]])
}

// redisCLI sends one command to a server.
func redisCLI(c *call) outcome {
	if c.network == nil {
		return c.unsupported("without a network")
	}
	r := request{host: "127.0.0.1", port: 6379, path: "/"}
	args := c.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == "-h" && len(args) > 1:
			r.host, args = args[1], args[1:]
		case args[0] == "-p" && len(args) > 1:
			n, err := strconv.ParseUint(args[1], 10, 16)
			if err != nil {
				return c.unsupported(args[1])
			}
			r.port, args = int32(n), args[1:]
		case args[0] == "--raw" || args[0] == "--no-auth-warning":
		case args[0] == "-v" || args[0] == "--version":
			c.p.cut = true
			c.out("redis-cli 7.4.6\n")
			return done(0)
		default:
			return c.unsupported(args[0])
		}
		args = args[1:]
	}
	if len(args) == 0 {
		text, again := c.input()
		if again {
			return outcome{again: true}
		}
		if args = strings.Fields(text); len(args) == 0 || strings.Contains(strings.TrimSpace(text), "\n") {
			return c.unsupported("with commands from its input")
		}
	}
	r.raw = strings.Join(args, "\x00")
	a, address, ok := c.fetch(&r)
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}
	case address == "":
		c.complain("Could not connect to Redis at %s:%d: Name or service not known", r.host, r.port)
		return done(1)
	case a.Fault == Silent:
		return c.unsupported("to a server that does not answer")
	case a.Fault == Refused:
		c.complain("Could not connect to Redis at %s:%d: Connection refused", r.host, r.port)
		return done(1)
	}
	c.out(a.Body)
	return done(0)
}
