// Package rule evaluates the conditions and decision tables of packs, and explains each answer.
//
// A condition is a CEL expression over the facts of a case: form (what was typed), applicant, steps (the outcome of
// each step that is done) and data (what signers filled in). It is type-checked against the form's JSON Schema when the
// pack is loaded, so that a field that does not exist is an error with line and column there, not a surprise on the
// day somebody applies. Its size, depth and running cost are bounded, and it is deterministic: no clock (the day is a fact), no regular
// expression outside RE2, no state.
//
// # What is not there is not known
//
// A form is filled in over days, so a condition is often asked about facts that are not there yet. A fact that is
// absent, null or an empty string is unknown, and unknown is neither true nor false: form.kind == "a" and
// form.kind != "a" are both unknown before the kind is chosen. A condition holds only when it is true. Unknown passes
// through && and || as in SQL: false && unknown is false, true || unknown is true. has(form.kind) is always known. An
// object that is absent counts as one in which nothing is known. A value of another type than the schema says is an
// error, since a submitted form cannot hold one.
//
// # Functions beside those of CEL
//
// code(text) is a document number as it is stored. fen(text) is an amount typed in yuan as fen, unknown if it cannot be
// read. sum(list of int) adds up. within(a, b) tells whether region a lies in region b. size, startsWith, endsWith, contains, matches, in, exists, all, map, filter
// are CEL's own; lowerAscii, replace, split, substring, trim and join come from its strings extension.
//
// A dated environment (Env.Dated) knows today besides, a day as a form writes it, and counts with it: later(day, "5 year"),
// earlier(day, "16 year"), workday(day), and born(text), the day of birth in the number of a resident identity card. A text
// that is no day is unknown.
package rule
