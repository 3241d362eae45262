package container

import (
	"embed"
	"path"
	"strconv"
	"strings"
	"sync"
)

// The file trees of images, as far as they are known. A line begins with what
// follows: d PATH [MODE] is a directory, o PATH [BYTES] one whose entries are
// not all known or a file whose text is not, x PATH [BYTES] an executable, l PATH TARGET a symbolic
// link, - what a later list takes away, and f a file with the lines below it.
//
//go:embed rootfs/*.txt
var rootfsFiles embed.FS

// rootfsOf reads the trees that make an image; words replaces ${NAME} in files.
func rootfsOf(trees string, words *strings.Replacer) map[string]Node {
	nodes := map[string]Node{".": {Dir: true, Mode: 0o755}}
	for tree := range strings.FieldsSeq(trees) {
		text, err := rootfsFiles.ReadFile("rootfs/" + tree + ".txt")
		if err != nil {
			panic("container: internal error: " + err.Error())
		}
		readTree(nodes, string(text), words)
	}
	return nodes
}

func readTree(nodes map[string]Node, text string, words *strings.Replacer) {
	file := ""
	for line := range strings.Lines(text) {
		kind, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " /")
		if !ok || len(kind) != 1 || !strings.Contains("dfolx-", kind) {
			n := nodes[file]
			n.Data += words.Replace(line)
			nodes[file] = n
			continue
		}
		name, more, _ := strings.Cut(rest, " ")
		if strings.Contains("dfx", kind) {
			parents(nodes, name)
		}
		bytes, _ := strconv.ParseInt(more, 10, 64)
		switch kind {
		case "d":
			mode := uint64(0o755)
			if more != "" {
				mode, _ = strconv.ParseUint(more, 8, 32)
			}
			nodes[name] = Node{Dir: true, Mode: uint32(mode)}
		case "o":
			n, ok := nodes[name]
			if !ok {
				n = Node{Mode: 0o644}
			}
			n.Opaque, n.Size = true, bytes
			nodes[name] = n
		case "x":
			nodes[name] = Node{Mode: 0o755, Opaque: true, Size: bytes}
		case "l":
			nodes[name] = Node{Mode: 0o777, Link: more}
		case "-":
			delete(nodes, name)
		case "f":
			mode := uint64(0o644)
			if more != "" {
				mode, _ = strconv.ParseUint(more, 8, 32)
			}
			file = name
			nodes[name] = Node{Mode: uint32(mode), Like: true}
		}
	}
}

func parents(nodes map[string]Node, name string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, ok := nodes[dir]; !ok {
			nodes[dir] = Node{Dir: true, Mode: 0o755, Opaque: true}
		}
	}
}

// The releases whose numbers the trees need, by the tags that name them.
var (
	alpineReleases = map[string]string{"3.17": "3.17.10", "3.18": "3.18.12", "3.19": "3.19.9", "3.20": "3.20.8", "3.21": "3.21.5", "3.22": "3.22.2"}
	ubuntuReleases = map[string]string{"20.04": "focal", "22.04": "jammy", "24.04": "noble"}
)

const (
	alpineDefault = "3.22"
	ubuntuDefault = "24.04"
	alpineVariant = "alpine"
)

// variant tells which of the prepared variants of an image a tag means.
func variant(name, tag string) string {
	switch name {
	case "alpine":
		for branch := range alpineReleases {
			if tag == branch || strings.HasPrefix(tag, branch+".") {
				return branch
			}
		}
		return alpineDefault
	case "ubuntu":
		for release, code := range ubuntuReleases {
			if strings.HasPrefix(tag, release) || strings.HasPrefix(tag, code) {
				return release
			}
		}
		return ubuntuDefault
	}
	if strings.Contains(tag, "alpine") {
		return alpineVariant
	}
	if (name == "python" || name == "node" || name == "perl") && strings.Contains(tag, "slim") {
		return "slim"
	}
	return ""
}

// images is the catalogue with all variants, by name and variant. Nothing in it
// is ever changed.
var images = sync.OnceValue(func() map[string]Image {
	m := map[string]Image{}
	for _, im := range catalogue() {
		if im.StopSignal == 0 {
			im.StopSignal = SIGTERM
		}
		im.Env = append([]string{defaultPath}, im.Env...)
		switch im.Name {
		case "alpine":
			for branch := range alpineReleases {
				m[im.Name+":"+branch] = im.prepared(branch, ubuntuDefault)
			}
			continue
		case "ubuntu":
			for release := range ubuntuReleases {
				m[im.Name+":"+release] = im.prepared(alpineDefault, release)
			}
			continue
		}
		m[im.Name+":"] = im.prepared(alpineDefault, ubuntuDefault)
		if im.flavour != gnu {
			m[im.Name+":"+alpineVariant] = m[im.Name+":"]
			continue
		}
		m[im.Name+":"+alpineVariant] = im.onAlpine().prepared(alpineDefault, ubuntuDefault)
		slim := im
		slim.has = strings.Replace(im.has, " buildpack", "", 1)
		m[im.Name+":slim"] = slim.prepared(alpineDefault, ubuntuDefault)
	}
	return m
})

// onAlpine is the variant of an image of Debian's that is built on Alpine.
func (im Image) onAlpine() Image {
	im.flavour, im.shell = busybox, "ash"
	im.trees = strings.Replace(im.trees, "debian", "alpine", 1)
	im.has = strings.NewReplacer("debian", "alpine", " buildpack", "").Replace(im.has)
	im.Bytes /= 3
	return im
}

func (im Image) prepared(alpineBranch, ubuntu string) Image {
	users := map[string]string{"nginx": "nginx:x:101:101:nginx user:/nonexistent:/bin/false\n", "redis": "redis:x:999:1000::/home/redis:/bin/sh\n",
		"mysql": "mysql:x:999:999::/var/lib/mysql:/bin/bash\n", "postgres": "postgres:x:999:999::/var/lib/postgresql:/bin/bash\n",
		"node": "node:x:1000:1000::/home/node:/bin/bash\n", "memcached": "memcache:x:11211:11211::/home/memcache:/bin/sh\n", "ubuntu": "ubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash\n"}
	groups := map[string]string{"nginx": "nginx:x:101:\n", "redis": "redis:x:1000:\n", "mysql": "mysql:x:999:\n", "postgres": "postgres:x:999:\n",
		"node": "node:x:1000:\n", "memcached": "memcache:x:11211:\n", "ubuntu": "ubuntu:x:1000:\n"}
	words := strings.NewReplacer("${ALPINE}", alpineReleases[alpineBranch], "${ALPINE_BRANCH}", alpineBranch, "${UBUNTU}", ubuntu, "${UBUNTU_NAME}", ubuntuReleases[ubuntu],
		"${USERS}\n", users[im.Name], "${GROUPS}\n", groups[im.Name])
	im.rootfs = rootfsOf(im.trees, words)
	if im.has != "" || im.flavour == bare {
		im.programs = programsOf(im.has)
	}
	switch im.Name {
	case "nginx":
		im.rootfs["usr/share/nginx/html/index.html"] = Node{Mode: 0o644, Data: nginxIndex}
	case "httpd":
		n := im.rootfs["usr/local/apache2/htdocs/index.html"]
		n.Like = false
		im.rootfs["usr/local/apache2/htdocs/index.html"] = n
	case "busybox":
		for name := range im.programs {
			im.rootfs["bin/"+name] = Node{Mode: 0o755, Opaque: true}
		}
	}
	return im
}

// tagOf is the tag of a reference, "" if it has none.
func tagOf(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		return ref[i+1:]
	}
	return ""
}
