// Package public is the door for citizens and companies: find a service, read its guide, fill in one thing per page, hand
// in, follow the case, keep what it granted.
//
// Guides and forms are made from the pack alone: a page knows widgets, not services. Everything typed is saved page by
// page, right or wrong, in the form that people type it; what is wrong is said in a summary with links, and nothing is
// ever lost: not by a fault, not by a full queue, not by a session that ended ([page.Kit.SignIn] carries it over).
//
// A form acts once however often it is sent: commands go under the request id that the form carries, and saving what is
// saved writes nothing. What a person may do next is asked of the core, never decided on a page.
//
// Somebody else's case reads as not found. Who holds a receipt sees how far its case is, by number and code, without any
// name or answer; who holds a licence's code sees whether it is valid, with personal data masked.
//
// All main acts work without script and by keyboard alone.
package public
