package container

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Peer is a process that can be seen beside one's own.
type Peer struct {
	ID      int
	User    int64
	Command string
	task    int // of the same process, 0 for none
}

// execNumber is a usual number for the first command that is run in a container
// beside its own.
const execNumber = 7

// workers are the numbers of nginx's first worker process, which come after
// those of its start script.
const workers = 29

// processTable is what ps shows. Numbers other than that of process 1 are like
// those that a kernel would give.
func (c *call) processTable() []Peer {
	c.p.cut = true
	var list []Peer
	if c.p.spec.Shared && len(c.p.spec.Peers) == 0 {
		c.p.unknown("the processes of the node")
	}
	if c.p.spec.Shared {
		list = slices.Clone(c.p.spec.Peers)
	} else {
		list = append(list, Peer{ID: 1, User: c.p.spec.User.ID, Command: Title(c.p.spec.Image, c.p.first())})
		if strings.HasPrefix(list[0].Command, "nginx: ") {
			for i := range c.p.cpus() {
				list = append(list, Peer{ID: workers + int(i), User: 101, Command: "nginx: worker process"})
			}
		}
	}
	id := execNumber
	if len(list) > 0 {
		id = max(id, list[len(list)-1].ID+6)
	}
	if c.p.spec.Child && len(c.p.argv) > 0 && !slices.Equal(c.p.argv, c.args) {
		list = append(list, Peer{ID: id, User: c.p.spec.User.ID, Command: strings.Join(c.p.argv, " ")})
		id += 6
	}
	for _, t := range c.p.tasks {
		if t.background && !t.done && t != c.t && len(t.frames) > 0 && t.top().kind == frProgram {
			list = append(list, Peer{ID: id, User: c.p.spec.User.ID, Command: strings.Join(t.top().words, " "), task: t.id})
			id++
		}
	}
	return append(list, Peer{ID: id, User: c.p.spec.User.ID, Command: strings.Join(c.args, " ")})
}

func ps(c *call) outcome {
	list := c.processTable()
	form := strings.TrimPrefix(strings.Join(c.args[1:], ""), "-")
	start := c.p.spec.Start.UTC().Format("15:04")
	if c.p.image.flavour == busybox {
		if strings.Contains(form, "o") {
			return c.unsupported(c.args[1])
		}
		c.out("PID   USER     TIME  COMMAND\n")
		for _, p := range list {
			c.out(fmt.Sprintf("%5d %-8.8s  0:00 %s\n", p.ID, c.userName(p.User), p.Command))
		}
		return done(0)
	}
	switch form {
	case "aux", "auxw", "auxww", "axu", "au", "ux":
		c.out("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n")
		for _, p := range list {
			state := "S"
			if p.ID == 1 {
				state = "Ss"
			} else if p == list[len(list)-1] {
				state = "R+"
			}
			c.out(fmt.Sprintf("%-8s %7d  0.0  0.0   4624  1792 ?        %-4s %s   0:00 %s\n", c.userName(p.User), p.ID, state, start, p.Command))
		}
	case "ef", "eF", "e", "A", "ax", "":
		if form == "ef" || form == "eF" {
			c.out("UID          PID    PPID  C STIME TTY          TIME CMD\n")
		} else {
			c.out("    PID TTY          TIME CMD\n")
		}
		for _, p := range list {
			name, _, _ := strings.Cut(p.Command, " ")
			if form == "ef" || form == "eF" {
				c.out(fmt.Sprintf("%-8s %7d %7d  0 %s ?        00:00:00 %s\n", c.userName(p.User), p.ID, 0, start, p.Command))
			} else {
				c.out(fmt.Sprintf("%7d ?        00:00:00 %s\n", p.ID, strings.TrimSuffix(name, ":")))
			}
		}
	default:
		return c.unsupported(strings.Join(c.args[1:], " "))
	}
	return done(0)
}

// top shows the processes once, for -b or -n.
func top(c *call) outcome {
	if options := strings.Join(c.args[1:], " "); !strings.Contains(options, "n1") && !strings.Contains(options, "n 1") {
		return c.unsupported("without -n 1, which goes on for ever")
	}
	total := c.p.nodeMemory() >> 10
	list := c.processTable()
	if c.p.image.flavour == busybox {
		c.out(fmt.Sprintf("Mem: %dK used, %dK free, 0K shrd, %dK buff, %dK cached\nCPU:   0%% usr   0%% sys   0%% nic 100%% idle   0%% io   0%% irq   0%% sirq\nLoad average: 0.08 0.03 0.01 1/212 %d\n  PID  PPID USER     STAT   VSZ %%VSZ CPU %%CPU COMMAND\n",
			total/2, total/2, total/64, total/5, list[len(list)-1].ID))
		for _, p := range list {
			c.out(fmt.Sprintf("%5d %5d %-8s S     4392   0%%   0   0%% %s\n", p.ID, 0, c.userName(p.User), p.Command))
		}
		return done(0)
	}
	c.out(fmt.Sprintf("top - %s up 2:00,  0 users,  load average: 0.08, 0.03, 0.01\nTasks: %3d total,   1 running, %3d sleeping,   0 stopped,   0 zombie\n%%Cpu(s):  0.0 us,  0.0 sy,  0.0 ni,100.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st\n"+
		"MiB Mem : %8.1f total, %8.1f free, %8.1f used, %8.1f buff/cache\nMiB Swap:      0.0 total,      0.0 free,      0.0 used. %8.1f avail Mem\n\n    PID USER      PR  NI    VIRT    RES    SHR S  %%CPU  %%MEM     TIME+ COMMAND\n",
		c.p.now.UTC().Format("15:04:05"), len(list), len(list)-1, float64(total)/1024, float64(total)/2048, float64(total)/4096, float64(total)/4096, float64(total)*0.75/1024))
	for _, p := range list {
		name, _, _ := strings.Cut(p.Command, " ")
		c.out(fmt.Sprintf("%7d %-8s  20   0    4624   1792   1536 S   0.0   0.0   0:00.00 %s\n", p.ID, c.userName(p.User), strings.TrimSuffix(name, ":")))
	}
	return done(0)
}

// processesNamed is pidof, pgrep, pkill and killall. Process 1 and what a script
// has put into the background can be reached.
func processesNamed(c *call) outcome {
	set, names, bad := c.options("flxo9")
	sig := SIGTERM
	args := c.args[1:]
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if s, ok := parseSignal(args[0][1:]); ok {
			sig, names, bad = s, args[1:], ""
			set = map[rune]bool{}
		}
	}
	if bad != "" || len(names) != 1 {
		return c.unsupported(bad)
	}
	var found []Peer
	for _, p := range c.processTable() {
		word, _, _ := strings.Cut(p.Command, " ")
		word = strings.TrimSuffix(word[strings.LastIndexByte(word, '/')+1:], ":")
		if strings.HasPrefix(p.Command, strings.Join(c.args, " ")) {
			continue
		}
		exact := c.args[0] == "pidof" || c.args[0] == "killall"
		if exact && word == names[0] || !exact && (strings.Contains(word, names[0]) || set['f'] && strings.Contains(p.Command, names[0])) {
			found = append(found, p)
		}
	}
	switch c.args[0] {
	case "pidof":
		var ids []string
		for i := len(found) - 1; i >= 0; i-- {
			ids = append(ids, strconv.Itoa(found[i].ID))
		}
		c.out(strings.Join(ids, " ") + map[bool]string{true: "\n", false: ""}[len(ids) > 0])
	case "pgrep":
		for _, p := range found {
			c.out(strconv.Itoa(p.ID) + map[bool]string{true: " " + p.Command, false: ""}[set['l']] + "\n")
		}
	default:
		if len(found) == 0 && c.args[0] == "killall" {
			c.complain("killall: %s: no process killed", names[0])
		}
		for _, p := range found {
			switch t := c.p.task(p.task); {
			case p.task != 0 && t != nil && sig != 0:
				t.signal(sig, c.p.image.flavour)
			case p.ID != 1 || c.p.spec.Shared:
				return c.unsupported("of a process other than process 1")
			default:
				c.killFirst(sig)
			}
		}
	}
	return done(int(truth(len(found) == 0)))
}

// Title is what ps shows of process 1 of a container.
func Title(image string, argv []string) string {
	im, _ := Lookup(image)
	switch {
	case im.server != nil && im.server.program == "nginx" && len(argv) > 0 && (strings.HasSuffix(argv[0], "docker-entrypoint.sh") || argv[0] == "nginx"):
		return "nginx: master process nginx -g daemon off;"
	case len(argv) > 1 && strings.HasSuffix(argv[0], "docker-entrypoint.sh"):
		return strings.Join(argv[1:], " ")
	}
	return strings.Join(argv, " ")
}
