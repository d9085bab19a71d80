// Package access knows who acts and what they may do.
//
// The words: an account is somebody who may sign in, a citizen or an official; a session is one sign-in of an account,
// known by a random [Token] that only the client holds; an [Act] is something one may or may not do to a [Resource];
// a [Gate] does everything that needs the store; a [Door] is the gate seen from HTTP.
//
// What it promises:
//
//   - A password is kept as argon2id only, a token as SHA-256 only. Neither is ever logged: [Token] prints itself masked.
//   - Signing in answers a wrong password, an unknown login, a locked account and a disabled account with one refusal,
//     after the same work. Guesses are bounded per account and per client address by [Limits].
//   - A sign-in makes a new session whatever the client sent (no fixation); sign-out ends it in the store; a changed
//     password ends all others.
//   - Rights are one table ([May]); what is not written there is denied. The caller maps a denied look to "not found".
//   - Time and randomness come in by [Options]; nothing here waits for a clock.
//
// What it does not do: it does not decide which command fits a case (caseflow does), it does not write cases (hall
// does), and it does not prove that a citizen is who the document says: a registered document is typed, checked for
// form and NOT verified, so it must never open somebody else's papers.
//
// A second factor stands between "the password is right" and "a session is made" ([Step], [Gate.PassFactor]); a passkey takes the
// place of both. Their secrets are sealed (package seal). Room that is left: OIDC comes in beside them, at admit.
package access
