// Package console is the door for the three administrators (三员): the system administrator makes accounts and keeps the house, the
// security administrator says who may do what and ends sessions, the audit administrator reads what everybody did. Each sees only
// what package access permits; for the others a page does not exist. No page shows a case, and none changes a log.
package console
