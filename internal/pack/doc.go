// Package pack loads, proves, versions and compares packs （实践包）: folders of data that add items, forms, rules,
// templates and a scenario for one practice, without Go code.
//
// Load reads the files of a pack, checks them against the JSON Schemas that are published for editors (folder schema,
// Schemas), compiles every expression against the form it speaks about, and builds the caseflow.Item of each item.
// Prove then shows what must hold for a pack to be run at all: the flow has an end, everything named exists, somebody
// can act at each step, the longest path fits the promise and the promise the law, nothing is asked without a clause
// that says so. Both return Problems; each names file and line, what is wrong, and how to mend it. A pack with a
// problem is refused whole.
//
// A loaded pack never changes. The Catalogue holds every version side by side, so a running case stays on the version
// it began with while a later one is loaded.
//
// # What a pack's files may not do
//
// A pack may come from another city. Its files are bounded in number, size, depth and count of values. YAML is read as
// its plain subset: no anchors, aliases, tags, merges, duplicate or unknown keys, no second document. Expressions are
// bounded in cost, templates in what they print; neither can reach the network, files or the clock.
package pack
