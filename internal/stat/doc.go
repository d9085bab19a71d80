// Package stat is how statistics are counted: pure, over plain values.
//
// A case leaves marks (计数): it was received on a day, decided, delivered, rated, a limit of it was kept or not. Marks follow from
// the case alone, so that they can be computed again from its journal at any time. The store adds them up in the command's own
// transaction, by day and by month, as totals; a page sums totals and never looks at cases.
//
// What a figure means stands beside its function: Share, Quantile, Compare. How long a decision took falls into fixed buckets
// (Bucket), so that quantiles of any period can be had by adding: a quantile of minutes is off by at most 1.6 %, and exact up to 63
// minutes; in working days it is exact up to 999.
package stat
