// Package witness lets logs of different keepers watch each other, by the protocol of c2sp.org/tlog-witness and the signatures of
// c2sp.org/tlog-cosignature, which witnesses of others speak too.
//
// It has two sides. [Witness] signs checkpoints of other logs: each only if it continues the one that was signed last, which is on the
// disk before the new signature leaves. [Gatherer] hands the checkpoints of our own log in to its witnesses and shows them with what they have
// signed; a witness that is away holds nothing back.
//
// What does not fit is refused, and kept as an [Alarm] with both checkpoints: two that the same key has signed, of one size and with
// different roots, prove to anybody that the log has forked.
package witness
