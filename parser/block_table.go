package parser

import (
	"strings"
	"unicode/utf8"

	"gieok/prefilter"
)

// emptyCell is a cell without a value of its own.
var emptyCell = prefilter.MustCompile(`^(?:-+|–|—|동일|상동|〃|"|없음|x|X|o|O|✓|✗|\?|N/A)?$`)

// descriptionColumn are column titles under which a row is described.
var descriptionColumn = prefilter.MustCompile(`설명|의미|뜻|정의|역할|용도|기능|특징|내용|비고|목적|동작`)

// table reads rows × columns: what a row is described as names it, other cells are its values.
func (r *reader) table(b *Block) {
	if len(b.Children) < 2 {
		return
	}
	var columns []string
	for _, c := range b.Children[0].Children {
		columns = append(columns, cleanTitle(plainWords(c.Text)))
	}
	inherited, labels := r.subjectOf(b)
	for _, row := range b.Children[1:] {
		if len(row.Children) > 1 {
			r.row(row, columns, inherited, labels)
		}
	}
}

func (r *reader) row(row *Block, columns []string, inherited subject, labels []string) {
	head := row.Children[0]
	for _, c := range row.Children {
		r.codes(c, piece{c.Text, 0})
	}
	name := plainWords(head.Text)
	if name == "" || len(columns) < 2 || utf8.RuneCountInString(name) > 60 {
		return
	}
	if attributeHead.MatchString(columns[0]) && !descriptionColumn.MatchString(strings.Join(columns[1:], " ")) && len(columns) > 2 {
		r.attributeRow(row, columns, name, inherited)
		return
	}
	command := asCommand(strings.Trim(strings.TrimSpace(head.Text), "`"))
	for i, cell := range row.Children[1:] {
		text := strings.TrimSpace(strings.ReplaceAll(cell.Text, "\n", " "))
		if emptyCell.MatchString(plainWords(text)) || i+1 >= len(columns) || text == "" {
			continue
		}
		st := statement{block: cell, text: text, rest: text, subject: inherited, labels: labels}
		st.text = cell.Text
		column := columns[i+1]
		described := descriptionColumn.MatchString(column) || len(columns) == 2 && utf8.RuneCountInString(text) > 10
		switch {
		case command != "" && described:
			r.add(st, "table", Fact{Subject: inherited.id, Relation: CommandFor, Object: command, Term: true, About: text})
		case described:
			r.described(st, name, text)
		default:
			r.cell(st, name, column, text)
		}
	}
}

// attributeHead is a first column whose rows are what the other columns are compared by.
var attributeHead = prefilter.MustCompile(`^(?:구분|항목|비교|비교 ?항목|특징|분류|속성|기준|차이점?|)$`)

// attributeRow reads a row of a comparison: each column's thing has a value of it.
func (r *reader) attributeRow(row *Block, columns []string, attribute string, inherited subject) {
	for i, cell := range row.Children[1:] {
		text := strings.TrimSpace(strings.ReplaceAll(cell.Text, "\n", " "))
		if i+1 >= len(columns) || columns[i+1] == "" || emptyCell.MatchString(plainWords(text)) {
			continue
		}
		st := statement{block: cell, text: cell.Text, rest: text, subject: inherited}
		r.cell(st, columns[i+1], attribute, text)
	}
}

// described reads a row whose cell says what the row's head is.
func (r *reader) described(st statement, name, text string) {
	s, ok := r.named(name, st.block)
	if !ok {
		if !tableName.MatchString(name) {
			return
		}
		s, _, _ = r.identified(name, st.block)
	}
	rel := Definition
	if optionName.MatchString(name) {
		rel = OptionFor
	}
	about := r.contextual(st, plainWords(text))
	if numeric.MatchString(name) && st.subject.name != "" && !strings.Contains(about, st.subject.name) {
		about = st.subject.name + "에서 " + about
	}
	r.names(st, "table", rel, s, about)
}

// tableName is a code name that may head a row.
var tableName = prefilter.MustCompile(`^[\w.*-][\w./:*=-]*$`)

// numeric are names that mean nothing without the title of their table.
var numeric = prefilter.MustCompile(`^\d+$`)

// cell reads one value of a row.
func (r *reader) cell(st statement, name, column, text string) {
	s, ok := r.named(name, st.block)
	if !ok {
		s = subject{id: conceptID(name), name: name, kind: "concept", block: st.block}
	}
	value := plainWords(text)
	if column == "" || utf8.RuneCountInString(value) > clauseRunesMax {
		return
	}
	r.concept(s)
	r.add(st, "table", Fact{Subject: s.id, Relation: PropertyValue, Object: value, Term: wordCount(value) <= 3, About: s.name + "의 " + column, Negative: negative(value)})
}
