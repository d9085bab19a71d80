// Package walk runs the scenario of a pack on virtual time, through the public API like anybody else: it starts the real
// server on a store of its own, adds the accounts of walk.yaml, signs each of them in, lets them act one after the other,
// and compares what the API then shows with what the scenario expects. A report says of every difference in which line of
// walk.yaml the expectation stands.
//
// Time only moves forward, from act to act. On the way the clock runner is called at every instant at which a clock of
// some case has something to do, so that warnings and the effects of silence come when they would come in life.
//
// A walk reads nothing behind the API but the instants at which cases want to be woken, which it needs to turn the clock.
package walk
