package container

import (
	"fmt"
	"slices"
	"strings"
)

// A directive is one line or block of nginx's configuration.
type directive struct {
	name  string
	args  []string
	block []directive
	line  int
}

// nginxError is what nginx says of a configuration that it refuses.
type nginxError struct{ text string }

func (e *nginxError) Error() string { return "nginx: [emerg] " + e.text }

// notNginx says which part of a configuration is not simulated.
type notNginx struct{ what string }

func (e *notNginx) Error() string { return e.what }

// parseNginx reads a configuration file.
func parseNginx(file, text string) ([]directive, error) {
	p := &nginxParser{file: file, text: text, line: 1}
	list, err := p.list(0)
	if err == nil && p.at < len(p.text) {
		err = &nginxError{fmt.Sprintf("unexpected \"}\" in %s:%d", file, p.line)}
	}
	return list, err
}

type nginxParser struct {
	file, text string
	at, line   int
}

// nginxBlocks are the directives that have a block.
var nginxBlocks = []string{"http", "events", "server", "location", "upstream", "types", "map", "if", "limit_except", "geo", "stream", "mail", "split_clients"}

// token reads a word, or one of ; { }; "" at the end.
func (p *nginxParser) token() string {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '\n':
			p.line++
			p.at++
		case c == ' ' || c == '\t' || c == '\r':
			p.at++
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		case strings.IndexByte(";{}", c) >= 0:
			p.at++
			return string(c)
		case c == '"' || c == '\'':
			end := strings.IndexByte(p.text[p.at+1:], c)
			if end < 0 {
				p.at = len(p.text)
				return ""
			}
			word := p.text[p.at+1 : p.at+1+end]
			p.line += strings.Count(word, "\n")
			p.at += end + 2
			return "\x00" + word // quoted: never a sign
		default:
			end := strings.IndexAny(p.text[p.at:], " \t\r\n;{}")
			if end < 0 {
				end = len(p.text) - p.at
			}
			if end == 0 {
				end = 1
			}
			word := p.text[p.at : p.at+end]
			p.at += end
			return word
		}
	}
	return ""
}

func (p *nginxParser) list(depth int) ([]directive, error) {
	var out []directive
	var d *directive
	for {
		t := p.token()
		switch {
		case t == "" && d != nil:
			return nil, &nginxError{fmt.Sprintf("unexpected end of file, expecting \";\" or \"}\" in %s:%d", p.file, p.line)}
		case t == "" && depth > 0:
			return nil, &nginxError{fmt.Sprintf("unexpected end of file, expecting \"}\" in %s:%d", p.file, p.line)}
		case t == "":
			return out, nil
		case t == "}" && d == nil && depth > 0:
			return out, nil
		case t == "}":
			return nil, &nginxError{fmt.Sprintf("unexpected \"}\" in %s:%d", p.file, p.line)}
		case t == ";" && d == nil:
			return nil, &nginxError{fmt.Sprintf("unexpected \";\" in %s:%d", p.file, p.line)}
		case t == ";" && slices.Contains([]string{"http", "events", "location"}, d.name):
			return nil, &nginxError{fmt.Sprintf("directive %q has no opening \"{\" in %s:%d", d.name, p.file, p.line)}
		case t == ";":
			out, d = append(out, *d), nil
		case t == "{" && d == nil || t == "{" && depth > treeDepthMax:
			return nil, &nginxError{fmt.Sprintf("unexpected \"{\" in %s:%d", p.file, p.line)}
		case t == "{" && !slices.Contains(nginxBlocks, d.name):
			return nil, &nginxError{fmt.Sprintf("directive %q is not terminated by \";\" in %s:%d", d.name, p.file, p.line)}
		case t == "{":
			block, err := p.list(depth + 1)
			if err != nil {
				return nil, err
			}
			d.block = append(block, directive{})[:len(block):len(block)]
			out, d = append(out, *d), nil
		case d == nil:
			d = &directive{name: strings.TrimPrefix(t, "\x00"), line: p.line}
		default:
			d.args = append(d.args, strings.TrimPrefix(t, "\x00"))
		}
	}
}
