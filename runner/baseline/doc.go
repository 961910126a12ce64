// Package baseline compares metrics with the values that were accepted for
// them, and reads and writes the file that these lie in. It knows nothing of
// tasks, stores or runs.
//
// # Verdicts
//
// Let d be the change of a metric, new minus old; of its mean where it has
// several values. A change is worse where the metric should be lower and d > 0,
// where it should be higher and d < 0, and, with no direction, where d is not 0.
//
// One value, old and new. With the allowance a, which is the tolerance in the
// metric's unit (relative: times |old|), |d| <= a passes, and a larger change is
// improved or regressed. A tolerance in standard errors is inconclusive: one
// value has none.
//
// Several values, of a sweep, should have the names that were accepted. Where an
// accepted value has no new one, or a new one was not accepted, the comparison is
// never a pass: a sweep cannot hide a value that became worse by leaving it out,
// nor bring in bad ones. It is regressed where what is compared is, and else
// inconclusive until the missing are run or the new are accepted.
//
// Values are paired by name where both have the same names, or have three in
// common: then d_i = new_i - old_i, and
//
//	d = mean(d_i)    se = sd(d_i) / sqrt(n)    df = n - 1    d_z = d / sd(d_i)
//
// which is the paired t test. Otherwise it is Welch's, with s the standard
// deviations of old and new and Hedges' g for the size of the effect:
//
//	d = mean(new) - mean(old)    se = sqrt(u + v)    u = s_old²/n_old    v = s_new²/n_new
//	df = (u + v)² / (u²/(n_old-1) + v²/(n_new-1))
//	g = (1 - 3/(4(n_old + n_new) - 9)) d / sqrt(((n_old-1)s_old² + (n_new-1)s_new²) / (n_old + n_new - 2))
//
// Either has the 95 % confidence interval d ± t(0.975, df) se, which decides
// where the tolerance is absolute or relative (of |mean of old|). It is a test of
// non-inferiority, or of equivalence where there is no direction:
//
//   - pass where the interval does not go beyond a on the worse side (improved
//     where it lies wholly beyond a on the better one);
//   - regressed where it lies wholly beyond a on the worse side;
//   - inconclusive elsewhere: the values scatter too much to tell.
//
// The interval is two-sided, so a change of exactly a passes, or is called
// regressed, in at most 2.5 % of comparisons each.
//
// A tolerance of k standard errors asks for a change that chance does not
// explain: |d| <= k se passes, and a larger change is improved or regressed. With
// nothing changed but chance, and five pairs, k = 2 is exceeded in 11.6 % of
// comparisons, k = 3 in 4.0 % (t with df). Fewer than three values are inconclusive.
//
// Values that are all as they were pass however few they are, and so do, against
// standard errors, values that differ by rounding alone (1e-12 of their size).
//
// # How many more
//
// An inconclusive comparison says how many more values, old and new, would
// decide it with a probability of 80 % if mean and scatter stay what they are:
// the least n for which (t(0.975, df) + t(0.8, df)) se reaches from d to the
// boundary a. It is an estimate from few values, and no promise.
//
// # The file
//
// See [File]. It is canonical: the same content is always the same bytes, so that
// a difference in git is a difference in what was accepted.
package baseline
