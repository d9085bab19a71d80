// Package backup makes archives of everything that is stored, keeps them in one folder and tries whether they can be restored,
// while the hall serves: for the system administrator's button and for a schedule.
//
// An archive is made by Write and tried by Try, which are given: this package knows neither databases nor uploads. One thing is
// done at a time, by all the servers that share the folder. Beside each archive stands a line of JSON that says when, by whom,
// how large, with which SHA-256, and what its last trial found. A kill in the middle leaves a record that says so and nothing
// that looks like an archive.
//
// An archive holds all personal data in the clear. It is never sent to a browser: the system administrator, who makes it, sees no
// case (docs/adr/0034).
package backup
