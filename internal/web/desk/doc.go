// Package desk is the door for officials: window clerks, reviewers, heads of departments and supervisors.
//
// The queue shows tasks by what is due; the case page shows one case with everything that this person may do next; each
// act is a form that becomes one command of the core. Which acts are offered is asked of the core itself ([offers]):
// a page never carries a rule of its own, so it cannot offer what the core would refuse for who or when.
//
// Every form carries a request id, so that sending it twice does it once, and the number of the case's last entry, so
// that nobody decides on what they have not seen: if the case moved meanwhile, the page shows what happened and both
// texts, and keeps what was typed. An act that cannot be undone is first shown with its result, computed by the core
// without committing it.
//
// Personal data is masked. It is shown in full one record at a time, with a reason that is recorded.
//
// All main acts work without script and by keyboard alone. The package knows no other door and writes only through the
// hall.
package desk
