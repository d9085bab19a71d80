// Package credit keeps what departments report about parties (信用信息归集) and puts each party into a tier (信用等级) A, B, C or D that
// explains itself: practices 35 and the credit half of 36.
//
// A record (信用记录) is what one source, a department, says about one party, known by the party's credit code, the source and the
// source's own number; it is never changed, a later import puts a newer version beside it. An import (归集批次) is taken whole or not
// at all. The index (指标体系) is data of a pack: indicators with points, weights and times, cut-offs, general ones and those of a
// field (领域). The tier is computed from records, index and day alone ([Assess], pure, whole numbers only).
//
// What a tier is not （国市监信发〔2022〕6号, 企业信用风险分类管理）: no evaluation of the party, no punishment, not public, and never an
// exemption from a duty or a check. The party sees its own with everything behind it; officials see one where their right lets them,
// with a reason, and each look is recorded. Nothing here refuses anybody anything.
//
// The package does not decide cases, does not draw inspections, and knows no page of the kernel.
package credit
