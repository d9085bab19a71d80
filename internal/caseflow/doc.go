// Package caseflow is the pure core of Tongban: what a case (办件) is, what may be done to it, and what then happens.
//
// It has two functions that matter:
//
//	Decide(case, item, command, env) -> events and the new case, or a refusal
//	Apply(case, event)               -> the case after the event
//
// Both are pure: the clock, the calendar, numbers that must be unique and looked-up facts come in as values of Env.
// So a case can be replayed from its events to the byte, property-tested, fuzzed, and re-executed offline by the
// citizen it concerns.
//
// The words: an Item (事项) is one service, or a bundle (一件事) of several Parts asked for with one form. Its flow is a
// graph of Steps (环节): a step is ready when everything that it needs is done or skipped, so departments work in
// parallel by default and no deadlock can be written. A ready step makes Tasks (待办) for its signers. Sending back,
// stopping the clock, extending and withdrawing are the kernel's own commands, the same for every item; no flow draws
// them. A Clock (时限) says what is due, when and under which rule; it warns, and where the law gives silence an
// effect it acts. A Refusal is a lawful no with a stable code and the clause it rests on; it is a value, not an error.
//
// The package does not know who may see a case (access), how it is stored (store) or which items exist (pack).
package caseflow
