// Package draw selects by chance so that anybody can check that nobody chose.
//
// # Words
//
// A [Plan] says who is in the pool, in which strata, how many are drawn, who is left out and why, and which sources of randomness will
// be used and when. A [Commitment] is the plan fixed before the randomness exists: the root of a Merkle tree over the candidates, the
// quotas as numbers, and one hash over all of it, which goes into the evidence log. [Commitment.Reveal] takes a [Value] for each source,
// mixes them into a seed and gives a [Record]: who was drawn, and where inspectors are paired with objects, who goes where. A drawn
// candidate or an inspector who withdraws is replaced from the same order ([Record.Withdraw]); a draw that is given up stays with its
// reason ([Record.Abandon]), and the next one names it as its predecessor. [Verify] repeats all of it from the bytes of a record alone.
//
// The method, to the byte, with its formats and vectors, stands in docs/draw.md; a second implementation in the tests is written from that
// page and agrees with this one.
//
// # Promises
//
// The package is pure: no clock, file, network or randomness; instants and the values of sources are arguments. No floating-point number
// decides anything. What cannot be done is refused with a [Fault] that says what to mend, in Chinese and English. Nothing panics on any input,
// and sizes are bounded ([MaxCandidates] and the like).
//
// What it does not do: say when a commitment was published (the log does), check the signatures of a checkpoint (the log's client
// does), or roll dice.
package draw
