package container

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"unicode"
)

// checksum prints the sums of files; -c compares those of a list.
func checksum(c *call) outcome {
	set, names, bad := c.options("cbs")
	if bad != "" {
		return c.unsupported(bad)
	}
	sum := func(text string) string {
		var h hash.Hash
		switch c.args[0] {
		case "md5sum":
			h = md5.New()
		case "sha1sum":
			h = sha1.New()
		case "sha512sum":
			h = sha512.New()
		default:
			h = sha256.New()
		}
		c.p.charge(len(text))
		_, _ = io.WriteString(h, text)
		return hex.EncodeToString(h.Sum(nil))
	}
	failed := 0
	status, again := c.texts(names, func(name, text string) {
		if !set['c'] {
			c.out(sum(text) + "  " + name + "\n")
			return
		}
		for _, l := range lines(text) {
			want, file, ok := strings.Cut(l, "  ")
			if !ok {
				continue
			}
			got, err := c.view.read(c.t.abs(file))
			if err != nil {
				c.file("open", file, err)
			}
			if err == nil && sum(got) == want {
				c.out(file + ": OK\n")
			} else {
				c.out(file + ": FAILED\n")
				failed++
			}
		}
	})
	if failed > 0 {
		c.complain("%s: WARNING: %d of %d computed checksums did NOT match", c.args[0], failed, failed)
		status = 1
	}
	return outcome{status: status, again: again}
}

// dump is hexdump -C, xxd, od -c and strings.
func dumpBytes(c *call) outcome {
	set, names, bad := c.options("Ccxvn")
	if bad != "" || set['x'] || set['v'] || set['n'] || c.args[0] == "hexdump" && !set['C'] || c.args[0] == "od" && !set['c'] {
		return c.unsupported(bad)
	}
	all := ""
	status, again := c.texts(names, func(_, text string) { all += text })
	if again {
		return outcome{again: true}
	}
	if len(all) > outputBytesMax/8 {
		return c.unsupported("on so much")
	}
	c.p.charge(len(all) * 8)
	switch c.args[0] {
	case "strings":
		for _, word := range strings.FieldsFunc(all, func(r rune) bool { return r > 126 || !unicode.IsPrint(r) && r != '\t' }) {
			if len(word) >= 4 {
				c.out(word + "\n")
			}
		}
	case "od":
		c.out(octalDump(all))
	case "xxd":
		for i := 0; i < len(all); i += 16 {
			row := all[i:min(i+16, len(all))]
			var b strings.Builder
			for j := 0; j < len(row); j += 2 {
				b.WriteString(hex.EncodeToString([]byte(row[j:min(j+2, len(row))])) + " ")
			}
			c.out(fmt.Sprintf("%08x: %-40s %s\n", i, b.String(), printable(row)))
		}
	default:
		c.out(hex.Dump([]byte(all)))
		if all != "" {
			c.out(fmt.Sprintf("%08x\n", len(all)))
		}
	}
	return done(status)
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 32 || r > 126 {
			return '.'
		}
		return r
	}, s)
}

func octalDump(all string) string {
	var b strings.Builder
	for i := 0; i < len(all); i += 16 {
		fmt.Fprintf(&b, "%07o", i)
		for _, ch := range []byte(all[i:min(i+16, len(all))]) {
			if at := strings.IndexByte("\x00\a\b\t\n\v\f\r", ch); at >= 0 {
				fmt.Fprintf(&b, "  \\%c", "0abtnvfr"[at])
			} else if ch < 32 || ch > 126 {
				fmt.Fprintf(&b, " %03o", ch)
			} else {
				fmt.Fprintf(&b, "   %c", ch)
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%07o\n", len(all))
	return b.String()
}

// zip is gzip, gunzip and zcat, on files and between pipes.
func zip(c *call) outcome {
	set, names, bad := c.options("cdkf123456789")
	if bad != "" {
		return c.unsupported(bad)
	}
	unpack := set['d'] || c.args[0] != "gzip"
	print := set['c'] || c.args[0] == "zcat"
	if len(names) == 0 {
		text, again := c.input()
		if again {
			return outcome{again: true}
		}
		out, err := recode(text, unpack)
		if err != nil {
			c.complain("%s: invalid magic", c.args[0])
			return done(1)
		}
		c.out(out)
		return done(0)
	}
	status := 0
	for _, n := range names {
		text, err := c.view.read(c.t.abs(n))
		if err != nil {
			c.file("open", n, err)
			status = 1
			continue
		}
		out, bad := recode(text, unpack)
		target, suffix := strings.TrimSuffix(n, ".gz"), strings.HasSuffix(n, ".gz")
		if !unpack {
			target = n + ".gz"
		}
		switch {
		case bad != nil || unpack && !suffix && !print:
			c.complain("%s: %s: invalid magic", c.args[0], n)
			status = 1
		case print:
			c.out(out)
		default:
			if err = c.write(c.t.abs(target), out, false); err == nil && !set['k'] {
				err = c.remove(c.t.abs(n), false)
			}
			if err != nil {
				c.file("", target, err)
				status = 1
			}
		}
	}
	return done(status)
}

// recode packs or unpacks within the bound of a file.
func recode(text string, unpack bool) (string, error) {
	if unpack {
		r, err := gzip.NewReader(strings.NewReader(text))
		if err != nil {
			return "", err
		}
		out, err := io.ReadAll(io.LimitReader(r, fileBytesMax))
		return string(out), err
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		return "", err
	}
	err := w.Close()
	return b.String(), err
}
