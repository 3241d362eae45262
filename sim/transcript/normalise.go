package transcript

import (
	"regexp"
	"sort"
	"strings"
)

var (
	rePEM    = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----`)
	reUUID   = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	reTime1  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d)`)
	reTime2  = regexp.MustCompile(`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|[A-Z]{3,4})`)
	reKlog   = regexp.MustCompile(`(?m)^([EWI])\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ (\S+?):\d+\]`)
	reTmp    = regexp.MustCompile(`/tmp/(LIVE|MERGED)-\d+/`)
	reIP     = regexp.MustCompile(`\b(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\b`)
	reRV1    = regexp.MustCompile(`(resourceVersion"?: ?"?)\d+`)
	reRV2    = regexp.MustCompile(`(Resource Version:\s+)\d+`)
	reHolder = regexp.MustCompile(`(?m)(HolderIdentity:\s+)\S.*$`)
	reNP1    = regexp.MustCompile(`(nodePort"?: ?)(3[0-2]\d{3})\b`)
	reNP2    = regexp.MustCompile(`(:)(3[0-2]\d{3})(/(?:TCP|UDP|SCTP))`)
	reNP3    = regexp.MustCompile(`(NodePort:.*?\s)(3[0-2]\d{3})(/(?:TCP|UDP|SCTP))`)
	reMinute = regexp.MustCompile(`-[23]\d{7}`)
	reHash   = regexp.MustCompile(`[4-9bcdf]+`)
	reRand   = regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{5}`)
	reEvent  = regexp.MustCompile(`\.[0-9a-f]{16}\b`)
	reAgo    = regexp.MustCompile(`\((?:\d+[ydhms])+ ago\)`)
	reIn     = regexp.MustCompile(`\bin \d+(?:\.\d+)?(?:ms|s)\b`)
	reSplit  = regexp.MustCompile(`\s{2,}|\t`)
	reAge    = regexp.MustCompile(`^(?:(?:\d+[ydhms])+|<invalid>|<unknown>)$`)
	reCount  = regexp.MustCompile(`^(?:\d+[ydhms])+ \(x\d+ over (?:\d+[ydhms])+\)$`)
	reDur    = regexp.MustCompile(`^(Duration:  )(?:\d+[ydhms])+$`)
	reList   = regexp.MustCompile(`^kubectl (label|annotate) .*--list\b`)
	reServer = regexp.MustCompile(`https://(?:kubernetes\.default\.svc|127\.0\.0\.1:\d+)`)
	reDescr  = regexp.MustCompile(`\bdescribe\b`)
)

var ageHeads = map[string]bool{"AGE": true, "Age": true, "LAST SEEN": true, "FIRST SEEN": true, "LAST SCHEDULE": true, "DURATION": true}

func alnum(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

// repl replaces each match of re for which ok(start, end) holds; a refused match is retried one byte further.
func repl(s string, re *regexp.Regexp, with string, ok func(i, j int) bool) string {
	var b strings.Builder
	for pos := 0; pos < len(s); {
		m := re.FindStringIndex(s[pos:])
		if m == nil {
			b.WriteString(s[pos:])
			return b.String()
		}
		i, j := pos+m[0], pos+m[1]
		if ok(i, j) {
			b.WriteString(s[pos:i])
			b.WriteString(with)
			pos = j
		} else {
			b.WriteString(s[pos : i+1])
			pos = i + 1
		}
	}
	return b.String()
}

// Normalise hides what differs between two runs of one case by nature: times,
// addresses, random names. It applies the rules of the recordings, in their
// order, to stdout or stderr of one command. cmd is the command line; input is
// the text of all files and commands of the case. It is idempotent.
func Normalise(s, cmd, input string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = repl(s, rePEM, "<pem>", func(i, j int) bool { return true })
	s = strings.ReplaceAll(s, "<pem>\n\n", "<pem>\n")
	s = reUUID.ReplaceAllString(s, "<uid>")
	s = reTime1.ReplaceAllString(s, "<time>")
	s = reTime2.ReplaceAllString(s, "<time>")
	s = reKlog.ReplaceAllString(s, "$1<klog> $2]")
	s = reServer.ReplaceAllString(s, "https://<server>")
	s = reTmp.ReplaceAllString(s, "/tmp/$1/")
	s = reIP.ReplaceAllStringFunc(s, func(m string) string {
		if strings.Contains(input, m) {
			return m
		}
		return "<ip>"
	})
	s = reRV1.ReplaceAllString(s, "$1<rv>")
	s = reRV2.ReplaceAllString(s, "$1<rv>")
	s = reHolder.ReplaceAllString(s, "${1}<id>")
	for _, re := range []*regexp.Regexp{reNP1, reNP2, reNP3} {
		s = re.ReplaceAllStringFunc(s, func(m string) string {
			g := re.FindStringSubmatch(m)
			if g == nil { // \b at the cut end
				return m
			}
			if regexp.MustCompile(`\b` + g[2] + `\b`).MatchString(input) {
				return m
			}
			return strings.Replace(m, g[2], "<nodeport>", 1)
		})
	}
	end := func(j int) bool { return j == len(s) || !alnum(s[j]) }
	s = repl(s, reMinute, "-<minute>", func(i, j int) bool { return end(j) })
	s = repl(s, reHash, "<hash>", func(i, j int) bool {
		return j-i >= 7 && j-i <= 10 && end(j) && (i == 0 || !alnum(s[i-1]))
	})
	s = repl(s, reRand, "-<rand>", func(i, j int) bool { return end(j) && (j == len(s) || s[j] != '-') })
	s = reEvent.ReplaceAllString(s, ".<hex>")
	s = reAgo.ReplaceAllString(s, "(<age> ago)")
	return normaliseLines(s, cmd)
}

// normaliseLines applies the rules that look at lines and tables.
func normaliseLines(s, cmd string) string {
	table, descr, noHead := false, reDescr.MatchString(cmd), strings.Contains(cmd, "--no-headers")
	var out []string
	for _, l := range strings.Split(s, "\n") {
		l = strings.TrimRight(l, " \t\r\n\v\f")
		body := strings.TrimLeft(l, " \t")
		lead := strings.ReplaceAll(l[:len(l)-len(body)], "\t", "  ")
		cells := reSplit.Split(body, -1)
		head := false
		for _, c := range cells {
			head = head || ageHeads[c]
		}
		if body == "" {
			table = false
		} else if head {
			table = true
		}
		for k, c := range cells {
			if table && !head && (reAge.MatchString(c) || reCount.MatchString(c)) || noHead && k > 0 && reAge.MatchString(c) && c[0] != '<' {
				cells[k] = "<age>"
			}
		}
		l = lead + strings.Join(cells, "  ")
		if descr {
			l = reDur.ReplaceAllString(l, "${1}<age>")
			if t := strings.TrimLeft(l, " "); len(l)-len(t) > 8 {
				l = "        " + t
			}
		}
		out = append(out, l)
	}
	for k, l := range out {
		out[k] = reIn.ReplaceAllString(l, "in <age>")
	}
	if !strings.Contains(cmd, "--sort-by") {
		gen := func(l string) bool { return strings.Contains(l, "<rand>") || strings.Contains(l, "<hash>") }
		for i := 0; i < len(out); {
			j := i
			for j < len(out) && gen(out[j]) {
				j++
			}
			sort.Strings(out[i:j])
			if j == i {
				j++
			}
			i = j
		}
	}
	if reList.MatchString(cmd) {
		sort.Strings(out)
	}
	return strings.Trim(strings.Join(out, "\n"), "\n")
}
