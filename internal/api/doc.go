// Package api is the door for programs: REST under /api/v1, described by an OpenAPI 3.1 document at
// /api/v1/openapi.json, with errors as RFC 9457 problems.
//
// The words: an operation is one method on one path; a command is given by POST /api/v1/cases/{case}/{verb} with the
// fields of its type in package caseflow, and answered with a receipt; a problem is the answer to a request that was not
// carried out, with a stable code and a sentence in the caller's language.
//
// What it promises:
//
//   - It decides nothing about cases: it turns requests into commands and queries for the hall, and answers into JSON.
//     Who may do what is asked there and in package access; what may not be seen is answered like what does not exist.
//   - A request with an Idempotency-Key is carried out once, however often and from wherever it is repeated.
//   - No request is read beyond its limits: size, depth, number of values, length of numbers, time. Text that is not
//     UTF-8, or holds NUL, is refused, and nothing that was sent is changed on its way in.
//   - A problem never repeats what was sent: it names the field, also one that there is not (its beginning, escaped, without
//     long numbers). A failure of ours shows a reference number and nothing else; it is logged once under that number. The log of requests names operations, not paths, and no person.
//   - Who is not signed in gets nowhere but to the few operations that say so.
//
// Sessions: POST /sessions answers with a token for the Authorization header. The cookie of the pages works too, for
// scripts on them; whatever another site makes a browser send is turned away.
package api
