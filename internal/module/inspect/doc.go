// Package inspect plans and carries out inspections of companies by double random selection (双随机、一公开): practice 36.
//
// Departments keep one list and two libraries (一单两库): check items (抽查事项), inspectors (检查人员) and objects (检查对象), each sent as a whole
// list, an edition, which counts at one moment. A plan of a year says in public which share of each credit tier is drawn; the plans of
// months draw by it. A draw (module draws) picks objects by tier and pairs each with at least two inspectors under constraints; what it
// picks becomes tasks (检查任务). Inspectors record on a phone, also without a network; each result has one of the eight standard kinds
// and is published within twenty working days.
//
// What a draw publishes are tokens, not names: the tier of a company is not public (国市监信发〔2022〕6号), and nobody is told beforehand whom an
// inspection is for. A company is told its own salt, with which it finds itself in the published record and checks that it was chance
// ([Token]).
//
// The package does not decide who is in which tier (credit does, through an interface), does not draw by itself, and punishes nobody:
// what is handed over goes to the department that enforces.
package inspect
