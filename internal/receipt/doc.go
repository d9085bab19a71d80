// Package receipt is the proof of a case that its applicant takes home: one small JSON document with the entries of the case's
// journal, the proof that each stands in the evidence log, the checkpoint that the log and its witnesses have signed, the files of the
// pack that say how long everything may take, and the calendars that were counted with.
//
// [Verify] trusts no server. It computes each leaf again, checks the proofs, replays the case through the pure core, counts every
// deadline again and holds each limit against the pack. It needs nothing but the document and, to be sure whose log it is, the keys
// of the log and its witnesses. The same code runs in the command `tongban verify receipt` and, as WebAssembly, on the verify page.
//
// What the applicant does not read, such as notes between officials, stands in the document as a salted hash ([Withheld]): it is
// proved that something stands there, and when, not what.
//
// The package is pure and imports little, since a browser loads it.
package receipt
