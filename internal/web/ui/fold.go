package ui

import (
	"html/template"
	"strings"
	"text/template/parse"

	"github.com/tongban/tongban/internal/web/i18n"
)

// fold writes the words of the catalogue into the templates of a language: {{t "key"}} becomes its text, once, instead of a call
// by reflection and an escaper's on each page. Half of what a page shows is such words. A text that HTML writes
// otherwise stays a call, and so does a key that does not exist, for the page to fail.
func fold(set *template.Template, lang string) {
	for _, t := range set.Templates() {
		if t.Tree != nil {
			foldList(t.Tree.Root, lang)
		}
	}
}

func foldList(list *parse.ListNode, lang string) {
	if list == nil {
		return
	}
	for i, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if text, ok := words(n.Pipe, lang); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
			}
		case *parse.IfNode:
			foldBranch(&n.BranchNode, lang)
		case *parse.RangeNode:
			foldBranch(&n.BranchNode, lang)
		case *parse.WithNode:
			foldBranch(&n.BranchNode, lang)
		}
	}
}

func foldBranch(b *parse.BranchNode, lang string) {
	foldList(b.List, lang)
	foldList(b.ElseList, lang)
}

// words is the text that a pipeline comes to, if it is a call of t with nothing but a key.
func words(p *parse.PipeNode, lang string) (string, bool) {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 2 {
		return "", false
	}
	name, isName := p.Cmds[0].Args[0].(*parse.IdentifierNode)
	key, isKey := p.Cmds[0].Args[1].(*parse.StringNode)
	if !isName || !isKey || name.Ident != "t" || !i18n.Has(key.Text) {
		return "", false
	}
	text := i18n.T(lang, key.Text)
	return text, !strings.ContainsAny(text, "<>&\"'`=+\x00")
}
