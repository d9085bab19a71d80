// Package workday counts time limits as Chinese law counts them: which day is the last one of a limit, at which instant it
// ends, what is left of it, and why.
//
// # Words
//
// A [Date] is a civil date in Asia/Shanghai. A [Limit] is a length of time as a rule states it: "5 workday", "6 month",
// "-15 day" for one that counts back from a future event. A [Calendar] knows which days are worked; [National] is the one of
// the State Council's notices, and regions lay their own days over it ([Calendar.Overlay]). A [Due] is where a limit ends. A
// [Span] is a stretch during which a limit stands still. A [Catalogue] holds the limits that laws set, by id; it is where a
// rule's unit is decided, for the same word 日 means working days in one law and calendar days in the next (行政许可法 art. 82;
// 行政处罚法 art. 85; 行政复议法 art. 88).
//
// # The law
//
// Civil Code of 2020 (民法典), book one, chapter ten, in the words of this package:
//
//   - art. 200: periods count in years, months, days and hours of the Gregorian calendar.
//   - art. 201: the day of the event is not counted; a period in hours runs from the hour that the law or the parties set.
//   - art. 202: a period in months or years ends on the corresponding day of its last month, or, without one, on that month's
//     last day.
//   - art. 203: where the last day is a statutory day off, the day after the days off is the last day; it ends at 24:00, or
//     where there are business hours when business stops. A make-up Saturday or Sunday (调休) is a working day, so a limit may end on it.
//   - art. 204: laws and agreements may say otherwise; [Limit] has Close, Last and From for what they say.
//
// 行政许可法 art. 45: the time of hearings, tenders, inspections, tests, appraisals and expert reviews is not counted. The
// law does not say how parts of days add up. This package decides against whoever has to act: the day on which a
// stop begins is used, and only the days after it, up to and including the day of resumption, do not count. The day of resumption is
// left out as the day of an event is (art. 201). See [Calendar.Due].
//
// Backward limits are never moved to a later day, which would shorten the time that they guard; see [Calendar.Sub].
//
// # What is known
//
// A year's days off are published in the autumn before it. Results that rest on days outside the published years count
// Monday to Friday (and what a provisional document lists) and are marked [Due.Provisional]: recompute them when the notice is
// loaded. [Calendar.ID] names the exact calendar, so that anybody can repeat a computation.
//
// # Promises
//
// The package is pure: it reads no clock, file, zone database or network, and its data is embedded. Nothing in it panics on any input, and
// dates beyond the years 1 to 9999 stop at these ends. Add, Sub, Between and Due without stops allocate nothing and take the same time
// for any length of limit. A Calendar and a Catalogue never change, and may be shared.
//
// It does not know when business hours differ by season, half days off (三八 and the like, which are not made up), or
// lunar dates: give it a list.
package workday
