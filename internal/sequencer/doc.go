// Package sequencer gives the leaves of the store their places in the transparency log, signs how the log stands, and shows it.
//
// A leaf is written in the transaction of what it proves (package store); from then on it waits. Now and again the sequencer takes
// all that wait, appends them to the tree, and stores places, tiles and a signed checkpoint in one transaction. What outsiders read is
// then nothing but rows. Any number of servers may run one: the newest head is the lock, and of those who grow it at one time, one does.
//
// What it promises: it signs nothing that is not an extension of what was signed before, which it reads back and checks each time; a
// head that is older than one that is known to have been shown is never built on. If anything does not fit it stops loudly for good, and then
// [Sequencer.Behind] tells the hall, which gives nothing out any more that cannot be taken back.
package sequencer
