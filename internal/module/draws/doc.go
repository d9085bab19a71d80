// Package draws keeps the draws (抽取) of a region: package draw says how one is made, here stands who may do what, and when.
//
// A draw is proposed by one official and confirmed by another of the same department (ASVS 2.3.5: what weighs much needs two people);
// only then its commitment is published, and logged, before the randomness can be known. What the announced sources gave is typed in
// after the draw opens, by at least two people; until the last value is there nobody reads any of them. The last value draws, at
// once: nobody sees an outcome before everybody does. Giving a draw up needs two people as well, and leaves it in the list with its
// reason; the next draw for the same purpose names it as its predecessor.
//
// Everything is public: draws to come and past, each with the record that `tongban draw verify` computes again. What a draw is
// for, its purpose, only the module that asked knows; candidates are whatever ids it gave (inspections give tokens, docs/inspect.md).
// Each event has a leaf in the evidence log.
//
// The package does not roll dice, does not check that a checkpoint was signed, and does nothing with who was drawn.
package draws
