package parser

import (
	"strings"

	"gieok/prefilter"
)

// prompt is what stands before a command on a console: "$ ", "user@host:~$ ", "[root@host ~]# ".
var prompt = prefilter.MustCompile(`^\s*(?:(?:\[?[\w.-]+@[\w.-]+[^\s$#%]*(?: [^\s$#]+)?\]?\s*)?[$%❯]|\[?[\w.-]+@[\w.-]+[^#]*#|PS [^>]*>)\s+`)

// programs are first words by which a line is known as a command.
var programs = wordSet(`kubectl k kubeadm minikube helm docker docker-compose podman nerdctl crictl ctr kind k9s
	ls cd cat echo printf grep egrep awk sed cp mv rm mkdir rmdir touch chmod chown chgrp ln find tar zip unzip gzip head tail less more
	ps top htop kill pkill killall nice nohup jobs df du free mount umount lsblk fdisk mkfs uname uptime whoami id su sudo useradd usermod userdel groupadd passwd
	ping curl wget ssh scp rsync dig nslookup host traceroute tracepath netstat ss ip ifconfig route arp iptables nft tcpdump nc telnet
	systemctl service journalctl crontab apt apt-get yum dnf rpm dpkg snap brew
	git make go npm node python python3 pip java mvn gradle base64 openssl export env source which man history alias xargs sort uniq wc cut tr tee diff stat file lsof strace dmesg sysctl modprobe lsmod vi vim nano
	mysql psql redis-cli terraform ansible ansible-playbook aws gcloud az etcdctl`)

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// commonWords are programs whose names are also words of ordinary code spans;
// alone they are no command.
var commonWords = wordSet("env id host node file source service kind route top make go more find head cut sort man history nice jobs k which stat mount")

// asCommand is the command in a line or code span, without its prompt, or "".
func asCommand(s string) string {
	s = strings.TrimSpace(s)
	bare := prompt.ReplaceAllString(s+" ", "")
	prompted := len(bare) <= len(s)
	bare = strings.TrimSpace(bare)
	words := strings.Fields(bare)
	if len(words) == 0 || strings.HasPrefix(bare, "#") {
		return ""
	}
	first := words[0]
	if first == "sudo" && len(words) > 1 {
		first = words[1]
	}
	switch {
	case flagged.MatchString(bare):
		return bare
	case !programs[first]:
		if prompted && asciiWord.MatchString(first) && s[0] != '#' {
			return bare
		}
		return ""
	case len(words) == 1 && (commonWords[first] || !prompted && first != "ls"):
		return "" // the name of a program, not a command line
	case len(words) > 1 && words[1] == "=" || strings.HasSuffix(first, ":"):
		return ""
	case len(words) > 1 && hangulStart.MatchString(words[1]) && !strings.ContainsAny(bare, "-{<_"):
		return "" // "kubectl 명령어": a phrase
	}
	return bare
}

var (
	// flagged is a program that this list does not know, with a flag.
	flagged     = prefilter.MustCompile(`^(?:sudo )?[a-z][a-z0-9_.-]+(?: [a-z][\w.-]*){0,3} --?[A-Za-z][\w-]*(?:[ =]|$)`)
	asciiWord   = prefilter.MustCompile(`^[./\w-]+$`)
	hangulStart = prefilter.MustCompile(`^\p{Hangul}`)
)

// A consoleLine is a command of a code block with the comment that explains it.
type consoleLine struct {
	text, about string
	line        int // index in Code
	last        int // index of the last line it reaches, more than line with a trailing \
}

// consoleLines finds the commands of a code block that is not YAML.
func consoleLines(b *Block) []consoleLine {
	var out []consoleLine
	about := ""
	hasPrompt := false
	for _, line := range b.Code {
		hasPrompt = hasPrompt || strings.HasPrefix(strings.TrimSpace(line), "$ ")
	}
	for i := 0; i < len(b.Code); i++ {
		line := b.Code[i]
		trimmed := strings.TrimSpace(line)
		if comment, ok := strings.CutPrefix(trimmed, "#"); ok && asCommand(comment) == "" {
			about = strings.TrimSpace(strings.TrimLeft(comment, "# "))
			continue
		}
		if trimmed == "" {
			about = ""
			continue
		}
		line = strings.TrimPrefix(trimmed, "# ")
		if hasPrompt && !strings.HasPrefix(trimmed, "$ ") && about == "" {
			continue // output
		}
		first := i
		for strings.HasSuffix(line, "\\") && i+1 < len(b.Code) {
			i++
			line = strings.TrimSpace(strings.TrimSuffix(line, "\\")) + " " + strings.TrimSpace(b.Code[i])
		}
		command := asCommand(stripComment(line))
		if command == "" {
			continue
		}
		c := consoleLine{text: command, about: about, line: first, last: i}
		if at := commentAt(line); at >= 0 {
			c.about = strings.TrimSpace(strings.TrimLeft(line[at:], "# "))
		}
		out = append(out, c)
		about = ""
	}
	return out
}

// command makes a Command of bytes from..to of the words of b.
func (r *reader) command(b *Block, text string, from, to int, about string) {
	r.graph.Commands = append(r.graph.Commands, Command{
		Text: text, About: about, Topic: b.topic(), Path: b.path(), Span: r.doc.Span(b, from, to),
	})
}
