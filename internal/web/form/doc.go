// Package form shows the form of an item as fields of a page, and reads back what was typed into them: the one form, whether
// a citizen fills it in page by page or a clerk on one screen.
//
// Answers that can be read are kept in canonical form (a date, a number, a code without spaces), others as typed, so that
// nothing is lost and the item's own check says what to mend. The package decides nothing about a case.
package form
